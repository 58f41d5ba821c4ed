/** Counts of grey levels, and what is told by them (`src/ocr/image/gray.ts`, `quality.ts`). */

/** Adds `n` pixels to four tables of 256 counts, used by turns: on paper, where neighbours are alike, one would wait for itself. */
export function countLevels(from: usize, n: i32, tables: usize): void {
  const end = from + n;
  let at = from;
  for (; at + 8 <= end; at += 8) {
    const levels = load<u64>(at);
    count(tables, levels & 0xff);
    count(tables + 1024, (levels >> 8) & 0xff);
    count(tables + 2048, (levels >> 16) & 0xff);
    count(tables + 3072, (levels >> 24) & 0xff);
    count(tables, (levels >> 32) & 0xff);
    count(tables + 1024, (levels >> 40) & 0xff);
    count(tables + 2048, (levels >> 48) & 0xff);
    count(tables + 3072, levels >> 56);
  }
  for (; at < end; at++) count(tables, load<u8>(at));
}

@inline
function count(table: usize, level: u64): void {
  const at = table + <usize>(level << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** How many pixels of a tile are darker than `limit`. At most 255 sixteens of them. */
function darker(from: usize, across: i32, rows: i32, rowStep: i32, limit: i32): i32 {
  const all = i8x16.splat(<u8>limit);
  const whole = across & ~15;
  let counts = i8x16.splat(0);
  let rest = 0;
  for (let row = 0, start = from; row < rows; row++, start += rowStep) {
    for (let x = 0; x < whole; x += 16) counts = i8x16.sub(counts, i8x16.lt_u(v128.load(start + x), all));
    for (let x = whole; x < across; x++) rest += <i32>(<i32>load<u8>(start + x) < limit);
  }
  const sums = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(counts));
  const halves = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1);
  return rest + halves + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
}

/**
 * Of every tile of a row of them the lightest level that less than `share` of its pixels are darker than.
 * @param rows of pixels that are looked at, `width` octets from one to the next
 * @param levels where to write, one octet a tile
 */
export function paperOfTiles(from: usize, width: i32, rows: i32, tile: i32, share: f64, levels: usize): void {
  for (let x = 0, to = levels; x < width; x += tile, to++) {
    const across = min(tile, width - x);
    const least = share * <f64>(rows * across);
    let level = 0;
    for (let bit = 128; bit > 0; bit >>= 1)
      if (<f64>darker(from + x, across, rows, width, level + bit) < least) level += bit;
    store<u8>(to, level);
  }
}

/** Immerkær's measure of eight pixels: how far each is off the plane its neighbours make. */
@inline
function offPlane(at: usize, width: i32): v128 {
  const above = at - width;
  const below = at + width;
  const corners = i16x8.add(
    i16x8.add(v128.load8x8_u(above - 1), v128.load8x8_u(above + 1)),
    i16x8.add(v128.load8x8_u(below - 1), v128.load8x8_u(below + 1)),
  );
  const sides = i16x8.add(
    i16x8.add(v128.load8x8_u(above), v128.load8x8_u(below)),
    i16x8.add(v128.load8x8_u(at - 1), v128.load8x8_u(at + 1)),
  );
  const own = i16x8.shl(v128.load8x8_u(at), 2);
  return i16x8.abs(i16x8.sub(i16x8.add(corners, own), i16x8.shl(sides, 1)));
}

/** Sum of eight positive numbers of 16 bits, as four of 32. */
@inline
function sumOfEight(words: v128): v128 {
  return i32x4.extadd_pairwise_i16x8_s(words);
}

/**
 * Adds what a row shows of noise to three counts: pixels that stand out of all their neighbours by more than `step`;
 * Immerkær's sum over the pixels whose neighbours differ by less than `smooth`; how many these are.
 * @param from the row above, followed by the row itself and the one below
 */
export function addNoise(from: usize, width: i32, step: i32, smooth: i32, counts: usize): void {
  const steps = i8x16.splat(<u8>step);
  const range = i8x16.splat(<u8>smooth);
  let sums = i32x4.splat(0);
  let impulses = 0;
  let seen = 0;
  for (let x = 1; x < width - 1; x += 16) {
    const at = from + width + x;
    const above = at - width;
    const below = at + width;
    const own = v128.load(at);
    let low = v128.load(above - 1);
    let high = low;
    const top = v128.load(above);
    low = i8x16.min_u(low, top);
    high = i8x16.max_u(high, top);
    const topRight = v128.load(above + 1);
    low = i8x16.min_u(low, topRight);
    high = i8x16.max_u(high, topRight);
    const left = v128.load(at - 1);
    low = i8x16.min_u(low, left);
    high = i8x16.max_u(high, left);
    const right = v128.load(at + 1);
    low = i8x16.min_u(low, right);
    high = i8x16.max_u(high, right);
    const bottomLeft = v128.load(below - 1);
    low = i8x16.min_u(low, bottomLeft);
    high = i8x16.max_u(high, bottomLeft);
    const bottom = v128.load(below);
    low = i8x16.min_u(low, bottom);
    high = i8x16.max_u(high, bottom);
    const bottomRight = v128.load(below + 1);
    low = i8x16.min_u(low, bottomRight);
    high = i8x16.max_u(high, bottomRight);
    const rest = width - 1 - x;
    // Past the last pixel of the row nothing counts.
    const valid = rest >= 16 ? 0xffff : (1 << rest) - 1;
    const lighter = i8x16.gt_u(i8x16.sub_sat_u(own, high), steps);
    const deeper = i8x16.gt_u(i8x16.sub_sat_u(low, own), steps);
    impulses += popcnt(i8x16.bitmask(v128.or(lighter, deeper)) & valid);
    let even = i8x16.lt_u(i8x16.sub(high, low), range);
    if (rest < 16) even = v128.and(even, i8x16.lt_u(COUNTING, i8x16.splat(<u8>rest)));
    seen += popcnt(i8x16.bitmask(even));
    const first = v128.and(offPlane(at, width), i16x8.extend_low_i8x16_s(even));
    const second = v128.and(offPlane(at + 8, width), i16x8.extend_high_i8x16_s(even));
    sums = i32x4.add(sums, i32x4.add(sumOfEight(first), sumOfEight(second)));
  }
  const halves = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1);
  const noise = halves + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
  store<u32>(counts, load<u32>(counts) + impulses);
  store<u32>(counts, load<u32>(counts, 4) + noise, 4);
  store<u32>(counts, load<u32>(counts, 8) + seen, 8);
}

const COUNTING = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
