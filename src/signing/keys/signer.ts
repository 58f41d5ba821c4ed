/** A signer around a private key that node:crypto holds. */
import { constants, sign as cryptoSign, type KeyObject } from 'node:crypto';
import { isMainThread } from 'node:worker_threads';
import { SigningError } from '../errors.ts';
import type { Signer, SigningDigest } from '../ports.ts';

const EC_BITS: Readonly<Record<string, number>> = {
  prime256v1: 256,
  secp384r1: 384,
  secp521r1: 521,
  secp256k1: 256,
  brainpoolP256r1: 256,
  brainpoolP384r1: 384,
  brainpoolP512r1: 512,
};

/**
 * What a private or public key does, after checking its strength (TT 15/2025/TT-BKHCN App. I: RSA from 2048 bits, ECDSA from 256).
 * @throws SigningError KEY_TOO_WEAK, KEY_UNSUPPORTED
 */
export function algorithmOf(key: KeyObject): Signer['algorithm'] {
  const details = key.asymmetricKeyDetails;
  const type = key.asymmetricKeyType;
  if (type === 'rsa' || type === 'rsa-pss') {
    const bits = details?.modulusLength ?? 0;
    if (bits < 2048) throw new SigningError('KEY_TOO_WEAK', { details: { bits } });
    return type;
  }
  if (type !== 'ec')
    throw new SigningError('KEY_UNSUPPORTED', { details: { reason: `key type ${String(type)}` } });
  const bits = EC_BITS[details?.namedCurve ?? ''] ?? 0;
  if (bits < 256)
    throw new SigningError('KEY_TOO_WEAK', { details: { curve: details?.namedCurve ?? 'unnamed' } });
  return 'ecdsa';
}

/**
 * Wraps a private key. Signing runs off the event loop of the main thread: on the thread pool, or on the worker that asked for it.
 * @param certificate DER of the key's own certificate. @param chain DER of those above it, issuer first.
 * @param options.pss a key for any padding signs by PSS, with a salt as long as the digest.
 * @throws SigningError KEY_TOO_WEAK, KEY_UNSUPPORTED
 */
export function signerFromKey(
  key: KeyObject,
  certificate: Uint8Array,
  chain: readonly Uint8Array[],
  options: { readonly pss?: boolean } = {},
): Signer & { close(): void } {
  const own = algorithmOf(key);
  const algorithm = own === 'rsa' && options.pss === true ? 'rsa-pss' : own;
  let held: KeyObject | null = key;
  return {
    certificate,
    chain,
    algorithm,
    sign: (data: Uint8Array, digest: SigningDigest): Promise<Uint8Array> =>
      new Promise((resolve, reject) => {
        if (held === null) return reject(new SigningError('KEY_CLOSED'));
        const pss = {
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        };
        const how = algorithm === 'rsa-pss' ? { key: held, ...pss } : { key: held };
        // A worker has nobody to keep waiting, and a way over the thread pool costs it two changes of thread.
        if (!isMainThread) return resolve(new Uint8Array(cryptoSign(digest, data, how)));
        return cryptoSign(digest, data, how, (error, signature) => {
          if (error) reject(error);
          else resolve(new Uint8Array(signature));
        });
      }),
    close: () => {
      held = null;
    },
  };
}
