/** Sweep: finds work whose wake-up was lost (broker wiped, process killed) and publishes it again. */
import {
  enqueue,
  findOverdue,
  findPackage,
  type PackageRow,
  type Queries,
  updateDelivery,
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
    let count = 0;
    for (const delivery of await findOverdue(tx, now, BATCH)) {
      // Nobody would fetch it from that queue: its process was started anew with other settings while it was on its way.
      if (!isConfigured(x, delivery.system)) {
        await parkForWantOfSystem(x, tx, delivery);
        continue;
      }
      const pkg = await findPackage(tx, delivery.package_id);
      if (pkg === undefined) continue;
      await updateDelivery(tx, delivery.id, {
        next_attempt_at: now + x.settings.redriveMs,
        lease_until: now - 1,
      });
      await enqueue(tx, [deliveryMessage(pkg, delivery)], now);
      count += 1;
    }
    for (const pkg of await findUnprocessed(tx, now - unseenMs)) {
      await tx.updateTable('packages').set({ updated_at: now }).where('id', '=', pkg.id).execute();
      await enqueue(tx, [processMessage(pkg)], now);
      count += 1;
    }
    return count;
  });
  if (redriven > 0) {
    x.log.info({ redriven }, 'work whose wake-up was lost was published again');
    x.wakeRelay();
  }
  return redriven;
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
