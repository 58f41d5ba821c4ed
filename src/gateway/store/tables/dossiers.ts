/** One-stop dossiers: the current state beside the packages that made it. */
import type { Queries } from '../database.ts';
import type { DossierRow } from '../schema.ts';

export async function insertDossier(tx: Queries, row: DossierRow): Promise<void> {
  await tx.insertInto('dossiers').values(row).execute();
}

export async function findDossier(tx: Queries, code: string): Promise<DossierRow | undefined> {
  return tx.selectFrom('dossiers').selectAll().where('code', '=', code).executeTakeFirst();
}

export async function updateDossier(tx: Queries, code: string, change: Partial<DossierRow>): Promise<void> {
  await tx.updateTable('dossiers').set(change).where('code', '=', code).execute();
}

/** Dossiers that `system` is to be asked about, longest due first. */
export async function findDossiersToPoll(
  tx: Queries,
  system: string,
  now: number,
  limit: number,
): Promise<DossierRow[]> {
  return tx
    .selectFrom('dossiers')
    .selectAll()
    .where('ministry_system', '=', system)
    .where('next_poll_at', '<=', now)
    .orderBy('next_poll_at')
    .limit(limit)
    .execute();
}

export async function listDossiers(
  tx: Queries,
  agencies: readonly string[] | null,
  page: { before?: string | undefined; limit: number },
): Promise<DossierRow[]> {
  let query = tx.selectFrom('dossiers').selectAll().orderBy('code', 'desc').limit(page.limit);
  if (agencies !== null) query = query.where('agency', 'in', [...agencies]);
  if (page.before !== undefined) query = query.where('code', '<', page.before);
  return query.execute();
}
