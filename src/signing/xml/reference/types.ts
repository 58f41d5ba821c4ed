/** What reading references passes around. */
import type { XmlDocument } from 'libxml2-wasm';
import type { XmlLimits } from '../document.ts';
import type { Outline, Section } from './outline.ts';
import type { Plan } from './transforms.ts';

/** A detached file a reference may name. */
export interface DetachedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The file being read and the budget for reading it. */
export interface XmlSource {
  /** The whole file as parsed; null once it has been used up for the last reference to all of it. */
  whole: XmlDocument | null;
  outline: Outline;
  readonly contents: readonly DetachedFile[];
  /** False: a single file stands for any name. */
  readonly exactNames: boolean;
  /** Certificates of signers the file only names. */
  readonly certificates: readonly Uint8Array[];
  /** Public keys of signers the file only names. */
  readonly keys: readonly Uint8Array[];
  readonly limits: XmlLimits;
  /** Octets still allowed to be parsed or canonicalised. */
  budget: number;
}

/** What a reference points at. */
export type Target =
  | { readonly kind: 'document' }
  | { readonly kind: 'element'; readonly id: string }
  | { readonly kind: 'file'; readonly file: DetachedFile };

/** One reference, judged. */
export interface ReferenceOutcome {
  readonly id: string | null;
  readonly uri: string | null;
  readonly type: string;
  readonly target: Target;
  readonly matches: boolean;
  readonly digest: string;
  /** The octets digested. */
  readonly octets: Uint8Array;
  /** Whether the transforms themselves end in octets, so that no default canonicalisation was needed. */
  readonly explicitC14n: boolean;
}

/** A Reference read as far as it can be without touching what it points at. */
export interface PlannedReference {
  readonly id: string | null;
  readonly uri: string | null;
  readonly type: string;
  readonly target: Target;
  readonly comments: boolean;
  readonly plan: Plan;
  readonly digest: string;
  readonly expected: Uint8Array;
}

/** The signature a reference belongs to. */
export interface OwnSignature {
  readonly section: Section;
  /** Whether it is the only one of the file, so that the parsed file may be used up for it. */
  readonly alone: boolean;
}
