/** The form of a report, as `lienthong verify --json` prints it. */
import type { ChangeAfterSigning, Coverage, Message } from './facts.ts';
import type { FileFormat } from './sniff.ts';

/** Main indications of EN 319 102-1 §5.1.3. */
export type Indication = 'TOTAL-PASSED' | 'TOTAL-FAILED' | 'INDETERMINATE';

/** One link of the chain in a report. */
export interface ReportLink {
  readonly subject: string;
  readonly source: 'trust-anchor' | 'embedded' | 'supplied';
  readonly revocation: 'good' | 'revoked' | 'unknown' | 'not-needed';
  readonly evidence: 'crl' | 'ocsp' | 'none';
}

/** One time-stamp in a report. */
export interface ReportTimestamp {
  readonly type: string;
  /** ISO 8601, or null when the token cannot be read. */
  readonly time: string | null;
  readonly indication: 'PASSED' | 'FAILED' | 'INDETERMINATE';
}

/** The verdict on one signature, as `lienthong verify` prints it. */
export interface SignatureReport {
  readonly id: string;
  readonly format: string;
  readonly indication: Indication;
  readonly subIndication: string | null;
  readonly signer: {
    readonly subject: string;
    readonly issuer: string;
    readonly serialNumber: string;
  } | null;
  readonly claimedSigningTime: string | null;
  readonly bestSignatureTime: string;
  readonly coverage: Coverage;
  readonly changesAfterSigning: readonly ChangeAfterSigning[];
  readonly chain: readonly ReportLink[];
  readonly timestamps: readonly ReportTimestamp[];
  readonly messages: readonly Message[];
}

/** The verdict on a file, as `lienthong verify --json` prints it. */
export interface VerificationReport {
  readonly file: string;
  readonly format: FileFormat;
  /** The worst of the signatures. */
  readonly verdict: Indication | 'NO-SIGNATURE';
  readonly signatures: readonly SignatureReport[];
}
