import { stripMarks } from '../marks.ts';
import type { OcrWord, ReadLine } from '../types.ts';

/** Occurrences of one spelling that outvote another of a less certain word. */
const OUTVOTES = 2;
/** A word the engine is surer of than this is left as it was read. */
const SURE = 0.95;

const NAME = /^\p{Lu}\p{L}+[.,;:)]?$/u;

interface Pair {
  line: number;
  at: number;
  spelling: string;
}

function spell(word: OcrWord): string {
  return word.text.replace(/[.,;:)]$/, '').toLocaleLowerCase('vi');
}

function recase(like: string, spelling: string): string {
  const tail = /[.,;:)]$/.exec(like)?.[0] ?? '';
  const isUpper = like.replace(tail, '') === like.replace(tail, '').toLocaleUpperCase('vi');
  const first = spelling.charAt(0).toLocaleUpperCase('vi');
  return (isUpper ? spelling.toLocaleUpperCase('vi') : first + spelling.slice(1)) + tail;
}

/**
 * A name that stands several times on a page is spelt one way: a pair of capitalised words (`Trân Phú`) that differs by
 * marks alone from one read at least twice (`Trần Phú`) is spelt as that, in the word the engine was not sure of.
 */
export function agreeOnNames(lines: readonly ReadLine[]): ReadLine[] {
  const pairs = new Map<string, Pair[]>();
  for (const [line, { words }] of lines.entries()) {
    for (let at = 0; at + 1 < words.length; at++) {
      const [first, second] = [words[at] as OcrWord, words[at + 1] as OcrWord];
      if (!NAME.test(first.text) || !NAME.test(second.text) || /[.,;:)]$/.test(first.text)) continue;
      const spelling = `${spell(first)} ${spell(second)}`;
      const key = stripMarks(spelling);
      pairs.set(key, [...(pairs.get(key) ?? []), { line, at, spelling }]);
    }
  }
  const out = lines.map((line) => ({ ...line, words: [...line.words] }));
  for (const alike of pairs.values()) {
    const best = mostFrequent(alike);
    if (best === null) continue;
    for (const { line, at, spelling } of alike)
      if (spelling !== best) respell(out[line] as ReadLine, at, best);
  }
  return out;
}

/** The spelling that outvotes all others together, else `null`. */
function mostFrequent(pairs: readonly Pair[]): string | null {
  const counts = new Map<string, number>();
  for (const { spelling } of pairs) counts.set(spelling, (counts.get(spelling) ?? 0) + 1);
  if (counts.size < 2) return null;
  const [best, count] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
  return count >= OUTVOTES * (pairs.length - count) ? best : null;
}

function respell({ words }: ReadLine, at: number, best: string): void {
  for (const [i, spelling] of best.split(' ').entries()) {
    const word = words[at + i] as OcrWord;
    if (spell(word) === spelling || word.confidence > SURE) continue;
    words[at + i] = { ...word, text: recase(word.text, spelling), read: word.read ?? word.text };
  }
}
