/** Chains, time-stamps and their evidence, as a report tells them. */
import { createHash } from 'node:crypto';
import type { SignatureFacts } from '../facts.ts';
import type { EvidenceItem, ReportCertificate, ReportLink } from '../report-types.ts';
import { type ChainLink, tryCertificate } from '../x509/index.ts';

function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

/** Evidence is named once for each link it speaks about: lists are long, and serve many. */
const named = new WeakMap<Uint8Array, string>();

function sha256Of(der: Uint8Array): string {
  const known = named.get(der);
  if (known !== undefined) return known;
  const sha256 = createHash('sha256').update(der).digest('hex');
  named.set(der, sha256);
  return sha256;
}

function sourceOf(link: ChainLink, embedded: ReadonlySet<string>): ReportLink['source'] {
  if (link.isAnchor) return 'trust-anchor';
  return embedded.has(link.certificate.fingerprint) ? 'embedded' : 'supplied';
}

/** One link of the chain; `embedded` holds the fingerprints of certificates that came with the signature. */
export function linkOf(link: ChainLink, embedded: ReadonlySet<string>): ReportLink {
  const { certificate, revocation } = link;
  return {
    subject: certificate.subject.text,
    source: sourceOf(link, embedded),
    revocation: revocation.status,
    evidence: revocation.evidence,
  };
}

/** Fingerprints of the certificates that came with a signature. */
export function embeddedIn(facts: SignatureFacts): ReadonlySet<string> {
  return new Set(facts.certificates.flatMap((der) => tryCertificate(der)?.fingerprint ?? []));
}

function describe(link: ChainLink) {
  const { certificate, revocation } = link;
  return {
    sha256: certificate.fingerprint,
    notBefore: new Date(certificate.notBefore).toISOString(),
    notAfter: new Date(certificate.notAfter).toISOString(),
    evidenceTime: iso(revocation.issuedAt),
    evidenceSha256: revocation.data === null ? null : sha256Of(revocation.data),
    revokedAt: iso(revocation.revokedAt),
  };
}

/** Links of a document time-stamp stand under every signature before it. */
const described = new WeakMap<ChainLink, ReturnType<typeof describe>>();

/** Written out: there are dozens under each signature of an archived file, and spreading is dear. */
function certificateOf(
  signature: string,
  of: ReportCertificate['of'],
  link: ChainLink,
  embedded: ReadonlySet<string>,
): ReportCertificate {
  const details = described.get(link) ?? describe(link);
  described.set(link, details);
  const { certificate, revocation } = link;
  return {
    signature,
    of,
    subject: certificate.subject.text,
    source: sourceOf(link, embedded),
    revocation: revocation.status,
    evidence: revocation.evidence,
    sha256: details.sha256,
    notBefore: details.notBefore,
    notAfter: details.notAfter,
    evidenceTime: details.evidenceTime,
    evidenceSha256: details.evidenceSha256,
    revokedAt: details.revokedAt,
  };
}

/** Certificates of a signature's chain, then of each time-stamp's, with their evidence. */
export function certificatesOf(
  facts: SignatureFacts,
  chain: readonly ChainLink[],
  stampChains: readonly (readonly ChainLink[])[],
): ReportCertificate[] {
  const embedded = embeddedIn(facts);
  const as = (of: ReportCertificate['of'], links: readonly ChainLink[]): ReportCertificate[] =>
    links.map((link) => certificateOf(facts.id, of, link, embedded));
  return [...as('signature', chain), ...stampChains.flatMap((links, index) => as(index, links))];
}

/** Hands on every certificate, list and answer of `links`. */
export function noteEvidence(
  links: readonly ChainLink[],
  note: ((item: EvidenceItem) => void) | undefined,
): void {
  if (note === undefined) return;
  for (const { certificate, revocation } of links) {
    note({ kind: 'certificate', sha256: certificate.fingerprint, der: certificate.der });
    const { data, evidence } = revocation;
    if (data !== null && evidence !== 'none') note({ kind: evidence, sha256: sha256Of(data), der: data });
  }
}
