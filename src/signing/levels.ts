/** Levels of ETSI baseline signatures, and what raising a signature to one needs. */
import type { EvidenceOptions } from './evidence/index.ts';
import type { SignatureFacts } from './facts.ts';
import type { SigningDigest, TimestampAuthority } from './ports.ts';

/** B: signed attributes. T: a time-stamp. LT: evidence of validity inside. LTA: archive time-stamps over all that. */
export type SignatureLevel = 'B' | 'T' | 'LT' | 'LTA';

/** In rising order. */
export const SIGNATURE_LEVELS: readonly SignatureLevel[] = ['B', 'T', 'LT', 'LTA'];

/** Whether `level` is `wanted` or above it. */
export function reaches(level: SignatureLevel, wanted: SignatureLevel): boolean {
  return SIGNATURE_LEVELS.indexOf(level) >= SIGNATURE_LEVELS.indexOf(wanted);
}

/** How to extend signatures. */
export interface ExtendOptions {
  readonly level: Exclude<SignatureLevel, 'B'>;
  /** Needed where a time-stamp has to be added. */
  readonly timestampAuthority?: TimestampAuthority;
  /** Digest for time-stamps; default sha256. */
  readonly digest?: SigningDigest;
  /** Where the states of certificates come from, and the clock. */
  readonly evidence: EvidenceOptions;
  /** Signatures whose evidence must be had; that of others is kept where it can be. Default: all. */
  readonly required?: (facts: SignatureFacts) => boolean;
  /** Opens an encrypted PDF: the owner’s, or a user’s whom the owner lets sign. */
  readonly password?: string;
  /** At LTA: add another archive time-stamp although there is one. Default false. */
  readonly renew?: boolean;
}
