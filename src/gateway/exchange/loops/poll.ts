/** Poll: fetch what an axis holds for us, keep it durably, and only then tell the axis so. */
import { ConnectorError } from '../../../connectors/index.ts';
import { findKey, findPackage, isStoreFault, UNREADABLE } from '../../store/index.ts';
import { acceptEdxml } from '../accept.ts';
import { ExchangeError } from '../errors.ts';
import type { Arrival, Counterparty, Exchange } from '../ports.ts';
import { createTurns, type Turn } from './turns.ts';
import { keepUnreadable } from './unreadable.ts';

/** Arrivals in a row that can't be taken in before the look is given up: then it is the axis, not the arrival. */
const GIVE_UP_AFTER = 5;

/** Looks that an arrival which fails again and again sits out at most: at 30 s a look, a quarter of an hour. */
const MOST_SAT_OUT = 32;

/** How often one arrival has failed, and for how many looks it is left alone. */
interface Failing {
  readonly times: number;
  readonly sitsOut: number;
}

/** By counterparty and arrival; of this process, since every process finds out for itself within a few looks. */
const failing = new WeakMap<Counterparty, Map<string, Failing>>();

/**
 * Takes in everything new from one axis, several arrivals at the same time: a round trip to an axis takes far longer than keeping
 * what it brings. Those of one order are kept as the axis lists them, and statuses after all documents. An arrival that fails
 * is left for a later look, each time for twice as many: those behind it on the list go ahead, however many at its head can't
 * be fetched. @returns how many packages were taken in.
 */
export async function pollArrivals(
  x: Exchange,
  counterparty: Counterparty,
  signal: AbortSignal,
): Promise<number> {
  if (counterparty.arrivals === undefined) return 0;
  const known = failing.get(counterparty) ?? new Map<string, Failing>();
  failing.set(counterparty, known);
  const { takeInConcurrency, concurrencyOf } = x.settings;
  const turns = createTurns(
    Math.min(takeInConcurrency, concurrencyOf[counterparty.system] ?? takeInConcurrency),
  );
  const listed = new Set<string>();
  let taken = 0;
  let failed = 0;
  let ended: { cause: unknown } | null = null;

  async function take(arrival: Arrival, key: string, turn: Turn): Promise<void> {
    try {
      const isNew = await takeIn(x, counterparty, arrival, turn);
      if (isNew) taken += 1;
      known.delete(key);
      failed = 0;
    } catch (cause) {
      if (isStoreFault(cause)) {
        ended ??= { cause };
        return;
      }
      const times = (known.get(key)?.times ?? 0) + 1;
      failed += 1;
      known.set(key, { times, sitsOut: Math.min(2 ** (times - 1), MOST_SAT_OUT) });
      if (failed >= GIVE_UP_AFTER) ended ??= { cause };
      else tell(x, counterparty, arrival, times, cause);
    }
  }

  const mayGoOn = (): boolean => ended === null && !signal.aborted;
  let messageType: Arrival['messageType'] = 'edoc';
  try {
    for await (const arrival of counterparty.arrivals()) {
      const key = keyOf(counterparty, arrival);
      if (listed.has(key)) continue;
      listed.add(key);
      const before = known.get(key) ?? { times: 0, sitsOut: 0 };
      if (before.sitsOut > 0) {
        known.set(key, { ...before, sitsOut: before.sitsOut - 1 });
        continue;
      }
      await (arrival.messageType === messageType ? turns.room() : turns.idle());
      messageType = arrival.messageType;
      if (!mayGoOn()) break;
      turns.start(arrival.order ?? '', (turn) => take(arrival, key, turn));
    }
  } finally {
    await turns.idle();
  }
  if (ended !== null) throw (ended as { cause: unknown }).cause;
  if (!signal.aborted) for (const key of known.keys()) if (!listed.has(key)) known.delete(key);
  return taken;
}

function tell(x: Exchange, { system }: Counterparty, arrival: Arrival, times: number, cause: unknown): void {
  const fields = { err: cause, system, remoteId: arrival.remoteId, times };
  if (cause instanceof ConnectorError)
    x.log.warn(fields, 'an arrival could not be fetched; left for a later look');
  // Anything nobody named is our bug, and still no reason to hold up the others.
  else x.log.error(fields, 'an arrival could not be taken in; left for a later look');
}

function keyOf({ system }: Counterparty, { messageType, remoteId }: Arrival): string {
  return `arrival:${system}:${messageType}:${remoteId}`;
}

async function takeIn(
  x: Exchange,
  counterparty: Counterparty,
  arrival: Arrival,
  turn: Turn,
): Promise<boolean> {
  const inboxKey = keyOf(counterparty, arrival);
  const kept = await findKey(x.store.read, inboxKey);
  // Kept before, but the axis never heard our acknowledgement: it hears the same one.
  if (kept !== undefined) {
    const pkg = kept === null ? undefined : await findPackage(x.store.read, kept);
    await counterparty.acknowledge?.(arrival, pkg?.kind === UNREADABLE ? 'fail' : 'done');
    return false;
  }
  try {
    await acceptEdxml(
      x,
      await arrival.open(),
      { origin: counterparty.system, actor: `system:${counterparty.system}`, maySendFor: () => true },
      { inboxKey, turn },
    );
  } catch (cause) {
    if (!(cause instanceof ExchangeError)) throw cause;
    // What is over the limit is not kept: the axis still has it.
    const isTooLarge = cause.code === 'PACKAGE_TOO_LARGE';
    const content = isTooLarge ? new Uint8Array() : await arrival.open();
    await keepUnreadable(
      x,
      { system: counterparty.system, remoteId: arrival.remoteId, inboxKey },
      content,
      cause,
    );
    await counterparty.acknowledge?.(arrival, 'fail');
    return false;
  }
  await counterparty.acknowledge?.(arrival, 'done');
  return true;
}
