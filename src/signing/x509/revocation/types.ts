/** What a check of revocation needs and yields, shared by CRL and OCSP. */
import type { Certificate } from '../certificate.ts';
import type { Crl } from './crl.ts';
import type { OcspAnswer } from './ocsp.ts';

/** State of one certificate. `unknown` is never good. */
export interface RevocationStatus {
  readonly status: 'good' | 'revoked' | 'unknown' | 'not-needed';
  readonly evidence: 'crl' | 'ocsp' | 'none';
  /** Milliseconds since 1970, when revoked. */
  readonly revokedAt: number | null;
  /** CRLReason code, when revoked. */
  readonly reason: number | null;
  /** thisUpdate of the evidence used. */
  readonly issuedAt: number | null;
  /** The CRL or OCSP answer used, DER. */
  readonly data: Uint8Array | null;
  /** Why nothing usable was found, in English, for the detail of a report. */
  readonly detail: string;
}

/** The status of which nothing is known. */
export function unknownStatus(detail: string): RevocationStatus {
  return {
    status: 'unknown',
    evidence: 'none',
    revokedAt: null,
    reason: null,
    issuedAt: null,
    data: null,
    detail,
  };
}

/** All material a check may use. Times are milliseconds since 1970. */
export interface RevocationContext {
  /** The time the state is asked for: evidence must not have run out by then. */
  readonly at: number;
  /** The time of the check: evidence issued later than this does not exist yet. */
  readonly knownAt: number;
  readonly crls: readonly Crl[];
  readonly ocsps: readonly OcspAnswer[];
  readonly certificates: readonly Certificate[];
  /** Anchor of the path in question: CRL signers must lead to the same one (RFC 5280 §6.3.3 (f)). */
  readonly anchor: Certificate;
  /** Whether evidence can be made of a CRL signer: validates a side path to the same anchor, with its own revocation. */
  readonly trustsSigner: (signer: Certificate, busy: ReadonlySet<string>) => boolean;
  /** Fingerprints of certificates whose state is being asked for right now, against endless recursion. */
  readonly busy: ReadonlySet<string>;
}

/** Clock difference tolerated for evidence "from the future". */
export const CLOCK_SKEW_MS = 60_000;
