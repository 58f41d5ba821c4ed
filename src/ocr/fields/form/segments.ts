/** A form read as its items: a line has one or more of them, each of which begins with a label. */
import type { OcrWord } from '../../types.ts';
import { type FieldLine, toKey } from '../text.ts';

/** One item of a form: words of one line from a label on to the next label. */
export interface Segment {
  words: readonly OcrWord[];
  /** Keys of the words; item numbers and bullets in front left out. */
  key: string;
  /** How many words in front of `key` were left out. */
  skipped: number;
  line: FieldLine;
  /** Index of the line. */
  at: number;
  /** It has its line to itself. */
  alone: boolean;
}

/** Item numbers and bullets before a label. */
export const ITEM_NUMBER =
  /^[\s(]*(\d{1,2}(\.\d{1,2})?\s*[.):,-]?|[ivx]{1,4}\s*[.)]|[a-zđ]\s*[.)]|[-+*•])?\s*/;
/** The same as a word of its own. */
const NUMBER_WORD = /^([(]?\d{1,2}(\.\d{1,2})?[.):]|[ivx]{1,4}[.)]|[a-zđ][.)]|[-+*•])$/;

/** Labels that stand on forms beside others in one line; a value ends before them. */
const KNOWN_LABELS =
  /^(ho,? (va )?(chu dem,? (va )?)?ten|gioi tinh|nam[/,] ?nu|dan toc|quoc tich|ton giao|ngay[,/]? ?thang[,/]? ?nam sinh|ngay sinh|sinh ngay|nam sinh|noi sinh|que quan|(so )?dien thoai|di dong|e-?mail|fax|so (cmnd|cccd|can cuoc|dinh danh|ddcn|ho chieu|giay to)|(ma so thue|mst|ngay cap|cap ngay|noi cap|chuc vu|chuc danh|nghe nghiep|dia chi|noi (cu tru|thuong tru|tam tru)|ghi bang chu)\b)/;

/** Words a label in the middle of a line has at most. */
const LABEL_WORDS = 7;
/** `CCCD`, `BHXH,`, `CMND/Hộ`: in capitals inside a label. */
const ABBREVIATION = /^[(/]?\p{Lu}{2,}\P{Ll}*(\/\p{L}+)?$/u;

/** Whether a colon in this word ends a label: none of a time of day, an address of the web, or a ratio. */
export function endsLabel(word: OcrWord): boolean {
  return /[:：]/.test(word.text) && !/\d[:：]\d|:\/\//.test(word.text);
}

/** Whether the words before a place hold a value already, or stand far from it: inside a label begins no other. */
function afterValue(words: readonly OcrWord[], at: number): boolean {
  const [before, own] = [words[at - 1] as OcrWord, words[at] as OcrWord];
  const isFar = own.box[0] - before.box[2] > GAP * (own.box[3] - own.box[1]);
  return isFar || words.slice(0, at).some((w, i) => endsLabel(w) || (i > 0 && /\d/.test(w.text)));
}

/** Blank before a label that begins a column, in heights of a word. */
const GAP = 1.5;

/** Whether a label begins at `words[at]`, inside a line. */
function beginsLabel(words: readonly OcrWord[], keys: readonly string[], at: number): boolean {
  const text = (words[at] as OcrWord).text;
  const before = (words[at - 1] as OcrWord).text;
  // `Ngày sinh / Date of birth:` is one label, in two languages.
  if (before === '/' || !afterValue(words, at)) return false;
  if (NUMBER_WORD.test(text) && at + 1 < words.length)
    return /^\p{Lu}/u.test((words[at + 1] as OcrWord).text) && beginsLabel(words, keys, at + 1);
  const capital = /^\p{Lu}/u.test(text);
  const born = /^sinh (ngay|nam)\b/.test(keys.slice(at).join(' '));
  if (!capital && !born && !/[;,]$/.test(before)) return false;
  if (KNOWN_LABELS.test(keys.slice(at).join(' '))) return true;
  if (!capital) return false;
  for (let i = at; i < Math.min(words.length, at + LABEL_WORDS); i++) {
    const word = words[i] as OcrWord;
    // A label is one phrase: a capital or a digit inside belongs to a value.
    if (i > at && /^[\p{Lu}\d]/u.test(word.text) && !ABBREVIATION.test(word.text)) return false;
    if (endsLabel(word)) return true;
    if (/;$/.test(word.text)) return false;
  }
  return false;
}

/** The items of the lines, in their order. */
export function toSegments(lines: readonly FieldLine[]): Segment[] {
  return lines.flatMap((line, at) => {
    const keys = line.words.map((w) => toKey(w.text));
    const inside = line.words.flatMap((_, i) => (i > 0 && beginsLabel(line.words, keys, i) ? [i] : []));
    // A number of an item and the label behind it are one beginning.
    const starts = [0, ...inside.filter((i) => i > 1 || !NUMBER_WORD.test(line.words[0]?.text ?? ''))];
    const own = starts.filter(
      (i, n) => n === 0 || !(starts[n - 1] === i - 1 && NUMBER_WORD.test(line.words[i - 1]?.text ?? '')),
    );
    return own.map((start, n) => segment(line, at, start, own[n + 1] ?? line.words.length, own.length === 1));
  });
}

function segment(line: FieldLine, at: number, start: number, end: number, alone: boolean): Segment {
  const words = line.words.slice(start, end);
  const whole = words.map((w) => toKey(w.text)).join(' ');
  const key = whole.replace(ITEM_NUMBER, '');
  const count = (text: string): number => (text === '' ? 0 : text.split(' ').length);
  return { words, key, skipped: count(whole) - count(key), line, at, alone };
}
