/**
 * What was done to dossiers at the portal (a citizen withdraws, pays, brings papers, another system moves one), brought into
 * their timelines: each move once, in the order it happened, the newest state last. The table of moves decides; when the portal
 * loses, it is told why.
 */
import { createHash } from 'node:crypto';
import {
  DOSSIER_STATES,
  type DossierState,
  formatVietnamTime,
  isDossierMoveAllowed,
  isDossierState,
  parseDossier,
} from '../../../packages/index.ts';
import { appendEvents } from '../../evidence/index.ts';
import {
  type DossierRow,
  findDossier,
  findDossiersToLookAt,
  hasUnsent,
  listDossierPackages,
  type Queries,
  rememberKey,
  tellNews,
  updateDossier,
} from '../../store/index.ts';
import { acceptAct } from '../dossier/accept.ts';
import { PORTAL_SYSTEM } from '../dossier/body.ts';
import type { SendOptions } from '../dossier/keep.ts';
import { sendAct } from '../dossier/send.ts';
import { ExchangeError } from '../errors.ts';
import type { Counterparty, DossierSight, Exchange } from '../ports.ts';

const BATCH = 50;
/** A finished dossier whose result was not fetched yet is looked at this much less often. */
const FINISHED_FACTOR = 8;
/** After these nothing happens any more. */
const FINAL: ReadonlySet<number> = new Set([3, 10]);

type Step = DossierSight['steps'][number];

/** Looks at every dossier that is due. One that cannot be looked at is put off and holds up no other. */
export async function followPortal(x: Exchange, portal: Counterparty, signal: AbortSignal): Promise<void> {
  if (portal.lookAt === undefined || x.gates.look(portal.system, x.now()) !== null) return;
  for (;;) {
    const due = await findDossiersToLookAt(x.store.read, x.now(), BATCH);
    for (const dossier of due) {
      if (signal.aborted) return;
      try {
        await lookAt(x, portal, dossier);
      } catch (cause) {
        x.log.warn({ err: cause, dossier: dossier.code }, 'a dossier could not be looked at on the portal');
      }
      await putOff(x, dossier.code);
    }
    if (due.length < BATCH) return;
  }
}

async function putOff(x: Exchange, code: string): Promise<void> {
  const everyMs = x.settings.portalLookMs;
  await x.store.write(async (tx) => {
    const state = (await findDossier(tx, code))?.state ?? 10;
    const pause = state === 8 || state === 9 ? everyMs * FINISHED_FACTOR : everyMs;
    await updateDossier(tx, code, { portal_look_at: FINAL.has(state) ? null : x.now() + pause });
  });
}

async function lookAt(x: Exchange, portal: Counterparty, dossier: DossierRow): Promise<void> {
  const before = await findDossier(x.store.read, dossier.code);
  // What we have not told yet the portal cannot show: its state would look like a move of its own.
  if (await hasUnsent(x.store.read, dossier.code, portal.system)) return;
  const sight = (await portal.lookAt?.(dossier.code)) ?? null;
  if (sight === null || !isDossierState(sight.state)) return;
  const seen = createHash('sha256').update(JSON.stringify(sight)).digest('hex');
  if (seen === dossier.portal_seen && String(sight.state) === String(dossier.state)) return;
  // Something new of ours may have gone out while we asked, or have been told and answered already; then the next look decides.
  if (await hasUnsent(x.store.read, dossier.code, portal.system)) return;
  const now = await findDossier(x.store.read, dossier.code);
  if (now?.state !== before?.state || now?.updated_at !== before?.updated_at) return;
  await takeActs(x, dossier, sight);
  await takeSteps(x, dossier.code, sight);
  await x.store.write((tx) =>
    updateDossier(tx, dossier.code, { portal_seen: seen, portal_state: String(sight.state) }),
  );
}

const BY_PORTAL = { origin: PORTAL_SYSTEM, actor: `system:${PORTAL_SYSTEM}`, maySendFor: () => true };

function options(key: string, also?: SendOptions['also']): SendOptions {
  const base = { submitter: BY_PORTAL, requestSha256: createHash('sha256').update(key).digest('hex'), key };
  return also === undefined ? base : { ...base, also };
}

/** Payments made and papers handed in on the portal; each has a key of its own, so a second look changes nothing. */
async function takeActs(x: Exchange, dossier: DossierRow, sight: DossierSight): Promise<void> {
  for (const { reference, amountVnd, paidAt, outcome } of sight.payments)
    await unlessRefused(x, dossier, `payment|${reference}`, { reference, amountVnd, outcome }, () =>
      acceptAct(
        x,
        dossier.code,
        'payments',
        { reference, amountVnd, paidAt: paidAt.toISOString(), outcome, online: true },
        [],
        BY_PORTAL,
      ),
    );
  const asked = await openRequests(x, dossier.code);
  for (const given of sight.supplements) {
    const request = asked.find(({ id, number }) => id === given.id || String(number) === given.id);
    // Answered here already, or never asked for by us.
    if (request === undefined || request.isAnswered) continue;
    const answer = {
      requestId: request.id,
      requestedBy: request.requestedBy,
      content: request.content,
      completed: true,
      receivedBy: given.receivedBy.slice(0, 100),
      receivedInfo: given.receivedInfo.slice(0, 1000),
      receivedAt: given.receivedAt.toISOString(),
      papers: given.papers.map((name) => ({ name })),
    };
    await unlessRefused(x, dossier, `supplement|${request.id}`, { requestId: request.id }, () =>
      acceptAct(x, dossier.code, 'supplements', answer, [], BY_PORTAL),
    );
  }
}

/** Our requests for papers in the order they were asked; the portal numbers them so. */
async function openRequests(x: Exchange, code: string) {
  const found = new Map<
    string,
    { id: string; number: number; requestedBy: string; content: string; isAnswered: boolean }
  >();
  for (const pkg of await listDossierPackages(x.store.read, code, 'supplement')) {
    const { message } = await parseDossier(await x.blobs.read(pkg.payload_sha256));
    if (message.kind !== 'supplement') continue;
    const { requestId, requestedBy, content, completed } = message.body;
    const number = found.get(requestId)?.number ?? found.size + 1;
    found.set(requestId, { id: requestId, number, requestedBy, content, isAnswered: completed });
  }
  return [...found.values()];
}

async function takeSteps(x: Exchange, code: string, sight: DossierSight): Promise<void> {
  const ours = await ownSteps(x, code);
  const isOurs = (step: Step): boolean => ours.has(keyOf(step));
  const lastOfOurs = sight.steps.findLastIndex(isOurs);
  for (const [index, step] of sight.steps.entries()) {
    if (isOurs(step)) continue;
    const current = await findDossier(x.store.read, code);
    if (current === undefined) return;
    // The portal went on with what we said after it: the step is told, the state stays.
    if (index <= lastOfOurs || current.state === sight.state) await record(x, current, step, null);
    else await move(x, current, step, sight.state);
  }
  const current = await findDossier(x.store.read, code);
  if (current === undefined || current.state === sight.state) return;
  // A portal that shows no steps, or a state nobody wrote a step for.
  const content = DOSSIER_STATES[sight.state as DossierState].vi;
  const at = new Date(x.now());
  await move(x, current, { handler: 'Cổng DVCQG', content, state: sight.state, at }, sight.state, true);
}

/** Steps that we pushed, as the portal shows them back. */
async function ownSteps(x: Exchange, code: string): Promise<Set<string>> {
  const keys = new Set<string>();
  for (const pkg of await listDossierPackages(x.store.read, code, 'progress')) {
    if (pkg.origin === PORTAL_SYSTEM) continue;
    const { message } = await parseDossier(await x.blobs.read(pkg.payload_sha256));
    if (message.kind !== 'progress') continue;
    for (const { handler, content, state, handledAt } of message.body.steps)
      keys.add(keyOf({ handler, content, state, at: new Date(handledAt) }));
  }
  return keys;
}

/** To the second, as the portal keeps time. */
function keyOf({ handler, content, state, at }: Step): string {
  const text = [Math.floor(at.getTime() / 1000), state, handler.trim(), content.trim()].join('|');
  return createHash('sha256').update(text).digest('hex');
}

/** @param isStateOnly no step says it: the same state seen again after the dossier changed is another move. */
async function move(
  x: Exchange,
  current: DossierRow,
  step: Step,
  newest: number,
  isStateOnly = false,
): Promise<void> {
  const { code } = current;
  const key = isStateOnly
    ? `portal|${code}|${step.state}|${current.updated_at}`
    : `portal|${code}|${keyOf(step)}`;
  if (!isDossierMoveAllowed(current.state, step.state)) {
    const isLast = step.state === newest;
    const refusal = `Cổng DVCQG báo "${stateOf(step)}", nhưng hồ sơ đang "${DOSSIER_STATES[current.state as DossierState].vi}": không được chuyển như vậy.`;
    const isNew = await record(x, current, step, refusal, key);
    if (isNew && isLast) await tellPortal(x, current, refusal, key);
    return;
  }
  const body = {
    steps: [
      {
        handler: step.handler.slice(0, 50) || 'Cổng DVCQG',
        content: step.content || stateOf(step),
        state: step.state as DossierState,
        handledAt: formatVietnamTime(step.at),
      },
    ],
  };
  const effect = { to: step.state as DossierState, news: { by: BY_PORTAL.actor }, systems: [] };
  const also = (tx: Queries): Promise<void> =>
    appendEvents(tx, current.package_id, [eventOf(step, null)], x.now()).then(() => undefined);
  try {
    await sendAct(x, current, 'progress', body, effect, options(key, also));
  } catch (cause) {
    // Somebody here was faster between our look and the lock: the next look decides on what stands then.
    if (!(cause instanceof ExchangeError) || cause.code !== 'DOSSIER_MOVE_NOT_ALLOWED') throw cause;
  }
}

function stateOf(step: Step): string {
  return isDossierState(step.state) ? DOSSIER_STATES[step.state].vi : String(step.state);
}

function eventOf(step: Step, refusal: string | null) {
  const { state, at } = step;
  // The portal's words may name a person: they stay in the sealed package, not in the log.
  const data = { state, meaning: stateOf(step), at: at.toISOString(), refused: refusal };
  return { type: 'portal-state' as const, actor: BY_PORTAL.actor, data };
}

/** Tells the timeline and the feed of a step that moves nothing. @returns false when that was done before */
async function record(
  x: Exchange,
  dossier: DossierRow,
  step: Step,
  refusal: string | null,
  key = `portal|${dossier.code}|${keyOf(step)}`,
): Promise<boolean> {
  return x.store.write(async (tx) => {
    const now = x.now();
    if (!(await rememberKey(tx, key, dossier.package_id, now))) return false;
    await appendEvents(tx, dossier.package_id, [eventOf(step, refusal)], now);
    const type = refusal === null ? 'portal.step' : 'dossier.conflict';
    const data = { state: step.state, at: step.at.toISOString(), stands: dossier.state, reason: refusal };
    await tellNews(tx, { agency: dossier.agency, code: dossier.code, type, data }, now);
    return true;
  });
}

/** The loser is told: our state goes out again with the reason. */
async function tellPortal(x: Exchange, dossier: DossierRow, reason: string, key: string): Promise<void> {
  const body = {
    steps: [
      {
        handler: 'Trục liên thông',
        content: reason,
        state: dossier.state as DossierState,
        handledAt: formatVietnamTime(new Date(x.now())),
      },
    ],
  };
  const submitter = { origin: 'gateway', actor: 'gateway', maySendFor: () => true };
  const news = { by: 'gateway', reason };
  await sendAct(x, dossier, 'progress', body, { news }, { ...options(`${key}|told`), submitter });
}

/** An act the table does not allow now is told in the timeline once, and holds up nothing. */
async function unlessRefused(
  x: Exchange,
  dossier: DossierRow,
  key: string,
  facts: Readonly<Record<string, unknown>>,
  act: () => Promise<unknown>,
): Promise<void> {
  try {
    await act();
  } catch (cause) {
    if (!(cause instanceof ExchangeError)) throw cause;
    await x.store.write(async (tx) => {
      const now = x.now();
      if (!(await rememberKey(tx, `portal|${dossier.code}|${key}`, dossier.package_id, now))) return;
      const data = { ...facts, refused: cause.vi };
      const event = { type: 'portal-state' as const, actor: BY_PORTAL.actor, data };
      await appendEvents(tx, dossier.package_id, [event], now);
      const news = { agency: dossier.agency, code: dossier.code, type: 'dossier.conflict' };
      await tellNews(tx, { ...news, data: { ...facts, reason: cause.vi } }, now);
    });
  }
}
