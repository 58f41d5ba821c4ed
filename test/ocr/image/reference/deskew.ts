/** The turning of a page in JavaScript, pixel by pixel: what `src/ocr/image/deskew.ts` is held to. */
import { type Gray, giveBack, roomFor } from '../../../../src/ocr/image/gray.ts';

/** Weights are whole numbers of so many bits: rounding costs less than a grey level. */
const WEIGHT_BITS = 14;
const ONE = 1 << WEIGHT_BITS;
const HALF = ONE >> 1;
/** White around what is turned, pixels: neighbours of its outermost ones are looked at. */
const RIM = 4;
/** Pixels that share their weights are off by so much of a pixel at most … */
const MOST_DRIFT = 1 / 64;
/** … but so many share them in any case: at the largest slant looked for, 7°, they are off by a seventeenth. */
const LEAST_SHARING = 16;
/** More rows at a time do not stay in a core's cache. */
const MOST_SHARING = 64;

type Weights = readonly [number, number, number, number];

/** Weights of four neighbours for a place `t` (0 to 1) behind the second of them: Catmull-Rom's, which make one together. */
function weigh(t: number): Weights {
  const before = Math.round(ONE * t * (t * (1 - 0.5 * t) - 0.5));
  const after = Math.round(ONE * t * (t * (2 - 1.5 * t) + 0.5));
  const last = Math.round(ONE * 0.5 * t * t * (t - 1));
  return [before, ONE - before - after - last, after, last];
}

/** How the two passes see a page turned by an angle; places are counted from the middle of the pictures. */
interface Turn {
  cos: number;
  sin: number;
  /** Size of the level page. */
  width: number;
  height: number;
  /** Neighbours that share their weights. */
  sharing: number;
  /** White rows above and below the page between the passes, so that no column ends. */
  pad: number;
}

function turnOf({ width, height }: Gray, degrees: number): Turn {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const levelWidth = Math.ceil(width * cos + height * Math.abs(sin));
  const sharing = Math.floor((2 * MOST_DRIFT) / (1 / cos - 1));
  return {
    cos,
    sin,
    width: levelWidth,
    height: Math.ceil(width * Math.abs(sin) + height * cos),
    sharing: Math.min(MOST_SHARING, Math.max(LEAST_SHARING, sharing)),
    pad: Math.ceil(Math.abs(sin) * levelWidth) + RIM,
  };
}

/** Pixels one after another, along a row or down a column, that all move by the same part of a pixel. */
interface Run {
  /** Where the first of its four neighbours is. */
  at: number;
  /** Where the run goes, its end exclusive. */
  to: number;
  end: number;
  /** From one pixel to the next. */
  step: number;
}

/** Products of whole numbers, which V8 else checks for more than 32 bits: a seventh of the turning. */
const { imul } = Math;

function moveRun(from: Uint8Array, into: Uint8ClampedArray, run: Run, part: number): void {
  const { at, to, end, step } = run;
  const [w0, w1, w2, w3] = weigh(part);
  let [a, b, c] = [from[at] as number, from[at + step] as number, from[at + 2 * step] as number];
  let out = to;
  let next = at + 3 * step;
  // Four at a time, so that the neighbours change places once in four pixels: a sixth of the turning.
  for (const last = end - 3 * step; out < last; out += 4 * step, next += 4 * step) {
    const d = from[next] as number;
    const e = from[next + step] as number;
    const f = from[next + 2 * step] as number;
    const g = from[next + 3 * step] as number;
    into[out] = (imul(w0, a) + imul(w1, b) + imul(w2, c) + imul(w3, d) + HALF) >> WEIGHT_BITS;
    into[out + step] = (imul(w0, b) + imul(w1, c) + imul(w2, d) + imul(w3, e) + HALF) >> WEIGHT_BITS;
    into[out + 2 * step] = (imul(w0, c) + imul(w1, d) + imul(w2, e) + imul(w3, f) + HALF) >> WEIGHT_BITS;
    into[out + 3 * step] = (imul(w0, d) + imul(w1, e) + imul(w2, f) + imul(w3, g) + HALF) >> WEIGHT_BITS;
    a = e;
    b = f;
    c = g;
  }
  for (; out < end; out += step, next += step) {
    const d = from[next] as number;
    into[out] = (imul(w0, a) + imul(w1, b) + imul(w2, c) + imul(w3, d) + HALF) >> WEIGHT_BITS;
    a = b;
    b = c;
    c = d;
  }
}

/** The same octets, in which levels below 0 and above 255 are kept as these. */
function clamped({ buffer, byteOffset, length }: Uint8Array): Uint8ClampedArray {
  return new Uint8ClampedArray(buffer, byteOffset, length);
}

/** Moves every row along itself, so that only its columns are left to be moved. */
function moveRows(image: Gray, { cos, sin, width, sharing, pad }: Turn): Uint8Array {
  const moved = roomFor(width * (image.height + 2 * pad)).fill(255);
  const into = clamped(moved);
  const row = new Uint8Array(image.width + 2 * RIM).fill(255);
  for (let y = 0; y < image.height; y++) {
    row.set(image.data.subarray(y * image.width, (y + 1) * image.width), RIM);
    // The column of the level page the middle of the row goes to.
    const centre = width / 2 - 0.5 + sin * (y + 0.5 - image.height / 2);
    const reach = cos * (image.width / 2 + 0.5);
    const end = Math.min(width, Math.floor(centre + reach) + 1);
    for (let x = Math.max(0, Math.ceil(centre - reach)); x < end; x += sharing) {
      const last = Math.min(end, x + sharing);
      const middle = (x + last - 1) / 2;
      const shift = (middle - centre) / cos + image.width / 2 - 0.5 - middle;
      const whole = Math.floor(shift);
      const to = (y + pad) * width + x;
      const run = { at: x + whole + RIM - 1, to, end: to + last - x, step: 1 };
      moveRun(row, into, run, shift - whole);
    }
  }
  return moved;
}

/** Moves every column along itself, a piece of each at a time. */
function moveColumns(moved: Uint8Array, image: Gray, turn: Turn): Gray {
  const { cos, sin, width, height, sharing, pad } = turn;
  const data = roomFor(width * height);
  const into = clamped(data);
  for (let y = 0; y < height; y += sharing) {
    const last = Math.min(height, y + sharing);
    const middle = (y + last - 1) / 2;
    const across = cos * (middle + 0.5 - height / 2) + image.height / 2 - 0.5 - middle;
    for (let x = 0; x < width; x++) {
      const shift = across + sin * (x + 0.5 - width / 2);
      const whole = Math.floor(shift);
      const at = (y + whole - 1 + pad) * width + x;
      const run = { at, to: y * width + x, end: last * width, step: width };
      moveRun(moved, into, run, shift - whole);
    }
  }
  return { width, height, data };
}

/**
 * Turns a page counter-clockwise by the small angle its lines slant by, about its middle; the canvas grows, new corners
 * are white. Rows are moved first, then columns (Catmull and Smith, 1980), with the weights of bicubic interpolation.
 * @param degrees a few, as `measureSkew` finds them
 */
export function deskewByPixel(image: Gray, degrees: number): Gray {
  const turn = turnOf(image, degrees);
  const moved = moveRows(image, turn);
  const level = moveColumns(moved, image, turn);
  giveBack({ ...level, data: moved });
  return level;
}
