/** How signing jobs, their files and requests are shown. */
import { z } from 'zod';
import {
  isBelow,
  type SigningItemRow,
  type SigningJobRow,
  type SigningRequestRow,
} from '../../../store/index.ts';
import type { Consent } from '../../../workers/index.ts';

const reason = z.object({ code: z.string(), text: z.string() }).nullable();

/** A job. */
export const jobView = z.object({
  id: z.string(),
  state: z.enum(['waiting', 'running', 'consent', 'done', 'stopped', 'cancelled']),
  total: z.int(),
  signed: z.int(),
  failed: z.int(),
  waitingAtKey: z.int().describe('documents of all jobs at work or waiting at this key, in this process'),
  needs: z
    .object({ pin: z.boolean(), otp: z.boolean(), most: z.int() })
    .nullable()
    .describe('what the key’s holder has to give at …/authorisation'),
  reason,
  files: z.string(),
});

/** One file of a job. */
export const itemView = z.object({
  seq: z.int(),
  name: z.string(),
  sha256: z.string(),
  state: z.enum(['waiting', 'signed', 'failed', 'cancelled']),
  signedSha256: z.string().nullable(),
  file: z.string().nullable(),
  evidence: z.string().nullable(),
  level: z.string().nullable().describe('level of the signatures as the file is now'),
  pendingLevel: z
    .string()
    .nullable()
    .describe('the level it is still to reach; null: reached (/api/v1/level-completions tells more)'),
  reason,
});

function reasonOf(row: { reason_code: string | null; reason: string | null }): z.infer<typeof reason> {
  return row.reason_code === null ? null : { code: row.reason_code, text: row.reason ?? '' };
}

function levelsOf(row: { level: string | null; wanted_level: string | null }): {
  level: string | null;
  pendingLevel: string | null;
} {
  const { level, wanted_level: wantedLevel } = row;
  const isLower = level !== null && wantedLevel !== null && isBelow({ level, wantedLevel });
  return { level, pendingLevel: isLower ? wantedLevel : null };
}

/** A job as it is shown. @param waitingAtKey see the view. */
export function viewSigningJob(
  job: SigningJobRow,
  needs: Consent | null,
  waitingAtKey: number,
): z.infer<typeof jobView> {
  return {
    id: job.id,
    state: job.state as 'waiting',
    total: job.total,
    signed: job.signed,
    failed: job.failed,
    waitingAtKey,
    needs: needs === null ? null : { pin: needs.needsPin, otp: needs.needsOtp, most: needs.most },
    reason: reasonOf(job),
    files: `/api/v1/signatures/${job.id}/files`,
  };
}

/** Whether there is something to fetch: not while further signatures are to come. */
export function isResult(item: SigningItemRow): boolean {
  return item.signed_sha256 !== null && item.state !== 'waiting';
}

/** A file as it is shown. */
export function viewItem(item: SigningItemRow, job: SigningJobRow): z.infer<typeof itemView> {
  const address = `/api/v1/signatures/${job.id}/files/${item.seq}`;
  const hasResult = isResult(item);
  return {
    seq: item.seq,
    name: item.name,
    sha256: item.sha256,
    state: item.state as 'waiting',
    signedSha256: hasResult ? item.signed_sha256 : null,
    file: hasResult ? address : null,
    evidence: hasResult ? `${address}/evidence` : null,
    ...levelsOf(item),
    reason: reasonOf(item),
  };
}

/** Faults of the state a job is in. */
export const reasonView = {
  notWaiting: {
    code: 'STATE',
    path: 'id',
    vi: 'Việc này không chờ người giữ khoá cho phép.',
    en: 'This job does not wait for its key’s holder.',
  },
  isOver: { code: 'STATE', path: 'id', vi: 'Việc đã xong.', en: 'The job is over.' },
} as const;

/** A document laid before an officer. */
export const requestView = z.object({
  id: z.string(),
  state: z.enum(['waiting', 'signing', 'signed', 'refused', 'cancelled']),
  title: z.string(),
  documentCode: z.string(),
  profile: z.string(),
  signer: z.object({ name: z.string().nullable(), id: z.string().nullable() }),
  place: z.unknown().nullable(),
  name: z.string(),
  sizeBytes: z.int(),
  sha256: z.string(),
  signedSha256: z.string().nullable(),
  level: z.string().nullable(),
  pendingLevel: z.string().nullable(),
  jobId: z.string().nullable(),
  reason,
  createdAt: z.string(),
  updatedAt: z.string(),
});

/** A request as it is shown. */
export function viewRequest(row: SigningRequestRow): z.infer<typeof requestView> {
  return {
    id: row.id,
    state: row.state as 'waiting',
    title: row.title,
    documentCode: row.document_code,
    profile: row.profile,
    signer: { name: row.signer_name, id: row.signer_id },
    place: row.place === null ? null : JSON.parse(row.place),
    name: row.name,
    sizeBytes: row.size,
    sha256: row.sha256,
    signedSha256: row.signed_sha256,
    ...levelsOf(row),
    jobId: row.job_id,
    reason: reasonOf(row),
    createdAt: new Date(row.created_at).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
  };
}
