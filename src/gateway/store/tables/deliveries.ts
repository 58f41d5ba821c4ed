/** Deliveries: one row per package and recipient, with its state, lease and next attempt. */
import { sql } from 'kysely';
import type { Queries } from '../database.ts';
import type { DeliveryRow, NewDelivery } from '../schema.ts';

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
/** States in which it has not left us, so that it can be kept from leaving. */
export const UNSENT_STATES: readonly string[] = ['accepted', 'queued', 'retrying', 'parked'];

/** Rows per INSERT; SQLite allows 32,766 bound values and a row has 19. */
const INSERT_BATCH = 500;

export async function insertDeliveries(tx: Queries, rows: readonly NewDelivery[]): Promise<void> {
  for (let i = 0; i < rows.length; i += INSERT_BATCH) {
    await tx
      .insertInto('deliveries')
      .values(rows.slice(i, i + INSERT_BATCH))
      .execute();
  }
}

export async function findDelivery(tx: Queries, id: string): Promise<DeliveryRow | undefined> {
  return tx.selectFrom('deliveries').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function listDeliveries(tx: Queries, packageId: string): Promise<DeliveryRow[]> {
  return tx.selectFrom('deliveries').selectAll().where('package_id', '=', packageId).orderBy('id').execute();
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

export async function updateDelivery(tx: Queries, id: string, change: Partial<DeliveryRow>): Promise<void> {
  await tx.updateTable('deliveries').set(change).where('id', '=', id).execute();
}

/** Withdraws a delivery that has not left; false when it has, or is just leaving. */
export async function withdrawUnsent(
  tx: Queries,
  id: string,
  requestPackageId: string,
  now: number,
): Promise<boolean> {
  const result = await tx
    .updateTable('deliveries')
    .set({
      state: 'withdrawn',
      next_attempt_at: null,
      lease_owner: null,
      lease_until: null,
      reason_code: null,
      reason: null,
      recall: 'agreed',
      recall_package_id: requestPackageId,
      updated_at: now,
    })
    .where('id', '=', id)
    .where('state', 'in', [...UNSENT_STATES])
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

/** The delivery to one of `recipients` that the package `requestPackageId` asked back and that is not answered yet. */
export async function findRecallBy(
  tx: Queries,
  requestPackageId: string,
  recipients: readonly string[],
): Promise<DeliveryRow | undefined> {
  return tx
    .selectFrom('deliveries')
    .selectAll()
    .where('recall_package_id', '=', requestPackageId)
    .where('recipient', 'in', recipients)
    .where('recall', '=', 'requested')
    .orderBy('id')
    .executeTakeFirst();
}

/**
 * Takes the work of one delivery for `owner` until `until`.
 * @returns the row, or null when someone else has it or there is nothing to do.
 */
export async function leaseDelivery(
  tx: Queries,
  id: string,
  owner: string,
  now: number,
  until: number,
): Promise<DeliveryRow | null> {
  const row = await tx
    .updateTable('deliveries')
    .set({
      state: 'sending',
      lease_owner: owner,
      lease_until: until,
      attempts: sql<number>`attempts + 1`,
      first_tried_at: sql<number>`COALESCE(first_tried_at, ${now})`,
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

/** The next one waiting behind `delivery`. */
export async function findNextInOrder(tx: Queries, delivery: DeliveryRow): Promise<DeliveryRow | undefined> {
  return tx
    .selectFrom('deliveries')
    .selectAll()
    .where('order_key', '=', delivery.order_key)
    .where('system', '=', delivery.system)
    .where('id', '>', delivery.id)
    .where('state', 'in', ['queued', 'retrying'])
    .orderBy('id')
    .executeTakeFirst();
}

/** Unsettled deliveries that should have moved by now: their wake-up was lost with the broker or with a process. */
export async function findOverdue(tx: Queries, now: number, limit: number): Promise<DeliveryRow[]> {
  return tx
    .selectFrom('deliveries')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb.and([eb('state', 'in', ['queued', 'retrying']), eb('next_attempt_at', '<', now)]),
        eb.and([eb('state', '=', 'sending'), eb('lease_until', '<', now)]),
      ]),
    )
    .where((eb) =>
      eb.not(
        eb.exists(
          eb.selectFrom('outbox').select('outbox.id').whereRef('outbox.delivery_id', '=', 'deliveries.id'),
        ),
      ),
    )
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** Puts a delivery into the inbox of its recipient, at the next position. */
export async function makeAvailable(
  tx: Queries,
  delivery: Pick<DeliveryRow, 'id' | 'recipient'>,
  now: number,
): Promise<number> {
  const seq = await nextValue(tx, `inbox:${delivery.recipient}`);
  await updateDelivery(tx, delivery.id, {
    state: 'available',
    seq,
    next_attempt_at: null,
    lease_owner: null,
    lease_until: null,
    updated_at: now,
  });
  return seq;
}

/** Next number of a gapless sequence; the row stays locked until the transaction ends, so order of numbers is order of commits. */
export async function nextValue(tx: Queries, name: string): Promise<number> {
  const row = await tx
    .insertInto('sequences')
    .values({ name, value: 1 })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({ value: sql<number>`sequences.value + 1` }),
    )
    .returning('value')
    .executeTakeFirstOrThrow();
  return Number(row.value);
}

/** One line of an inbox. */
export type InboxRow = DeliveryRow & {
  kind: string;
  sender: string;
  sender_name: string;
  document_id: string;
  subject: string;
  code: string;
  package_state: string;
  correlates: string | null;
};

/** What arrived for `agency` after position `after`, oldest first. */
export async function listInbox(
  tx: Queries,
  agency: string,
  after: number,
  limit: number,
  kind?: string,
  states?: readonly string[],
): Promise<InboxRow[]> {
  let query = tx
    .selectFrom('deliveries')
    .innerJoin('packages', 'packages.id', 'deliveries.package_id')
    .selectAll('deliveries')
    .select([
      'packages.kind',
      'packages.sender',
      'packages.sender_name',
      'packages.document_id',
      'packages.subject',
      'packages.code',
      'packages.state as package_state',
      'packages.correlates',
    ])
    .where('deliveries.recipient', '=', agency)
    .where('deliveries.seq', '>', after)
    .orderBy('deliveries.seq')
    .limit(limit);
  if (kind !== undefined) query = query.where('packages.kind', '=', kind);
  if (states !== undefined) query = query.where('deliveries.state', 'in', [...states]);
  return query.execute();
}
