import type { Ruling } from '../image/lines/rulings.ts';
import type { RawWord } from './tesseract.ts';

/** A ruled grid on the page. */
export interface Table {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  contains(x: number, y: number): boolean;
  /** A number that grows row by row, then column by column. */
  cellOf(x: number, y: number): number;
}

interface Group {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  rulings: Ruling[];
}

function touches(group: Group, ruling: Ruling, slack: number): boolean {
  return group.rulings.some(
    (r) =>
      r.horizontal !== ruling.horizontal &&
      ruling.x0 <= r.x1 + slack &&
      ruling.x1 >= r.x0 - slack &&
      ruling.y0 <= r.y1 + slack &&
      ruling.y1 >= r.y0 - slack,
  );
}

function join(groups: Group[]): Group {
  return {
    x0: Math.min(...groups.map((g) => g.x0)),
    y0: Math.min(...groups.map((g) => g.y0)),
    x1: Math.max(...groups.map((g) => g.x1)),
    y1: Math.max(...groups.map((g) => g.y1)),
    rulings: groups.flatMap((g) => g.rulings),
  };
}

/** Merges positions closer than `slack` into one. */
function levels(values: number[], slack: number): number[] {
  const out: number[] = [];
  for (const value of values.sort((a, b) => a - b)) {
    if (out.length === 0 || value - (out.at(-1) as number) > slack) out.push(value);
  }
  return out;
}

/** Words that a ruling goes through, or passes closer than cells have their text, before it counts as none of this side. */
const CROSSED = 3;
/** Narrowest blank around a ruling between two cells, in heights of the text; between words it is less. */
const CELL_GAP = 0.5;

/**
 * Whether an upright ruling shines through from the back of the sheet: lines of text go on across it, which no cell
 * lets them.
 */
function shinesThrough(
  ruling: Omit<Ruling, 'horizontal'>,
  words: readonly RawWord[],
  textHeight: number,
): boolean {
  const x = (ruling.x0 + ruling.x1) / 2;
  const beside = words.filter((w) => (w.y0 + w.y1) / 2 > ruling.y0 && (w.y0 + w.y1) / 2 < ruling.y1);
  const isThrough = (w: RawWord): boolean => w.x0 < x - 0.4 * textHeight && w.x1 > x + 0.4 * textHeight;
  const goesOn = (w: RawWord): boolean =>
    w.x1 <= x + 0.4 * textHeight &&
    // What ends farther off has no next within a gap.
    w.x1 > x - (0.4 + CELL_GAP) * textHeight &&
    beside.some(
      (next) =>
        next.x0 >= x - 0.4 * textHeight &&
        next.x0 > w.x0 &&
        next.x0 - w.x1 < CELL_GAP * textHeight &&
        Math.abs(next.baseline - w.baseline) < 0.3 * textHeight,
    );
  const crossed = beside.filter((w) => isThrough(w) || goesOn(w)).length;
  const rows = new Set(beside.map((w) => Math.round(w.baseline / textHeight))).size;
  return crossed >= CROSSED && crossed > 0.4 * rows;
}

/** Finds grids: rulings that touch, with at least two horizontal and two vertical ones. */
export function findTables(
  found: readonly Ruling[],
  textHeight: number,
  words: readonly RawWord[] = [],
): Table[] {
  const rulings = found.filter((r) => r.horizontal || !shinesThrough(r, words, textHeight));
  const slack = textHeight * 0.5;
  let groups: Group[] = [];
  for (const ruling of rulings) {
    const near = groups.filter((g) => touches(g, ruling, slack));
    const own: Group = { x0: ruling.x0, y0: ruling.y0, x1: ruling.x1, y1: ruling.y1, rulings: [ruling] };
    groups = [...groups.filter((g) => !near.includes(g)), join([...near, own])];
  }
  return (
    groups
      .filter((g) => isGrid(g, textHeight))
      // Of what shines through, parts may be left between the lines: then these go on across its edges.
      .filter((g) => ![g.x0, g.x1].some((x) => shinesThrough({ ...g, x0: x, x1: x }, words, textHeight)))
      .map((g) => toTable(g, slack))
      .sort((a, b) => a.y0 - b.y0)
  );
}

/** One cell higher than this, in heights of the text, is the border of a certificate: what stands in it has its own order. */
const FRAME_HEIGHT = 15;

function isGrid(group: Group, textHeight: number): boolean {
  const rows = levels(
    group.rulings.filter((r) => r.horizontal).map((r) => r.y0),
    textHeight * 0.6,
  );
  const columns = levels(
    group.rulings.filter((r) => !r.horizontal).map((r) => r.x0),
    textHeight * 0.6,
  );
  const isFrame =
    rows.length === 2 && columns.length === 2 && group.y1 - group.y0 > FRAME_HEIGHT * textHeight;
  return rows.length >= 2 && columns.length >= 2 && !isFrame;
}

function toTable(group: Group, slack: number): Table {
  const { x0, y0, x1, y1 } = group;
  const rows = levels(
    group.rulings.filter((r) => r.horizontal).map((r) => r.y0),
    slack,
  );
  const verticals = group.rulings.filter((r) => !r.horizontal);
  return {
    x0,
    y0,
    x1,
    y1,
    contains: (x, y) => x > x0 - slack && x < x1 + slack && y > y0 && y < y1,
    cellOf(x, y) {
      const row = rows.filter((level) => level < y).length;
      const columns = levels(
        verticals.filter((r) => r.y0 <= y + slack && r.y1 >= y - slack).map((r) => r.x0),
        slack,
      );
      return row * 1000 + columns.filter((level) => level < x).length;
    },
  };
}
