/** Release: an operator's "try again" on a delivery that was parked for a person. */
import { appendEvents, type NewEvent } from '../evidence/index.ts';
import {
  type DeliveryRow,
  enqueue,
  findDelivery,
  findPackage,
  makeAvailable,
  type PackageRow,
  type Queries,
  updateDelivery,
} from '../store/index.ts';
import type { Exchange } from './ports.ts';
import { deliveryMessage, INBOX_SYSTEM } from './routing.ts';
import { refreshPackageState } from './status/package-state.ts';

/** Lets a parked delivery go on: to its counterparty, or into the inbox it was held back from. @returns false when it is not parked. */
export async function retryParked(x: Exchange, deliveryId: string, actor: string): Promise<boolean> {
  const now = x.now();
  const retried = await x.store.write(async (tx) => {
    const delivery = await findDelivery(tx, deliveryId);
    const pkg = delivery === undefined ? undefined : await findPackage(tx, delivery.package_id);
    if (delivery === undefined || pkg === undefined || delivery.state !== 'parked') return false;
    const data = { recipient: delivery.recipient };
    const events: NewEvent[] = [{ type: 'retried-by-operator', actor, deliveryId, data }];
    await updateDelivery(tx, deliveryId, { reason_code: null, reason: null });
    if (delivery.system === INBOX_SYSTEM) {
      await makeAvailable(tx, delivery, now);
      events.push({ type: 'available', actor: 'gateway', deliveryId, data });
    } else await queueAgain(x, tx, pkg, delivery, now);
    await appendEvents(tx, pkg.id, events, now);
    await refreshPackageState(tx, pkg.id, now);
    return true;
  });
  if (retried) x.wakeRelay();
  return retried;
}

/** One attempt is kept on record so that the counterparty is asked first whether it has the package. */
async function queueAgain(
  x: Exchange,
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
