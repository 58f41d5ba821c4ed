import type { OcrWord, ReadLine } from '../types.ts';
import { isVietnameseSyllable } from './syllable.ts';

/** `Lưu:VT`, `sinh:1996`: the blank behind a colon; `HS,VT`: behind a comma between abbreviations. */
const GLUED = /^(\p{L}{2,}:|\p{Lu}{2,},)(\p{Lu}\S*|\d{4}\S*)$/u;

/** `UBND'TỈNH`, `Khu'phố`: a speck in the blank; names of the highlands have one letter before theirs (`K'Brơi`). */
const SPECK = /^(\p{L}{2,})['’](\p{L}{2,}[.,;:]?)$/u;

function isWhole(word: string): boolean {
  return word === 'UBND' || word === 'HĐND' || isVietnameseSyllable(word.replace(/[.,;:]$/, ''));
}

function atSpeck(text: string): RegExpExecArray | null {
  const match = SPECK.exec(text);
  return match !== null && isWhole(match[1] as string) && isWhole(match[2] as string) ? match : null;
}

/** Parts what a mark belongs to from what follows it without a blank. Addresses of the net (`http:`) go on with `/`. */
export function partAtMark(word: OcrWord): OcrWord[] {
  const [whole, before = '', after = ''] = GLUED.exec(word.text) ?? atSpeck(word.text) ?? [];
  if (whole === undefined) return [word];
  const [x0, y0, x1, y1] = word.box;
  const seam = Math.round(x0 + ((x1 - x0) * before.length) / whole.length);
  const read = word.read ?? word.text;
  return [
    { ...word, text: before, read, box: [x0, y0, seam, y1] },
    { ...word, text: after, read, box: [seam, y0, x1, y1] },
  ];
}

/** Marks that come in pairs; documents are printed with “ and ”, so that one alone is a speck. */
const LONE_MARK = /^(['"])(?=\p{Lu})/u;

/** Takes a speck read as a quotation mark off the first word of a line: no other mark of its kind is on the page. */
export function dropLoneMarks(lines: readonly ReadLine[]): ReadLine[] {
  const text = lines.map((line) => line.words.map((word) => word.text).join(' ')).join('\n');
  const apart = (mark: string): number => text.split(mark).length - 1;
  return lines.map((line) => {
    const [first, ...rest] = line.words;
    const mark = LONE_MARK.exec(first?.text ?? '')?.[1];
    const own = line.words.map((word) => word.text).join(' ');
    if (!first || mark === undefined) return line;
    // A double mark may end lines further down; a single one is an apostrophe elsewhere (`K'Brơi`).
    const isAlone = mark === '"' ? apart(mark) === 1 : !own.slice(1).includes(mark);
    if (!isAlone) return line;
    const word = { ...first, text: first.text.slice(1), read: first.read ?? first.text };
    return { ...line, words: [word, ...rest] };
  });
}
