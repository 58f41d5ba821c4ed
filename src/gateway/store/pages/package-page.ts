/** A page of packages as one agency, or whoever sees all, looks at them: newest first, paged by id, never counted. */
import { type SelectQueryBuilder, sql } from 'kysely';
import type { Queries } from '../database.ts';
import type { PackageRow, Schema } from '../schema.ts';

/** Which packages, and which page of them. */
export interface PackagePage {
  /** Seen from `agencies`: handed in by them, arrived in their inboxes, or either; seen by all: handed in here, or come from an axis. */
  readonly direction: 'both' | 'sent' | 'received';
  /** A kind, `main` (everything but status answers), or undefined for all. */
  readonly kind?: string | undefined;
  readonly state?: string | undefined;
  /** packageId after which to go on. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Ways in that belong to our own agencies; any other origin is a counterparty. */
export const OWN_ORIGINS: readonly string[] = ['api', 'vxp-server'];

/** Up to so many packages are looked through one by one, where an agency has too few of them to be met soon on the way along its own. */
const FEW = 5_000;

/** Are there few packages of the state or kind asked for, among all? */
export async function areFew(tx: Queries, page: Pick<PackagePage, 'kind' | 'state'>): Promise<boolean> {
  const isUsual = page.kind === undefined || ['main', 'document', 'status'].includes(page.kind);
  if (page.state === undefined && isUsual) return false;
  const asked = page.state === undefined ? { kind: page.kind } : { state: page.state };
  const row = await tx
    .selectFrom(
      narrowed(tx.selectFrom('packages').select(sql<number>`1`.as('one')), asked)
        .limit(FEW + 1)
        .as('some'),
    )
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count) <= FEW;
}

/** In the inbox, or kept back or returned because of its signatures, which its recipient must see. */
export const IS_SEEN = sql<boolean>`(deliveries.seq IS NOT NULL
  OR deliveries.reason_code IN ('SIGNATURE_FAILED', 'SIGNATURE_REFUSED'))`;

/** The indexes of this page; their conditions stand in the queries in the same words, or SQLite does not use them. */
export const PAGE_INDEXES: readonly string[] = [
  "CREATE INDEX packages_kind ON packages (kind, id) WHERE kind <> 'document' AND kind <> 'status'",
  "CREATE INDEX packages_sender_kind ON packages (sender, kind, id) WHERE kind <> 'document' AND kind <> 'status'",
];

/**
 * Reads one page; `agencies` null sees everybody's. What was sent and what was received are two walks along an index each, of
 * which the newest are taken: one query for either would read all that others have between two of an agency's own.
 */
export async function findPackagePage(
  tx: Queries,
  agencies: readonly string[] | null,
  page: PackagePage,
): Promise<PackageRow[]> {
  if (agencies === null) return everybodys(tx, page).execute();
  const few = await areFew(tx, page);
  const sent = page.direction === 'received' ? [] : await sentBy(tx, agencies, page, few).execute();
  const received = page.direction === 'sent' ? [] : await receivedBy(tx, agencies, page, few).execute();
  const all = new Map([...sent, ...received].map((row) => [row.id, row]));
  return [...all.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, page.limit);
}

type Page = SelectQueryBuilder<Schema, 'packages', PackageRow>;

function pageOf(tx: Queries, page: PackagePage): Page {
  let query = narrowed(tx.selectFrom('packages').selectAll('packages'), page)
    .orderBy('packages.id', 'desc')
    .limit(page.limit);
  if (page.before !== undefined) query = query.where('packages.id', '<', page.before);
  return query;
}

/** Only the kind and state asked for. */
function narrowed<Q extends { where(condition: ReturnType<typeof sql<boolean>>): Q }>(
  query: Q,
  { kind, state }: Pick<PackagePage, 'kind' | 'state'>,
): Q {
  let narrow = query;
  if (kind === 'main') narrow = narrow.where(sql<boolean>`packages.kind <> 'status'`);
  else if (kind === 'document' || kind === 'status')
    narrow = narrow.where(sql<boolean>`packages.kind = ${kind}`);
  else if (kind !== undefined)
    narrow = narrow
      .where(sql<boolean>`packages.kind <> 'document'`)
      .where(sql<boolean>`packages.kind <> 'status'`)
      .where(sql<boolean>`packages.kind = ${sql.lit(kind)}`);
  if (state !== undefined) narrow = narrow.where(sql<boolean>`packages.state = ${state}`);
  return narrow;
}

function everybodys(tx: Queries, page: PackagePage): Page {
  if (page.direction === 'both') return pageOf(tx, page);
  return pageOf(tx, page).where('packages.origin', page.direction === 'sent' ? 'in' : 'not in', [
    ...OWN_ORIGINS,
  ]);
}

function sentBy(tx: Queries, agencies: readonly string[], page: PackagePage, few: boolean): Page {
  // As an expression the sender leads along no index, so that the state or kind does.
  const sender = few ? sql<string>`packages.sender || ''` : sql<string>`packages.sender`;
  return pageOf(tx, page).where(sender, 'in', [...agencies]);
}

function receivedBy(tx: Queries, agencies: readonly string[], page: PackagePage, few: boolean) {
  if (few)
    return pageOf(tx, page).where(({ exists, selectFrom }) =>
      exists(
        selectFrom('deliveries')
          .select('deliveries.id')
          .whereRef('deliveries.package_id', '=', 'packages.id')
          .where(sql<string>`deliveries.recipient || ''`, 'in', [...agencies])
          .where(IS_SEEN),
      ),
    );
  let query = narrowed(
    tx
      .selectFrom('deliveries')
      .innerJoin('packages', 'packages.id', 'deliveries.package_id')
      .selectAll('packages')
      .where('deliveries.recipient', 'in', [...agencies])
      .where(IS_SEEN),
    page,
  )
    .orderBy('deliveries.package_id', 'desc')
    .limit(page.limit);
  if (page.before !== undefined) query = query.where('deliveries.package_id', '<', page.before);
  return query;
}
