import { type Component, findComponents } from '../../image/components.ts';
import { crop, type Gray } from '../../image/gray.ts';
import { RED_INK } from '../../image/red.ts';
import { isVietnameseSyllable } from '../../proof/syllable.ts';
import { moveWords, typicalHeight } from '../lines.ts';
import type { RawWord, Recognizer } from '../tesseract.ts';

/** The red of a page, in the place and size of the image the other words were read from. */
export interface RedPrint {
  /** 255 where nothing is red. */
  redness: Gray;
  /** The channel red ink is dark in: most pages with red on them have seals alone, and need it not. */
  green(): Promise<Gray>;
}

/** Lines read per page at most. */
const MAX_LINES = 12;
/** Letters of a line, in heights of the page's letters. */
const LETTER = { min: 0.55, max: 3.5 };
/** Letters a line of print has at least. */
const MIN_LETTERS = 4;
/** What is larger than this both ways, in heights of the page's letters, is a seal, or the frame of a stamp … */
const SEAL = { width: 5, height: 2.5 };
/** … unless it goes around the page, as the border of a certificate does. */
const BORDER_SHARE = 0.6;
/** Feet of letters on one line differ by this share of their height; those on the rim of a seal do not stand on a line. */
const LEVEL = 0.3;
/** Share of its height a letter has in common with the others of its line; an ascender or a mark adds to it. */
const SHARED = 0.6;
/** Blank between words at most, in heights of a letter. */
const WORD_GAP = 1.2;
/** Confidence of a word, and of all words of a line on average, from which they are believed. */
const SURE = { word: 30, line: 75 };

interface Line {
  letters: Component[];
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

function isInside(c: Component, frame: Component): boolean {
  const [x, y] = [(c.x0 + c.x1) / 2, (c.y0 + c.y1) / 2];
  return x > frame.x0 && x < frame.x1 && y > frame.y0 && y < frame.y1;
}

/** Blots that may be letters: of their size, and not in a seal or stamp. */
function lettersOf({ redness }: RedPrint, height: number): Component[] {
  const blots = findComponents(redness, 255 - RED_INK);
  const frames = blots.filter(
    ({ x0, y0, x1, y1 }) =>
      x1 - x0 > SEAL.width * height &&
      y1 - y0 > SEAL.height * height &&
      x1 - x0 < BORDER_SHARE * redness.width,
  );
  return blots.filter((c) => {
    const size = c.y1 - c.y0;
    const fits = size >= LETTER.min * height && size <= LETTER.max * height && c.x1 - c.x0 <= 3 * size;
    return fits && !frames.some((frame) => isInside(c, frame));
  });
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] as number;
}

/** Whether a letter stands on the line: feet and heads of most letters are level, those on the rim of a seal are not. */
function standsOn(c: Component, { letters }: Line): boolean {
  const [top, foot] = [median(letters.map((l) => l.y0)), median(letters.map((l) => l.y1))];
  const shared = Math.min(c.y1, foot) - Math.max(c.y0, top);
  return shared > SHARED * Math.min(c.y1 - c.y0, foot - top);
}

/** Letters that stand on one line, close together, left to right. */
function linesOf(letters: readonly Component[]): Line[] {
  const lines: Line[] = [];
  for (const c of [...letters].sort((a, b) => a.x0 - b.x0)) {
    const size = c.y1 - c.y0;
    const line = lines.findLast((l) => c.x0 - l.x1 < WORD_GAP * size && standsOn(c, l));
    if (line) {
      line.letters.push(c);
      line.y0 = Math.min(line.y0, c.y0);
      line.x1 = Math.max(line.x1, c.x1);
      line.y1 = Math.max(line.y1, c.y1);
    } else lines.push({ letters: [c], x0: c.x0, y0: c.y0, x1: c.x1, y1: c.y1 });
  }
  return lines.filter((line) => line.letters.length >= MIN_LETTERS && isLevel(line));
}

/** Whether most letters stand on one line: along the rim of a seal each is close to its neighbour only. */
function isLevel({ letters }: Line): boolean {
  const foot = median(letters.map((c) => c.y1));
  const size = median(letters.map((c) => c.y1 - c.y0));
  return letters.filter((c) => Math.abs(c.y1 - foot) < LEVEL * size).length >= 0.7 * letters.length;
}

/** Read already, by letters that are not all of them red, or darker than most. */
function isRead(line: Line, words: readonly RawWord[]): boolean {
  const y = (line.y0 + line.y1) / 2;
  const covered = words
    .filter((w) => w.confidence > SURE.line && w.y0 < y && w.y1 > y)
    .reduce((sum, w) => sum + Math.max(0, Math.min(w.x1, line.x1) - Math.max(w.x0, line.x0)), 0);
  return covered > 0.5 * (line.x1 - line.x0);
}

function isBelieved(words: readonly RawWord[]): boolean {
  const letters = words.reduce((sum, w) => sum + w.text.length, 0);
  const mean = words.reduce((sum, w) => sum + w.confidence * w.text.length, 0) / Math.max(1, letters);
  const spelt = words.filter((w) => /^(?=.*\d)[\d\p{Lu}.,:/()-]+$/u.test(w.text) || isSyllable(w.text));
  return letters >= MIN_LETTERS && mean >= SURE.line && spelt.length >= 0.7 * words.length;
}

function isSyllable(text: string): boolean {
  const core = text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  return core !== '' && isVietnameseSyllable(core);
}

/**
 * Reads lines printed in red (the title of a certificate, the number of an invoice), which the red channel, taken for
 * the seals to fade in, does not show. Seals, stamps and what stands in them are left alone.
 * @param words what was read before
 */
export async function readRedPrint(
  recognizer: Recognizer,
  red: RedPrint,
  words: readonly RawWord[],
): Promise<RawWord[]> {
  const height = typicalHeight(words);
  const lines = linesOf(lettersOf(red, height))
    .filter((line) => !isRead(line, words))
    .sort((a, b) => b.letters.length - a.letters.length)
    .slice(0, MAX_LINES);
  if (lines.length === 0) return [];
  const green = await red.green();
  const views = lines.map((line) => {
    const size = line.y1 - line.y0;
    // Marks over and under the letters are smaller than letters: room is left for them.
    const [left, top] = [line.x0 - Math.round(0.4 * size), line.y0 - Math.round(0.45 * size)];
    const width = line.x1 - left + Math.round(0.4 * size);
    return { left, top, picture: crop(green, left, top, width, Math.round(1.75 * size)) };
  });
  const read = await recognizer.readAll(
    views.map((view) => view.picture),
    '7',
  );
  return views.flatMap(({ left, top }, i) => {
    const own = (read[i] ?? []).filter((word) => word.confidence >= SURE.word);
    return isBelieved(own) ? moveWords(own, left, top) : [];
  });
}

/** Puts red print in, in place of what little of it was read before. */
export function withRedPrint(words: readonly RawWord[], printed: readonly RawWord[]): RawWord[] {
  const isOver = (a: RawWord, b: RawWord): boolean => {
    const [x, y] = [(b.x0 + b.x1) / 2, (b.y0 + b.y1) / 2];
    return x > a.x0 && x < a.x1 && y > a.y0 && y < a.y1;
  };
  return [...words.filter((word) => !printed.some((red) => isOver(red, word))), ...printed];
}
