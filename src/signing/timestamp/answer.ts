/** The check of what a time-stamping authority answers (RFC 3161 §2.4.2, §2.3): a wrong answer is a lie, and never tried again. */
import { readCms } from '../cms/index.ts';
import { SigningError } from '../errors.ts';
import type { SigningDigest } from '../ports.ts';
import { tryCertificate } from '../x509/index.ts';
import { purposeFault } from '../x509/purpose.ts';
import { parseTimestampToken } from './token.ts';

/** What was asked, and what an answer must keep to. */
export interface ExpectedAnswer {
  readonly imprint: Uint8Array;
  readonly digest: SigningDigest;
  /** INTEGER octets, hex. */
  readonly nonce: string;
  /** reqPolicy; the answer must be under it (§2.4.1). */
  readonly policy?: string;
  /** When the request left and when the answer came, milliseconds since 1970. */
  readonly askedAt: number;
  readonly answeredAt: number;
  /** How far the authority's clock may be from ours; ours is the one in doubt, so this is wide. */
  readonly maxSkewMs: number;
}

/** The answer is about another request, not signed, or from a clock or certificate that cannot be. */
export function wrong(reason: string): SigningError {
  return new SigningError('TIMESTAMP_INVALID', { details: { reason } });
}

function checkTime(genTime: number, expected: ExpectedAnswer): void {
  const early = genTime < expected.askedAt - expected.maxSkewMs;
  const late = genTime > expected.answeredAt + expected.maxSkewMs;
  if (early || late) throw wrong('genTime is far from the clock of this machine');
}

/** §2.3: a certificate for time-stamping alone, in force when it stamped, and named by the token itself (ESS). */
function checkAuthority(token: Uint8Array, genTime: number): void {
  const [facts] = readCms(token);
  if (facts?.digestsMatch !== true || facts.signatureValid !== true) throw wrong('signature of the token');
  if (facts.formatFaults.length > 0) throw wrong(facts.formatFaults[0]?.code ?? 'malformed token');
  if (facts.signerCertificateBound !== true) throw wrong('the token does not name its certificate');
  const certificate = facts.signerCertificate === null ? null : tryCertificate(facts.signerCertificate);
  if (certificate === null) throw wrong('the certificate of the authority is missing');
  const misuse = purposeFault(certificate, 'timeStamping');
  if (misuse !== null) throw wrong(misuse);
  if (genTime < certificate.notBefore || genTime > certificate.notAfter)
    throw wrong('the certificate of the authority was not in force');
}

/**
 * Refuses a token that is no answer to the request.
 * @throws SigningError TIMESTAMP_INVALID with the reason
 */
export function checkAnswer(token: Uint8Array, expected: ExpectedAnswer): void {
  const parsed = parseTimestampToken(token);
  if (parsed.nonce !== expected.nonce) throw wrong('nonce of another request');
  if (parsed.digest !== expected.digest || Buffer.compare(parsed.imprint, expected.imprint) !== 0)
    throw wrong('imprint of other data');
  if (expected.policy !== undefined && parsed.policy !== expected.policy)
    throw wrong('another policy than asked for');
  checkTime(parsed.genTime, expected);
  checkAuthority(token, parsed.genTime);
}
