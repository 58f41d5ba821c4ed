import { kernelMemory, kernels, PIECE } from './kernels/kernels.ts';

/** An 8-bit grey page: 0 black, 255 white, rows from the top. */
export interface Gray {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Sizes of pictures are rounded up to these, bytes: pages of a dossier are never quite alike. */
const SIZE_STEP = 256 * 1024;
/** A picture is made in one given back when that is larger by this at most, bytes. */
const MOST_SLACK = 1024 * 1024;
/** Given back and kept at most, bytes: four ordinary pages. */
const MOST_KEPT = 18 * 1024 * 1024;

const ours = new WeakSet<ArrayBufferLike>();
const free: ArrayBuffer[] = [];

/**
 * Room for the pixels of a page, their levels whatever was there before: of a picture given back where one is as large.
 * Pages fill 4 MB each, outside the heap; left to the collector, ten of them wait for it.
 */
export function roomFor(pixels: number): Uint8Array<ArrayBuffer> {
  const at = free.findIndex(
    ({ byteLength }) => byteLength >= pixels && byteLength <= pixels + MOST_SLACK + SIZE_STEP,
  );
  const found = at < 0 ? undefined : free.splice(at, 1)[0];
  const buffer = found ?? new ArrayBuffer(SIZE_STEP * Math.ceil(pixels / SIZE_STEP));
  ours.add(buffer);
  return new Uint8Array(buffer, 0, pixels);
}

/** Takes back the room of pictures nobody looks at any more; of those that had theirs from elsewhere nothing is taken. */
export function giveBack(...pictures: readonly Gray[]): void {
  for (const { data } of pictures) if (ours.delete(data.buffer)) free.push(data.buffer as ArrayBuffer);
  let kept = 0;
  for (const { byteLength } of free) kept += byteLength;
  while (kept > MOST_KEPT) kept -= free.shift()?.byteLength ?? 0;
}

/** Counts of every grey level. */
export function histogram(data: Uint8Array): Uint32Array {
  return countLevels(data, data.length, 1);
}

/** Of a page for a threshold, every third row is enough: its ink does not lie in rows of its own. */
const SAMPLED_ROW = 3;

/** Counts of the grey levels of every third row. */
export function sampleLevels({ width, data }: Gray): Uint32Array {
  return countLevels(data, width, SAMPLED_ROW);
}

/** Octets of the four tables the kernel counts levels in by turns. */
export const LEVEL_TABLES = 4 * 256 * 4;

/** Counts of every level, from the tables at the start of the kernels' memory. */
export function sumOfTables(octets: Uint8Array): Uint32Array {
  const tables = new Uint32Array(octets.buffer, 0, 4 * 256);
  return tables.slice(0, 256).map((n, level) => {
    const others = (tables[256 + level] as number) + (tables[512 + level] as number);
    return n + others + (tables[768 + level] as number);
  });
}

/** Counts of the levels of every `step`-th row. */
function countLevels(data: Uint8Array, width: number, step: number): Uint32Array {
  const octets = kernelMemory(LEVEL_TABLES + PIECE);
  const { countLevels: count } = kernels();
  octets.fill(0, 0, LEVEL_TABLES);
  let filled = 0;
  for (let row = 0; row < data.length; row += step * width) {
    const end = Math.min(data.length, row + width);
    for (let at = row, n = 0; at < end; at += n) {
      n = Math.min(end - at, PIECE - filled);
      octets.set(data.subarray(at, at + n), LEVEL_TABLES + filled);
      filled += n;
      if (filled < PIECE) continue;
      count(LEVEL_TABLES, filled, 0);
      filled = 0;
    }
  }
  count(LEVEL_TABLES, filled, 0);
  return sumOfTables(octets);
}

/** Grey level below which `share` (0 to 1) of the counted pixels lie, looked for from the light end: paper is near it. `total`: their number. */
export function percentile(counts: Uint32Array, share: number, total = sumOf(counts)): number {
  const least = share * total;
  let darker = total;
  for (let level = 255; level > 0; level--) {
    darker -= counts[level] as number;
    if (darker < least) return level;
  }
  return 0;
}

function sumOf(counts: Uint32Array): number {
  let sum = 0;
  for (const n of counts) sum += n;
  return sum;
}

/** Otsu's threshold: the level that best parts ink from paper. */
export function otsu(counts: Uint32Array): number {
  let total = 0;
  let sum = 0;
  for (let i = 0; i < 256; i++) {
    total += counts[i] as number;
    sum += i * (counts[i] as number);
  }
  let best = 0;
  let threshold = 128;
  let below = 0;
  let sumBelow = 0;
  for (let i = 0; i < 256; i++) {
    below += counts[i] as number;
    if (below === 0 || below === total) continue;
    sumBelow += i * (counts[i] as number);
    const difference = sumBelow / below - (sum - sumBelow) / (total - below);
    const between = below * (total - below) * difference * difference;
    if (between > best) {
      best = between;
      threshold = i;
    }
  }
  return threshold;
}

/** Level from which on nothing is ink, however dark the page. */
const PALEST_INK = 200;

/** The level under which pixels are ink, the pale rims of letters too. */
export function inkLimit(counts: Uint32Array): number {
  return Math.min(PALEST_INK, otsu(counts) + 20);
}

/** Mean of `factor` × `factor` squares: a smaller page for measuring. */
export function shrink(image: Gray, factor: number): Gray {
  const width = Math.floor(image.width / factor);
  const height = Math.floor(image.height / factor);
  const data = new Uint8Array(width * height);
  if (factor === 2) return halve(image, { width, height, data });
  const area = factor * factor;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let dy = 0; dy < factor; dy++) {
        const row = (y * factor + dy) * image.width + x * factor;
        for (let dx = 0; dx < factor; dx++) sum += image.data[row + dx] as number;
      }
      data[y * width + x] = sum / area;
    }
  }
  return { width, height, data };
}

/** Fills `into` with the means of 2 × 2 squares. */
function halve(image: Gray, into: Gray): Gray {
  const { width, height, data } = into;
  const rows = Math.max(1, Math.floor(PIECE / (2 * image.width)));
  const small = 2 * rows * image.width;
  const octets = kernelMemory(small + rows * width);
  for (let y = 0; y < height; y += rows) {
    const some = Math.min(rows, height - y);
    octets.set(image.data.subarray(2 * y * image.width, 2 * (y + some) * image.width));
    kernels().halve(0, image.width, some, small);
    data.set(octets.subarray(small, small + some * width), y * width);
  }
  return into;
}

/** Cuts a rectangle out; parts outside the page are white. */
export function crop(image: Gray, left: number, top: number, width: number, height: number): Gray {
  const data = new Uint8Array(width * height).fill(255);
  const x0 = Math.max(0, left);
  const x1 = Math.min(image.width, left + width);
  for (let y = Math.max(0, top); y < Math.min(image.height, top + height); y++) {
    const row = image.data.subarray(y * image.width + x0, y * image.width + x1);
    data.set(row, (y - top) * width + (x0 - left));
  }
  return { width, height, data };
}

/** The smallest rectangle that holds all pixels darker than `threshold`, ends exclusive; `null` when there are none. */
export function inkBox(
  { width, height, data }: Gray,
  threshold: number,
): { x0: number; y0: number; x1: number; y1: number } | null {
  const box = { x0: width, y0: height, x1: 0, y1: 0 };
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      if ((data[i] as number) >= threshold) continue;
      box.x0 = Math.min(box.x0, x);
      box.x1 = Math.max(box.x1, x + 1);
      box.y0 = Math.min(box.y0, y);
      box.y1 = y + 1;
    }
  return box.x1 === 0 ? null : box;
}

/** Turns the page counter-clockwise by a multiple of 90 degrees. */
export function turnBack(image: Gray, clockwiseDegrees: number): Gray {
  const { width: w, height: h, data } = image;
  // A copy in any case: `slice` of a Buffer is none, and the page itself would be turned.
  if (clockwiseDegrees === 180) return { width: w, height: h, data: new Uint8Array(data).reverse() };
  if (clockwiseDegrees !== 90 && clockwiseDegrees !== 270) return image;
  const out = new Uint8Array(data.length);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const value = data[y * w + x] as number;
      // Undoing 90 clockwise: (x, y) goes to (y, w - 1 - x); undoing 270: (h - 1 - y, x).
      const target = clockwiseDegrees === 90 ? (w - 1 - x) * h + y : x * h + (h - 1 - y);
      out[target] = value;
    }
  }
  return { width: h, height: w, data: out };
}

/** Binary PGM (P5), which the recogniser reads without any decoding. */
export function toPgm(image: Gray): Buffer {
  const header = Buffer.from(`P5\n${image.width} ${image.height}\n255\n`, 'latin1');
  return Buffer.concat([header, image.data]);
}

/** Entries of a TIFF directory written here: tag, type (3: 16 bits, 4: 32 bits), value (TIFF 6.0, section 8). */
type Entry = readonly [tag: number, type: 3 | 4, value: number];
const TIFF_HEADER_BYTES = 8;

/**
 * One strip of 8-bit gray in TIFF 6.0, uncompressed: the recogniser takes it over row by row, and a PGM pixel by pixel
 * (25 ms a page).
 * @param allocate gives the octets to write into, as many as it is asked for or more
 */
export function toTiff(
  { width, height, data }: Gray,
  allocate = Buffer.alloc as (bytes: number) => Buffer,
): Buffer {
  const entries: Entry[] = [
    [256, 4, width],
    [257, 4, height],
    [258, 3, 8], // bits per sample
    [259, 3, 1], // not compressed
    [262, 3, 1], // black is 0
    [273, 4, TIFF_HEADER_BYTES],
    [277, 3, 1], // samples per pixel
    [278, 4, height], // rows of the strip
    [279, 4, data.length],
  ];
  // A directory starts at an even octet.
  const start = TIFF_HEADER_BYTES + data.length + (data.length % 2);
  const tiff = allocate(start + 2 + entries.length * 12 + 4);
  tiff.write('II*\0', 0, 'latin1');
  tiff.writeUInt32LE(start, 4);
  tiff.set(data, TIFF_HEADER_BYTES);
  tiff.writeUInt16LE(entries.length, start);
  for (const [i, [tag, type, value]] of entries.entries()) {
    const at = start + 2 + i * 12;
    tiff.writeUInt16LE(tag, at);
    tiff.writeUInt16LE(type, at + 2);
    tiff.writeUInt32LE(1, at + 4);
    tiff.writeUInt32LE(value, at + 8);
  }
  return tiff;
}
