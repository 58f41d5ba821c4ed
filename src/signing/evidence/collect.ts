/** Collects what proves the state of a certificate and of everything above it, for keeping (EN 319 102-1 §5.6.2). */
import { SigningError } from '../errors.ts';
import {
  type ChainLink,
  inspectCertificate,
  parseCertificate,
  parseOcsp,
  tryCertificate,
  type Validation,
} from '../x509/index.ts';
import { type Evidence, type EvidenceOptions, joinEvidence, NO_EVIDENCE, withEvidence } from './types.ts';

/** What the certificate is for. */
export type CertificateRole = 'signing' | 'timeStamping';

/** The self-signed certificates of a pool, or its last one when none is. */
export function rootsOf(pool: readonly Uint8Array[]): readonly Uint8Array[] {
  const roots = pool.filter((der) => tryCertificate(der)?.selfIssued === true);
  return roots.length > 0 ? roots : pool.slice(-1);
}

function evidenceOfLink(link: ChainLink): Evidence {
  const { data, evidence } = link.revocation;
  const own = { ...NO_EVIDENCE, certificates: [link.certificate.der] };
  if (data === null) return own;
  if (evidence === 'crl') return { ...own, crls: [data] };
  const responders = parseOcsp(data).certificates.map((certificate) => certificate.der);
  return { ...own, certificates: [...own.certificates, ...responders], ocsps: [data] };
}

/** What a validation rested on: its chain, and the CRL or OCSP answer of each link. */
export function evidenceOfChain(validation: Validation): Evidence {
  return joinEvidence(...validation.chain.map(evidenceOfLink));
}

/** Delegated OCSP responders that do not say "nocheck": their own state is evidence too, where it can be had. */
function uncheckedResponders(evidence: Evidence): Uint8Array[] {
  return evidence.ocsps
    .flatMap((der) => parseOcsp(der).certificates)
    .filter(({ extensions }) => extensions.basicConstraints?.ca !== true && !extensions.ocspNoCheck)
    .map((certificate) => certificate.der);
}

function refuse(validation: Validation, role: CertificateRole): never {
  throw new SigningError('EVIDENCE_UNAVAILABLE', {
    details: { reason: validation.result.reason ?? 'unknown', role },
  });
}

async function inspect(
  target: Uint8Array,
  keyPurpose: string,
  pool: readonly Uint8Array[],
  options: EvidenceOptions,
  at: Date,
): Promise<Validation> {
  return inspectCertificate({
    target,
    trust: options.trust ?? rootsOf([...pool, ...(options.intermediates ?? [])]),
    intermediates: [...pool, ...(options.intermediates ?? [])],
    crls: options.crls ?? [],
    ocsps: options.ocsps ?? [],
    at,
    knownAt: options.now,
    keyPurpose,
    ...(options.revocation === undefined ? {} : { source: options.revocation }),
  });
}

/**
 * The chain of `target` up to and with its anchor, and the CRL or OCSP answer that says each link is good.
 * @param pool certificates that came along (from the signature or token).
 * @param at the time the certificate must have been good at; evidence may be as new as `options.now`.
 * @throws SigningError EVIDENCE_UNAVAILABLE with the reason of the path validation
 */
export async function collectEvidence(
  target: Uint8Array,
  role: CertificateRole,
  pool: readonly Uint8Array[],
  options: EvidenceOptions,
  at: Date = options.now,
): Promise<Evidence> {
  const validation = await inspect(target, role, pool, options, at);
  const { reason } = validation.result;
  const tolerated = reason === 'REVOCATION_UNKNOWN' && options.allowUnknownRevocation === true;
  if (reason !== null && !tolerated) refuse(validation, role);
  const own = evidenceOfChain(validation);
  const beside: Evidence[] = [];
  for (const responder of uncheckedResponders(own)) {
    const issuer = parseCertificate(responder);
    const side = await inspect(issuer.der, 'any', pool, withEvidence(options, own), at);
    if (side.result.valid) beside.push(evidenceOfChain(side));
  }
  return joinEvidence(own, ...beside);
}
