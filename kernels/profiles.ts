/** Profiles of edge points along lines of several slants (`src/ocr/image/skew.ts`). */

/**
 * Adds points to four profiles at the same time: neighbours fall into the same place of one, and would wait for each other.
 * @param xs @param ys 32-bit floats, `n` of each
 * @param lines of the four slants the slopes, then what is added to places, 64-bit floats; then the addresses of their profiles
 */
export function addProfiles(xs: usize, ys: usize, n: i32, lines: usize): void {
  const slopes = v128.load(lines);
  const moreSlopes = v128.load(lines, 16);
  const offsets = v128.load(lines, 32);
  const moreOffsets = v128.load(lines, 48);
  const first = load<u32>(lines, 64);
  const second = load<u32>(lines, 68);
  const third = load<u32>(lines, 72);
  const fourth = load<u32>(lines, 76);
  for (let i = 0; i < 4 * n; i += 4) {
    const x = f64x2.splat(<f64>load<f32>(xs + i));
    const y = f64x2.splat(<f64>load<f32>(ys + i));
    addBoth(f64x2.add(f64x2.add(y, f64x2.mul(x, slopes)), offsets), first, second);
    addBoth(f64x2.add(f64x2.add(y, f64x2.mul(x, moreSlopes)), moreOffsets), third, fourth);
  }
}

/** Shares a point out among the two places of a profile it lies between; of two profiles. */
@inline
function addBoth(positions: v128, first: usize, second: usize): void {
  const whole = f64x2.floor(positions);
  const parts = f64x2.sub(positions, whole);
  const at = i32x4.shl(i32x4.trunc_sat_f64x2_s_zero(whole), 2);
  addOne(first + i32x4.extract_lane(at, 0), f64x2.extract_lane(parts, 0));
  addOne(second + i32x4.extract_lane(at, 1), f64x2.extract_lane(parts, 1));
}

@inline
function addOne(at: usize, part: f64): void {
  store<f32>(at, <f32>(<f64>load<f32>(at) + 1 - part));
  store<f32>(at, <f32>(<f64>load<f32>(at, 4) + part), 4);
}

/** Sum of the squares of a profile of `n` places. */
export function energyOf(profile: usize, n: i32): f64 {
  let energy: f64 = 0;
  for (let i = 0; i < 4 * n; i += 4) {
    const value = <f64>load<f32>(profile + i);
    energy += value * value;
  }
  return energy;
}
