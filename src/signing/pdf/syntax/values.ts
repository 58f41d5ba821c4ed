/** PDF objects as values (ISO 32000-2 §7.3), with the byte positions that signatures care about. */

export interface PdfName {
  readonly kind: 'name';
  /** Decoded, without the slash. */
  readonly value: string;
}

export interface PdfString {
  readonly kind: 'string';
  readonly bytes: Uint8Array;
  readonly hex: boolean;
  /** Offsets of the opening delimiter and just after the closing one, in the buffer it was parsed from. */
  readonly start: number;
  readonly end: number;
}

export interface PdfRef {
  readonly kind: 'ref';
  readonly num: number;
  readonly gen: number;
}

export interface PdfArray {
  readonly kind: 'array';
  readonly items: readonly PdfValue[];
}

export interface PdfDict {
  readonly kind: 'dict';
  readonly entries: ReadonlyMap<string, PdfValue>;
  /** True when a key was written twice: readers disagree on which one counts. */
  readonly repeated: boolean;
}

export interface PdfStream {
  readonly kind: 'stream';
  readonly dict: PdfDict;
  /** Encoded octets. */
  readonly raw: Uint8Array;
}

/** Any PDF object. */
export type PdfValue =
  | null
  | boolean
  | number
  | PdfName
  | PdfString
  | PdfRef
  | PdfArray
  | PdfDict
  | PdfStream;

/** Makes a name. */
export function name(value: string): PdfName {
  return { kind: 'name', value };
}

/** Makes a reference, generation 0. */
export function ref(num: number, gen = 0): PdfRef {
  return { kind: 'ref', num, gen };
}

/** Makes an array. */
export function array(...items: readonly PdfValue[]): PdfArray {
  return { kind: 'array', items };
}

/** Makes a dictionary, dropping `undefined` entries and keeping the order given. */
export function dict(entries: Readonly<Record<string, PdfValue | undefined>>): PdfDict {
  const kept = Object.entries(entries).filter((entry): entry is [string, PdfValue] => entry[1] !== undefined);
  return { kind: 'dict', entries: new Map(kept), repeated: false };
}

/** Copy of a dictionary with some entries replaced or, for `undefined`, removed. */
export function withEntries(base: PdfDict, changes: Readonly<Record<string, PdfValue | undefined>>): PdfDict {
  const entries = new Map(base.entries);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) entries.delete(key);
    else entries.set(key, value);
  }
  return { kind: 'dict', entries, repeated: false };
}

/** Makes a stream; /Length is written by the writer. */
export function stream(entries: Readonly<Record<string, PdfValue | undefined>>, raw: Uint8Array): PdfStream {
  return { kind: 'stream', dict: dict(entries), raw };
}

/** Makes a literal string from raw octets. */
export function octets(bytes: Uint8Array): PdfString {
  return { kind: 'string', bytes, hex: false, start: 0, end: 0 };
}

/** Makes a text string: ASCII as is, anything else as UTF-16BE with its mark (ISO 32000-2 §7.9.2.2). */
export function text(value: string): PdfString {
  if (/^[\x20-\x7e]*$/.test(value)) return octets(new Uint8Array(Buffer.from(value, 'latin1')));
  const body = Buffer.from(value, 'utf16le').swap16();
  return octets(new Uint8Array(Buffer.concat([Buffer.from([0xfe, 0xff]), body])));
}

/** Decodes a text string: UTF-16BE or UTF-8 by its mark, else as Latin-1. */
export function decodeText(value: PdfString): string {
  const bytes = Buffer.from(value.bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    const body = bytes.subarray(2, 2 + Math.floor((bytes.length - 2) / 2) * 2);
    return Buffer.from(body).swap16().toString('utf16le');
  }
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.subarray(3).toString('utf8');
  return bytes.toString('latin1');
}

function kindOf(value: PdfValue | undefined): string {
  return typeof value === 'object' && value !== null ? value.kind : 'other';
}

export function isRef(value: PdfValue | undefined): value is PdfRef {
  return kindOf(value) === 'ref';
}

export function isDict(value: PdfValue | undefined): value is PdfDict {
  return kindOf(value) === 'dict';
}

export function isArray(value: PdfValue | undefined): value is PdfArray {
  return kindOf(value) === 'array';
}

export function isStream(value: PdfValue | undefined): value is PdfStream {
  return kindOf(value) === 'stream';
}

export function isString(value: PdfValue | undefined): value is PdfString {
  return kindOf(value) === 'string';
}

/** True for a name, and for exactly this one when `value` is given. */
export function isName(candidate: PdfValue | undefined, value?: string): candidate is PdfName {
  return kindOf(candidate) === 'name' && (value === undefined || (candidate as PdfName).value === value);
}
