/** What is laid before officers: kept, listed, refused, signed. */
import { type Exchange, ExchangeError, type SignatureRequest } from '../exchange/index.ts';
import {
  findSigningRequest,
  insertSigningRequest,
  moveSigningRequest,
  newId,
  type SigningJobRow,
  type SigningRequestRow,
} from '../store/index.ts';
import type { SigningJobs } from './jobs.ts';
import type { Asker } from './types.ts';

/** A file to lay before an officer; its bytes are in the blob store. */
export interface NewSigningRequest extends Asker {
  readonly title: string;
  readonly documentCode: string;
  readonly profile: SignatureRequest['profile'];
  /** Whose signature is wanted; absent: any officer's. */
  readonly signer?: { readonly name: string; readonly id?: string | undefined } | undefined;
  readonly place?: SignatureRequest['place'];
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
}

/** How an officer signs what they chose. */
export interface SignChoice extends Asker {
  readonly requests: readonly SigningRequestRow[];
  readonly key: string;
  /** Where it stands, for one document; default: as it was laid before, else found by the profile. */
  readonly place?: SignatureRequest['place'];
  readonly reason?: string | undefined;
  /** Number and date, put on before the seal. */
  readonly issue?: SignatureRequest['issue'];
  readonly idempotencyKey?: string | undefined;
}

/** Keeps a request; durable when it resolves. */
export async function layBefore(x: Exchange, request: NewSigningRequest): Promise<SigningRequestRow> {
  const now = x.now();
  const row: SigningRequestRow = {
    id: newId('req', now),
    agency: request.agency,
    state: 'waiting',
    title: request.title,
    document_code: request.documentCode,
    profile: request.profile,
    signer_name: request.signer?.name ?? null,
    signer_id: request.signer?.id ?? null,
    place: request.place === undefined ? null : JSON.stringify(request.place),
    name: request.name,
    sha256: request.sha256,
    size: request.size,
    signed_sha256: null,
    report_sha256: null,
    evidence: null,
    level: null,
    wanted_level: null,
    job_id: null,
    reason_code: null,
    reason: null,
    actor: request.actor,
    created_at: now,
    updated_at: now,
  };
  await x.store.write((tx) => insertSigningRequest(tx, row));
  return row;
}

function notWaiting(): ExchangeError {
  return new ExchangeError('STATUS_NOT_ALLOWED', {
    vi: 'Văn bản này không còn chờ ký (đã ký, đã từ chối hoặc đang được ký).',
    en: 'This document no longer waits for a signature.',
  });
}

/** Whether a person may sign or refuse a request: it is theirs, or nobody's in particular. */
export function isFor(row: SigningRequestRow, asker: Asker): boolean {
  if (row.signer_id !== null) return asker.person?.id?.toUpperCase() === row.signer_id.toUpperCase();
  return row.signer_name === null || asker.person === undefined || asker.person.name === row.signer_name;
}

/** @throws ExchangeError SIGNER_MISMATCH */
export function assertFor(row: SigningRequestRow, asker: Asker): void {
  if (isFor(row, asker)) return;
  throw new ExchangeError('SIGNER_MISMATCH', {
    vi: `Văn bản này trình ${row.signer_name ?? 'người khác'} ký.`,
    en: 'This document was laid before somebody else.',
  });
}

/** Refuses with a reason. @throws ExchangeError STATUS_NOT_ALLOWED, SIGNER_MISMATCH */
export async function refuseRequest(
  x: Exchange,
  row: SigningRequestRow,
  asker: Asker,
  reason: string,
): Promise<SigningRequestRow> {
  assertFor(row, asker);
  const change = {
    state: 'refused',
    reason_code: 'REFUSED',
    reason,
    actor: asker.actor,
    updated_at: x.now(),
  };
  if (!(await x.store.write((tx) => moveSigningRequest(tx, row.id, 'waiting', change)))) throw notWaiting();
  return { ...row, ...change };
}

function signatureOf(row: SigningRequestRow, choice: SignChoice): SignatureRequest {
  const place =
    choice.place ?? (row.place === null ? undefined : (JSON.parse(row.place) as SignatureRequest['place']));
  return {
    key: choice.key,
    profile: row.profile as SignatureRequest['profile'],
    ...(place === undefined ? {} : { place }),
    ...(choice.reason === undefined ? {} : { reason: choice.reason }),
    ...(choice.issue === undefined ? {} : { issue: choice.issue }),
  };
}

/**
 * Makes one job of the documents chosen: one authorisation for all of them. They leave the list in the same transaction.
 * @throws ExchangeError STATUS_NOT_ALLOWED, SIGNER_MISMATCH, KEY_UNKNOWN
 */
export async function signRequests(
  x: Exchange,
  jobs: SigningJobs,
  choice: SignChoice,
): Promise<{ job: SigningJobRow; repeated: boolean }> {
  for (const row of choice.requests) assertFor(row, choice);
  const [first] = choice.requests;
  if (first === undefined) throw notWaiting();
  const files = choice.requests.map((row) => ({
    name: row.name,
    sha256: row.sha256,
    size: row.size,
    documentCode: row.document_code,
    ...(row.signer_name === null ? {} : { signerName: row.signer_name }),
    sign: [signatureOf(row, choice)],
    requestId: row.id,
  }));
  const { agency, actor, person, idempotencyKey } = choice;
  return jobs.submit(
    { agency, actor, person, idempotencyKey, sign: [signatureOf(first, choice)], files },
    async (tx, jobId) => {
      for (const row of choice.requests) {
        const change = {
          state: 'signing',
          job_id: jobId,
          reason_code: null,
          reason: null,
          updated_at: x.now(),
        };
        if (!(await moveSigningRequest(tx, row.id, 'waiting', change))) throw notWaiting();
      }
    },
  );
}

/** A request of the agency; null: there is none. */
export async function findRequest(x: Exchange, id: string): Promise<SigningRequestRow | null> {
  return (await findSigningRequest(x.store.read, id)) ?? null;
}
