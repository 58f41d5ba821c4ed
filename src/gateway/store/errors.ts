/** Failures of the store. All are "try again later" except STORE_CONFLICT and STORE_CORRUPT. */
export type StoreErrorCode =
  | 'STORE_UNAVAILABLE'
  | 'STORE_FULL'
  | 'STORE_CLOSED'
  | 'BLOB_TOO_LARGE'
  | 'BLOB_MISSING'
  | 'BLOB_CORRUPT';

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}
