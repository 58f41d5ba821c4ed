import type { OcrFields } from '../types.ts';
import { repairResponse } from './lists/abbreviations.ts';
import {
  asDoubtful,
  distance,
  type FieldLine,
  fieldOf,
  isFilledIn,
  isSameRow,
  joinLines,
  middle,
  stripMarks,
} from './text.ts';
import { DOCUMENT_TYPES } from './vocabulary.ts';

/** `Số: …`; the colon is misread as a letter, or not there (`Số 27-KH/ĐU` of the Party). */
const NUMBER_LINE =
  /^s[ốôồóòỏổơo0ỗ6](?:t?\s*[:.;](?:\s*[:.;])?\s*([^:;\s].*)|t?\s*((?:\d+|(?=[Il|]*\d)[\dIl|]{1,4}(?=-))\s*[-/]\s*\S.*))$/iu;
/** `Số:` whose number is still to be written: what follows stands apart. */
const BARE_LABEL = /^s[ốôồóòỏổơo0ỗ6]t?\s*[:.;]?\s*\d{0,5}$/iu;
/** `/KH-UBND` behind a number that was left blank, or written by hand. */
const NOTATION_ALONE = /^[/|]\s*[\p{Lu}Đ][\p{L}\d&\-–./ ]*$/u;

function numberOf(line: FieldLine): string | undefined {
  // The stroke of a fraction, which no number has.
  const match = NUMBER_LINE.exec(line.text.replace(/\u2044/g, '/'));
  // What a seal left between the label and the digits is no part of the number: `Số: li 1879/…`; a number
  // read twice is there once.
  return (match?.[1] ?? match?.[2])?.replace(/^(?:\p{Ll}{1,2} (?=\d+\s*\/)|(\d+) (?=\1\s*\/))/u, '');
}

/** The line of number and notation among `lines`, put together where the number was left blank. */
export function findNumberLine(lines: readonly FieldLine[]): FieldLine | null {
  const whole = lines.find((l) => numberOf(l) !== undefined && /\d/.test(l.text) && !BARE_LABEL.test(l.text));
  if (whole) return whole;
  for (const label of lines.filter((l) => BARE_LABEL.test(l.text))) {
    const rest = lines.find((l) => isBeside(label, l) && NOTATION_ALONE.test(l.text));
    if (rest) return joinLines(label, rest);
    if (/\d/.test(label.text)) return label;
  }
  return lines.find((l) => /^s\S{1,2}\s*[:.;]\s*\//iu.test(l.text) && numberOf(l) !== undefined) ?? null;
}

/** Whether `right` stands on the line of `left`, behind it. */
function isBeside(left: FieldLine, right: FieldLine): boolean {
  return left.page === right.page && right.left >= left.right && isSameRow(left, right);
}

/** How far from the middle of the page a number under a title may stand, share of the width. */
const CENTRED = 0.12;

/** Number and notation, or the one number a certificate has: `02A8014466`. */
const UNDER_TITLE = /^(\d[^/]*\/\S|[\dA-Z]*\d{6,}$)/;

/** `Số: 12/2025/HĐ-TV` under the title of a contract, whose head is the country's name alone. */
export function numberUnderTitle(lines: readonly FieldLine[]): FieldLine | null {
  const body = lines.findIndex((l) => /^(can cu|hom nay|dieu 1)\b/.test(l.key));
  const head = lines.slice(0, body < 0 ? 14 : body);
  return (
    head.find((l) => Math.abs(middle(l) - 0.52) < CENTRED && UNDER_TITLE.test(numberOf(l) ?? '')) ?? null
  );
}

const ABBREVIATIONS = DOCUMENT_TYPES.flatMap(([, ...abbreviations]) => abbreviations);

/** What stands in countless notations, and how it is misread: no other organ is abbreviated so. */
const ORGANS_MISREAD: readonly (readonly [RegExp, string])[] = [
  [/^[DOƯÚÙ]BND$/u, 'UBND'],
  [/^H[DÐ]ND$/u, 'HĐND'],
];

function repairOrgan(part: string): string {
  return ORGANS_MISREAD.find(([seen]) => seen.test(part))?.[1] ?? repairResponse(part);
}

/** A notation whose hyphen was not read: behind the abbreviation of its own type stands that of the organ (`CTrTVNĐC`). */
function parted(notation: string, types: readonly string[]): string {
  const type = notation.includes('-') ? undefined : types.find((own) => notation.startsWith(own));
  const organ = type === undefined ? '' : notation.slice(type.length);
  return /^\p{Lu}{2,}$/u.test(organ) ? `${type}-${organ}` : notation;
}

/** Corrects the type part of a notation by the type of the document, or by the closed list. */
function repairNotation(notation: string, typeName: string | null, isSure: boolean): string {
  const expected = DOCUMENT_TYPES.find(([name]) => name === typeName)?.slice(1) ?? [];
  const own = parted(notation.replace(/[Ðð]/g, 'Đ'), expected);
  // Of rules of law the year stands before the type: `06/2025/TT-BXD`.
  const [year = ''] = /^[\dOoIl|]{4}\//.exec(own) ?? [];
  const [first = '', ...rest] = own.slice(year.length).split('-');
  if (rest.length === 0) return own;
  // No type is abbreviated with a figure: `1T-BKHCN`.
  const isRead = isSure && !/\d/.test(first);
  const plain = (text: string): string => stripMarks(text).toUpperCase();
  const fold = (text: string): string => plain(text).replace(/(.)\1/g, '$1');
  // A letter read twice, or once of two; of as many letters, `GTT` is no `GGT`.
  const isSame = (a: string): boolean =>
    plain(a).length === plain(first).length ? plain(a) === plain(first) : fold(a) === fold(first);
  const close = expected.find((a) => isSame(a) || (!isRead && distance(fold(a), fold(first), 1) <= 1));
  const listed = ABBREVIATIONS.find((a) => a === first) ?? ABBREVIATIONS.find(isSame);
  return mendDigits(year) + [close ?? listed ?? first, ...rest.map(repairOrgan)].join('-');
}

/** `27-KH/ĐU`: number, type and organ of a document of the Party (HD 36-HD/VPTW 2018 item II.3). */
const PARTY_NUMBER = /^((?=[Il|]*\d)[\dIl|]+)-(\p{Lu}\p{L}*\/[\p{Lu}\d-]+)$/u;

/** `3I8` for 318: between digits, or before one, these letters can only be digits; `15B` keeps its letter. */
function mendDigits(number: string): string {
  return number.replace(/[Il|](?=\d)|(?<=\d)[Il|]/g, '1').replace(/[Oo](?=\d)|(?<=\d)[Oo]/g, '0');
}

/**
 * Number and notation of `Số: 1274/QĐ-SNV` (NĐ 30/2020 App. I Part I item 3), parted at the first slash, or of
 * `Số 27-KH/ĐU`, parted at the hyphen. A number left blank is `null`.
 */
export function findNumber(
  line: FieldLine | null,
  typeName: string | null,
): Pick<OcrFields, 'codeNumber' | 'codeNotation'> {
  const rest = line ? numberOf(line) : undefined;
  if (!line || rest === undefined) return { codeNumber: null, codeNotation: null };
  const compact = rest
    // A stroke that was not read: only one letter may belong to a number (`15B`).
    .replace(/^(\d{1,6})(?=\p{Lu}{2,}[\p{L}\d-]*[.,;:]?$)/u, '$1/')
    .replace(/\s*\/\s*/g, '/')
    // Figures that came apart: before the first stroke stands one number.
    .replace(/^(\d+) (?=\d+\/)/u, '$1')
    .replace(/\s*[-–—]\s*/g, '-')
    .trim();
  const words = line.words.slice(1);
  const party = PARTY_NUMBER.exec(compact.replace(/[\s.,;:]+$/, ''));
  if (party) {
    const [, number = '', notation = ''] = party;
    return {
      codeNumber: fieldOf(mendDigits(number), [line], words),
      codeNotation: fieldOf(notation, [line], words),
    };
  }
  const slash = compact.indexOf('/');
  const number = mendDigits((slash < 0 ? compact : compact.slice(0, slash)).replace(/[\s.,;:]+$/, ''));
  if (!/^[\dA-Z][\dA-Z.\-a-z]*$/u.test(number))
    return { codeNumber: null, codeNotation: notationField(compact, slash, typeName, line, words) };
  const field = fieldOf(number, [line], words);
  return {
    // Numbers begin at 1 (NĐ 30/2020): `00` is another, misread.
    codeNumber: isFilledIn(line.words, 1) || /^0+$/.test(number) ? asDoubtful(field) : field,
    codeNotation: notationField(compact, slash, typeName, line, words),
  };
}

/** Confidence from which an abbreviation that is another than the type's is taken for one: `06/CN-STP` on a `Giấy chứng nhận`. */
const SURE = 0.9;

function notationField(
  compact: string,
  slash: number,
  typeName: string | null,
  line: FieldLine,
  words: FieldLine['words'],
) {
  if (slash < 0) return null;
  const raw = compact
    .slice(slash + 1)
    .replace(/[\s.,;:]+$/, '')
    // What a stamp beside it left: organs are abbreviated in capitals.
    .replace(/(?<=\p{Lu}{2}) \p{Ll}{1,3}$/u, '')
    .replace(/\s+/g, '');
  return raw === ''
    ? null
    : fieldOf(
        repairNotation(
          raw,
          typeName,
          words.every((w) => w.confidence > SURE),
        ),
        [line],
        words,
      );
}
