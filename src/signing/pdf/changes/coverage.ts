/** What a /ByteRange covers, and whether every octet added afterwards is accounted for (ISO 32000-2 §12.8.1). */
import { occurrences } from '../../octets/large-files.ts';
import type { SignatureValue } from '../form.ts';
import { get, type PdfDocument } from '../syntax/document.ts';
import { PdfSyntaxError, parseIndirect } from '../syntax/parse.ts';
import { isArray, isString } from '../syntax/values.ts';

/** A sound /ByteRange `[0 holeStart holeEnd length]`. */
export interface SignedRange {
  readonly holeStart: number;
  readonly holeEnd: number;
  /** Offset just after the signed octets. */
  readonly end: number;
}

/** Why a /ByteRange is not sound. */
export type RangeFault =
  | 'PDF_BYTERANGE_INVALID'
  | 'PDF_BYTERANGE_HOLE'
  | 'PDF_CONTENTS_INVALID'
  | 'PDF_KEYS_REPEATED';

/**
 * Checks that the range starts at 0, ends inside the file, and that its hole is exactly the hex string of /Contents:
 * nothing else may hide there (signature wrapping).
 */
export function signedRange(document: PdfDocument, signature: SignatureValue): SignedRange | RangeFault {
  const range = get(document, signature.dict, 'ByteRange');
  const contents = get(document, signature.dict, 'Contents');
  if (signature.dict.repeated) return 'PDF_KEYS_REPEATED';
  if (!isString(contents) || contents.bytes.length === 0) return 'PDF_CONTENTS_INVALID';
  if (!isArray(range) || range.items.length !== 4) return 'PDF_BYTERANGE_INVALID';
  const [start, holeStart, holeEnd, length] = range.items.map((item) =>
    Number.isSafeInteger(item) ? (item as number) : -1,
  );
  if (start !== 0 || holeStart === undefined || holeEnd === undefined || length === undefined)
    return 'PDF_BYTERANGE_INVALID';
  if (holeStart <= 0 || holeEnd <= holeStart || length <= 0 || holeEnd + length > document.bytes.length)
    return 'PDF_BYTERANGE_INVALID';
  const direct = isString(signature.dict.entries.get('Contents')) && signature.plain;
  if (!direct || !contents.hex || contents.start !== holeStart || contents.end !== holeEnd)
    return 'PDF_BYTERANGE_HOLE';
  return { holeStart, holeEnd, end: holeEnd + length };
}

function isSpace(octet: number | undefined): boolean {
  return octet === 0 || octet === 9 || octet === 10 || octet === 12 || octet === 13 || octet === 32;
}

/** Whether only white space stands in `[from, to)`. */
export function onlySpace(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (!isSpace(bytes[at])) return false;
  return true;
}

/** Whether the octets before `end` close a revision: `%%EOF` and white space. */
export function endsRevision(bytes: Uint8Array, end: number): boolean {
  let at = end;
  while (at > 0 && isSpace(bytes[at - 1])) at -= 1;
  return (
    Buffer.from(bytes.buffer, bytes.byteOffset + Math.max(0, at - 5), Math.min(5, at)).toString('latin1') ===
    '%%EOF'
  );
}

/** One `startxref` in the file. */
export interface RevisionMark {
  /** Offset of the keyword. */
  readonly at: number;
  readonly value: number;
  /** Offset just after its `%%EOF` line. */
  readonly end: number;
}

/** Every `startxref … %%EOF` of the file in order; at most `max` of them. */
export function revisionMarks(bytes: Uint8Array, max: number): RevisionMark[] {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const marks: RevisionMark[] = [];
  for (const at of occurrences(bytes, 'startxref')) {
    if (marks.length >= max) break;
    const match = /^startxref\s+(\d{1,15})\s+%%EOF(?:\r\n|\r|\n)?/.exec(
      whole.toString('latin1', at, at + 64),
    );
    if (match !== null) marks.push({ at, value: Number(match[1]), end: at + match[0].length });
  }
  return marks;
}

interface Interval {
  readonly from: number;
  readonly to: number;
}

function objectIntervals(
  document: PdfDocument,
  moved: ReadonlySet<number> | null,
  from: number,
  to: number,
): Interval[] {
  const intervals: Interval[] = [];
  for (const section of document.sections) {
    if (section.offset >= from && section.end <= to)
      intervals.push({ from: section.offset, to: section.end });
  }
  for (const num of moved ?? document.entries.keys()) {
    const entry = document.entries.get(num);
    if (entry?.type !== 'offset' || entry.offset < from || entry.offset >= to) continue;
    try {
      const known = document.shared.objects.get(entry.offset);
      const end = known?.end ?? parseIndirect(document.bytes, entry.offset, to, () => null).end;
      intervals.push({ from: entry.offset, to: end });
    } catch (error) {
      if (!(error instanceof PdfSyntaxError)) throw error;
    }
  }
  return intervals;
}

function onlySpaceOrComments(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    if (bytes[at] === 0x25) while (at < to && bytes[at] !== 10 && bytes[at] !== 13) at += 1;
    else if (!isSpace(bytes[at])) return false;
  }
  return true;
}

/**
 * Finds octets added in `[from, to)` that belong to no object, cross-reference section or trailer of the revision:
 * lenient readers that rebuild the table by scanning would pick them up.
 * @param moved numbers of all objects that may have been put there; null when any may.
 * @returns the offset of the first such octet, or null.
 */
export function unexplainedOctets(
  document: PdfDocument,
  moved: ReadonlySet<number> | null,
  marks: readonly RevisionMark[],
  from: number,
  to: number,
): number | null {
  const intervals = objectIntervals(document, moved, from, to);
  for (const mark of marks)
    if (mark.at >= from && mark.end <= to) intervals.push({ from: mark.at, to: mark.end });
  intervals.sort((a, b) => a.from - b.from);
  let at = from;
  for (const interval of [...intervals, { from: to, to }]) {
    if (interval.from > at && !onlySpaceOrComments(document.bytes, at, interval.from)) return at;
    at = Math.max(at, interval.to);
  }
  return null;
}
