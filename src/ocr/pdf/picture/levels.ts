/** Pictures of few colours: scans to black and white, and what scanners reduce to 4, 16 or 256 colours. */
import type { Pixels } from '../../image/red.ts';

/** A picture whose pixels are places in a list of colours. */
export interface IndexedPicture {
  width: number;
  height: number;
  bits: 1 | 2 | 4 | 8;
  /** Bytes per colour: 1 grey, 3 RGB. */
  channels: 1 | 3;
  /** Colours from the darkest, `channels` bytes each. */
  colours: Uint8Array;
  /** Packed rows, each filled up to a byte. */
  rows: Uint8Array;
}

const MOST_COLOURS = 256;
/** Places of the table colours are looked up in, four for each. */
const TABLE = 1024;

/** Colours as numbers in the order they are met. */
class Colours {
  readonly list: number[] = [];
  readonly #keys = new Int32Array(TABLE).fill(-1);
  readonly #places = new Uint16Array(TABLE);

  /** The place of a colour in the list, −1 when there are too many. */
  placeOf(colour: number): number {
    let slot = Math.imul(colour, 0x9e3779b1) >>> 22;
    for (; this.#keys[slot] !== -1; slot = (slot + 1) % TABLE)
      if (this.#keys[slot] === colour) return this.#places[slot] as number;
    if (this.list.length === MOST_COLOURS) return -1;
    this.#keys[slot] = colour;
    this.#places[slot] = this.list.length;
    this.list.push(colour);
    return this.list.length - 1;
  }
}

/**
 * The picture with at most 256 colours, `null` when it has more. The pixels handed over are overwritten: a page may have
 * 180 MB of them.
 */
export function indexColours({ width, height, channels, data }: Pixels): IndexedPicture | null {
  const colours = new Colours();
  const count = width * height;
  if (channels !== 1 && channels !== 3) return null;
  for (let i = 0, at = 0; i < count; i++, at += channels) {
    const colour =
      channels === 1
        ? (data[at] as number)
        : ((data[at] as number) << 16) | ((data[at + 1] as number) << 8) | (data[at + 2] as number);
    const place = colours.placeOf(colour);
    if (place < 0) return null;
    data[i] = place;
  }
  const sorted = [...colours.list].sort((a, b) => a - b);
  // Black and white stay what they are also on a page that is all paper.
  if (channels === 1 && sorted.every((level) => level === 0 || level === 255)) sorted.splice(0, 2, 0, 255);
  const order = Uint8Array.from(colours.list, (colour) => sorted.indexOf(colour));
  const bits = ([1, 2, 4, 8] as const).find((n) => sorted.length <= 1 << n) ?? 8;
  const bytes = sorted.flatMap((c) => (channels === 1 ? [c] : [c >> 16, (c >> 8) & 255, c & 255]));
  const rows = pack(data, order, { width, height, bits });
  return { width, height, bits, channels, colours: Uint8Array.from(bytes), rows };
}

function pack(
  places: Uint8Array,
  order: Uint8Array,
  { width, height, bits }: { width: number; height: number; bits: number },
): Uint8Array {
  const stride = Math.ceil((width * bits) / 8);
  const rows = new Uint8Array(stride * height);
  for (let y = 0, from = 0; y < height; y++)
    for (let x = 0, bit = 8 * stride * y; x < width; x++, from++, bit += bits) {
      const at = bit >> 3;
      const value = (order[places[from] as number] as number) << (8 - bits - (bit & 7));
      rows[at] = (rows[at] as number) | value;
    }
  return rows;
}
