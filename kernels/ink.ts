/** Where ink is: runs of it along the rows, how much of it tiles hold (`src/ocr/image/components.ts`, `code-places.ts`). */

/**
 * Runs of pixels darker than `limit` (1 to 256) along `rows` rows.
 * @param y number of the first row
 * @param runs where to write: of each run its start, its end (exclusive) and its row, 32 bits each
 * @returns how many there are
 */
export function findRuns(from: usize, width: i32, rows: i32, limit: i32, y: i32, runs: usize): i32 {
  const darkest = i8x16.splat(<u8>(limit - 1));
  let to = runs;
  for (let row = 0, start = from; row < rows; row++, start += width) {
    let begun = 0;
    let inside = 0;
    for (let x = 0; x < width; x += 16) {
      let dark = i8x16.bitmask(i8x16.le_u(v128.load(start + x), darkest));
      if (x + 16 > width) dark &= (1 << (width - x)) - 1;
      // Bits of pixels that are not as the one before.
      let edges = (dark ^ ((dark << 1) | inside)) & 0xffff;
      for (; edges !== 0; edges &= edges - 1) {
        const at = x + ctz(edges);
        if (inside === 0) begun = at;
        else {
          store<i32>(to, begun);
          store<i32>(to, at, 4);
          store<i32>(to, y + row, 8);
          to += 12;
        }
        inside ^= 1;
      }
    }
    if (inside !== 0) {
      store<i32>(to, begun);
      store<i32>(to, width, 4);
      store<i32>(to, y + row, 8);
      to += 12;
    }
  }
  return <i32>(to - runs) / 12;
}

/** Side of a tile, pixels; of a tile of paper, in those. */
const TILE: i32 = 4;
const PAPER_TILES: i32 = 8;

/**
 * Ink pixels of tiles, summed over all tiles above and to the left.
 * @param from pixels, `width` octets from row to row
 * @param rows of tiles, which lie on one row of tiles of paper
 * @param limits of every tile of paper the level from which a pixel is none
 * @param sums the row of sums above, and after it those which are written, `columns` + 1 of 32 bits each
 */
export function sumInk(from: usize, width: i32, columns: i32, rows: i32, limits: usize, sums: usize): void {
  const length = 4 * (columns + 1);
  for (let y = 0; y < rows; y++)
    sumRow(from + y * TILE * width, width, columns, limits, sums + y * length, length);
}

@inline
function sumRow(from: usize, width: i32, columns: i32, limits: usize, above: usize, length: i32): void {
  const own = above + length;
  store<u32>(own, 0);
  let row: u32 = 0;
  // Four tiles a step: they lie on one tile of paper.
  for (let tile = 0; tile < columns; tile += 4) {
    const limit = v128.load8_splat(limits + tile / PAPER_TILES);
    let ink = i8x16.splat(0);
    for (let y = 0, at = from + TILE * tile; y < TILE; y++, at += width)
      ink = i8x16.sub(ink, i8x16.lt_u(v128.load(at), limit));
    const four = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(ink));
    const at = 4 * (tile + 1);
    // What is written past the last tile is written over by the next row.
    row += i32x4.extract_lane(four, 0);
    store<u32>(own + at, row + load<u32>(above + at));
    row += i32x4.extract_lane(four, 1);
    store<u32>(own + at, row + load<u32>(above + at, 4), 4);
    row += i32x4.extract_lane(four, 2);
    store<u32>(own + at, row + load<u32>(above + at, 8), 8);
    row += i32x4.extract_lane(four, 3);
    store<u32>(own + at, row + load<u32>(above + at, 12), 12);
  }
}

/**
 * Pixels not lighter than `threshold` beside lighter ones: edges of ink.
 * @param rows that are looked at, `width` octets from one to the next
 * @param x0 @param x1 where to look along a row, end exclusive; at every third pixel, or (`all`) at each
 * @param beside how many octets behind a pixel its neighbour is
 * @param y number of the first row @param yStep from one to the next
 * @param xs @param ys where to write places along the rows and numbers of the rows, 32-bit floats
 * @returns how many there are
 */
export function findEdges(
  from: usize,
  width: i32,
  rows: i32,
  x0: i32,
  x1: i32,
  all: bool,
  beside: i32,
  threshold: i32,
  y: i32,
  yStep: i32,
  xs: usize,
  ys: usize,
): i32 {
  const darkest = i8x16.splat(<u8>threshold);
  let n: usize = 0;
  for (let row = 0, start = from; row < rows; row++, start += width) {
    let phase = 0;
    for (let x = x0; x < x1; x += 16) {
      const ink = i8x16.le_u(v128.load(start + x), darkest);
      const paper = i8x16.gt_u(v128.load(start + x + beside), darkest);
      let edges = i8x16.bitmask(v128.and(ink, paper));
      if (x + 16 > x1) edges &= (1 << (x1 - x)) - 1;
      if (!all) {
        // Every third pixel of these sixteen.
        edges &= phase === 0 ? 0x9249 : phase === 1 ? 0x4924 : 0x2492;
        phase = phase === 2 ? 0 : phase + 1;
      }
      for (; edges !== 0; edges &= edges - 1, n += 4) {
        store<f32>(xs + n, <f32>(x + ctz(edges)));
        store<f32>(ys + n, <f32>(y + row * yStep));
      }
    }
  }
  return <i32>(n >> 2);
}

/**
 * The first tile from `x` on whose window of `across` tiles holds ink from `least` to `most`.
 * @param top sums above the row of tiles @param bottom sums above the row of tiles below the window
 * @param columns of tiles
 * @returns -1 when there is none
 */
export function nextWindow(
  top: usize,
  bottom: usize,
  columns: i32,
  x: i32,
  across: i32,
  least: i32,
  most: i32,
): i32 {
  const few = i32x4.splat(least);
  const many = i32x4.splat(most);
  for (let left = x; left + across <= columns; left += 4) {
    const right = 4 * (left + across);
    const below = i32x4.sub(v128.load(bottom + right), v128.load(bottom + 4 * left));
    const above = i32x4.sub(v128.load(top + right), v128.load(top + 4 * left));
    const ink = i32x4.sub(below, above);
    const found = i32x4.bitmask(v128.and(i32x4.ge_s(ink, few), i32x4.le_s(ink, many)));
    // Past the last window of the row nothing counts.
    if (found !== 0) {
      const at = left + ctz(found);
      return at + across <= columns ? at : -1;
    }
  }
  return -1;
}
