/** OCR jobs: a row owns the work, a lease says which process does it. */
import { sql } from 'kysely';
import type { Queries } from '../database.ts';
import type { OcrJobRow } from '../schema.ts';

export async function insertOcrJob(tx: Queries, row: OcrJobRow): Promise<void> {
  await tx.insertInto('ocr_jobs').values(row).execute();
}

export async function findOcrJob(tx: Queries, id: string): Promise<OcrJobRow | undefined> {
  return tx.selectFrom('ocr_jobs').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function updateOcrJob(tx: Queries, id: string, change: Partial<OcrJobRow>): Promise<void> {
  await tx.updateTable('ocr_jobs').set(change).where('id', '=', id).execute();
}

/** Takes the oldest waiting (or abandoned) job for `owner`. */
export async function leaseOcrJob(
  tx: Queries,
  owner: string,
  now: number,
  until: number,
): Promise<OcrJobRow | null> {
  const { rows } = await sql<OcrJobRow>`
    UPDATE ocr_jobs SET state = 'running', lease_owner = ${owner}, lease_until = ${until}, attempts = attempts + 1, updated_at = ${now}
    WHERE id = (SELECT id FROM ocr_jobs WHERE state = 'waiting' OR (state = 'running' AND lease_until < ${now}) ORDER BY created_at, id LIMIT 1)
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
