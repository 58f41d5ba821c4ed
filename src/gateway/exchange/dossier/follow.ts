/** Follow: ask the ministry about dossiers handed over, and bring what it says back to the one-stop system and the portal. */
import {
  DOSSIER_STATES,
  type DossierState,
  formatVietnamTime,
  isDossierMoveAllowed,
} from '../../../packages/index.ts';
import { appendEvents, type NewEvent } from '../../evidence/index.ts';
import {
  type DossierRow,
  findDossier,
  findDossiersToPoll,
  insertVerification,
  updateDossier,
} from '../../store/index.ts';
import type { Submitter } from '../accept.ts';
import type { Counterparty, DossierNews, Exchange } from '../ports.ts';
import { sendProgress, sendResult } from './send.ts';

const BATCH = 50;
/** States after which the ministry has nothing more to say. */
const FINAL: ReadonlySet<number> = new Set([3, 8, 9, 10]);

/** Asks about every dossier that is due. */
export async function followDossiers(
  x: Exchange,
  counterparty: Counterparty,
  signal: AbortSignal,
): Promise<void> {
  if (counterparty.followDossier === undefined) return;
  const due = (await findDossiersToPoll(x.store.read, x.now(), BATCH)).filter(
    (dossier) => dossier.ministry_system === counterparty.system,
  );
  for (const dossier of due) {
    if (signal.aborted) return;
    const news = await counterparty.followDossier(dossier);
    if (news === null || String(news.state) === dossier.ministry_state) await postpone(x, dossier);
    else await takeNews(x, counterparty.system, dossier, news);
  }
}

async function postpone(x: Exchange, dossier: DossierRow): Promise<void> {
  await x.store.write((tx) => updateDossier(tx, dossier.code, { next_poll_at: x.now() + x.settings.pollMs }));
}

/**
 * Keeps the news first (blob, then one transaction with the timeline and the packages that carry it on), so that a crash
 * in between only means asking the ministry once more.
 */
async function takeNews(x: Exchange, system: string, dossier: DossierRow, news: DossierNews): Promise<void> {
  const submitter: Submitter = { origin: system, actor: `system:${system}`, maySendFor: () => true };
  const to = news.state as DossierState;
  const events: NewEvent[] = [
    {
      type: 'ministry-state',
      actor: `system:${system}`,
      data: { state: to, meaning: DOSSIER_STATES[to].vi, note: news.note ?? null },
    },
  ];
  if (news.result !== undefined) return takeResult(x, system, dossier, news, news.result, events, submitter);
  const tell = isDossierMoveAllowed(dossier.state, to);
  const change = {
    ministry_state: String(to),
    next_poll_at: FINAL.has(to) ? null : x.now() + x.settings.pollMs,
  };
  const key = `ministry|${system}|${dossier.code}|${to}`;
  if (!tell) {
    await note(x, dossier, events, change);
    return;
  }
  const step = {
    handler: system,
    content: news.note ?? DOSSIER_STATES[to].vi,
    state: to,
    handledAt: formatVietnamTime(new Date(x.now())),
  };
  await sendProgress(x, dossier, step, {
    submitter,
    requestSha256: key,
    key,
    also: async (tx) => {
      await appendEvents(tx, dossier.package_id, events, x.now());
      await updateDossier(tx, dossier.code, change);
    },
  });
}

async function note(
  x: Exchange,
  dossier: DossierRow,
  events: readonly NewEvent[],
  change: Partial<DossierRow>,
): Promise<void> {
  const now = x.now();
  await x.store.write(async (tx) => {
    await appendEvents(tx, dossier.package_id, events, now);
    await updateDossier(tx, dossier.code, { ...change, updated_at: now });
  });
}

async function takeResult(
  x: Exchange,
  system: string,
  dossier: DossierRow,
  news: DossierNews,
  result: NonNullable<DossierNews['result']>,
  events: NewEvent[],
  submitter: Submitter,
): Promise<void> {
  const blob = await x.blobs.put(result.file);
  const report = await x.verifier.verify(result.name, result.file);
  x.metrics.verdict(report.verdict);
  const now = x.now();
  const file = {
    name: result.name,
    contentType: 'application/pdf',
    sizeBytes: blob.size,
    sha256: blob.sha256,
  };
  events.push(
    {
      type: 'result-received',
      actor: `system:${system}`,
      data: { name: result.name, number: result.number, issuedOn: result.issuedOn, sha256: blob.sha256 },
    },
    {
      type: 'result-verified',
      actor: 'gateway',
      data: {
        name: result.name,
        verdict: report.verdict,
        signatures: report.signatures.map(({ format, indication, subIndication, signer }) => ({
          format,
          indication,
          subIndication,
          signer: signer?.subject ?? null,
        })),
      },
    },
  );
  const keepFacts = async (tx: Parameters<typeof appendEvents>[0]): Promise<void> => {
    await appendEvents(tx, dossier.package_id, events, now);
    await insertVerification(tx, {
      package_id: dossier.package_id,
      name: result.name,
      sha256: blob.sha256,
      verdict: report.verdict,
      report: JSON.stringify(report),
      at: now,
    });
    await updateDossier(tx, dossier.code, {
      ministry_state: String(news.state),
      result_sha256: blob.sha256,
      result_verdict: report.verdict,
      next_poll_at: null,
      updated_at: now,
    });
  };
  const current = (await findDossier(x.store.read, dossier.code)) ?? dossier;
  // A forged or broken result is kept and shown with its verdict, but is not passed on as if it were one.
  if (report.verdict === 'TOTAL-FAILED' || !isDossierMoveAllowed(current.state, 9)) {
    await x.store.write(keepFacts);
    return;
  }
  const key = `ministry-result|${system}|${dossier.code}|${blob.sha256}`;
  await sendResult(
    x,
    dossier,
    { state: 9, note: news.note, papers: [{ name: result.name, paperNumber: result.number, file }] },
    { submitter, requestSha256: key, key, also: keepFacts },
  );
}
