/** Rows of a new job. */
import { newId, type SigningItemRow, type SigningJobRow } from '../store/index.ts';
import type { NewJob } from './types.ts';

/** The job and its files, waiting. */
export function rowsOf(request: NewJob, now: number): { job: SigningJobRow; items: SigningItemRow[] } {
  const job: SigningJobRow = {
    id: newId('sig', now),
    agency: request.agency,
    actor: request.actor,
    person_id: request.person?.id ?? null,
    state: 'waiting',
    sign: JSON.stringify(request.sign),
    total: request.files.length,
    signed: 0,
    failed: 0,
    reason_code: null,
    reason: null,
    attempts: 0,
    lease_owner: null,
    lease_until: null,
    created_at: now,
    updated_at: now,
  };
  const items = request.files.map(
    (file, index): SigningItemRow => ({
      job_id: job.id,
      seq: index + 1,
      request_id: file.requestId ?? null,
      name: file.name,
      sha256: file.sha256,
      size: file.size,
      document_code: file.documentCode,
      signer_name: file.signerName ?? null,
      sign: file.sign === undefined ? null : JSON.stringify(file.sign),
      state: 'waiting',
      signing_time: null,
      progress: null,
      signed_sha256: null,
      report_sha256: null,
      evidence: null,
      level: null,
      wanted_level: null,
      reason_code: null,
      reason: null,
      updated_at: now,
    }),
  );
  return { job, items };
}
