/** What the kernels do, said in JavaScript, pixel by pixel. */
import type { Component } from '../../../../src/ocr/image/components.ts';
import type { Gray } from '../../../../src/ocr/image/gray.ts';
import type { PaperTiles, Quality } from '../../../../src/ocr/image/quality.ts';
import type { Pixels } from '../../../../src/ocr/image/red.ts';
import type { EdgePoints } from '../../../../src/ocr/image/skew.ts';

const at = ({ width, data }: Gray, x: number, y: number): number => data[y * width + x] as number;

/** Counts of the levels of every `step`-th row. */
export function countsOf(image: Gray, step: number): number[] {
  const counts = new Array<number>(256).fill(0);
  for (let y = 0; y < image.height; y += step)
    for (let x = 0; x < image.width; x++) counts[at(image, x, y)] = (counts[at(image, x, y)] as number) + 1;
  return counts;
}

/** Means of 2 × 2 squares. */
export function halved(image: Gray): number[] {
  const out: number[] = [];
  for (let y = 0; y + 1 < image.height; y += 2)
    for (let x = 0; x + 1 < image.width; x += 2) {
      const sum = at(image, x, y) + at(image, x + 1, y) + at(image, x, y + 1) + at(image, x + 1, y + 1);
      out.push(Math.floor(sum / 4));
    }
  return out;
}

/** The paper of every tile of 32 × 32 pixels: the lightest level that less than three quarters of every second row are darker than. */
export function paperLevels(image: Gray): number[] {
  const out: number[] = [];
  for (let top = 0; top < image.height; top += 32)
    for (let left = 0; left < image.width; left += 32) {
      const levels: number[] = [];
      for (let y = top; y < Math.min(image.height, top + 32); y += 2)
        for (let x = left; x < Math.min(image.width, left + 32); x++) levels.push(at(image, x, y));
      let paper = 255;
      while (paper > 0 && levels.filter((level) => level < paper).length >= 0.75 * levels.length) paper--;
      out.push(paper);
    }
  return out;
}

/** Salt and pepper, and noise after Immerkær, of every 19th row. */
export function noiseOf(image: Gray): Pick<Quality, 'impulse' | 'sigma'> {
  let [impulses, noise, seen, rows] = [0, 0, 0, 0];
  for (let y = 1; y < image.height - 1; y += 19, rows++)
    for (let x = 1; x < image.width - 1; x++) {
      const own = at(image, x, y);
      const sides = [at(image, x, y - 1), at(image, x - 1, y), at(image, x + 1, y), at(image, x, y + 1)];
      const corners = [-1, 1].flatMap((dy) => [-1, 1].map((dx) => at(image, x + dx, y + dy)));
      const [low, high] = [Math.min(...sides, ...corners), Math.max(...sides, ...corners)];
      if (own > high + 70 || own < low - 70) impulses++;
      if (high - low >= 60) continue;
      const sum = (levels: number[]): number => levels.reduce((all, level) => all + level, 0);
      noise += Math.abs(4 * own + sum(corners) - 2 * sum(sides));
      seen++;
    }
  return {
    impulse: impulses / Math.max(1, rows * (image.width - 2)),
    sigma: seen === 0 ? 0 : (Math.sqrt(Math.PI / 2) * noise) / (6 * seen),
  };
}

/** Blots of ink, found by walking from pixel to pixel. */
export function blotsOf(image: Gray, threshold: number): Component[] {
  const seen = new Uint8Array(image.data.length);
  const isInk = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < image.width && y < image.height && at(image, x, y) < threshold;
  const found: Component[] = [];
  for (let y = 0; y < image.height; y++)
    for (let x = 0; x < image.width; x++) {
      if (!isInk(x, y) || seen[y * image.width + x]) continue;
      const blot = { x0: x, y0: y, x1: x + 1, y1: y + 1, area: 0 };
      const left: [number, number][] = [[x, y]];
      seen[y * image.width + x] = 1;
      for (let next = left.pop(); next; next = left.pop()) {
        const [u, v] = next;
        blot.area++;
        blot.x0 = Math.min(blot.x0, u);
        blot.x1 = Math.max(blot.x1, u + 1);
        blot.y1 = Math.max(blot.y1, v + 1);
        for (const [i, j] of [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [u + dx, v + dy] as const))) {
          if (!isInk(i, j) || seen[j * image.width + i]) continue;
          seen[j * image.width + i] = 1;
          left.push([i, j]);
        }
      }
      found.push(blot);
    }
  return found;
}

/** Ink of whole tiles of 4 × 4 pixels above and to the left of every corner of one. */
export function inkUpTo(image: Gray, paper: PaperTiles): number[] {
  const out: number[] = [];
  for (let y = 0; y <= Math.floor(image.height / 4); y++)
    for (let x = 0; x <= Math.floor(image.width / 4); x++) {
      let ink = 0;
      for (let v = 0; v < 4 * y; v++)
        for (let u = 0; u < 4 * x; u++) {
          const level = paper.levels[Math.floor(v / 32) * paper.columns + Math.floor(u / 32)] as number;
          if (at(image, u, v) < Math.ceil(0.75 * level)) ink++;
        }
      out.push(ink);
    }
  return out;
}

/** One channel. */
export function channel({ data, channels }: Pixels, which: number): number[] {
  return Array.from({ length: data.length / channels }, (_, i) => data[i * channels + which] as number);
}

/** Pixels not lighter than `threshold` above lighter ones (beside them where `sideways`), away from the margins, row by row. */
export function edgesOf(image: Gray, threshold: number, sideways: boolean): [x: number, y: number][] {
  const { width, height } = image;
  const [left, top] = [Math.floor(width * 0.03), Math.floor(height * 0.03)];
  const out: [number, number][] = [];
  for (let y = top; y < height - top - 1; y += sideways ? 3 : 1)
    for (let x = left; x < width - left - 1; x += sideways ? 1 : 3) {
      const beside = sideways ? at(image, x + 1, y) : at(image, x, y + 1);
      if (at(image, x, y) <= threshold && beside > threshold) out.push(sideways ? [height - y, x] : [x, y]);
    }
  return out;
}

/** Sharpness of the profile of points along lines of one slant, in degrees. */
export function energyAt(points: EdgePoints, degrees: number): number {
  const slope = Math.tan((degrees * Math.PI) / 180);
  const offset = Math.ceil(points.diagonal * Math.abs(slope)) + 2;
  const bins = new Float32Array(points.height + 2 * offset + 2);
  for (let i = 0; i < points.x.length; i++) {
    const position = (points.y[i] as number) + (points.x[i] as number) * slope + offset;
    const bin = Math.floor(position);
    bins[bin] = (bins[bin] as number) + 1 - (position - bin);
    bins[bin + 1] = (bins[bin + 1] as number) + (position - bin);
  }
  return bins.reduce((sum, value) => sum + value * value, 0);
}
