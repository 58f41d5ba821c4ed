/** Poll: fetch what an axis holds for us, keep it durably, and only then tell the axis so. */
import { createHash } from 'node:crypto';
import { ConnectorError } from '../../../connectors/index.ts';
import { hasKey } from '../../store/index.ts';
import { acceptEdxml } from '../accept.ts';
import { ExchangeError } from '../errors.ts';
import { keepPackage } from '../intake.ts';
import type { Arrival, Counterparty, Exchange } from '../ports.ts';

/** Arrivals in a row that can't be fetched before the look is given up: then it is the axis, not the arrival. */
const GIVE_UP_AFTER = 5;

/** Fetches everything new from one axis. An arrival that fails is left for the next look and holds up no other. @returns how many packages were taken in. */
export async function pollArrivals(
  x: Exchange,
  counterparty: Counterparty,
  signal: AbortSignal,
): Promise<number> {
  if (counterparty.arrivals === undefined) return 0;
  let taken = 0;
  let failed = 0;
  for await (const arrival of counterparty.arrivals()) {
    if (signal.aborted) break;
    try {
      taken += (await takeIn(x, counterparty, arrival)) ? 1 : 0;
      failed = 0;
    } catch (cause) {
      failed += 1;
      if (!(cause instanceof ConnectorError) || failed >= GIVE_UP_AFTER) throw cause;
      x.log.warn(
        { err: cause, system: counterparty.system },
        'an arrival could not be fetched; left for the next look',
      );
    }
  }
  return taken;
}

async function takeIn(x: Exchange, counterparty: Counterparty, arrival: Arrival): Promise<boolean> {
  const inboxKey = `arrival:${counterparty.system}:${arrival.messageType}:${arrival.remoteId}`;
  // Kept before, but the axis never heard our acknowledgement.
  if (await hasKey(x.store.read, inboxKey)) {
    await counterparty.acknowledge?.(arrival, 'done');
    return false;
  }
  try {
    await acceptEdxml(
      x,
      await arrival.open(),
      { origin: counterparty.system, actor: `system:${counterparty.system}`, maySendFor: () => true },
      { inboxKey },
    );
  } catch (cause) {
    if (!(cause instanceof ExchangeError)) throw cause;
    await keepUnreadable(x, counterparty, arrival, inboxKey, cause);
    await counterparty.acknowledge?.(arrival, 'fail');
    return false;
  }
  await counterparty.acknowledge?.(arrival, 'done');
  return true;
}

/** A package we cannot pass on is kept as it came, with the reason, for a person to see: it is never thrown away. */
async function keepUnreadable(
  x: Exchange,
  counterparty: Counterparty,
  arrival: Arrival,
  inboxKey: string,
  cause: ExchangeError,
): Promise<void> {
  // What is over the limit is not kept: the axis still has it.
  const isTooLarge = cause.code === 'PACKAGE_TOO_LARGE';
  const blob = await x.blobs.put(
    isTooLarge ? new Uint8Array() : await arrival.open(),
    x.settings.maxPackageBytes,
  );
  const now = x.now();
  await keepPackage(x, {
    kind: 'unreadable',
    sender: `system:${counterparty.system}`,
    senderName: counterparty.system,
    origin: counterparty.system,
    actor: `system:${counterparty.system}`,
    documentId: arrival.remoteId,
    documentKey: createHash('sha256').update(inboxKey).digest('hex'),
    requestSha256: blob.sha256,
    payloadSha256: blob.sha256,
    size: blob.size,
    subject: cause.vi,
    code: cause.code,
    priority: 0,
    urgency: 'normal',
    metadata: { code: cause.code, faults: cause.faults },
    inboxKey,
    events: [
      {
        type: 'parked',
        actor: 'gateway',
        data: { code: cause.code, reason: cause.vi, faults: cause.faults.slice(0, 20) },
      },
    ],
    deliveries: () => [],
    async also(tx, pkg) {
      await tx
        .updateTable('packages')
        .set({ state: 'attention', updated_at: now })
        .where('id', '=', pkg.id)
        .execute();
    },
  });
  x.log.warn(
    { system: counterparty.system, code: cause.code },
    'an arrival could not be read; kept for a person to see',
  );
}
