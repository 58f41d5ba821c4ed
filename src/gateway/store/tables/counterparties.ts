/** Counterparties as all processes see them: paused by an operator, or found not to answer; and the ids they gave our sendings. */
import type { Queries } from '../database.ts';
import type { CounterpartyRow, DeliveryRow } from '../schema.ts';

export async function listCounterparties(tx: Queries): Promise<CounterpartyRow[]> {
  return tx.selectFrom('counterparties').selectAll().orderBy('system').execute();
}

/** A counterparty nobody paused and nothing is known against. */
export const OPEN_COUNTERPARTY: Omit<CounterpartyRow, 'system' | 'updated_at'> = {
  mode: 'open',
  mode_reason: null,
  mode_actor: null,
  mode_since: null,
  mode_until: null,
  breaker: 'closed',
  opened_at: null,
  retry_at: null,
  error_code: null,
  error: null,
};

/** Changes one row, making it when it is not there. */
export async function saveCounterparty(
  tx: Queries,
  system: string,
  change: Partial<Omit<CounterpartyRow, 'system'>> & { updated_at: number },
): Promise<void> {
  const fresh: CounterpartyRow = { system, ...OPEN_COUNTERPARTY, ...change };
  await tx
    .insertInto('counterparties')
    .values(fresh)
    .onConflict((conflict) => conflict.column('system').doUpdateSet(change))
    .execute();
}

/** Does a counterparty's id stand for another delivery than `of` to the same recipient? */
export async function isRemoteIdTaken(
  tx: Queries,
  of: Pick<DeliveryRow, 'id' | 'recipient' | 'system'>,
  remoteId: string,
): Promise<boolean> {
  const other = tx
    .selectFrom('deliveries')
    .select('id')
    .where('remote_id', '=', remoteId)
    .where('recipient', '=', of.recipient)
    .where('system', '=', of.system)
    .where('id', '<>', of.id);
  return (await other.limit(1).executeTakeFirst()) !== undefined;
}
