/** The check before signing that NĐ 23/2025/NĐ-CP art. 17 and TT 15/2025/TT-BKHCN art. 5 ask of signing software. */
import { SigningError, type SigningErrorCode } from './errors.ts';
import type { RevocationSource, Signer } from './ports.ts';
import { inspectCertificate, type PathCode, parseCertificate } from './x509/index.ts';

/** What is known when a signature is about to be made. All DER. */
export interface MaySignOptions {
  readonly at: Date;
  /** Anchors the signer must lead to; default: the root that comes with the key. */
  readonly trust?: readonly Uint8Array[];
  readonly intermediates?: readonly Uint8Array[];
  readonly crls?: readonly Uint8Array[];
  readonly ocsps?: readonly Uint8Array[];
  readonly revocation?: RevocationSource;
  /** Sign although the state of a certificate cannot be had; revoked and expired ones are refused all the same. */
  readonly allowUnknownRevocation?: boolean;
}

const REFUSALS: Partial<Readonly<Record<PathCode, SigningErrorCode>>> = {
  EXPIRED: 'SIGNER_EXPIRED',
  NOT_YET_VALID: 'SIGNER_NOT_YET_VALID',
  REVOKED: 'SIGNER_REVOKED',
  REVOCATION_UNKNOWN: 'SIGNER_STATE_UNKNOWN',
};

/** The self-signed certificates of a chain, or its topmost one when none is. */
function rootsOf(chain: readonly Uint8Array[]): readonly Uint8Array[] {
  const roots = chain.filter((der) => parseCertificate(der).selfIssued);
  return roots.length > 0 ? roots : chain.slice(-1);
}

/**
 * Refuses, with the reason, a signer whose certificate is expired, not yet valid, revoked, unfit for signing, or whose
 * state cannot be had.
 * @throws SigningError SIGNER_EXPIRED, SIGNER_NOT_YET_VALID, SIGNER_REVOKED, SIGNER_STATE_UNKNOWN, SIGNER_NOT_ALLOWED
 */
export async function assertMaySign(
  signer: Pick<Signer, 'certificate' | 'chain'>,
  options: MaySignOptions,
): Promise<void> {
  const { result } = await inspectCertificate({
    target: signer.certificate,
    trust: options.trust ?? rootsOf(signer.chain),
    intermediates: [...signer.chain, ...(options.intermediates ?? [])],
    crls: options.crls ?? [],
    ocsps: options.ocsps ?? [],
    at: options.at,
    ...(options.revocation === undefined ? {} : { source: options.revocation }),
  });
  if (result.reason === null) return;
  if (result.reason === 'REVOCATION_UNKNOWN' && options.allowUnknownRevocation === true) return;
  throw new SigningError(REFUSALS[result.reason] ?? 'SIGNER_NOT_ALLOWED', {
    details: { reason: result.reason },
  });
}

const UID = '0.9.2342.19200300.100.1.1';

/** Identifiers of persons and organisations in a certificate: `CCCD:`, `CMND:`, `HC:`, `MST:` and their numbers. */
export function subjectIds(certificate: Uint8Array): string[] {
  return parseCertificate(certificate)
    .subject.rdns.flat()
    .filter(({ oid }) => oid === UID)
    .map(({ value }) => value.trim());
}

/**
 * Refuses a certificate that is not for the person or organisation named: a name can be shared, a number cannot.
 * @param id as the certificate writes it, e.g. `CCCD:001080000001`; letter case does not count.
 * @throws SigningError SIGNER_NOT_THIS_PERSON, CERTIFICATE_INVALID
 */
export function assertSubject(certificate: Uint8Array, id: string): void {
  const plain = (text: string): string => text.replace(/\s+/g, '').toUpperCase();
  if (!subjectIds(certificate).some((one) => plain(one) === plain(id)))
    throw new SigningError('SIGNER_NOT_THIS_PERSON');
}
