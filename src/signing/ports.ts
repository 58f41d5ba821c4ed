/**
 * What the signing library needs from outside. Each port has one to three methods; the gateway wires them in
 * `compose.ts`.
 */

/** Digest algorithms allowed for new signatures. SHA-1 is never among them. */
export type SigningDigest = 'sha256' | 'sha384' | 'sha512';

/** A private key and its certificate, wherever the key lives (PKCS#12 file, token, remote service). */
export interface Signer {
  /** End-entity certificate, DER. */
  readonly certificate: Uint8Array;
  /** Certificates above it that are known, DER, issuer first, root (when known) last. */
  readonly chain: readonly Uint8Array[];
  /** What the key does. `rsa` is PKCS#1 v1.5. */
  readonly algorithm: 'rsa' | 'rsa-pss' | 'ecdsa';
  /**
   * Signs `data` (not its digest), off the event loop.
   * @returns the raw signature: PKCS#1 octets for RSA, DER `ECDSA-Sig-Value` for ECDSA.
   */
  sign(data: Uint8Array, digest: SigningDigest): Promise<Uint8Array>;
}

/** RFC 3161 authority: gives a DER `TimeStampToken` over the digest of `data`, which may come in pieces. */
export interface TimestampAuthority {
  timestamp(data: Uint8Array | readonly Uint8Array[], digest: SigningDigest): Promise<Uint8Array>;
}

/**
 * Where CRLs and OCSP answers come from. Returns DER, never throws; an empty list means "nothing to be had", which is not
 * "good". What it brings is judged like any other evidence.
 */
export interface RevocationSource {
  crls(issuer: Uint8Array, certificate: Uint8Array): Promise<readonly Uint8Array[]>;
  ocsps(issuer: Uint8Array, certificate: Uint8Array): Promise<readonly Uint8Array[]>;
  /** Why the last question about `certificate` brought nothing, in English for the detail of a report; null: no fault. */
  why?(certificate: Uint8Array): string | null;
}

/** Where certificates of issuers are fetched (authorityInfoAccess), when the operator allows it. Returns DER, never throws. */
export interface IssuerSource {
  issuers(certificate: Uint8Array): Promise<readonly Uint8Array[]>;
}
