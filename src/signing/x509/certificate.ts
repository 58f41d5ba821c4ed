/** X.509 v1–v3 certificates: octets to value, keeping the exact octets of what gets signed or hashed. */
import { createHash } from 'node:crypto';
import { child, type DerNode } from '../cms/der.ts';
import { bitOctets, decode, guard, integerHex, sameBytes, validityTimeOf } from './asn1.ts';
import { type Extensions, readExtensions } from './extensions.ts';
import { type Algorithm, readAlgorithm } from './keys.ts';
import { type Name, readName } from './names.ts';

/** A decoded certificate. Times are milliseconds since 1970. */
export interface Certificate {
  readonly der: Uint8Array;
  /** SHA-256 of `der`, hex. */
  readonly fingerprint: string;
  readonly version: 1 | 2 | 3;
  readonly tbs: Uint8Array;
  readonly algorithm: Algorithm;
  readonly signature: Uint8Array;
  /** Octets of the INTEGER, hex, lower case. */
  readonly serialNumber: string;
  readonly issuer: Name;
  readonly subject: Name;
  readonly notBefore: number;
  readonly notAfter: number;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** Octets inside the BIT STRING of the key: what key identifiers and OCSP hash. */
  readonly keyOctets: Uint8Array;
  readonly selfIssued: boolean;
  readonly extensions: Extensions;
}

const parsed = new WeakMap<Uint8Array, Certificate>();

/** The same few certificates come in every file, in octets of its own: decoded ones by fingerprint, the latest kept. */
const recent = new Map<string, Certificate>();
const RECENT_SIZE = 1024;
/** Larger ones are not kept. */
const RECENT_BYTES = 8192;

function remember(certificate: Certificate): Certificate {
  if (recent.size >= RECENT_SIZE) recent.clear();
  recent.set(certificate.fingerprint, certificate);
  return certificate;
}

function versionOf(field: DerNode | undefined): 1 | 2 | 3 {
  if (field === undefined) return 1;
  const number = child(field, 0, 0x02).content[0];
  if (number === 1) return 2;
  if (number === 2) return 3;
  if (number === 0) return 1;
  throw new Error('unknown certificate version');
}

function readTbs(
  tbs: DerNode,
): Omit<Certificate, 'der' | 'fingerprint' | 'algorithm' | 'signature'> & { inner: Algorithm } {
  const explicit = tbs.children[0]?.tag === 0xa0 ? tbs.children[0] : undefined;
  const at = explicit === undefined ? 0 : 1;
  const version = versionOf(explicit);
  const validity = child(tbs, at + 3, 0x30);
  const spki = child(tbs, at + 5, 0x30);
  const tail = tbs.children.slice(at + 6);
  const extensions = tail.find((node) => node.tag === 0xa3);
  if (extensions !== undefined && version !== 3)
    throw new Error('extensions in a certificate before version 3');
  const issuer = readName(child(tbs, at + 2));
  const subject = readName(child(tbs, at + 4));
  return {
    version,
    tbs: tbs.bytes,
    serialNumber: integerHex(child(tbs, at)),
    inner: readAlgorithm(child(tbs, at + 1)),
    issuer,
    subject,
    notBefore: validityTimeOf(child(validity, 0)),
    notAfter: validityTimeOf(child(validity, 1)),
    publicKey: spki.bytes,
    keyOctets: bitOctets(child(spki, 1)),
    selfIssued: issuer.key === subject.key,
    extensions: readExtensions(extensions === undefined ? null : child(extensions, 0)),
  };
}

/**
 * Decodes a DER certificate (RFC 5280 §4.1). The two signature algorithm fields must agree.
 * @throws SigningError CERTIFICATE_INVALID
 */
export function parseCertificate(der: Uint8Array): Certificate {
  const before = parsed.get(der);
  if (before !== undefined) return before;
  // A copy, since what is remembered outlives the file it is from.
  const certificate =
    der.length > RECENT_BYTES
      ? decodeCertificate(der)
      : (recent.get(fingerprintOf(der)) ?? remember(decodeCertificate(new Uint8Array(der))));
  parsed.set(der, certificate);
  return certificate;
}

function fingerprintOf(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex');
}

function decodeCertificate(der: Uint8Array): Certificate {
  const root = decode(der, 'CERTIFICATE_INVALID');
  return guard('CERTIFICATE_INVALID', () => {
    const { inner, ...tbs } = readTbs(child(root, 0, 0x30));
    const algorithm = readAlgorithm(child(root, 1));
    if (!sameBytes(inner.bytes, algorithm.bytes)) throw new Error('signature algorithms disagree');
    return { der, fingerprint: fingerprintOf(der), algorithm, signature: bitOctets(child(root, 2)), ...tbs };
  });
}

/** Decodes a certificate, or null when it cannot be: for pools of candidates, where junk is just left out. */
export function tryCertificate(der: Uint8Array): Certificate | null {
  try {
    return parseCertificate(der);
  } catch {
    return null;
  }
}
