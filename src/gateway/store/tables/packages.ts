/** Packages and their verifications. */

import { sql } from 'kysely';
import type { Queries } from '../database.ts';
import { findPackagePage } from '../pages/package-page.ts';
import type { NewPackage, PackageRow, VerificationRow } from '../schema.ts';
import { inPieces, isPostgres } from '../sql/values.ts';

export function insertPackage(tx: Queries, row: NewPackage): Promise<void> {
  return insertPackages(tx, [row]);
}

export async function insertPackages(tx: Queries, rows: readonly NewPackage[]): Promise<void> {
  for (const piece of inPieces(rows))
    await tx
      .insertInto('packages')
      .values([...piece])
      .execute();
}

export async function findPackage(tx: Queries, id: string): Promise<PackageRow | undefined> {
  return tx.selectFrom('packages').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Those of `ids` that there are, oldest first. */
export async function findPackages(tx: Queries, ids: readonly string[]): Promise<PackageRow[]> {
  const found: PackageRow[] = [];
  for (const piece of inPieces([...ids].sort())) {
    const named = tx
      .selectFrom('packages')
      .selectAll()
      .where('id', 'in', [...piece]);
    found.push(...(await named.orderBy('id').execute()));
  }
  return found;
}

export async function findPackageByKey(tx: Queries, documentKey: string): Promise<PackageRow | undefined> {
  return (await findPackagesByKeys(tx, [documentKey])).get(documentKey);
}

/** Packages kept under `documentKeys`, by their key. */
export async function findPackagesByKeys(
  tx: Queries,
  documentKeys: readonly string[],
): Promise<Map<string, PackageRow>> {
  const found = new Map<string, PackageRow>();
  for (const piece of inPieces(documentKeys)) {
    const rows = await tx
      .selectFrom('packages')
      .selectAll()
      .where('document_key', 'in', [...piece])
      .execute();
    for (const row of rows) found.set(row.document_key, row);
  }
  return found;
}

/**
 * Every document that one of `senders` (the codes of one agency) sent under one of `documentIds` or of its document keys, which know
 * that `2026/11/20` and `2026-11-20` are one day; and what brought one of them to further agencies, however it spells its name.
 * Oldest first.
 */
export async function findDocumentsOf(
  tx: Queries,
  senders: readonly string[],
  documentIds: readonly string[],
  keys: readonly string[],
): Promise<PackageRow[]> {
  const rows = await tx
    .with('named', (db) =>
      db
        .selectFrom('packages')
        .selectAll()
        .where('kind', '=', 'document')
        .where((eb) =>
          eb.or([
            eb('document_key', 'in', keys),
            eb.and([eb('document_id', 'in', documentIds), eb('sender', 'in', senders)]),
          ]),
        ),
    )
    .selectFrom('named')
    .selectAll()
    .unionAll((db) =>
      db
        .selectFrom('named')
        .innerJoin('packages as further', 'further.further_of', 'named.id')
        .selectAll('further'),
    )
    .execute();
  // One named itself is found both ways.
  const distinct = new Map(rows.map((row) => [row.id, row]));
  return [...distinct.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Ids of the package `first` and of what brought its document to further agencies. */
export async function listPackagesOf(tx: Queries, first: string): Promise<string[]> {
  const further = tx.selectFrom('packages').select('id').where('further_of', '=', first).orderBy('id');
  return [first, ...(await further.execute()).map(({ id }) => id)];
}

/** Packages that belong to the package `id`: statuses on it, requests about it. */
export async function findCorrelated(tx: Queries, id: string): Promise<PackageRow[]> {
  return tx.selectFrom('packages').selectAll().where('correlates', '=', id).orderBy('id').execute();
}

/**
 * Number and notation as a document is looked for. PostgreSQL has no room for more than 2,704 bytes in an index, and what an axis
 * brings has no longest code.
 */
const NUMBER = "upper(substr(replace(code, ' ', ''), 1, 100))";
const OF_SENDER = `sender || ' ' || ${NUMBER}`;

/**
 * Its index; the query states the expressions in the same words, or neither engine uses it. SQLite, which has no statistics, takes the
 * index of the sender alone for as good a one: there both are one expression. PostgreSQL has none of an expression in an index of some
 * rows only, and would call in more processes for a handful of rows: there it knows how many its sender has.
 */
export const NUMBER_INDEX = {
  sqlite: [`CREATE INDEX packages_number ON packages (${OF_SENDER}) WHERE kind = 'document'`],
  postgres: [`CREATE INDEX packages_number ON packages (sender, (${NUMBER})) WHERE kind = 'document'`],
} as const;

/** Every document of `senders` with this number and notation and this day of issue (yyyy-MM-dd), oldest first. */
export async function findNumberedDocuments(
  tx: Queries,
  senders: readonly string[],
  code: string,
  date: string,
): Promise<PackageRow[]> {
  const rows = await numberedDocuments(tx, senders, code).execute();
  return rows.filter(({ metadata }) => issueDateOf(metadata) === date);
}

/** Those of every day. */
export function numberedDocuments(tx: Queries, senders: readonly string[], code: string) {
  const written = spellingsOf(code).map((text) => sql`upper(substr(${text}, 1, 100))`);
  const ofSenders = senders.flatMap((sender) => written.map((text) => sql`${`${sender} `} || ${text}`));
  const isNamed = isPostgres(tx)
    ? sql<boolean>`sender IN (${sql.join(senders)}) AND ${sql.raw(NUMBER)} IN (${sql.join(written)})`
    : sql<boolean>`${sql.raw(OF_SENDER)} IN (${sql.join(ofSenders)})`;
  return tx
    .selectFrom('packages')
    .selectAll()
    .where(sql<boolean>`kind = 'document'`)
    .where(isNamed)
    .orderBy('id');
}

/** In capitals, small letters and as it is (SQLite's `upper` knows ASCII only), composed and decomposed. */
function spellingsOf(code: string): string[] {
  const bare = code.replaceAll(' ', '');
  const cases = [bare, bare.toUpperCase(), bare.toLowerCase()];
  return [...new Set(cases.flatMap((text) => [text.normalize('NFC'), text.normalize('NFD')]))];
}

function issueDateOf(metadata: string): string | undefined {
  const { promulgationInfo } = JSON.parse(metadata) as { promulgationInfo?: { promulgationDate?: string } };
  return promulgationInfo?.promulgationDate;
}

/** The status `code` that `recipient` sent about the package `documentPackage`, if it did. */
export async function findAnswerSent(
  tx: Queries,
  documentPackage: string,
  recipient: string,
  code: string,
): Promise<PackageRow | undefined> {
  return tx
    .selectFrom('packages')
    .selectAll()
    .where('correlates', '=', documentPackage)
    .where('kind', '=', 'status')
    .where('sender', '=', recipient)
    .where('code', '=', code)
    .orderBy('id')
    .executeTakeFirst();
}

/**
 * Takes an accepted package for processing. Of two processes at once one gets it: the other waits for the first one's
 * transaction and is told no.
 */
export async function claimPackage(tx: Queries, id: string, now: number): Promise<boolean> {
  return (await claimPackages(tx, [id], now)).has(id);
}

/** {@link claimPackage} for many. @returns those this process got. */
export async function claimPackages(
  tx: Queries,
  ids: readonly string[],
  now: number,
): Promise<ReadonlySet<string>> {
  const rows = await tx
    .updateTable('packages')
    .set({ state: 'in-progress', updated_at: now })
    .where('id', 'in', [...ids])
    .where('state', '=', 'accepted')
    .returning('id')
    .execute();
  return new Set(rows.map(({ id }) => id));
}

export async function setPackageState(tx: Queries, id: string, state: string, now: number): Promise<void> {
  await tx.updateTable('packages').set({ state, updated_at: now }).where('id', '=', id).execute();
}

/** Packages that bear this DocumentId, newest first; statuses bear that of the document they are about. */
export async function findPackagesNamed(
  tx: Queries,
  documentId: string,
  limit: number,
): Promise<PackageRow[]> {
  return tx
    .selectFrom('packages')
    .selectAll()
    .where('document_id', '=', documentId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** Which packages a reader may see. */
export interface PackageScope {
  /** Agencies whose packages (sent or received) are visible; null: all. */
  readonly agencies: readonly string[] | null;
}

/** A page of packages, newest first; keyset paging by id. */
export function listPackages(
  tx: Queries,
  scope: PackageScope,
  page: { before?: string | undefined; limit: number; kind?: string | undefined; state?: string | undefined },
): Promise<PackageRow[]> {
  return findPackagePage(tx, scope.agencies, { ...page, direction: 'both' });
}

/** Keeps verification reports; a file verified again gets the new report. */
export async function insertVerifications(tx: Queries, rows: readonly VerificationRow[]): Promise<void> {
  // Two files of one name and content have one report, and one statement may not write a row twice.
  const distinct = new Map(rows.map((row) => [`${row.package_id} ${row.name} ${row.sha256}`, row]));
  for (const piece of inPieces([...distinct.values()])) {
    await tx
      .insertInto('verifications')
      .values([...piece])
      .onConflict((conflict) =>
        conflict.columns(['package_id', 'name', 'sha256']).doUpdateSet((eb) => ({
          verdict: eb.ref('excluded.verdict'),
          report: eb.ref('excluded.report'),
          at: eb.ref('excluded.at'),
          evidence: eb.ref('excluded.evidence'),
        })),
      )
      .execute();
  }
}

export async function listVerifications(tx: Queries, packageId: string): Promise<VerificationRow[]> {
  return tx
    .selectFrom('verifications')
    .selectAll()
    .where('package_id', '=', packageId)
    .orderBy('name')
    .execute();
}
