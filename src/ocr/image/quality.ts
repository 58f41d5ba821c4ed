import { type Gray, histogram, LEVEL_TABLES, otsu, percentile, sampleLevels, sumOfTables } from './gray.ts';
import { kernelMemory, kernels } from './kernels/kernels.ts';

/** Measured traits of a page that decide its treatment. */
export interface Quality {
  /** Share of pixels that stand out of all 8 neighbours by more than 70: salt and pepper. */
  impulse: number;
  /** Noise of smooth areas after Immerkær (1996), in grey levels. */
  sigma: number;
  /** Share of pixels at the two extremes: 1 for a fax. */
  bilevel: number;
  /** Level of the paper (median). */
  paper: number;
  /** Unevenness of the paper: difference between the lighter and darker tiles. */
  spread: number;
}

const IMPULSE_STEP = 70;
/** Levels around a pixel that differ by less are paper or the inside of a stroke. */
const SMOOTH = 60;
/** Every 19th row is enough for statistics of two hundred thousand pixels. */
const ROW_STEP = 19;
const TILE = 32;

function impulseAndNoise(image: Gray): { impulse: number; sigma: number } {
  const { width, height, data } = image;
  const COUNTS = 3 * width + (16 - ((3 * width) % 16));
  const octets = kernelMemory(COUNTS + 12);
  octets.fill(0, COUNTS, COUNTS + 12);
  for (let y = 1; y < height - 1; y += ROW_STEP) {
    octets.set(data.subarray((y - 1) * width, (y + 2) * width));
    kernels().addNoise(0, width, IMPULSE_STEP, SMOOTH, COUNTS);
  }
  const [impulses, noise, seen] = new Uint32Array(octets.buffer, COUNTS, 3) as unknown as [
    number,
    number,
    number,
  ];
  const rows = Math.ceil((height - 2) / ROW_STEP);
  const sigma = seen === 0 ? 0 : (Math.sqrt(Math.PI / 2) * noise) / (6 * seen);
  return { impulse: impulses / Math.max(1, rows * (width - 2)), sigma };
}

/** Level of the paper in every tile (75th percentile), row by row, and the grey levels of every second row of the page. */
export interface PaperTiles {
  columns: number;
  rows: number;
  levels: Float32Array;
  counts: Uint32Array;
}

/** Rows of a tile that are measured: its 512 pixels tell the level of the paper as 1,024 do. */
const TILE_ROW_STEP = 2;

/** Share of a tile's pixels that are at most as light as its paper. */
const PAPER_SHARE = 0.75;

/** Measures the paper tile by tile. */
export function paperTiles(image: Gray): PaperTiles {
  const { width, height, data } = image;
  const columns = Math.max(1, Math.ceil(width / TILE));
  const rows = Math.max(1, Math.ceil(height / TILE));
  const levels = new Float32Array(columns * rows);
  const LEVELS = LEVEL_TABLES + (TILE / TILE_ROW_STEP) * width;
  const octets = kernelMemory(LEVELS + columns);
  octets.fill(0, 0, LEVEL_TABLES);
  for (let ty = 0; ty < rows; ty++) {
    const end = Math.min(height, (ty + 1) * TILE);
    let filled = LEVEL_TABLES;
    for (let y = ty * TILE; y < end; y += TILE_ROW_STEP, filled += width)
      octets.set(data.subarray(y * width, (y + 1) * width), filled);
    const looks = (filled - LEVEL_TABLES) / width;
    kernels().paperOfTiles(LEVEL_TABLES, width, looks, TILE, PAPER_SHARE, LEVELS);
    levels.set(octets.subarray(LEVELS, LEVELS + columns), ty * columns);
    kernels().countLevels(LEVEL_TABLES, looks * width, 0);
  }
  return { columns, rows, levels, counts: sumOfTables(octets) };
}

/** Measures a page; about 20 ms for A4 at 200 dpi. `paper`: its tiles, when they are known. */
export function measureQuality(image: Gray, paper = paperTiles(image)): Quality {
  const { counts } = paper;
  const total = counts.reduce((sum, n) => sum + n, 0);
  let extremes = 0;
  for (let i = 0; i < 6; i++) extremes += (counts[i] as number) + (counts[255 - i] as number);
  const tileCounts = histogram(Uint8Array.from(paper.levels));
  return {
    ...impulseAndNoise(image),
    bilevel: extremes / total,
    paper: percentile(counts, 0.5),
    spread: percentile(tileCounts, 0.95) - percentile(tileCounts, 0.05),
  };
}

/** Ink threshold of a page whose paper is even. */
export function inkThreshold(image: Gray): number {
  return otsu(sampleLevels(image));
}

/** Every fourth row is enough to tell noise from writing. */
const FLICKER_STEP = 4;
/** Share of neighbours on either side of mid-grey from which a page is noise: writing has a tenth, a dark photocopy less. */
const NOISE_FLICKER = 0.3;

/** Whether a page is a field of noise: its pixels turn from dark to light and back all along the rows. */
export function isNoise(image: Gray): boolean {
  const { width, height, data } = image;
  let turns = 0;
  let pairs = 0;
  for (let y = 0; y < height; y += FLICKER_STEP) {
    let before = data[y * width] as number;
    for (let i = y * width + 1; i < (y + 1) * width; i++) {
      const own = data[i] as number;
      // The highest bit of eight: 128 and more, or less.
      turns += (before ^ own) >> 7;
      before = own;
    }
    pairs += width - 1;
  }
  return turns > NOISE_FLICKER * pairs;
}
