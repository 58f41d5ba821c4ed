/** Sweep: finds work whose wake-up was lost (broker wiped, process killed) and publishes it again. */
import {
  enqueue,
  findOverdue,
  findPackages,
  type PackageRow,
  type Queries,
  redriveOverdue,
} from '../../store/index.ts';
import { isConfigured } from '../checks/arrival.ts';
import { sendRefusals } from '../checks/refuse.ts';
import type { Exchange } from '../ports.ts';
import { deliveryMessage, processMessage } from '../routing.ts';
import { parkForWantOfSystem } from './unconfigured.ts';

const BATCH = 200;

/**
 * Re-drives what stands still.
 * @param unseenMs how long an accepted package may go unprocessed; a process that has just started asks with 0, since what was
 * to go on in the one before it is announced by nobody else. @returns how many messages were written again.
 */
export async function sweepOnce(x: Exchange, unseenMs = x.settings.redriveMs): Promise<number> {
  await sendRefusals(x);
  const now = x.now();
  const redriven = await x.store.write(async (tx) => {
    const overdue = await findOverdue(tx, now, BATCH);
    for (const delivery of overdue) {
      // Nobody would fetch it from that queue: its process was started anew with other settings while it was on its way.
      if (!isConfigured(x, delivery.system)) await parkForWantOfSystem(x, tx, delivery);
    }
    const ids = overdue.flatMap(({ id, system }) => (isConfigured(x, system) ? id : []));
    // Somebody may have taken one since it was found: theirs is the lease then.
    const still = await redriveOverdue(tx, ids, now + x.settings.redriveMs, now);
    const packageIds = overdue.map((delivery) => delivery.package_id);
    const packages = new Map((await findPackages(tx, packageIds)).map((pkg) => [pkg.id, pkg]));
    const deliveries = overdue.flatMap((delivery) => {
      const pkg = packages.get(delivery.package_id);
      return pkg === undefined || !still.has(delivery.id) ? [] : [deliveryMessage(pkg, delivery)];
    });
    const unprocessed = await findUnprocessed(tx, now - unseenMs);
    await noteAnnounced(tx, unprocessed, now);
    await enqueue(tx, [...deliveries, ...unprocessed.map(processMessage)], now);
    return deliveries.length + unprocessed.length;
  });
  if (redriven > 0) {
    x.log.info({ redriven }, 'work whose wake-up was lost was published again');
    x.wakeRelay();
  }
  return redriven;
}

async function noteAnnounced(tx: Queries, packages: readonly PackageRow[], now: number): Promise<void> {
  const ids = packages.map(({ id }) => id);
  if (ids.length > 0)
    await tx.updateTable('packages').set({ updated_at: now }).where('id', 'in', ids).execute();
}

function findUnprocessed(tx: Queries, before: number): Promise<PackageRow[]> {
  return tx
    .selectFrom('packages')
    .selectAll()
    .where('state', '=', 'accepted')
    .where('updated_at', '<=', before)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb.selectFrom('outbox').select('outbox.id').whereRef('outbox.package_id', '=', 'packages.id'),
        ),
      ),
    )
    .orderBy('id')
    .limit(BATCH)
    .execute();
}
