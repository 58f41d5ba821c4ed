/** Validation data as levels LT and LTA keep it with a signature (ETSI EN 319 102-1 §5.6). */
import type { RevocationSource } from '../ports.ts';

/** Certificates, revocation lists and OCSP answers, DER, each once. */
export interface Evidence {
  readonly certificates: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
  /** Whole OCSPResponse values. */
  readonly ocsps: readonly Uint8Array[];
}

/** Nothing at all. */
export const NO_EVIDENCE: Evidence = { certificates: [], crls: [], ocsps: [] };

/** What may be used to find out the state of certificates. All octets DER. */
export interface EvidenceOptions {
  /** Anchors; default: the roots that come with the certificates. */
  readonly trust?: readonly Uint8Array[];
  readonly intermediates?: readonly Uint8Array[];
  readonly crls?: readonly Uint8Array[];
  readonly ocsps?: readonly Uint8Array[];
  /** Asked where what is at hand does not suffice: OCSP first, then CRL. */
  readonly revocation?: RevocationSource;
  /** The time of asking. */
  readonly now: Date;
  /** Keep what can be had when some state is unknown, instead of refusing. Revoked certificates are refused all the same. */
  readonly allowUnknownRevocation?: boolean;
}

function unique(items: readonly Uint8Array[]): Uint8Array[] {
  const seen = new Map<string, Uint8Array>();
  for (const item of items) {
    const key = Buffer.from(item.buffer, item.byteOffset, item.length).toString('latin1');
    if (!seen.has(key)) seen.set(key, item);
  }
  return [...seen.values()];
}

/** All of it, each octet string once, in the order given. */
export function joinEvidence(...parts: readonly Evidence[]): Evidence {
  return {
    certificates: unique(parts.flatMap((part) => part.certificates)),
    crls: unique(parts.flatMap((part) => part.crls)),
    ocsps: unique(parts.flatMap((part) => part.ocsps)),
  };
}

/** What `wanted` has and `held` has not. */
export function missingEvidence(wanted: Evidence, held: Evidence): Evidence {
  const left = (items: readonly Uint8Array[], there: readonly Uint8Array[]): Uint8Array[] =>
    unique(items).filter((item) => !there.some((other) => Buffer.compare(item, other) === 0));
  return {
    certificates: left(wanted.certificates, held.certificates),
    crls: left(wanted.crls, held.crls),
    ocsps: left(wanted.ocsps, held.ocsps),
  };
}

/** The same options, with evidence that is at hand used before any is asked for. */
export function withEvidence(options: EvidenceOptions, held: Evidence): EvidenceOptions {
  return {
    ...options,
    intermediates: [...(options.intermediates ?? []), ...held.certificates],
    crls: [...held.crls, ...(options.crls ?? [])],
    ocsps: [...held.ocsps, ...(options.ocsps ?? [])],
  };
}

/** Whether there is nothing in it. */
export function isEmptyEvidence(evidence: Evidence): boolean {
  return evidence.certificates.length + evidence.crls.length + evidence.ocsps.length === 0;
}
