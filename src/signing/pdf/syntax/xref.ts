/** Cross-reference sections, classic, stream and hybrid, and their chain (ISO 32000-2 §7.5.4–7.5.8). */
import { decodeStream } from './filters.ts';
import {
  type Cursor,
  PdfSyntaxError,
  parseIndirect,
  parseValue,
  skipSpace,
  takeInteger,
  takeKeyword,
} from './parse.ts';
import { isArray, isDict, isName, isStream, type PdfDict } from './values.ts';

/** Where an object is. */
export type XrefEntry =
  | { readonly type: 'free' }
  | { readonly type: 'offset'; readonly offset: number; readonly gen: number }
  | { readonly type: 'compressed'; readonly container: number; readonly index: number };

/** One cross-reference section. */
export interface XrefSection {
  readonly offset: number;
  readonly form: 'table' | 'stream';
  readonly entries: ReadonlyMap<number, XrefEntry>;
  readonly trailer: PdfDict;
  /** Offset just after the section (trailer dictionary or stream object). */
  readonly end: number;
}

/** Bounds on the structure of a file. */
export interface PdfLimits {
  /** Default 256 MiB. */
  readonly maxBytes: number;
  /** Cross-reference sections in a chain; default 1 000. */
  readonly maxSections: number;
  /** Entries over all sections; default 4 000 000. */
  readonly maxEntries: number;
  /** Signatures in a file; default 500. */
  readonly maxSignatures: number;
}

export const DEFAULT_PDF_LIMITS: PdfLimits = {
  maxBytes: 256 * 1024 * 1024,
  maxSections: 1_000,
  maxEntries: 4_000_000,
  maxSignatures: 500,
};

function takeTableEntry(cursor: Cursor): XrefEntry {
  skipSpace(cursor);
  const offset = takeInteger(cursor);
  skipSpace(cursor);
  const gen = takeInteger(cursor);
  skipSpace(cursor);
  if (offset === null || gen === null) throw new PdfSyntaxError('bad cross-reference entry');
  if (takeKeyword(cursor, 'f')) return { type: 'free' };
  if (!takeKeyword(cursor, 'n')) throw new PdfSyntaxError('bad cross-reference entry');
  return offset === 0 ? { type: 'free' } : { type: 'offset', offset, gen };
}

/** Whether two entries say the same. */
export function sameEntry(a: XrefEntry, b: XrefEntry): boolean {
  if (a.type === 'offset') return b.type === 'offset' && a.offset === b.offset;
  if (a.type === 'compressed')
    return b.type === 'compressed' && a.container === b.container && a.index === b.index;
  return b.type === 'free';
}

/** `1 0 obj` and its `endobj`, at the very least. */
const LEAST_OBJECT_BYTES = 10;

/** The entries of one section as they are read. */
interface Collected {
  readonly entries: Map<number, XrefEntry>;
  /** Objects there may still be, by the size of the file: a section that places more is a trap, each would be looked for. */
  room: number;
}

function collect(end: number): Collected {
  return { entries: new Map(), room: Math.ceil(end / LEAST_OBJECT_BYTES) };
}

/** One section says where an object is once: of two answers some readers take the first, others the last. */
function put(into: Collected, num: number, entry: XrefEntry): void {
  const known = into.entries.get(num);
  if (known !== undefined && !sameEntry(known, entry))
    throw new PdfSyntaxError(`the cross-reference section places object ${num} twice`);
  if (entry.type === 'offset' && entry.offset > 0) into.room -= 1;
  if (into.room < 0)
    throw new PdfSyntaxError('a cross-reference section places more objects than fit the file');
  into.entries.set(num, entry);
}

function readTable(cursor: Cursor, offset: number, limits: PdfLimits): XrefSection {
  const collected = collect(cursor.end);
  const { entries } = collected;
  for (;;) {
    skipSpace(cursor);
    if (takeKeyword(cursor, 'trailer')) break;
    const start = takeInteger(cursor);
    skipSpace(cursor);
    const count = takeInteger(cursor);
    if (start === null || count === null || entries.size + count > limits.maxEntries)
      throw new PdfSyntaxError('bad cross-reference table');
    for (let index = 0; index < count; index += 1) put(collected, start + index, takeTableEntry(cursor));
  }
  const trailer = parseValue(cursor);
  if (!isDict(trailer)) throw new PdfSyntaxError('trailer is not a dictionary');
  return { offset, form: 'table', entries, trailer, end: cursor.pos };
}

function fieldReader(data: Uint8Array, widths: readonly number[]): (row: number, field: number) => number {
  const total = widths.reduce((sum, width) => sum + width, 0);
  const starts = widths.map((_, field) => widths.slice(0, field).reduce((sum, width) => sum + width, 0));
  return (row, field) => {
    const width = widths[field] ?? 0;
    if (width === 0) return field === 0 ? 1 : 0;
    let value = 0;
    for (let at = 0; at < width; at += 1)
      value = value * 256 + (data[row * total + (starts[field] ?? 0) + at] ?? 0);
    return value;
  };
}

function streamEntry(type: number, second: number, third: number): XrefEntry {
  if (type === 1) return { type: 'offset', offset: second, gen: third };
  if (type === 2) return { type: 'compressed', container: second, index: third };
  return { type: 'free' };
}

function numbers(value: unknown): number[] | null {
  const candidate = value as Parameters<typeof isArray>[0];
  if (!isArray(candidate) || !candidate.items.every((item) => typeof item === 'number' && item >= 0))
    return null;
  return candidate.items as number[];
}

function readStream(bytes: Uint8Array, offset: number, end: number, limits: PdfLimits): XrefSection {
  const object = parseIndirect(bytes, offset, end, (value) => (typeof value === 'number' ? value : null));
  if (!isStream(object.value) || !isName(object.value.dict.entries.get('Type'), 'XRef'))
    throw new PdfSyntaxError('no cross-reference section');
  const trailer = object.value.dict;
  const widths = numbers(trailer.entries.get('W'));
  if (widths?.length !== 3 || widths.some((width) => width > 8)) throw new PdfSyntaxError('bad /W');
  const size = trailer.entries.get('Size');
  const index = numbers(trailer.entries.get('Index')) ?? [0, typeof size === 'number' ? size : 0];
  const data = decodeStream(object.value);
  const rows = Math.floor(
    data.length /
      Math.max(
        1,
        widths.reduce((sum, width) => sum + width, 0),
      ),
  );
  const field = fieldReader(data, widths);
  const collected = collect(end);
  const { entries } = collected;
  let row = 0;
  for (let pair = 0; pair + 1 < index.length; pair += 2) {
    const start = index[pair] ?? 0;
    const count = index[pair + 1] ?? 0;
    for (let at = 0; at < count && row < rows && entries.size < limits.maxEntries; at += 1, row += 1) {
      put(collected, start + at, streamEntry(field(row, 0), field(row, 1), field(row, 2)));
    }
  }
  return { offset, form: 'stream', entries, trailer, end: object.end };
}

/** Reads the section at an offset. @throws PdfSyntaxError */
export function readSection(bytes: Uint8Array, offset: number, end: number, limits: PdfLimits): XrefSection {
  if (!(offset >= 0 && offset < end)) throw new PdfSyntaxError('cross-reference offset is outside the file');
  const cursor: Cursor = { bytes, pos: offset, end };
  skipSpace(cursor);
  return takeKeyword(cursor, 'xref')
    ? readTable(cursor, offset, limits)
    : readStream(bytes, offset, end, limits);
}

/** The number after the last `startxref` before `end`, or null. */
export function lastStartXref(bytes: Uint8Array, end: number): { value: number; at: number } | null {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, end);
  const at = whole.lastIndexOf('startxref');
  if (at < 0) return null;
  const cursor: Cursor = { bytes, pos: at + 9, end };
  skipSpace(cursor);
  const value = takeInteger(cursor);
  return value === null ? null : { value, at };
}

/**
 * The chain of sections from one offset back over /Prev, newest first; a hybrid file's /XRefStm section follows its table.
 * @param known sections read before, by offset: the revisions of a file share all but their newest.
 * @throws PdfSyntaxError on loops, bad offsets and excess.
 */
export function readChain(
  bytes: Uint8Array,
  offset: number,
  end: number,
  limits: PdfLimits,
  known: Map<number, XrefSection> = new Map(),
): XrefSection[] {
  const chain: XrefSection[] = [];
  const seen = new Set<number>();
  let entries = 0;
  const take = (at: number): XrefSection => {
    if (seen.has(at)) throw new PdfSyntaxError('cross-reference chain loops');
    seen.add(at);
    const before = known.get(at);
    const section = before !== undefined && before.end <= end ? before : readSection(bytes, at, end, limits);
    known.set(at, section);
    chain.push(section);
    entries += section.entries.size;
    if (chain.length > limits.maxSections || entries > limits.maxEntries)
      throw new PdfSyntaxError('too many cross-reference sections');
    return section;
  };
  for (let next: number | null = offset; next !== null; ) {
    const section = take(next);
    const hybrid = section.trailer.entries.get('XRefStm');
    if (section.form === 'table' && typeof hybrid === 'number' && !seen.has(hybrid)) take(hybrid);
    const previous = section.trailer.entries.get('Prev');
    next = typeof previous === 'number' ? previous : null;
  }
  return chain;
}
