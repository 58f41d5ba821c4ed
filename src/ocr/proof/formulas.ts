import { stripMarks } from '../marks.ts';
import type { OcrWord, ReadLine } from '../types.ts';
import { judgeCompound } from './compounds.ts';

/** Wording that never varies: NĐ 30/2020 App. I Part I item 1, HD 36-HD/VPTW 2018 item II.1, and the notes of forms. */
const FORMULAS: readonly string[] = [
  'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM',
  'Độc lập - Tự do - Hạnh phúc',
  'ĐẢNG CỘNG SẢN VIỆT NAM',
  'ỦY BAN NHÂN DÂN',
  'Ủy ban nhân dân',
  'HỘI ĐỒNG NHÂN DÂN',
  'Hội đồng nhân dân',
  '(Ký, ghi rõ họ tên)',
  '(Ký và ghi rõ họ tên)',
  '(Ký, ghi rõ họ, chữ đệm, tên)',
  '(Ký, ghi rõ họ, tên)',
  '(Ký tên, đóng dấu)',
];
/** Spellings that are as good: the mark on the other vowel, other dashes. */
const AS_GOOD: Readonly<Record<string, RegExp>> = {
  HÒA: /^HOÀ$/,
  ỦY: /^UỶ$/,
  Ủy: /^Uỷ$/,
  '-': /^[-–—]$/,
};
/** Letters of a formula to one that may be misread, marks aside. */
const LETTERS_FOR_ONE_ERROR = 9;

interface Formula {
  words: string[];
  keys: string[];
}

const fold = (text: string): string => stripMarks(text).toLowerCase();
const FOLDED: readonly Formula[] = FORMULAS.map((text) => ({
  words: text.split(' '),
  keys: text.split(' ').map(fold),
}));

/** A word without the mark behind it, unless the formula has one itself. */
function bareOf(text: string, key: string): string {
  return /[.,;:)]$/.test(key) ? text : text.replace(/[.,;:]+$/, '');
}

/** Letters that differ at the same place; words of different length differ by all of them. */
function errors(a: string, b: string): number {
  if (a.length !== b.length) return Math.max(a.length, b.length);
  return [...a].filter((letter, i) => letter !== b[i]).length;
}

const isUpper = (text: string): boolean => text === text.toLocaleUpperCase('vi');

function isFormula(words: readonly OcrWord[], { keys, words: meant }: Formula): boolean {
  if (meant.some((word, i) => isUpper(word) !== isUpper((words[i] as OcrWord).text))) return false;
  const wrong = keys.reduce(
    (sum, key, i) => sum + errors(key, fold(bareOf((words[i] as OcrWord).text, key))),
    0,
  );
  return wrong <= Math.floor(keys.join('').length / LETTERS_FOR_ONE_ERROR);
}

function asWritten(word: OcrWord, text: string): OcrWord {
  // A mark behind the last word belongs to the sentence.
  const tail = /[.,;:]$/.test(text) ? '' : (/[.,;:]+$/.exec(word.text)?.[0] ?? '');
  const bare = word.text.slice(0, word.text.length - tail.length);
  if (bare === text || AS_GOOD[text]?.test(bare)) return word;
  return { ...word, text: text + tail, read: word.read ?? word.text };
}

/** Puts the country's name, its motto and the like right where all but a few letters of them were read. */
export function mendFormulas(line: ReadLine): ReadLine {
  for (const formula of FOLDED) {
    const { length } = formula.words;
    for (let at = 0; at + length <= line.words.length; at++) {
      const window = line.words.slice(at, at + length);
      if (!isFormula(window, formula)) continue;
      const mended = window.map((word, i) => asWritten(word, formula.words[i] as string));
      return { ...line, words: [...line.words.slice(0, at), ...mended, ...line.words.slice(at + length)] };
    }
  }
  return line;
}

/** `Nơi nhận` alone in its line: the label bears a colon (NĐ 30/2020 App. I Part I item 9b). */
export function mendLabel(line: ReadLine): ReadLine {
  const [first, second] = line.words;
  if (line.words.length !== 2 || fold(first?.text ?? '') !== 'noi' || !second) return line;
  const tail = /^nhận([.,;]?)$/i.exec(second.text);
  return tail ? { ...line, words: [first as OcrWord, asWritten(second, 'nhận:')] } : line;
}

interface Wording {
  /** The misread word, lower case. */
  seen: RegExp;
  next: RegExp;
  is: string;
}

/** Words that before those that follow can be but one, however sure the engine was of another. */
const WORDINGS: readonly Wording[] = [
  { seen: /^kế$/, next: /^từ$/, is: 'kể' },
  { seen: /^b[ồổỗô]n$/, next: /^(trăm|mươi|nghìn|ngàn|triệu|tỷ)$/, is: 'bốn' },
];

/** Words before `tính` that make another word of it. */
const OF_NATURE = /^(giới|thuộc|đặc|cá|nam|nữ|ước|bản|máy)$/iu;

/** `tính Bình Sơn`: before a name stands `tỉnh`. In capitals only at the start of a line, where no word goes on. */
function isProvince(words: readonly OcrWord[], i: number): boolean {
  const [word, next] = [words[i] as OcrWord, words[i + 1]];
  if (!next || !/^\p{Lu}\p{L}/u.test(next.text)) return false;
  // `Giới tính Nam`, `thuộc tính A`.
  if (OF_NATURE.test(words[i - 1]?.text ?? '')) return false;
  if (/^t[íìĩị]nh$/u.test(word.text)) return /^\p{Lu}\p{Ll}/u.test(next.text);
  const known =
    judgeCompound('tính', next.text.toLocaleLowerCase('vi').replace(/[.,;:]+$/, '')).kind === 'known';
  return i === 0 && words.length <= 4 && /^T[ÍÌĨỊ]NH$/u.test(word.text) && !known;
}

/** Puts words right that their neighbours decide. */
export function mendWordings(line: ReadLine): ReadLine {
  const words = line.words.map((word, i) => {
    const upper = word.text === word.text.toLocaleUpperCase('vi');
    if (isProvince(line.words, i)) return asWritten(word, upper ? 'TỈNH' : 'tỉnh');
    const next = (line.words[i + 1]?.text ?? '').toLocaleLowerCase('vi');
    const found = WORDINGS.find((own) => own.seen.test(word.text) && own.next.test(next));
    return found ? asWritten(word, found.is) : word;
  });
  return { ...line, words };
}
