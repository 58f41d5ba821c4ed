/**
 * The line with number and date at the top of page 1 (NĐ 30/2020 App. I Part I II.3, II.4: boxes 3 and 4 stand on one line):
 * `Số:      /QĐ-UBND` and `…, ngày    tháng    năm 2026`, with what is printed already and where the blanks are.
 */
import type { PlacedCharacter } from './page-text.ts';

/** A place to write in, on the page as shown. */
export interface Blank {
  readonly x0: number;
  readonly x1: number;
  /** Baseline. */
  readonly y: number;
  /** Of the text beside it, points. */
  readonly size: number;
  /** What stands there; empty: blank. */
  readonly printed: string;
}

/** What the line says. Null where that part is not on the page. */
export interface IssueLine {
  readonly number:
    | (Blank & { /** After the slash; empty: none printed. */ readonly notation: string })
    | null;
  readonly date: { readonly day: Blank; readonly month: Blank; readonly year: Blank } | null;
}

/** Characters of one baseline without spaces, each with its place. */
interface Row {
  readonly text: string;
  readonly places: readonly PlacedCharacter[];
}

const DOTS = '[.…_·]*';
const NUMBER = new RegExp(`Số:?(${DOTS})(\\d{1,5}[a-z]?)?(${DOTS})(/)?`, 'u');
const DATE = new RegExp(
  `ngày(${DOTS}(\\d{1,2})?${DOTS})tháng(${DOTS}(\\d{1,2})?${DOTS})năm(${DOTS}(\\d{4})?)`,
  'iu',
);
/** Where a line has nothing after the blank, this much is free, points. */
const OPEN_END = 60;

function rowsOf(characters: readonly PlacedCharacter[]): Row[] {
  const rows: PlacedCharacter[][] = [];
  for (const item of [...characters].sort((a, b) => b.y - a.y || a.x0 - b.x0)) {
    if (item.text.trim() === '') continue;
    const row = rows.find((other) => Math.abs((other[0]?.y ?? 0) - item.y) < Math.max(1, item.size * 0.25));
    if (row === undefined) rows.push([item]);
    else row.push(item);
  }
  return rows.map((items) => {
    const sorted = items.sort((a, b) => a.x0 - b.x0);
    const places = sorted.flatMap((item) => Array.from(item.text.normalize('NFC'), () => item));
    return { text: sorted.map((item) => item.text.normalize('NFC')).join(''), places };
  });
}

/** From the end of the character before `from` to the start of the one at `to`. */
function blankBetween(row: Row, from: number, to: number, printed: string): Blank {
  const before = row.places[from - 1];
  const after = row.places[to];
  const x0 = before?.x1 ?? 0;
  const size = before?.size ?? 13;
  return { x0, x1: after === undefined ? x0 + OPEN_END : after.x0, y: before?.y ?? 0, size, printed };
}

function notationAt(row: Row, slash: number): string {
  let text = '';
  for (let at = slash + 1; at < row.text.length; at += 1) {
    const [here, before] = [row.places[at], row.places[at - 1]];
    // The place name of box 4 stands on the same line, a gap away.
    if (here === undefined || before === undefined || here.x0 - before.x1 > here.size) break;
    text += row.text[at] ?? '';
  }
  return text.replace(/[.…_·]+$/, '');
}

function numberOf(row: Row): IssueLine['number'] {
  const found = NUMBER.exec(row.text);
  if (found === null || (found.index > 0 && isClose(row, found.index))) return null;
  const [whole, , printed = '', , slash] = found;
  const after = found.index + whole.length;
  const isNumberLine =
    slash !== undefined || printed !== '' || after >= row.text.length || !isClose(row, after);
  if (!isNumberLine) return null;
  const from = found.index + (row.text[found.index + 2] === ':' ? 3 : 2);
  const to = found.index + whole.length - (slash === undefined ? 0 : 1);
  return {
    ...blankBetween(row, from, to, printed),
    notation: slash === undefined ? '' : notationAt(row, to),
  };
}

/** `Số` inside a sentence is no heading. */
function isClose(row: Row, at: number): boolean {
  const [before, here] = [row.places[at - 1], row.places[at]];
  return before !== undefined && here !== undefined && here.x0 - before.x1 < here.size * 2;
}

function dateOf(row: Row): IssueLine['date'] {
  const found = DATE.exec(row.text);
  if (found === null) return null;
  const [, dayText = '', day = '', monthText = '', month = '', yearText = '', year = ''] = found;
  const dayAt = found.index + 4;
  const monthAt = dayAt + dayText.length + 5;
  const yearAt = monthAt + monthText.length + 3;
  return {
    day: blankBetween(row, dayAt, dayAt + dayText.length, day),
    month: blankBetween(row, monthAt, monthAt + monthText.length, month),
    year: blankBetween(row, yearAt, yearAt + yearText.length, year),
  };
}

/** Reads the line of the first page; the topmost number and the topmost date count. */
export function readIssueLine(characters: readonly PlacedCharacter[]): IssueLine {
  let line: IssueLine = { number: null, date: null };
  for (const row of rowsOf(characters)) {
    line = { number: line.number ?? numberOf(row), date: line.date ?? dateOf(row) };
    if (line.number !== null && line.date !== null) break;
  }
  return line;
}
