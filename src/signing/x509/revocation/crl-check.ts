/** CRL processing of RFC 5280 §6.3.3: scope, deltas, indirect lists, reasons, signer. */
import { retagged } from '../../cms/der.ts';
import type { Certificate } from '../certificate.ts';
import { type DistributionPoint, KEY_USAGE } from '../extensions.ts';
import { isSignedWith } from '../keys.ts';
import { type GeneralName, type Name, readName, sameGeneralName } from '../names.ts';
import { type Crl, type CrlEntry, findEntry } from './crl.ts';
import { CLOCK_SKEW_MS, type RevocationContext, type RevocationStatus, unknownStatus } from './types.ts';

/** Reasons 1 to 8 but "unused": full coverage of ReasonFlags (RFC 5280 §4.2.1.13). */
const ALL_REASONS: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 7, 8]);
const REMOVE_FROM_CRL = 8;

interface Search {
  readonly certificate: Certificate;
  /** Working public key of the issuer of the certificate. */
  readonly issuer: Certificate;
  readonly issuerKey: Uint8Array;
  readonly context: RevocationContext;
  readonly covered: Set<number>;
  detail: string;
}

function relativeTo(
  base: Name,
  point: { readonly relativeName: DistributionPoint['relativeName'] },
): GeneralName | null {
  if (point.relativeName === null) return null;
  const set = retagged(point.relativeName, 0x31);
  const relative = readName(retagged(set, 0x30, [set]));
  const keys = [...base.keys, ...relative.keys];
  return { kind: 'directory', name: { ...relative, keys, key: keys.join('\u0000') } };
}

function pointNames(
  point: Pick<DistributionPoint, 'fullName' | 'relativeName'>,
  base: Name,
): readonly GeneralName[] | null {
  if (point.fullName !== null) return point.fullName;
  const relative = relativeTo(base, point);
  return relative === null ? null : [relative];
}

/** §6.3.3 (b)(1): the list comes from whom the distribution point says. */
function issuerFits(crl: Crl, point: DistributionPoint, certificate: Certificate): boolean {
  if (point.crlIssuer.length === 0) return crl.issuer.key === certificate.issuer.key;
  const named = point.crlIssuer.some((name) => name.kind === 'directory' && name.name.key === crl.issuer.key);
  return named && (crl.issuingPoint?.indirect === true || crl.issuer.key === certificate.issuer.key);
}

/** §6.3.3 (b)(2): the scope of the list includes this certificate. */
function scopeFits(crl: Crl, point: DistributionPoint, certificate: Certificate): boolean {
  const scope = crl.issuingPoint;
  if (scope === null) return true;
  const listNames = pointNames(scope, crl.issuer);
  if (listNames !== null) {
    const wanted = pointNames(point, crl.issuer) ?? point.crlIssuer;
    if (!wanted.some((name) => listNames.some((other) => sameGeneralName(name, other)))) return false;
  }
  const isCa = certificate.extensions.basicConstraints?.ca === true;
  return !((scope.onlyUsers && isCa) || (scope.onlyCas && !isCa) || scope.onlyAttributes);
}

/** §6.3.3 (d): reasons this list can speak about. */
function reasonsOf(crl: Crl, point: DistributionPoint): ReadonlySet<number> {
  const listed = crl.issuingPoint?.reasons ?? ALL_REASONS;
  const asked = point.reasons ?? ALL_REASONS;
  return new Set([...listed].filter((reason) => asked.has(reason)));
}

function isCurrent(crl: Crl, context: RevocationContext): boolean {
  if (crl.thisUpdate > context.knownAt + CLOCK_SKEW_MS) return false;
  return crl.nextUpdate !== null && crl.nextUpdate >= context.at;
}

function mayList(certificate: Certificate): boolean {
  const usage = certificate.extensions.keyUsage;
  return usage === null || usage.has(KEY_USAGE.cRLSign);
}

function keyIdFits(crl: Crl, signer: Certificate): boolean {
  return (
    crl.authorityKeyId === null ||
    signer.extensions.subjectKeyId === null ||
    crl.authorityKeyId === signer.extensions.subjectKeyId
  );
}

function signedBy(crl: Crl, key: Uint8Array): boolean {
  return isSignedWith(crl, key);
}

/** §6.3.3 (f), (g): the key that signed the list, from the issuer itself or a separate signer on a valid path; else null. */
function signerKey(crl: Crl, search: Search): Uint8Array | null {
  const { certificate, issuer, issuerKey, context } = search;
  if (crl.issuer.key === issuer.subject.key && mayList(issuer) && signedBy(crl, issuerKey)) return issuerKey;
  for (const signer of context.certificates) {
    if (signer.subject.key !== crl.issuer.key || !mayList(signer) || !keyIdFits(crl, signer)) continue;
    if (!signedBy(crl, signer.publicKey)) continue;
    // A CRL issuer may list itself (PKITS 4.14.30): its path has been validated already, only its state is being asked.
    if (signer.fingerprint === certificate.fingerprint || signer.fingerprint === context.anchor.fingerprint)
      return signer.publicKey;
    if (context.trustsSigner(signer, context.busy)) return signer.publicKey;
  }
  return null;
}

/** §6.3.3 (c): a delta that may be laid over `base`. */
function deltaFits(delta: Crl, base: Crl): boolean {
  if (delta.baseNumber === null || base.number === null || delta.number === null) return false;
  if (delta.issuer.key !== base.issuer.key || delta.issuingPoint?.bytes !== base.issuingPoint?.bytes)
    return false;
  if (delta.authorityKeyId !== base.authorityKeyId) return false;
  return delta.baseNumber <= base.number && delta.number >= base.number;
}

function deltaFor(base: Crl, key: Uint8Array, context: RevocationContext): Crl | null {
  const fitting = context.crls
    .filter(
      (crl) =>
        deltaFits(crl, base) &&
        crl.unknownCritical.length === 0 &&
        isCurrent(crl, context) &&
        signedBy(crl, key),
    )
    .sort((a, b) => b.thisUpdate - a.thisUpdate);
  return fitting[0] ?? null;
}

/** §6.3.3 (i)–(k): what the delta and the complete list say together. */
function lookUp(base: Crl, delta: Crl | null, certificate: Certificate): CrlEntry | null {
  const { serialNumber, issuer } = certificate;
  const recent = delta === null ? null : findEntry(delta, serialNumber, issuer);
  if (recent !== null) return recent.reason === REMOVE_FROM_CRL ? null : recent;
  const entry = findEntry(base, serialNumber, issuer);
  return entry?.reason === REMOVE_FROM_CRL ? null : entry;
}

/** A list made after a certificate expired may leave it out although it was revoked, unless it says otherwise (ISO/IEC 9594-8 §9.5.2.8). */
function stillLists(crl: Crl, certificate: Certificate): boolean {
  return (
    crl.thisUpdate <= certificate.notAfter ||
    (crl.expiredSince !== null && crl.expiredSince <= certificate.notAfter)
  );
}

function usable(crl: Crl, point: DistributionPoint, search: Search): boolean {
  if (crl.baseNumber !== null || !issuerFits(crl, point, search.certificate)) return false;
  if (crl.unknownCritical.length > 0) search.detail = 'the CRL has an unknown critical extension';
  else if (!isCurrent(crl, search.context)) search.detail = 'the CRL is stale or not yet issued';
  else if (!stillLists(crl, search.certificate))
    search.detail = 'the CRL was issued after the certificate expired, when it is no longer listed';
  else if (!scopeFits(crl, point, search.certificate))
    search.detail = 'the scope of the CRL leaves the certificate out';
  else return true;
  return false;
}

function revokedStatus(entry: CrlEntry, crl: Crl): RevocationStatus {
  const base = { status: 'revoked', evidence: 'crl', issuedAt: crl.thisUpdate, data: crl.der } as const;
  return { ...base, revokedAt: entry.revokedAt, reason: entry.reason, detail: 'listed as revoked' };
}

interface Found {
  readonly revoked: RevocationStatus | null;
  readonly last: Crl | null;
}

/** Works through the lists for one distribution point until all reasons are covered or an entry is found. */
function searchPoint(point: DistributionPoint, search: Search): Found {
  let last: Crl | null = null;
  for (const crl of search.context.crls) {
    if (!usable(crl, point, search)) continue;
    const reasons = reasonsOf(crl, point);
    if ([...reasons].every((reason) => search.covered.has(reason))) continue;
    const key = signerKey(crl, search);
    if (key === null) {
      search.detail = 'the CRL is not signed by an authorised key';
      continue;
    }
    try {
      const delta = deltaFor(crl, key, search.context);
      const entry = lookUp(crl, delta, search.certificate);
      if (entry !== null) return { revoked: revokedStatus(entry, delta ?? crl), last: crl };
    } catch {
      search.detail = 'the CRL cannot be read to the end';
      continue;
    }
    for (const reason of reasons) search.covered.add(reason);
    last = crl;
  }
  return { revoked: null, last };
}

function pointsOf(certificate: Certificate): readonly DistributionPoint[] {
  const fallback = {
    fullName: [{ kind: 'directory', name: certificate.issuer } as const],
    relativeName: null,
    reasons: null,
    crlIssuer: [],
  };
  return [...certificate.extensions.distributionPoints, fallback];
}

/**
 * State of a certificate by CRLs. Lists may come in any order; the newest are tried first.
 * @param issuerKey working public key of the issuer on this path.
 */
export function checkCrls(
  certificate: Certificate,
  issuer: Certificate,
  issuerKey: Uint8Array,
  context: RevocationContext,
): RevocationStatus {
  const crls = [...context.crls].sort((a, b) => b.thisUpdate - a.thisUpdate);
  const search: Search = {
    certificate,
    issuer,
    issuerKey,
    context: { ...context, crls },
    covered: new Set(),
    detail: 'no CRL for the issuer',
  };
  let last: Crl | null = null;
  for (const point of pointsOf(certificate)) {
    const found = searchPoint(point, search);
    if (found.revoked !== null) return found.revoked;
    last = found.last ?? last;
    if (last !== null && search.covered.size >= ALL_REASONS.size) {
      return {
        status: 'good',
        evidence: 'crl',
        revokedAt: null,
        reason: null,
        issuedAt: last.thisUpdate,
        data: last.der,
        detail: 'not listed',
      };
    }
  }
  return unknownStatus(last === null ? search.detail : 'the CRLs do not cover every reason');
}
