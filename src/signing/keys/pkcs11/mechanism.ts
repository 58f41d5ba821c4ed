/** How a token is asked for a signature: mechanism, parameter and input, by what it offers. */
import { SigningError } from '../../errors.ts';
import type { Signer, SigningDigest } from '../../ports.ts';
import { digestInfo, hashOf } from '../raw.ts';
import { CKG, CKM } from './constants.ts';

/** What C_SignInit and C_Sign get. */
export interface TokenInput {
  readonly mechanism: number;
  readonly parameter: Uint8Array | null;
  readonly data: Uint8Array;
}

const HASH: Readonly<Record<SigningDigest, readonly [combined: number, hash: number, mask: number]>> = {
  sha256: [CKM.sha256RsaPkcs, CKM.sha256, CKG.sha256],
  sha384: [CKM.sha384RsaPkcs, CKM.sha384, CKG.sha384],
  sha512: [CKM.sha512RsaPkcs, CKM.sha512, CKG.sha512],
};

/** CK_ULONG is `unsigned long`: four octets on Windows, a pointer's size elsewhere. */
function ulong(value: number): Buffer {
  const isWide = process.platform !== 'win32' && !['arm', 'ia32'].includes(process.arch);
  const bytes = Buffer.alloc(isWide ? 8 : 4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** CK_RSA_PKCS_PSS_PARAMS; the salt is as long as the digest. */
function pssParameter(digest: SigningDigest, saltLength: number): Uint8Array {
  const [, hash, mask] = HASH[digest];
  return Buffer.concat([ulong(hash), ulong(mask), ulong(saltLength)]);
}

/**
 * Digests are made here: a token at 20 signatures a second should not hash files as well. PKCS#1 v1.5 takes the digest's
 * DigestInfo, or, on tokens that only offer the combined mechanism, the data.
 * @throws SigningError KEY_UNSUPPORTED when the token offers none that fits.
 */
export function tokenInput(
  algorithm: Signer['algorithm'],
  offered: readonly number[],
  data: Uint8Array,
  digest: SigningDigest,
): TokenInput {
  const has = (mechanism: number): boolean => offered.length === 0 || offered.includes(mechanism);
  const hash = hashOf(data, digest);
  if (algorithm === 'ecdsa' && has(CKM.ecdsa)) return { mechanism: CKM.ecdsa, parameter: null, data: hash };
  if (algorithm === 'rsa-pss' && has(CKM.rsaPss))
    return { mechanism: CKM.rsaPss, parameter: pssParameter(digest, hash.length), data: hash };
  const [combined] = HASH[digest];
  if (algorithm === 'rsa' && has(CKM.rsaPkcs))
    return { mechanism: CKM.rsaPkcs, parameter: null, data: digestInfo(hash, digest) };
  if (algorithm === 'rsa' && has(combined)) return { mechanism: combined, parameter: null, data };
  throw new SigningError('KEY_UNSUPPORTED', {
    details: { reason: `the token offers no mechanism for ${algorithm} with ${digest}` },
  });
}
