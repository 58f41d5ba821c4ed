/** Route: where each delivery of a checked package goes, in the transaction that decides it. */
import { appendToMany, type NewEvent } from '../../evidence/index.ts';
import {
  type DeliveryRow,
  enqueue,
  holdDeliveries,
  listDeliveriesOf,
  listDeliveryStates,
  makeAllAvailable,
  type PackageRow,
  type Queries,
  queueDeliveries,
} from '../../store/index.ts';
import type { Exchange } from '../ports.ts';
import { deliveryMessage, INBOX_SYSTEM } from '../routing.ts';
import { packageStateOf } from '../status/package-state.ts';
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

/** One package to route. */
export interface Routable {
  readonly pkg: PackageRow;
  /** What its timeline says before where its deliveries went. */
  readonly events: readonly NewEvent[];
  fateOf(delivery: DeliveryRow): Fate;
}

/** Routes every delivery that is still `accepted`, however many, in a few statements. @returns how many messages were written. */
export async function route(
  x: Pick<Exchange, 'settings'>,
  tx: Queries,
  packages: readonly Routable[],
  now: number,
): Promise<number> {
  const ids = packages.map(({ pkg }) => pkg.id);
  const open = (await listDeliveriesOf(tx, ids)).filter((delivery) => delivery.state === 'accepted');
  const byId = new Map(packages.map((one) => [one.pkg.id, one]));
  const fates = new Map<string, Fate>();
  for (const delivery of open) {
    const fate = byId.get(delivery.package_id)?.fateOf(delivery);
    if (fate !== undefined) fates.set(delivery.id, fate);
  }
  const holdOf = ({ id }: DeliveryRow): Hold | null => fates.get(id)?.hold ?? null;
  const free = open.filter((delivery) => holdOf(delivery) === null);
  const remote = free.filter((delivery) => delivery.system !== INBOX_SYSTEM);
  await holdAll(tx, open, holdOf, now);
  await queueDeliveries(tx, remote, now + x.settings.redriveMs, now);
  await enqueue(
    tx,
    remote.flatMap((delivery) => {
      const pkg = byId.get(delivery.package_id)?.pkg;
      return pkg === undefined ? [] : [deliveryMessage(pkg, delivery)];
    }),
    now,
  );
  // Taking the next position of an inbox locks it for all others until the end: as late as can be.
  await makeAllAvailable(
    tx,
    free.filter((delivery) => delivery.system === INBOX_SYSTEM),
    now,
  );
  const states = await listDeliveryStates(tx, ids);
  await appendToMany(
    tx,
    packages.map(({ pkg, events }) => {
      const own = open.filter((delivery) => delivery.package_id === pkg.id);
      return {
        packageId: pkg.id,
        events: [
          ...events,
          ...own.flatMap((delivery) => fates.get(delivery.id)?.events ?? []),
          ...own.map((delivery) => routeEvent(delivery, holdOf(delivery))),
        ],
        state: packageStateOf(states.get(pkg.id) ?? []),
      };
    }),
    now,
  );
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
