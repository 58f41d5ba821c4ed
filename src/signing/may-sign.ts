/** The check before signing that NĐ 23/2025/NĐ-CP art. 17 and TT 15/2025/TT-BKHCN art. 5 ask of signing software. */
import { SigningError, type SigningErrorCode } from './errors.ts';
import { type Evidence, evidenceOfChain, rootsOf } from './evidence/index.ts';
import type { RevocationSource, Signer } from './ports.ts';
import { inspectCertificate, keyFacts, type PathCode, parseCertificate } from './x509/index.ts';

/** What is known when a signature is about to be made. All DER. */
export interface MaySignOptions {
  readonly at: Date;
  /** Anchors the signer must lead to; default: the root that comes with the key. */
  readonly trust?: readonly Uint8Array[];
  readonly intermediates?: readonly Uint8Array[];
  readonly crls?: readonly Uint8Array[];
  readonly ocsps?: readonly Uint8Array[];
  /** Asked for what is not at hand: OCSP first, then CRL. */
  readonly revocation?: RevocationSource;
  /** Sign although the state of a certificate cannot be had; revoked and expired ones are refused all the same. */
  readonly allowUnknownRevocation?: boolean;
  /**
   * UIDs of the account that signs, as certificates carry them: `CCCD:` and number, `MST:` and tax code, `CMND:`, `HC:`. The
   * certificate must have one of them; default: anyone's certificate will do.
   */
  readonly expectedUids?: readonly string[];
}

/** Outcome of the check, to be stored with the signature (TT 15/2025/TT-BKHCN art. 5). */
export interface SignerCheck {
  readonly checkedAt: Date;
  /** Subjects from the signer to the anchor. */
  readonly path: readonly string[];
  /** `unknown` only where the caller allowed it. */
  readonly revocation: 'good' | 'unknown';
  /** The chain, and the CRL or OCSP answers that say it is good. */
  readonly evidence: Evidence;
}

const REFUSALS: Partial<Readonly<Record<PathCode, SigningErrorCode>>> = {
  EXPIRED: 'SIGNER_EXPIRED',
  NOT_YET_VALID: 'SIGNER_NOT_YET_VALID',
  REVOKED: 'SIGNER_REVOKED',
  REVOCATION_UNKNOWN: 'SIGNER_STATE_UNKNOWN',
  NO_PATH: 'SIGNER_CHAIN_INCOMPLETE',
};

/** TT 15/2025/TT-BKHCN App. I, wherever the key lives: a token may hold a key that no key file would get past us with. */
function assertStrong(certificate: Uint8Array): void {
  const { kind, bits } = keyFacts(parseCertificate(certificate).publicKey);
  const floor = kind === 'ec' ? 256 : 2048;
  if ((kind === 'rsa' || kind === 'ec') && bits < floor)
    throw new SigningError('KEY_TOO_WEAK', { details: { bits } });
}

/**
 * Refuses, with the reason, a signer whose key is too weak, whose certificate is another's, expired, not yet valid, revoked,
 * unfit for signing, leads to no anchor, or whose state cannot be had.
 * @throws SigningError KEY_TOO_WEAK, SIGNER_NOT_THIS_PERSON, SIGNER_EXPIRED, SIGNER_NOT_YET_VALID, SIGNER_REVOKED,
 *   SIGNER_STATE_UNKNOWN, SIGNER_CHAIN_INCOMPLETE, SIGNER_NOT_ALLOWED
 */
export async function assertMaySign(
  signer: Pick<Signer, 'certificate' | 'chain'>,
  options: MaySignOptions,
): Promise<SignerCheck> {
  assertStrong(signer.certificate);
  if (options.expectedUids !== undefined) assertSubject(signer.certificate, ...options.expectedUids);
  const validation = await inspectCertificate({
    target: signer.certificate,
    trust: options.trust ?? rootsOf(signer.chain),
    intermediates: [...signer.chain, ...(options.intermediates ?? [])],
    crls: options.crls ?? [],
    ocsps: options.ocsps ?? [],
    at: options.at,
    ...(options.revocation === undefined ? {} : { source: options.revocation }),
  });
  const { reason, path } = validation.result;
  const tolerated = reason === 'REVOCATION_UNKNOWN' && options.allowUnknownRevocation === true;
  if (reason !== null && !tolerated)
    throw new SigningError(REFUSALS[reason] ?? 'SIGNER_NOT_ALLOWED', { details: { reason } });
  return {
    checkedAt: options.at,
    path,
    revocation: reason === null ? 'good' : 'unknown',
    evidence: evidenceOfChain(validation),
  };
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
 * @param ids as the certificate writes them, e.g. `CCCD:001080000001`; one must fit. Letter case and spaces do not count.
 * @throws SigningError SIGNER_NOT_THIS_PERSON, CERTIFICATE_INVALID
 */
export function assertSubject(certificate: Uint8Array, ...ids: readonly string[]): void {
  const plain = (text: string): string => text.replace(/\s+/g, '').toUpperCase();
  const held = subjectIds(certificate).map(plain);
  if (!ids.some((id) => held.includes(plain(id)))) throw new SigningError('SIGNER_NOT_THIS_PERSON');
}
