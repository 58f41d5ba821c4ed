/** The transactional outbox: rows written with the state they announce, leased and published by the relay. */
import { sql } from 'kysely';
import type { Queries, Store } from '../database.ts';
import { newId } from '../ids.ts';
import type { OutboxRow } from '../schema.ts';

/** One message to publish. */
export interface OutboxMessage {
  readonly routingKey: string;
  readonly packageId: string;
  readonly deliveryId: string | null;
  readonly headers: Readonly<Record<string, string | number>>;
  /** Wait before it takes effect, through the retry ladder. */
  readonly delaySeconds?: number;
}

export async function enqueue(tx: Queries, messages: readonly OutboxMessage[], now: number): Promise<void> {
  const rows = messages.map((message) => ({
    id: newId('out', now),
    routing_key: message.routingKey,
    package_id: message.packageId,
    delivery_id: message.deliveryId,
    headers: JSON.stringify(message.headers),
    delay_seconds: message.delaySeconds ?? 0,
    due_at: now,
    lease_owner: null,
    lease_until: null,
    attempts: 0,
    created_at: now,
  }));
  for (let i = 0; i < rows.length; i += 500)
    await tx
      .insertInto('outbox')
      .values(rows.slice(i, i + 500))
      .execute();
}

/** Takes up to `limit` due rows for `owner`. */
export async function leaseOutbox(
  store: Store,
  owner: string,
  now: number,
  leaseUntil: number,
  limit: number,
): Promise<OutboxRow[]> {
  const skipLocked = store.kind === 'postgres' ? sql`FOR UPDATE SKIP LOCKED` : sql``;
  return store.write(async (tx) => {
    const { rows } = await sql<OutboxRow>`
      UPDATE outbox SET lease_owner = ${owner}, lease_until = ${leaseUntil}, attempts = attempts + 1
      WHERE id IN (SELECT id FROM outbox WHERE due_at <= ${now} AND (lease_until IS NULL OR lease_until < ${now})
                   ORDER BY due_at, id LIMIT ${limit} ${skipLocked})
      RETURNING *`.execute(tx);
    return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  });
}

/** Removes what was confirmed and routed. */
export async function settleOutbox(tx: Queries, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.deleteFrom('outbox').where('id', 'in', ids).execute();
}

/** Puts a row back, due at `dueAt`. */
export async function returnOutbox(tx: Queries, ids: readonly string[], dueAt: number): Promise<void> {
  if (ids.length > 0)
    await tx
      .updateTable('outbox')
      .set({ lease_owner: null, lease_until: null, due_at: dueAt })
      .where('id', 'in', ids)
      .execute();
}

/** Frees rows leased by `owner` (null: by anyone), at shutdown or at the start of a single-process store. */
export async function releaseOutbox(tx: Queries, owner: string | null): Promise<void> {
  let query = tx
    .updateTable('outbox')
    .set({ lease_owner: null, lease_until: null })
    .where('lease_owner', 'is not', null);
  if (owner !== null) query = query.where('lease_owner', '=', owner);
  await query.execute();
}

export async function oldestOutbox(tx: Queries): Promise<{ count: number; oldest: number | null }> {
  const row = await tx
    .selectFrom('outbox')
    .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.min('created_at').as('oldest')])
    .executeTakeFirstOrThrow();
  return { count: Number(row.count), oldest: row.oldest === null ? null : Number(row.oldest) };
}
