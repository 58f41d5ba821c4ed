/** Digest and signature algorithms met in CMS, and their check by node:crypto over exact octets. */
import { constants, type KeyObject, verify } from 'node:crypto';
import { publicKeyOf } from '../x509/keys.ts';
import { child, DerError, type DerNode, readOid, readSmallInteger } from './der.ts';
import { OID } from './oids.ts';

const DIGESTS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.5': 'md5',
  [OID.sha1]: 'sha1',
  '1.3.36.3.2.1': 'ripemd160',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  [OID.sha256]: 'sha256',
  [OID.sha384]: 'sha384',
  [OID.sha512]: 'sha512',
  '2.16.840.1.101.3.4.2.6': 'sha512-256',
  '2.16.840.1.101.3.4.2.7': 'sha3-224',
  '2.16.840.1.101.3.4.2.8': 'sha3-256',
  '2.16.840.1.101.3.4.2.9': 'sha3-384',
  '2.16.840.1.101.3.4.2.10': 'sha3-512',
  '2.16.840.1.101.3.4.2.11': 'shake128',
  '2.16.840.1.101.3.4.2.12': 'shake256',
  '2.16.840.1.101.3.4.2.18': 'shake256',
};

/** How a signature value is made. `digest` is null where the algorithm leaves it to `digestAlgorithm`. */
export interface SignatureScheme {
  readonly family: 'RSA' | 'RSA-PSS' | 'ECDSA' | 'DSA' | 'Ed25519' | 'Ed448';
  readonly digest: string | null;
  /** ECDSA as r‖s (BSI TR-03111) instead of a DER sequence. */
  readonly plain?: boolean;
  readonly saltLength?: number;
  /** False when the MGF1 hash differs from the message hash, or the mask is another one, which node:crypto cannot check. */
  readonly supported: boolean;
}

const RSA_SUFFIX: Readonly<Record<string, string>> = {
  4: 'md5',
  5: 'sha1',
  11: 'sha256',
  12: 'sha384',
  13: 'sha512',
  14: 'sha224',
};
const NIST_SUFFIX: Readonly<Record<string, readonly [SignatureScheme['family'], string]>> = {
  1: ['DSA', 'sha224'],
  2: ['DSA', 'sha256'],
  9: ['ECDSA', 'sha3-224'],
  10: ['ECDSA', 'sha3-256'],
  11: ['ECDSA', 'sha3-384'],
  12: ['ECDSA', 'sha3-512'],
  13: ['RSA', 'sha3-224'],
  14: ['RSA', 'sha3-256'],
  15: ['RSA', 'sha3-384'],
  16: ['RSA', 'sha3-512'],
};
const ECDSA_SUFFIX: Readonly<Record<string, string>> = { 1: 'sha224', 2: 'sha256', 3: 'sha384', 4: 'sha512' };
const PLAIN_SUFFIX: Readonly<Record<string, string>> = {
  1: 'sha1',
  2: 'sha224',
  3: 'sha256',
  4: 'sha384',
  5: 'sha512',
  6: 'ripemd160',
};
const EXACT: Readonly<Record<string, readonly [SignatureScheme['family'], string | null]>> = {
  [OID.rsaEncryption]: ['RSA', null],
  [OID.ecPublicKey]: ['ECDSA', null],
  '1.2.840.10045.4.1': ['ECDSA', 'sha1'],
  '1.2.840.10040.4.1': ['DSA', null],
  '1.2.840.10040.4.3': ['DSA', 'sha1'],
  '1.3.101.112': ['Ed25519', null],
  '1.3.101.113': ['Ed448', null],
};

/** node:crypto name of a digest algorithm identifier's OID, or null when unknown. */
export function digestName(oid: string): string | null {
  return DIGESTS[oid] ?? null;
}

function suffixOf(oid: string, prefix: string): string | null {
  return oid.startsWith(prefix) ? oid.slice(prefix.length) : null;
}

function pssScheme(algorithm: DerNode): SignatureScheme {
  const fields = algorithm.children[1]?.children ?? [];
  const field = (tag: number): DerNode | undefined => fields.find((node) => node.tag === tag)?.children[0];
  const hash = field(0xa0);
  const mask = field(0xa1);
  const salt = field(0xa2);
  const trailer = field(0xa3);
  const digest = hash === undefined ? 'sha1' : digestName(readOid(child(hash, 0)));
  const maskDigest =
    mask?.children[1] === undefined ? 'sha1' : digestName(readOid(child(mask.children[1], 0)));
  if (digest === null) throw new DerError('unknown digest in RSASSA-PSS parameters');
  const saltLength = salt === undefined ? 20 : readSmallInteger(salt);
  // What is checked is MGF1 and trailer 1, whatever the parameters say: they must say so (RFC 4055 §3.1).
  const isMgf1 = mask === undefined || readOid(child(mask, 0)) === OID.mgf1;
  const isTrailer1 = trailer === undefined || readSmallInteger(trailer) === 1;
  const supported = digest === maskDigest && isMgf1 && isTrailer1;
  return { family: 'RSA-PSS', digest, saltLength, supported };
}

/** Reads an AlgorithmIdentifier of a signature; null when the algorithm is unknown. @throws DerError */
export function signatureScheme(algorithm: DerNode): SignatureScheme | null {
  const oid = readOid(child(algorithm, 0));
  if (oid === OID.rsaPss) return pssScheme(algorithm);
  const exact = EXACT[oid];
  if (exact !== undefined) return { family: exact[0], digest: exact[1], supported: true };
  const nist = NIST_SUFFIX[suffixOf(oid, '2.16.840.1.101.3.4.3.') ?? ''];
  if (nist !== undefined) return { family: nist[0], digest: nist[1], supported: true };
  const rsa = RSA_SUFFIX[suffixOf(oid, '1.2.840.113549.1.1.') ?? ''];
  if (rsa !== undefined) return { family: 'RSA', digest: rsa, supported: true };
  const ecdsa = ECDSA_SUFFIX[suffixOf(oid, '1.2.840.10045.4.3.') ?? ''];
  if (ecdsa !== undefined) return { family: 'ECDSA', digest: ecdsa, supported: true };
  const plain = PLAIN_SUFFIX[suffixOf(oid, '0.4.0.127.0.7.1.1.4.1.') ?? ''];
  return plain === undefined ? null : { family: 'ECDSA', digest: plain, plain: true, supported: true };
}

function keyFits(key: KeyObject, scheme: SignatureScheme): boolean {
  const type = key.asymmetricKeyType;
  if (scheme.family === 'RSA') return type === 'rsa';
  if (scheme.family === 'RSA-PSS') return type === 'rsa' || type === 'rsa-pss';
  if (scheme.family === 'ECDSA') return type === 'ec';
  return type === scheme.family.toLowerCase();
}

/**
 * Checks a signature value over exact octets.
 * @param spki DER SubjectPublicKeyInfo.
 * @param digest node:crypto digest name, used where the scheme names none.
 * @returns false for a bad value or a key of another kind; null when the scheme or the key cannot be handled.
 */
export function verifyOctets(
  scheme: SignatureScheme,
  digest: string | null,
  spki: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
): boolean | null {
  const hash = scheme.digest ?? digest;
  const edwards = scheme.family === 'Ed25519' || scheme.family === 'Ed448';
  if (!scheme.supported || (hash === null && !edwards)) return null;
  let key: KeyObject;
  try {
    key = publicKeyOf(spki);
  } catch {
    return null;
  }
  if (!keyFits(key, scheme)) return false;
  try {
    if (edwards) return verify(null, data, key, signature);
    if (scheme.family === 'RSA-PSS') {
      const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength ?? 20 };
      return verify(hash, data, options, signature);
    }
    return verify(hash, data, { key, dsaEncoding: scheme.plain === true ? 'ieee-p1363' : 'der' }, signature);
  } catch {
    return false;
  }
}
