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
