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

/** One certificate a verdict rests on, with the evidence about it. Times are ISO 8601. */
export interface ReportCertificate extends ReportLink {
  /** `id` of the signature. */
  readonly signature: string;
  /** Whose chain it stands in: the signer's, or that of time-stamp number `n` (0 is the first of `timestamps`). */
  readonly of: 'signature' | number;
  /** SHA-256 of the certificate, hex, lower case. */
  readonly sha256: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** thisUpdate of the evidence; null without evidence. */
  readonly evidenceTime: string | null;
  /** SHA-256 of the CRL or OCSP answer, hex; null without evidence. */
  readonly evidenceSha256: string | null;
  readonly revokedAt: string | null;
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
  /** The time the verdict is about, ISO 8601. */
  readonly validationTime: string;
  /** Name of the policy that judged. */
  readonly policy: string;
  /** The worst of the signatures. */
  readonly verdict: Indication | 'NO-SIGNATURE';
  readonly signatures: readonly SignatureReport[];
  /** Every certificate the verdicts rest on: per signature the chain, signer first, then those of its time-stamps. */
  readonly certificates: readonly ReportCertificate[];
}

/** A certificate, CRL or OCSP answer a verdict rests on: what TT 15/2025/TT-BKHCN art. 5 wants kept with it. */
export interface EvidenceItem {
  readonly kind: 'certificate' | 'crl' | 'ocsp';
  /** Of `der`, hex. */
  readonly sha256: string;
  readonly der: Uint8Array;
}
