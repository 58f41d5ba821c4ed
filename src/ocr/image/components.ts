import type { Gray } from './gray.ts';
import { kernelMemory, kernels, PIECE } from './kernels/kernels.ts';

/** A connected blot of ink. */
export interface Component {
  x0: number;
  y0: number;
  /** Exclusive. */
  x1: number;
  y1: number;
  /** Ink pixels. */
  area: number;
}

/** More blots than this are noise, not writing: the rest is not looked at. */
const MAX_COMPONENTS = 200_000;

function find(parents: Int32Array, i: number): number {
  let root = i;
  while (parents[root] !== root) root = parents[root] as number;
  let at = i;
  while (parents[at] !== root) {
    const next = parents[at] as number;
    parents[at] = root;
    at = next;
  }
  return root;
}

interface Runs {
  start: Int32Array;
  end: Int32Array;
  row: Int32Array;
  count: number;
}

/** Room for runs of an ordinary page; a noisy one gets more as it is needed. */
const FIRST_RUNS = 131_072;

function makeRuns(capacity: number, filled?: Runs): Runs {
  const [start, end, row] = [
    new Int32Array(capacity),
    new Int32Array(capacity),
    new Int32Array(capacity),
  ] as const;
  if (filled) {
    start.set(filled.start);
    end.set(filled.end);
    row.set(filled.row);
  }
  return { start, end, row, count: filled?.count ?? 0 };
}

/** Octets of a run as the kernel writes it: start, end and row. */
const RUN = 12;

function collectRuns(image: Gray, threshold: number): Runs {
  const { width, height, data } = image;
  const limit = Math.min(256, Math.ceil(threshold));
  const most = Math.min(data.length, MAX_COMPONENTS * 20);
  let runs = makeRuns(Math.min(most, FIRST_RUNS));
  const rows = Math.max(1, Math.floor(PIECE / width));
  const RUNS = 4 * Math.ceil((rows * width) / 4);
  // Every second pixel may begin one.
  const octets = kernelMemory(RUNS + RUN * rows * Math.ceil(width / 2));
  for (let y = 0; y < height && limit > 0 && runs.count < most; y += rows) {
    const some = Math.min(rows, height - y);
    octets.set(data.subarray(y * width, (y + some) * width));
    const found = kernels().findRuns(0, width, some, limit, y, RUNS);
    const count = Math.min(most, runs.count + found);
    if (count > runs.start.length)
      runs = makeRuns(Math.min(most, Math.max(count, 4 * runs.start.length)), runs);
    const words = new Int32Array(octets.buffer, RUNS, 3 * found);
    for (let i = runs.count, at = 0; i < count; i++, at += 3) {
      runs.start[i] = words[at] as number;
      runs.end[i] = words[at + 1] as number;
      runs.row[i] = words[at + 2] as number;
    }
    runs.count = count;
  }
  return runs;
}

/** Joins runs of neighbouring rows that touch, corners included. */
function joinRuns(runs: Runs): Int32Array {
  const parents = new Int32Array(runs.count);
  for (let i = 0; i < runs.count; i++) parents[i] = i;
  let above = 0;
  for (let i = 0; i < runs.count; i++) {
    const row = runs.row[i] as number;
    while (above < i && (runs.row[above] as number) < row - 1) above++;
    for (let j = above; j < i && (runs.row[j] as number) === row - 1; j++) {
      if ((runs.start[j] as number) > (runs.end[i] as number)) break;
      if ((runs.end[j] as number) < (runs.start[i] as number)) continue;
      parents[find(parents, j)] = find(parents, i);
    }
  }
  return parents;
}

/** Boxes and areas of the blots, each at the number of its root run. */
interface Blots {
  x0: Int32Array;
  x1: Int32Array;
  y0: Int32Array;
  y1: Int32Array;
  area: Int32Array;
  /** Roots in the order they were met. */
  roots: Int32Array;
  count: number;
}

function measureBlots(runs: Runs, parents: Int32Array): Blots {
  const make = (): Int32Array => new Int32Array(runs.count);
  const blots = { x0: make(), x1: make(), y0: make(), y1: make(), area: make(), roots: make(), count: 0 };
  const { x0, x1, y0, y1, area, roots } = blots;
  for (let i = 0; i < runs.count; i++) {
    const root = find(parents, i);
    const [start, end, y] = [runs.start[i] as number, runs.end[i] as number, runs.row[i] as number];
    if (area[root] === 0) {
      if (blots.count >= MAX_COMPONENTS) break;
      roots[blots.count++] = root;
      x0[root] = start;
      x1[root] = end;
      y0[root] = y;
    } else {
      if (start < (x0[root] as number)) x0[root] = start;
      if (end > (x1[root] as number)) x1[root] = end;
    }
    // Rows come from the top.
    y1[root] = y + 1;
    area[root] = (area[root] as number) + end - start;
  }
  return blots;
}

/** Finds the connected blots of ink darker than `threshold`, at most `maxSide` pixels wide and high, in no particular order. */
export function findComponents(
  image: Gray,
  threshold: number,
  maxSide = Number.POSITIVE_INFINITY,
): Component[] {
  const runs = collectRuns(image, threshold);
  const { x0, x1, y0, y1, area, roots, count } = measureBlots(runs, joinRuns(runs));
  const found: Component[] = [];
  for (const root of roots.subarray(0, count)) {
    const box = { x0: x0[root], y0: y0[root], x1: x1[root], y1: y1[root], area: area[root] } as Component;
    if (box.x1 - box.x0 <= maxSide && box.y1 - box.y0 <= maxSide) found.push(box);
  }
  return found;
}
