/** Route: where each delivery of a checked package goes, in the transaction that decides it. */
import { appendToMany, type NewEvent } from '../../evidence/index.ts';
import {
  type DeliveryRow,
  enqueue,
  holdDeliveries,
  listDeliveries,
  makeAllAvailable,
  type PackageRow,
  type Queries,
  queueDeliveries,
} from '../../store/index.ts';
import type { Exchange } from '../ports.ts';
import { deliveryMessage, INBOX_SYSTEM } from '../routing.ts';
import { refreshPackageState } from '../status/package-state.ts';
import type { Fate, Hold } from './arrival.ts';

/** A status without a document: a person must look. */
export const UNKNOWN_DOCUMENT: Hold = {
  code: 'STATUS_FOR_UNKNOWN_DOCUMENT',
  vi: 'Trạng thái này nói về một văn bản chưa từng gửi qua trục; chờ người kiểm tra.',
};

/** What the timeline says about where a delivery went. */
export function routeEvent(
  delivery: Pick<DeliveryRow, 'id' | 'recipient' | 'system'>,
  hold: Hold | null,
): NewEvent {
  const { id: deliveryId, recipient, system } = delivery;
  const actor = 'gateway';
  if (hold !== null)
    return { type: 'parked', actor, deliveryId, data: { code: hold.code, reason: hold.vi, recipient } };
  if (system === INBOX_SYSTEM) return { type: 'available', actor, deliveryId, data: { recipient } };
  return { type: 'routed', actor, deliveryId, data: { recipient, system } };
}

/** Routes every delivery that is still `accepted`, however many, in a few statements. @returns how many messages were written. */
export async function route(
  x: Exchange,
  tx: Queries,
  pkg: PackageRow,
  events: readonly NewEvent[],
  fateOf: (delivery: DeliveryRow) => Fate,
  now: number,
): Promise<number> {
  const open = (await listDeliveries(tx, pkg.id)).filter((delivery) => delivery.state === 'accepted');
  const fates = new Map(open.map((delivery) => [delivery.id, fateOf(delivery)]));
  const holdOf = ({ id }: DeliveryRow): Hold | null => fates.get(id)?.hold ?? null;
  const free = open.filter((delivery) => holdOf(delivery) === null);
  const local = free.filter((delivery) => delivery.system === INBOX_SYSTEM);
  const remote = free.filter((delivery) => delivery.system !== INBOX_SYSTEM);
  await holdAll(tx, open, holdOf, now);
  await makeAllAvailable(tx, local, now);
  await queueDeliveries(tx, remote, now + x.settings.redriveMs, now);
  await enqueue(
    tx,
    remote.map((delivery) => deliveryMessage(pkg, delivery)),
    now,
  );
  const told = [
    ...events,
    ...[...fates.values()].flatMap((fate) => fate.events),
    ...open.map((delivery) => routeEvent(delivery, holdOf(delivery))),
  ];
  if (told.length > 0) await appendToMany(tx, [{ packageId: pkg.id, events: told }], now);
  await refreshPackageState(tx, pkg.id, now);
  return remote.length;
}

/** Deliveries with the same reason are parked in one statement. */
async function holdAll(
  tx: Queries,
  open: readonly DeliveryRow[],
  holdOf: (delivery: DeliveryRow) => Hold | null,
  now: number,
): Promise<void> {
  const groups = new Map<string, { hold: Hold; deliveries: DeliveryRow[] }>();
  for (const delivery of open) {
    const hold = holdOf(delivery);
    if (hold === null) continue;
    const key = `${hold.code} ${hold.vi}`;
    const group = groups.get(key) ?? { hold, deliveries: [] };
    group.deliveries.push(delivery);
    groups.set(key, group);
  }
  for (const { hold, deliveries } of groups.values())
    await holdDeliveries(tx, deliveries, hold.code, hold.vi, now);
}
