/** Judging an RFC 3161 token: imprint, signature of the authority, its certificate and chain. */
import { readCms } from '../cms/index.ts';
import type { SignedDataParts } from '../cms/signer-info.ts';
import { SigningError } from '../errors.ts';
import type { SignatureFacts } from '../facts.ts';
import { type Octets, octetsOf } from '../octets/octets.ts';
import { inspectCertificate, tryCertificate, type Validation, type ValidationInput } from '../x509/index.ts';
import { coversData, readTimestampToken, type TimestampToken } from './token.ts';

/** How far the clock of an authority may be ahead of ours. */
const MAX_AHEAD_MS = 10 * 60_000;

/** Outcome for one token, in the words of EN 319 102-1 §5.4. */
export interface TimestampVerdict {
  readonly indication: 'PASSED' | 'FAILED' | 'INDETERMINATE';
  /** English, for the detail of a message; empty when passed. */
  readonly reason: string;
  readonly token: TimestampToken | null;
  readonly digest: string;
  readonly validation: Validation | null;
}

/** Everything `inspectCertificate` needs but the target. */
export type TimestampTrust = Omit<ValidationInput, 'target' | 'keyPurpose'>;

function failed(reason: string, token: TimestampToken | null = null): TimestampVerdict {
  return { indication: 'FAILED', reason, token, digest: token?.digest ?? '', validation: null };
}

/** Facts of the authority's signature, or undefined when it cannot be read as one. */
function factsOf(der: Uint8Array, parts: SignedDataParts): SignatureFacts | undefined {
  try {
    return readCms(der, { parts })[0];
  } catch {
    return undefined;
  }
}

/**
 * Judges a token over `data`. The authority's certificate must be bound by ESS, carry the critical timeStamping
 * purpose alone (RFC 3161 §2.3) and lead to a trust anchor with a known state.
 * @param trust.at when the token must have been sound: now, or a later proof of existence.
 */
export function checkTimestamp(
  der: Uint8Array,
  data: Uint8Array | Octets,
  trust: TimestampTrust,
): Promise<TimestampVerdict> {
  const over = data instanceof Uint8Array ? octetsOf(data) : data;
  return judgeToken(der, (token) => coversData(token, over), trust);
}

/** As {@link checkTimestamp}, for data of which only the digest is at hand. */
export function checkImprintStamp(
  der: Uint8Array,
  imprint: Uint8Array,
  trust: TimestampTrust,
): Promise<TimestampVerdict> {
  return judgeToken(der, (token) => Buffer.compare(token.imprint, imprint) === 0, trust);
}

async function judgeToken(
  der: Uint8Array,
  covers: (token: TimestampToken) => boolean,
  trust: TimestampTrust,
): Promise<TimestampVerdict> {
  let token: TimestampToken;
  let parts: SignedDataParts;
  try {
    ({ token, parts } = readTimestampToken(der));
  } catch (error) {
    return failed(error instanceof SigningError ? error.message : 'unreadable');
  }
  if (!covers(token)) return failed('the token was made over other data', token);
  const facts = factsOf(der, parts);
  if (facts === undefined || facts.digestsMatch === false || facts.signatureValid === false)
    return failed('the signature of the token is wrong', token);
  if (facts.formatFaults.length > 0) return failed(facts.formatFaults[0]?.en ?? '', token);
  const base = { token, digest: token.digest ?? '', validation: null };
  const certificate = facts.signerCertificate;
  if (certificate === null)
    return {
      ...base,
      indication: 'INDETERMINATE',
      reason: 'the certificate of the authority is not at hand',
    };
  if (facts.signatureValid !== true)
    return { ...base, indication: 'INDETERMINATE', reason: 'the signature cannot be checked' };
  if (tryCertificate(certificate) === null)
    return failed('the certificate of the authority cannot be decoded', token);
  if (facts.signerCertificateBound === false) return failed('the token names another certificate', token);
  if (facts.signerCertificateBound === null)
    return failed('the token does not name the certificate of the authority', token);
  if (token.genTime > (trust.knownAt ?? trust.at).getTime() + MAX_AHEAD_MS)
    return { ...base, indication: 'INDETERMINATE', reason: 'the token is from the future' };
  return judgeAuthority(certificate, [...facts.certificates], facts, trust, token);
}

async function judgeAuthority(
  certificate: Uint8Array,
  embedded: readonly Uint8Array[],
  facts: { readonly crls: readonly Uint8Array[]; readonly ocsps: readonly Uint8Array[] },
  trust: TimestampTrust,
  token: TimestampToken,
): Promise<TimestampVerdict> {
  const validation = await inspectCertificate({
    ...trust,
    target: certificate,
    intermediates: [...embedded, ...(trust.intermediates ?? [])],
    crls: [...facts.crls, ...(trust.crls ?? [])],
    ocsps: [...facts.ocsps, ...(trust.ocsps ?? [])],
    keyPurpose: 'timeStamping',
  });
  const base = { token, digest: token.digest ?? '', validation };
  const own = validation.chain[0]?.certificate;
  const outside = own !== undefined && (token.genTime < own.notBefore || token.genTime > own.notAfter);
  if (validation.result.valid && outside)
    return {
      ...base,
      indication: 'INDETERMINATE',
      reason: 'made outside the validity of the authority’s certificate',
    };
  if (validation.result.valid) return { ...base, indication: 'PASSED', reason: '' };
  const hard = validation.result.reason === 'KEY_PURPOSE' || validation.result.reason === 'KEY_USAGE';
  return { ...base, indication: hard ? 'FAILED' : 'INDETERMINATE', reason: validation.result.detail };
}
