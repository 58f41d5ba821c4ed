/** Catalogues mirrored from the portal: the present row of each entry and every change to it. */
import { sql } from 'kysely';
import type { Queries } from '../database.ts';
import type { CatalogueChangeRow, CatalogueRow } from '../schema.ts';

/** Parameters one statement may hold on either database, with a good margin. */
const CHUNK = 500;

/** Entries of a kind by code, any level. */
export async function findCatalogueEntries(
  tx: Queries,
  kind: string,
  codes: readonly string[],
): Promise<CatalogueRow[]> {
  const wanted = [...new Set(codes)];
  const found: CatalogueRow[] = [];
  for (let at = 0; at < wanted.length; at += CHUNK) {
    const some = wanted.slice(at, at + CHUNK);
    const rows = await tx
      .selectFrom('catalogue')
      .selectAll()
      .where('kind', '=', kind)
      .where('code', 'in', some)
      .where('removed_at', 'is', null)
      .execute();
    found.push(...rows);
  }
  return found;
}

/** All entries of a kind without their data, for the search index and for finding what changed. */
export async function listCatalogue(
  tx: Queries,
  kind: string,
): Promise<Omit<CatalogueRow, 'data' | 'kind'>[]> {
  return tx
    .selectFrom('catalogue')
    .select([
      'code',
      'level',
      'name',
      'parent',
      'parent_name',
      'sha256',
      'version',
      'changed_at',
      'removed_at',
    ])
    .where('kind', '=', kind)
    .execute();
}

/** Where the catalogue stands: it changes with every change of an entry. */
export async function catalogueMark(tx: Queries, kind: string): Promise<string> {
  const row = await tx
    .selectFrom('catalogue_changes')
    .select([(eb) => eb.fn.max('at').as('at'), (eb) => eb.fn.countAll().as('count')])
    .where('kind', '=', kind)
    .executeTakeFirst();
  return `${row?.at ?? 0}:${row?.count ?? 0}`;
}

/** Writes entries and the changes that made them. */
export async function writeCatalogue(
  tx: Queries,
  rows: readonly CatalogueRow[],
  changes: readonly CatalogueChangeRow[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += CHUNK / 10) {
    await tx
      .insertInto('catalogue')
      .values(rows.slice(at, at + CHUNK / 10))
      .onConflict((conflict) =>
        conflict.columns(['kind', 'code', 'level']).doUpdateSet((eb) => ({
          name: eb.ref('excluded.name'),
          parent: eb.ref('excluded.parent'),
          parent_name: eb.ref('excluded.parent_name'),
          data: eb.ref('excluded.data'),
          sha256: eb.ref('excluded.sha256'),
          version: eb.ref('excluded.version'),
          changed_at: eb.ref('excluded.changed_at'),
          removed_at: eb.ref('excluded.removed_at'),
        })),
      )
      .execute();
  }
  for (let at = 0; at < changes.length; at += CHUNK / 10)
    await tx
      .insertInto('catalogue_changes')
      .values(changes.slice(at, at + CHUNK / 10))
      .execute();
}

/** Marks entries as gone. */
export async function removeCatalogue(
  tx: Queries,
  kind: string,
  keys: readonly { code: string; level: string; version: number }[],
  now: number,
): Promise<void> {
  for (const { code, level, version } of keys)
    await tx
      .updateTable('catalogue')
      .set({ removed_at: now, changed_at: now, version })
      .where('kind', '=', kind)
      .where('code', '=', code)
      .where('level', '=', level)
      .execute();
}

/** Changes of a kind since an instant, oldest first. */
export async function listCatalogueChanges(
  tx: Queries,
  kind: string,
  since: number,
  limit: number,
): Promise<CatalogueChangeRow[]> {
  return tx
    .selectFrom('catalogue_changes')
    .selectAll()
    .where('kind', '=', kind)
    .where('at', '>=', since)
    .orderBy('at')
    .orderBy('code')
    .limit(limit)
    .execute();
}

/** Every version of one entry, oldest first. */
export async function listCatalogueVersions(
  tx: Queries,
  kind: string,
  code: string,
): Promise<CatalogueChangeRow[]> {
  return tx
    .selectFrom('catalogue_changes')
    .selectAll()
    .where('kind', '=', kind)
    .where('code', '=', code)
    .orderBy(sql`level, version`)
    .execute();
}
