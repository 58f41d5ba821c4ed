/** Lines of a paper of a department, for tests of its fields. */
import { extractFields } from '../../../src/ocr/fields/extract.ts';
import type { OcrFields, ReadLine } from '../../../src/ocr/types.ts';
import { line, pageOf } from '../support.ts';

export const COUNTRY = [
  line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
  line('Độc lập - Tự do - Hạnh phúc', 1060, 185),
];

/** The fields of a page with a letterhead and `lines`. */
export function fieldsOf(...lines: ReadLine[]): OcrFields {
  return extractFields([pageOf([line('SỞ XÂY DỰNG', 300, 140), ...COUNTRY, ...lines])]);
}

/** A line in which words are given with what the engine thinks of them. */
export function unsure(
  text: string,
  x: number,
  y: number,
  doubts: Readonly<Record<string, number>>,
): ReadLine {
  const own = line(text, x, y);
  return { ...own, words: own.words.map((w) => ({ ...w, confidence: doubts[w.text] ?? w.confidence })) };
}
