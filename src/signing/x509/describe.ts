/** What a certificate says about itself, for lists and pages. */
import { parseCertificate } from './certificate.ts';
import { keyFacts } from './keys.ts';

/** Facts of one certificate. */
export interface CertificateDescription {
  /** Of the DER octets, hex, lower case. */
  readonly sha256: string;
  /** RFC 4514. */
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Basic constraints say CA; a version 1 certificate that is its own issuer counts as one. */
  readonly isCa: boolean;
  readonly isSelfIssued: boolean;
  /** e.g. `rsa 4096`. */
  readonly key: string;
}

/**
 * Describes a DER certificate.
 * @throws SigningError CERTIFICATE_INVALID
 */
export function describeCertificate(der: Uint8Array): CertificateDescription {
  const certificate = parseCertificate(der);
  const { extensions, selfIssued, version } = certificate;
  const key = keyFacts(certificate.publicKey);
  return {
    sha256: certificate.fingerprint,
    subject: certificate.subject.text,
    issuer: certificate.issuer.text,
    serialNumber: certificate.serialNumber,
    notBefore: new Date(certificate.notBefore),
    notAfter: new Date(certificate.notAfter),
    isCa: extensions.basicConstraints?.ca ?? (version === 1 && selfIssued),
    isSelfIssued: selfIssued,
    key: `${key.kind} ${key.bits}`,
  };
}
