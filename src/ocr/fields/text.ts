import { unionBox } from '../page/geometry.ts';
import type { Box, OcrField, OcrWord, PageReading } from '../types.ts';

/** A line of the page with what the rules look at. */
export interface FieldLine {
  text: string;
  /** Lower case without marks, single blanks: what OCR seldom gets wrong. */
  key: string;
  words: OcrWord[];
  box: Box;
  /** 1-based. */
  page: number;
  /** Share of the page width, 0 to 1. */
  left: number;
  right: number;
  /** Height of the line in pixels. */
  height: number;
}

/** Letters without tone and accent marks, đ as d. */
export function stripMarks(text: string): string {
  return text.replace(/[đð]/g, 'd').replace(/[ĐÐ]/g, 'D').normalize('NFD').replace(/\p{M}/gu, '');
}

/** Comparison form: no marks, lower case, single blanks. */
export function toKey(text: string): string {
  return stripMarks(text).toLowerCase().replace(/\s+/g, ' ').trim();
}

/** Lines of a page as the rules want them. */
export function toFieldLines(reading: PageReading, page: number): FieldLine[] {
  const width = Math.max(1, reading.width);
  return reading.lines.map((line) => {
    const text = line.words.map((w) => w.text).join(' ');
    return {
      text,
      key: toKey(text),
      words: line.words,
      box: line.box,
      page,
      left: line.box[0] / width,
      right: line.box[2] / width,
      height: line.box[3] - line.box[1],
    };
  });
}

/** Horizontal middle, share of the page width. */
export function middle(line: FieldLine): number {
  return (line.left + line.right) / 2;
}

/** Mean confidence of words, weighted by length. */
export function confidenceOf(words: readonly OcrWord[]): number {
  const letters = words.reduce((sum, w) => sum + w.text.length, 0);
  const weight = words.reduce((sum, w) => sum + w.confidence * w.text.length, 0);
  return letters === 0 ? 0 : Math.round((100 * weight) / letters) / 100;
}

/** A field with the evidence of its lines. */
export function fieldOf<T>(value: T, lines: readonly FieldLine[], words?: readonly OcrWord[]): OcrField<T> {
  const evidence = words && words.length > 0 ? words : lines.flatMap((l) => l.words);
  const page = lines[0]?.page ?? 1;
  return { value, confidence: confidenceOf(evidence), page, box: unionBox(evidence.map((w) => w.box)) };
}

/** Whether most letters are capitals. */
export function isCapitals(text: string): boolean {
  const letters = text.match(/\p{L}/gu) ?? [];
  const capitals = text.match(/\p{Lu}/gu) ?? [];
  return letters.length >= 2 && capitals.length >= letters.length * 0.75;
}

/** Edit distance, stopped at `limit` + 1. */
export function distance(a: string, b: string, limit = 99): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + cost));
    }
    row = next;
  }
  return row[b.length] as number;
}

/** Takes blanks and separators off the ends. */
export function trimEnds(text: string): string {
  return text
    .replace(/^[\s\-–—•*.,;:“”"'`=~|_<>]+/u, '')
    .replace(/[\s;:,]+$/u, '')
    .trim();
}
