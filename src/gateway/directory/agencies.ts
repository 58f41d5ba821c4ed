/** The directory: who exists, under which codes, and which counterparty reaches them. */
import type { AgencyRow, Queries, Store } from '../store/index.ts';

/** Counterparties an agency can sit behind. `inbox`: its own system connects to this gateway. */
export const AGENCY_SYSTEMS = ['inbox', 'provincial', 'vxp'] as const;
export type AgencySystem = (typeof AGENCY_SYSTEMS)[number];

/** An agency as people add it. */
export interface NewAgency {
  readonly code: string;
  readonly name: string;
  readonly otherCode?: string | null;
  readonly parent?: string | null;
  readonly system: AgencySystem;
}

const BATCH = 500;

/** Integration centres carry `W00` at level 1 and are never recipients (vietnam-standards §2). */
export function isIntegrationCentre(code: string): boolean {
  return code.split('.').includes('W00');
}

/** Adds or renews agencies. Code and name are trimmed; the other code is kept when none is given. */
export async function saveAgencies(store: Store, agencies: readonly NewAgency[], now: number): Promise<void> {
  for (let i = 0; i < agencies.length; i += BATCH) {
    const rows = agencies.slice(i, i + BATCH).map((agency) => ({
      code: agency.code.trim(),
      name: agency.name.trim(),
      other_code: agency.otherCode ?? null,
      parent: agency.parent ?? null,
      system: agency.system,
      active: 1,
      updated_at: now,
    }));
    await store.write((tx) =>
      tx
        .insertInto('agencies')
        .values(rows)
        .onConflict((conflict) =>
          conflict.column('code').doUpdateSet((eb) => ({
            name: eb.ref('excluded.name'),
            other_code: eb.fn.coalesce('excluded.other_code', 'agencies.other_code'),
            parent: eb.fn.coalesce('excluded.parent', 'agencies.parent'),
            system: eb.ref('excluded.system'),
            active: 1,
            updated_at: now,
          })),
        )
        .execute(),
    );
  }
}

/** Finds agencies by either generation of code. @returns a map from the asked code to the row. */
export async function findAgencies(tx: Queries, codes: readonly string[]): Promise<Map<string, AgencyRow>> {
  const found = new Map<string, AgencyRow>();
  for (let i = 0; i < codes.length; i += BATCH) {
    const part = codes.slice(i, i + BATCH);
    const rows = await tx
      .selectFrom('agencies')
      .selectAll()
      .where('active', '=', 1)
      .where((eb) => eb.or([eb('code', 'in', part), eb('other_code', 'in', part)]))
      .execute();
    for (const row of rows) {
      if (row.other_code !== null && part.includes(row.other_code)) found.set(row.other_code, row);
      found.set(row.code, row);
    }
  }
  return found;
}

/** All codes by which the agency of `code` is known (itself when unknown). */
export async function codesOf(tx: Queries, code: string): Promise<string[]> {
  const row = (await findAgencies(tx, [code])).get(code);
  return row === undefined
    ? [code]
    : [...new Set([code, row.code, ...(row.other_code === null ? [] : [row.other_code])])];
}

export async function listAgencies(
  tx: Queries,
  options: { after?: string; limit: number; includeCentres?: boolean },
): Promise<AgencyRow[]> {
  let query = tx
    .selectFrom('agencies')
    .selectAll()
    .where('active', '=', 1)
    .orderBy('code')
    .limit(options.limit);
  if (options.after !== undefined) query = query.where('code', '>', options.after);
  const rows = await query.execute();
  return options.includeCentres === true ? rows : rows.filter((row) => !isIntegrationCentre(row.code));
}
