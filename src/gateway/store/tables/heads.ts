/** Heads of event chains: the part of a package's row that every event moves on. */
import { sql } from 'kysely';
import type { Queries } from '../database.ts';
import type { DeliveryRow } from '../schema.ts';
import { inPieces, isPostgres, valueRows } from '../sql/values.ts';
import { findDelivery } from './deliveries.ts';

/** Where a package's chain ends, and the state it is in. */
export interface ChainHead {
  readonly id: string;
  readonly seq: number;
  readonly hash: string;
}

/** Locks the packages (in the order of their ids, so that two batches never wait for each other) and reads their heads. */
export async function lockHeads(tx: Queries, packageIds: readonly string[]): Promise<Map<string, ChainHead>> {
  const heads = new Map<string, ChainHead>();
  const lock = isPostgres(tx) ? sql` FOR UPDATE` : sql``;
  for (const ids of inPieces([...packageIds].sort())) {
    const { rows } = await sql<{ id: string; event_seq: number; event_head: string }>`
      SELECT id, event_seq, event_head FROM packages WHERE id IN (${sql.join(ids)}) ORDER BY id${lock}`.execute(
      tx,
    );
    for (const row of rows) heads.set(row.id, { id: row.id, seq: row.event_seq, hash: row.event_head });
  }
  return heads;
}

/**
 * A delivery as it is now, and as nobody else makes it until this transaction ends: for whoever decides by what it is. On PostgreSQL what
 * was read before may have been changed by another transaction by the time it is written. Everybody locks the package first.
 */
export async function lockDelivery(tx: Queries, id: string): Promise<DeliveryRow | undefined> {
  const found = await findDelivery(tx, id);
  if (found === undefined || !isPostgres(tx)) return found;
  await lockHeads(tx, [found.package_id]);
  return (await lockDeliveries(tx, [id])).get(id);
}

/** {@link lockDelivery} for many of packages whose heads are locked already, by their ids. */
export async function lockDeliveries(tx: Queries, ids: readonly string[]): Promise<Map<string, DeliveryRow>> {
  const found = new Map<string, DeliveryRow>();
  for (const piece of inPieces([...ids].sort())) {
    const query = tx
      .selectFrom('deliveries')
      .selectAll()
      .where('id', 'in', [...piece])
      .orderBy('id');
    const rows = await (isPostgres(tx) ? query.forUpdate() : query).execute();
    for (const row of rows) found.set(row.id, row);
  }
  return found;
}

/** Moves heads on; a state of null stays as it is. */
export async function saveHeads(
  tx: Queries,
  heads: readonly (ChainHead & { readonly state: string | null })[],
  now: number,
): Promise<void> {
  for (const piece of inPieces(heads)) {
    const rows = valueRows(
      ['TEXT', 'BIGINT', 'TEXT', 'TEXT'],
      piece.map(({ id, seq, hash, state }) => [id, seq, hash, state]),
    );
    await sql`
      WITH v (id, seq, hash, state) AS (${rows})
      UPDATE packages SET event_seq = v.seq, event_head = v.hash, state = COALESCE(v.state, packages.state), updated_at = ${now}
      FROM v WHERE packages.id = v.id`.execute(tx);
  }
}
