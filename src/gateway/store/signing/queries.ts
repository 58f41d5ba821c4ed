/** Signing jobs with their files, and the requests that wait for an officer. */
import { sql } from 'kysely';
import type { Queries } from '../database.ts';
import type { SigningItemRow, SigningJobRow, SigningRequestRow } from './schema.ts';

/** Rows of one INSERT: SQLite takes 32,766 values, an item has 20. */
const ROWS_AT_A_TIME = 500;

export async function insertSigningJob(
  tx: Queries,
  job: SigningJobRow,
  items: readonly SigningItemRow[],
): Promise<void> {
  await tx.insertInto('signing_jobs').values(job).execute();
  for (let at = 0; at < items.length; at += ROWS_AT_A_TIME)
    await tx
      .insertInto('signing_items')
      .values(items.slice(at, at + ROWS_AT_A_TIME))
      .execute();
}

export async function findSigningJob(tx: Queries, id: string): Promise<SigningJobRow | undefined> {
  return tx.selectFrom('signing_jobs').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function updateSigningJob(
  tx: Queries,
  id: string,
  change: Partial<SigningJobRow>,
): Promise<void> {
  await tx.updateTable('signing_jobs').set(change).where('id', '=', id).execute();
}

/** Takes the oldest job that waits, or whose worker is gone. */
export async function leaseSigningJob(
  tx: Queries,
  owner: string,
  now: number,
  until: number,
): Promise<SigningJobRow | null> {
  const { rows } = await sql<SigningJobRow>`
    UPDATE signing_jobs SET state = 'running', lease_owner = ${owner}, lease_until = ${until}, attempts = attempts + 1, updated_at = ${now}
    WHERE id = (SELECT id FROM signing_jobs WHERE state = 'waiting' OR (state = 'running' AND lease_until < ${now}) ORDER BY created_at, id LIMIT 1)
      AND (state = 'waiting' OR lease_until < ${now})
    RETURNING *`.execute(tx);
  return rows[0] ?? null;
}

/** Renews the lease; false when it was lost or the job was cancelled. */
export async function renewSigningJob(
  tx: Queries,
  id: string,
  owner: string,
  until: number,
): Promise<boolean> {
  const result = await tx
    .updateTable('signing_jobs')
    .set({ lease_until: until })
    .where('id', '=', id)
    .where('lease_owner', '=', owner)
    .where('state', '=', 'running')
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

/** Ends leases at once, of `owner` or, with null, of everyone (a store with one process, at its start). */
export async function releaseSigningJobs(tx: Queries, owner: string | null, now: number): Promise<void> {
  let query = tx
    .updateTable('signing_jobs')
    .set({ lease_until: now - 1 })
    .where('state', '=', 'running');
  if (owner !== null) query = query.where('lease_owner', '=', owner);
  await query.execute();
}

/** Files of a job in order, those in `state` when given. */
export async function listSigningItems(
  tx: Queries,
  jobId: string,
  page: { state?: string; after?: number; limit?: number } = {},
): Promise<SigningItemRow[]> {
  let query = tx.selectFrom('signing_items').selectAll().where('job_id', '=', jobId).orderBy('seq');
  if (page.state !== undefined) query = query.where('state', '=', page.state);
  if (page.after !== undefined) query = query.where('seq', '>', page.after);
  return query.limit(page.limit ?? 100_000).execute();
}

export async function findSigningItem(
  tx: Queries,
  jobId: string,
  seq: number,
): Promise<SigningItemRow | undefined> {
  return tx
    .selectFrom('signing_items')
    .selectAll()
    .where('job_id', '=', jobId)
    .where('seq', '=', seq)
    .executeTakeFirst();
}

export async function updateSigningItem(
  tx: Queries,
  jobId: string,
  seq: number,
  change: Partial<SigningItemRow>,
  onlyIn?: SigningItemRow['state'],
): Promise<void> {
  const query = tx
    .updateTable('signing_items')
    .set(change)
    .where('job_id', '=', jobId)
    .where('seq', '=', seq);
  await (onlyIn === undefined ? query : query.where('state', '=', onlyIn)).execute();
}

/** Settles one file that still waits, and counts it. False: another worker was first. */
export async function settleSigningItem(
  tx: Queries,
  item: Pick<SigningItemRow, 'job_id' | 'seq'>,
  change: Partial<SigningItemRow> & { state: 'signed' | 'failed' },
): Promise<boolean> {
  const result = await tx
    .updateTable('signing_items')
    .set(change)
    .where('job_id', '=', item.job_id)
    .where('seq', '=', item.seq)
    .where('state', '=', 'waiting')
    .executeTakeFirst();
  if (Number(result.numUpdatedRows) !== 1) return false;
  const column = change.state;
  await tx
    .updateTable('signing_jobs')
    .set((row) => ({ [column]: row(column, '+', 1), updated_at: change.updated_at ?? 0 }))
    .where('id', '=', item.job_id)
    .execute();
  return true;
}

export async function insertSigningRequest(tx: Queries, row: SigningRequestRow): Promise<void> {
  await tx.insertInto('signing_requests').values(row).execute();
}

export async function findSigningRequest(tx: Queries, id: string): Promise<SigningRequestRow | undefined> {
  return tx.selectFrom('signing_requests').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Changes a request that is in state `from`; false when it is not (someone else was first). */
export async function moveSigningRequest(
  tx: Queries,
  id: string,
  from: string,
  change: Partial<SigningRequestRow>,
): Promise<boolean> {
  const result = await tx
    .updateTable('signing_requests')
    .set(change)
    .where('id', '=', id)
    .where('state', '=', from)
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

/** Requests of agencies, newest first; of one signer (by identifier, else by name) and those for nobody in particular. */
export async function listSigningRequests(
  tx: Queries,
  filter: {
    agencies: readonly string[] | null;
    states: readonly string[];
    person?: { id: string | null; name: string | null };
    before?: string;
    limit: number;
  },
): Promise<SigningRequestRow[]> {
  let query = tx
    .selectFrom('signing_requests')
    .selectAll()
    .where('state', 'in', [...filter.states])
    .orderBy('id', 'desc')
    .limit(filter.limit);
  if (filter.agencies !== null) query = query.where('agency', 'in', [...filter.agencies]);
  if (filter.before !== undefined) query = query.where('id', '<', filter.before);
  const { person } = filter;
  if (person !== undefined)
    query = query.where((on) =>
      on.or([
        on.and([on('signer_id', 'is', null), on('signer_name', 'is', null)]),
        ...(person.id === null ? [] : [on('signer_id', '=', person.id)]),
        ...(person.name === null
          ? []
          : [on.and([on('signer_id', 'is', null), on('signer_name', '=', person.name)])]),
      ]),
    );
  return query.execute();
}
