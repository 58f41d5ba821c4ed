import { toDigits } from '../fields/repair.ts';
import { stripMarks } from '../marks.ts';
import type { OcrWord, ReadLine } from '../types.ts';

const LIMITS: Readonly<Record<string, number>> = { ngay: 31, thang: 12 };
const key = (word: OcrWord | undefined): string => stripMarks(word?.text ?? '').toLowerCase();

/** One or two digits no greater than `limit` for letters misread in their place; `null` when there are none. */
function dayOrMonth(text: string, limit: number): string | null {
  // A stroke at the end is a 1, or the edge of something else: `1]` is 11, `11]` cannot be 111.
  for (const digits of [toDigits(text), toDigits(text.slice(0, -1))]) {
    if (/^\d{1,2}$/.test(digits) && Number(digits) >= 1 && Number(digits) <= limit) return digits;
  }
  return null;
}

/** `tháng 1Ï năm`, `ngày O1 tháng`, `tháng Ï ] năm`: between these words stand digits and nothing else. */
export function mendDates(line: ReadLine): ReadLine {
  const out: OcrWord[] = [];
  for (let i = 0; i < line.words.length; i++) {
    const word = line.words[i] as OcrWord;
    const before = key(line.words[i - 1]);
    const limit = LIMITS[before];
    const closing = before === 'ngay' ? 'thang' : 'nam';
    const next = line.words[i + 1];
    if (limit === undefined || /^\d{1,2}$/.test(word.text)) out.push(word);
    else if (key(next) === closing) {
      const digits = dayOrMonth(word.text, limit);
      out.push(digits === null ? word : { ...word, text: digits, read: word.read ?? word.text });
    } else if (next && key(line.words[i + 2]) === closing && (word.text + next.text).length === 2) {
      const digits = dayOrMonth(word.text + next.text, limit);
      if (digits?.length !== 2) {
        out.push(word);
        continue;
      }
      out.push(join(word, next, digits));
      i++;
    } else out.push(word);
  }
  return { ...line, words: out };
}

function join(a: OcrWord, b: OcrWord, text: string): OcrWord {
  return {
    ...a,
    text,
    read: `${a.read ?? a.text} ${b.read ?? b.text}`,
    confidence: Math.min(a.confidence, b.confidence),
    box: [a.box[0], Math.min(a.box[1], b.box[1]), b.box[2], Math.max(a.box[3], b.box[3])],
  };
}

/** A number with a letter O for its 0: `1O`, `O1`, `2O25`. */
const LETTER_O = /^(?=[^\p{L}]*\d|[Oo]\d)[\dOo]{2,}[.,;:)]*$/u;

/** Turns a letter O among digits into the 0 it is. */
export function mendZero(word: OcrWord): OcrWord {
  if (!/[Oo]/.test(word.text) || !LETTER_O.test(word.text)) return word;
  return { ...word, text: word.text.replace(/[Oo]/g, '0'), read: word.read ?? word.text };
}

/** The one letter Đ the engine gives in both its codes, one after the other; of two it gives the same code twice. */
const STROKE_TWICE = /\u00d0\u0110|\u0110\u00d0/g;

/** Reads a letter Đ once that was read in both its codes: `TÐĐKT`. */
export function mendStroke(word: OcrWord): OcrWord {
  const text = word.text.replace(STROKE_TWICE, 'Đ');
  return text === word.text ? word : { ...word, text, read: word.read ?? word.text };
}

/** `m²` behind a number, whose raised 2 was read as a mark. */
export function mendSquare(line: ReadLine): ReadLine {
  const words = line.words.map((word, i) => {
    const tail = /^m[ˆ^]([.,;:)]*)$/u.exec(word.text)?.[1];
    if (tail === undefined || !/^\(?\d[\d.,]*$/.test(line.words[i - 1]?.text ?? '')) return word;
    return { ...word, text: `m²${tail}`, read: word.read ?? word.text };
  });
  return { ...line, words };
}
