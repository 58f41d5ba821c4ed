/** Deliver: hand one package to one counterparty, with retry, back-off, reconciliation and a plain reason when it stops. */
import { ConnectorError } from '../../connectors/index.ts';
import { appendEvents } from '../evidence/index.ts';
import {
  type DeliveryRow,
  enqueue,
  findDelivery,
  findEarlierUnsent,
  findNextInOrder,
  findPackage,
  leaseDelivery,
  type PackageRow,
  type Queries,
  renewLease,
  updateDelivery,
  updateDossier,
} from '../store/index.ts';
import type { Counterparty, DeliveryWork, Exchange, Receipt } from './ports.ts';
import { deliveryMessage } from './routing.ts';
import { refreshPackageState } from './status/package-state.ts';

/** Outcome of a failed attempt, from the error alone. */
interface Failure {
  readonly code: string;
  readonly retryable: boolean;
  readonly vi: string;
  /** The counterparty's own wish how long to wait, seconds. */
  readonly waitSeconds?: number;
}

/** Works on one delivery; called for each message of its queue, so also for repeats, which do nothing. */
export async function deliverOne(x: Exchange, deliveryId: string, shutdown: AbortSignal): Promise<void> {
  x.atPoint('C9');
  const counterparty = await counterpartyOf(x, deliveryId);
  if (counterparty === null) return;
  const now = x.now();
  const leased = await x.store.write((tx) => leaseInOrder(x, tx, deliveryId, now));
  if (leased === null) return;
  const pkg = await findPackage(x.store.read, leased.package_id);
  if (pkg === undefined) return;
  const work = new AbortController();
  const stopRenewing = keepLease(x, leased, work);
  const onShutdown = (): void => work.abort(shutdown.reason);
  shutdown.addEventListener('abort', onShutdown, { once: true });
  try {
    const receipt = await attempt(x, counterparty, { delivery: leased, package: pkg, signal: work.signal });
    x.atPoint('C14');
    await settleSent(x, leased, pkg, receipt.receipt, receipt.reconciled);
  } catch (cause) {
    if (work.signal.aborted) return; // handed back: another process, or this one after a restart, goes on
    await settleFailed(x, leased, pkg, describeFailure(x, leased, cause));
  } finally {
    stopRenewing();
    shutdown.removeEventListener('abort', onShutdown);
  }
  x.atPoint('C15');
}

async function counterpartyOf(x: Exchange, deliveryId: string): Promise<Counterparty | null> {
  const delivery = await findDelivery(x.store.read, deliveryId);
  if (delivery === undefined) return null;
  const counterparty = x.counterparties.get(delivery.system);
  if (counterparty === undefined) {
    x.log.error(
      { packageId: delivery.package_id, deliveryId, system: delivery.system },
      'no counterparty is configured for this delivery',
    );
    return null;
  }
  return counterparty;
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
    if (delivery.state === 'queued')
      await updateDelivery(tx, deliveryId, { next_attempt_at: now + x.settings.redriveMs, updated_at: now });
    return null;
  }
  return leaseDelivery(tx, deliveryId, x.owner, now, now + x.settings.leaseMs);
}

/** Renews the lease while the work goes on; aborts the work when it was lost. */
function keepLease(x: Exchange, delivery: DeliveryRow, work: AbortController): () => void {
  const timer = setInterval(() => {
    x.store
      .write((tx) => renewLease(tx, delivery.id, x.owner, x.now() + x.settings.leaseMs))
      .then((held) => {
        if (!held) work.abort(new Error('lease lost'));
      })
      .catch((cause: unknown) => x.log.warn({ err: cause, deliveryId: delivery.id }, 'lease not renewed'));
  }, x.settings.leaseMs / 3);
  return () => clearInterval(timer);
}

async function attempt(
  x: Exchange,
  counterparty: Counterparty,
  work: DeliveryWork,
): Promise<{ receipt: Receipt; reconciled: boolean }> {
  // An earlier attempt may have been taken although its answer never reached us (crash, timeout): ask before sending again.
  if (work.delivery.attempts > 1 && counterparty.find !== undefined) {
    const receipt = await counterparty.find(work);
    if (receipt !== null) return { receipt, reconciled: true };
  }
  const receipt = await counterparty.deliver(work);
  x.atPoint('C13');
  return { receipt, reconciled: false };
}

async function settleSent(
  x: Exchange,
  delivery: DeliveryRow,
  pkg: PackageRow,
  receipt: Receipt,
  reconciled: boolean,
): Promise<void> {
  const now = x.now();
  await x.store.write(async (tx) => {
    const current = await findDelivery(tx, delivery.id);
    // Its status may already have come back; the receipt is then only a fact for the timeline.
    const overtaken = current !== undefined && ['delivered', 'refused', 'sent'].includes(current.state);
    if (!overtaken) {
      await updateDelivery(tx, delivery.id, {
        state: receipt.final ? 'delivered' : 'sent',
        remote_id: receipt.remoteId,
        lease_owner: null,
        lease_until: null,
        next_attempt_at: null,
        reason: null,
        reason_code: null,
        updated_at: now,
      });
    } else {
      await updateDelivery(tx, delivery.id, {
        remote_id: receipt.remoteId,
        lease_owner: null,
        lease_until: null,
        updated_at: now,
      });
    }
    await appendEvents(
      tx,
      pkg.id,
      [
        {
          type: reconciled ? 'sent-reconciled' : 'sent',
          actor: `system:${delivery.system}`,
          deliveryId: delivery.id,
          data: {
            recipient: delivery.recipient,
            remoteId: receipt.remoteId,
            attempt: delivery.attempts,
            ...receipt.data,
          },
        },
        ...(receipt.final
          ? [
              {
                type: 'delivered' as const,
                actor: `system:${delivery.system}`,
                deliveryId: delivery.id,
                data: { recipient: delivery.recipient },
              },
            ]
          : []),
      ],
      now,
    );
    const { portalState } = (receipt.data ?? {}) as { portalState?: number | null };
    if (pkg.dossier_code !== null && typeof portalState === 'number')
      await updateDossier(tx, pkg.dossier_code, { portal_state: String(portalState), updated_at: now });
    const next = await findNextInOrder(tx, delivery);
    if (next !== undefined) {
      const nextPackage = await findPackage(tx, next.package_id);
      if (nextPackage !== undefined) await enqueue(tx, [deliveryMessage(nextPackage, next)], now);
    }
    await refreshPackageState(tx, pkg.id, now);
  });
  x.metrics.attempt(delivery.system, reconciled ? 'reconciled' : 'sent');
  x.metrics.acceptToReceiptMs(delivery.system, now - pkg.accepted_at);
  x.log.info(
    { packageId: pkg.id, deliveryId: delivery.id, system: delivery.system, attempt: delivery.attempts },
    'delivery handed over',
  );
  x.wakeRelay();
}

/** Delay before attempt n+1: the ladder's rung, the last one repeated. */
function rungFor(x: Exchange, attempts: number): number {
  const rungs = x.settings.retryRungsSeconds;
  return rungs[Math.min(attempts, rungs.length) - 1] ?? 60;
}

function describeFailure(x: Exchange, delivery: DeliveryRow, cause: unknown): Failure {
  if (cause instanceof ConnectorError) {
    const waitSeconds = Math.ceil((cause.details.retryAfterMs ?? 0) / 1000);
    return { code: cause.code, retryable: cause.retryable, vi: cause.vi, waitSeconds };
  }
  x.log.error(
    { err: cause, packageId: delivery.package_id, deliveryId: delivery.id, system: delivery.system },
    'delivery failed for a reason nobody named',
  );
  return { code: 'GATEWAY_FAULT', retryable: true, vi: 'Lỗi bên trong trục; đã ghi lại để xử lý.' };
}

async function settleFailed(
  x: Exchange,
  delivery: DeliveryRow,
  pkg: PackageRow,
  failure: Failure,
): Promise<void> {
  const now = x.now();
  const again = failure.retryable && delivery.attempts < x.settings.maxAttempts;
  const delaySeconds = Math.max(rungFor(x, delivery.attempts), failure.waitSeconds ?? 0);
  await x.store.write(async (tx) => {
    const current = await findDelivery(tx, delivery.id);
    if (current === undefined || current.state !== 'sending' || current.lease_owner !== x.owner) return;
    await updateDelivery(tx, delivery.id, {
      state: again ? 'retrying' : 'parked',
      next_attempt_at: again ? now + delaySeconds * 1000 + x.settings.redriveMs : null,
      reason_code: failure.code,
      reason: failure.vi,
      lease_owner: null,
      lease_until: null,
      updated_at: now,
    });
    await appendEvents(
      tx,
      pkg.id,
      [
        {
          type: again ? 'attempt-failed' : 'parked',
          actor: 'gateway',
          deliveryId: delivery.id,
          data: {
            recipient: delivery.recipient,
            system: delivery.system,
            code: failure.code,
            reason: failure.vi,
            attempt: delivery.attempts,
            ...(again ? { nextInSeconds: delaySeconds } : {}),
          },
        },
      ],
      now,
    );
    if (again) await enqueue(tx, [deliveryMessage(pkg, delivery, delaySeconds)], now);
    await refreshPackageState(tx, pkg.id, now);
  });
  x.metrics.attempt(delivery.system, again ? 'retry' : 'parked');
  x.log.warn(
    {
      packageId: pkg.id,
      deliveryId: delivery.id,
      system: delivery.system,
      code: failure.code,
      attempt: delivery.attempts,
      parked: !again,
    },
    'delivery attempt failed',
  );
  x.wakeRelay();
}
