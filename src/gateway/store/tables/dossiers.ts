/** One-stop dossiers: the current state beside the packages that made it. */
import type { Queries } from '../database.ts';
import type { DossierRow, PackageRow } from '../schema.ts';

export async function insertDossier(tx: Queries, row: DossierRow): Promise<void> {
  await tx.insertInto('dossiers').values(row).execute();
}

export async function findDossier(tx: Queries, code: string): Promise<DossierRow | undefined> {
  return tx.selectFrom('dossiers').selectAll().where('code', '=', code).executeTakeFirst();
}

/** A dossier whose row stays locked until the transaction ends, so that what is decided on its state still holds at the commit. */
export async function lockDossier(tx: Queries, code: string): Promise<DossierRow | undefined> {
  return tx
    .updateTable('dossiers')
    .set((eb) => ({ updated_at: eb.ref('updated_at') }))
    .where('code', '=', code)
    .returningAll()
    .executeTakeFirst();
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

/** Dossiers to be looked at on the portal, longest due first. */
export async function findDossiersToLookAt(tx: Queries, now: number, limit: number): Promise<DossierRow[]> {
  return tx
    .selectFrom('dossiers')
    .selectAll()
    .where('portal_look_at', 'is not', null)
    .where('portal_look_at', '<=', now)
    .orderBy('portal_look_at')
    .limit(limit)
    .execute();
}

/** Whether something about a dossier is still on its way to `system`. */
export async function hasUnsent(tx: Queries, code: string, system: string): Promise<boolean> {
  const row = await tx
    .selectFrom('deliveries')
    .select('id')
    .where('order_key', '=', `dossier:${code}`)
    .where('system', '=', system)
    .where('state', 'not in', ['sent', 'delivered', 'fetched', 'refused', 'withdrawn'])
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether `recipient` was sent anything about a dossier. */
export async function isToldOf(tx: Queries, code: string, recipient: string): Promise<boolean> {
  const row = await tx
    .selectFrom('deliveries')
    .select('id')
    .where('order_key', '=', `dossier:${code}`)
    .where('recipient', '=', recipient)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
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

/** Packages of one dossier and kind, oldest first, at most 500. */
export async function listDossierPackages(tx: Queries, code: string, kind?: string): Promise<PackageRow[]> {
  let query = tx.selectFrom('packages').selectAll().where('dossier_code', '=', code).orderBy('id').limit(500);
  if (kind !== undefined) query = query.where('kind', '=', kind);
  return query.execute();
}

/** The value of a sequence as committed; 0 when it has none yet. */
export async function currentValue(tx: Queries, name: string): Promise<number> {
  const row = await tx.selectFrom('sequences').select('value').where('name', '=', name).executeTakeFirst();
  return Number(row?.value ?? 0);
}

/**
 * Moves a sequence from `from` to `to`, in the transaction that uses the number; false when somebody was faster. A number whose
 * transaction fails is not used up, so no gap can come to be.
 */
export async function takeValue(tx: Queries, name: string, from: number, to: number): Promise<boolean> {
  await tx
    .insertInto('sequences')
    .values({ name, value: 0 })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const row = await tx
    .updateTable('sequences')
    .set({ value: to })
    .where('name', '=', name)
    .where('value', '=', from)
    .returning('value')
    .executeTakeFirst();
  return row !== undefined;
}
