/** The single signature step: an AlgorithmIdentifier, a public key, octets and a signature go to node:crypto. */
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type DerNode, readDer, readOid, readSmallInteger } from '../cms/der.ts';
import { sequence, tlv } from '../cms/der-write.ts';
import { bitOctets } from './asn1.ts';

/** Digest names as node:crypto and our policy spell them. */
export type DigestName =
  | 'sha1'
  | 'sha224'
  | 'sha256'
  | 'sha384'
  | 'sha512'
  | 'sha512-224'
  | 'sha512-256'
  | 'sha3-224'
  | 'sha3-256'
  | 'sha3-384'
  | 'sha3-512';

/** An AlgorithmIdentifier, decoded as far as needed to compare and to verify. */
export interface Algorithm {
  readonly bytes: Uint8Array;
  readonly oid: string;
  readonly parameters: DerNode | null;
}

/** What a key is, for the policy on strength. */
export interface KeyFacts {
  readonly kind: 'rsa' | 'dsa' | 'ec' | 'ed25519' | 'ed448' | 'other';
  /** Modulus or field size; 0 when unknown. */
  readonly bits: number;
}

interface Scheme {
  readonly family: 'rsa' | 'pss' | 'ecdsa' | 'dsa' | 'eddsa';
  readonly digest: DigestName | null;
}

/** Closed table of signature algorithms. MD2, MD4 and MD5 are not in it: such a signature never verifies. */
const SCHEMES: Readonly<Record<string, Scheme>> = {
  '1.2.840.113549.1.1.5': { family: 'rsa', digest: 'sha1' },
  '1.2.840.113549.1.1.14': { family: 'rsa', digest: 'sha224' },
  '1.2.840.113549.1.1.11': { family: 'rsa', digest: 'sha256' },
  '1.2.840.113549.1.1.12': { family: 'rsa', digest: 'sha384' },
  '1.2.840.113549.1.1.13': { family: 'rsa', digest: 'sha512' },
  '1.2.840.113549.1.1.15': { family: 'rsa', digest: 'sha512-224' },
  '1.2.840.113549.1.1.16': { family: 'rsa', digest: 'sha512-256' },
  '2.16.840.1.101.3.4.3.13': { family: 'rsa', digest: 'sha3-224' },
  '2.16.840.1.101.3.4.3.14': { family: 'rsa', digest: 'sha3-256' },
  '2.16.840.1.101.3.4.3.15': { family: 'rsa', digest: 'sha3-384' },
  '2.16.840.1.101.3.4.3.16': { family: 'rsa', digest: 'sha3-512' },
  '1.2.840.113549.1.1.10': { family: 'pss', digest: null },
  '1.2.840.10045.4.1': { family: 'ecdsa', digest: 'sha1' },
  '1.2.840.10045.4.3.1': { family: 'ecdsa', digest: 'sha224' },
  '1.2.840.10045.4.3.2': { family: 'ecdsa', digest: 'sha256' },
  '1.2.840.10045.4.3.3': { family: 'ecdsa', digest: 'sha384' },
  '1.2.840.10045.4.3.4': { family: 'ecdsa', digest: 'sha512' },
  '2.16.840.1.101.3.4.3.9': { family: 'ecdsa', digest: 'sha3-224' },
  '2.16.840.1.101.3.4.3.10': { family: 'ecdsa', digest: 'sha3-256' },
  '2.16.840.1.101.3.4.3.11': { family: 'ecdsa', digest: 'sha3-384' },
  '2.16.840.1.101.3.4.3.12': { family: 'ecdsa', digest: 'sha3-512' },
  '1.2.840.10040.4.3': { family: 'dsa', digest: 'sha1' },
  '2.16.840.1.101.3.4.3.1': { family: 'dsa', digest: 'sha224' },
  '2.16.840.1.101.3.4.3.2': { family: 'dsa', digest: 'sha256' },
  '1.3.101.112': { family: 'eddsa', digest: null },
  '1.3.101.113': { family: 'eddsa', digest: null },
};

const DIGESTS: Readonly<Record<string, DigestName>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '2.16.840.1.101.3.4.2.5': 'sha512-224',
  '2.16.840.1.101.3.4.2.6': 'sha512-256',
  '2.16.840.1.101.3.4.2.7': 'sha3-224',
  '2.16.840.1.101.3.4.2.8': 'sha3-256',
  '2.16.840.1.101.3.4.2.9': 'sha3-384',
  '2.16.840.1.101.3.4.2.10': 'sha3-512',
};

/** Key type OIDs, and the signature families each may be used with. */
const KEY_FAMILIES: Readonly<Record<string, readonly Scheme['family'][]>> = {
  '1.2.840.113549.1.1.1': ['rsa', 'pss'],
  '1.2.840.113549.1.1.10': ['pss'],
  '1.2.840.10045.2.1': ['ecdsa'],
  '1.2.840.10040.4.1': ['dsa'],
  '1.3.101.112': ['eddsa'],
  '1.3.101.113': ['eddsa'],
};

const DSA_KEY = '1.2.840.10040.4.1';
const EC_KEY = '1.2.840.10045.2.1';

/** Reads an AlgorithmIdentifier. */
export function readAlgorithm(node: DerNode): Algorithm {
  const [oid, parameters] = node.children;
  if (node.tag !== 0x30 || oid === undefined || node.children.length > 2)
    throw new Error('malformed algorithm identifier');
  return { bytes: node.bytes, oid: readOid(oid), parameters: parameters ?? null };
}

/** Name of a digest algorithm OID, or null for one we do not know. */
export function digestOf(oid: string): DigestName | null {
  return DIGESTS[oid] ?? null;
}

/** Whether a signature algorithm is one of the closed table. */
export function isKnownSignature(algorithm: Algorithm): boolean {
  return Object.hasOwn(SCHEMES, algorithm.oid);
}

/** Digest a signature algorithm uses, e.g. for the policy; null when unknown or built in (EdDSA). */
export function signatureDigest(algorithm: Algorithm): DigestName | null {
  const scheme = SCHEMES[algorithm.oid];
  if (scheme?.family !== 'pss') return scheme?.digest ?? null;
  try {
    return pssParameters(algorithm.parameters).digest;
  } catch {
    return null;
  }
}

const keyCache = new Map<string, KeyObject>();
const KEY_CACHE_SIZE = 512;

/** KeyObject of a SubjectPublicKeyInfo, cached because building one costs more than a verification. */
export function publicKeyOf(spki: Uint8Array): KeyObject {
  const id = Buffer.from(spki.buffer, spki.byteOffset, spki.byteLength).toString('latin1');
  const known = keyCache.get(id);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  if (keyCache.size >= KEY_CACHE_SIZE) keyCache.clear();
  keyCache.set(id, key);
  return key;
}

/** Kind and size of a key; `other` with 0 bits when node:crypto does not know it. */
export function keyFacts(spki: Uint8Array): KeyFacts {
  try {
    const key = publicKeyOf(spki);
    const details = key.asymmetricKeyDetails ?? {};
    if (key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'rsa-pss')
      return { kind: 'rsa', bits: details.modulusLength ?? 0 };
    if (key.asymmetricKeyType === 'dsa') return { kind: 'dsa', bits: details.modulusLength ?? 0 };
    if (key.asymmetricKeyType === 'ec') return { kind: 'ec', bits: curveBits(details.namedCurve ?? '') };
    if (key.asymmetricKeyType === 'ed25519') return { kind: 'ed25519', bits: 256 };
    if (key.asymmetricKeyType === 'ed448') return { kind: 'ed448', bits: 448 };
  } catch {
    // A key node:crypto cannot read is of no known strength.
  }
  return { kind: 'other', bits: 0 };
}

function curveBits(curve: string): number {
  if (curve === 'prime256v1') return 256;
  return Number(/(\d{3})/.exec(curve)?.[1] ?? 0);
}

const MGF1 = '1.2.840.113549.1.1.8';

interface PssParameters {
  readonly digest: DigestName;
  /** Whether the mask is made with another digest than the message's. */
  readonly mixed: boolean;
  readonly saltLength: number;
}

/** The digest of MGF1, the only mask there is a check for; it stands in the parameters, and SHA-1 is meant without (RFC 4055 §3.1). */
function maskDigest(mask: DerNode): DigestName | null {
  const { oid, parameters } = readAlgorithm(mask);
  if (oid !== MGF1) throw new Error('unknown PSS mask');
  return parameters === null ? 'sha1' : digestOf(readAlgorithm(parameters).oid);
}

/** RSASSA-PSS-params (RFC 4055 §3.1). */
function pssParameters(parameters: DerNode | null): PssParameters {
  let digest: DigestName | null = 'sha1';
  let mask: DigestName | null = 'sha1';
  let saltLength = 20;
  for (const field of parameters?.children ?? []) {
    const inner = field.children[0];
    if (inner === undefined) throw new Error('empty PSS parameter');
    if (field.tag === 0xa0) digest = digestOf(readAlgorithm(inner).oid);
    else if (field.tag === 0xa1) mask = maskDigest(inner);
    else if (field.tag === 0xa2) saltLength = readSmallInteger(inner);
    else if (field.tag !== 0xa3 || readSmallInteger(inner) !== 1) throw new Error('unknown PSS parameter');
  }
  if (digest === null || mask === null) throw new Error('unsupported PSS parameters');
  return { digest, saltLength, mixed: mask !== digest };
}

/** node:crypto has no option for the mask digest, but takes it from a key that carries the parameters itself. */
function keyWithParameters(spki: Uint8Array, algorithm: Algorithm): KeyObject {
  const bits = bitOctets(readDer(spki).children[1] as DerNode);
  return publicKeyOf(sequence(algorithm.bytes, tlv(0x03, Uint8Array.of(0), bits)));
}

/** How `verifySignature` reads ECDSA and DSA values: DER sequences (X.509, CMS) or r‖s (XML-DSig, JOSE). */
export type ValueEncoding = 'der' | 'ieee-p1363';

/**
 * Verifies `signature` over `data` with the key in `spki`, the algorithm being one of a closed table and fitting the
 * kind of key. Anything unknown, malformed or refused by node:crypto is `false`.
 */
export function verifySignature(
  algorithm: Algorithm,
  spki: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
  dsaEncoding: ValueEncoding = 'der',
): boolean {
  try {
    const scheme = SCHEMES[algorithm.oid];
    const keyAlgorithm = readAlgorithm(readDer(spki).children[0] as DerNode);
    const keyOid = keyAlgorithm.oid;
    // A curve spelled out instead of named lets anyone choose a generator for a known point (CVE-2020-0601).
    if (keyOid === EC_KEY && keyAlgorithm.parameters?.tag !== 0x06) return false;
    if (scheme === undefined || KEY_FAMILIES[keyOid]?.includes(scheme.family) !== true) return false;
    const key = publicKeyOf(spki);
    if (scheme.family === 'pss') {
      const { digest, saltLength, mixed } = pssParameters(algorithm.parameters);
      if (mixed) return verify(digest, data, keyWithParameters(spki, algorithm), signature);
      return verify(digest, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, signature);
    }
    if (scheme.family === 'eddsa') return keyOid === algorithm.oid && verify(null, data, key, signature);
    return verify(scheme.digest, data, { key, dsaEncoding }, signature);
  } catch {
    return false;
  }
}

/** What certificates, lists and answers have in common: octets, and a signature on them. */
export interface SignedOctets {
  readonly algorithm: Algorithm;
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
}

const checked = new WeakMap<SignedOctets, Map<string, boolean>>();

/** `verifySignature` of a decoded object, remembered with it: a chain and its lists are checked against the same few keys in every file. */
export function isSignedWith(signed: SignedOctets, spki: Uint8Array): boolean {
  const id = Buffer.from(spki.buffer, spki.byteOffset, spki.byteLength).toString('latin1');
  let keys = checked.get(signed);
  if (keys === undefined) {
    keys = new Map();
    checked.set(signed, keys);
  }
  let answer = keys.get(id);
  if (answer === undefined) {
    answer = verifySignature(signed.algorithm, spki, signed.tbs, signed.signature);
    if (keys.size >= KEYS_REMEMBERED) keys.clear();
    keys.set(id, answer);
  }
  return answer;
}

/** Keys one object is remembered to have been tried with. */
const KEYS_REMEMBERED = 64;

/**
 * Verifies a raw signature by the DER of its AlgorithmIdentifier; false for anything wrong or unknown.
 * @param encoding of ECDSA and DSA values; default `der`.
 */
export function verifyRaw(
  algorithm: Uint8Array,
  spki: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
  encoding: ValueEncoding = 'der',
): boolean {
  try {
    return verifySignature(readAlgorithm(readDer(algorithm)), spki, data, signature, encoding);
  } catch {
    return false;
  }
}

/** Whether a key lacks DSA parameters and must inherit them from its issuer (RFC 3279 §2.3.2). */
export function lacksParameters(spki: Uint8Array): boolean {
  const algorithm = keyAlgorithm(spki);
  return algorithm?.oid === DSA_KEY && algorithm.parameters?.tag !== 0x30;
}

/** The algorithm of a key, or null: certificates that only lie in a file may have anything there, and verify nothing. */
function keyAlgorithm(spki: Uint8Array): Algorithm | null {
  try {
    return readAlgorithm(readDer(spki).children[0] as DerNode);
  } catch {
    return null;
  }
}

/** The key of `spki` with the DSA parameters of its issuer, when it has none of its own (RFC 5280 §6.1.4 (e)). */
export function inheritParameters(spki: Uint8Array, issuer: Uint8Array): Uint8Array {
  const issuerAlgorithm = keyAlgorithm(issuer);
  if (!lacksParameters(spki) || issuerAlgorithm?.oid !== DSA_KEY) return spki;
  const bits = bitOctets(readDer(spki).children[1] as DerNode);
  return sequence(issuerAlgorithm.bytes, tlv(0x03, Uint8Array.of(0), bits));
}
