/** Tokeniser and object parser (ISO 32000-2 §7.2–7.3), bounded in depth, strict where a signature depends on it. */
import type { PdfDict, PdfStream, PdfString, PdfValue } from './values.ts';

/** The octets are not the PDF syntax that belongs there. Wrapped into a coded error or a fault by the callers. */
export class PdfSyntaxError extends Error {
  override readonly name = 'PdfSyntaxError';
}

/** A position in a buffer; `end` bounds what may be read. */
export interface Cursor {
  readonly bytes: Uint8Array;
  pos: number;
  readonly end: number;
}

const MAX_DEPTH = 100;
const WHITESPACE = new Uint8Array(256);
for (const octet of [0, 9, 10, 12, 13, 32]) WHITESPACE[octet] = 1;
const DELIMITER = new Uint8Array(256);
for (const character of '()<>[]{}/%') DELIMITER[character.charCodeAt(0)] = 1;

/** The octet under the cursor, or after it; -1 past the end. */
export function octetAt(cursor: Cursor, ahead = 0): number {
  const at = cursor.pos + ahead;
  return at < cursor.end ? (cursor.bytes[at] ?? -1) : -1;
}

/** White space (ISO 32000-2 Table 1). */
export function isWhiteSpace(octet: number): boolean {
  return WHITESPACE[octet] === 1;
}

/** Neither white space nor a delimiter, nor the end. */
export function isRegular(octet: number): boolean {
  return WHITESPACE[octet] === 0 && DELIMITER[octet] === 0;
}

/** Moves past white space and comments. */
export function skipSpace(cursor: Cursor): void {
  for (;;) {
    const octet = octetAt(cursor);
    if (octet === 0x25) {
      while (octetAt(cursor) !== -1 && octetAt(cursor) !== 10 && octetAt(cursor) !== 13) cursor.pos += 1;
    } else if (octet >= 0 && WHITESPACE[octet] === 1) cursor.pos += 1;
    else return;
  }
}

/** Takes a keyword when it stands here as a whole token. */
export function takeKeyword(cursor: Cursor, keyword: string): boolean {
  for (let index = 0; index < keyword.length; index += 1) {
    if (octetAt(cursor, index) !== keyword.charCodeAt(index)) return false;
  }
  const after = octetAt(cursor, keyword.length);
  if (
    after !== -1 &&
    WHITESPACE[after] === 0 &&
    DELIMITER[after] === 0 &&
    keyword !== 'obj' &&
    keyword !== 'xref'
  )
    return false;
  cursor.pos += keyword.length;
  return true;
}

/** An unsigned integer of up to 15 digits, or null. */
export function takeInteger(cursor: Cursor): number | null {
  const start = cursor.pos;
  let value = 0;
  for (let octet = octetAt(cursor); octet >= 0x30 && octet <= 0x39; octet = octetAt(cursor)) {
    value = value * 10 + octet - 0x30;
    cursor.pos += 1;
    if (cursor.pos - start > 15) throw new PdfSyntaxError('number is too long');
  }
  return cursor.pos === start ? null : value;
}

function parseName(cursor: Cursor): PdfValue {
  cursor.pos += 1;
  const start = cursor.pos;
  let escaped = false;
  for (
    let octet = octetAt(cursor);
    octet >= 0 && WHITESPACE[octet] === 0 && DELIMITER[octet] === 0;
    octet = octetAt(cursor)
  ) {
    if (octet === 0x23) escaped = true;
    cursor.pos += 1;
  }
  const raw = Buffer.from(cursor.bytes.buffer, cursor.bytes.byteOffset + start, cursor.pos - start).toString(
    'latin1',
  );
  const value = escaped
    ? raw.replace(/#([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : raw;
  return { kind: 'name', value };
}

/** The value of a hex digit, -1 of anything else. */
export function hexDigit(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Octets of hex digits without any white space, or null where there is some: signatures are written so, and are long. */
function plainHex(bytes: Uint8Array, from: number, to: number): Uint8Array | null {
  const length = to - from;
  if (length < 64 || length % 2 !== 0) return null;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, length).toString('latin1');
  const octets = Buffer.alloc(length / 2);
  // Stops at the first character that is no digit.
  return octets.write(text, 'hex') === octets.length ? new Uint8Array(octets.buffer) : null;
}

function parseHexString(cursor: Cursor): PdfString {
  const start = cursor.pos;
  cursor.pos += 1;
  const close = Buffer.from(cursor.bytes.buffer, cursor.bytes.byteOffset, cursor.end).indexOf(
    0x3e,
    cursor.pos,
  );
  if (close < 0) throw new PdfSyntaxError('hex string is not closed');
  const plain = plainHex(cursor.bytes, cursor.pos, close);
  if (plain !== null) {
    cursor.pos = close + 1;
    return { kind: 'string', bytes: plain, hex: true, start, end: cursor.pos };
  }
  const bytes = new Uint8Array((close - cursor.pos + 1) >> 1);
  let count = 0;
  for (let at = cursor.pos; at < close; at += 1) {
    const octet = cursor.bytes[at] ?? 0;
    const digit = hexDigit(octet);
    if (digit < 0) {
      if (WHITESPACE[octet] === 1) continue;
      throw new PdfSyntaxError('hex string holds another character');
    }
    const index = count >> 1;
    bytes[index] = (count & 1) === 0 ? digit << 4 : (bytes[index] ?? 0) | digit;
    count += 1;
  }
  cursor.pos = close + 1;
  return { kind: 'string', bytes: bytes.subarray(0, (count + 1) >> 1), hex: true, start, end: cursor.pos };
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, f: 12 };

function takeEscape(cursor: Cursor, out: number[]): void {
  const octet = octetAt(cursor);
  if (octet >= 0x30 && octet <= 0x37) {
    let value = 0;
    for (let digits = 0; digits < 3 && octetAt(cursor) >= 0x30 && octetAt(cursor) <= 0x37; digits += 1) {
      value = value * 8 + octetAt(cursor) - 0x30;
      cursor.pos += 1;
    }
    out.push(value & 0xff);
    return;
  }
  cursor.pos += 1;
  if (octet === 13 && octetAt(cursor) === 10) cursor.pos += 1;
  if (octet === 10 || octet === 13) return;
  out.push(ESCAPES[String.fromCharCode(octet)] ?? octet);
}

function parseLiteralString(cursor: Cursor): PdfString {
  const start = cursor.pos;
  cursor.pos += 1;
  const out: number[] = [];
  for (let depth = 1; ; ) {
    const octet = octetAt(cursor);
    if (octet === -1) throw new PdfSyntaxError('string is not closed');
    cursor.pos += 1;
    if (octet === 0x5c) takeEscape(cursor, out);
    else {
      if (octet === 0x28) depth += 1;
      if (octet === 0x29) depth -= 1;
      if (depth === 0) break;
      out.push(octet);
    }
  }
  return { kind: 'string', bytes: Uint8Array.from(out), hex: false, start, end: cursor.pos };
}

function parseArray(cursor: Cursor, depth: number): PdfValue {
  cursor.pos += 1;
  const items: PdfValue[] = [];
  for (;;) {
    skipSpace(cursor);
    if (octetAt(cursor) === 0x5d) break;
    items.push(parseValue(cursor, depth + 1));
  }
  cursor.pos += 1;
  return { kind: 'array', items };
}

function parseDict(cursor: Cursor, depth: number): PdfDict {
  cursor.pos += 2;
  const entries = new Map<string, PdfValue>();
  let repeated = false;
  for (;;) {
    skipSpace(cursor);
    if (octetAt(cursor) === 0x3e && octetAt(cursor, 1) === 0x3e) break;
    if (octetAt(cursor) !== 0x2f) throw new PdfSyntaxError('dictionary key is not a name');
    const key = parseName(cursor) as { value: string };
    skipSpace(cursor);
    const value = parseValue(cursor, depth + 1);
    if (entries.has(key.value)) repeated = true;
    entries.set(key.value, value);
  }
  cursor.pos += 2;
  return { kind: 'dict', entries, repeated };
}

function parseNumberOrRef(cursor: Cursor): PdfValue {
  const start = cursor.pos;
  const first = takeInteger(cursor);
  if (first !== null && octetAt(cursor) !== 0x2e) {
    const afterFirst = cursor.pos;
    skipSpace(cursor);
    const second = cursor.pos > afterFirst ? takeInteger(cursor) : null;
    if (second !== null) {
      const afterSecond = cursor.pos;
      skipSpace(cursor);
      if (cursor.pos > afterSecond && takeKeyword(cursor, 'R'))
        return { kind: 'ref', num: first, gen: second };
    }
    cursor.pos = afterFirst;
    return first;
  }
  cursor.pos = start;
  while (octetAt(cursor) >= 0 && '+-.0123456789'.includes(String.fromCharCode(octetAt(cursor))))
    cursor.pos += 1;
  const raw = Buffer.from(cursor.bytes.subarray(start, cursor.pos)).toString('latin1');
  const value = Number.parseFloat(raw.replace(/^([+-])[+-]+/, '$1'));
  if (cursor.pos === start) throw new PdfSyntaxError('unknown token');
  return Number.isFinite(value) ? value : 0;
}

/** Parses one object at the cursor (white space skipped first). @throws PdfSyntaxError */
export function parseValue(cursor: Cursor, depth = 0): PdfValue {
  if (depth > MAX_DEPTH) throw new PdfSyntaxError('nested too deeply');
  skipSpace(cursor);
  const octet = octetAt(cursor);
  if (octet === -1) throw new PdfSyntaxError('unexpected end');
  if (octet === 0x2f) return parseName(cursor);
  if (octet === 0x28) return parseLiteralString(cursor);
  if (octet === 0x5b) return parseArray(cursor, depth);
  if (octet === 0x3c) return octetAt(cursor, 1) === 0x3c ? parseDict(cursor, depth) : parseHexString(cursor);
  if (takeKeyword(cursor, 'true')) return true;
  if (takeKeyword(cursor, 'false')) return false;
  if (takeKeyword(cursor, 'null')) return null;
  return parseNumberOrRef(cursor);
}

/** An object with its header. */
export interface IndirectObject {
  readonly num: number;
  readonly gen: number;
  readonly value: PdfValue;
  /** Offset just after `endobj` (or after the value when the keyword is missing). */
  readonly end: number;
  /** True when the stream length came from another object, which later revisions may change. */
  readonly indirectLength: boolean;
}

const ENDSTREAM = Buffer.from('endstream');

function streamEnd(cursor: Cursor, start: number, length: number | null): number {
  if (length !== null && start + length <= cursor.end) {
    const probe: Cursor = { bytes: cursor.bytes, pos: start + length, end: cursor.end };
    skipSpace(probe);
    if (takeKeyword(probe, 'endstream')) return start + length;
  }
  const whole = Buffer.from(cursor.bytes.buffer, cursor.bytes.byteOffset, cursor.end);
  const found = whole.indexOf(ENDSTREAM, start);
  if (found < 0) throw new PdfSyntaxError('stream is not closed');
  let end = found;
  if (end > start && whole[end - 1] === 10) end -= 1;
  if (end > start && whole[end - 1] === 13) end -= 1;
  return end;
}

function takeStream(cursor: Cursor, dict: PdfDict, lengthOf: (value: PdfValue) => number | null): PdfStream {
  if (octetAt(cursor) === 13) cursor.pos += 1;
  if (octetAt(cursor) === 10) cursor.pos += 1;
  const start = cursor.pos;
  const end = streamEnd(cursor, start, lengthOf(dict.entries.get('Length') ?? null));
  cursor.pos = end;
  skipSpace(cursor);
  takeKeyword(cursor, 'endstream');
  return { kind: 'stream', dict, raw: cursor.bytes.subarray(start, end) };
}

/**
 * Parses `N G obj … endobj` at an offset.
 * @param lengthOf resolves a stream's /Length.
 * @throws PdfSyntaxError
 */
export function parseIndirect(
  bytes: Uint8Array,
  offset: number,
  end: number,
  lengthOf: (value: PdfValue) => number | null,
): IndirectObject {
  if (!(offset >= 0 && offset < end)) throw new PdfSyntaxError('offset is outside the file');
  const cursor: Cursor = { bytes, pos: offset, end };
  skipSpace(cursor);
  const num = takeInteger(cursor);
  skipSpace(cursor);
  const gen = takeInteger(cursor);
  skipSpace(cursor);
  if (num === null || gen === null || !takeKeyword(cursor, 'obj'))
    throw new PdfSyntaxError('no object at the offset');
  skipSpace(cursor);
  if (takeKeyword(cursor, 'endobj')) return { num, gen, value: null, end: cursor.pos, indirectLength: false };
  let value = parseValue(cursor);
  skipSpace(cursor);
  let indirectLength = false;
  if (typeof value === 'object' && value?.kind === 'dict' && takeKeyword(cursor, 'stream')) {
    const length = value.entries.get('Length');
    indirectLength = typeof length === 'object';
    value = takeStream(cursor, value, lengthOf);
    skipSpace(cursor);
  }
  takeKeyword(cursor, 'endobj');
  return { num, gen, value, end: cursor.pos, indirectLength };
}
