/** Finished packages whose payload has had its time, and rows that only protect against repeats. */
import { sql } from 'kysely';
import type { Queries } from '../database.ts';
import type { PackageRow } from '../schema.ts';

/** States of a package from which it does not move by itself; an operator's `attention` is none of them. */
export const FINAL_PACKAGE_STATES = ['delivered', 'done', 'refused', 'withdrawn'] as const;
export type FinalPackageState = (typeof FINAL_PACKAGE_STATES)[number];
/** Kinds whose payload has a time; a dossier's packages belong to its file (hồ sơ) and stay. */
export const EXPIRING_KINDS = ['document', 'status'] as const;
export type ExpiringKind = (typeof EXPIRING_KINDS)[number];

/** Packages of one kind in one state that were last touched before `before` (milliseconds since 1970). */
export interface Expiry {
  readonly state: FinalPackageState;
  readonly kind: ExpiringKind;
  readonly before: number;
}

/**
 * At most `limit` packages whose payload may go, longest untouched first: in a final state, every recipient through with it (an
 * inbox that was never read keeps it), and no request to take it back open.
 */
export async function findExpired(
  tx: Queries,
  { state, kind, before }: Expiry,
  limit: number,
): Promise<Pick<PackageRow, 'id' | 'payload_sha256'>[]> {
  // Literals, in the words of the index packages_expiring: neither engine uses a partial index for bound values.
  const { rows } = await sql<Pick<PackageRow, 'id' | 'payload_sha256'>>`
    SELECT id, payload_sha256 FROM packages
    WHERE payload_removed_at IS NULL AND state IN ('delivered', 'done', 'refused', 'withdrawn')
      AND state = ${sql.lit(state)} AND kind = ${sql.lit(kind)} AND updated_at < ${before}
      AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.package_id = packages.id
        AND (d.state NOT IN ('delivered', 'fetched', 'refused', 'withdrawn') OR d.recall = 'requested'))
    ORDER BY updated_at LIMIT ${limit}`.execute(tx);
  return rows;
}

/** Notes that a package has no payload any more; false when it moved on since it was found. */
export async function markPayloadRemoved(
  tx: Queries,
  id: string,
  { state, before }: Expiry,
  now: number,
): Promise<boolean> {
  const result = await tx
    .updateTable('packages')
    .set({ payload_removed_at: now })
    .where('id', '=', id)
    .where('state', '=', state)
    .where('updated_at', '<', before)
    .where('payload_removed_at', 'is', null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

/** Removes at most `limit` answers kept under an Idempotency-Key before `before`. @returns how many. */
export async function removeOldAnswers(tx: Queries, before: number, limit: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    DELETE FROM idempotency WHERE (scope, key) IN
      (SELECT scope, key FROM idempotency WHERE at < ${before} ORDER BY at LIMIT ${limit})`.execute(tx);
  return Number(numAffectedRows);
}

/** Removes at most `limit` notes of what was fetched from an axis before `before`. @returns how many. */
export async function removeOldInboxKeys(tx: Queries, before: number, limit: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    DELETE FROM inbox_keys WHERE key IN
      (SELECT key FROM inbox_keys WHERE at < ${before} ORDER BY at LIMIT ${limit})`.execute(tx);
  return Number(numAffectedRows);
}
