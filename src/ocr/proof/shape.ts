import type { OcrWord, ReadLine } from '../types.ts';

/** Widths of letters beside an `n`, by kind; Times, Arial and their like differ by little. */
const NARROW = /[ijlftr1I.,;:'’()[\]!|/-]/u;
const WIDE = /[mwMWĐ%—]/u;

function units(text: string): number {
  let sum = 0;
  for (const letter of text.normalize('NFC').normalize('NFD').replace(/\p{M}/gu, '')) {
    if (NARROW.test(letter)) sum += 0.6;
    else if (WIDE.test(letter)) sum += 1.5;
    else sum += /\p{Lu}/u.test(letter) ? 1.3 : 1;
  }
  return sum;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Pixels of one unit of width in a word. */
function pitch({ text, box }: OcrWord): number {
  return (box[2] - box[0]) / Math.max(0.6, units(text));
}

/** Words of a line from which its usual widths can be told. */
const ENOUGH_WORDS = 4;

/**
 * How far a word is from the width its letters need, on the scale of its line: 0 as it should be, 0.7 half or twice.
 * Letters were lost, or a blot was read along.
 */
export function widthOff(line: ReadLine, i: number): number {
  if (line.words.length < ENOUGH_WORDS) return 0;
  const usual = median(line.words.map(pitch));
  const own = pitch(line.words[i] as OcrWord);
  return usual <= 0 || own <= 0 ? 0 : Math.min(1, Math.abs(Math.log(own / usual)));
}

/** How much wider the blank beside a word is than is usual in its line: 0 as usual, 0.7 twice; a lost letter or mark. */
export function gapOff(line: ReadLine, i: number): number {
  if (line.words.length < ENOUGH_WORDS) return 0;
  const gaps = line.words.slice(1).map((word, k) => word.box[0] - (line.words[k] as OcrWord).box[2]);
  const usual = Math.max(1, median(gaps));
  const beside = [gaps[i - 1], gaps[i]].flatMap((gap) => (gap === undefined || gap <= 0 ? [] : [gap]));
  return Math.max(0, ...beside.map((gap) => Math.min(1, Math.log(gap / usual))));
}
