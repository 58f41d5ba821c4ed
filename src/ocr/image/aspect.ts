/** Pictures whose pixels are no squares: a fax of 204 × 98 dots per inch shows every row once, and means it twice. */
import { FileBytes, openStreamFile } from '../file-octets.ts';
import { readDirectory, TAG, type TiffOctets } from './tiff/directory.ts';

/** Fax machines have 204 × 98 and 204 × 196; what differs less is rounding, what differs more is no resolution. */
const UNEVEN = { least: 1.03, most: 2.6 };

interface Resolution {
  x: number;
  y: number;
}

interface Size {
  width: number;
  height: number;
}

function uint(octets: TiffOctets, at: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (octets.peekAt(at + i) ?? 0);
  return value;
}

function isText(octets: TiffOctets, at: number, text: string): boolean {
  return [...text].every((letter, i) => octets.peekAt(at + i) === letter.charCodeAt(0));
}

/** Density of the JFIF header, which stands first where there is one. */
function jpegResolution(octets: TiffOctets): Resolution | null {
  if (uint(octets, 2, 2) !== 0xffe0 || !isText(octets, 6, 'JFIF\0')) return null;
  return { x: uint(octets, 14, 2), y: uint(octets, 16, 2) };
}

function tiffResolution(octets: TiffOctets): Resolution | null {
  try {
    const page = readDirectory(octets, 0);
    return { x: page.one(TAG.xResolution), y: page.one(TAG.yResolution) };
  } catch {
    // An offset beyond the file: square pixels are the rule.
    return null;
  }
}

/** Chunks looked at for `pHYs`, which stands before the pixels. */
const MAX_CHUNKS = 40;

function pngResolution(octets: TiffOctets): Resolution | null {
  for (let at = 8, i = 0; i < MAX_CHUNKS; i++) {
    if (isText(octets, at + 4, 'pHYs')) return { x: uint(octets, at + 8, 4), y: uint(octets, at + 12, 4) };
    if (isText(octets, at + 4, 'IDAT') || octets.peekAt(at + 7) === undefined) return null;
    at += 12 + uint(octets, at, 4);
  }
  return null;
}

/** The size a picture of that resolution has once its pixels are squares; `null` when they are already. */
export function squareSizeAt({ x, y }: Resolution, { width, height }: Size): Size | null {
  if (!(x > 0) || !(y > 0)) return null;
  const ratio = Math.max(x, y) / Math.min(x, y);
  if (ratio < UNEVEN.least || ratio > UNEVEN.most) return null;
  return x > y ? { width, height: Math.round(height * ratio) } : { width: Math.round(width * ratio), height };
}

/**
 * The size a picture, or the first page of a TIFF, has once its pixels are squares, the coarser side stretched; `null`
 * when they are already.
 */
export function squareSize(path: string, format: 'jpeg' | 'png' | 'tiff', size: Size): Size | null {
  const file = openStreamFile(path);
  try {
    const octets = new FileBytes(file);
    const found =
      format === 'tiff'
        ? tiffResolution(octets)
        : format === 'jpeg'
          ? jpegResolution(octets)
          : pngResolution(octets);
    return found && squareSizeAt(found, size);
  } finally {
    file.close();
  }
}
