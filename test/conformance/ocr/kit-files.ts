/** The files of the OCR kit, and where the pass lines are. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Matrix, TrueLine } from './score.ts';

/** What of `createOcrService` chooses the engine that is judged. */
export const ENGINE =
  process.env['LIENTHONG_OCR_ENGINE'] === 'native' ? { native: { command: '/usr/bin/tesseract' } } : {};

/** One image of `manifest.json`. */
export interface KitImage {
  readonly file: string;
  readonly doc: string;
  readonly page: number;
  readonly profile: string;
  readonly mm_to_px: Matrix;
  /** How far the scan stands turned clockwise. */
  readonly rotate_cw: number;
}

/** What a document says, in the kit's own words. */
export interface KitDocument {
  readonly fields: Readonly<Record<string, unknown>> & {
    readonly truong_bieu_mau?: Readonly<Record<string, string>>;
    readonly viet_tay?: readonly string[];
    readonly ma_vach?: readonly { readonly format: string; readonly text: string }[];
  };
  readonly pages: readonly { readonly lines: readonly TrueLine[]; readonly text: string }[];
}

/** Degradations by how hard they are. */
export type Group = 'clean' | 'scan' | 'hard';

/** Every group, easiest first. */
export const GROUPS: readonly Group[] = ['clean', 'scan', 'hard'];

/** Group of a degradation: `hard` are heavy, faded, fax and noise. */
export function groupOf(profile: string): Group {
  if (/^clean/.test(profile)) return 'clean';
  return /^(heavy|faded|fax|noise)/.test(profile) ? 'hard' : 'scan';
}

/** Mean character error rate a group may have. */
export const MEAN_CER: Readonly<Record<Group, number>> = { clean: 0.006, scan: 0.009, hard: 0.012 };
/** What one page may have: a third more than the mean of its group. */
export const PAGE_CER: Readonly<Record<Group, number>> = { clean: 0.008, scan: 0.012, hard: 0.016 };
/** Means over all pages: errors, errors with spurious text, words, text in document order. */
export const MEAN_ALL = { cer: 0.0085, withSpurious: 0.0105, wer: 0.025, order: 0.02 } as const;
/** Share of the words a person may be asked to look at, and of the wrong words that must be among them. */
export const REVIEW = { flagged: 0.05, caught: 0.85 } as const;
/** Micro-F1 of the fields, hand-set numbers and dates left out. */
export const FIELD_F1: Readonly<Record<Group, number>> = { clean: 0.97, scan: 0.95, hard: 0.9 };

/** Reads a JSON file of the kit; `null` when this kit has none. */
export function readJson<T>(...path: string[]): T | null {
  const file = join(...path);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : null;
}

const documents = new Map<string, KitDocument>();

/** The truth about a document; read once. */
export function readDocument(dir: string, doc: string): KitDocument {
  const key = join(dir, doc);
  const known = documents.get(key);
  if (known !== undefined) return known;
  const read = readJson<KitDocument>(dir, 'expected', `${doc}.json`);
  if (read === null) throw new Error(`the kit says nothing about document ${doc}`);
  documents.set(key, read);
  return read;
}

/** Percent with two digits. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
