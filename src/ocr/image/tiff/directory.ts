/** Directories of TIFF 6.0 and BigTIFF: one for each page, each telling where the next one is. */

/** Tags read here (TIFF 6.0 §8; Technical Note 2 for JPEG). */
export const TAG = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  components: 277,
  rowsPerStrip: 278,
  stripLengths: 279,
  xResolution: 282,
  yResolution: 283,
  planes: 284,
  faxOptions: 293,
  resolutionUnit: 296,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileLengths: 325,
  sampleFormat: 339,
  jpegTables: 347,
} as const;

/** Version of TIFF 6.0, and of BigTIFF with offsets of eight bytes. */
const CLASSIC = 42;
const BIG = 43;
/** Bytes of one value by TIFF type: BYTE, SHORT, LONG, UNDEFINED, LONG8. */
const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 7: 1, 16: 8 };
/** A fraction: two LONGs. */
const RATIONAL = 5;
const MAX_ENTRIES = 1000;
/** Values of one entry: offsets of 60 megapixels in tiles of 16 × 16 are more, and nobody's scan. */
const MAX_VALUES = 80_000;

/** A TIFF file, wherever its octets are. */
export interface TiffOctets {
  /** `undefined` outside of the file. */
  peekAt(offset: number): number | undefined;
  slice(start: number, end: number): Uint8Array;
}

/** Numbers of a TIFF, in its own byte order, and how its directories are laid out. */
class TiffView {
  readonly big: boolean;
  readonly #octets: TiffOctets;
  readonly #little: boolean;

  /** @throws RangeError for what is neither version */
  constructor(octets: TiffOctets) {
    this.#octets = octets;
    this.#little = octets.peekAt(0) === 0x49;
    const version = this.number(2, 2);
    this.big = version === BIG;
    if (version !== CLASSIC && !this.big) throw new RangeError(`TIFF version ${version}`);
  }

  /** A number of 1, 2, 4 or 8 bytes. @throws RangeError beyond the file */
  number(at: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) {
      const byte = this.#octets.peekAt(this.#little ? at + size - 1 - i : at + i);
      if (byte === undefined) throw new RangeError('beyond the file');
      value = value * 256 + byte;
    }
    return value;
  }

  /** An offset or a count of values. */
  long(at: number): number {
    return this.number(at, this.big ? 8 : 4);
  }

  first(): number {
    return this.long(this.big ? 8 : 4);
  }

  /** Where the entries of the directory at `at` begin, and how many there are. */
  entries(at: number): { from: number; count: number; bytes: number } {
    return this.big
      ? { from: at + 8, count: this.number(at, 8), bytes: 20 }
      : { from: at + 2, count: this.number(at, 2), bytes: 12 };
  }

  /** The directory after the one at `at`, 0 after the last. */
  next(at: number): number {
    const { from, count, bytes } = this.entries(at);
    return this.long(from + count * bytes);
  }
}

/** What one page says of itself. */
export class TiffDirectory {
  readonly #values = new Map<number, number[]>();

  constructor(view: TiffView, at: number) {
    const { from, count, bytes } = view.entries(at);
    for (let i = 0; i < Math.min(MAX_ENTRIES, count); i++) this.#read(view, from + bytes * i);
  }

  #read(view: TiffView, entry: number): void {
    const tag = view.number(entry, 2);
    const type = view.number(entry + 2, 2);
    const length = view.long(entry + 4);
    const at = entry + (view.big ? 12 : 8);
    const room = view.big ? 8 : 4;
    if (type === RATIONAL && length === 1) {
      const from = room === 8 ? at : view.long(at);
      this.#values.set(tag, [view.number(from, 4) / view.number(from + 4, 4)]);
      return;
    }
    const size = TYPE_BYTES[type];
    if (size === undefined || length > MAX_VALUES) return;
    const from = size * length <= room ? at : view.long(at);
    this.#values.set(
      tag,
      Array.from({ length }, (_, k) => view.number(from + k * size, size)),
    );
  }

  all(tag: number): number[] {
    return this.#values.get(tag) ?? [];
  }

  one(tag: number, fallback = 0): number {
    return this.all(tag)[0] ?? fallback;
  }
}

/**
 * The directory of page `index`.
 * @param at where it is, when that is known: the way there is through all directories before it
 * @throws RangeError when there is no such page, or an offset lies beyond the file
 */
export function readDirectory(octets: TiffOctets, index: number, at?: number): TiffDirectory {
  const view = new TiffView(octets);
  let found = at ?? view.first();
  for (let page = 0; at === undefined && page < index && found !== 0; page++) found = view.next(found);
  if (found === 0) throw new RangeError('no such page');
  return new TiffDirectory(view, found);
}

/**
 * The directories of the first `count` pages, each read once; fewer when there are no more, or one comes again.
 * @throws RangeError when an offset lies beyond the file
 */
export function* readDirectories(
  octets: TiffOctets,
  count: number,
): Generator<{ at: number; page: TiffDirectory }> {
  const view = new TiffView(octets);
  const seen = new Set<number>();
  for (let at = view.first(); at !== 0 && !seen.has(at) && seen.size < count; at = view.next(at)) {
    seen.add(at);
    yield { at, page: new TiffDirectory(view, at) };
  }
}
