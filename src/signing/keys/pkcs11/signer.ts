/** A signer whose key stays in a token or HSM (PKCS#11 v2.40). */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type CertificateParts, certificateParts, sameOctets } from '../../cms/certificate.ts';
import { SigningError } from '../../errors.ts';
import type { Signer, SigningDigest } from '../../ports.ts';
import { chainOf } from '../chain.ts';
import type { OutsideSigner } from '../outside.ts';
import { assertSignatureOf, ecdsaDer } from '../raw.ts';
import { algorithmOf } from '../signer.ts';
import { LOST } from './constants.ts';
import { hostOf, ModuleFault, type ModuleHost } from './host.ts';
import { tokenInput } from './mechanism.ts';
import type { OpenedKey } from './token.ts';
import { type Pkcs11Uri, parsePkcs11Uri } from './uri.ts';

/** How a token's key is opened. */
export interface Pkcs11Options {
  /** Gives the PIN; asked at the opening and again after the token was lost. Default: the file of `pin-source`. */
  readonly pin?: () => Promise<string | null>;
  /** The module, when the URI has no `module-path`. Absolute path. */
  readonly modulePath?: string;
  /** Certificates to look in besides those on the token, DER: many HSMs hold keys only. */
  readonly certificates?: readonly Uint8Array[];
  /** Private-key operations at the same time; default 2. */
  readonly parallel?: number;
  /** RSA keys sign with PSS instead of PKCS#1 v1.5. */
  readonly pss?: boolean;
  /** Longest wait for one operation; default 30 s. After it the module's process is ended. */
  readonly timeoutMs?: number;
  /** True for a server: a token that has seen a wrong PIN is left alone until a person opens it. */
  readonly unattended?: boolean;
}

const TIMEOUT_MS = 30_000;

/** PINs a token refused, as salted digests: the same wrong PIN is never sent twice, for a few such tries lock the token. */
const refusedPins = new Map<string, string>();

function pinPrint(pin: string): string {
  return createHash('sha256').update('lienthong:pin:').update(pin).digest('hex');
}

function asSigningError(cause: unknown): Error {
  if (!(cause instanceof ModuleFault)) return cause instanceof Error ? cause : new Error(String(cause));
  const details = { reason: cause.answer };
  if (cause.answer === 'CKR_KEY_FUNCTION_NOT_PERMITTED' || cause.answer === 'CKR_MECHANISM_INVALID')
    return new SigningError('KEY_UNSUPPORTED', { cause, details });
  return new SigningError('KEY_TOKEN_UNAVAILABLE', { cause, details });
}

function isLost(cause: unknown): boolean {
  if (cause instanceof SigningError) return cause.code === 'KEY_CLOSED';
  return cause instanceof ModuleFault && (LOST.has(cause.answer) || cause.answer === 'PROCESS_GONE');
}

function sameKind(key: KeyObject, opened: OpenedKey): boolean {
  return (key.asymmetricKeyType === 'ec') === (opened.keyType === 3);
}

function publicKeyOf(parts: CertificateParts): KeyObject | null {
  try {
    return createPublicKey({ key: Buffer.from(parts.spki), format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}

interface Identity {
  readonly leaf: CertificateParts;
  readonly chain: readonly Uint8Array[];
  readonly publicKey: KeyObject;
}

/** The key's certificate: the one with its CKA_ID, else the only end-entity one of its kind. */
function identityOf(opened: OpenedKey, given: readonly Uint8Array[]): Identity {
  const onToken = opened.certificates.map(({ id, der }) => ({ id, parts: certificateParts(der) }));
  const all = [...onToken.map(({ parts }) => parts), ...given.map(certificateParts)].filter(
    (parts) => parts !== null,
  );
  const byId = onToken.find(({ id, parts }) => parts !== null && id.length > 0 && sameOctets(id, opened.id));
  const above = all.filter((parts) => !sameOctets(parts.issuer, parts.subject));
  const issuers = new Set(above.map((parts) => Buffer.from(parts.issuer).toString('hex')));
  const leaves = all.filter((parts) => !issuers.has(Buffer.from(parts.subject).toString('hex')));
  const leaf = byId?.parts ?? (leaves.length === 1 ? leaves[0] : undefined);
  const publicKey = leaf === undefined ? null : publicKeyOf(leaf);
  if (leaf === undefined || publicKey === null || !sameKind(publicKey, opened))
    throw new SigningError('KEY_NOT_FOUND', { details: { reason: 'no certificate for this key' } });
  return { leaf, chain: chainOf(leaf, all), publicKey };
}

/** A key and the process that holds it. */
interface Held {
  readonly host: ModuleHost;
  readonly key: OpenedKey;
}

/** Certificate, chain and algorithm of an opened key; what does not fit is closed again. */
function identify(
  { host, key }: Held,
  options: Pkcs11Options,
): Identity & { readonly algorithm: Signer['algorithm'] } {
  try {
    const identity = identityOf(key, options.certificates ?? []);
    const natural = algorithmOf(identity.publicKey);
    return { ...identity, algorithm: natural === 'rsa' && options.pss === true ? 'rsa-pss' : natural };
  } catch (cause) {
    host.closeKey(key.handle);
    throw cause;
  }
}

/** A module that crashed, or that may have overlooked a token plugged in since its start, gets one fresh process. */
async function openOrRestart(modulePath: string, open: (host: ModuleHost) => Promise<Held>): Promise<Held> {
  const host = hostOf(modulePath);
  const { isUsed } = host;
  try {
    return await open(host);
  } catch (cause) {
    const isGone = cause instanceof ModuleFault && cause.answer === 'PROCESS_GONE';
    const isUnseen = cause instanceof SigningError && cause.code === 'KEY_TOKEN_NOT_FOUND';
    if (!isUsed || !(isGone || isUnseen)) throw cause;
    host.retire();
    return open(hostOf(modulePath));
  }
}

async function pinFor(parsed: Pkcs11Uri, options: Pkcs11Options): Promise<string | null> {
  if (options.pin !== undefined) return options.pin();
  if (parsed.pinFile === undefined) return null;
  try {
    return (await readFile(parsed.pinFile, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    throw new SigningError('KEY_PIN_MISSING', { cause, details: { reason: 'the PIN file cannot be read' } });
  }
}

/**
 * Opens a key of a token. The module runs in a process of its own, shared by all keys of that module.
 * @param uri RFC 7512.
 * @throws SigningError KEY_URI_INVALID, KEY_PIN_IN_URI, KEY_MODULE_UNAVAILABLE, KEY_TOKEN_NOT_FOUND, KEY_AMBIGUOUS, KEY_NOT_FOUND,
 *   KEY_PIN_MISSING, KEY_PIN_WRONG, KEY_PIN_LAST_TRY, KEY_PIN_LOCKED, KEY_PIN_EXPIRED, KEY_TOKEN_UNAVAILABLE, KEY_TOO_WEAK, KEY_UNSUPPORTED
 */
export async function openPkcs11(uri: string, options: Pkcs11Options = {}): Promise<OutsideSigner> {
  const parsed = parsePkcs11Uri(uri);
  const modulePath = parsed.modulePath ?? options.modulePath;
  if (modulePath === undefined)
    throw new SigningError('KEY_URI_INVALID', { details: { reason: 'module-path is missing' } });
  const { modulePath: _path, pinFile: _file, ...identity } = parsed;
  const tokenName = JSON.stringify([modulePath, identity.token, identity.serial, identity.slotId]);
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;

  async function openOn(host: ModuleHost, pin: string | null): Promise<Held> {
    const request = {
      uri: identity,
      pin,
      parallel: options.parallel ?? 2,
      unattended: options.unattended === true,
    };
    return { host, key: await host.open(request, timeoutMs) };
  }

  async function open(): Promise<Held> {
    const pin = await pinFor(parsed, options);
    const print = pin === null ? '' : pinPrint(pin);
    if (pin !== null && refusedPins.get(tokenName) === print) throw new SigningError('KEY_PIN_WRONG');
    try {
      return await openOrRestart(modulePath as string, (host) => openOn(host, pin));
    } catch (cause) {
      if (cause instanceof SigningError && cause.code === 'KEY_PIN_WRONG') refusedPins.set(tokenName, print);
      throw cause;
    }
  }

  let current: Held | null;
  try {
    current = await open();
  } catch (cause) {
    throw asSigningError(cause);
  }
  const { leaf, chain, publicKey, algorithm } = identify(current, options);
  const sessions = current.key.sessions;
  let reopening: Promise<Held> | null = null;
  let waiting = 0;

  /** One opening serves all who lost the same session. */
  function reopened(lost: Held): Promise<Held> {
    if (current !== null && current !== lost) return Promise.resolve(current);
    lost.host.closeKey(lost.key.handle);
    reopening ??= open()
      .then((again) => {
        current = again;
        return again;
      })
      .finally(() => {
        reopening = null;
      });
    return reopening;
  }

  async function once({ host, key }: Held, data: Uint8Array, digest: SigningDigest): Promise<Uint8Array> {
    const input = tokenInput(algorithm, key.mechanisms, data, digest);
    const pin = key.pinEachTime ? await pinFor(parsed, options) : null;
    // The queue in front of the token is ours: its length says how long one may have to wait.
    const patience = timeoutMs * Math.ceil(waiting / key.sessions);
    return host.sign({ handle: key.handle, ...input, pin }, patience);
  }

  async function signOnToken(data: Uint8Array, digest: SigningDigest): Promise<Uint8Array> {
    const held = current;
    if (held === null) throw new SigningError('KEY_CLOSED');
    try {
      return await once(held, data, digest);
    } catch (cause) {
      if (!isLost(cause) || current === null) throw cause;
      return once(await reopened(held), data, digest);
    }
  }

  return {
    certificate: leaf.der,
    chain,
    algorithm,
    parallel: sessions,
    waiting: () => waiting,
    async sign(data, digest) {
      waiting += 1;
      try {
        const raw = await signOnToken(data, digest);
        const signature = algorithm === 'ecdsa' ? ecdsaDer(raw) : raw;
        assertSignatureOf(publicKey, algorithm, data, digest, signature);
        return signature;
      } catch (cause) {
        throw asSigningError(cause);
      } finally {
        waiting -= 1;
      }
    },
    async close() {
      const held = current;
      current = null;
      held?.host.closeKey(held.key.handle);
    },
  };
}
