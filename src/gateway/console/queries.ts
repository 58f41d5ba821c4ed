/** What the pages read beyond the store's own functions. Every query is bounded by a page or by an index. */
import { type Principal, visibleAgencies } from '../access/index.ts';
import {
  findPackagePage,
  type PackageRow,
  type Queries,
  type SearchPage,
  searchPackages,
} from '../store/index.ts';

/** Filters of the list. */
export interface PackageFilter {
  /** Seen from the holder's agency; for those who see all, from the gateway: handed in here, or come from an axis. */
  readonly direction: 'both' | 'sent' | 'received';
  /** A kind, `main` (everything but status answers) or `all`. */
  readonly kind: string;
  /** A package state, or `` for any. */
  readonly state: string;
  /** packageId after which to go on; newest first. */
  readonly before: string | null;
  readonly limit: number;
  /** Words of subject, number, notation or sender; empty: any. */
  readonly search: string;
}

/** A page of packages, newest first; with words of a search, those in which they all stand. */
export async function findPackages(
  tx: Queries,
  agencies: readonly string[] | null,
  { search, ...filter }: PackageFilter,
): Promise<SearchPage> {
  const page = {
    direction: filter.direction,
    kind: filter.kind === 'all' ? undefined : filter.kind,
    state: filter.state === '' ? undefined : filter.state,
    before: filter.before ?? undefined,
    limit: filter.limit,
  };
  if (search !== '') return searchPackages(tx, agencies, search, page);
  const rows = await findPackagePage(tx, agencies, page);
  return { rows, next: rows.length === page.limit ? (rows.at(-1)?.id ?? null) : null };
}

/** Recipients of one package in a list. */
export interface RecipientSummary {
  readonly count: number;
  readonly firstName: string;
}

/** How many recipients each package has, and the name of one. */
export async function countRecipients(
  tx: Queries,
  packageIds: readonly string[],
): Promise<Map<string, RecipientSummary>> {
  if (packageIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom('deliveries')
    .select((eb) => [
      'package_id',
      eb.fn.countAll<number>().as('count'),
      eb.fn.min('recipient_name').as('first_name'),
    ])
    .where('package_id', 'in', [...packageIds])
    .groupBy('package_id')
    .execute();
  return new Map(
    rows.map((row) => [row.package_id, { count: Number(row.count), firstName: row.first_name }]),
  );
}

const WORST_FIRST = ['TOTAL-FAILED', 'INDETERMINATE', 'TOTAL-PASSED', 'NO-SIGNATURE'];

/** The worst verdict among each package's files. */
export async function worstVerdicts(
  tx: Queries,
  packageIds: readonly string[],
): Promise<Map<string, string>> {
  if (packageIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom('verifications')
    .select(['package_id', 'verdict'])
    .distinct()
    .where('package_id', 'in', [...packageIds])
    .execute();
  const worst = new Map<string, string>();
  for (const verdict of [...WORST_FIRST].reverse()) {
    for (const row of rows) if (row.verdict === verdict) worst.set(row.package_id, verdict);
  }
  return worst;
}

/** Counts of what waits for a person. Each stops at {@link COUNT_LIMIT}. */
export interface AttentionCounts {
  readonly parked: number;
  readonly retrying: number;
  /** Documents in the agency's inbox without any answer, among the latest {@link INBOX_WINDOW}. */
  readonly unanswered: number;
  /** Arrivals that go to nobody; for those who run the gateway, since they belong to no agency. */
  readonly unreadable: number;
}

/** Counting stops here; pages show "999+". */
export const COUNT_LIMIT = 1_000;
/** How far back the inbox is looked through. */
export const INBOX_WINDOW = 2_000;

async function countDeliveries(
  tx: Queries,
  state: string,
  agencies: readonly string[] | null,
): Promise<number> {
  const row = await tx
    .selectFrom((eb) => {
      const inState = eb
        .selectFrom('deliveries')
        .select('deliveries.id')
        .where('deliveries.state', '=', state)
        .limit(COUNT_LIMIT);
      if (agencies === null) return inState.as('found');
      return inState
        .innerJoin('packages', 'packages.id', 'deliveries.package_id')
        .where('packages.sender', 'in', [...agencies])
        .as('found');
    })
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/**
 * Keys of documents that take another one back (BussinessDocType 1, see `documentKey`). One whose document is here is answered
 * there, and is no work of its own.
 */
const RECALL_KEYS = '%|1|%';

async function countUnanswered(tx: Queries, agency: string): Promise<number> {
  const row = await tx
    .selectFrom((eb) =>
      eb
        .selectFrom('deliveries')
        .innerJoin('packages', 'packages.id', 'deliveries.package_id')
        .select(['packages.kind', 'deliveries.business_status', 'deliveries.state'])
        .where('deliveries.recipient', '=', agency)
        .where('deliveries.seq', 'is not', null)
        .where((where) =>
          where.or([
            where('packages.correlates', 'is', null),
            where('packages.document_key', 'not like', RECALL_KEYS),
          ]),
        )
        .orderBy('deliveries.seq', 'desc')
        .limit(INBOX_WINDOW)
        .as('latest'),
    )
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('kind', '=', 'document')
    .where('business_status', 'is', null)
    .where('state', 'not in', ['refused', 'withdrawn'])
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** What needs a person, for the holder. */
export async function countAttention(tx: Queries, principal: Principal): Promise<AttentionCounts> {
  const agencies = visibleAgencies(principal);
  const [parked, retrying, unanswered, unreadable] = await Promise.all([
    countDeliveries(tx, 'parked', agencies),
    countDeliveries(tx, 'retrying', agencies),
    countUnanswered(tx, principal.agency),
    agencies === null ? countUnreadable(tx) : 0,
  ]);
  return { parked, retrying, unanswered, unreadable };
}

async function countUnreadable(tx: Queries): Promise<number> {
  const row = await tx
    .selectFrom((eb) =>
      eb
        .selectFrom('packages')
        .select('id')
        .where('state', '=', 'attention')
        .where('kind', '=', 'unreadable')
        .limit(COUNT_LIMIT)
        .as('found'),
    )
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** QĐ 28 statuses after which nobody waits for an answer. */
const FINAL_STATUSES = ['02', '06'];

/** One line of the inbox page. */
export type InboxLine = Awaited<ReturnType<typeof findInboxPage>>[number];

/** What arrived for `agency`, newest first; `openOnly` leaves out what is finished, refused, or needs no answer. */
export async function findInboxPage(
  tx: Queries,
  agency: string,
  page: { before: number | null; limit: number; openOnly: boolean },
) {
  let query = tx
    .selectFrom('deliveries')
    .innerJoin('packages', 'packages.id', 'deliveries.package_id')
    .selectAll('deliveries')
    .select([
      'packages.kind',
      'packages.sender',
      'packages.sender_name',
      'packages.subject',
      'packages.code',
      'packages.priority',
      'packages.accepted_at',
      'packages.metadata',
      'packages.correlates',
    ])
    .where('deliveries.recipient', '=', agency)
    .where('deliveries.seq', 'is not', null)
    .orderBy('deliveries.seq', 'desc')
    .limit(page.limit);
  if (page.before !== null) query = query.where('deliveries.seq', '<', page.before);
  if (page.openOnly) {
    query = query
      .where('packages.kind', '=', 'document')
      .where('deliveries.state', 'not in', ['refused', 'withdrawn'])
      .where((eb) =>
        eb.or([eb('packages.correlates', 'is', null), eb('packages.document_key', 'not like', RECALL_KEYS)]),
      )
      .where((eb) =>
        eb.or([
          eb('recall', '=', 'requested'),
          eb('business_status', 'is', null),
          eb('business_status', 'not in', FINAL_STATUSES),
        ]),
      );
  }
  return query.execute();
}

/** Most packages of one dossier that its page tells of. */
const DOSSIER_PACKAGES = 200;

/** Packages of a dossier, oldest first. */
export async function findDossierPackages(tx: Queries, code: string): Promise<PackageRow[]> {
  return tx
    .selectFrom('packages')
    .selectAll()
    .where('dossier_code', '=', code)
    .orderBy('id')
    .limit(DOSSIER_PACKAGES)
    .execute();
}
