import { OcrError } from '../../errors.ts';

/** A PNG taken apart so that its pixels can go into a PDF as they are (ISO 32000-1 §7.4.4.4). */
export interface PngStream {
  width: number;
  height: number;
  bits: number;
  /** Samples per pixel of the stored rows: 1 grey or palette, 3 RGB. */
  colors: 1 | 3;
  /** The colours samples name: as they show on white paper where the file wants them seen through. */
  palette: { channels: 1 | 3; colours: Uint8Array } | null;
  /** Concatenated IDAT: zlib data with PNG predictors. */
  data: Uint8Array;
}

const GREY = 0;
const RGB = 2;
const PALETTE = 3;

/**
 * Takes the chunks a PDF can carry unchanged.
 * @returns `null` when the PNG has alpha, a transparent RGB colour, interlacing or 16 bits: those are re-encoded first
 */
export function splitPng(bytes: Uint8Array): PngStream | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let header: { width: number; height: number; bits: number; type: number } | null = null;
  let palette: Uint8Array | null = null;
  let transparency: Uint8Array | null = null;
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
    else if (kind === 'tRNS') transparency = body.slice();
    else if (kind === 'IDAT') parts.push(body);
    else if (kind === 'IEND') break;
    at += length + 12;
  }
  if (!header || header.bits === 16 || ![GREY, RGB, PALETTE].includes(header.type)) return null;
  const { width, height, bits, type } = header;
  if (type === PALETTE && !palette) return null;
  if (type === RGB && transparency) return null;
  return {
    width,
    height,
    bits,
    colors: type === RGB ? 3 : 1,
    palette:
      type === PALETTE && palette
        ? { channels: 3, colours: onPaper(palette, transparency) }
        : type === GREY && transparency
          ? { channels: 1, colours: greyRamp(bits, transparency) }
          : null,
    data: Buffer.concat(parts),
  };
}

/** Colours of a palette as white paper shines through them: `alpha` 0 is paper alone. */
function onPaper(palette: Uint8Array, alpha: Uint8Array | null): Uint8Array {
  if (!alpha) return palette;
  return palette.map((level, i) => {
    const share = alpha[Math.floor(i / 3)] ?? 255;
    return Math.round((level * share + 255 * (255 - share)) / 255);
  });
}

/** All levels of a grey picture, the transparent one white. */
function greyRamp(bits: number, transparency: Uint8Array): Uint8Array {
  const most = (1 << bits) - 1;
  const clear = ((transparency[0] ?? 0) << 8) | (transparency[1] ?? 0);
  return Uint8Array.from({ length: most + 1 }, (_, level) => (level === clear ? 255 : (255 * level) / most));
}
