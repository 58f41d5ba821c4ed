import type { Gray } from './gray.ts';

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

function collectRuns(image: Gray, threshold: number): Runs {
  const most = Math.min(image.data.length, MAX_COMPONENTS * 20);
  let capacity = Math.min(most, FIRST_RUNS);
  let runs = makeRuns(capacity);
  for (let y = 0; y < image.height; y++) {
    const base = y * image.width;
    for (let x = 0; x < image.width; x++) {
      if ((image.data[base + x] as number) >= threshold) continue;
      const from = x;
      while (x < image.width && (image.data[base + x] as number) < threshold) x++;
      if (runs.count >= most) return runs;
      if (runs.count >= capacity) {
        capacity = Math.min(most, 4 * capacity);
        runs = makeRuns(capacity, runs);
      }
      runs.start[runs.count] = from;
      runs.end[runs.count] = x;
      runs.row[runs.count++] = y;
    }
  }
  return runs;
}

/** Joins runs of neighbouring rows that touch, corners included. */
function joinRuns(runs: Runs): Int32Array {
  const parents = new Int32Array(runs.count).map((_, i) => i);
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

/** Finds the connected blots of ink darker than `threshold`, in no particular order. */
export function findComponents(image: Gray, threshold: number): Component[] {
  const runs = collectRuns(image, threshold);
  const parents = joinRuns(runs);
  const byRoot = new Map<number, Component>();
  for (let i = 0; i < runs.count; i++) {
    const root = find(parents, i);
    const [x0, x1, y] = [runs.start[i] as number, runs.end[i] as number, runs.row[i] as number];
    const known = byRoot.get(root);
    if (known) {
      known.x0 = Math.min(known.x0, x0);
      known.x1 = Math.max(known.x1, x1);
      known.y0 = Math.min(known.y0, y);
      known.y1 = Math.max(known.y1, y + 1);
      known.area += x1 - x0;
    } else {
      if (byRoot.size >= MAX_COMPONENTS) break;
      byRoot.set(root, { x0, y0: y, x1, y1: y + 1, area: x1 - x0 });
    }
  }
  return [...byRoot.values()];
}
