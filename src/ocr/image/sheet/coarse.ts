import type { Gray } from '../gray.ts';
import type { Pixels } from '../red.ts';

/** Cells along the longer side of a coarse look. */
const CELLS = 200;
/** Smallest cell: of a smaller one too few pixels would be seen. */
const MIN_CELL = 4;
/** Pixels looked at along each side of a cell: some of them are paper even in a line of text. */
const LOOKS = 3;

/** A page seen coarsely: how light its paper is, or what lies in its place. */
export interface CoarseLook extends Gray {
  /** Pixels of the page along each side of a cell. */
  cell: number;
}

const cellOf = ({ width, height }: Pixels): number =>
  Math.max(MIN_CELL, Math.round(Math.max(width, height) / CELLS));

/**
 * The lightest spot of a cell, by its darkest channel: writing vanishes, and wood or cloth, which the red channel alone
 * takes for paper, is dark in blue.
 */
function lightestOf({ data, width, channels }: Pixels, left: number, top: number, cell: number): number {
  let lightest = 0;
  for (let i = 0; i < LOOKS; i++) {
    const row = (top + ((((2 * i + 1) * cell) / (2 * LOOKS)) | 0)) * width;
    for (let j = 0; j < LOOKS; j++) {
      const at = (row + left + ((((2 * j + 1) * cell) / (2 * LOOKS)) | 0)) * channels;
      let darkest = data[at] as number;
      if (channels > 2) {
        const [green, blue] = [data[at + 1] as number, data[at + 2] as number];
        if (green < darkest) darkest = green;
        if (blue < darkest) darkest = blue;
      }
      if (darkest > lightest) lightest = darkest;
    }
  }
  return lightest;
}

/** The whole page cell by cell; about 5 ms. */
export function lookCoarsely(pixels: Pixels): CoarseLook {
  const cell = cellOf(pixels);
  const width = Math.floor(pixels.width / cell);
  const height = Math.floor(pixels.height / cell);
  const data = new Uint8Array(width * height);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) data[at] = lightestOf(pixels, x * cell, y * cell, cell);
  return { width, height, data, cell };
}

/** A strip of fewer cells is no picture of a sheet. */
const LEAST_CELLS = 20;
/** Every so many cells of the rim are looked at. */
const RIM_STEP = 3;
/** How far inwards from the rim paper is looked for, in shares of the way across. */
const INWARDS = [0.04, 0.09, 0.15, 0.22, 0.3];
/** Share of the level of that paper under which a cell of the rim shows something else. */
const RIM_LEVEL = 0.9;
/** Share of such cells from which there is something around the paper; an edge of a copier is thinner than the cells looked at. */
const RIM_SHARE = 0.08;

/** Whether a picture may show more than its sheet. A scan has paper up to its rim. A tenth of a millisecond. */
export function hasSurroundings(pixels: Pixels): boolean {
  const cell = cellOf(pixels);
  const [columns, rows] = [Math.floor(pixels.width / cell), Math.floor(pixels.height / cell)];
  if (Math.min(columns, rows) < LEAST_CELLS) return false;
  let seen = 0;
  let dark = 0;
  const look = (x: number, y: number, dx: number, dy: number): void => {
    const level = (share: number): number => {
      const [column, row] = [Math.round(x + dx * share * columns), Math.round(y + dy * share * rows)];
      return lightestOf(pixels, column * cell, row * cell, cell);
    };
    const paper = INWARDS.reduce((most, share) => Math.max(most, level(share)), 0);
    if (level(0) < RIM_LEVEL * paper) dark++;
    seen++;
  };
  for (let x = 1; x < columns - 1; x += RIM_STEP) {
    look(x, 1, 0, 1);
    look(x, rows - 2, 0, -1);
  }
  for (let y = 1; y < rows - 1; y += RIM_STEP) {
    look(1, y, 1, 0);
    look(columns - 2, y, -1, 0);
  }
  return dark > RIM_SHARE * seen;
}
