/**
 * What an object refers to, read off its octets without making values of them: walking a file of a million objects costs no
 * memory. Whatever is not plain syntax is left to the parser, and both see at least the same references.
 */
import {
  type Cursor,
  hexDigit,
  isRegular,
  isWhiteSpace,
  octetAt,
  PdfSyntaxError,
  skipSpace,
  takeInteger,
  takeKeyword,
} from './parse.ts';

/** As deep as the parser goes. */
const MAX_DEPTH = 100;

function skipName(cursor: Cursor): void {
  cursor.pos += 1;
  while (isRegular(octetAt(cursor))) cursor.pos += 1;
}

function skipLiteral(cursor: Cursor): boolean {
  cursor.pos += 1;
  for (let depth = 1; depth > 0; ) {
    const octet = octetAt(cursor);
    if (octet === -1) return false;
    cursor.pos += octet === 0x5c ? 2 : 1;
    if (octet === 0x28) depth += 1;
    if (octet === 0x29) depth -= 1;
  }
  return true;
}

/** 1 for what may stand in a hexadecimal string. */
const IN_HEX = Uint8Array.from({ length: 256 }, (_, octet) =>
  hexDigit(octet) >= 0 || isWhiteSpace(octet) ? 1 : 0,
);

/** Signatures are such strings, tens of kilobytes of them: looked through in one go. */
function skipHex(cursor: Cursor): boolean {
  const { bytes, end } = cursor;
  let pos = cursor.pos + 1;
  while (pos < end && IN_HEX[bytes[pos] ?? 0] === 1) pos += 1;
  if (pos >= end || bytes[pos] !== 0x3e) return false;
  cursor.pos = pos + 1;
  return true;
}

function scanArray(cursor: Cursor, depth: number, into: number[]): boolean {
  cursor.pos += 1;
  for (;;) {
    skipSpace(cursor);
    if (octetAt(cursor) === 0x5d) break;
    if (!scanValue(cursor, depth + 1, into)) return false;
  }
  cursor.pos += 1;
  return true;
}

function scanDict(cursor: Cursor, depth: number, into: number[]): boolean {
  cursor.pos += 2;
  for (;;) {
    skipSpace(cursor);
    if (octetAt(cursor) === 0x3e && octetAt(cursor, 1) === 0x3e) break;
    if (octetAt(cursor) !== 0x2f) return false;
    skipName(cursor);
    if (!scanValue(cursor, depth + 1, into)) return false;
  }
  cursor.pos += 2;
  return true;
}

function scanNumber(cursor: Cursor, into: number[]): boolean {
  const start = cursor.pos;
  const first = takeInteger(cursor);
  if (first !== null && octetAt(cursor) !== 0x2e) {
    const afterFirst = cursor.pos;
    skipSpace(cursor);
    const isSecond = cursor.pos > afterFirst && takeInteger(cursor) !== null;
    const afterSecond = cursor.pos;
    if (isSecond) skipSpace(cursor);
    if (isSecond && cursor.pos > afterSecond && takeKeyword(cursor, 'R')) into.push(first);
    else cursor.pos = afterFirst;
    return true;
  }
  cursor.pos = start;
  for (let octet = octetAt(cursor); isNumeric(octet); octet = octetAt(cursor)) cursor.pos += 1;
  return cursor.pos > start;
}

/** One of `+-.0123456789`. */
function isNumeric(octet: number): boolean {
  return (octet >= 0x30 && octet <= 0x39) || octet === 0x2b || octet === 0x2d || octet === 0x2e;
}

/**
 * Moves past one value, noting what it refers to.
 * @returns false where the parser must look.
 * @throws PdfSyntaxError likewise
 */
export function scanValue(cursor: Cursor, depth: number, into: number[]): boolean {
  if (depth > MAX_DEPTH) return false;
  skipSpace(cursor);
  const octet = octetAt(cursor);
  if (octet === 0x2f) {
    skipName(cursor);
    return true;
  }
  if (octet === 0x28) return skipLiteral(cursor);
  if (octet === 0x5b) return scanArray(cursor, depth, into);
  if (octet === 0x3c) return octetAt(cursor, 1) === 0x3c ? scanDict(cursor, depth, into) : skipHex(cursor);
  if (octet === 0x74 || octet === 0x66 || octet === 0x6e)
    return ['true', 'false', 'null'].some((keyword) => takeKeyword(cursor, keyword));
  return octet !== -1 && scanNumber(cursor, into);
}

/** An object that was read off. */
export interface ScannedObject {
  /**
   * Numbers of the objects it refers to, in the order of its octets; of a stream, those of its dictionary. Values under a
   * key that is repeated all count.
   */
  readonly references: readonly number[];
  /** Offset behind its value. */
  readonly end: number;
}

/** Reads off `num 0 obj` at an offset. @returns null when it is not that object, or not plain syntax. */
export function scanObject(
  bytes: Uint8Array,
  offset: number,
  end: number,
  num: number,
): ScannedObject | null {
  if (!(offset >= 0 && offset < end)) return null;
  const cursor: Cursor = { bytes, pos: offset, end };
  try {
    skipSpace(cursor);
    if (takeInteger(cursor) !== num) return null;
    skipSpace(cursor);
    if (takeInteger(cursor) === null) return null;
    skipSpace(cursor);
    if (!takeKeyword(cursor, 'obj')) return null;
    skipSpace(cursor);
    const references: number[] = [];
    const isRead = takeKeyword(cursor, 'endobj') || scanValue(cursor, 0, references);
    return isRead ? { references, end: cursor.pos } : null;
  } catch (error) {
    if (error instanceof PdfSyntaxError) return null;
    throw error;
  }
}
