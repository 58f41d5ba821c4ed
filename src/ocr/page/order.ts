import type { Ruling } from '../image/lines/rulings.ts';
import { assembleRows, makeSegment, type Segment, typicalHeight } from './lines.ts';
import { findTables, type Table } from './tables.ts';
import type { RawWord } from './tesseract.ts';

/** A block of rows that share a white gutter. */
interface ColumnBlock {
  rows: Segment[][];
  /** Gutters common to all rows, left to right. */
  gutters: [number, number][];
  bottom: number;
}

/** Narrowest gutter kept while a column block grows, in text heights. */
const MIN_GUTTER = 0.45;
/** Gap between two columns of letters of different size, in text heights. */
const STAGGERED_GAP = 3;
/** A single line further below than this many text heights does not belong to the columns above. */
const MAX_BLOCK_GAP = 2.2;

/** A name stands this many text heights under its office at most: signature and seal are between. */
const MAX_SIGNATURE = 11;
/** … and under the middle of it, to this many text heights. */
const MAX_OFF_CENTRE = 2;

/** Puts recognised words into lines in reading order: tables cell by cell, columns one after the other. */
export function orderWords(words: readonly RawWord[], rulings: readonly Ruling[]): Segment[] {
  if (words.length === 0) return [];
  const height = typicalHeight(words);
  const tables = findTables(rulings, height, words);
  const free: RawWord[] = [];
  const inTable = new Map<Table, RawWord[]>();
  for (const word of words) {
    const table = tables.find((t) => t.contains((word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2));
    if (!table) free.push(word);
    else inTable.set(table, [...(inTable.get(table) ?? []), word]);
  }
  const items: { top: number; segments: Segment[] }[] = [];
  for (const [table, cellWords] of inTable)
    items.push({ top: table.y0, segments: orderTable(table, cellWords) });
  const tops = [...inTable.keys()].map((t) => t.y0);
  // Text above, between and under tables is ordered on its own, so that no column block spans a table.
  const zones = new Map<number, RawWord[]>();
  for (const word of free) {
    const zone = tops.filter((top) => top < (word.y0 + word.y1) / 2).length;
    zones.set(zone, [...(zones.get(zone) ?? []), word]);
  }
  for (const zoneWords of zones.values()) items.push(...orderFree(zoneWords, height));
  items.sort((a, b) => a.top - b.top);
  return items.flatMap((item) => item.segments);
}

function orderTable(table: Table, words: RawWord[]): Segment[] {
  const cells = new Map<number, RawWord[]>();
  for (const word of words) {
    const cell = table.cellOf((word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2);
    cells.set(cell, [...(cells.get(cell) ?? []), word]);
  }
  return [...cells.entries()]
    .sort(([a], [b]) => a - b)
    .flatMap(([, cellWords]) =>
      assembleRows(cellWords).map((row) => makeSegment(row.flatMap((s) => s.words))),
    );
}

function gapsOf(row: readonly Segment[]): [number, number][] {
  const gaps: [number, number][] = [];
  for (let i = 1; i < row.length; i++) gaps.push([(row[i - 1] as Segment).x1, (row[i] as Segment).x0]);
  return gaps;
}

/** What stays of `gutters` when `row` joins: parts not covered by its segments and wide enough. */
function narrow(
  gutters: readonly [number, number][],
  row: readonly Segment[],
  minimum: number,
): [number, number][] {
  let left = gutters.map(([a, b]) => [a, b] as [number, number]);
  for (const segment of row) {
    left = left.flatMap(([a, b]) => {
      if (segment.x1 <= a || segment.x0 >= b) return [[a, b] as [number, number]];
      const parts: [number, number][] = [];
      if (segment.x0 - a >= minimum) parts.push([a, segment.x0]);
      if (b - segment.x1 >= minimum) parts.push([segment.x1, b]);
      return parts;
    });
  }
  return left.filter(([a, b]) => b - a >= minimum);
}

function orderFree(words: RawWord[], height: number): { top: number; segments: Segment[] }[] {
  const rows = assembleRows(words).sort((a, b) => rowTop(a) - rowTop(b));
  const items: { top: number; segments: Segment[] }[] = [];
  let block: ColumnBlock | null = null;
  const flush = (): void => {
    if (block) {
      const { kept, trailing } = splitTrailing(block);
      items.push({ top: rowTop(kept.rows[0] as Segment[]), segments: orderBlock(kept) });
      for (const row of trailing) items.push({ top: rowTop(row), segments: row });
    }
    block = null;
  };
  for (const [at, row] of rows.entries()) {
    const grown: ColumnBlock | null = block && growBlock(block, row, height);
    if (grown) {
      block = grown;
      continue;
    }
    flush();
    const gutters = row.length > 1 ? gapsOf(row) : staggeredGap(row, rows[at + 1], height);
    if (gutters.length > 0) block = { rows: [row], gutters, bottom: rowBottom(row) };
    else items.push({ top: rowTop(row), segments: row });
  }
  flush();
  return items;
}

/** The gap between two lines that stand side by side on base lines of their own: columns in letters of two sizes. */
function staggeredGap(
  row: readonly Segment[],
  next: readonly Segment[] | undefined,
  height: number,
): [number, number][] {
  const [first, second] = [row[0], next?.[0]];
  if (!first || !second || next?.length !== 1 || rowTop(next) >= rowBottom(row)) return [];
  const [left, right] = first.x0 < second.x0 ? [first, second] : [second, first];
  return right.x0 - left.x1 >= STAGGERED_GAP * height ? [[left.x1, right.x0]] : [];
}

function overlapsOne([a, b]: readonly [number, number], gutters: readonly [number, number][]): boolean {
  return gutters.some(([c, d]) => Math.min(b, d) > Math.max(a, c));
}

/** A row of several parts that has none of the block's gutters between them has columns of its own: an indented line beside another. */
function growBlock(block: ColumnBlock, row: Segment[], height: number): ColumnBlock | null {
  // Once all who sign have their names, what follows is not theirs: recipients right under the name at the left.
  if (isSignatures(columnsOf(block))) return null;
  const isFar = row.length === 1 && rowTop(row) - block.bottom > MAX_BLOCK_GAP * height;
  if (
    isFar &&
    !(rowTop(row) - block.bottom < MAX_SIGNATURE * height && signsUnder(row[0] as Segment, block.rows))
  )
    return null;
  const gutters = narrow(block.gutters, row, MIN_GUTTER * height);
  if (gutters.length === 0 || (row.length > 1 && !gapsOf(row).some((gap) => overlapsOne(gap, gutters))))
    return null;
  return { rows: [...block.rows, row], gutters, bottom: Math.max(block.bottom, rowBottom(row)) };
}

/** Lines at the foot of a block that stand alone and apart from those above (a title, `Kính gửi`) are not columns. */
function splitTrailing(block: ColumnBlock): { kept: ColumnBlock; trailing: Segment[][] } {
  const rows = [...block.rows];
  let cut = rows.length;
  for (let i = rows.length - 1; i > 0 && (rows[i] as Segment[]).length === 1; i--) {
    const row = rows[i] as Segment[];
    const own = (row[0] as Segment).baseline;
    const before = Math.max(...rows.slice(0, i).map((r) => Math.max(...r.map((s) => s.baseline))));
    const above = rows.slice(0, i);
    const isApart = own - before > 1.3 * typicalPitch(above);
    const belongs = (line: Segment): boolean => goesOnInColumn(line, above) || signsUnder(line, above);
    if (isApart && !rows.slice(i).some((later) => belongs(later[0] as Segment))) cut = i;
  }
  return { kept: { ...block, rows: rows.slice(0, cut) }, trailing: rows.slice(cut) };
}

/**
 * Whether a line goes on with the column above it, at the distance of its lines: base lines of a column beside it, which
 * fall in between, make the usual distance of the block too small (`Nơi nhận` beside an office in larger letters).
 */
function goesOnInColumn(line: Segment, above: readonly Segment[][]): boolean {
  const column = above.flat().filter((s) => s.x0 < line.x1 && s.x1 > line.x0);
  const [last, before] = [column.at(-1), column.at(-2)];
  if (!last || !before) return false;
  return line.baseline - last.baseline < 1.15 * Math.max(line.height, last.baseline - before.baseline);
}

/** Whether a line may be a person's name: `Thượng tướng Lê Hữu Đức`. */
function isName({ words }: Segment): boolean {
  const text = words.map((w) => w.text).join(' ');
  const capitalised = words.filter((w) => /^\p{Lu}/u.test(w.text)).length;
  return (
    capitalised >= 2 &&
    words.length <= 8 &&
    /^\p{Lu}/u.test(text) &&
    /\p{Ll}/u.test(text) &&
    !/[\d:;]/.test(text)
  );
}

const isInCapitals = ({ words }: Segment): boolean => words.every((w) => !/\p{Ll}/u.test(w.text));
const centreOf = ({ x0, x1 }: Segment): number => (x0 + x1) / 2;

/**
 * Whether a line is the name under the office in capitals of one of several who sign side by side; their offices have
 * more lines or fewer, so that their names need not stand level.
 */
function signsUnder(line: Segment, above: readonly Segment[][]): boolean {
  const office = above.flat().findLast((s) => s.x0 < line.x1 && s.x1 > line.x0);
  if (!office || !isName(line) || !isInCapitals(office)) return false;
  return Math.abs(centreOf(office) - centreOf(line)) < MAX_OFF_CENTRE * line.height;
}

/**
 * Whether columns are those of people who sign side by side: each begins with an office and ends with its only name, room
 * for a signature between. In a table without rulings the names follow its head, and each other, line upon line.
 */
function isSignatures(columns: readonly (readonly Segment[])[]): boolean {
  return (
    columns.length > 1 &&
    columns.every((column) => {
      const [first, last] = [column[0], column.at(-1)];
      if (column.length < 2 || !first || !last || !isInCapitals(first)) return false;
      const office = column.findLast(
        (s) => isInCapitals(s) && s.words.some((w) => /\p{Lu}{2}/u.test(w.text)),
      );
      const hasRoom = office && last.baseline - office.baseline > MAX_BLOCK_GAP * last.height;
      return hasRoom && isName(last) && column.filter(isName).length === 1;
    })
  );
}

/** Usual distance of base lines in a block. */
function typicalPitch(rows: readonly Segment[][]): number {
  const baselines = rows.flatMap((row) => row.map((s) => s.baseline)).sort((a, b) => a - b);
  const height = Math.max(...rows.flatMap((row) => row.map((s) => s.height)));
  const steps = baselines
    .slice(1)
    .map((b, i) => b - (baselines[i] as number))
    .filter((step) => step > 0.6 * height)
    .sort((a, b) => a - b);
  return Math.max(height * 1.1, steps[Math.floor(steps.length / 2)] ?? 0);
}

function orderBlock(block: ColumnBlock): Segment[] {
  const widest = block.rows.reduce((most, row) => Math.max(most, row.length), 0);
  const columns = columnsOf(block);
  // Three columns and more without rulings are a table: read row by row.
  if (widest > 2 && block.rows.length > 1 && !isSignatures(columns)) return block.rows.flat();
  return columns.flat();
}

function columnsOf(block: ColumnBlock): Segment[][] {
  const cuts = block.gutters.map(([a, b]) => (a + b) / 2);
  const columns: Segment[][] = Array.from({ length: cuts.length + 1 }, () => []);
  for (const row of block.rows) {
    const byColumn = new Map<number, RawWord[]>();
    for (const segment of row) {
      const column = cuts.filter((cut) => cut < (segment.x0 + segment.x1) / 2).length;
      byColumn.set(column, [...(byColumn.get(column) ?? []), ...segment.words]);
    }
    for (const [column, words] of byColumn) columns[column]?.push(makeSegment(words));
  }
  return columns;
}

function rowTop(row: readonly Segment[]): number {
  return Math.min(...row.map((s) => s.baseline - s.height));
}

function rowBottom(row: readonly Segment[]): number {
  return Math.max(...row.map((s) => s.baseline));
}
