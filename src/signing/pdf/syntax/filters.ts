/** Stream filters (ISO 32000-2 §7.4): those that structure and page text use, with a bound on the output. */
import { constants, inflateSync } from 'node:zlib';
import { PdfSyntaxError } from './parse.ts';
import { isArray, isDict, isName, type PdfDict, type PdfStream, type PdfValue } from './values.ts';

/** Default bound of one decoded stream: 64 MiB. */
const MAX_DECODED = 64 * 1024 * 1024;

function inflate(data: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return inflateSync(data, { maxOutputLength: maxBytes, finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    throw new PdfSyntaxError('FlateDecode data is damaged or too large', { cause: error });
  }
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** What one filter type adds to each octet of a row, given what is left of it, above it, and above left. */
const GUESSES: readonly ((left: number, up: number, corner: number) => number)[] = [
  () => 0,
  (left) => left,
  (_left, up) => up,
  (left, up) => (left + up) >> 1,
  paeth,
];

/**
 * Undoes PNG row filters (RFC 2083 §6), as PDF predictors 10–15 and PNG files use them.
 * @param rowBytes octets of a row without its filter octet. @param step octets of one pixel, at least 1.
 */
export function undoPngFilter(data: Uint8Array, rowBytes: number, step: number): Uint8Array {
  const rows = Math.floor(data.length / (rowBytes + 1));
  const out = new Uint8Array(rows * rowBytes);
  for (let row = 0; row < rows; row += 1) {
    const source = row * (rowBytes + 1) + 1;
    const target = row * rowBytes;
    const guess = GUESSES[data[source - 1] ?? 0];
    if (guess === undefined || guess === GUESSES[0]) {
      out.set(data.subarray(source, source + rowBytes), target);
      continue;
    }
    for (let at = 0; at < rowBytes; at += 1) {
      const left = at >= step ? (out[target + at - step] as number) : 0;
      const up = row > 0 ? (out[target + at - rowBytes] as number) : 0;
      const corner = row > 0 && at >= step ? (out[target + at - rowBytes - step] as number) : 0;
      out[target + at] = (data[source + at] as number) + guess(left, up, corner);
    }
  }
  return out;
}

function undoPredictor(data: Uint8Array, parameters: PdfDict | null): Uint8Array {
  const number = (key: string, fallback: number): number => {
    const value = parameters?.entries.get(key);
    return typeof value === 'number' && value > 0 && value < 65_536 ? Math.floor(value) : fallback;
  };
  const predictor = number('Predictor', 1);
  if (predictor === 1) return data;
  const bits = number('Colors', 1) * number('BitsPerComponent', 8);
  const rowBytes = Math.ceil((bits * number('Columns', 1)) / 8);
  if (predictor >= 10) return undoPngFilter(data, rowBytes, Math.max(1, bits >> 3));
  throw new PdfSyntaxError('TIFF predictor is not supported');
}

function asciiHex(data: Uint8Array): Uint8Array {
  const digits =
    Buffer.from(data)
      .toString('latin1')
      .split('>')[0]
      ?.replace(/[^0-9a-fA-F]/g, '') ?? '';
  return new Uint8Array(Buffer.from(digits.length % 2 === 0 ? digits : `${digits}0`, 'hex'));
}

function ascii85(data: Uint8Array): Uint8Array {
  const body =
    Buffer.from(data).toString('latin1').split('~>')[0]?.replace(/\s/g, '').replace(/z/g, '!!!!!') ?? '';
  const out: number[] = [];
  for (let at = 0; at < body.length; at += 5) {
    const group = body.slice(at, at + 5);
    const value = [...group.padEnd(5, 'u')].reduce(
      (sum, character) => sum * 85 + character.charCodeAt(0) - 33,
      0,
    );
    const bytes = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) & 0xff);
    out.push(...bytes.slice(0, group.length - 1));
  }
  return Uint8Array.from(out);
}

function list(value: PdfValue | undefined): readonly PdfValue[] {
  if (value === undefined || value === null) return [];
  return isArray(value) ? value.items : [value];
}

/**
 * Decodes a stream whose filters are written directly in its dictionary.
 * @throws PdfSyntaxError for damaged data, an unknown filter, or more than `maxBytes`.
 */
export function decodeStream(stream: PdfStream, maxBytes = MAX_DECODED): Uint8Array {
  const { entries } = stream.dict;
  const filters = list(entries.get('Filter') ?? entries.get('F'));
  const parameters = list(entries.get('DecodeParms') ?? entries.get('DP'));
  let data = stream.raw;
  if (filters.length > 8) throw new PdfSyntaxError('too many filters');
  for (const [index, filter] of filters.entries()) {
    const own = parameters[index];
    if (isName(filter, 'FlateDecode') || isName(filter, 'Fl'))
      data = undoPredictor(inflate(data, maxBytes), isDict(own) ? own : null);
    else if (isName(filter, 'ASCIIHexDecode') || isName(filter, 'AHx')) data = asciiHex(data);
    else if (isName(filter, 'ASCII85Decode') || isName(filter, 'A85')) data = ascii85(data);
    else throw new PdfSyntaxError('unsupported stream filter');
  }
  return data;
}
