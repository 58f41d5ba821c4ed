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
    const [, digits = '', dot = ''] = /^(\d{1,2})([.,]?)$/.exec(word?.text ?? '') ?? [];
    if (!word || digits === '' || !/^\p{Lu}/u.test(next?.text ?? '')) return [];
    return [{ at, number: Number(digits), dotted: dot === '.', word }];
  });
}

/** A number whose dot was read twice, or as a comma and a dot. */
const DOT_TWICE = /^(\d{1,2})(?:\.[.,]|,\.)$/;
/** A number that may still miss its dot, and the dot that was read as a word. */
const NUMBER = /^\d{1,2}[.,]?$/;
const DOT = /^[.,]$/;

/** One dot for the number of an item, where it was read twice or apart: `3 . Giới`, `3.. Giới`. */
export function joinDot(line: ReadLine): ReadLine {
  const [first, second, third] = line.words;
  if (!first || !second) return line;
  const [, digits] = DOT_TWICE.exec(first.text) ?? [];
  const repaired = (text: string): OcrWord => ({ ...first, text, read: first.read ?? first.text });
  if (digits !== undefined && /^\p{Lu}/u.test(second.text))
    return { ...line, words: [repaired(`${digits}.`), ...line.words.slice(1)] };
  if (!NUMBER.test(first.text) || !DOT.test(second.text) || !/^\p{Lu}/u.test(third?.text ?? '')) return line;
  const [x0, y0, x1, y1] = first.box;
  const joined: OcrWord = {
    ...repaired(`${first.text.replace(/\D/g, '')}.`),
    read: `${first.read ?? first.text} ${second.text}`,
    confidence: Math.min(first.confidence, second.confidence),
    box: [x0, Math.min(y0, second.box[1]), Math.max(x1, second.box[2]), Math.max(y1, second.box[3])],
  };
  return { ...line, words: [joined, ...line.words.slice(2)] };
}

/** What is left of a number when only its dot was seen. */
const REST_OF_NUMBER = /^[.,„]$/;

/**
 * The number of an item of which only the dot was read, where the items before and after it in its list leave but one:
 * `„ Tên` – `2. Tên gọi khác`. Not sure, and said so: the confidence stays that of the dot, what was seen in `read`.
 */
export function countItems(lines: readonly ReadLine[]): ReadLine[] {
  const items = itemsOf(lines).filter((item) => item.dotted);
  return lines.map((line, at) => {
    const [word, next] = line.words;
    if (!word || !REST_OF_NUMBER.test(word.text) || !/^\p{Lu}/u.test(next?.text ?? '')) return line;
    const own: Item = { at, number: 0, dotted: false, word };
    const list = items.filter((item) => isOneList(own, item));
    const after = list.find((item) => item.at > at);
    const before = list.findLast((item) => item.at < at);
    const number = (after?.number ?? 0) - 1;
    if (number < 1 || number !== (before?.number ?? 0) + 1 || list.length < DOTTED) return line;
    return {
      ...line,
      words: [{ ...word, text: `${number}.`, read: word.read ?? word.text }, ...line.words.slice(1)],
    };
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
