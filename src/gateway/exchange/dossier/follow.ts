/** Follow: ask the ministry about dossiers handed over, and bring what it says back to the one-stop system and the portal. */
import {
  DOSSIER_STATES,
  type DossierState,
  formatVietnamTime,
  isDossierMoveAllowed,
} from '../../../packages/index.ts';
import type { VerificationReport } from '../../../signing/index.ts';
import { appendEvents, type NewEvent } from '../../evidence/index.ts';
import {
  type Blob,
  type DossierRow,
  findDossier,
  findDossiersToPoll,
  insertVerifications,
  type Queries,
  setPackageState,
  updateDossier,
} from '../../store/index.ts';
import { reportRows } from '../checks/verify.ts';
import type { Counterparty, DossierNews, Exchange } from '../ports.ts';
import type { SendOptions } from './keep.ts';
import { sendProgress, sendResult } from './send.ts';

const BATCH = 50;
/** States after which the ministry has nothing more to say; 9 (finished) only together with its result. */
const FINAL: ReadonlySet<number> = new Set([3, 8, 10]);

/** Asks about every dossier that is due. One that can't be asked about is put off and holds up no other. */
export async function followDossiers(
  x: Exchange,
  counterparty: Counterparty,
  signal: AbortSignal,
): Promise<void> {
  if (counterparty.followDossier === undefined) return;
  for (const dossier of await findDossiersToPoll(x.store.read, counterparty.system, x.now(), BATCH)) {
    if (signal.aborted) return;
    try {
      const news = await counterparty.followDossier(dossier);
      if (news === null || isKnown(dossier, news)) await postpone(x, dossier);
      else await takeNews(x, counterparty.system, dossier, news);
    } catch (cause) {
      x.log.warn(
        { err: cause, system: counterparty.system },
        'a dossier could not be followed; asked again later',
      );
      await postpone(x, dossier);
    }
  }
}

function isKnown(dossier: DossierRow, news: DossierNews): boolean {
  return news.result === undefined && String(news.state) === dossier.ministry_state;
}

async function postpone(x: Exchange, dossier: DossierRow): Promise<void> {
  await x.store.write((tx) => updateDossier(tx, dossier.code, { next_poll_at: x.now() + x.settings.pollMs }));
}

/**
 * Keeps the news first (blob, then one transaction with the timeline and the packages that carry it on), so that a crash
 * in between only means asking the ministry once more.
 */
async function takeNews(x: Exchange, system: string, dossier: DossierRow, news: DossierNews): Promise<void> {
  if (news.result !== undefined) return takeResult(x, system, dossier, news, news.result);
  const to = news.state as DossierState;
  const now = x.now();
  const change = { ministry_state: String(to), next_poll_at: FINAL.has(to) ? null : now + x.settings.pollMs };
  const facts = async (tx: Queries): Promise<void> => {
    await appendEvents(tx, dossier.package_id, [stateEvent(system, news)], now);
    await updateDossier(tx, dossier.code, { ...change, updated_at: now });
  };
  // Finished without the result yet: the citizen is told when there is something to hand over.
  if (to === 9 || !isDossierMoveAllowed(dossier.state, to)) {
    await x.store.write(facts);
    return;
  }
  const content = news.note ?? DOSSIER_STATES[to].vi;
  const step = { handler: system, content, state: to, handledAt: formatVietnamTime(new Date(now)) };
  await sendProgress(
    x,
    dossier,
    step,
    told(system, `ministry|${system}|${dossier.code}|${dossier.updated_at}|${to}`, facts),
  );
}

/** What the ministry says goes on in its own name; the key makes a repeat the same package. */
function told(system: string, key: string, also: SendOptions['also']): SendOptions {
  const submitter = { origin: system, actor: `system:${system}`, maySendFor: () => true };
  return { submitter, requestSha256: key, key, ...(also === undefined ? {} : { also }) };
}

function stateEvent(system: string, { state, note }: DossierNews): NewEvent {
  const meaning = DOSSIER_STATES[state as DossierState].vi;
  return { type: 'ministry-state', actor: `system:${system}`, data: { state, meaning, note: note ?? null } };
}

type Result = NonNullable<DossierNews['result']>;

/**
 * A result is passed on as one only when its signatures are TOTAL-PASSED: an agency must check a signature before it
 * uses the paper (NĐ 23/2025/NĐ-CP art. 17), and "can't tell" is not "valid". Anything else is kept and shown with its verdict, and
 * asked about again: new trust or revocation data, or a corrected paper, lets it through.
 */
async function takeResult(
  x: Exchange,
  system: string,
  dossier: DossierRow,
  news: DossierNews,
  result: Result,
): Promise<void> {
  const blob = await x.blobs.put(result.file);
  const report = await x.verifier.verify(result.name, result.file);
  const current = (await findDossier(x.store.read, dossier.code)) ?? dossier;
  const hold = holdOf(report.verdict, current);
  const isSame = current.result_sha256 === blob.sha256 && current.result_verdict === report.verdict;
  if (isSame && hold !== null) return postpone(x, dossier);
  const now = x.now();
  const events = resultEvents(system, news, result, blob.sha256, report);
  if (hold !== null)
    events.push({ type: 'parked', actor: 'gateway', data: { ...hold, verdict: report.verdict } });
  const facts = async (tx: Queries): Promise<void> => {
    await appendEvents(tx, dossier.package_id, events, now);
    await insertVerifications(
      tx,
      reportRows(dossier.package_id, [{ name: result.name, sha256: blob.sha256, report }], now),
    );
    await updateDossier(tx, dossier.code, {
      ministry_state: String(news.state),
      result_sha256: blob.sha256,
      result_verdict: report.verdict,
      next_poll_at: hold === null ? null : now + x.settings.pollMs,
      updated_at: now,
    });
    if (hold !== null) await setPackageState(tx, dossier.package_id, 'attention', now);
  };
  if (hold !== null) await x.store.write(facts);
  else await passOn(x, system, dossier, news, result, blob, facts);
  x.metrics.verdict(report.verdict);
}

async function passOn(
  x: Exchange,
  system: string,
  dossier: DossierRow,
  news: DossierNews,
  result: Result,
  blob: Blob,
  facts: SendOptions['also'],
): Promise<void> {
  const file = {
    name: result.name,
    contentType: 'application/pdf',
    sizeBytes: blob.size,
    sha256: blob.sha256,
  };
  const papers = [{ name: result.name, paperNumber: result.number, file }];
  const key = `ministry-result|${system}|${dossier.code}|${blob.sha256}`;
  await sendResult(x, dossier, { state: 9, note: news.note, papers }, told(system, key, facts));
}

/** Why a result waits for a person; null: it may go on. */
function holdOf(verdict: string, dossier: DossierRow): { code: string; reason: string } | null {
  if (verdict !== 'TOTAL-PASSED') {
    return {
      code: 'RESULT_NOT_VERIFIED',
      reason:
        'Chữ ký số trên kết quả không được xác nhận là hợp lệ; kết quả được giữ lại, chưa trả cho công dân.',
    };
  }
  if (isDossierMoveAllowed(dossier.state, 9)) return null;
  return {
    code: 'DOSSIER_MOVE_NOT_ALLOWED',
    reason: `Hồ sơ đang ở trạng thái "${DOSSIER_STATES[dossier.state as DossierState].vi}", chưa thể nhận kết quả.`,
  };
}

function resultEvents(
  system: string,
  news: DossierNews,
  result: Result,
  sha256: string,
  report: VerificationReport,
): NewEvent[] {
  const actor = `system:${system}`;
  const { name, number, issuedOn } = result;
  const signatures = report.signatures.map(({ format, indication, subIndication, signer }) => ({
    format,
    indication,
    subIndication,
    signer: signer?.subject ?? null,
  }));
  return [
    stateEvent(system, news),
    { type: 'result-received', actor, data: { name, number, issuedOn, sha256 } },
    { type: 'result-verified', actor: 'gateway', data: { name, verdict: report.verdict, signatures } },
  ];
}
