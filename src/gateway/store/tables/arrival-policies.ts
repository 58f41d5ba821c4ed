/** What each agency wants done with documents whose signatures are not in order. */
import type { Queries } from '../database.ts';
import type { ArrivalPolicyRow } from '../schema.ts';
import { inPieces } from '../sql/values.ts';

/** The policies of those among `agencies` that set one, by agency code of the directory. */
export async function findArrivalPolicies(
  tx: Queries,
  agencies: readonly string[],
): Promise<Map<string, ArrivalPolicyRow>> {
  const found = new Map<string, ArrivalPolicyRow>();
  for (const piece of inPieces([...new Set(agencies)])) {
    const rows = await tx
      .selectFrom('arrival_policies')
      .selectAll()
      .where('agency', 'in', [...piece])
      .execute();
    for (const row of rows) found.set(row.agency, row);
  }
  return found;
}

/** Every policy that was set, by agency. */
export async function listArrivalPolicies(tx: Queries): Promise<ArrivalPolicyRow[]> {
  return tx.selectFrom('arrival_policies').selectAll().orderBy('agency').execute();
}

/** Sets or replaces an agency's policy. */
export async function saveArrivalPolicy(tx: Queries, row: ArrivalPolicyRow): Promise<void> {
  const { agency: _, ...rest } = row;
  await tx
    .insertInto('arrival_policies')
    .values(row)
    .onConflict((conflict) => conflict.column('agency').doUpdateSet(rest))
    .execute();
}

/** Takes an agency's policy away: the gateway's settings hold again. @returns whether it had one. */
export async function dropArrivalPolicy(tx: Queries, agency: string): Promise<boolean> {
  const result = await tx.deleteFrom('arrival_policies').where('agency', '=', agency).executeTakeFirst();
  return Number(result.numDeletedRows) > 0;
}
