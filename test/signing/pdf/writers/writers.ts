/** Writes signed PDF files the way other makers do: their line ends, tables, holes and orders, by hand and not by our own writer. */
import { buildCms } from '../../../../src/signing/cms/index.ts';
import type { Signer } from '../../../../src/signing/ports.ts';

/** How one maker writes a revision. */
export interface Habits {
  readonly eol: '\n' | '\r\n' | '\r';
  /** What stands between the last revision and this one. */
  readonly before?: string;
  /** Cross-reference: one section for each run of numbers, or one for all in a stream. */
  readonly xref: 'table' | 'stream';
  /** Entry 0 in an update’s table. */
  readonly withZero?: boolean;
  /** Comments between trailer and startxref. */
  readonly comment?: string;
  /** What stands after `%%EOF`. */
  readonly after?: string;
  /** The /ByteRange with its padding, of the room it was given. */
  readonly range: (numbers: readonly number[], room: number) => string;
  /** Hexadecimal digits of /Contents. */
  readonly hex?: 'lower' | 'upper';
  /** Entries of the trailer besides those that must be. */
  readonly trailer?: string;
}

export const RANGE_ROOM = 60;
/** Digits kept free for the value. */
const HOLE = 16_000;

const spaced = (numbers: readonly number[], room: number): string =>
  `[${numbers.join(' ')}]`.padEnd(room, ' ');

export const LIBREOFFICE: Habits = {
  eol: '\n',
  xref: 'table',
  after: '\n\n',
  range: (numbers, room) => `[ ${numbers.join(' ')} ]`.padEnd(room, ' '),
  trailer: '/DocChecksum /0123456789ABCDEF0123456789ABCDEF',
};
export const ITEXT: Habits = {
  eol: '\n',
  xref: 'table',
  withZero: true,
  comment: '%iText-7.2.5\n',
  after: '\n',
  // Padding inside the brackets.
  range: (numbers, room) => `${`[${numbers.join(' ')} `.padEnd(room - 1, ' ')}]`,
};
export const PDFBOX: Habits = {
  eol: '\n',
  before: '\n',
  xref: 'table',
  withZero: true,
  after: '\n',
  range: spaced,
  hex: 'upper',
};
export const ADOBE: Habits = { eol: '\r', before: '\r', xref: 'stream', after: '\r\n', range: spaced };
export const FOXIT: Habits = { eol: '\r\n', xref: 'table', after: '\r\n', range: spaced, hex: 'upper' };

type Objects = ReadonlyMap<number, string>;

function tableOf(offsets: ReadonlyMap<number, number>, habits: Habits, isFirst: boolean): string {
  const numbers = [...offsets.keys()].sort((a, b) => a - b);
  const runs: number[][] = [];
  for (const num of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1) === num - 1) run.push(num);
    else runs.push([num]);
  }
  const zero = isFirst || habits.withZero === true;
  const line = (num: number) => `${String(offsets.get(num)).padStart(10, '0')} 00000 n \n`;
  const sections = runs.map((run, at) =>
    isFirst && at === 0 && run[0] === 1
      ? `0 ${run.length + 1}${habits.eol}0000000000 65535 f \n${run.map(line).join('')}`
      : `${run[0]} ${run.length}${habits.eol}${run.map(line).join('')}`,
  );
  const free = zero && !(isFirst && numbers[0] === 1) ? `0 1${habits.eol}0000000000 65535 f \n` : '';
  return `xref${habits.eol}${free}${sections.join('')}`;
}

/** The file with one more revision (or the first) of these objects, each by number with its text. */
export function withRevision(file: string, objects: Objects, habits: Habits): string {
  const { eol } = habits;
  const isFirst = file === '';
  let out = isFirst ? `%PDF-1.7${eol}%\xe2\xe3\xcf\xd3${eol}` : file + (habits.before ?? '');
  const offsets = new Map<number, number>();
  for (const [num, text] of objects) {
    offsets.set(num, out.length);
    out += `${num} 0 obj${eol}${text}${eol}endobj${eol}`;
  }
  const before = [...file.matchAll(/\/Size (\d+)/g)].map((match) => Number(match[1]));
  const size = Math.max(...before, ...[...objects.keys()].map((num) => num + 1));
  const [, prev] = isFirst ? [] : (/startxref\s+(\d+)\s+%%EOF\s*$/.exec(file) ?? []);
  const more = `/Root 1 0 R${prev === undefined ? '' : `/Prev ${prev}`}${habits.trailer ?? ''}`;
  const start = out.length;
  if (habits.xref === 'table')
    out += `${tableOf(offsets, habits, isFirst)}trailer${eol}<</Size ${size}${more}>>${eol}`;
  else {
    const num = size;
    offsets.set(num, start);
    const numbers = [...offsets.keys()].sort((a, b) => a - b);
    const rows = numbers.map((item) => `01${(offsets.get(item) ?? 0).toString(16).padStart(8, '0')}00`);
    const index = numbers.map((item) => `${item} 1`).join(' ');
    const body = Buffer.from(rows.join(''), 'hex').toString('latin1');
    out += `${num} 0 obj${eol}<</Type/XRef/Size ${size + 1}/W[1 4 1]/Index[${index}]${more}/Length ${body.length}>>stream\r\n${body}${eol}endstream${eol}endobj${eol}`;
  }
  return `${out}${habits.comment ?? ''}startxref${eol}${start}${eol}%%EOF${habits.after ?? ''}`;
}

/** A signature dictionary with its hole still empty. @param order of the two entries that matter. */
export function emptySignature(habits: Habits, more = '', order: 'range' | 'contents' = 'range'): string {
  const range = `/ByteRange ${habits.range([0, 0, 0, 0], RANGE_ROOM)}`;
  const contents = `/Contents <${'0'.repeat(HOLE)}>`;
  const parts = order === 'range' ? [range, contents] : [contents, range];
  return `<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached${parts.join('')}${more}>>`;
}

/** Fills the last hole of a file: its range, then its value. */
export async function fillHole(file: string, habits: Habits, signer: Signer): Promise<string> {
  const holeStart = file.lastIndexOf('/Contents <') + '/Contents '.length;
  const holeEnd = file.indexOf('>', holeStart) + 1;
  const empty = habits.range([0, 0, 0, 0], RANGE_ROOM);
  const rangeAt = file.lastIndexOf(empty);
  const numbers = [0, holeStart, holeEnd, file.length - holeEnd];
  const ranged =
    file.slice(0, rangeAt) + habits.range(numbers, RANGE_ROOM) + file.slice(rangeAt + empty.length);
  const pieces = [ranged.slice(0, holeStart), ranged.slice(holeEnd)].map((piece) =>
    Buffer.from(piece, 'latin1'),
  );
  const hex = Buffer.from(await buildCms(signer, { content: pieces })).toString('hex');
  if (hex.length > HOLE) throw new TypeError('the hole is too small');
  const digits = (habits.hex === 'upper' ? hex.toUpperCase() : hex).padEnd(holeEnd - holeStart - 2, '0');
  return `${ranged.slice(0, holeStart + 1)}${digits}${ranged.slice(holeEnd - 1)}`;
}
