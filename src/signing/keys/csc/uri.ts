/** Addresses of keys in a signing service: `csc+https://host/csc/v2?credential=ID&account=FILE&pin-source=FILE`. */
import { SigningError } from '../../errors.ts';

/** What an address says. */
export interface CscUri {
  /** Base of the API, without trailing slash. */
  readonly baseUrl: string;
  /** Null: the account's only credential. */
  readonly credentialId: string | null;
  /** JSON file with what opens the account. */
  readonly accountFile: string | null;
  /** File that holds the PIN of the credential. */
  readonly pinFile: string | null;
}

const KNOWN = ['credential', 'account', 'pin-source'];

function invalid(reason: string): SigningError {
  return new SigningError('KEY_URI_INVALID', { details: { reason } });
}

function fileOf(value: string | null): string | null {
  if (value === null) return null;
  const path = value.replace(/^file:(\/\/(?=\/))?/, '');
  if (!/^(\/|[A-Za-z]:[\\/])/.test(path)) throw invalid('files are named by absolute paths');
  return path;
}

/** Secrets in clear text may pass only between programs of one machine. */
function isSafe(url: URL): boolean {
  return url.protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
}

/**
 * Reads the address. Passwords, PINs and one-time codes are never taken from it.
 * @throws SigningError KEY_URI_INVALID, KEY_PIN_IN_URI
 */
export function parseCscUri(uri: string): CscUri {
  const text = uri.replace(/^csc\+/, '');
  if (text === uri || !URL.canParse(text)) throw invalid('not a csc+https: address');
  const url = new URL(text);
  if (!['https:', 'http:'].includes(url.protocol)) throw invalid('not a csc+https: address');
  if (!isSafe(url)) throw invalid('http is for this machine only; use https');
  const names = [...url.searchParams.keys()];
  if (
    url.password !== '' ||
    url.username !== '' ||
    names.some((name) => /^(pin|otp|password)(-value)?$/i.test(name))
  )
    throw new SigningError('KEY_PIN_IN_URI', { details: { reason: 'use account= and pin-source= files' } });
  const unknown = names.find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw invalid(`unknown parameter ${unknown}`);
  return {
    baseUrl: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    credentialId: url.searchParams.get('credential'),
    accountFile: fileOf(url.searchParams.get('account')),
    pinFile: fileOf(url.searchParams.get('pin-source')),
  };
}
