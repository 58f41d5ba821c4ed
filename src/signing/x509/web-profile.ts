/**
 * The certificate profile of RFC 5280 §4 and of the Web PKI (CA/B Forum BR §7.1), asked only of certificates used for
 * TLS: path validation (§6) does not look at most of it, and certificates of signing people do not keep to all of it.
 */
import type { Certificate } from './certificate.ts';
import { keyFacts, signatureDigest } from './keys.ts';
import { isDnsName } from './names.ts';
import type { Crl } from './revocation/crl.ts';

const OIDS = {
  subjectKeyIdentifier: '2.5.29.14',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  informationAccess: '1.3.6.1.5.5.7.1.1',
} as const;

const ANY_PURPOSE = '2.5.29.37.0';
const KEY_CERT_SIGN = 5;
const CURVE_BITS = [256, 384, 521];

/** Whether the profile is asked of certificates used for `purpose`. */
export function isWebPurpose(purpose: string): boolean {
  return purpose === 'serverAuth' || purpose === 'clientAuth';
}

/** Digests that forgers can collide (BR §7.1.3.2). */
const BROKEN_DIGESTS: ReadonlySet<string | null> = new Set(['md5', 'sha1']);

/** Serial numbers are positive and have at most 20 octets (§4.1.2.2). */
function serialFault({ serialNumber }: Certificate): string | null {
  const octets = Buffer.from(serialNumber, 'hex');
  const fine = octets.length <= 20 + (octets[0] === 0 ? 1 : 0) && (octets[0] ?? 0) < 0x80;
  return fine && octets.some((octet) => octet !== 0)
    ? null
    : 'the serial number is not one of 1 to 20 octets';
}

function keyFault(certificate: Certificate): string | null {
  const { kind, bits } = keyFacts(certificate.publicKey);
  const fine =
    kind === 'rsa'
      ? bits >= 2048 && bits % 8 === 0
      : kind === 'ec'
        ? CURVE_BITS.includes(bits)
        : kind === 'ed25519' || kind === 'ed448';
  return fine ? null : `a key of kind ${kind} and ${bits} bits is not accepted for TLS`;
}

function criticalityFault({ extensions }: Certificate): string | null {
  const { critical } = extensions;
  if (critical.has(OIDS.authorityKeyIdentifier)) return 'the authority key identifier is critical';
  if (critical.has(OIDS.subjectKeyIdentifier)) return 'the subject key identifier is critical';
  if (critical.has(OIDS.informationAccess)) return 'the authority information access is critical';
  const constrained = extensions.requireExplicitPolicy !== null || extensions.inhibitPolicyMapping !== null;
  return constrained && !critical.has(OIDS.policyConstraints)
    ? 'the policy constraints are not critical'
    : null;
}

function caFault({ extensions }: Certificate): string | null {
  if (extensions.basicConstraints === null) return 'an issuing certificate has no basic constraints';
  if (!extensions.critical.has(OIDS.basicConstraints))
    return 'the basic constraints of a CA are not critical';
  if (extensions.subjectKeyId === null) return 'a CA certificate has no subject key identifier';
  const { nameConstraints } = extensions;
  const empty = nameConstraints?.permitted.length === 0 && nameConstraints.excluded.length === 0;
  return empty ? 'the name constraints constrain nothing' : null;
}

function anchorFault(anchor: Certificate): string | null {
  const { authorityKey, subjectKeyId, extendedKeyUsage } = anchor.extensions;
  if (extendedKeyUsage !== null) return 'a root has an extended key usage';
  if (authorityKey === null) return null;
  if (authorityKey.keyId === null || authorityKey.issuer.length > 0 || authorityKey.serialNumber !== null)
    return 'the authority key identifier of a root is not a key identifier alone';
  return anchor.selfIssued && authorityKey.keyId !== subjectKeyId
    ? 'the key identifiers of a self-signed root differ'
    : null;
}

function leafFault(target: Certificate, purpose: string): string | null {
  const { extensions } = target;
  const { basicConstraints, keyUsage, extendedKeyUsage, subjectAltNames, critical } = extensions;
  if (keyUsage !== null && (basicConstraints?.ca === true) !== keyUsage.has(KEY_CERT_SIGN))
    return 'the basic constraints and the key usage contradict each other';
  if (extendedKeyUsage?.includes(purpose) === false) return 'the purpose is not stated';
  if (extendedKeyUsage?.includes(ANY_PURPOSE) === true || critical.has(OIDS.extendedKeyUsage))
    return 'the extended key usage is critical or holds anyExtendedKeyUsage';
  if (subjectAltNames === null || subjectAltNames.length === 0) return 'there is no subject alternative name';
  const bare = target.subject.keys.length === 0;
  if (critical.has(OIDS.subjectAltName) !== bare)
    return 'the subject alternative name must be critical exactly when the subject is empty';
  const badHost = subjectAltNames.find(
    (name) => name.kind === 'dns' && (!isDnsName(name.value) || name.value.includes('_')),
  );
  return badHost === undefined ? null : 'a DNS name is malformed';
}

/**
 * Why a path is not one of the Web PKI, or null.
 * @param path from just below the anchor to the target.
 * @param purpose OID of serverAuth or clientAuth.
 */
export function webFault(anchor: Certificate, path: readonly Certificate[], purpose: string): string | null {
  const target = path.at(-1);
  if (target === undefined) return serialFault(anchor);
  for (const certificate of [anchor, ...path]) {
    const fault = keyFault(certificate) ?? criticalityFault(certificate);
    if (fault !== null) return fault;
    if (certificate !== target) {
      const issuing = caFault(certificate);
      if (issuing !== null) return issuing;
    }
    if (certificate === anchor) continue;
    const serial = serialFault(certificate);
    if (serial !== null) return serial;
    if (BROKEN_DIGESTS.has(signatureDigest(certificate.algorithm)))
      return 'a certificate is signed over a digest that is broken';
    if ((certificate.extensions.authorityKey?.keyId ?? null) === null)
      return 'a certificate has no authority key identifier';
  }
  return anchorFault(anchor) ?? leafFault(target, purpose);
}

/**
 * The lists that may speak for a purpose: for TLS only those of the profile, with a number that is not critical
 * (RFC 5280 §5.2.3); lists of signing people's authorities are older than that rule.
 */
export function listsFor(purpose: string, lists: readonly Crl[]): readonly Crl[] {
  return isWebPurpose(purpose) ? lists.filter((crl) => crl.number !== null && !crl.numberCritical) : lists;
}
