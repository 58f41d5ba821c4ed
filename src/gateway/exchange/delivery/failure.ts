/** What a failed attempt means: again later, or parked with a reason a clerk understands. */
import { ConnectorError, mayStillWork } from '../../../connectors/index.ts';
import { appendEvents } from '../../evidence/index.ts';
import {
  type DeliveryRow,
  enqueue,
  lockDelivery,
  type PackageRow,
  StoreError,
  updateDelivery,
} from '../../store/index.ts';
import type { Exchange } from '../ports.ts';
import { DELIVERY_REASONS, type ReasonCode } from '../reasons.ts';
import { deliveryMessage } from '../routing.ts';
import { refreshPackageState } from '../status/package-state.ts';

/**
 * What a failed attempt may have done at the counterparty: nothing, since it was only asked whether it has the package; whatever
 * it did is done and seen when it is asked; or it may be at work on it still.
 */
type Effect = 'none' | 'seen' | 'unclear';

/** Outcome of a failed attempt, from the error alone. */
export interface Failure {
  readonly code: ReasonCode;
  readonly retryable: boolean;
  readonly vi: string;
  /** The counterparty's own wish how long to wait, seconds. */
  readonly waitSeconds?: number;
  readonly effect: Effect;
}

/** Delay before attempt n+1: the ladder's rung, the last one repeated. */
function rungFor(x: Exchange, attempts: number): number {
  const rungs = x.settings.retryRungsSeconds;
  return rungs[Math.min(attempts, rungs.length) - 1] ?? 60;
}

/**
 * A connector's error in our words; anything unnamed is our own fault and worth another attempt.
 * @param began whether the counterparty had been handed anything of it.
 */
export function describeFailure(x: Exchange, delivery: DeliveryRow, cause: unknown, began: boolean): Failure {
  const effectOf = (isUnclear: boolean): Effect => (!began ? 'none' : isUnclear ? 'unclear' : 'seen');
  if (cause instanceof ConnectorError) {
    const waitSeconds = Math.ceil((cause.details.retryAfterMs ?? 0) / 1000);
    return {
      code: cause.code,
      retryable: cause.retryable,
      vi: cause.vi,
      waitSeconds,
      effect: effectOf(mayStillWork(cause)),
    };
  }
  if (cause instanceof StoreError && (cause.code === 'BLOB_CORRUPT' || cause.code === 'BLOB_MISSING')) {
    x.log.error(
      { err: cause, packageId: delivery.package_id, deliveryId: delivery.id },
      'stored bytes are lost',
    );
    const code = cause.code === 'BLOB_CORRUPT' ? 'CONTENT_CHANGED' : 'CONTENT_MISSING';
    return { code, retryable: false, vi: DELIVERY_REASONS[code].vi, effect: effectOf(false) };
  }
  x.log.error(
    { err: cause, packageId: delivery.package_id, deliveryId: delivery.id, system: delivery.system },
    'delivery failed for a reason nobody named',
  );
  return {
    code: 'GATEWAY_FAULT',
    retryable: true,
    vi: 'Lỗi bên trong trục; đã ghi lại để xử lý.',
    effect: effectOf(true),
  };
}

/** Records a failed attempt: the next one is announced after the ladder's wait, or the delivery is parked. */
export async function settleFailed(
  x: Exchange,
  delivery: DeliveryRow,
  pkg: PackageRow,
  failure: Failure,
): Promise<void> {
  const now = x.now();
  const again = failure.retryable && delivery.attempts < x.settings.maxAttempts;
  const unclearUntil = failure.effect === 'unclear' ? now + x.settings.counterpartyTimeoutMs : null;
  const delaySeconds = Math.max(rungFor(x, delivery.attempts), failure.waitSeconds ?? 0);
  await x.store.write(async (tx) => {
    const current = await lockDelivery(tx, delivery.id);
    if (current === undefined || current.state !== 'sending' || current.lease_owner !== x.owner) return;
    await updateDelivery(tx, delivery.id, {
      state: again ? 'retrying' : 'parked',
      next_attempt_at: again ? now + delaySeconds * 1000 + x.settings.redriveMs : null,
      reason_code: failure.code,
      reason: failure.vi,
      lease_owner: null,
      lease_until: null,
      ...(failure.effect === 'none' ? {} : { unclear_until: unclearUntil }),
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
