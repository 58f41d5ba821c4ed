/** Deliver: hand one package to one counterparty, with retry, back-off, reconciliation and a plain reason when it stops. */
import {
  type DeliveryRow,
  findDelivery,
  findEarlierUnsent,
  findPackage,
  isAway,
  isRemoteIdTaken,
  leaseDelivery,
  type PackageRow,
  type Queries,
  renewLease,
  updateDelivery,
} from '../../store/index.ts';
import { blobsClosed, holdDelivery, waitForBlobs, waitForClarity } from '../gates/hold.ts';
import { pause } from '../loops/pause.ts';
import type { Counterparty, DeliveryWork, Exchange, Payload, Receipt } from '../ports.ts';
import { describeFailure, settleFailed } from './failure.ts';
import { settleSent } from './settle.ts';

/** Works on one delivery; called for each message of its queue, so also for repeats, which do nothing. */
export async function deliverOne(x: Exchange, deliveryId: string, shutdown: AbortSignal): Promise<void> {
  x.atPoint('C9');
  const delivery = await findDelivery(x.store.read, deliveryId);
  const counterparty = delivery === undefined ? null : counterpartyOf(x, delivery);
  if (delivery === undefined || counterparty === null) return;
  const closed = blobsClosed(x) ?? x.gates.admit(delivery.system, x.now());
  if (closed !== null) return holdDelivery(x, deliveryId, closed);
  await pause(x.gates.paceMs(delivery.system, x.now()), shutdown);
  await x.lanes.run(delivery.system, delivery.urgency, async (leave) => {
    const now = x.now();
    const leased = await x.store.write((tx) => leaseInOrder(x, tx, deliveryId, now));
    if (leased === null) return;
    const pkg = await findPackage(x.store.read, leased.package_id);
    if (pkg === undefined) return;
    const lease = keepLease(x, leased, shutdown);
    try {
      await sendLeased(x, counterparty, { delivery: leased, package: pkg, signal: lease.signal }, leave);
    } finally {
      lease.release();
    }
  });
}

/**
 * Sends a delivery that was leased for this process in the very transaction that took its package in: no way over the
 * broker, no second reading. Whatever goes wrong here, the lease runs out and the sweep drives it again.
 */
export async function deliverDirect(
  x: Exchange,
  delivery: DeliveryRow,
  pkg: PackageRow,
  payload: Payload,
): Promise<void> {
  const counterparty = counterpartyOf(x, delivery);
  if (counterparty === null) return;
  const lease = keepLease(x, delivery, x.lanes.signal);
  try {
    const send = async (leave: () => void): Promise<void> => {
      if (!lease.signal.aborted)
        await sendLeased(x, counterparty, { delivery, package: pkg, payload, signal: lease.signal }, leave);
    };
    await x.lanes.run(delivery.system, delivery.urgency, send, payload.bytes?.length);
  } catch (cause) {
    if (!lease.signal.aborted)
      x.log.warn(
        { err: cause, packageId: pkg.id, deliveryId: delivery.id },
        'direct delivery left to the sweep',
      );
  } finally {
    lease.release();
  }
}

/** @param leave called as soon as the counterparty has answered: its place is free while the receipt is recorded. */
async function sendLeased(
  x: Exchange,
  counterparty: Counterparty,
  work: DeliveryWork,
  leave: () => void,
): Promise<void> {
  let began = false;
  try {
    const known = await askFirst(x, counterparty, work);
    if (known === null && isTooEarly(x, counterparty, work)) {
      x.gates.succeeded(work.delivery.system, x.now());
      return await waitForClarity(x, work.delivery, work.package);
    }
    began = known === null;
    const receipt = known ?? (await deliver(x, counterparty, work));
    const reconciled = !began;
    leave();
    x.gates.succeeded(work.delivery.system, x.now());
    x.atPoint('C14');
    const { delivery, package: pkg, payload } = work;
    await settleSent(x, { delivery, pkg, receipt, reconciled }, payload !== undefined);
  } catch (cause) {
    if (work.signal.aborted) return; // handed back: another process, or this one after a restart, goes on
    if (isAway(cause)) return waitForBlobs(x, work.delivery);
    x.gates.failed(work.delivery.system, work.delivery.id, cause, x.now());
    await settleFailed(x, work.delivery, work.package, describeFailure(x, work.delivery, cause, began));
  }
  x.atPoint('C15');
}

function counterpartyOf(x: Exchange, delivery: DeliveryRow): Counterparty | null {
  const counterparty = x.counterparties.get(delivery.system);
  if (counterparty !== undefined) return counterparty;
  x.log.error(
    { packageId: delivery.package_id, deliveryId: delivery.id, system: delivery.system },
    'no counterparty is configured for this delivery',
  );
  return null;
}

/** Leases the delivery unless one of the same order key must go first; then it waits until that one is settled. */
async function leaseInOrder(
  x: Exchange,
  tx: Queries,
  deliveryId: string,
  now: number,
): Promise<DeliveryRow | null> {
  const delivery = await findDelivery(tx, deliveryId);
  if (delivery === undefined) return null;
  const earlier = await findEarlierUnsent(tx, delivery);
  if (earlier !== undefined) {
    const later = { next_attempt_at: now + x.settings.redriveMs, updated_at: now };
    await updateDelivery(tx, deliveryId, later, ['queued']);
    return null;
  }
  const unclearUntil = now + x.settings.counterpartyTimeoutMs;
  return leaseDelivery(
    tx,
    deliveryId,
    { owner: x.owner, until: now + x.settings.leaseMs, unclearUntil },
    now,
  );
}

/** A lease being kept: its signal aborts when the lease was lost or `shutdown` says so. */
interface KeptLease {
  readonly signal: AbortSignal;
  release(): void;
}

/** Renews the lease while the work goes on, or waits for its turn. */
function keepLease(x: Exchange, delivery: DeliveryRow, shutdown: AbortSignal): KeptLease {
  const work = new AbortController();
  const onShutdown = (): void => work.abort(shutdown.reason);
  shutdown.addEventListener('abort', onShutdown, { once: true });
  let until = delivery.lease_until ?? x.now() + x.settings.leaseMs;
  const timer = setInterval(() => {
    // A process that stood still, or a store that did not answer: another one may be sending by now. Timers run before anything
    // else after a standstill, so nothing more leaves from here.
    if (x.now() >= until) return work.abort(new Error('lease expired'));
    const renewed = x.now() + x.settings.leaseMs;
    x.store
      .write((tx) => renewLease(tx, delivery.id, x.owner, renewed))
      .then((held) => {
        if (held) until = renewed;
        else work.abort(new Error('lease lost'));
      })
      .catch((cause: unknown) => x.log.warn({ err: cause, deliveryId: delivery.id }, 'lease not renewed'));
  }, x.settings.leaseMs / 3);
  return {
    signal: work.signal,
    release() {
      clearInterval(timer);
      shutdown.removeEventListener('abort', onShutdown);
    },
  };
}

/** An earlier attempt may have been taken although its answer never reached us (crash, timeout): ask before sending again. */
async function askFirst(
  x: Exchange,
  counterparty: Counterparty,
  work: DeliveryWork,
): Promise<Receipt | null> {
  if (work.delivery.attempts <= 1 || counterparty.find === undefined) return null;
  const isOfAnother = (remoteId: string) => isRemoteIdTaken(x.store.read, work.delivery, remoteId);
  return counterparty.find({ ...work, isOfAnother });
}

/** Whether its "I do not have it" may be overtaken by the attempt before, which it may be working on still. */
function isTooEarly(x: Exchange, { find }: Counterparty, { delivery }: DeliveryWork): boolean {
  return find !== undefined && delivery.unclear_until !== null && x.now() < delivery.unclear_until;
}

async function deliver(x: Exchange, counterparty: Counterparty, work: DeliveryWork): Promise<Receipt> {
  const receipt = await counterparty.deliver(work);
  x.atPoint('C13');
  return receipt;
}
