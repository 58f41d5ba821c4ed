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

/** Runs of ink along the rows, from the top; of each its start, its end (exclusive) and its row. */
interface Runs {
  words: Int32Array;
  count: number;
}

/** Words of a run, as the kernel writes it. */
const RUN = 3;
/** Room for runs of an ordinary page; a noisy one gets more as it is needed. */
const FIRST_RUNS = 131_072;

function collectRuns(image: Gray, threshold: number): Runs {
  const { width, height, data } = image;
  const limit = Math.min(256, Math.ceil(threshold));
  const most = Math.min(data.length, MAX_COMPONENTS * 20);
  let words = new Int32Array(RUN * Math.min(most, FIRST_RUNS));
  let count = 0;
  const rows = Math.max(1, Math.floor(PIECE / width));
  const RUNS = 4 * Math.ceil((rows * width) / 4);
  // Every second pixel may begin one.
  const octets = kernelMemory(RUNS + 4 * RUN * rows * Math.ceil(width / 2));
  for (let y = 0; y < height && limit > 0 && count < most; y += rows) {
    const some = Math.min(rows, height - y);
    octets.set(data.subarray(y * width, (y + some) * width));
    const found = Math.min(most - count, kernels().findRuns(0, width, some, limit, y, RUNS));
    const needed = RUN * (count + found);
    if (needed > words.length) {
      const wider = new Int32Array(Math.min(RUN * most, Math.max(needed, 4 * words.length)));
      wider.set(words);
      words = wider;
    }
    words.set(new Int32Array(octets.buffer, RUNS, RUN * found), RUN * count);
    count += found;
  }
  return { words, count };
}

/** Joins runs of neighbouring rows that touch, corners included. */
function joinRuns({ words, count }: Runs): Int32Array {
  const parents = new Int32Array(count);
  for (let i = 0; i < count; i++) parents[i] = i;
  // The first run that may touch the one looked at, or one to the right of it: neither above the row before, nor left of it.
  let above = 0;
  for (let i = 0; i < count; i++) {
    const [start, end, row] = [words[RUN * i], words[RUN * i + 1], words[RUN * i + 2]] as [
      number,
      number,
      number,
    ];
    while (above < i && (words[RUN * above + 2] as number) < row - 1) above++;
    while (above < i && words[RUN * above + 2] === row - 1 && (words[RUN * above + 1] as number) < start)
      above++;
    for (let j = above; j < i && words[RUN * j + 2] === row - 1; j++) {
      if ((words[RUN * j] as number) > end) break;
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

function measureBlots({ words, count: runs }: Runs, parents: Int32Array): Blots {
  const make = (): Int32Array => new Int32Array(runs);
  const blots = { x0: make(), x1: make(), y0: make(), y1: make(), area: make(), roots: make(), count: 0 };
  const { x0, x1, y0, y1, area, roots } = blots;
  for (let i = 0; i < runs; i++) {
    const root = find(parents, i);
    const [start, end, y] = [words[RUN * i], words[RUN * i + 1], words[RUN * i + 2]] as [
      number,
      number,
      number,
    ];
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
