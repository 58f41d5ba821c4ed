import type { OcrWord, ReadLine } from '../types.ts';

const ROMAN = ['', 'I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X'];

const ROMAN_MISREAD: Readonly<Record<string, string>> = {
  'H.': 'II.',
  'HI.': 'III.',
  'IH.': 'III.',
  IIL: 'III.',
  TIL: 'III.',
  HL: 'II.',
};

function withNumber(line: ReadLine, text: string): ReadLine {
  const first = line.words[0] as OcrWord;
  if (first.text === text) return line;
  return { ...line, words: [{ ...first, text, read: first.read ?? first.text }, ...line.words.slice(1)] };
}

/** Headings count I., II., III.: an H. in front of capitals is a II. unless a G. stands before it on the page. */
export function repairRoman(line: ReadLine, hasLetterG: boolean): ReadLine {
  const [first, second] = line.words;
  const roman = ROMAN_MISREAD[first?.text ?? ''];
  if (!first || !second || roman === undefined || hasLetterG) return line;
  // `H. Yên Thủy` is a district; `HI.` is no word, so a heading in small letters will do.
  const heading = first.text === 'H.' ? /^[\p{Lu}Đ]{2,}/u.test(second.text) : /^\p{Lu}/u.test(second.text);
  return heading ? withNumber(line, roman) : line;
}

/** A line that may begin the count of headings again: `A.`, `PHẦN THỨ NHẤT`, `Chương II`. */
const BEGINS_AGAIN = /^([A-HK]\.?|phần|chương|phụ|mục)$/iu;
/** Strokes of which I, II and III are made, and what they are mistaken for. */
const STROKES = /^[IHLT1l|]{1,4}[.,]?$/;

/** A heading in capitals with something like a Roman number before it. */
function isHeading({ words: [first, second, ...rest] }: ReadLine): boolean {
  if (!first || !second || !/^[IVXHLT1l|]{1,5}[.,]?$/.test(first.text)) return false;
  const letters = [second, ...rest].map((word) => word.text).join('');
  return /^\p{Lu}{2,}/u.test(second.text) && !/\p{Ll}/u.test(letters);
}

/**
 * Counts the headings of a page: strokes are lost from `II.` and `III.`, so that they read as the heading before them.
 * Only where at least two headings stand, and only I, II and III; what was seen stays in `read`.
 */
export function countHeadings(lines: readonly ReadLine[]): ReadLine[] {
  if (lines.filter(isHeading).length < 2) return [...lines];
  let before = 0;
  return lines.map((line) => {
    const text = line.words[0]?.text ?? '';
    if (!isHeading(line)) {
      if (BEGINS_AGAIN.test(text)) before = 0;
      return line;
    }
    const read = ROMAN.indexOf(text.replace(/[.,]$/, ''));
    const due = before + 1;
    // On a page that goes on with a list the first heading may be any.
    const isLost =
      STROKES.test(text) && due <= 3 && (read === before || read < 0) && (before > 0 || read < 0);
    before = isLost ? due : Math.max(1, read);
    return isLost ? withNumber(line, `${ROMAN[due]}.`) : line;
  });
}
