/** Plane projective maps: how a flat sheet is seen by a camera without a bent lens. */

/** Nine numbers row by row; `(x, y)` goes to `((ax + by + c) / w, (dx + ey + f) / w)` with `w = gx + hy + i`. */
export type Homography = readonly [number, number, number, number, number, number, number, number, number];

/** A place in a picture, pixels. */
export interface Point {
  x: number;
  y: number;
}

/** Four corners of a sheet as it is seen: top left, top right, bottom right, bottom left. */
export type Quad = readonly [Point, Point, Point, Point];

/** Where a point goes. */
export function project(h: Homography, x: number, y: number): Point {
  const w = h[6] * x + h[7] * y + h[8];
  return { x: (h[0] * x + h[1] * y + h[2]) / w, y: (h[3] * x + h[4] * y + h[5]) / w };
}

/** `second` after `first`. */
export function compose(first: Homography, second: Homography): Homography {
  const at = (row: number, column: number): number =>
    (second[3 * row] as number) * (first[column] as number) +
    (second[3 * row + 1] as number) * (first[3 + column] as number) +
    (second[3 * row + 2] as number) * (first[6 + column] as number);
  return [at(0, 0), at(0, 1), at(0, 2), at(1, 0), at(1, 1), at(1, 2), at(2, 0), at(2, 1), at(2, 2)];
}

/** The way back: the adjugate, which is the inverse but for a factor that does not count. */
export function invert(h: Homography): Homography {
  const [a, b, c, d, e, f, g, k, i] = h;
  return [
    e * i - f * k,
    c * k - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * k - e * g,
    b * g - a * k,
    a * e - b * d,
  ];
}

/** Scales by `x` and `y` about the origin. */
export function scaling(x: number, y: number): Homography {
  return [x, 0, 0, 0, y, 0, 0, 0, 1];
}

/** The map of the unit square to four corners (Heckbert 1989, §2.2.3). */
export function fromUnitSquare([p0, p1, p2, p3]: Quad): Homography {
  const sx = p0.x - p1.x + p2.x - p3.x;
  const sy = p0.y - p1.y + p2.y - p3.y;
  const dx1 = p1.x - p2.x;
  const dx2 = p3.x - p2.x;
  const dy1 = p1.y - p2.y;
  const dy2 = p3.y - p2.y;
  const area = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / area;
  const h = (dx1 * sy - sx * dy1) / area;
  return [
    p1.x - p0.x + g * p1.x,
    p3.x - p0.x + h * p3.x,
    p0.x,
    p1.y - p0.y + g * p1.y,
    p3.y - p0.y + h * p3.y,
    p0.y,
    g,
    h,
    1,
  ];
}

/** Map of a rectangle from the origin to four corners. */
export function fromRectangle(width: number, height: number, quad: Quad): Homography {
  return compose(scaling(1 / width, 1 / height), fromUnitSquare(quad));
}

/** Turning a page of `width` × `height` counter-clockwise by 0, 90, 180 or 270 degrees. */
export function turning(clockwise: number, width: number, height: number): Homography {
  if (clockwise === 90) return [0, 1, 0, -1, 0, width, 0, 0, 1];
  if (clockwise === 180) return [-1, 0, width, 0, -1, height, 0, 0, 1];
  if (clockwise === 270) return [0, -1, height, 1, 0, 0, 0, 0, 1];
  return [1, 0, 0, 0, 1, 0, 0, 0, 1];
}
