import { stripMarks } from '../marks.ts';
import { unionBox } from '../page/geometry.ts';
import { probabilityRight } from '../proof/doubt.ts';
import type { Box, OcrField, OcrWord, PageReading } from '../types.ts';

export { stripMarks } from '../marks.ts';

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

/** Whether two parts of a page stand side by side on one row. */
export function isSameRow(a: FieldLine, b: FieldLine): boolean {
  return Math.min(a.box[3], b.box[3]) - Math.max(a.box[1], b.box[1]) > 0.5 * Math.min(a.height, b.height);
}

/** Largest gap inside a row of which letters were not read, and what its parts have of their height in common. */
const ROW = { gap: 3, level: 0.65 };

/** Whether `right` goes on in the row of `left`. */
export function goesOnInRow(left: FieldLine, right: FieldLine): boolean {
  const gap = right.box[0] - left.box[2];
  const level = Math.min(left.box[3], right.box[3]) - Math.max(left.box[1], right.box[1]);
  const height = Math.min(left.height, right.height);
  return gap >= 0 && gap < ROW.gap * height && level > ROW.level * height;
}

/** Two parts of one row as a line. */
export function joinLines(left: FieldLine, right: FieldLine): FieldLine {
  const [a, b] = [left.box, right.box];
  return {
    ...left,
    text: `${left.text} ${right.text}`,
    key: `${left.key} ${right.key}`,
    words: [...left.words, ...right.words],
    box: [a[0], Math.min(a[1], b[1]), b[2], Math.max(a[3], b[3])],
    right: right.right,
  };
}

/** Probability that all of these words are right: of fields at 0.9, nine in ten are. */
export function confidenceOf(words: readonly OcrWord[]): number {
  const all = words.reduce((product, w) => product * probabilityRight(w.confidence), 1);
  return words.length === 0 ? 0 : Math.round(1000 * all) / 1000;
}

/** Blank in front of a value, in heights of its line, that tells a form filled in by hand; a printed one has half of it. */
const HAND_GAP = 0.75;
/** Confidence of what a pen wrote: the engine has learnt print only, and is wrong without knowing it. */
const HAND_CONFIDENCE = 0.5;

/** Whether `words[at]` was written into a blank left for it: nearly twice the usual space stands before it. */
export function isFilledIn(words: readonly OcrWord[], at: number): boolean {
  const [before, own] = [words[at - 1], words[at]];
  if (!before || !own) return false;
  const height = Math.max(...words.map((w) => w.box[3])) - Math.min(...words.map((w) => w.box[1]));
  return own.box[0] - before.box[2] > HAND_GAP * height;
}

/** Caps the confidence of a value a pen wrote, or that cannot be as it was read. */
export function asDoubtful<T>(field: OcrField<T>): OcrField<T> {
  return { ...field, confidence: Math.min(field.confidence, HAND_CONFIDENCE) };
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
    .replace(/^[\s\-–—•*.,;:“”„‘’"'`=~|_<>]+/u, '')
    .replace(/[\s;:,]+$/u, '')
    .trim();
}

/** The first letter as a capital, all the others small. */
export function sentenceCase(text: string): string {
  const lower = text.toLocaleLowerCase('vi');
  return lower.charAt(0).toLocaleUpperCase('vi') + lower.slice(1);
}
