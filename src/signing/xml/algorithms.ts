/** The closed tables of XML signature algorithms (XML-DSig 1.1 §6, RFC 9231). What is not here is refused. */
import { constants, createHash, type KeyObject, verify } from 'node:crypto';
import type { XmlElement } from 'libxml2-wasm';
import { readDer } from '../cms/der.ts';
import { attribute, childElements, isDs, onlyText } from './document.ts';

/** How a SignatureMethod is made. */
export interface XmlSignatureScheme {
  readonly family: 'RSA' | 'RSA-PSS' | 'ECDSA' | 'DSA' | 'Ed25519' | 'Ed448';
  /** node:crypto name; null when built in. */
  readonly digest: string | null;
  /** Octets of salt of RSA-PSS; absent: as many as the digest has. */
  readonly saltLength?: number;
}

const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const DSIG11 = 'http://www.w3.org/2009/xmldsig11#';
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const MORE07 = 'http://www.w3.org/2007/05/xmldsig-more#';
const MORE21 = 'http://www.w3.org/2021/04/xmldsig-more#';

const DIGESTS: Readonly<Record<string, string>> = {
  [`${DSIG}sha1`]: 'sha1',
  [`${MORE}sha224`]: 'sha224',
  'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256',
  [`${MORE}sha384`]: 'sha384',
  'http://www.w3.org/2001/04/xmlenc#sha512': 'sha512',
  'http://www.w3.org/2001/04/xmlenc#ripemd160': 'ripemd160',
  [`${MORE07}sha3-224`]: 'sha3-224',
  [`${MORE07}sha3-256`]: 'sha3-256',
  [`${MORE07}sha3-384`]: 'sha3-384',
  [`${MORE07}sha3-512`]: 'sha3-512',
};

function schemes(): Record<string, XmlSignatureScheme> {
  const table: Record<string, XmlSignatureScheme> = {
    [`${DSIG}rsa-sha1`]: { family: 'RSA', digest: 'sha1' },
    [`${DSIG}dsa-sha1`]: { family: 'DSA', digest: 'sha1' },
    [`${DSIG11}dsa-sha256`]: { family: 'DSA', digest: 'sha256' },
    [`${MORE21}eddsa-ed25519`]: { family: 'Ed25519', digest: null },
    [`${MORE21}eddsa-ed448`]: { family: 'Ed448', digest: null },
    [`${MORE}rsa-ripemd160`]: { family: 'RSA', digest: 'ripemd160' },
    [`${MORE07}ecdsa-ripemd160`]: { family: 'ECDSA', digest: 'ripemd160' },
  };
  for (const size of ['1', '224', '256', '384', '512']) {
    table[`${MORE}ecdsa-sha${size}`] = { family: 'ECDSA', digest: `sha${size}` };
    table[`${MORE07}sha${size}-rsa-MGF1`] = { family: 'RSA-PSS', digest: `sha${size}` };
    if (size !== '1') table[`${MORE}rsa-sha${size}`] = { family: 'RSA', digest: `sha${size}` };
  }
  for (const size of ['224', '256', '384', '512']) {
    table[`${MORE21}ecdsa-sha3-${size}`] = { family: 'ECDSA', digest: `sha3-${size}` };
    table[`${MORE07}sha3-${size}-rsa-MGF1`] = { family: 'RSA-PSS', digest: `sha3-${size}` };
  }
  return table;
}

const SCHEMES = schemes();

/** Digest algorithm of an identifier, or null. */
export function xmlDigest(uri: string | null): string | null {
  return (uri === null ? undefined : DIGESTS[uri]) ?? null;
}

/** Signature algorithm of an identifier, or null: HMAC is not among them, a certificate key never makes one. */
export function xmlScheme(uri: string | null): XmlSignatureScheme | null {
  return (uri === null ? undefined : SCHEMES[uri]) ?? null;
}

/** RSA-PSS with its parameters spelled out (RFC 9231 §2.3.9). */
const RSA_PSS = `${MORE07}rsa-pss`;
const PARAMETERS = ['DigestMethod', 'MaskGenerationFunction', 'SaltLength', 'TrailerField'];
const MAX_SALT = 512;

function digestOf(parent: XmlElement | undefined): string | null {
  const [method] =
    parent === undefined ? [] : childElements(parent).filter((item) => isDs(item, 'DigestMethod'));
  return method === undefined ? 'sha256' : xmlDigest(attribute(method, 'Algorithm'));
}

/** The scheme of spelled out parameters, or null: what is not of the schema, or masks with another digest, is not accepted. */
function pssScheme(method: XmlElement): XmlSignatureScheme | null {
  const [given, ...more] = childElements(method);
  if (given !== undefined && (given.name !== 'RSAPSSParams' || given.namespaceUri !== MORE07)) return null;
  const parts = given === undefined ? [] : childElements(given);
  const order = parts.map(({ name }) => PARAMETERS.indexOf(name));
  if (more.length > 0 || order.some((at, index) => at < 0 || at <= (order[index - 1] ?? -1))) return null;
  const part = (name: string) => parts.find((item) => item.name === name && item.namespaceUri === MORE07);
  const text = (name: string, usual: string): string | null => {
    const found = part(name);
    return found === undefined ? usual : (onlyText(found)?.trim() ?? null);
  };
  const mask = part('MaskGenerationFunction');
  const digest = digestOf(given);
  const salt = text('SaltLength', '');
  if (digest === null || digestOf(mask) !== digest || text('TrailerField', '1') !== '1') return null;
  if (mask !== undefined && attribute(mask, 'Algorithm') !== `${MORE07}MGF1`) return null;
  if (salt === null || !/^\d{0,3}$/.test(salt) || Number(salt) > MAX_SALT) return null;
  return { family: 'RSA-PSS', digest, ...(salt === '' ? {} : { saltLength: Number(salt) }) };
}

/** Signature algorithm of a SignatureMethod, with its parameters, or null. */
export function schemeOf(method: XmlElement): XmlSignatureScheme | null {
  const uri = attribute(method, 'Algorithm');
  return uri === RSA_PSS ? pssScheme(method) : xmlScheme(uri);
}

/** Whether an identifier names a method with a shared secret: anyone who can check such a value could have made it. */
export function isSharedSecret(uri: string | null): boolean {
  return uri?.includes('#hmac-') === true;
}

/** Identifier of a digest for new signatures. */
export const DIGEST_URI = {
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
  sha384: `${MORE}sha384`,
  sha512: 'http://www.w3.org/2001/04/xmlenc#sha512',
} as const;

/** Identifier of a signature method for new signatures. */
export function signatureUri(
  algorithm: 'rsa' | 'rsa-pss' | 'ecdsa',
  digest: 'sha256' | 'sha384' | 'sha512',
): string {
  return algorithm === 'rsa-pss' ? `${MORE07}${digest}-rsa-MGF1` : `${MORE}${algorithm}-${digest}`;
}

/** Digest of octets. */
export function hash(digest: string, octets: Uint8Array): Uint8Array {
  return createHash(digest).update(octets).digest();
}

const KEY_TYPES: Readonly<Record<XmlSignatureScheme['family'], readonly string[]>> = {
  RSA: ['rsa'],
  'RSA-PSS': ['rsa', 'rsa-pss'],
  ECDSA: ['ec'],
  DSA: ['dsa'],
  Ed25519: ['ed25519'],
  Ed448: ['ed448'],
};

/** An unsigned integer in exactly `width` octets, or null when it does not fit. */
function fixedWidth(octets: Uint8Array, width: number): Buffer | null {
  let from = 0;
  while (from < octets.length && octets[from] === 0) from += 1;
  const own = octets.subarray(from);
  return own.length > width ? null : Buffer.concat([Buffer.alloc(width - own.length), own]);
}

function joined(r: Uint8Array, s: Uint8Array, width: number): Buffer | null {
  const [left, right] = [fixedWidth(r, width), fixedWidth(s, width)];
  return left === null || right === null ? null : Buffer.concat([left, right]);
}

/** `SEQUENCE { r INTEGER, s INTEGER }` and nothing else, or null. */
function fromDer(value: Uint8Array, width: number): Buffer | null {
  try {
    const node = readDer(value);
    const [r, s] = node.children;
    if (node.tag !== 0x30 || node.children.length !== 2 || r?.tag !== 0x02 || s?.tag !== 0x02) return null;
    return joined(r.content, s.content, width);
  } catch {
    return null;
  }
}

/**
 * r‖s in the field's width (XML-DSig 1.1 §6.4.3), also of makers that write both integers with another width (old JDKs strip
 * or add zeros) or as an ASN.1 SEQUENCE: the integers are the same, so nothing is proved by less.
 */
export function ecdsaValue(value: Uint8Array, width: number): Uint8Array {
  if (value.length === 2 * width) return value;
  const half = value.length / 2;
  const plain = Number.isInteger(half) ? joined(value.subarray(0, half), value.subarray(half), width) : null;
  return fromDer(value, width) ?? plain ?? value;
}

/** Octets of a coordinate on the key's curve; null for a curve we do not name. */
function fieldWidth(key: KeyObject): number | null {
  const curve = key.asymmetricKeyDetails?.namedCurve ?? '';
  if (curve === 'prime256v1') return 32;
  const bits = Number(/(\d{3})/.exec(curve)?.[1] ?? 0);
  return bits === 0 ? null : Math.ceil(bits / 8);
}

/** Verifies a SignatureValue: ECDSA and DSA are r‖s (XML-DSig 1.1 §6.4). A key of another kind is a wrong signature. */
export function verifyValue(
  scheme: XmlSignatureScheme,
  key: KeyObject,
  data: Uint8Array,
  value: Uint8Array,
): boolean {
  if (!KEY_TYPES[scheme.family].includes(key.asymmetricKeyType ?? '')) return false;
  try {
    if (scheme.digest === null) return verify(null, data, key, value);
    if (scheme.family === 'RSA-PSS') {
      const saltLength = scheme.saltLength ?? constants.RSA_PSS_SALTLEN_DIGEST;
      return verify(
        scheme.digest,
        data,
        { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
        value,
      );
    }
    const width = scheme.family === 'ECDSA' ? fieldWidth(key) : null;
    const plain = width === null ? value : ecdsaValue(value, width);
    return verify(scheme.digest, data, { key, dsaEncoding: 'ieee-p1363' }, plain);
  } catch {
    return false;
  }
}
