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
const MAX_ENTRIES = 1000;
const MAX_STRIPS = 20_000;

class Directory {
  readonly #values = new Map<number, number[]>();

  constructor(view: DataView, at: number, little: boolean) {
    const count = Math.min(MAX_ENTRIES, view.getUint16(at, little));
    for (let i = 0; i < count; i++) {
      const entry = at + 2 + 12 * i;
      const size = TYPE_BYTES[view.getUint16(entry + 2, little)];
      const length = view.getUint32(entry + 4, little);
      if (size === undefined || length > MAX_STRIPS * 4) continue;
      const from = size * length <= 4 ? entry + 8 : view.getUint32(entry + 8, little);
      const read = (k: number): number =>
        size === 1
          ? view.getUint8(from + k)
          : size === 2
            ? view.getUint16(from + 2 * k, little)
            : view.getUint32(from + 4 * k, little);
      this.#values.set(
        view.getUint16(entry, little),
        Array.from({ length }, (_, k) => read(k)),
      );
    }
  }

  all(tag: number): number[] {
    return this.#values.get(tag) ?? [];
  }

  one(tag: number, fallback = 0): number {
    return this.all(tag)[0] ?? fallback;
  }
}

function directoryOf(view: DataView, index: number): Directory {
  const little = view.getUint8(0) === 0x49;
  if (view.getUint16(2, little) !== CLASSIC) throw new RangeError('BigTIFF');
  let at = view.getUint32(4, little);
  for (let page = 0; page < index; page++) {
    at = view.getUint32(at + 2 + 12 * view.getUint16(at, little), little);
    if (at === 0) throw new RangeError('no such page');
  }
  return new Directory(view, at, little);
}

/** A whole JPEG: the shared tables, then the strip, each without the markers in between. */
function withTables(strip: Uint8Array, tables: readonly number[]): Uint8Array {
  if (tables.length < 4) return strip.slice();
  return Buffer.concat([strip.subarray(0, 2), Uint8Array.from(tables.slice(2, -2)), strip.subarray(2)]);
}

/**
 * Takes the JPEG strips of page `index` out of a TIFF.
 * @returns `null` when the page is not compressed so, is tiled, or its directory is not sound: it is decoded then
 */
export function jpegStrips(bytes: Uint8Array, index: number): JpegStrips | null {
  try {
    return readStrips(bytes, index);
  } catch {
    // An offset beyond the file: the decoder will say what is wrong with it.
    return null;
  }
}

function readStrips(bytes: Uint8Array, index: number): JpegStrips | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const page = directoryOf(view, index);
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
    const strip = bytes.subarray(offset, offset + (lengths[i] as number));
    if (strip[0] !== 0xff || strip[1] !== 0xd8) throw new RangeError('no JPEG');
    return { bytes: withTables(strip, tables), height: Math.min(rows, height - i * rows) };
  });
  return { width, height, components: components as 1 | 3, isYcc: photometric === 6, strips };
}
