/** Raw signatures of keys that live elsewhere: what they are given to sign, and the check of what they give back. */
import { constants, createHash, type KeyObject, verify } from 'node:crypto';
import { integer, sequence } from '../cms/der-write.ts';
import { SigningError } from '../errors.ts';
import type { Signer, SigningDigest } from '../ports.ts';

/** DER of DigestInfo up to the digest itself (RFC 8017 §9.2, note 1; parameters are an explicit NULL). */
const DIGEST_INFO: Readonly<Record<SigningDigest, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

/** Digest of octets. */
export function hashOf(data: Uint8Array, digest: SigningDigest): Uint8Array {
  return new Uint8Array(createHash(digest).update(data).digest());
}

/** DigestInfo of a digest: what RSA PKCS#1 v1.5 pads and signs. */
export function digestInfo(hash: Uint8Array, digest: SigningDigest): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.from(DIGEST_INFO[digest], 'hex'), hash]));
}

/** r‖s, two halves of equal length, as DER ECDSA-Sig-Value (RFC 3279 §2.2.3). */
export function ecdsaDer(plain: Uint8Array): Uint8Array {
  const half = plain.length / 2;
  const number = (octets: Uint8Array): bigint => BigInt(`0x${Buffer.from(octets).toString('hex') || '0'}`);
  return sequence(integer(number(plain.subarray(0, half))), integer(number(plain.subarray(half))));
}

/** Whether a signature is that of the certificate's key. A token that miscalculates, or another's key, is found here. */
export function isSignatureOf(
  key: KeyObject,
  algorithm: Signer['algorithm'],
  data: Uint8Array,
  digest: SigningDigest,
  signature: Uint8Array,
): boolean {
  const padding =
    algorithm === 'rsa-pss'
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : {};
  return verify(digest, data, { key, ...padding }, signature);
}

/** @throws SigningError KEY_SIGNATURE_WRONG */
export function assertSignatureOf(
  key: KeyObject,
  algorithm: Signer['algorithm'],
  data: Uint8Array,
  digest: SigningDigest,
  signature: Uint8Array,
): void {
  if (!isSignatureOf(key, algorithm, data, digest, signature)) throw new SigningError('KEY_SIGNATURE_WRONG');
}
