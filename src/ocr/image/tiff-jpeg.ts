/** JPEG strips of a TIFF page (TIFF Technical Note 2), taken out as they are: no second loss, no larger file. */

/** One strip, top down, as a JPEG file of its own. */
export interface JpegStrip {
  bytes: Uint8Array;
  height: number;
}

/** The strips of one page. */
export interface JpegStrips {
  width: number;
  height: number;
  components: 1 | 3;
  /** The three components are YCbCr; otherwise RGB. */
  isYcc: boolean;
  strips: JpegStrip[];
}

const TAG = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  components: 277,
  xResolution: 282,
  yResolution: 283,
  rowsPerStrip: 278,
  stripLengths: 279,
  planes: 284,
  tileWidth: 322,
  jpegTables: 347,
} as const;
const JPEG = 7;
/** Version of TIFF 6.0, whose directories are read here. */
const CLASSIC = 42;
/** Bytes of one value by TIFF type 1 (BYTE) to 4 (LONG) and 7 (UNDEFINED). */
const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 7: 1 };
/** A fraction: two LONGs. */
const RATIONAL = 5;
const MAX_ENTRIES = 1000;
const MAX_STRIPS = 20_000;

/** A TIFF file, wherever its octets are. */
export interface TiffOctets {
  /** `undefined` outside of the file. */
  peekAt(offset: number): number | undefined;
  slice(start: number, end: number): Uint8Array;
}

/** Numbers of a TIFF, in its own byte order. */
class TiffView {
  readonly #octets: TiffOctets;
  readonly #little: boolean;

  constructor(octets: TiffOctets) {
    this.#octets = octets;
    this.#little = octets.peekAt(0) === 0x49;
  }

  /** A number of 1, 2 or 4 bytes. @throws RangeError beyond the file */
  number(at: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) {
      const byte = this.#octets.peekAt(this.#little ? at + size - 1 - i : at + i);
      if (byte === undefined) throw new RangeError('beyond the file');
      value = value * 256 + byte;
    }
    return value;
  }
}

class Directory {
  readonly #values = new Map<number, number[]>();

  constructor(view: TiffView, at: number) {
    const count = Math.min(MAX_ENTRIES, view.number(at, 2));
    for (let i = 0; i < count; i++) {
      const entry = at + 2 + 12 * i;
      const type = view.number(entry + 2, 2);
      const size = TYPE_BYTES[type];
      const length = view.number(entry + 4, 4);
      if (type === RATIONAL && length === 1) this.#rational(view, entry);
      if (size === undefined || length > MAX_STRIPS * 4) continue;
      const from = size * length <= 4 ? entry + 8 : view.number(entry + 8, 4);
      this.#values.set(
        view.number(entry, 2),
        Array.from({ length }, (_, k) => view.number(from + k * size, size)),
      );
    }
  }

  #rational(view: TiffView, entry: number): void {
    const from = view.number(entry + 8, 4);
    const value = view.number(from, 4) / view.number(from + 4, 4);
    this.#values.set(view.number(entry, 2), [value]);
  }

  all(tag: number): number[] {
    return this.#values.get(tag) ?? [];
  }

  one(tag: number, fallback = 0): number {
    return this.all(tag)[0] ?? fallback;
  }
}

function directoryOf(octets: TiffOctets, index: number): Directory {
  const view = new TiffView(octets);
  if (view.number(2, 2) !== CLASSIC) throw new RangeError('BigTIFF');
  let at = view.number(4, 4);
  for (let page = 0; page < index; page++) {
    at = view.number(at + 2 + 12 * view.number(at, 2), 4);
    if (at === 0) throw new RangeError('no such page');
  }
  return new Directory(view, at);
}

/** A whole JPEG: the shared tables, then the strip, each without the markers in between. */
function withTables(strip: Uint8Array, tables: readonly number[]): Uint8Array {
  if (tables.length < 4) return strip;
  return Buffer.concat([strip.subarray(0, 2), Uint8Array.from(tables.slice(2, -2)), strip.subarray(2)]);
}

/**
 * Takes the JPEG strips of page `index` out of a TIFF.
 * @returns `null` when the page is not compressed so, is tiled, or its directory is not sound: it is decoded then
 */
export function jpegStrips(octets: TiffOctets, index: number): JpegStrips | null {
  try {
    return readStrips(octets, index);
  } catch {
    // An offset beyond the file: the decoder will say what is wrong with it.
    return null;
  }
}

function readStrips(octets: TiffOctets, index: number): JpegStrips | null {
  const page = directoryOf(octets, index);
  const photometric = page.one(TAG.photometric);
  const components = page.one(TAG.components, 1);
  const usual =
    page.one(TAG.compression) === JPEG &&
    page.one(TAG.bits, 8) === 8 &&
    page.one(TAG.planes, 1) === 1 &&
    page.all(TAG.tileWidth).length === 0 &&
    ((components === 1 && photometric === 1) ||
      (components === 3 && (photometric === 2 || photometric === 6)));
  if (!usual) return null;
  const [width, height] = [page.one(TAG.width), page.one(TAG.height)];
  const rows = Math.min(height, page.one(TAG.rowsPerStrip, height));
  const [offsets, lengths] = [page.all(TAG.stripOffsets), page.all(TAG.stripLengths)];
  if (rows < 1 || offsets.length !== Math.ceil(height / rows) || lengths.length !== offsets.length)
    return null;
  const tables = page.all(TAG.jpegTables);
  const strips = offsets.map((offset, i) => {
    const strip = octets.slice(offset, offset + (lengths[i] as number));
    if (strip[0] !== 0xff || strip[1] !== 0xd8) throw new RangeError('no JPEG');
    return { bytes: withTables(strip, tables), height: Math.min(rows, height - i * rows) };
  });
  return { width, height, components: components as 1 | 3, isYcc: photometric === 6, strips };
}

/** Pixels per unit of page `index`, across and down; `null` when the directory does not tell, or is not sound. */
export function tiffResolution(octets: TiffOctets, index: number): { x: number; y: number } | null {
  try {
    const page = directoryOf(octets, index);
    return { x: page.one(TAG.xResolution), y: page.one(TAG.yResolution) };
  } catch {
    // BigTIFF, or an offset beyond the file: square pixels are the rule.
    return null;
  }
}
