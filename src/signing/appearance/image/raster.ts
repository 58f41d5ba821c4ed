/** A small anti-aliasing rasteriser for the generated seal and signature images. */
import type { PathStep } from '../glyphs/outline.ts';

/** Points of one closed contour, in pixels, y downward. */
export type Contour = readonly (readonly [x: number, y: number])[];

/** Colour, 0–255 a channel. */
export type Rgb = readonly [number, number, number];

/** A canvas of RGBA pixels. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

const SUB_ROWS = 4;
const CURVE_STEPS = 8;

/** An empty, fully transparent canvas. */
export function createCanvas(width: number, height: number): Canvas {
  return { width, height, pixels: new Uint8Array(width * height * 4) };
}

/** Flattens an outline, mapping each point. */
export function flatten(
  path: readonly PathStep[],
  map: (x: number, y: number) => readonly [number, number],
): Contour[] {
  const contours: [number, number][][] = [];
  let [x, y] = [0, 0];
  for (const step of path) {
    if (step.op === 'move') contours.push([]);
    const contour = contours.at(-1);
    if (contour === undefined) continue;
    if (step.op !== 'curve') {
      [x, y] = [step.x, step.y];
      contour.push([...map(x, y)]);
      continue;
    }
    const [x1, y1, x2, y2, x3, y3] = step.points;
    for (let index = 1; index <= CURVE_STEPS; index += 1) {
      const t = index / CURVE_STEPS;
      const u = 1 - t;
      const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
      contour.push([...map(a * x + b * x1 + c * x2 + d * x3, a * y + b * y1 + c * y2 + d * y3)]);
    }
    [x, y] = [x3, y3];
  }
  return contours;
}

/** A circle, or with `reverse` a hole. */
export function circle(cx: number, cy: number, radius: number, reverse = false): Contour {
  const count = 96;
  const points = Array.from({ length: count }, (_, index): [number, number] => {
    const angle = (index / count) * 2 * Math.PI * (reverse ? -1 : 1);
    return [cx + radius * Math.cos(angle), cy + radius * Math.sin(angle)];
  });
  return points;
}

/** A five-pointed star. */
export function star(cx: number, cy: number, radius: number): Contour {
  return Array.from({ length: 10 }, (_, index): [number, number] => {
    const angle = -Math.PI / 2 + (index * Math.PI) / 5;
    const reach = index % 2 === 0 ? radius : radius * 0.382;
    return [cx + reach * Math.cos(angle), cy + reach * Math.sin(angle)];
  });
}

interface Crossing {
  readonly x: number;
  readonly direction: 1 | -1;
}

function crossingsAt(contours: readonly Contour[], y: number): Crossing[] {
  const found: Crossing[] = [];
  for (const contour of contours) {
    for (let index = 0; index < contour.length; index += 1) {
      const [x0, y0] = contour[index] ?? [0, 0];
      const [x1, y1] = contour[(index + 1) % contour.length] ?? [0, 0];
      if (y0 <= y === y1 <= y) continue;
      found.push({ x: x0 + ((y - y0) * (x1 - x0)) / (y1 - y0), direction: y1 > y0 ? 1 : -1 });
    }
  }
  return found.sort((a, b) => a.x - b.x);
}

function addSpan(row: Float64Array, from: number, to: number, weight: number): void {
  const [start, end] = [Math.max(0, from), Math.min(row.length, to)];
  for (let x = Math.floor(start); x < end; x += 1)
    row[x] = (row[x] ?? 0) + weight * (Math.min(end, x + 1) - Math.max(start, x));
}

function coverRow(contours: readonly Contour[], y: number, row: Float64Array): void {
  for (let sub = 0; sub < SUB_ROWS; sub += 1) {
    let winding = 0;
    let from = 0;
    for (const crossing of crossingsAt(contours, y + (sub + 0.5) / SUB_ROWS)) {
      if (winding === 0) from = crossing.x;
      winding += crossing.direction;
      if (winding === 0) addSpan(row, from, crossing.x, 1 / SUB_ROWS);
    }
  }
}

/** Fills contours by the non-zero rule. */
export function fill(canvas: Canvas, contours: readonly Contour[], color: Rgb): void {
  const ys = contours.flatMap((contour) => contour.map(([, y]) => y));
  const [top, bottom] = [
    Math.max(0, Math.floor(Math.min(...ys))),
    Math.min(canvas.height, Math.ceil(Math.max(...ys))),
  ];
  for (let y = top; y < bottom; y += 1) {
    const row = new Float64Array(canvas.width);
    coverRow(contours, y, row);
    for (let x = 0; x < canvas.width; x += 1) {
      const cover = Math.min(1, row[x] ?? 0);
      const at = (y * canvas.width + x) * 4;
      const alpha = Math.max(canvas.pixels[at + 3] ?? 0, Math.round(cover * 255));
      if (cover > 0) canvas.pixels.set([...color, alpha], at);
    }
  }
}
