/** What signatures are judged with: trust, evidence, policy, and what is remembered within one file. */
import type { SignatureFacts, TimestampFacts } from '../facts.ts';
import type { Policy } from '../policy.ts';
import type { IssuerSource, RevocationSource } from '../ports.ts';
import type { EvidenceItem } from '../report-types.ts';
import type { TimestampVerdict } from '../timestamp/index.ts';
import type { PathLimits } from '../x509/index.ts';

/** Certificates and revocation data that came with a file, DER. */
export interface EmbeddedPool {
  readonly certificates: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
  readonly ocsps: readonly Uint8Array[];
}

/**
 * Document time-stamps stand over all signatures before them. Each is judged once per time, with what any signature of the
 * file brings, so that it has one verdict in one file. Trust, policy and the time of asking are those of one context.
 */
export interface StampMemory {
  readonly pool: EmbeddedPool;
  /** By token, then by the time (milliseconds since 1970) it is judged at. */
  readonly verdicts: Map<TimestampFacts, Map<number, TimestampVerdict>>;
}

/** A memory for the signatures of one file; good for one context. */
export function newStampMemory(all: readonly SignatureFacts[]): StampMemory {
  const distinct = (of: (facts: SignatureFacts) => readonly Uint8Array[]) => [...new Set(all.flatMap(of))];
  const pool = {
    // Every message of a file brings the same few certificates.
    certificates: [
      ...new Map(
        distinct((facts) => facts.certificates).map((der) => [Buffer.from(der).toString('latin1'), der]),
      ).values(),
    ],
    crls: distinct((facts) => facts.crls),
    ocsps: distinct((facts) => facts.ocsps),
  };
  return { pool, verdicts: new Map() };
}

/** Trust and evidence a judgement may use. All octets DER. */
export interface JudgeContext {
  readonly trust: readonly Uint8Array[];
  readonly intermediates: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
  readonly ocsps: readonly Uint8Array[];
  /** Validation time. */
  readonly at: Date;
  /** The time of asking: evidence issued after `at` and up to then speaks about `at` as well. */
  readonly now: Date;
  /** Absent when offline. */
  readonly source?: RevocationSource;
  readonly issuers?: IssuerSource;
  readonly policy: Policy;
  readonly limits?: Partial<PathLimits>;
  /** What is remembered of the file's document time-stamps; absent: each is judged for each signature. */
  readonly stamps?: StampMemory;
  readonly onEvidence?: (item: EvidenceItem) => void;
}

/** The time evidence may be issued up to. */
export function knownAt(context: JudgeContext): Date {
  return new Date(Math.max(context.now.getTime(), context.at.getTime()));
}

/** What a certificate is judged with: what came with the file, then what whoever asks gave. */
export function poolOf(embedded: EmbeddedPool, context: JudgeContext) {
  const { trust, source, issuers, limits, policy } = context;
  return {
    trust,
    intermediates: [...embedded.certificates, ...context.intermediates],
    crls: [...embedded.crls, ...context.crls],
    ocsps: [...embedded.ocsps, ...context.ocsps],
    revocation: policy.revocation === 'if-offered' ? policy.revocation : policy.revocation === 'required',
    ...(source === undefined ? {} : { source }),
    ...(issuers === undefined ? {} : { issuers }),
    ...(limits === undefined ? {} : { limits }),
  };
}
