/** What waits for a system that was taken out of the settings: nobody would fetch it, and nobody would be told. */
import { appendEvents } from '../../evidence/index.ts';
import { type DeliveryRow, listWaitingElsewhere, parkWaiting, type Queries } from '../../store/index.ts';
import type { Exchange } from '../ports.ts';
import { DELIVERY_REASONS } from '../reasons.ts';
import { INBOX_SYSTEM } from '../routing.ts';
import { refreshPackageState } from '../status/package-state.ts';

/** Deliveries of one transaction. */
const BATCH = 100;
const CODE = 'SYSTEM_NOT_CONFIGURED';

/**
 * Parks it, for an operator to see; to be called at the start, since the settings change then only. What another process was sending is
 * left to the sweep. @returns how many.
 */
export async function parkUnconfigured(x: Exchange): Promise<number> {
  const systems = [...x.counterparties.keys(), INBOX_SYSTEM];
  let parked = 0;
  for (;;) {
    const batch = await x.store.write(async (tx) => {
      const rows = await listWaitingElsewhere(tx, systems, BATCH);
      for (const row of rows) await parkForWantOfSystem(x, tx, row);
      return rows.length;
    });
    parked += batch;
    if (batch < BATCH) break;
  }
  if (parked > 0) x.log.warn({ parked }, 'deliveries to systems that are not configured were parked');
  return parked;
}

/** Parks one that would go to a system nobody has set up. */
export async function parkForWantOfSystem(x: Exchange, tx: Queries, delivery: DeliveryRow): Promise<void> {
  const now = x.now();
  const { id, recipient, system, package_id: packageId } = delivery;
  const reason = DELIVERY_REASONS[CODE].vi;
  // Where several processes are given new settings one after another, one that still has the system may have taken it.
  if (!(await parkWaiting(tx, id, { code: CODE, text: reason }, now))) return;
  // What announced it goes nowhere, and would be tried for ever.
  await tx.deleteFrom('outbox').where('delivery_id', '=', id).execute();
  const data = { recipient, system, code: CODE, reason };
  await appendEvents(tx, packageId, [{ type: 'parked', actor: 'gateway', deliveryId: id, data }], now);
  await refreshPackageState(tx, packageId, now);
}
