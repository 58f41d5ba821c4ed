import { type Gray, histogram, otsu, percentile, sampleLevels } from './gray.ts';

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
/** Every 19th row is enough for statistics of two hundred thousand pixels. */
const ROW_STEP = 19;
const TILE = 32;

function impulseAndNoise(image: Gray): { impulse: number; sigma: number } {
  const { width, height, data } = image;
  let impulses = 0;
  let noise = 0;
  let seen = 0;
  for (let y = 1; y < height - 1; y += ROW_STEP) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const c = data[i] as number;
      const n = data[i - width] as number;
      const s = data[i + width] as number;
      const w = data[i - 1] as number;
      const e = data[i + 1] as number;
      const nw = data[i - width - 1] as number;
      const ne = data[i - width + 1] as number;
      const sw = data[i + width - 1] as number;
      const se = data[i + width + 1] as number;
      let low = n < s ? n : s;
      let high = n < s ? s : n;
      if (w < low) low = w;
      else if (w > high) high = w;
      if (e < low) low = e;
      else if (e > high) high = e;
      if (nw < low) low = nw;
      else if (nw > high) high = nw;
      if (ne < low) low = ne;
      else if (ne > high) high = ne;
      if (sw < low) low = sw;
      else if (sw > high) high = sw;
      if (se < low) low = se;
      else if (se > high) high = se;
      if (c > high + IMPULSE_STEP || c < low - IMPULSE_STEP) impulses++;
      if (high - low < 60) {
        noise += Math.abs(nw - 2 * n + ne - 2 * w + 4 * c - 2 * e + sw - 2 * s + se);
        seen++;
      }
    }
  }
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
export function paperTiles(image: Gray, tile = TILE): PaperTiles {
  const { width, height, data } = image;
  const columns = Math.max(1, Math.ceil(width / tile));
  const rows = Math.max(1, Math.ceil(height / tile));
  const levels = new Float32Array(columns * rows);
  const counts = new Uint32Array(256);
  const whole = new Uint32Array(256);
  for (let ty = 0; ty < rows; ty++) {
    const y1 = Math.min(height, (ty + 1) * tile);
    const looks = Math.ceil((y1 - ty * tile) / TILE_ROW_STEP);
    for (let tx = 0; tx < columns; tx++) {
      const across = Math.min(width, (tx + 1) * tile) - tx * tile;
      for (let y = ty * tile; y < y1; y += TILE_ROW_STEP) {
        const start = y * width + tx * tile;
        for (let i = start; i < start + across; i++) {
          const level = data[i] as number;
          counts[level] = (counts[level] as number) + 1;
        }
      }
      levels[ty * columns + tx] = percentile(counts, PAPER_SHARE, looks * across);
      for (let level = 0; level < 256; level++)
        whole[level] = (whole[level] as number) + (counts[level] as number);
      counts.fill(0);
    }
  }
  return { columns, rows, levels, counts: whole };
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
