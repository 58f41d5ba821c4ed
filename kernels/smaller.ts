/** One channel of several, one pixel for four (`src/ocr/image/red.ts`, `gray.ts`). */

/** The first of `channels` channels of `n` pixels; `from` may be the place of another. */
export function pickChannel(from: usize, channels: i32, n: i32, into: usize): void {
  if (channels !== 3) {
    for (let i = 0; i < n; i++) store<u8>(into + i, load<u8>(from + i * channels));
    return;
  }
  for (let i = 0, at = from; i < n; i += 16, at += 48) {
    const first = v128.load(at);
    const second = v128.load(at, 16);
    const two = i8x16.shuffle(first, second, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
    const third = v128.load(at, 32);
    const all = i8x16.shuffle(two, third, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
    v128.store(into + i, all);
  }
}

/** Means of 2 × 2 squares, rounded down, for `rows` rows of `into`; `width` of the larger picture, half of it of the smaller. */
export function halve(from: usize, width: i32, rows: i32, into: usize): void {
  const half = width >> 1;
  for (let y = 0, upper = from, to = into; y < rows; y++, upper += 2 * width, to += half) {
    const lower = upper + width;
    // Past the end of a row is written over by the next.
    for (let x = 0; x < half; x += 16) {
      const at = 2 * x;
      const first = squares(upper + at, lower + at);
      const second = squares(upper + at + 16, lower + at + 16);
      v128.store(to + x, i8x16.narrow_i16x8_u(first, second));
    }
  }
}

/** Means of eight squares. */
@inline
function squares(upper: usize, lower: usize): v128 {
  const above = i16x8.extadd_pairwise_i8x16_u(v128.load(upper));
  return i16x8.shr_u(i16x8.add(above, i16x8.extadd_pairwise_i8x16_u(v128.load(lower))), 2);
}
