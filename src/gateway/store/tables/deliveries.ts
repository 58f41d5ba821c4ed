/** Deliveries: one row per package and recipient, with its state, lease and next attempt. */
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Queries } from '../database.ts';
import type { DeliveryRow, NewDelivery, Schema } from '../schema.ts';
import { inPieces, valueRows } from '../sql/values.ts';

/** States from which nothing more happens by itself. */
export const SETTLED_STATES: readonly string[] = [
  'delivered',
  'available',
  'fetched',
  'refused',
  'parked',
  'withdrawn',
];
/** States in which the counterparty has it, or never will: what comes after it need not wait. */
export const HANDED_OVER_STATES: readonly string[] = [
  'sent',
  'delivered',
  'available',
  'fetched',
  'refused',
  'withdrawn',
];
/** States in which it has not left us, so that it can be kept from leaving; see also {@link mayHaveLeft}. */
export const UNSENT_STATES: readonly string[] = ['accepted', 'queued', 'retrying', 'parked'];

/** Whether the counterparty has it, or may: it is being sent, or an attempt broke off and nobody has asked about it since. */
export function mayHaveLeft(delivery: Pick<DeliveryRow, 'state' | 'unclear_until'>): boolean {
  const isAskedFirst = delivery.unclear_until !== null && ['queued', 'retrying'].includes(delivery.state);
  return isAskedFirst || !UNSENT_STATES.includes(delivery.state);
}

/** Reasons under which a delivery waits for its counterparty to open again, or for our bucket; `releaseHeld` of the exchange lets it go on. */
export const HELD_REASONS: readonly string[] = [
  'COUNTERPARTY_DOWN',
  'COUNTERPARTY_MAINTENANCE',
  'STORE_AWAY',
];

export async function insertDeliveries(tx: Queries, rows: readonly NewDelivery[]): Promise<void> {
  for (const piece of inPieces(rows))
    await tx
      .insertInto('deliveries')
      .values([...piece])
      .execute();
}

export async function findDelivery(tx: Queries, id: string): Promise<DeliveryRow | undefined> {
  return tx.selectFrom('deliveries').selectAll().where('id', '=', id).executeTakeFirst();
}

export function listDeliveries(tx: Queries, packageId: string): Promise<DeliveryRow[]> {
  return listDeliveriesOf(tx, [packageId]);
}

/** All deliveries of some packages, in the order of their ids. */
export function listDeliveriesOf(tx: Queries, packageIds: readonly string[]): Promise<DeliveryRow[]> {
  return tx
    .selectFrom('deliveries')
    .selectAll()
    .where('package_id', 'in', [...packageIds])
    .orderBy('id')
    .execute();
}

export async function findDeliveryTo(
  tx: Queries,
  packageId: string,
  recipients: readonly string[],
): Promise<DeliveryRow | undefined> {
  return tx
    .selectFrom('deliveries')
    .selectAll()
    .where('package_id', '=', packageId)
    .where('recipient', 'in', recipients)
    .orderBy('id')
    .executeTakeFirst();
}

/** @param from only when it is in one of these states. @returns whether it was changed. */
export async function updateDelivery(
  tx: Queries,
  id: string,
  change: Partial<DeliveryRow>,
  from?: readonly string[],
): Promise<boolean> {
  return (await updateDeliveries(tx, [id], change, from)).has(id);
}

/** Changes those of `ids` that are in one of the states `from`; left out: all of them. @returns those that were changed */
export function updateDeliveries(
  tx: Queries,
  ids: readonly string[],
  change: Partial<DeliveryRow>,
  from?: readonly string[],
): Promise<ReadonlySet<string>> {
  return changeDeliveries(tx, ids, change, (eb) =>
    from === undefined ? eb.lit(true) : eb('state', 'in', [...from]),
  );
}

/** Withdraws those of `ids` that have not left, may not have, and are not just leaving. @returns those that were withdrawn */
export function withdrawUnsent(
  tx: Queries,
  ids: readonly string[],
  requestPackageId: string,
  now: number,
): Promise<ReadonlySet<string>> {
  const change = {
    state: 'withdrawn',
    next_attempt_at: null,
    lease_owner: null,
    lease_until: null,
    reason_code: null,
    reason: null,
    recall: 'agreed',
    recall_package_id: requestPackageId,
    updated_at: now,
  };
  return changeDeliveries(tx, ids, change, (eb) =>
    eb.and([
      eb('state', 'in', [...UNSENT_STATES]),
      eb.or([eb('unclear_until', 'is', null), eb('state', 'in', ['accepted', 'parked'])]),
    ]),
  );
}

/** Changes those of `ids` for which `only` still holds when they are written. @returns those that were changed */
export async function changeDeliveries(
  tx: Queries,
  ids: readonly string[],
  change: Partial<DeliveryRow>,
  only: (eb: ExpressionBuilder<Schema, 'deliveries'>) => Expression<SqlBool>,
): Promise<ReadonlySet<string>> {
  const changed = new Set<string>();
  for (const piece of inPieces(ids)) {
    const rows = await tx
      .updateTable('deliveries')
      .set(change)
      .where('id', 'in', [...piece])
      .where(only)
      .returning('id')
      .execute();
    for (const { id } of rows) changed.add(id);
  }
  return changed;
}

/** Deliveries to `recipients` (codes of one agency) that the package `requestPackageId` asked back and that are not answered yet. */
export async function findRecallsBy(
  tx: Queries,
  requestPackageId: string,
  recipients: readonly string[],
): Promise<DeliveryRow[]> {
  return tx
    .selectFrom('deliveries')
    .selectAll()
    .where('recall_package_id', '=', requestPackageId)
    .where('recipient', 'in', recipients)
    .where('recall', '=', 'requested')
    .orderBy('id')
    .execute();
}

/** Who takes the work of a delivery, and for how long. */
export interface Lease {
  readonly owner: string;
  readonly until: number;
  /** Written as `unclear_until` of a delivery that is taken over from somebody who began with it and is heard of no more. */
  readonly unclearUntil: number;
}

/**
 * Takes the work of one delivery.
 * @returns the row, or null when someone else has it or there is nothing to do.
 */
export async function leaseDelivery(
  tx: Queries,
  id: string,
  { owner, until, unclearUntil }: Lease,
  now: number,
): Promise<DeliveryRow | null> {
  const row = await tx
    .updateTable('deliveries')
    .set({
      state: 'sending',
      lease_owner: owner,
      lease_until: until,
      attempts: sql<number>`attempts + 1`,
      first_tried_at: sql<number>`COALESCE(first_tried_at, ${now})`,
      unclear_until: sql<
        number | null
      >`CASE WHEN state = 'sending' THEN ${unclearUntil} ELSE unclear_until END`,
      updated_at: now,
    })
    .where('id', '=', id)
    .where((eb) =>
      eb.or([
        eb('state', 'in', ['queued', 'retrying']),
        eb.and([eb('state', '=', 'sending'), eb('lease_until', '<', now)]),
      ]),
    )
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

export async function renewLease(tx: Queries, id: string, owner: string, until: number): Promise<boolean> {
  const result = await tx
    .updateTable('deliveries')
    .set({ lease_until: until })
    .where('id', '=', id)
    .where('lease_owner', '=', owner)
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

/** Gives back every lease of `owner` at once: at shutdown, and at start for a store only one process may use. */
export async function releaseLeases(tx: Queries, owner: string | null, now: number): Promise<void> {
  let query = tx
    .updateTable('deliveries')
    .set({ lease_until: now - 1, next_attempt_at: now })
    .where('state', '=', 'sending');
  if (owner !== null) query = query.where('lease_owner', '=', owner);
  await query.execute();
}

/** An earlier delivery of the same key and system that the counterparty does not have yet. */
export async function findEarlierUnsent(
  tx: Queries,
  delivery: DeliveryRow,
): Promise<DeliveryRow | undefined> {
  return tx
    .selectFrom('deliveries')
    .selectAll()
    .where('order_key', '=', delivery.order_key)
    .where('system', '=', delivery.system)
    .where('id', '<', delivery.id)
    .where('state', 'not in', [...HANDED_OVER_STATES])
    .orderBy('id')
    .executeTakeFirst();
}

/** For each of `deliveries` the next one that waits behind it. */
export async function findNextInOrderOf(
  tx: Queries,
  deliveries: readonly DeliveryRow[],
): Promise<DeliveryRow[]> {
  const keys = [...new Set(deliveries.map((delivery) => delivery.order_key))];
  const waiting: DeliveryRow[] = [];
  for (const piece of inPieces(keys)) {
    waiting.push(
      ...(await tx
        .selectFrom('deliveries')
        .selectAll()
        .where('order_key', 'in', [...piece])
        .where('state', 'in', ['queued', 'retrying'])
        .orderBy('id')
        .execute()),
    );
  }
  const next = new Map<string, DeliveryRow>();
  for (const { order_key, system, id } of deliveries) {
    const found = waiting.find((row) => row.order_key === order_key && row.system === system && row.id > id);
    if (found !== undefined) next.set(found.id, found);
  }
  return [...next.values()];
}

/** Those of `orderKeys` that have something unsent, as `order key system`: what comes now must wait behind it. */
export async function findBusyOrders(tx: Queries, orderKeys: readonly string[]): Promise<Set<string>> {
  const busy = new Set<string>();
  for (const piece of inPieces(orderKeys)) {
    const rows = await tx
      .selectFrom('deliveries')
      .select(['order_key', 'system'])
      .where('order_key', 'in', [...piece])
      .where('state', 'not in', [...HANDED_OVER_STATES])
      .execute();
    for (const { order_key, system } of rows) busy.add(`${order_key} ${system}`);
  }
  return busy;
}

/** A counterparty's word that it has a delivery. */
export interface ReceiptRecord {
  readonly id: string;
  readonly state: 'sent' | 'delivered';
  readonly remoteId: string;
}

/** Records receipts. A status that came back before its receipt has moved the state on already: then only the remote id is new. */
export async function recordReceipts(
  tx: Queries,
  receipts: readonly ReceiptRecord[],
  now: number,
): Promise<void> {
  for (const piece of inPieces(receipts)) {
    const rows = valueRows(
      ['TEXT', 'TEXT', 'TEXT'],
      piece.map(({ id, state, remoteId }) => [id, state, remoteId]),
    );
    const overtaken = sql`deliveries.state IN ('delivered', 'refused', 'sent', 'withdrawn')`;
    await sql`
      WITH v (id, state, remote_id) AS (${rows})
      UPDATE deliveries SET remote_id = v.remote_id, lease_owner = NULL, lease_until = NULL, unclear_until = NULL, updated_at = ${now},
        handed_over_at = COALESCE(deliveries.handed_over_at, ${now}),
        state = CASE WHEN ${overtaken} THEN deliveries.state ELSE v.state END,
        next_attempt_at = CASE WHEN ${overtaken} THEN deliveries.next_attempt_at END,
        reason = CASE WHEN ${overtaken} THEN deliveries.reason END,
        reason_code = CASE WHEN ${overtaken} THEN deliveries.reason_code END
      FROM v WHERE deliveries.id = v.id`.execute(tx);
  }
}

/** The states that the deliveries of each package are in, each once. */
export async function listDeliveryStates(
  tx: Queries,
  packageIds: readonly string[],
): Promise<Map<string, string[]>> {
  const states = new Map<string, string[]>();
  for (const piece of inPieces(packageIds)) {
    const rows = await tx
      .selectFrom('deliveries')
      .select(['package_id', 'state'])
      .distinct()
      .where('package_id', 'in', [...piece])
      .execute();
    for (const { package_id, state } of rows)
      states.set(package_id, [...(states.get(package_id) ?? []), state]);
  }
  return states;
}

/** What is held back from `system`, oldest first. */
export async function findHeld(tx: Queries, system: string, limit: number): Promise<DeliveryRow[]> {
  return tx
    .selectFrom('deliveries')
    .selectAll()
    .where('system', '=', system)
    .where('reason_code', 'in', [...HELD_REASONS])
    .where('state', 'in', ['queued', 'retrying'])
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** Makes deliveries ready for their counterparties; without a sign of life until `redriveAt` the sweep announces them again. */
export async function queueDeliveries(
  tx: Queries,
  deliveries: readonly Pick<DeliveryRow, 'id'>[],
  redriveAt: number,
  now: number,
): Promise<void> {
  for (const piece of inPieces(deliveries.map(({ id }) => id))) {
    await tx
      .updateTable('deliveries')
      .set({ state: 'queued', next_attempt_at: redriveAt, updated_at: now })
      .where('id', 'in', [...piece])
      .execute();
  }
}

/** Parked deliveries with this reason, of one package or of all, oldest first. */
export async function findRefused(
  tx: Queries,
  reasonCode: string,
  packageId: string | undefined,
  limit: number,
): Promise<DeliveryRow[]> {
  let query = tx
    .selectFrom('deliveries')
    .selectAll()
    .where('state', '=', 'parked')
    .where('reason_code', '=', reasonCode)
    .orderBy('id')
    .limit(limit);
  if (packageId !== undefined) query = query.where('package_id', '=', packageId);
  return query.execute();
}

/** Parks deliveries for a person, with the reason. */
export async function holdDeliveries(
  tx: Queries,
  deliveries: readonly Pick<DeliveryRow, 'id'>[],
  reasonCode: string,
  reason: string,
  now: number,
): Promise<void> {
  for (const piece of inPieces(deliveries.map(({ id }) => id))) {
    await tx
      .updateTable('deliveries')
      .set({ state: 'parked', reason_code: reasonCode, reason, updated_at: now })
      .where('id', 'in', [...piece])
      .execute();
  }
}
