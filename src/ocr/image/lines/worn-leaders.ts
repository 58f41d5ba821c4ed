import type { Gray } from '../gray.ts';

/** Dots of a leader are this far apart at most, pixels at 200 dpi: levels are averaged over so much of a row. */
const DOTS = 7;
/** A leader is this many grey levels darker than what lies above and below it … */
const DEPTH = 22;
/** … this many pixels away. The foot of a letter has its stem above. */
const REACH = 4;
/** Shortest leader, as a share of the page width. */
const MIN_LENGTH = 0.04;
/** What writing covers of it, and where dots are missing, is bridged, pixels … */
const MAX_GAP = 10;
/** … while at least this share of the whole is seen. */
const MIN_FILL = 0.8;
/** Rows a leader takes; one alone is where the feet of letters happen to be level. */
const ROWS = { min: 2, max: 5 };
/** Levels darker than this are writing; dots run together are paler. */
const WRITING = 120;
/** A stroke of writing is darker than this, blurred as it may be. */
const PAPER = 190;
/** Share of a leader over or under which writing stands that close: tails of letters and dots below. At the foot or the head of letters it is all stems. */
const MAX_CROSSED = 0.2;

interface Run {
  from: number;
  to: number;
  first: number;
  last: number;
}

/** Means of `DOTS` neighbours along row `y`. */
function smoothRow({ width, data }: Gray, y: number, out: Int16Array): void {
  const half = DOTS >> 1;
  const base = y * width;
  let sum = 0;
  for (let x = 0; x < Math.min(width, DOTS); x++) sum += data[base + x] as number;
  out.fill(255);
  for (let x = half; x < width - half - 1; x++) {
    out[x] = sum / DOTS;
    sum += (data[base + x + half + 1] as number) - (data[base + x - half] as number);
  }
}

/** Where row `y` is a ridge for long enough. */
function runsOfRow(
  above: Int16Array,
  own: Int16Array,
  below: Int16Array,
  minimum: number,
): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  let start = -1;
  let last = -1;
  let seen = 0;
  for (let x = 0; x <= own.length; x++) {
    const level = (own[x] ?? 255) + DEPTH;
    if (x < own.length && level < (above[x] as number) && level < (below[x] as number)) {
      if (start < 0) start = x;
      last = x;
      seen++;
    } else if (start >= 0 && (x - last > MAX_GAP || x === own.length)) {
      if (last + 1 - start >= minimum && seen >= MIN_FILL * (last + 1 - start))
        runs.push({ from: start, to: last + 1 });
      start = -1;
      seen = 0;
    }
  }
  return runs;
}

function findLeaders(image: Gray): Run[] {
  const { width, height } = image;
  const minimum = Math.round(MIN_LENGTH * width);
  const rows = Array.from({ length: 2 * REACH + 1 }, () => new Int16Array(width));
  for (let y = 0; y < 2 * REACH; y++) smoothRow(image, y, rows[y] as Int16Array);
  const leaders: Run[] = [];
  for (let y = REACH; y < height - REACH; y++) {
    const at = (row: number): Int16Array => rows[row % rows.length] as Int16Array;
    smoothRow(image, y + REACH, at(y + REACH));
    for (const { from, to } of runsOfRow(at(y - REACH), at(y), at(y + REACH), minimum)) {
      const known = leaders.find((l) => y - l.last <= 1 && from < l.to && to > l.from);
      if (known) {
        known.from = Math.min(known.from, from);
        known.to = Math.max(known.to, to);
        known.last = y;
      } else leaders.push({ from, to, first: y, last: y });
    }
  }
  return leaders.filter((leader) => {
    const rows = leader.last + 1 - leader.first;
    return rows >= ROWS.min && rows <= ROWS.max && isFree(image, leader);
  });
}

/** Whether there is paper above and below nearly all of a line. */
function isFree({ width, data }: Gray, { from, to, first, last }: Run): boolean {
  const [above, below] = [(first - REACH + 1) * width, (last + REACH - 1) * width];
  let crossed = 0;
  for (let x = from; x < to; x++)
    if ((data[above + x] as number) < PAPER || (data[below + x] as number) < PAPER) crossed++;
  return crossed <= MAX_CROSSED * (to - from);
}

/**
 * Paints dotted lines of a worn page white in place, where grain and blur have run the dots together and left them too pale
 * for a ruling. Writing is darker, and stays.
 * @returns how many were removed
 */
export function removeWornLeaders(image: Gray): number {
  const leaders = findLeaders(image);
  const { width, data } = image;
  for (const { from, to, first, last } of leaders)
    for (let y = first - 1; y <= last + 1; y++)
      for (let i = y * width + from; i < y * width + to; i++)
        if ((data[i] as number) >= WRITING) data[i] = 255;
  return leaders.length;
}
