/**
 * What a format reader found out about one signature, before any judgement (the "diagnostic data" of
 * ETSI EN 319 102-1 §5.1): readers in pdf/, xml/, cms/ fill it, `report.ts` judges it with a policy.
 */
import type { Octets } from './octets/octets.ts';
import type { ChangeKind } from './pdf/changes/kinds.ts';

/** A sentence for people, in both languages, with a stable code. */
export interface Message {
  readonly code: string;
  readonly level: 'error' | 'warning' | 'info';
  readonly vi: string;
  readonly en: string;
}

/** How much of the file a signature covers. */
export type Coverage = 'whole-document' | 'earlier-revision' | 'partial' | 'external';

/** One change made to a file after it was signed. */
export interface ChangeAfterSigning {
  readonly kind: ChangeKind;
  /** Whether DocMDP/FieldMDP and the whitelist of harmless updates allow it. */
  readonly allowed: boolean;
  /** The object, field or place changed, in words, e.g. `12 0 R /Contents of page 1`. */
  readonly object: string;
}

/** A time-stamp token found with a signature. */
export interface TimestampFacts {
  readonly type: 'signature' | 'content' | 'archive' | 'document';
  /** DER TimeStampToken (CMS ContentInfo). */
  readonly token: Uint8Array;
  /** The octets whose digest the token must carry. */
  readonly over: Octets;
  /** Of an archive time-stamp: the older ones it proves to have existed; absent: all that stand before it. */
  readonly covers?: readonly TimestampFacts[];
}

/** Facts of one signature. Certificates, CRLs and OCSP answers are DER exactly as embedded. */
export interface SignatureFacts {
  /** Stable within the file: field name, Id attribute or ordinal (`sig-1`). */
  readonly id: string;
  /** e.g. `PAdES-B-B`, `PKCS7-detached`, `XML-DSig`, `XAdES-B-B`, `CAdES-B-B`. */
  readonly format: string;
  /** Structural faults. Any entry of level `error` makes the signature FORMAT_FAILURE (or the given sub-indication). */
  readonly formatFaults: readonly (Message & { readonly subIndication?: string })[];
  /** False when the signed bytes were changed (message digest or reference digest mismatch). Null: could not be computed. */
  readonly digestsMatch: boolean | null;
  /** False when the signature value does not verify with the signer's key. Null: could not be computed. */
  readonly signatureValid: boolean | null;
  readonly signerCertificate: Uint8Array | null;
  /** True when a signed attribute (ESS signing-certificate(-v2), xades:SigningCertificate(V2)) binds the certificate; false when it contradicts; null when absent. */
  readonly signerCertificateBound: boolean | null;
  readonly certificates: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
  readonly ocsps: readonly Uint8Array[];
  readonly digestAlgorithm: string;
  /** e.g. `RSA`, `RSA-PSS`, `ECDSA`, `Ed25519`. */
  readonly signatureAlgorithm: string;
  readonly claimedSigningTime: Date | null;
  readonly timestamps: readonly TimestampFacts[];
  readonly coverage: Coverage;
  /** Names of the detached files it covers, for containers. */
  readonly coveredNames?: readonly string[];
  /** Media types that signed properties state for those files (XAdES DataObjectFormat). */
  readonly mediaTypes?: readonly { readonly name: string; readonly type: string }[];
  readonly changesAfterSigning: readonly ChangeAfterSigning[];
  /** Further remarks that do not change the verdict by themselves. */
  readonly remarks: readonly Message[];
  /** What the signature really covers, for the caller to use after verification (XML: canonical octets; PDF: the revision). */
  readonly signedContent?: Uint8Array;
}
