/** OCR jobs: a row owns the work, a lease says which process does it. */
import { sql } from 'kysely';
import type { Queries } from '../database.ts';
import type { OcrCorrectionRow, OcrJobRow, OcrPageRow } from '../schema.ts';

export async function insertOcrJob(tx: Queries, row: OcrJobRow): Promise<void> {
  await tx.insertInto('ocr_jobs').values(row).execute();
}

export async function findOcrJob(tx: Queries, id: string): Promise<OcrJobRow | undefined> {
  return tx.selectFrom('ocr_jobs').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function updateOcrJob(tx: Queries, id: string, change: Partial<OcrJobRow>): Promise<void> {
  await tx.updateTable('ocr_jobs').set(change).where('id', '=', id).execute();
}

/**
 * Takes a waiting (or abandoned) job for `owner`: urgent ones first, then those of the agency served longest ago, so
 * that nobody's pile of scans holds up the others.
 */
export async function leaseOcrJob(
  tx: Queries,
  owner: string,
  now: number,
  until: number,
  urgentOnly = false,
): Promise<OcrJobRow | null> {
  const { rows } = await sql<OcrJobRow>`
    UPDATE ocr_jobs SET state = 'running', lease_owner = ${owner}, lease_until = ${until}, attempts = attempts + 1, started_at = ${now}, updated_at = ${now}
    WHERE id = (SELECT j.id FROM ocr_jobs j WHERE (j.state = 'waiting' OR (j.state = 'running' AND j.lease_until < ${now}))
      AND j.urgent >= ${urgentOnly ? 1 : 0} ORDER BY j.urgent DESC,
      (SELECT COALESCE(MAX(s.started_at), 0) FROM ocr_jobs s WHERE s.agency = j.agency), j.created_at, j.id LIMIT 1)
      AND (state = 'waiting' OR lease_until < ${now})
    RETURNING *`.execute(tx);
  return rows[0] ?? null;
}

export async function releaseOcrJobs(tx: Queries, owner: string | null, now: number): Promise<void> {
  let query = tx
    .updateTable('ocr_jobs')
    .set({ lease_until: now - 1 })
    .where('state', '=', 'running');
  if (owner !== null) query = query.where('lease_owner', '=', owner);
  await query.execute();
}

/** Keeps a page, in place of an earlier reading of it. */
export async function saveOcrPage(tx: Queries, row: OcrPageRow): Promise<void> {
  const { job_id: _, page: __, ...change } = row;
  await tx
    .insertInto('ocr_pages')
    .values(row)
    .onConflict((conflict) => conflict.columns(['job_id', 'page']).doUpdateSet(change))
    .execute();
}

/** One page of a job. */
export async function findOcrPage(tx: Queries, jobId: string, page: number): Promise<OcrPageRow | undefined> {
  return tx
    .selectFrom('ocr_pages')
    .selectAll()
    .where('job_id', '=', jobId)
    .where('page', '=', page)
    .executeTakeFirst();
}

/** Every page of a job without its text, in order. */
export async function listOcrPages(
  tx: Queries,
  jobId: string,
): Promise<Pick<OcrPageRow, 'page' | 'words' | 'doubtful'>[]> {
  return tx
    .selectFrom('ocr_pages')
    .select(['page', 'words', 'doubtful'])
    .where('job_id', '=', jobId)
    .orderBy('page')
    .execute();
}

/** Of each of these jobs with a page that was read: how many were, and their words of doubt. */
export async function countOcrPages(
  tx: Queries,
  jobIds: readonly string[],
): Promise<ReadonlyMap<string, { readonly pages: number; readonly doubtful: number }>> {
  if (jobIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom('ocr_pages')
    .select((e) => ['job_id', e.fn.countAll().as('pages'), e.fn.sum('doubtful').as('doubtful')])
    .where('job_id', 'in', [...jobIds])
    .groupBy('job_id')
    .execute();
  return new Map(
    rows.map((row) => [row.job_id, { pages: Number(row.pages), doubtful: Number(row.doubtful) }]),
  );
}

/** Adds a correction under the next number. */
export async function addOcrCorrection(tx: Queries, row: Omit<OcrCorrectionRow, 'seq'>): Promise<number> {
  const last = await tx
    .selectFrom('ocr_corrections')
    .select((e) => e.fn.max('seq').as('seq'))
    .where('job_id', '=', row.job_id)
    .executeTakeFirst();
  const seq = Number(last?.seq ?? 0) + 1;
  await tx
    .insertInto('ocr_corrections')
    .values({ ...row, seq })
    .execute();
  return seq;
}

/** What people changed, in the order they did. */
export async function listOcrCorrections(tx: Queries, jobId: string): Promise<OcrCorrectionRow[]> {
  return tx.selectFrom('ocr_corrections').selectAll().where('job_id', '=', jobId).orderBy('seq').execute();
}

/** Jobs of some agencies (`null`: all), newest first. */
export async function listOcrJobs(
  tx: Queries,
  agencies: readonly string[] | null,
  limit: number,
): Promise<OcrJobRow[]> {
  let query = tx.selectFrom('ocr_jobs').selectAll().orderBy('created_at', 'desc').orderBy('id').limit(limit);
  if (agencies !== null) query = query.where('agency', 'in', [...agencies]);
  return query.execute();
}
