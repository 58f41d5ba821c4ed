/**
 * Failures of the store. STORE_UNAVAILABLE, STORE_FULL and STORE_CLOSED are "try again later", and so are BLOBS_UNAVAILABLE (a
 * bucket that does not answer) and BLOBS_REFUSED (one that refuses our key or is not there); BLOB_TOO_LARGE is the
 * sender's fault; STORE_IN_USE means that another gateway runs on this folder; BLOB_MISSING and BLOB_CORRUPT mean that the disk lost or changed what was kept.
 */
export const STORE_ERROR_CODES = [
  'STORE_UNAVAILABLE',
  'STORE_FULL',
  'STORE_CLOSED',
  'STORE_IN_USE',
  'BLOBS_UNAVAILABLE',
  'BLOBS_REFUSED',
  'BLOB_TOO_LARGE',
  'BLOB_MISSING',
  'BLOB_CORRUPT',
] as const;
export type StoreErrorCode = (typeof STORE_ERROR_CODES)[number];

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}
