/** Inboxes: deliveries of agencies connected to us, at gapless positions. */
import { sql } from 'kysely';
import type { Queries } from '../database.ts';
import type { DeliveryRow } from '../schema.ts';
import { inPieces, valueRows } from '../sql/values.ts';

/** Puts a delivery into the inbox of its recipient, at the next position. */
export async function makeAvailable(
  tx: Queries,
  delivery: Pick<DeliveryRow, 'id' | 'recipient'>,
  now: number,
): Promise<number> {
  const [seq = 0] = await makeAllAvailable(tx, [delivery], now);
  return seq;
}

/** Puts deliveries into the inboxes of their recipients. @returns their positions, in the order given. */
export async function makeAllAvailable(
  tx: Queries,
  deliveries: readonly Pick<DeliveryRow, 'id' | 'recipient'>[],
  now: number,
): Promise<number[]> {
  const positions = await nextPositions(tx, deliveries);
  for (const piece of inPieces(deliveries.map(({ id }, index) => [id, positions[index] ?? 0] as const))) {
    await sql`
      WITH v (id, seq) AS (${valueRows(['TEXT', 'BIGINT'], piece)})
      UPDATE deliveries SET state = 'available', seq = v.seq, next_attempt_at = NULL, lease_owner = NULL, lease_until = NULL,
        updated_at = ${now}, handed_over_at = COALESCE(deliveries.handed_over_at, ${now})
      FROM v WHERE deliveries.id = v.id`.execute(tx);
  }
  return positions;
}

/** The next inbox position for each of `deliveries`, in the order given. */
export async function nextPositions(
  tx: Queries,
  deliveries: readonly Pick<DeliveryRow, 'recipient'>[],
): Promise<number[]> {
  const counts = new Map<string, number>();
  const nth = deliveries.map(({ recipient }) => {
    const name = `inbox:${recipient}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return { name, count };
  });
  const last = await advance(tx, counts);
  return nth.map(({ name, count }) => (last.get(name) ?? 0) - (counts.get(name) ?? 0) + count);
}

/** Next number of the gapless sequence `name`. */
export async function nextValue(tx: Queries, name: string): Promise<number> {
  return (await advance(tx, new Map([[name, 1]]))).get(name) ?? 0;
}

/**
 * Moves gapless sequences on by `counts`. @returns their last values. The rows stay locked until the transaction ends, so
 * order of numbers is order of commits; they are locked in the order of their names, so that no two wait for each other.
 */
async function advance(tx: Queries, counts: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  const last = new Map<string, number>();
  for (const piece of inPieces([...counts.keys()].sort())) {
    const rows = await tx
      .insertInto('sequences')
      .values(piece.map((name) => ({ name, value: counts.get(name) ?? 0 })))
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet({ value: sql<number>`sequences.value + excluded.value` }),
      )
      .returning(['name', 'value'])
      .execute();
    for (const { name, value } of rows) last.set(name, Number(value));
  }
  return last;
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
