/** Issues certificates and CRLs of the test PKI (RFC 5280 §4, §5). Not for production: no checks of who asks. */
import { createHash, type KeyObject, randomBytes } from 'node:crypto';
import { certificateParts } from '../cms/certificate.ts';
import { child, readDer } from '../cms/der.ts';
import {
  asciiString,
  bitString,
  boolean,
  context,
  contextPrimitive,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  setOf,
  time,
  tlv,
  utf8String,
} from '../cms/der-write.ts';
import { OID } from '../cms/oids.ts';
import { SigningError } from '../errors.ts';
import type { Signer } from '../ports.ts';

/** A certification authority with its key. */
export interface TestAuthority {
  /** DER. */
  readonly certificate: Uint8Array;
  readonly signer: Signer;
}

/** Subject of a certificate. */
export interface TestName {
  readonly commonName: string;
  readonly organization: string;
  readonly uid?: string;
}

/** What to issue. */
export interface CertificateRequest {
  readonly subject: TestName;
  /** The subject's public key. */
  readonly publicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly profile: 'root' | 'sub' | 'leader' | 'agency' | 'system' | 'ocsp' | 'tsa';
  /** Default: 16 random octets. */
  readonly serial?: Uint8Array;
}

/** One line of a CRL. */
export interface RevokedCertificate {
  /** DER of the certificate, or its serial number octets. */
  readonly certificate?: Uint8Array;
  readonly serial?: Uint8Array;
  readonly revokedAt: Date;
  /** CRLReason (RFC 5280 §5.3.1); default 1, keyCompromise. */
  readonly reason?: number;
}

/** What a CRL says. */
export interface CrlRequest {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly number: number;
  readonly revoked?: readonly RevokedCertificate[];
}

const KEY_USAGE: Readonly<Record<'ca' | 'end', Uint8Array>> = {
  ca: bitString(Uint8Array.of(0x06), 1),
  end: bitString(Uint8Array.of(0xc0), 6),
};

function rdn(type: string, value: Uint8Array): Uint8Array {
  return setOf(sequence(oid(type), value));
}

/** DER Name: C, O, CN and, when given, UID, as Vietnamese authorities order them. */
export function encodeName(name: TestName): Uint8Array {
  const parts = [
    rdn('2.5.4.6', asciiString(0x13, 'VN')),
    rdn('2.5.4.10', utf8String(name.organization)),
    rdn('2.5.4.3', utf8String(name.commonName)),
  ];
  if (name.uid !== undefined) parts.push(rdn('0.9.2342.19200300.100.1.1', utf8String(name.uid)));
  return sequence(...parts);
}

function extension(type: string, critical: boolean, value: Uint8Array): Uint8Array {
  return sequence(oid(type), ...(critical ? [boolean(true)] : []), octetString(value));
}

/** RFC 5280 §4.2.1.2 method 1: SHA-1 over the subjectPublicKey bits. */
function keyIdentifier(spki: Uint8Array): Uint8Array {
  const bits = child(readDer(spki), 1, 0x03).content.subarray(1);
  return new Uint8Array(createHash('sha1').update(bits).digest());
}

function spkiOf(publicKey: KeyObject): Uint8Array {
  return new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
}

function signatureIdentifier(signer: Signer): Uint8Array {
  if (signer.algorithm === 'ecdsa') return sequence(oid(OID.ecdsaSha256));
  return sequence(oid(OID.sha256WithRsa), nullValue());
}

async function signed(tbs: Uint8Array, signer: Signer): Promise<Uint8Array> {
  return sequence(tbs, signatureIdentifier(signer), bitString(await signer.sign(tbs, 'sha256')));
}

function profileExtensions(profile: CertificateRequest['profile']): Uint8Array[] {
  const authority = profile === 'root' || profile === 'sub';
  const constraints =
    profile === 'root'
      ? sequence(boolean(true))
      : profile === 'sub'
        ? sequence(boolean(true), integer(0))
        : sequence();
  const extensions = [
    extension('2.5.29.19', authority, constraints),
    extension('2.5.29.15', true, authority ? KEY_USAGE.ca : KEY_USAGE.end),
  ];
  if (profile === 'tsa') extensions.push(extension('2.5.29.37', true, sequence(oid('1.3.6.1.5.5.7.3.8'))));
  if (profile === 'ocsp') {
    extensions.push(extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.9'))));
    extensions.push(extension('1.3.6.1.5.5.7.48.1.5', false, nullValue()));
  }
  return extensions;
}

/**
 * Issues a certificate, DER.
 * @param authority null for a self-signed root, whose key then signs: give it as `self`.
 */
export async function issueCertificate(
  request: CertificateRequest,
  authority: TestAuthority | { readonly self: Signer },
): Promise<Uint8Array> {
  const spki = spkiOf(request.publicKey);
  const subject = encodeName(request.subject);
  const above = 'self' in authority ? null : certificateParts(authority.certificate);
  const signer = 'self' in authority ? authority.self : authority.signer;
  const own = keyIdentifier(spki);
  const extensions = [...profileExtensions(request.profile), extension('2.5.29.14', false, octetString(own))];
  const issuerKey = above === null ? own : (above.keyIdentifier ?? own);
  extensions.push(extension('2.5.29.35', false, sequence(contextPrimitive(0, issuerKey))));
  const serial =
    request.serial ?? randomBytes(16).map((octet, index) => (index === 0 ? (octet & 0x7f) | 0x40 : octet));
  const tbs = sequence(
    context(0, integer(2)),
    integer(new Uint8Array(serial)),
    signatureIdentifier(signer),
    above === null ? subject : above.subject,
    sequence(time(request.notBefore), time(request.notAfter)),
    subject,
    spki,
    context(3, sequence(...extensions)),
  );
  return signed(tbs, signer);
}

function revokedEntry(item: RevokedCertificate): Uint8Array {
  const serial =
    item.serial ?? (item.certificate === undefined ? undefined : certificateParts(item.certificate)?.serial);
  if (serial === undefined)
    throw new SigningError('SIGNING_OPTION_INVALID', {
      details: { reason: 'revoked entry without a serial' },
    });
  const reason = extension('2.5.29.21', false, tlv(0x0a, Uint8Array.of(item.reason ?? 1)));
  return sequence(integer(serial), time(item.revokedAt), sequence(reason));
}

/** Issues a complete CRL, DER. */
export async function issueCrl(authority: TestAuthority, request: CrlRequest): Promise<Uint8Array> {
  const parts = certificateParts(authority.certificate);
  if (parts === null)
    throw new SigningError('KEY_FILE_INVALID', { details: { reason: 'authority certificate is not DER' } });
  const revoked = (request.revoked ?? []).map(revokedEntry);
  const extensions = sequence(
    extension('2.5.29.35', false, sequence(contextPrimitive(0, parts.keyIdentifier ?? new Uint8Array()))),
    extension('2.5.29.20', false, integer(request.number)),
  );
  const tbs = sequence(
    integer(1),
    signatureIdentifier(authority.signer),
    parts.subject,
    time(request.thisUpdate),
    time(request.nextUpdate),
    ...(revoked.length > 0 ? [sequence(...revoked)] : []),
    context(0, extensions),
  );
  return signed(tbs, authority.signer);
}
