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
  readonly size: number;
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

/** Where the values of a tag stand. */
interface Entry {
  type: number;
  length: number;
  from: number;
}

/** What one page says of itself. Values are read when they are asked for: a hostile file may claim millions. */
export class TiffDirectory {
  readonly #view: TiffView;
  readonly #entries = new Map<number, Entry>();

  constructor(view: TiffView, at: number) {
    this.#view = view;
    const { from, count, bytes } = view.entries(at);
    for (let i = 0; i < Math.min(MAX_ENTRIES, count); i++) this.#locate(from + bytes * i);
  }

  #locate(entry: number): void {
    const view = this.#view;
    const tag = view.number(entry, 2);
    const type = view.number(entry + 2, 2);
    const length = view.long(entry + 4);
    const [at, room] = view.big ? [entry + 12, 8] : [entry + 8, 4];
    const size = type === RATIONAL ? 8 : TYPE_BYTES[type];
    if (this.#entries.has(tag)) return;
    // Of a type nobody writes: the tag is there, without values.
    if (size === undefined) this.#entries.set(tag, { type, length: 0, from: at });
    else this.#entries.set(tag, { type, length, from: size * length <= room ? at : view.long(at) });
  }

  /** The first values of a tag, none when it is not there. @throws RangeError beyond the file */
  #read(tag: number, most: number): number[] {
    const entry = this.#entries.get(tag);
    if (!entry || entry.length > MAX_VALUES) return [];
    const { type, from } = entry;
    const view = this.#view;
    const value = (i: number): number =>
      type === RATIONAL
        ? view.number(from + 8 * i, 4) / view.number(from + 8 * i + 4, 4)
        : view.number(from + i * (TYPE_BYTES[type] as number), TYPE_BYTES[type] as number);
    return Array.from({ length: Math.min(most, entry.length) }, (_, i) => value(i));
  }

  all(tag: number): number[] {
    return this.#read(tag, MAX_VALUES);
  }

  one(tag: number, fallback = 0): number {
    return this.#read(tag, 1)[0] ?? fallback;
  }

  has(tag: number): boolean {
    return this.#entries.has(tag);
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
