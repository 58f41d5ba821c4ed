import { OcrError } from '../errors.ts';

/** A PNG taken apart so that its pixels can go into a PDF as they are (ISO 32000-1 §7.4.4.4). */
export interface PngStream {
  width: number;
  height: number;
  bits: number;
  /** Samples per pixel of the stored rows: 1 grey or palette, 3 RGB. */
  colors: 1 | 3;
  /** RGB triples of the palette, when there is one. */
  palette: Uint8Array | null;
  /** Concatenated IDAT: zlib data with PNG predictors. */
  data: Uint8Array;
}

const GREY = 0;
const RGB = 2;
const PALETTE = 3;

/**
 * Takes the chunks a PDF can carry unchanged.
 * @returns `null` when the PNG has alpha, transparency, interlacing or 16 bits: those are re-encoded first
 */
export function splitPng(bytes: Uint8Array): PngStream | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let header: { width: number; height: number; bits: number; type: number } | null = null;
  let palette: Uint8Array | null = null;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (body.length < length) throw new OcrError('OCR_DAMAGED_FILE', { reason: 'PNG cut short' });
    if (kind === 'IHDR') {
      const interlaced = body[12] !== 0;
      if (interlaced) return null;
      header = {
        width: view.getUint32(at + 8),
        height: view.getUint32(at + 12),
        bits: body[8] ?? 0,
        type: body[9] ?? 0,
      };
    } else if (kind === 'PLTE') palette = body.slice();
    else if (kind === 'tRNS') return null;
    else if (kind === 'IDAT') parts.push(body);
    else if (kind === 'IEND') break;
    at += length + 12;
  }
  if (!header || header.bits === 16 || ![GREY, RGB, PALETTE].includes(header.type)) return null;
  if (header.type === PALETTE && !palette) return null;
  const { width, height, bits, type } = header;
  return {
    width,
    height,
    bits,
    colors: type === RGB ? 3 : 1,
    palette: type === PALETTE ? palette : null,
    data: Buffer.concat(parts),
  };
}
