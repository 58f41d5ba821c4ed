import type { OcrWord, ReadLine } from '../types.ts';

/** Items of one list begin at one place: at most this many heights of the number apart. */
const SAME_PLACE = 1;
/** Items of a list that must show their dot before one that lacks it is believed to have lost it. */
const DOTTED = 2;

interface Item {
  /** Line it begins. */
  at: number;
  number: number;
  dotted: boolean;
  word: OcrWord;
}

function itemsOf(lines: readonly ReadLine[]): Item[] {
  return lines.flatMap((line, at) => {
    const [word, next] = line.words;
    const [, digits = '', dot = ''] = /^(\d{1,2})(\.?)$/.exec(word?.text ?? '') ?? [];
    if (!word || digits === '' || !/^\p{Lu}/u.test(next?.text ?? '')) return [];
    return [{ at, number: Number(digits), dotted: dot === '.', word }];
  });
}

function isOneList(a: Item, b: Item): boolean {
  const height = Math.max(a.word.box[3] - a.word.box[1], b.word.box[3] - b.word.box[1]);
  return Math.abs(a.word.box[0] - b.word.box[0]) <= SAME_PLACE * height;
}

/**
 * Gives an item its dot back where the list decides it: two sisters at its left edge have theirs, and the item counts
 * on from one of its list (`7. Dân tộc` – `8 Nơi thường trú` – `9. Số`). What was seen stays in `read`.
 */
export function dotItems(lines: readonly ReadLine[]): ReadLine[] {
  const items = itemsOf(lines);
  const lost = items.filter((item) => {
    if (item.dotted) return false;
    const sisters = items.filter((other) => other !== item && isOneList(item, other));
    const counts = sisters.some(({ number }) => Math.abs(number - item.number) === 1);
    const twice = sisters.some(({ number }) => number === item.number);
    return counts && !twice && sisters.filter(({ dotted }) => dotted).length >= DOTTED;
  });
  if (lost.length === 0) return [...lines];
  return lines.map((line, at) => {
    const item = lost.find((i) => i.at === at);
    if (item === undefined) return line;
    const { word, number } = item;
    const first = { ...word, text: `${number}.`, read: word.read ?? word.text };
    return { ...line, words: [first, ...line.words.slice(1)] };
  });
}
