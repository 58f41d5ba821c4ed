/** Why a file was not signed, as data; and which faults end a whole job. */
import { SigningError } from '../../signing/index.ts';
import { ExchangeError } from '../exchange/index.ts';

/** A reason to show. */
export interface Reason {
  readonly code: string;
  /** Vietnamese. */
  readonly text: string;
}

/** Faults of the key or its holder: every other file of the job would meet them too. */
const OF_THE_KEY = /^(KEY_|REMOTE_|SIGNER_)/;
/** Faults that may be gone in a moment: the job waits instead of failing. */
const PASSING = new Set(['KEY_TOKEN_UNAVAILABLE', 'REMOTE_SIGNING_UNAVAILABLE', 'TSA_UNAVAILABLE']);

/** The reason behind an error; null: nobody named it, so it is a bug of ours. */
export function reasonOf(cause: unknown): Reason | null {
  if (!(cause instanceof SigningError) && !(cause instanceof ExchangeError)) return null;
  const detail = cause instanceof SigningError ? cause.details['reason'] : undefined;
  return { code: cause.code, text: detail === undefined ? cause.vi : `${cause.vi} (${String(detail)})` };
}

/** Whether the key, and not the file, is at fault. */
export function isKeyFault(cause: unknown): boolean {
  const code = reasonOf(cause)?.code ?? '';
  return OF_THE_KEY.test(code);
}

/** Whether trying later may help. */
export function isPassing(cause: unknown): boolean {
  return PASSING.has(reasonOf(cause)?.code ?? '');
}

/** Whether the key's holder has to authorise (again). */
export function wantsConsent(cause: unknown): boolean {
  return reasonOf(cause)?.code === 'REMOTE_AUTHORISATION_NEEDED';
}
