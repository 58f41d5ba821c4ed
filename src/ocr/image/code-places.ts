import type { Gray } from './gray.ts';
import { kernelMemory, kernels } from './kernels/kernels.ts';
import type { PaperTiles } from './quality.ts';

/** A part of the page, in pixels. */
export interface Place {
  x0: number;
  y0: number;
  /** Exclusive. */
  x1: number;
  y1: number;
}

/** Side of a tile in pixels. */
const TILE = 4;
/** Sides of the tiles paper levels are known for, in tiles of ours. */
const PAPER_TILES = 8;
/** A window that is judged, in tiles, and the share of ink from which it may lie in a code. */
interface Window {
  width: number;
  height: number;
  leastInk: number;
}
/** A code is half ink. Square ones have 6 mm at 200 dpi at least, linear ones 4 mm by 12. */
const WINDOWS: readonly Window[] = [
  { width: 12, height: 12, leastInk: 0.3 },
  { width: 24, height: 8, leastInk: 0.43 },
  { width: 8, height: 24, leastInk: 0.43 },
];
/** Pixels under this share of the paper's level are ink. */
const INK = 0.75;
/** Thickness of a strip of a window, in tiles. */
const STRIP = 2;
/** Every strip across a window, upright or level, has so much: text has blank between its lines. */
const LEAST_INK_OF_STRIP = 0.14;
/** Black edges of photocopies have more. */
const MOST_INK = 0.85;
/** Room around a place: the quiet zone, and what of the code lies between the windows. */
const MARGIN = 80;
/** Share of the page from which it is searched as a whole. */
const WHOLE_PAGE = 0.5;

/** Ink pixels of every tile, summed over all tiles above and to the left of it (one row and column more than tiles). */
export interface InkSums {
  sums: Uint32Array;
  columns: number;
  rows: number;
}

/** Sums of the ink of an image. */
export function inkSums(image: Gray, paper: PaperTiles): InkSums {
  const { width, height, data } = image;
  const [columns, rows] = [Math.floor(width / TILE), Math.floor(height / TILE)];
  const length = columns + 1;
  const sums = new Uint32Array(length * (rows + 1));
  const limits = Uint8Array.from(paper.levels, (level) => Math.ceil(INK * level));
  // In the kernels' memory: the limits of a row of tiles of paper, its pixels, its sums with the row before them.
  const PIXELS = paper.columns;
  const SUMS = 4 * Math.ceil((PIXELS + PAPER_TILES * TILE * width) / 4);
  const octets = kernelMemory(SUMS + 4 * length * (PAPER_TILES + 1));
  const written = new Uint32Array(octets.buffer, SUMS, length * (PAPER_TILES + 1));
  written.fill(0, 0, length);
  for (let y = 0; y < rows; y += PAPER_TILES) {
    const some = Math.min(PAPER_TILES, rows - y);
    const paperRow = (y / PAPER_TILES) * paper.columns;
    octets.set(limits.subarray(paperRow, paperRow + paper.columns));
    octets.set(data.subarray(y * TILE * width, (y + some) * TILE * width), PIXELS);
    kernels().sumInk(PIXELS, width, columns, some, 0, SUMS);
    sums.set(written.subarray(length, length * (some + 1)), (y + 1) * length);
    written.copyWithin(0, some * length, (some + 1) * length);
  }
  return { sums, columns, rows };
}

/** Ink pixels of `width` × `height` tiles. */
function inkOf({ sums, columns }: InkSums, x: number, y: number, width: number, height: number): number {
  const [top, bottom] = [y * (columns + 1) + x, (y + height) * (columns + 1) + x];
  const [all, left] = [sums[bottom + width] as number, sums[bottom] as number];
  return all - left - (sums[top + width] as number) + (sums[top] as number);
}

/** Whether a window with ink enough, of which a tile is the upper left one, may lie in a code: it has ink all over. */
function isInkAllOver(ink: InkSums, x: number, y: number, { width, height }: Window): boolean {
  const least = LEAST_INK_OF_STRIP * STRIP * TILE * TILE;
  for (let i = 0; i < height; i += STRIP)
    if (inkOf(ink, x, y + i, width, STRIP) < least * width) return false;
  for (let i = 0; i < width; i += STRIP)
    if (inkOf(ink, x + i, y, STRIP, height) < least * height) return false;
  return true;
}

/** The first tile from `x` on in a row whose window may lie in a code; -1 when there is none. `ink` lies at the start of the kernels' memory. */
function nextHalfInk(ink: InkSums, x: number, y: number, window: Window): number {
  const { width, height, leastInk } = window;
  const pixels = width * height * TILE * TILE;
  const [least, most] = [Math.ceil(leastInk * pixels), Math.floor(MOST_INK * pixels)];
  const top = 4 * y * (ink.columns + 1);
  const bottom = top + 4 * height * (ink.columns + 1);
  const next = (from: number): number =>
    kernels().nextWindow(top, bottom, ink.columns, from, width, least, most);
  let at = next(x);
  while (at >= 0 && !isInkAllOver(ink, at, y, window)) at = next(at + 1);
  return at;
}

function touches(a: Place, b: Place): boolean {
  return a.x0 <= b.x1 && b.x0 <= a.x1 && a.y0 <= b.y1 && b.y0 <= a.y1;
}

/** Adds a place; those it touches become one with it. */
function add(places: Place[], place: Place): Place[] {
  let grown = place;
  let apart = places;
  for (;;) {
    const touched = apart.filter((p) => touches(p, grown));
    if (touched.length === 0) return [...apart, grown];
    apart = apart.filter((p) => !touches(p, grown));
    const all = [grown, ...touched];
    grown = {
      x0: Math.min(...all.map((p) => p.x0)),
      y0: Math.min(...all.map((p) => p.y0)),
      x1: Math.max(...all.map((p) => p.x1)),
      y1: Math.max(...all.map((p) => p.y1)),
    };
  }
}

/**
 * Where on the page a bar code may be: where a window is about half ink, which text never is. A search of such places
 * takes a tenth of that of a page, and most pages have none. Measured against the paper around it, so that shadows and
 * faded print do not matter.
 * @param paper tiles of this image
 */
export function findCodePlaces(image: Gray, paper: PaperTiles): Place[] {
  const ink = inkSums(image, paper);
  kernelMemory(ink.sums.byteLength).set(new Uint8Array(ink.sums.buffer));
  let places: Place[] = [];
  for (const window of WINDOWS) {
    for (let y = 0; y + window.height <= ink.rows; y++) {
      for (let x = nextHalfInk(ink, 0, y, window); x >= 0; x = nextHalfInk(ink, x + 1, y, window)) {
        places = add(places, {
          x0: Math.max(0, x * TILE - MARGIN),
          y0: Math.max(0, y * TILE - MARGIN),
          x1: Math.min(image.width, (x + window.width) * TILE + MARGIN),
          y1: Math.min(image.height, (y + window.height) * TILE + MARGIN),
        });
      }
    }
  }
  const share = places.reduce((sum, p) => sum + (p.x1 - p.x0) * (p.y1 - p.y0), 0);
  if (share < WHOLE_PAGE * image.width * image.height) return places;
  return [{ x0: 0, y0: 0, x1: image.width, y1: image.height }];
}

/** Gradients under this are paper, noise, the inside of a bar. */
const LEAST_GRADIENT = 60;
/** Share of the gradients that must lie along one direction for bars. Little is enough: a vain turn costs 10 ms. */
const COHERENT = 0.3;

/**
 * How far the bars of a linear code lie turned, degrees: turned counter-clockwise by it they stand upright. `null` when
 * what is seen has no one direction (structure tensor, Bigün and Granlund 1987).
 */
export function directionOfBars({ width, height, data }: Gray): number | null {
  let [xx, yy, xy] = [0, 0, 0];
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1; i < (y + 1) * width - 1; i++) {
      const gx = (data[i + 1] as number) - (data[i - 1] as number);
      const gy = (data[i + width] as number) - (data[i - width] as number);
      if (Math.abs(gx) + Math.abs(gy) < LEAST_GRADIENT) continue;
      xx += gx * gx;
      yy += gy * gy;
      xy += gx * gy;
    }
  }
  if (xx + yy === 0) return null;
  const coherence = Math.hypot(xx - yy, 2 * xy) / (xx + yy);
  return coherence < COHERENT ? null : (Math.atan2(2 * xy, xx - yy) * 90) / Math.PI;
}
