/** The tables of signing. Times are milliseconds since 1970 UTC. */
import type { Selectable } from 'kysely';

/** Files to be signed by one key (or several, one after the other), with one authorisation. */
export interface SigningJobTable {
  id: string;
  agency: string;
  /** Token that asked for it. */
  actor: string;
  /** Identifier of the person behind the token. */
  person_id: string | null;
  /** waiting → running → done; `consent`: the holder has to authorise; cancelled. */
  state: string;
  /** JSON: signature requests, in the order of signing. */
  sign: string;
  total: number;
  signed: number;
  failed: number;
  reason_code: string | null;
  reason: string | null;
  attempts: number;
  lease_owner: string | null;
  lease_until: number | null;
  created_at: number;
  updated_at: number;
}

/** One file of a job. */
export interface SigningItemTable {
  job_id: string;
  /** From 1. */
  seq: number;
  request_id: string | null;
  name: string;
  sha256: string;
  size: number;
  document_code: string;
  signer_name: string | null;
  /** JSON as the job's `sign`, where this file's differs (place, arrival number). */
  sign: string | null;
  /** waiting → signed | failed | cancelled */
  state: string;
  /** Time written into the signature, fixed when the holder authorises. */
  signing_time: number | null;
  /** JSON of what has been signed so far of several signatures, while the rest waits for a holder; `signed_sha256` is the file so far. */
  progress: string | null;
  signed_sha256: string | null;
  /** Blob: our verifier's report on the result. */
  report_sha256: string | null;
  /** JSON: digests of the certificates, CRLs and OCSP answers the check before signing stood on (blobs). */
  evidence: string | null;
  /** Level of the signatures as the file is now, and the one wanted. */
  level: string | null;
  wanted_level: string | null;
  reason_code: string | null;
  reason: string | null;
  updated_at: number;
}

/** A file laid before an officer. */
export interface SigningRequestTable {
  id: string;
  agency: string;
  /** waiting → signing → signed; refused; cancelled */
  state: string;
  title: string;
  document_code: string;
  profile: string;
  signer_name: string | null;
  signer_id: string | null;
  /** JSON {page, box}. */
  place: string | null;
  name: string;
  sha256: string;
  size: number;
  signed_sha256: string | null;
  report_sha256: string | null;
  evidence: string | null;
  /** As of items. */
  level: string | null;
  wanted_level: string | null;
  job_id: string | null;
  reason_code: string | null;
  reason: string | null;
  actor: string;
  created_at: number;
  updated_at: number;
}

export type SigningJobRow = Selectable<SigningJobTable>;
export type SigningItemRow = Selectable<SigningItemTable>;
export type SigningRequestRow = Selectable<SigningRequestTable>;
