/**
 * The two passes that make a page level (`src/ocr/image/deskew.ts` says how): rows moved along themselves into a ring of the
 * last few, then columns along themselves, strip by strip.
 */

/** Weights are whole numbers of so many bits. */
const WEIGHT_BITS: i32 = 14;
const ONE: f64 = 16384;
const HALF: i32 = 8192;
/** White on either side of a row, pixels. */
const RIM: i32 = 4;

/** The page as it came, the level page, and the slant. */
let cos: f64 = 0;
let sin: f64 = 0;
let imageWidth: i32 = 0;
let imageHeight: i32 = 0;
let width: i32 = 0;
let height: i32 = 0;
/** Neighbours that share their weights. */
let sharing: i32 = 0;
/** Where things lie: the row of the page, in its rim; the ring of moved rows; weights of the columns; the strip made level. */
let rowAt: usize = 0;
let ringAt: usize = 0;
let columnsAt: usize = 0;
let stripAt: usize = 0;
/** Rows of the ring less one, all bits set; octets from row to row, at least 8 more than the level page is wide. */
let ringMask: i32 = 0;
let stride: i32 = 0;

/** Weights of the last `weigh`: of the first two neighbours and of the other two, 16 bits each. */
let outer: i32 = 0;
let inner: i32 = 0;

/** Begins a page: what is told of it stays until the next. */
export function startTurn(
  cosine: f64,
  sine: f64,
  fromWidth: i32,
  fromHeight: i32,
  toWidth: i32,
  toHeight: i32,
  shared: i32,
): void {
  cos = cosine;
  sin = sine;
  imageWidth = fromWidth;
  imageHeight = fromHeight;
  width = toWidth;
  height = toHeight;
  sharing = shared;
}

/** Says where things lie. */
export function layOut(row: usize, ring: usize, mask: i32, rowLength: i32, columns: usize, strip: usize): void {
  rowAt = row;
  ringAt = ring;
  ringMask = mask;
  stride = rowLength;
  columnsAt = columns;
  stripAt = strip;
}

/** As `Math.round` of JavaScript: halves go up. */
@inline
function round(x: f64): i32 {
  const up = ceil(x);
  return <i32>(up - 0.5 > x ? up - 1 : up);
}

/** Weights of four neighbours for a place `t` (0 to 1) behind the second of them: Catmull-Rom's, which make one together. */
@inline
function weigh(t: f64): void {
  const before = round(ONE * t * (t * (1 - 0.5 * t) - 0.5));
  const after = round(ONE * t * (t * (2 - 1.5 * t) + 0.5));
  const last = round(ONE * 0.5 * t * t * (t - 1));
  const own = <i32>ONE - before - after - last;
  outer = (before & 0xffff) | (own << 16);
  inner = (after & 0xffff) | (last << 16);
}

/** Two times eight 16-bit levels side by side, pixel by pixel: those of the first four, of the last four. */
@inline
function pairLow(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

@inline
function pairHigh(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** Four sums of weighted neighbours as levels, not yet kept between 0 and 255. */
@inline
function weighted(first: v128, second: v128, before: v128, after: v128): v128 {
  const sum = i32x4.add(i32x4.dot_i16x8_s(first, before), i32x4.dot_i16x8_s(second, after));
  return i32x4.shr_s(i32x4.add(sum, i32x4.splat(HALF)), WEIGHT_BITS);
}

/** Eight levels kept between 0 and 255, written. */
@inline
function storeEight(at: usize, low: v128, high: v128): void {
  const words = i16x8.narrow_i32x4_s(low, high);
  v128.store64_lane(at, i8x16.narrow_i16x8_u(words, words), 0);
}

/** Moves the row of the page that lies at `rowAt` into the ring; rows above and below the page are white. */
export function moveRow(y: i32): void {
  const row = ringAt + (y & ringMask) * stride;
  memory.fill(row, 255, stride);
  if (y < 0 || y >= imageHeight) return;
  // The column of the level page the middle of the row goes to.
  const centre = <f64>width / 2 - 0.5 + sin * (<f64>y + 0.5 - <f64>imageHeight / 2);
  const reach = cos * (<f64>imageWidth / 2 + 0.5);
  const end = min(width, <i32>floor(centre + reach) + 1);
  for (let x = max(0, <i32>ceil(centre - reach)); x < end; x += sharing) {
    const last = min(end, x + sharing);
    const middle = <f64>(x + last - 1) / 2;
    const shift = (middle - centre) / cos + <f64>imageWidth / 2 - 0.5 - middle;
    const whole = floor(shift);
    weigh(shift - whole);
    const before = i32x4.splat(outer);
    const after = i32x4.splat(inner);
    // Past its end a run is written over by the next; eight at a time.
    let from = rowAt + x + <i32>whole + RIM - 1;
    for (let to = row + x; to < row + last; to += 8, from += 8) {
      const a = v128.load8x8_u(from);
      const b = v128.load8x8_u(from, 1);
      const c = v128.load8x8_u(from, 2);
      const d = v128.load8x8_u(from, 3);
      const low = weighted(pairLow(a, b), pairLow(c, d), before, after);
      const high = weighted(pairHigh(a, b), pairHigh(c, d), before, after);
      storeEight(to, low, high);
    }
  }
  if (end >= 0) v128.store64_lane(row + end, i8x16.splat(-1), 0);
}

/** As `round`, of two numbers. */
@inline
function roundBoth(x: v128): v128 {
  const up = f64x2.ceil(x);
  const over = f64x2.gt(f64x2.sub(up, f64x2.splat(0.5)), x);
  return f64x2.sub(up, v128.and(over, f64x2.splat(1)));
}

/** Two whole numbers written as 32 bits each. */
@inline
function storeBoth(at: usize, wholes: v128): void {
  v128.store64_lane(at, i32x4.trunc_sat_f64x2_s_zero(wholes), 0);
}

/** Two pairs of whole numbers written as 16 bits each, first and second in turn. */
@inline
function storePairs(at: usize, first: v128, second: v128): void {
  const low = v128.and(i32x4.trunc_sat_f64x2_s_zero(first), i32x4.splat(0xffff));
  v128.store64_lane(at, v128.or(low, i32x4.shl(i32x4.trunc_sat_f64x2_s_zero(second), 16)), 0);
}

/** Of every column of a strip how many whole pixels it moves by, and its weights: `weigh` of two at the same time. */
function weighColumns(y: i32, last: i32): void {
  const middle = <f64>(y + last - 1) / 2;
  const across = f64x2.splat(cos * (middle + 0.5 - <f64>height / 2) + <f64>imageHeight / 2 - 0.5 - middle);
  const slant = f64x2.splat(sin);
  const half = f64x2.splat(0.5);
  const one = f64x2.splat(1);
  const centre = f64x2.splat(<f64>width / 2);
  let column = f64x2.replace_lane(f64x2.splat(0), 1, 1);
  for (let x = 0, at = columnsAt; x < width; x += 2, at += 8) {
    const shift = f64x2.add(across, f64x2.mul(slant, f64x2.sub(f64x2.add(column, half), centre)));
    const whole = f64x2.floor(shift);
    const t = f64x2.sub(shift, whole);
    // The terms of `weigh` in its order, so that they are rounded alike.
    const all = f64x2.mul(f64x2.splat(ONE), t);
    const rise = f64x2.sub(f64x2.mul(t, f64x2.sub(one, f64x2.mul(half, t))), half);
    const fall = f64x2.add(f64x2.mul(t, f64x2.sub(f64x2.splat(2), f64x2.mul(f64x2.splat(1.5), t))), half);
    const before = roundBoth(f64x2.mul(all, rise));
    const after = roundBoth(f64x2.mul(all, fall));
    const end = f64x2.mul(f64x2.mul(f64x2.mul(f64x2.splat(ONE * 0.5), t), t), f64x2.sub(t, one));
    const beyond = roundBoth(end);
    const own = f64x2.sub(f64x2.sub(f64x2.sub(f64x2.splat(ONE), before), after), beyond);
    storeBoth(at, whole);
    storePairs(at + 4 * stride, before, own);
    storePairs(at + 8 * stride, after, beyond);
    column = f64x2.add(column, f64x2.splat(2));
  }
}

/** A pixel of the ring. */
@inline
function moved(x: i32, y: i32): i32 {
  return <i32>load<u8>(ringAt + (y & ringMask) * stride + x);
}

/** One column of a strip, pixel by pixel. */
function moveColumn(x: i32, y: i32, last: i32): void {
  const at = columnsAt + 4 * x;
  const top = load<i32>(at) - 1;
  const before = load<i32>(at + 4 * stride);
  const after = load<i32>(at + 8 * stride);
  for (let row = y, to = stripAt + x; row < last; row++, to += width) {
    const first = <i32>(<i16>before) * moved(x, row + top) + (before >> 16) * moved(x, row + top + 1);
    const second = <i32>(<i16>after) * moved(x, row + top + 2) + (after >> 16) * moved(x, row + top + 3);
    store<u8>(to, min(255, max(0, (first + second + HALF) >> WEIGHT_BITS)));
  }
}

/** Eight pixels of the ring; of the row below where `lower` says so. */
@inline
function movedEight(x: i32, y: i32, lower: v128, mixed: bool): v128 {
  const upper = v128.load8x8_u(ringAt + (y & ringMask) * stride + x);
  if (!mixed) return upper;
  return v128.bitselect(v128.load8x8_u(ringAt + ((y + 1) & ringMask) * stride + x), upper, lower);
}

/** Eight columns of a strip side by side, which move by `top` + 1 whole pixels, and by one more where `lower` says so. */
@inline
function moveEight(x: i32, y: i32, last: i32, top: i32, lower: v128, mixed: bool): void {
  const at = columnsAt + 4 * x;
  const beforeLow = v128.load(at + 4 * stride);
  const beforeHigh = v128.load(at + 4 * stride, 16);
  const afterLow = v128.load(at + 8 * stride);
  const afterHigh = v128.load(at + 8 * stride, 16);
  const a = movedEight(x, y + top, lower, mixed);
  const b = movedEight(x, y + top + 1, lower, mixed);
  let c = movedEight(x, y + top + 2, lower, mixed);
  // Every pair of neighbours is the second of one pixel and the first of that two below.
  let low = pairLow(a, b);
  let high = pairHigh(a, b);
  let nextLow = pairLow(b, c);
  let nextHigh = pairHigh(b, c);
  for (let row = y, to = stripAt + x; row < last; row++, to += width) {
    const d = movedEight(x, row + top + 3, lower, mixed);
    const lastLow = pairLow(c, d);
    const lastHigh = pairHigh(c, d);
    const levels = weighted(low, lastLow, beforeLow, afterLow);
    storeEight(to, levels, weighted(high, lastHigh, beforeHigh, afterHigh));
    low = nextLow;
    high = nextHigh;
    nextLow = lastLow;
    nextHigh = lastHigh;
    c = d;
  }
}

/** The columns from `x` on, as many as are made at the same time; columns are weighed already. */
@inline
function moveSome(x: i32, y: i32, last: i32): void {
  const at = columnsAt + 4 * x;
  const first = load<i32>(at);
  const end = load<i32>(at + 28);
  const least = min(first, end);
  if (first === end) moveEight(x, y, last, least - 1, i16x8.splat(0), false);
  else if (max(first, end) === least + 1) {
    const all = i32x4.splat(least);
    const low = i32x4.gt_s(v128.load(at), all);
    const high = i32x4.gt_s(v128.load(at, 16), all);
    moveEight(x, y, last, least - 1, i16x8.narrow_i32x4_s(low, high), true);
  } else for (let i = x; i < x + 8; i++) moveColumn(i, y, last);
}

/** Makes the rows from `y` to `last` (exclusive) of the level page, at `stripAt`: those they are made of are in the ring. */
export function moveColumns(y: i32, last: i32): void {
  weighColumns(y, last);
  if (width < 8) {
    for (let x = 0; x < width; x++) moveColumn(x, y, last);
    return;
  }
  for (let x = 0; x + 8 <= width; x += 8) moveSome(x, y, last);
  // The last eight once more, for what is left over.
  if (width % 8 !== 0) moveSome(width - 8, y, last);
}
