/** Deliveries to a closed counterparty wait without costing an attempt, and go on in order when it is open again. */
import { appendEvents } from '../../evidence/index.ts';
import {
  type DeliveryRow,
  enqueue,
  findDelivery,
  findHeld,
  findPackage,
  lockDelivery,
  type PackageRow,
  type Queries,
  updateDelivery,
} from '../../store/index.ts';
import type { Exchange } from '../ports.ts';
import { DELIVERY_REASONS } from '../reasons.ts';
import { deliveryMessage } from '../routing.ts';
import type { Closed } from './gates.ts';

/** How many go on at a time: the next ones follow a second later, so that a day's backlog floods no one. */
const BATCH = 200;

/** How long a delivery waits for our own bucket before it is tried again, though the bucket answers: other processes may not reach it. */
const BLOBS_PAUSE_MS = 10_000;

const UNCLEAR = 'OUTCOME_UNCLEAR';

/** Whether nothing can be sent because the bytes cannot be read at present. */
export function blobsClosed(x: Pick<Exchange, 'blobs' | 'now'>): Closed | null {
  return x.blobs.state().reachable ? null : blobsAway(x);
}

function blobsAway(x: Pick<Exchange, 'now'>): Closed {
  return { code: 'STORE_AWAY', until: x.now() + BLOBS_PAUSE_MS };
}

/** Hands back a delivery whose bytes could not be read: nothing was sent, so it costs no attempt. */
export async function waitForBlobs(x: Exchange, { id }: DeliveryRow): Promise<void> {
  const isOurs = await x.store.write(async (tx) => (await handBack(x, tx, id)) !== null);
  if (isOurs) await holdDelivery(x, id, blobsAway(x));
}

/**
 * Hands back a delivery whose counterparty does not have it, but may be at work on the attempt before: nothing was sent, so it
 * costs no attempt. Asked again when that attempt must have come to its end.
 */
export async function waitForClarity(x: Exchange, { id }: DeliveryRow, pkg: PackageRow): Promise<void> {
  const now = x.now();
  await x.store.write(async (tx) => {
    const current = await handBack(x, tx, id);
    if (current === null) return;
    const until = Math.max(now, current.unclear_until ?? now);
    await updateDelivery(tx, id, {
      next_attempt_at: until + x.settings.redriveMs,
      reason_code: UNCLEAR,
      reason: DELIVERY_REASONS[UNCLEAR].vi,
    });
    if (current.reason_code !== UNCLEAR) await noteHeld(tx, current, UNCLEAR, now);
    await enqueue(tx, [deliveryMessage(pkg, current, Math.ceil((until - now) / 1000))], now);
  });
  x.wakeRelay();
}

/** Gives up our lease of a delivery that was not sent, and its attempt. @returns the row before; null: it is not ours any more. */
async function handBack(x: Exchange, tx: Queries, id: string): Promise<DeliveryRow | null> {
  const current = await lockDelivery(tx, id);
  if (current === undefined || current.state !== 'sending' || current.lease_owner !== x.owner) return null;
  // Not under one: the next attempt asks first whether the counterparty has it, as after any that broke off.
  const attempts = Math.max(1, current.attempts - 1);
  const free = { lease_owner: null, lease_until: null };
  await updateDelivery(tx, id, { state: 'retrying', attempts, ...free, updated_at: x.now() });
  return current;
}

/** Notes why a delivery waits; its message is done with. */
export async function holdDelivery(x: Exchange, deliveryId: string, closed: Closed): Promise<void> {
  const now = x.now();
  await x.store.write(async (tx) => {
    const delivery = await findDelivery(tx, deliveryId);
    if (delivery === undefined || !['queued', 'retrying'].includes(delivery.state)) return;
    const next = closed.until ?? now + x.settings.redriveMs;
    const reason = DELIVERY_REASONS[closed.code].vi;
    const why = { next_attempt_at: next, reason_code: closed.code, reason, updated_at: now };
    if (!(await updateDelivery(tx, deliveryId, why, [delivery.state]))) return;
    if (delivery.reason_code !== closed.code) await noteHeld(tx, delivery, closed.code, now);
  });
}

async function noteHeld(
  tx: Queries,
  delivery: DeliveryRow,
  code: Closed['code'] | typeof UNCLEAR,
  now: number,
): Promise<void> {
  const { recipient, system } = delivery;
  const data = { recipient, system, code, reason: DELIVERY_REASONS[code].vi };
  await appendEvents(
    tx,
    delivery.package_id,
    [{ type: 'held', actor: 'gateway', deliveryId: delivery.id, data }],
    now,
  );
}

/**
 * Lets held deliveries of every counterparty that is open again go on, oldest first; one that was down gets a single
 * delivery as its trial. @returns how many went on.
 */
export async function releaseHeld(x: Exchange): Promise<number> {
  const now = x.now();
  const isAway = blobsClosed(x) !== null;
  let released = 0;
  for (const system of x.counterparties.keys()) {
    if (x.gates.look(system, now) !== null) continue;
    released += await x.store.write(async (tx) => {
      const held = await findHeld(tx, system, x.gates.isOnTrial(system) ? 1 : BATCH);
      let went = 0;
      for (const delivery of held) {
        const isEarly = (delivery.next_attempt_at ?? 0) > now;
        if (delivery.reason_code === 'STORE_AWAY' && (isAway || isEarly)) continue;
        const pkg = await findPackage(tx, delivery.package_id);
        if (pkg === undefined) continue;
        const free = { reason_code: null, reason: null, updated_at: now };
        const change = { ...free, next_attempt_at: now + x.settings.redriveMs };
        if (!(await updateDelivery(tx, delivery.id, change, [delivery.state]))) continue;
        await enqueue(tx, [deliveryMessage(pkg, delivery)], now);
        went += 1;
      }
      return went;
    });
  }
  if (released > 0) x.wakeRelay();
  return released;
}
