/** What came from outside and goes to nobody: by system and reason, a page at a time; ticked off and taken up again. */
import type { Expression, SqlBool } from 'kysely';
import type { Queries } from '../database.ts';
import type { PackageRow } from '../schema.ts';

/** Kind of a package that could not be read or passed on. */
export const UNREADABLE = 'unreadable';

/** Which arrivals are meant; what is left out does not narrow. */
export interface ArrivalFilter {
  /** Where it came from. */
  readonly system?: string | undefined;
  readonly reasonCode?: string | undefined;
  /** Here at this moment at the latest, ms since 1970. */
  readonly until?: number | undefined;
}

/** Arrivals counted at most: a figure over this is shown as "at least". */
export const ARRIVAL_COUNT_LIMIT = 10_000;

function open(tx: Queries, filter: ArrivalFilter) {
  return tx
    .selectFrom('packages')
    .where('state', '=', 'attention')
    .where('kind', '=', UNREADABLE)
    .where((eb) => {
      const all: Expression<SqlBool>[] = [];
      if (filter.system !== undefined) all.push(eb('origin', '=', filter.system));
      if (filter.reasonCode !== undefined) all.push(eb('code', '=', filter.reasonCode));
      if (filter.until !== undefined) all.push(eb('updated_at', '<=', filter.until));
      return eb.and(all);
    });
}

/** One reason at one system, with how many stand open. */
export interface ArrivalGroup {
  readonly system: string;
  readonly reasonCode: string;
  readonly count: number;
  readonly oldest: number;
  readonly newest: number;
}

/** Groups of what stands open, most first; counts stop at {@link ARRIVAL_COUNT_LIMIT} together. */
export async function groupArrivals(tx: Queries, filter: ArrivalFilter): Promise<ArrivalGroup[]> {
  const rows = await tx
    .selectFrom(
      open(tx, filter).select(['origin', 'code', 'accepted_at']).limit(ARRIVAL_COUNT_LIMIT).as('found'),
    )
    .select(['origin', 'code'])
    .select((eb) => [
      eb.fn.countAll<number>().as('count'),
      eb.fn.min<number>('accepted_at').as('oldest'),
      eb.fn.max<number>('accepted_at').as('newest'),
    ])
    .groupBy(['origin', 'code'])
    .execute();
  return rows
    .map(({ origin, code, count, oldest, newest }) => ({
      system: origin,
      reasonCode: code,
      count: Number(count),
      oldest: Number(oldest),
      newest: Number(newest),
    }))
    .sort((a, b) => b.count - a.count || a.system.localeCompare(b.system));
}

/** What stands open, oldest first, after the package `after`. */
export async function listArrivals(
  tx: Queries,
  filter: ArrivalFilter,
  page: { after?: string | undefined; limit: number },
): Promise<PackageRow[]> {
  let query = open(tx, filter).selectAll().orderBy('id').limit(page.limit);
  if (page.after !== undefined) query = query.where('id', '>', page.after);
  return query.execute();
}

/** Moves arrivals between `attention` and `done`. @returns those that were in the other state. */
export async function moveArrivals(
  tx: Queries,
  ids: readonly string[],
  to: 'attention' | 'done',
  now: number,
): Promise<string[]> {
  if (ids.length === 0) return [];
  const moved = await tx
    .updateTable('packages')
    .set({ state: to, updated_at: now })
    .where('id', 'in', [...ids])
    .where('kind', '=', UNREADABLE)
    .where('state', '=', to === 'done' ? 'attention' : 'done')
    .returning('id')
    .execute();
  return moved.map(({ id }) => id);
}
