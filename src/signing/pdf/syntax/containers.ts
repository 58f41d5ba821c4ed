/** Object streams (ISO 32000-2 §7.5.7): what lies in them, and what that refers to. */
import { decodeStream } from './filters.ts';
import { type Cursor, PdfSyntaxError, parseValue, skipSpace, takeInteger } from './parse.ts';
import { scanValue } from './references.ts';
import type { PdfStream, PdfValue } from './values.ts';

/** What one object stream holds. */
export interface Contained {
  readonly objects: readonly (readonly [num: number, value: PdfValue])[];
  readonly byNumber: ReadonlyMap<number, PdfValue>;
}

/** Octets that may be read for the objects of one object stream: they stand one after the other, and none is in another. */
function containerRoom(data: Uint8Array): number {
  return 2 * data.length + 1024;
}

/** What the objects of one object stream refer to, one after the other in flat lists. */
export interface ContainerScan {
  /** Object numbers by index. */
  readonly nums: readonly number[];
  /** Where in `references` those of an object begin; one more at the end. */
  readonly starts: readonly number[];
  readonly references: readonly number[];
  /** False where the parser must look. */
  readonly plain: readonly boolean[];
}

/**
 * Reads the references of every object of an object stream (ISO 32000-2 §7.5.7).
 * @param data decoded. @param first value of /First. @param count value of /N.
 * @returns null when its head is not what it should be.
 */
function scanContainer(data: Uint8Array, first: number, count: number): ContainerScan | null {
  const head: Cursor = { bytes: data, pos: 0, end: Math.min(first, data.length) };
  let room = containerRoom(data);
  const scan = { nums: [] as number[], starts: [0], references: [] as number[], plain: [] as boolean[] };
  try {
    for (let index = 0; index < count; index += 1) {
      skipSpace(head);
      const num = takeInteger(head);
      skipSpace(head);
      const offset = takeInteger(head);
      if (num === null || offset === null) return null;
      const cursor = { bytes: data, pos: first + offset, end: data.length };
      scan.nums.push(num);
      scan.plain.push(scanPlain(cursor, scan.references));
      room -= cursor.pos - first - offset;
      if (room < 0) return null;
      scan.starts.push(scan.references.length);
    }
    return scan;
  } catch (error) {
    if (error instanceof PdfSyntaxError) return null;
    throw error;
  }
}

function scanPlain(cursor: Cursor, into: number[]): boolean {
  try {
    return scanValue(cursor, 0, into);
  } catch (error) {
    if (error instanceof PdfSyntaxError) return false;
    throw error;
  }
}

/** Objects in one object stream. */
const MAX_CONTAINED = 1_000_000;

function readContainer(stream: PdfStream): (readonly [number, PdfValue])[] {
  const data = decodeStream(stream);
  const first = stream.dict.entries.get('First');
  const count = stream.dict.entries.get('N');
  if (typeof first !== 'number' || typeof count !== 'number' || count > MAX_CONTAINED)
    throw new PdfSyntaxError('bad object stream');
  const head = { bytes: data, pos: 0, end: Math.min(first, data.length) };
  const objects: (readonly [number, PdfValue])[] = [];
  let room = containerRoom(data);
  for (let index = 0; index < count; index += 1) {
    const num = parseValue(head);
    const offset = parseValue(head);
    if (typeof num !== 'number' || typeof offset !== 'number') throw new PdfSyntaxError('bad object stream');
    const cursor = { bytes: data, pos: first + offset, end: data.length };
    objects.push([num, parseValue(cursor)]);
    room -= cursor.pos - first - offset;
    if (room < 0) throw new PdfSyntaxError('objects of an object stream overlap');
  }
  return objects;
}

/** Everything in an object stream; null when it is not one. */
export function openContainer(stream: PdfStream): Contained | null {
  try {
    const objects = readContainer(stream);
    const byNumber = new Map(objects);
    // One number twice: readers take the first, the last, or the one at the index of the cross-reference.
    if (byNumber.size < objects.length) return null;
    return { objects, byNumber };
  } catch (error) {
    if (error instanceof PdfSyntaxError) return null;
    throw error;
  }
}

/** What the objects of an object stream refer to; null when it is not plain enough. */
export function scanStream(stream: PdfStream): ContainerScan | null {
  const first = stream.dict.entries.get('First');
  const count = stream.dict.entries.get('N');
  if (typeof first !== 'number' || typeof count !== 'number' || count > MAX_CONTAINED) return null;
  try {
    return scanContainer(decodeStream(stream), first, count);
  } catch (error) {
    if (error instanceof PdfSyntaxError) return null;
    throw error;
  }
}
