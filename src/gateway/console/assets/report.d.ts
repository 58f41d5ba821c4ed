import type { VerificationReport } from '../../../signing/index.ts';

/** Words by key, as `clientWords` gives them. */
export type ReportWords = Readonly<Record<string, string>>;
/** Makes one element; null children leave nothing. */
export type ElementMaker<Node> = (
  tag: string,
  attributes: Record<string, string>,
  ...children: (Node | string | null | false)[]
) => Node;

/** Fills `{name}` places of the sentence of `key`. */
export function tell(
  words: ReportWords,
  key: string,
  values?: Readonly<Record<string, string | number>>,
  fallback?: string,
): string;
/** Where in a PDF a change stands, in the reader's words. */
export function placeText(place: string, words: ReportWords): string;
/** `14:05:09 21/11/2026`, Vietnam time, of an ISO instant. */
export function vietnamTime(iso: string): string;
/** Attributes of an RFC 4514 name. */
export function nameParts(text: string): Record<string, string[]>;
/** The common name of an RFC 4514 name, else all of it. */
export function signerName(subject: string): string;
/** The verdict on a file in one sentence. */
export function verdictSentence(report: VerificationReport, words: ReportWords, lang: 'vi' | 'en'): string;
/** Tone of a verdict's badge. */
export function verdictTone(verdict: string): 'good' | 'bad' | 'wait' | 'plain';
/** The whole report of one file. */
export function renderReport<Node>(
  h: ElementMaker<Node>,
  report: VerificationReport,
  words: ReportWords,
  lang: 'vi' | 'en',
): Node;
