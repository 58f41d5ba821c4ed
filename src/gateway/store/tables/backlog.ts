/** What has not left: deliveries that stopped for a person, by reason and a page at a time; and what the legal clock runs for. */
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Queries } from '../database.ts';
import type { DeliveryRow, Schema } from '../schema.ts';
import { changeDeliveries, HELD_REASONS } from './deliveries.ts';

/** Which parked deliveries are meant; what is left out does not narrow. */
export interface ParkedFilter {
  readonly system?: string | undefined;
  readonly reasonCode?: string | undefined;
  /** Agency that sent the package. */
  readonly sender?: string | undefined;
  /** Parked at this moment at the latest, ms since 1970. */
  readonly until?: number | undefined;
}

/** Deliveries counted at most: a figure over this is shown as "at least". */
export const PARKED_COUNT_LIMIT = 10_000;

function parked(tx: Queries, filter: ParkedFilter) {
  return tx
    .selectFrom('deliveries')
    .innerJoin('packages', 'packages.id', 'deliveries.package_id')
    .where('deliveries.state', '=', 'parked')
    .where((eb) => {
      const all: Expression<SqlBool>[] = [];
      if (filter.system !== undefined) all.push(eb('deliveries.system', '=', filter.system));
      if (filter.reasonCode !== undefined) all.push(eb('deliveries.reason_code', '=', filter.reasonCode));
      if (filter.sender !== undefined) all.push(eb('packages.sender', '=', filter.sender));
      if (filter.until !== undefined) all.push(eb('deliveries.updated_at', '<=', filter.until));
      return eb.and(all);
    });
}

/** One reason at one system, with how many wait for it. */
export interface ParkedGroup {
  readonly system: string;
  readonly reason_code: string | null;
  readonly count: number;
  readonly oldest: number;
  readonly newest: number;
}

/** Groups of what is parked, most first; counts stop at {@link PARKED_COUNT_LIMIT} together. */
export async function groupParked(tx: Queries, filter: ParkedFilter): Promise<ParkedGroup[]> {
  const rows = await tx
    .selectFrom(
      parked(tx, filter)
        .select(['deliveries.system', 'deliveries.reason_code', 'deliveries.updated_at'])
        .limit(PARKED_COUNT_LIMIT)
        .as('found'),
    )
    .select(['system', 'reason_code'])
    .select((eb) => [
      eb.fn.countAll<number>().as('count'),
      eb.fn.min<number>('updated_at').as('oldest'),
      eb.fn.max<number>('updated_at').as('newest'),
    ])
    .groupBy(['system', 'reason_code'])
    .execute();
  return rows
    .map((row) => ({
      ...row,
      count: Number(row.count),
      oldest: Number(row.oldest),
      newest: Number(row.newest),
    }))
    .sort((a, b) => b.count - a.count || a.system.localeCompare(b.system));
}

/** A parked delivery with the words its package is known by. */
export type ParkedLine = DeliveryRow & { code: string; subject: string; sender: string; sender_name: string };

/** What is parked, oldest first, after the delivery `after`. */
export async function listParked(
  tx: Queries,
  filter: ParkedFilter,
  page: { after?: string | undefined; limit: number },
): Promise<ParkedLine[]> {
  let query = parked(tx, filter)
    .selectAll('deliveries')
    .select(['packages.code', 'packages.subject', 'packages.sender', 'packages.sender_name'])
    .orderBy('deliveries.id')
    .limit(page.limit);
  if (page.after !== undefined) query = query.where('deliveries.id', '>', page.after);
  return query.execute();
}

/** Deliveries that wait for one of systems other than `systems`, oldest first. */
export async function listWaitingElsewhere(
  tx: Queries,
  systems: readonly string[],
  limit: number,
): Promise<DeliveryRow[]> {
  return tx
    .selectFrom('deliveries')
    .selectAll()
    .where('state', 'in', ['queued', 'retrying'])
    .where('system', 'not in', [...systems])
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** Parks a delivery that waits, or was on its way when its process ended. @returns false when another process has taken it meanwhile. */
export async function parkWaiting(
  tx: Queries,
  id: string,
  reason: { readonly code: string; readonly text: string },
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('deliveries')
    .set({
      state: 'parked',
      next_attempt_at: null,
      lease_owner: null,
      lease_until: null,
      reason_code: reason.code,
      reason: reason.text,
      updated_at: now,
    })
    .where('id', '=', id)
    .where((eb) =>
      eb.or([
        eb('state', 'in', ['queued', 'retrying']),
        eb.and([eb('state', '=', 'sending'), eb('lease_until', '<', now)]),
      ]),
    )
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Should have moved by now, and is not held back. */
function isOverdue(eb: ExpressionBuilder<Schema, 'deliveries'>, now: number): Expression<SqlBool> {
  return eb.or([
    eb.and([
      eb('state', 'in', ['queued', 'retrying']),
      eb('next_attempt_at', '<', now),
      eb.or([eb('reason_code', 'is', null), eb('reason_code', 'not in', [...HELD_REASONS])]),
    ]),
    eb.and([eb('state', '=', 'sending'), eb('lease_until', '<', now)]),
  ]);
}

/** Unsettled deliveries that should have moved by now: their wake-up was lost with the broker or with a process. */
export async function findOverdue(tx: Queries, now: number, limit: number): Promise<DeliveryRow[]> {
  return tx
    .selectFrom('deliveries')
    .selectAll()
    .where((eb) => isOverdue(eb, now))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb.selectFrom('outbox').select('outbox.id').whereRef('outbox.delivery_id', '=', 'deliveries.id'),
        ),
      ),
    )
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** Notes that overdue deliveries are announced again, and looked for no more until `until`. @returns those that have not moved meanwhile. */
export function redriveOverdue(
  tx: Queries,
  ids: readonly string[],
  until: number,
  now: number,
): Promise<ReadonlySet<string>> {
  const change = { next_attempt_at: until, lease_until: now - 1 };
  return changeDeliveries(tx, ids, change, (eb) => isOverdue(eb, now));
}

/** How many deliveries have not left for `system` yet, at most `limit`. */
export async function countWaiting(tx: Queries, system: string, limit: number): Promise<number> {
  const rows = await tx
    .selectFrom('deliveries')
    .select('id')
    .where('system', '=', system)
    .where('state', 'in', ['queued', 'retrying', 'sending'])
    .limit(limit)
    .execute();
  return rows.length;
}

/** States in which a document is still here. */
const HERE = ['accepted', 'queued', 'sending', 'retrying', 'parked'];

/** A delivery still here, with the words its document is known by. */
export type UnsentLine = Awaited<ReturnType<typeof listUnsent>>[number];

/** Deliveries of documents still here, oldest first; `agencies` null: of all senders. */
export async function listUnsent(
  tx: Queries,
  agencies: readonly string[] | null,
  urgency: 'urgent' | 'normal',
  limit: number,
) {
  let query = tx
    .selectFrom('deliveries')
    .innerJoin('packages', 'packages.id', 'deliveries.package_id')
    .select([
      'deliveries.id',
      'deliveries.package_id',
      'deliveries.recipient',
      'deliveries.recipient_name',
      'deliveries.system',
      'deliveries.state',
      'deliveries.reason_code',
      'deliveries.reason',
      'packages.code',
      'packages.subject',
      'packages.sender',
      'packages.sender_name',
      'packages.priority',
      'packages.accepted_at',
    ])
    .where('deliveries.state', 'in', HERE)
    .where('deliveries.urgency', '=', urgency)
    .where('packages.kind', '=', 'document')
    .orderBy('deliveries.id')
    .limit(limit);
  if (agencies !== null) query = query.where('packages.sender', 'in', agencies);
  return query.execute();
}
