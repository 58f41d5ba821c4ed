/** Settle: records receipts, those that come together in one transaction. */
import { appendToMany, type NewEvent } from '../../evidence/index.ts';
import {
  type BatchOptions,
  createBatchers,
  type DeliveryRow,
  enqueue,
  findNextInOrderOf,
  findPackage,
  listDeliveryStates,
  lockHeads,
  type Outcome,
  type PackageRow,
  type Queries,
  recordReceipts,
  together,
  updateDossier,
} from '../../store/index.ts';
import type { Exchange, Receipt } from '../ports.ts';
import { deliveryMessage } from '../routing.ts';
import { packageStateOf } from '../status/package-state.ts';

/** A delivery that its counterparty has taken. */
interface Sent {
  readonly delivery: DeliveryRow;
  readonly pkg: PackageRow;
  readonly receipt: Receipt;
  /** Found at the counterparty after an attempt whose answer was lost. */
  readonly reconciled: boolean;
}

/** Receipts recorded in one transaction. */
const BATCH = 64;
/** Nobody waits for a receipt: a little patience saves most of the commits. */
const GATHER_MS = 20;
/**
 * Under load more patience saves more; below a hundred a second it dies down. Not for what came over the broker, which hands out no more
 * until a receipt is recorded.
 */
const GATHER_DIRECT_MS = 100;
const GATHER_DIRECT_PER_ITEM_MS = 10;

const batchers = (patience: Pick<BatchOptions<Sent, void>, 'gatherMs' | 'gatherPerItemMs'>) =>
  createBatchers<Exchange, Sent, void>((x) => ({
    limit: BATCH,
    parallel: 1,
    ...patience,
    run: (batch) => settleAll(x, batch),
  }));
const settleFromBroker = batchers({ gatherMs: GATHER_MS });
const settleDirect = batchers({ gatherMs: GATHER_DIRECT_MS, gatherPerItemMs: GATHER_DIRECT_PER_ITEM_MS });

/** Records one receipt; resolves when it is durable. @param isDirect it was sent from memory */
export async function settleSent(x: Exchange, sent: Sent, isDirect: boolean): Promise<void> {
  await (isDirect ? settleDirect : settleFromBroker)(x, sent);
  const { delivery, pkg, reconciled } = sent;
  x.metrics.attempt(delivery.system, reconciled ? 'reconciled' : 'sent');
  x.metrics.acceptToReceiptMs(delivery.system, x.now() - pkg.accepted_at);
  x.log.info(
    { packageId: pkg.id, deliveryId: delivery.id, system: delivery.system, attempt: delivery.attempts },
    'delivery handed over',
  );
}

async function settleAll(x: Exchange, batch: readonly Sent[]): Promise<Outcome<void>[]> {
  const now = x.now();
  const packageIds = [...new Set(batch.map(({ pkg }) => pkg.id))];
  const followers = await x.store.write(async (tx) => {
    // Before it is seen what state the packages are in: others may be changing that of another delivery.
    const [heads] = await together(
      lockHeads(tx, packageIds),
      recordReceipts(
        tx,
        batch.map(({ delivery, receipt }) => ({
          id: delivery.id,
          state: receipt.final ? 'delivered' : 'sent',
          remoteId: receipt.remoteId,
        })),
        now,
      ),
    );
    const states = await listDeliveryStates(tx, packageIds);
    const [next] = await together(
      findNextInOrderOf(
        tx,
        batch.map(({ delivery }) => delivery),
      ),
      appendToMany(
        tx,
        batch.map((sent) => ({
          packageId: sent.pkg.id,
          events: eventsOf(sent),
          state: packageStateOf(states.get(sent.pkg.id) ?? []),
        })),
        now,
        heads,
      ),
    );
    for (const sent of batch) await notePortalState(tx, sent, now);
    await announce(tx, next, now);
    return next.length;
  });
  if (followers > 0) x.wakeRelay();
  return batch.map(() => ({ value: undefined }));
}

function eventsOf({ delivery, receipt, reconciled }: Sent): NewEvent[] {
  const actor = `system:${delivery.system}`;
  const { recipient, attempts } = delivery;
  const data = { recipient, remoteId: receipt.remoteId, attempt: attempts, ...receipt.data };
  const sent: NewEvent = {
    type: reconciled ? 'sent-reconciled' : 'sent',
    actor,
    deliveryId: delivery.id,
    data,
  };
  if (!receipt.final) return [sent];
  return [sent, { type: 'delivered', actor, deliveryId: delivery.id, data: { recipient } }];
}

async function notePortalState(tx: Queries, { pkg, receipt }: Sent, now: number): Promise<void> {
  const { portalState } = (receipt.data ?? {}) as { portalState?: number | null };
  if (pkg.dossier_code !== null && typeof portalState === 'number')
    await updateDossier(tx, pkg.dossier_code, { portal_state: String(portalState), updated_at: now });
}

/** Announces what waited for its turn behind deliveries that were handed over. */
async function announce(tx: Queries, followers: readonly DeliveryRow[], now: number): Promise<void> {
  for (const follower of followers) {
    const pkg = await findPackage(tx, follower.package_id);
    if (pkg !== undefined) await enqueue(tx, [deliveryMessage(pkg, follower)], now);
  }
}
