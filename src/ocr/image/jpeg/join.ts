/**
 * Joins the JPEG strips or tiles of a page to one JPEG without decoding them to pixels: the coded blocks are put into
 * the order of the whole page, their levels as they were. Re-coding would lose quality, or take three times the room.
 */
import type { JpegParts } from '../tiff/jpeg-parts.ts';
import { BitReader, BitWriter } from './bits.ts';
import { WRITTEN } from './huffman.ts';
import { type BaselineJpeg, type JpegComponent, parseBaseline, type ReaderCache } from './parse.ts';

const BLOCK = 8;

/** Size of the unit blocks come in, in pixels. */
interface Unit {
  width: number;
  height: number;
  /** Blocks of each component, one after the other. */
  blocks: number[];
}

function unitOf(components: readonly JpegComponent[]): Unit {
  // A scan of one component has units of one block, whatever its factors (T.81 §A.2.2).
  if (components.length === 1) return { width: BLOCK, height: BLOCK, blocks: [1] };
  return {
    width: BLOCK * Math.max(...components.map((c) => c.across)),
    height: BLOCK * Math.max(...components.map((c) => c.down)),
    blocks: components.map((c) => c.across * c.down),
  };
}

const codesOf = (component: number, isYcc: boolean) =>
  component > 0 && isYcc ? WRITTEN.chroma : WRITTEN.luma;

/** One part while its blocks are taken out of it, row of units by row of units. */
class PartReader {
  readonly #bits: BitReader;
  readonly #jpeg: BaselineJpeg;
  readonly #levels: number[];
  #units = 0;

  constructor(jpeg: BaselineJpeg) {
    this.#jpeg = jpeg;
    this.#bits = new BitReader(jpeg.bytes, jpeg.start);
    this.#levels = jpeg.components.map(() => 0);
  }

  /** Copies a row of units, of which the first `kept` are on the picture. `before` are the last levels written. */
  copyRow(out: BitWriter, unit: Unit, kept: number, isYcc: boolean, before: number[]): void {
    const units = Math.ceil(this.#jpeg.width / unit.width);
    for (let i = 0; i < units; i++) {
      this.#restartWhereDue();
      for (const [c, component] of this.#jpeg.components.entries())
        for (let block = 0; block < (unit.blocks[c] as number); block++)
          this.#copyBlock(i < kept ? out : null, component, c, isYcc, before);
      this.#bits.assertWithin();
    }
  }

  #restartWhereDue(): void {
    const { restart } = this.#jpeg;
    if (restart > 0 && this.#units > 0 && this.#units % restart === 0) {
      this.#bits.restart();
      this.#levels.fill(0);
    }
    this.#units++;
  }

  #copyBlock(out: BitWriter | null, { dc, ac }: JpegComponent, c: number, isYcc: boolean, before: number[]) {
    const bits = this.#bits;
    const codes = codesOf(c, isYcc);
    const size = bits.symbol(dc);
    if (size > 11) throw new RangeError('a level beyond eight bits');
    const raw = bits.bits(size);
    const level = (this.#levels[c] as number) + (raw < 1 << (size - 1) ? raw - (1 << size) + 1 : raw);
    this.#levels[c] = level;
    if (out) {
      writeLevel(out, codes.dc, level - (before[c] as number));
      before[c] = level;
    }
    for (let at = 1; at < BLOCK * BLOCK; at++) {
      const symbol = bits.symbol(ac);
      const length = symbol & 15;
      const value = bits.bits(length);
      if (out) {
        out.symbol(codes.ac, symbol);
        out.bits(value, length);
      }
      // End of block, or a run of zeros.
      if (symbol === 0) break;
      at += symbol >> 4;
      if (at >= BLOCK * BLOCK) throw new RangeError('a block of more than 64 values');
    }
  }
}

function writeLevel(out: BitWriter, codes: typeof WRITTEN.luma.dc, difference: number): void {
  const size = 32 - Math.clz32(Math.abs(difference));
  out.symbol(codes, size);
  out.bits(difference < 0 ? difference + (1 << size) - 1 : difference, size);
}

/** All parts, each of the size and with the tables of the others. @throws RangeError when they are not */
function parseParts({ parts, width, height, across, components }: JpegParts): BaselineJpeg[] {
  const cache: ReaderCache = new Map();
  const all = parts.map(({ bytes }) => parseBaseline(bytes, cache));
  const [first] = all;
  if (!first || first.components.length !== components) throw new RangeError('no parts');
  const key = ({ components }: BaselineJpeg): string =>
    components
      .map((c) => [c.across, c.down, Buffer.from(c.quantisation).toString('latin1')].join(' '))
      .join();
  const wanted = key(first);
  const unit = unitOf(first.components);
  for (const [i, jpeg] of all.entries()) {
    const part = parts[i] as JpegParts['parts'][number];
    const isLowest = Math.floor(i / across) === Math.ceil(parts.length / across) - 1;
    if (jpeg.width !== part.width || jpeg.height !== part.height || key(jpeg) !== wanted)
      throw new RangeError('parts that differ');
    if ((across > 1 && part.width % unit.width !== 0) || (!isLowest && part.height % unit.height !== 0))
      throw new RangeError('parts that cut units');
  }
  if (width > 65_535 || height > 65_535) throw new RangeError('too large for a JPEG');
  return all;
}

const segment = (marker: number, body: readonly number[]): number[] => [
  0xff,
  marker,
  (body.length + 2) >> 8,
  (body.length + 2) & 255,
  ...body,
];

function headOf({ width, height, isYcc }: JpegParts, components: readonly JpegComponent[]): Uint8Array {
  const wide = components.some((c) => c.quantisation.length > 64);
  const factors = (c: JpegComponent): number => (components.length === 1 ? 0x11 : (c.across << 4) | c.down);
  const tables = components.flatMap((c, i) => [
    ...[(c.quantisation.length > 64 ? 0x10 : 0) | i, ...c.quantisation],
  ]);
  const frame = [8, height >> 8, height & 255, width >> 8, width & 255, components.length];
  const kinds = isYcc ? [WRITTEN.tables.luma, WRITTEN.tables.chroma] : [WRITTEN.tables.luma];
  const scan = components.flatMap((_, i) => [i + 1, i > 0 && isYcc ? 0x11 : 0]);
  // Adobe's marker tells RGB from YCbCr; on four components it would mean that levels are turned over.
  const adobe = [...Buffer.from('Adobe\0d\0\0\0\0', 'latin1'), isYcc ? 1 : 0];
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...(components.length === 3 ? segment(0xee, adobe) : []),
    ...segment(0xdb, tables),
    ...segment(wide ? 0xc1 : 0xc0, [...frame, ...components.flatMap((c, i) => [i + 1, factors(c), i])]),
    ...kinds.flatMap(({ dc, ac }, i) => [...segment(0xc4, [i, ...dc]), ...segment(0xc4, [0x10 | i, ...ac])]),
    ...segment(0xda, [components.length, ...scan, 0, 63, 0]),
  ]);
}

/**
 * @returns one JPEG that shows what the parts show; `null` when they cannot be joined so (progressive, of different
 *   qualities, damaged)
 */
export function joinJpegParts(page: JpegParts): Uint8Array | null {
  try {
    return join(page);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function join(page: JpegParts): Uint8Array {
  const all = parseParts(page);
  const { components } = all[0] as BaselineJpeg;
  const unit = unitOf(components);
  const out = new BitWriter(all.reduce((sum, { bytes }) => sum + bytes.length, 0));
  const before = components.map(() => 0);
  const across = Math.ceil(page.width / unit.width);
  const down = Math.ceil(page.height / unit.height);
  for (let first = 0, row = 0; first < all.length; first += page.across) {
    const beside = all.slice(first, first + page.across);
    const readers = beside.map((jpeg) => new PartReader(jpeg));
    const rows = Math.ceil((beside[0] as BaselineJpeg).height / unit.height);
    const wide = Math.ceil((beside[0] as BaselineJpeg).width / unit.width);
    for (let i = 0; i < rows && row < down; i++, row++)
      for (const [k, reader] of readers.entries())
        reader.copyRow(out, unit, Math.min(wide, across - k * wide), page.isYcc, before);
  }
  return Buffer.concat([headOf(page, components), out.end(), Uint8Array.of(0xff, 0xd9)]);
}
