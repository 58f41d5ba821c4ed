/** JPEG strips and tiles of a TIFF page (TIFF Technical Note 2), taken out as they are: no second loss. */
import { TAG, type TiffDirectory, type TiffOctets } from './directory.ts';

/** One strip or tile as a JPEG file of its own. */
export interface JpegPart {
  bytes: Uint8Array;
  width: number;
  height: number;
}

/** The picture a page consists of, in parts of equal size: row by row, from the left. */
export interface JpegParts {
  width: number;
  height: number;
  /** Parts side by side; the last ones of rows and columns may reach beyond the picture. */
  across: number;
  components: 1 | 3 | 4;
  /** The three components are YCbCr; otherwise RGB, grey or CMYK. */
  isYcc: boolean;
  parts: JpegPart[];
}

const JPEG = 7;
/** What the shared tables, put into each part, may come to. */
const MOST_TABLE_BYTES = 64 * 1024 * 1024;
const [BLACK_IS_ZERO, RGB, CMYK, YCBCR] = [1, 2, 5, 6];

/** A whole JPEG: the shared tables, then the part, each without the markers in between. */
function withTables(part: Uint8Array, tables: readonly number[]): Uint8Array {
  if (tables.length < 4) return part;
  return Buffer.concat([part.subarray(0, 2), Uint8Array.from(tables.slice(2, -2)), part.subarray(2)]);
}

/**
 * Takes the JPEG parts of a page out of a TIFF.
 * @returns `null` when the page is not compressed so, or its directory is not sound: it is decoded then
 */
export function jpegParts(octets: TiffOctets, page: TiffDirectory): JpegParts | null {
  try {
    return readParts(octets, page);
  } catch {
    // An offset beyond the file: the decoder will say what is wrong with it.
    return null;
  }
}

function isUsual(page: TiffDirectory): boolean {
  const photometric = page.one(TAG.photometric);
  const components = page.one(TAG.components, 1);
  return (
    page.one(TAG.compression) === JPEG &&
    page.all(TAG.bits).every((bits) => bits === 8) &&
    page.one(TAG.planes, 1) === 1 &&
    ((components === 1 && photometric === BLACK_IS_ZERO) ||
      (components === 3 && (photometric === RGB || photometric === YCBCR)) ||
      (components === 4 && photometric === CMYK))
  );
}

function readParts(octets: TiffOctets, page: TiffDirectory): JpegParts | null {
  if (!isUsual(page)) return null;
  const [width, height] = [page.one(TAG.width), page.one(TAG.height)];
  const tiled = page.has(TAG.tileWidth);
  const partWidth = tiled ? page.one(TAG.tileWidth) : width;
  const partHeight = tiled ? page.one(TAG.tileHeight) : Math.min(height, page.one(TAG.rowsPerStrip, height));
  if (!(width > 0 && height > 0 && partWidth > 0 && partHeight > 0)) return null;
  const across = Math.ceil(width / partWidth);
  const offsets = page.all(tiled ? TAG.tileOffsets : TAG.stripOffsets);
  const lengths = page.all(tiled ? TAG.tileLengths : TAG.stripLengths);
  if (offsets.length !== across * Math.ceil(height / partHeight) || lengths.length !== offsets.length)
    return null;
  const tables = page.all(TAG.jpegTables);
  // There, but not to be read here: without them a part shows nothing.
  if (page.has(TAG.jpegTables) && tables.length < 4) return null;
  // Parts that lie over one another would be read again and again.
  const total = lengths.reduce((sum, length) => sum + length, lengths.length * tables.length);
  if (total > octets.size + MOST_TABLE_BYTES) return null;
  const parts = offsets.map((offset, i) => {
    const part = octets.slice(offset, offset + (lengths[i] as number));
    if (part[0] !== 0xff || part[1] !== 0xd8) throw new RangeError('no JPEG');
    const left = height - Math.floor(i / across) * partHeight;
    const rows = tiled ? partHeight : Math.min(partHeight, left);
    return { bytes: withTables(part, tables), width: partWidth, height: rows };
  });
  const components = page.one(TAG.components, 1) as 1 | 3 | 4;
  return { width, height, across, components, isYcc: page.one(TAG.photometric) === YCBCR, parts };
}
