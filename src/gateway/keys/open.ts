/** Opens a signing key from its address: a PKCS#12 file, `pkcs11:…` (RFC 7512) or `csc+https://…` (CSC v2). */
import { readFile } from 'node:fs/promises';
import {
  type CscFetch,
  type CscSigner,
  type OutsideSigner,
  openCsc,
  openPkcs11,
  openPkcs12,
  parseCscUri,
  parsePkcs11Uri,
  type Signer,
  SigningError,
} from '../../signing/index.ts';
import { readAccount } from './account.ts';

/** A signer that is let go of when done. */
export type OpenedSigner = Signer & { close(): void | Promise<void> };

/** Where secrets come from. None is ever on a command line. */
export interface KeySecrets {
  /** File with the passphrase or PIN; wins over what the address names. */
  readonly passFile?: string | undefined;
  /** Asks for a passphrase or PIN when no file has it; null: nobody is there. */
  readonly pin?: () => Promise<string | null>;
  /** Asks for a one-time code. */
  readonly otp?: () => Promise<string | null>;
}

/** More about opening. */
export interface OpenKeyOptions extends KeySecrets {
  /** Certificates to look in besides those with the key, DER. */
  readonly certificates?: readonly Uint8Array[];
  /** Operations at the same time on a token; default 2. */
  readonly parallel?: number;
  readonly pss?: boolean;
  /** True for a server: see `Pkcs11Options.unattended`. */
  readonly unattended?: boolean;
  readonly now?: () => number;
}

/** What an address stands for. */
export type KeyKind = 'pkcs12' | 'pkcs11' | 'csc';

/** The kind of a key's address. */
export function keyKind(address: string): KeyKind {
  if (address.startsWith('pkcs11:')) return 'pkcs11';
  return address.startsWith('csc+') ? 'csc' : 'pkcs12';
}

/** A text file with one secret; the line's end is not part of it. @throws SigningError KEY_PIN_MISSING */
export async function readSecretFile(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    throw new SigningError('KEY_PIN_MISSING', { cause, details: { reason: `${file} cannot be read` } });
  }
}

const cscFetch: CscFetch = (url, init) => fetch(url, { ...init, redirect: 'error' });

/** File first, then whoever can be asked. */
function pinSource(secrets: KeySecrets, named: string | null): () => Promise<string | null> {
  const file = secrets.passFile ?? named;
  if (file !== null && file !== undefined) return () => readSecretFile(file);
  return secrets.pin ?? (async () => null);
}

function openToken(address: string, options: OpenKeyOptions): Promise<OutsideSigner> {
  const named = parsePkcs11Uri(address).pinFile ?? null;
  return openPkcs11(address, { ...options, pin: pinSource(options, named) });
}

/**
 * Opens a key in a signing service.
 * @throws SigningError as `openCsc`
 */
export async function openRemote(address: string, options: OpenKeyOptions): Promise<CscSigner> {
  const uri = parseCscUri(address);
  if (uri.accountFile === null)
    throw new SigningError('KEY_URI_INVALID', { details: { reason: 'account= names no file' } });
  return openCsc({
    baseUrl: uri.baseUrl,
    credentialId: uri.credentialId,
    account: await readAccount(uri.accountFile),
    fetch: cscFetch,
    now: options.now ?? Date.now,
    pin: pinSource(options, uri.pinFile),
    ...(options.otp === undefined ? {} : { otp: options.otp }),
    ...(options.pss === undefined ? {} : { pss: options.pss }),
  });
}

/**
 * Opens the key at `address`.
 * @throws SigningError KEY_PIN_MISSING and those of `openPkcs12`, `openPkcs11`, `openCsc`
 */
export async function openKey(address: string, options: OpenKeyOptions = {}): Promise<OpenedSigner> {
  const kind = keyKind(address);
  if (kind === 'pkcs11') return openToken(address, options);
  if (kind === 'csc') return openRemote(address, options);
  let bytes: Buffer;
  try {
    bytes = await readFile(address);
  } catch (cause) {
    throw new SigningError('KEY_FILE_INVALID', { cause, details: { reason: `${address} cannot be read` } });
  }
  const passphrase = await pinSource(options, null)();
  if (passphrase === null) throw new SigningError('KEY_PIN_MISSING');
  return openPkcs12(bytes, passphrase, { pss: options.pss === true });
}
