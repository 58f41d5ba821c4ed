/**
 * Together: statuses that come at the same time take effect in one transaction. Most of them go to the inboxes of few senders,
 * whose positions have no gaps: one transaction for each status would have all of them wait for one another.
 */
import type { EdxmlStatus } from '../../../packages/index.ts';
import { codesOfEach } from '../../directory/index.ts';
import { appendToMany } from '../../evidence/index.ts';
import {
  type AnsweredDelivery,
  type ChainHead,
  claimPackages,
  createBatchers,
  type DeliveryRow,
  findDeliveryToEach,
  findSentDocumentOfEach,
  insertVerifications,
  listDeliveriesOf,
  listDeliveryStates,
  lockHeads,
  type Outcome,
  type PackageRow,
  type Queries,
  recordAnswers,
  setCorrelates,
} from '../../store/index.ts';
import { arbiterFor } from '../checks/arrival.ts';
import { route, UNKNOWN_DOCUMENT } from '../checks/route.ts';
import { type Checked, reportRows, verdictEvent } from '../checks/verify.ts';
import type { Exchange } from '../ports.ts';
import { applyRequest } from '../recall/request.ts';
import { isRecallAnswer } from '../recall/settle.ts';
import { attach, awaitDocument } from './early.ts';
import { packageStateOf } from './package-state.ts';
import { documentNameOf, effectOf } from './track.ts';

/** A status that was accepted, and the verdict on its signature. */
export interface CheckedStatus {
  readonly pkg: PackageRow;
  readonly checked: readonly Checked[];
}

/** Statuses of one transaction: while it runs, nobody else puts anything into the inboxes it has put something into. */
const BATCH = 32;

/**
 * Lets one status take effect and routes it, together with whatever others wait for the same. One that another process has taken
 * is left to that. @returns how many messages its transaction wrote.
 */
export const settleStatus = createBatchers<Exchange, CheckedStatus, number>((x) => ({
  limit: BATCH,
  parallel: 1,
  run: (batch) => settleTogether(x, batch),
}));

async function settleTogether(x: Exchange, batch: readonly CheckedStatus[]): Promise<Outcome<number>[]> {
  const now = x.now();
  const unique = new Map(batch.map((one) => [one.pkg.id, one]));
  // In the order they were accepted.
  const ids = [...unique.keys()].sort();
  const queued = await x.store.write(async (tx) => {
    const claimed = await claimPackages(tx, ids, now);
    const mine = ids.flatMap((id) => (claimed.has(id) ? (unique.get(id) ?? []) : []));
    if (mine.length === 0) return 0;
    await insertVerifications(
      tx,
      mine.flatMap(({ pkg, checked }) => reportRows(pkg.id, checked, now)),
    );
    const known = await trackAll(x, tx, mine, now);
    const recipients = (await listDeliveriesOf(tx, [...claimed])).map(({ recipient }) => recipient);
    const arbiter = await arbiterFor(x, tx, [...new Set(recipients)]);
    const routable = mine.map(({ pkg, checked }) => ({
      pkg,
      events: checked.map(verdictEvent),
      fateOf: (delivery: DeliveryRow) =>
        known.has(pkg.id) ? arbiter(pkg, delivery, checked) : { hold: UNKNOWN_DOCUMENT, events: [] },
    }));
    return route(x, tx, routable, now);
  });
  return batch.map(() => ({ value: queued }));
}

/** Nothing but a word on a document: neither a request of its sender nor the answer to one. */
function isPlain({ pkg }: CheckedStatus): boolean {
  return pkg.code !== '13' && !isRecallAnswer(pkg.code);
}

/**
 * Lets all take effect, in their order as far as it matters: what is about a request goes one by one, after all before it.
 * @returns the packages of those that may go on; the others speak of documents nobody sent through here.
 */
async function trackAll(
  x: Exchange,
  tx: Queries,
  statuses: readonly CheckedStatus[],
  now: number,
): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  const one = async ({ pkg }: CheckedStatus): Promise<void> => {
    if (await trackOne(x, tx, pkg, now)) known.add(pkg.id);
  };
  const plain: CheckedStatus[] = [];
  const flush = async (): Promise<void> => {
    const run = plain.splice(0);
    const found = await trackPlain(tx, run, now);
    for (const item of run) {
      if (found.has(item.pkg.id)) known.add(item.pkg.id);
      else await one(item);
    }
  };
  for (const item of statuses) {
    if (isPlain(item)) {
      plain.push(item);
      continue;
    }
    await flush();
    await one(item);
  }
  await flush();
  return known;
}

/** @returns whether it may go on: a status about a document that went past us between two others is only passed on. */
async function trackOne(x: Exchange, tx: Queries, pkg: PackageRow, now: number): Promise<boolean> {
  const status = JSON.parse(pkg.metadata) as EdxmlStatus;
  const isOurs = !x.counterparties.has(pkg.origin);
  if (status.statusCode === '13') return (await applyRequest(x, tx, pkg, now)) !== null || isOurs;
  const isKnown = (await attach(x, tx, pkg, status, now)) || !(await awaitDocument(x, tx, pkg, status, now));
  return isKnown || isOurs;
}

/** What {@link applyStatus} does, for many in a few statements. @returns the packages whose document was found. */
async function trackPlain(
  tx: Queries,
  statuses: readonly CheckedStatus[],
  now: number,
): Promise<ReadonlySet<string>> {
  if (statuses.length === 0) return new Set();
  const read = statuses.map(({ pkg }) => ({ pkg, status: JSON.parse(pkg.metadata) as EdxmlStatus }));
  const codesOf = await codesOfEach(
    tx,
    read.flatMap(({ status }) => [status.from.organId, status.responseFor.organId ?? '']),
  );
  const documents = await findSentDocumentOfEach(
    tx,
    read.map(({ status }) => documentNameOf(status, codesOf(status.responseFor.organId ?? ''))),
  );
  const answering = read.flatMap((one, index) => {
    const packageId = documents[index]?.id;
    return packageId === undefined
      ? []
      : [{ ...one, packageId, recipients: codesOf(one.status.from.organId) }];
  });
  // Of two statuses on one document that take effect at the same time the second sees what the first has done.
  const heads = await lockHeads(tx, [...new Set(answering.map(({ packageId }) => packageId))]);
  const deliveries = await findDeliveryToEach(tx, answering);
  const found = answering.flatMap((one, index) => {
    const delivery = deliveries[index];
    return delivery === undefined ? [] : [{ ...one, delivery }];
  });
  await writeEffects(tx, found, heads, now);
  await setCorrelates(
    tx,
    found.map(({ pkg, packageId }) => ({ id: pkg.id, correlates: packageId })),
  );
  return new Set(found.map(({ pkg }) => pkg.id));
}

/** A status and the delivery it speaks of, as it was before all of them. */
interface Answering {
  readonly pkg: PackageRow;
  readonly status: EdxmlStatus;
  /** The document's package. */
  readonly packageId: string;
  readonly delivery: DeliveryRow;
}

async function writeEffects(
  tx: Queries,
  all: readonly Answering[],
  heads: ReadonlyMap<string, ChainHead>,
  now: number,
): Promise<void> {
  const answers = new Map<string, AnsweredDelivery>();
  const told = all.map(({ pkg, status, packageId, delivery }) => {
    // What others of the batch said of it before.
    const before = answers.get(delivery.id);
    const present = {
      ...delivery,
      state: before?.state ?? delivery.state,
      business_status: before?.businessStatus ?? delivery.business_status,
    };
    const { answer, events } = effectOf(present, status, pkg.id);
    answers.set(delivery.id, {
      id: delivery.id,
      isReceipt: answer.isReceipt || before?.isReceipt === true,
      state: answer.state ?? before?.state ?? null,
      businessStatus: answer.businessStatus ?? before?.businessStatus ?? null,
    });
    return { packageId, events };
  });
  await recordAnswers(tx, [...answers.values()], now);
  const states = await listDeliveryStates(tx, [...new Set(all.map(({ packageId }) => packageId))]);
  await appendToMany(
    tx,
    told.map((one) => ({ ...one, state: packageStateOf(states.get(one.packageId) ?? []) })),
    now,
    heads,
  );
}
