/** Dossiers handed in on paper, on their way to a code. */
import type { Queries } from '../database.ts';
import type { PaperDossierRow } from '../schema.ts';

export async function insertPaperDossier(tx: Queries, row: PaperDossierRow): Promise<void> {
  await tx.insertInto('paper_dossiers').values(row).execute();
}

export async function findPaperDossier(tx: Queries, id: string): Promise<PaperDossierRow | undefined> {
  return tx.selectFrom('paper_dossiers').selectAll().where('id', '=', id).executeTakeFirst();
}

/**
 * Changes a row that is still in one of `states`.
 * @returns false when it is not: somebody else was there first.
 */
export async function movePaperDossier(
  tx: Queries,
  id: string,
  states: readonly string[],
  change: Partial<PaperDossierRow>,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('paper_dossiers')
    .set(change)
    .where('id', '=', id)
    .where('state', 'in', [...states])
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Those the gateway itself has something to do for, longest due first. */
export async function findDuePaperDossiers(
  tx: Queries,
  now: number,
  limit: number,
): Promise<PaperDossierRow[]> {
  return tx
    .selectFrom('paper_dossiers')
    .selectAll()
    .where('state', 'in', ['reading', 'signing'])
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** Those of some agencies (`null`: all), newest first. */
export async function listPaperDossiers(
  tx: Queries,
  agencies: readonly string[] | null,
  limit: number,
): Promise<PaperDossierRow[]> {
  let query = tx
    .selectFrom('paper_dossiers')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
  if (agencies !== null) query = query.where('agency', 'in', [...agencies]);
  return query.execute();
}
