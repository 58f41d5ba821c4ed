/** Release: an operator's "try again" on deliveries that were parked for a person, one or many with a look beforehand. */
import { findAgencies } from '../directory/index.ts';
import { appendEvents, type NewEvent } from '../evidence/index.ts';
import {
  type DeliveryRow,
  enqueue,
  findPackage,
  groupParked,
  listParked,
  lockDelivery,
  makeAvailable,
  PARKED_COUNT_LIMIT,
  type PackageRow,
  type ParkedFilter,
  type ParkedGroup,
  type ParkedLine,
  type Queries,
  updateDelivery,
} from '../store/index.ts';
import { isConfigured } from './checks/arrival.ts';
import type { Exchange } from './ports.ts';
import { deliveryMessage, INBOX_SYSTEM } from './routing.ts';
import { refreshPackageState } from './status/package-state.ts';

/** What releasing needs; a command beside a running gateway has no more than this. */
export type Releaser = Pick<Exchange, 'store' | 'now' | 'wakeRelay'> & {
  /** What is configured. */
  readonly counterparties: Pick<Exchange['counterparties'], 'has'>;
  readonly settings: Pick<Exchange['settings'], 'redriveMs'>;
};

/** Lets a parked delivery go on: to its counterparty, or into the inbox it was held back from. @returns false when it is not parked. */
export async function retryParked(x: Releaser, deliveryId: string, actor: string): Promise<boolean> {
  const now = x.now();
  const retried = await x.store.write((tx) => releaseOne(x, tx, deliveryId, actor, now));
  if (retried) x.wakeRelay();
  return retried;
}

/** What a bulk retry would touch. */
export interface RetryPreview {
  readonly count: number;
  /** True: there are more than `count`. */
  readonly isCapped: boolean;
  readonly groups: readonly ParkedGroup[];
  /** The oldest ones, for a look. */
  readonly sample: readonly ParkedLine[];
  /** Pass it to {@link retryMany}: what is parked afterwards is not touched, so that nothing unseen goes. */
  readonly asOf: number;
}

const SAMPLE = 20;

/** Counts and shows what {@link retryMany} with the same filter would let go on; changes nothing. */
export async function previewRetry(
  x: Pick<Releaser, 'store' | 'now'>,
  filter: ParkedFilter,
): Promise<RetryPreview> {
  const asOf = x.now();
  const until = { ...filter, until: Math.min(filter.until ?? asOf, asOf) };
  const groups = await groupParked(x.store.read, until);
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  const sample = await listParked(x.store.read, until, { limit: SAMPLE });
  return { count, isCapped: count >= PARKED_COUNT_LIMIT, groups, sample, asOf };
}

/** Deliveries released in one transaction. */
const BATCH = 100;

/**
 * Lets everything the filter names go on, oldest first, a batch at a time: cut short, it may be called again. At most
 * {@link PARKED_COUNT_LIMIT} in one call. @returns how many went on.
 */
export async function retryMany(
  x: Releaser,
  filter: ParkedFilter & { readonly until: number },
  actor: string,
): Promise<number> {
  let released = 0;
  let after: string | undefined;
  while (released < PARKED_COUNT_LIMIT) {
    const lines = await listParked(x.store.read, filter, { after, limit: BATCH });
    if (lines.length === 0) break;
    const now = x.now();
    released += await x.store.write(async (tx) => {
      let count = 0;
      for (const line of lines) if (await releaseOne(x, tx, line.id, actor, now)) count += 1;
      return count;
    });
    after = lines.at(-1)?.id;
    x.wakeRelay();
  }
  return released;
}

/** As {@link retryParked}, in a transaction; `actor` may be the gateway itself. */
export async function releaseOne(
  x: Releaser,
  tx: Queries,
  deliveryId: string,
  actor: string,
  now: number,
): Promise<boolean> {
  const found = await lockDelivery(tx, deliveryId);
  const pkg = found?.state !== 'parked' ? undefined : await findPackage(tx, found.package_id);
  if (found === undefined || pkg === undefined) return false;
  const delivery = await withSystemOfToday(x, tx, pkg, found);
  // Nobody would fetch it from there.
  if (!isConfigured(x, delivery.system)) return false;
  const data = { recipient: delivery.recipient };
  const events: NewEvent[] =
    actor === 'gateway' ? [] : [{ type: 'retried-by-operator', actor, deliveryId, data }];
  await updateDelivery(tx, deliveryId, { reason_code: null, reason: null });
  if (delivery.system === INBOX_SYSTEM) {
    await makeAvailable(tx, delivery, now);
    events.push({ type: 'available', actor: 'gateway', deliveryId, data });
  } else await queueAgain(x, tx, pkg, delivery, now);
  await appendEvents(tx, pkg.id, events, now);
  await refreshPackageState(tx, pkg.id, now);
  return true;
}

/**
 * One that was parked for want of its system goes where the directory says now: a document or status that was never tried, since
 * the system that may have it already must be asked first, and not back to where it came from.
 */
async function withSystemOfToday(
  x: Releaser,
  tx: Queries,
  pkg: PackageRow,
  delivery: DeliveryRow,
): Promise<DeliveryRow> {
  const isUntried = delivery.reason_code === 'SYSTEM_NOT_CONFIGURED' && delivery.attempts === 0;
  if (!isUntried || !['document', 'status'].includes(pkg.kind)) return delivery;
  const agency = (await findAgencies(tx, [delivery.recipient])).get(delivery.recipient);
  if (agency === undefined || agency.system === delivery.system) return delivery;
  if (agency.system === pkg.origin || !isConfigured(x, agency.system)) return delivery;
  // An inbox is found by the directory's own code.
  const recipient = agency.system === INBOX_SYSTEM ? agency.code : delivery.recipient;
  await updateDelivery(tx, delivery.id, { system: agency.system, recipient });
  return { ...delivery, system: agency.system, recipient };
}

/** One attempt is kept on record so that the counterparty is asked first whether it has the package. */
async function queueAgain(
  x: Releaser,
  tx: Queries,
  pkg: PackageRow,
  delivery: DeliveryRow,
  now: number,
): Promise<void> {
  await updateDelivery(tx, delivery.id, {
    state: 'queued',
    attempts: Math.min(delivery.attempts, 1),
    next_attempt_at: now + x.settings.redriveMs,
    updated_at: now,
  });
  await enqueue(tx, [deliveryMessage(pkg, delivery)], now);
}
