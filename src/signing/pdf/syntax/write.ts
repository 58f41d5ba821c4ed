/** Serialises objects and appends them to a file as one incremental update (ISO 32000-2 §7.5.6). Old octets never move. */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { encryptObject } from '../encryption/cipher.ts';
import type { PdfDocument } from './document.ts';
import {
  array,
  isArray,
  isString,
  name,
  octets,
  type PdfDict,
  type PdfString,
  type PdfValue,
  ref,
  withEntries,
} from './values.ts';

function writeNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  // As exactly as it was read: an object written again must say what it said before. PDF knows no exponents.
  const shortest = String(value);
  return shortest.includes('e') ? value.toFixed(10).replace(/\.?0+$/, '') : shortest;
}

function writeName(value: string): string {
  let out = '/';
  for (const character of Buffer.from(value, 'latin1').toString('latin1')) {
    const code = character.charCodeAt(0);
    const plain = code > 0x20 && code < 0x7f && !'()<>[]{}/%#'.includes(character);
    out += plain ? character : `#${code.toString(16).padStart(2, '0')}`;
  }
  return out;
}

function writeString(value: PdfString): string {
  const raw = Buffer.from(value.bytes);
  if (value.hex) return `<${raw.toString('hex')}>`;
  const escaped = raw
    .toString('latin1')
    .replace(/[\\()]/g, '\\$&')
    .replace(/\r/g, '\\r')
    .replace(/\n/g, '\\n');
  return `(${escaped})`;
}

/** Latin-1 text of any object but a stream. */
export function serialize(value: PdfValue): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value === 'boolean') return String(value);
  if (value.kind === 'name') return writeName(value.value);
  if (value.kind === 'ref') return `${value.num} ${value.gen} R`;
  if (value.kind === 'string') return writeString(value);
  if (value.kind === 'array') return `[${value.items.map(serialize).join(' ')}]`;
  if (value.kind === 'stream') throw new TypeError('a stream is only written as an object of its own');
  return `<<${[...value.entries].map(([key, entry]) => `${writeName(key)} ${serialize(entry)}`).join('\n')}>>`;
}

function objectBytes(num: number, gen: number, value: PdfValue): Buffer {
  const head = `${num} ${gen} obj\n`;
  if (typeof value === 'object' && value?.kind === 'stream') {
    const dictionary = serialize(withEntries(value.dict, { Length: value.raw.length }));
    return Buffer.concat([
      Buffer.from(`${head}${dictionary}\nstream\n`, 'latin1'),
      value.raw,
      Buffer.from('\nendstream\nendobj\n'),
    ]);
  }
  return Buffer.from(`${head}${serialize(value)}\nendobj\n`, 'latin1');
}

/** Objects to write, by number. */
export type ObjectChanges = ReadonlyMap<number, PdfValue>;

/** An update ready to be appended. */
export interface IncrementalUpdate {
  /** What comes after the old file. */
  readonly bytes: Buffer;
  /** Offset of each object within `bytes`. */
  readonly offsets: ReadonlyMap<number, number>;
}

function generationOf(document: PdfDocument, num: number): number {
  const entry = document.entries.get(num);
  return entry?.type === 'offset' ? entry.gen : 0;
}

/** The first object number not in use. */
export function nextObjectNumber(document: PdfDocument): number {
  const size = document.trailer.entries.get('Size');
  let next = typeof size === 'number' ? size : 1;
  for (const num of document.entries.keys()) if (num >= next) next = num + 1;
  return Math.max(next, highestReference(document.trailer) + 1);
}

/** Trailers of some writers point at objects that are not there: a new object must not become what they point at. */
function highestReference(value: PdfValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (value.kind === 'ref') return value.num;
  if (value.kind === 'array') return Math.max(0, ...value.items.map(highestReference));
  return value.kind === 'dict' ? Math.max(0, ...[...value.entries.values()].map(highestReference)) : 0;
}

function fileIdentifier(document: PdfDocument, update: Buffer): PdfValue {
  const old = document.trailer.entries.get('ID');
  const fresh: PdfString = {
    ...octets(new Uint8Array(createHash('sha256').update(update).digest().subarray(0, 16))),
    hex: true,
  };
  const first = isArray(old) && isString(old.items[0]) ? { ...old.items[0], hex: true } : fresh;
  return array(first, fresh);
}

function encrypted(document: PdfDocument, num: number, gen: number, value: PdfValue): PdfValue {
  return document.cipher === null ? value : encryptObject(document.cipher, num, gen, value);
}

interface Row {
  readonly num: number;
  readonly gen: number;
  readonly offset: number;
}

function runs(rows: readonly Row[]): Row[][] {
  const groups: Row[][] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    if (last !== undefined && last.at(-1)?.num === row.num - 1) last.push(row);
    else groups.push([row]);
  }
  return groups;
}

function tableSection(rows: readonly Row[], trailer: PdfDict): Buffer {
  let out = 'xref\n';
  for (const group of runs(rows)) {
    out += `${group[0]?.num} ${group.length}\n`;
    for (const row of group)
      out += `${String(row.offset).padStart(10, '0')} ${String(row.gen).padStart(5, '0')} n\r\n`;
  }
  return Buffer.from(`${out}trailer\n${serialize(trailer)}\n`, 'latin1');
}

function streamSection(num: number, rows: readonly Row[], trailer: PdfDict): Buffer {
  const body = Buffer.alloc(rows.length * 8);
  for (const [index, row] of rows.entries()) {
    body.writeUInt8(1, index * 8);
    body.writeUIntBE(row.offset, index * 8 + 1, 5);
    body.writeUInt16BE(row.gen, index * 8 + 6);
  }
  const index = runs(rows).flatMap((group) => [group[0]?.num ?? 0, group.length]);
  const dictionary = withEntries(trailer, {
    Type: name('XRef'),
    W: array(1, 5, 2),
    Index: array(...index),
    Filter: name('FlateDecode'),
  });
  return objectBytes(num, 0, { kind: 'stream', dict: dictionary, raw: deflateSync(body) });
}

/** What belongs to one cross-reference section. All else in a trailer speaks of the document, and goes with it. */
const SECTION_KEYS: ReadonlySet<string> = new Set([
  ...['Size', 'Prev', 'XRefStm', 'ID'],
  ...['Type', 'W', 'Index', 'Filter', 'DecodeParms', 'Length', 'F', 'FFilter', 'FDecodeParms', 'DL'],
]);

function newTrailer(document: PdfDocument, size: number, update: Buffer): PdfDict {
  const kept: Record<string, PdfValue> = { Size: size };
  for (const [key, value] of document.trailer.entries) if (!SECTION_KEYS.has(key)) kept[key] = value;
  kept['ID'] = fileIdentifier(document, update);
  kept['Prev'] = document.startXref;
  return { kind: 'dict', entries: new Map(Object.entries(kept)), repeated: false };
}

/**
 * Builds an update in the form (table or stream) of the newest section of the file.
 * @param changes objects by number; numbers from `nextObjectNumber` on are new.
 */
export function buildUpdate(document: PdfDocument, changes: ObjectChanges): IncrementalUpdate {
  const parts: Buffer[] = [];
  const offsets = new Map<number, number>();
  const rows: Row[] = [];
  const base = document.bytes.length;
  const last = document.bytes[base - 1];
  let length = 0;
  const push = (part: Buffer): void => {
    parts.push(part);
    length += part.length;
  };
  if (last !== 10 && last !== 13) push(Buffer.from('\n'));
  for (const [num, value] of [...changes].sort(([a], [b]) => a - b)) {
    const gen = generationOf(document, num);
    offsets.set(num, length);
    rows.push({ num, gen, offset: base + length });
    push(objectBytes(num, gen, encrypted(document, num, gen, value)));
  }
  const start = base + length;
  const next = Math.max(nextObjectNumber(document), ...[...changes.keys()].map((num) => num + 1));
  const content = Buffer.concat(parts);
  if (document.sections[0]?.form === 'stream') {
    rows.push({ num: next, gen: 0, offset: start });
    push(streamSection(next, rows, newTrailer(document, next + 1, content)));
  } else push(tableSection(rows, newTrailer(document, next, content)));
  push(Buffer.from(`startxref\n${start}\n%%EOF\n`));
  return { bytes: Buffer.concat(parts), offsets };
}

/** A new reference to be given to an object of the update. */
export function allocate(counter: { next: number }): ReturnType<typeof ref> {
  const made = ref(counter.next);
  counter.next += 1;
  return made;
}
