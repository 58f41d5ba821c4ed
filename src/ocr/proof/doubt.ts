import { FAMILY_NAMES } from '../fields/signers/people.ts';
import { stripMarks } from '../marks.ts';
import type { OcrWord, ReadLine } from '../types.ts';
import { judgeCompound } from './compounds.ts';
import { gapOff, widthOff } from './shape.ts';
import { isVietnameseSyllable } from './syllable.ts';

/**
 * Weights of a logistic model of "this word is wrong", fitted on synthetic scans of fourteen kinds of damage, of forty
 * documents in nine typefaces, read by tesseract.js and by the native program, and checked by leaving whole documents
 * out. The engine's own confidence is the first term; the others are what it does not know.
 */
const WEIGHTS = {
  bias: -12.5,
  /** Logarithm of the engine's doubt in per cent. */
  doubt: 2.51,
  /** The engine's doubt is beyond its useful scale. */
  hopeless: -0.9,
  page: 1.51,
  noSyllable: 1.46,
  known: -1.6,
  contradicted: 3.08,
  mixedCase: 1.63,
  single: 0.45,
  symbol: 1.69,
  /** Item of a list without the mark that ends its sisters. */
  openItem: 4.91,
  oddItemEnd: 4.33,
  hook: 0.02,
  repaired: -2.84,
  /** Hardly any blank to a neighbour: a word cut in two. */
  tight: 2.22,
  /** A paragraph that ends without a mark. */
  noStop: 0.3,
  /** The last line of a paragraph that ends without a mark. */
  paragraph: 2.43,
  /** Line above and below end with a mark, this one does not. */
  between: 1.25,
  /** What leads to a list has no colon. */
  leads: 1.71,
  /** Share of the list's other items that end in a semicolon. */
  sisters: 2.59,
  /** A family name but for its marks, in front of a name. */
  family: 1.56,
  /** The same of the other words of the line: a seal or a fold spoils neighbours together. */
  line: 0.57,
  /** A full stop or colon with a small letter after it: a comma or semicolon more often. */
  stopInside: 4.21,
  colonInside: 1.71,
  /** A bracket of the line has no partner. */
  bracket: 0.33,
  /** Number of a document: often written by hand. */
  docNumber: 0.2,
  /** Too wide or too narrow for its letters. */
  width: 0.85,
  /** More blank beside it than is usual in the line. */
  gap: 0.58,
  /** No word of the lexicon with its neighbour, though several are with other marks. */
  several: 1.58,
} as const;

/** Confidence is 1 − p^SHAPE: 0.9 is where one word in twenty is still to be looked at. */
const SHAPE = 0.69;

const CODE = /^[\p{Lu}Đ\-&.]{2,}$/u;

function logDoubt(confidence: number): number {
  return Math.log(Math.max(0.5, 100 - 100 * confidence));
}

function meanDoubt(words: readonly OcrWord[]): number {
  return words.reduce((sum, w) => sum + 1 - w.confidence, 0) / Math.max(1, words.length);
}

function bare(text: string): string {
  return text.toLocaleLowerCase('vi').replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
}

function isSpelt(core: string): boolean {
  if (!/\p{L}/u.test(core) || /[\d/]/.test(core)) return true;
  if (CODE.test(core) && !isVietnameseSyllable(core)) return true;
  return core
    .split(/[-/.,()'’]/)
    .filter((part) => /\p{L}/u.test(part))
    .every(isVietnameseSyllable);
}

interface Neighbourhood {
  known: boolean;
  contradicted: boolean;
}

function judgeNeighbours(words: readonly OcrWord[], i: number): Neighbourhood {
  const own = bare((words[i] as OcrWord).text);
  const verdicts = ([-1, 0] as const).flatMap((step) => {
    const [first, second] = [words[i + step], words[i + step + 1]];
    if (!first || !second || /[.,;:)]$/.test(first.text)) return [];
    return [{ verdict: judgeCompound(bare(first.text), bare(second.text)), at: -step as 0 | 1 }];
  });
  const known = verdicts.some(({ verdict }) => verdict.kind === 'known');
  const contradicted =
    !known && verdicts.some(({ verdict, at }) => verdict.kind === 'contradicted' && verdict.as[at] !== own);
  return { known, contradicted };
}

function hasOtherMarks(words: readonly OcrWord[], i: number): boolean {
  return ([-1, 0] as const).some((step) => {
    const [first, second] = [words[i + step], words[i + step + 1]];
    if (!first || !second || /[.,;:)]$/.test(first.text)) return false;
    return judgeCompound(bare(first.text), bare(second.text)).kind === 'several';
  });
}

function lineDoubt(line: ReadLine, i: number): number {
  const others = line.words.filter((_, k) => k !== i);
  return others.length === 0 ? 1 - (line.words[i] as OcrWord).confidence : meanDoubt(others);
}

function isUnbalanced(lines: readonly ReadLine[], at: number): boolean {
  const text = (n: number): string => (lines[n]?.words ?? []).map((w) => w.text).join(' ');
  const depth = (s: string): number =>
    (s.match(/\(/g) ?? []).length - (s.match(/(?<!^[0-9a-zđ])\)/gu) ?? []).length;
  const own = depth(text(at));
  return own < 0 ? depth(text(at - 1)) <= 0 : own > 0 && depth(text(at + 1)) >= 0;
}

function isItem(line: ReadLine | undefined): boolean {
  return /^[-–+•]/u.test(line?.words[0]?.text ?? '');
}

function isTight(line: ReadLine, i: number): boolean {
  const word = line.words[i] as OcrWord;
  const limit = 0.1 * (word.box[3] - word.box[1]);
  const [before, after] = [line.words[i - 1], line.words[i + 1]];
  return (
    (before !== undefined && word.box[0] - before.box[2] < limit) ||
    (after !== undefined && after.box[0] - word.box[2] < limit)
  );
}

function endsOpen(line: ReadLine, next: ReadLine | undefined): boolean {
  if (!next || line.words.length < 5 || /[.,;:/]$/.test(line.words.at(-1)?.text ?? '')) return false;
  const begins = /^[\p{Lu}\d–-]/u.test(next.words[0]?.text ?? '');
  return begins && next.box[0] < line.box[0] + 40;
}

const CLOSED = /[.,;:/)”"]$/;

function lastText(line: ReadLine | undefined): string {
  return line?.words.at(-1)?.text ?? '';
}

/** Whether `above` goes on in `line`: it ends open at the right margin, and `line` begins no further in. */
function goesOn(above: ReadLine | undefined, line: ReadLine): boolean {
  if (!above || above.words.length < 5 || /[.;:/]$/.test(lastText(above))) return false;
  const height = line.box[3] - line.box[1];
  const isUnder = line.box[1] - above.box[3] < 0.9 * height && line.box[1] > above.box[1];
  return isUnder && line.box[0] <= above.box[0] + 0.5 * height && line.box[2] < above.box[2] - height;
}

function endsParagraphOpen(lines: readonly ReadLine[], at: number): boolean {
  const [line, next] = [lines[at] as ReadLine, lines[at + 1]];
  if (CLOSED.test(lastText(line)) || !goesOn(lines[at - 1], line)) return false;
  return !next || /^[\p{Lu}\d–+-]/u.test(next.words[0]?.text ?? '');
}

function isBetweenClosed(lines: readonly ReadLine[], at: number): boolean {
  const [line, above, below] = [lines[at] as ReadLine, lines[at - 1], lines[at + 1]];
  if (!above || !below || line.words.length < 3 || CLOSED.test(lastText(line))) return false;
  const height = line.box[3] - line.box[1];
  const isBeside = (other: ReadLine): boolean =>
    Math.abs(other.box[0] - line.box[0]) < height && Math.abs(other.box[1] - line.box[1]) < 3 * height;
  return [above, below].every((other) => isBeside(other) && /[.;]$/.test(lastText(other)));
}

function semicolonShare(lines: readonly ReadLine[], at: number): number {
  const sisters = [at - 2, at - 1, at + 1, at + 2].flatMap((i) =>
    isItem(lines[i]) ? [lines[i] as ReadLine] : [],
  );
  const closed = sisters.filter((line) => /;$/.test(line.words.at(-1)?.text ?? ''));
  return closed.length / Math.max(1, sisters.length);
}

const FAMILY = new Map(FAMILY_NAMES.map((name) => [stripMarks(name), name]));

function isAlmostFamilyName(words: readonly OcrWord[], i: number): boolean {
  const [word, next] = [words[i] as OcrWord, words[i + 1]];
  const name = FAMILY.get(stripMarks(word.text));
  if (name === undefined || !/^\p{Lu}/u.test(next?.text ?? '')) return false;
  const isCapital = word.text === word.text.toLocaleUpperCase('vi');
  return (isCapital ? name.toLocaleUpperCase('vi') : name) !== word.text;
}

/** What is seen of one word, each the name of a weight. */
export type DoubtFeatures = Record<keyof typeof WEIGHTS, number>;

/** Measures word `i` of line `at`. */
export function doubtFeatures(lines: readonly ReadLine[], at: number, i: number): DoubtFeatures {
  const line = lines[at] as ReadLine;
  const word = line.words[i] as OcrWord;
  const core = word.text.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
  const { known, contradicted } = judgeNeighbours(line.words, i);
  const endsItem = i === line.words.length - 1 && isItem(line) && isItem(lines[at + 1]);
  const flag = (seen: boolean): number => (seen ? 1 : 0);
  return {
    bias: 1,
    doubt: logDoubt(word.confidence),
    hopeless: flag(word.confidence < 0.6),
    page: Math.log(100 * pageDoubt(lines) + 0.5),
    noSyllable: flag(!isSpelt(core)),
    known: flag(known),
    contradicted: flag(contradicted),
    mixedCase: flag(/\p{Ll}\p{Lu}/u.test(word.text)),
    single: flag(core.length === 1),
    symbol: flag(core === '' && !/^[-–+.…:]+$/u.test(word.text)),
    openItem: flag(endsItem && !/[.,;:]$/.test(word.text)),
    oddItemEnd: flag(endsItem && /[.:,]$/.test(word.text)),
    hook: flag(/[\u0309\u0303]/.test(word.text.normalize('NFD'))),
    repaired: flag(word.read !== undefined),
    tight: flag(isTight(line, i)),
    noStop: flag(i === line.words.length - 1 && endsOpen(line, lines[at + 1])),
    paragraph: flag(i === line.words.length - 1 && endsParagraphOpen(lines, at)),
    between: flag(i === line.words.length - 1 && isBetweenClosed(lines, at)),
    leads: flag(
      i > 0 &&
        i === line.words.length - 1 &&
        /^(như|chính|gồm) (sau|có)$/u.test(`${line.words[i - 1]?.text} ${word.text}`),
    ),
    sisters: endsItem && !/;$/.test(word.text) ? semicolonShare(lines, at) : 0,
    family: flag(isAlmostFamilyName(line.words, i)),
    line: Math.log(100 * lineDoubt(line, i) + 0.5),
    stopInside: flag(/\p{Ll}{2}\.$/u.test(word.text) && /^\p{Ll}/u.test(line.words[i + 1]?.text ?? '')),
    colonInside: flag(/:$/u.test(word.text) && /^\p{Ll}/u.test(line.words[i + 1]?.text ?? '')),
    bracket: flag(isUnbalanced(lines, at) && (i === 0 || /[)(]/.test(word.text))),
    docNumber: flag(i > 0 && /\d/.test(word.text) && /^Số:?$/.test(line.words[0]?.text ?? '') && i <= 2),
    width: widthOff(line, i),
    gap: gapOff(line, i),
    several: flag(!known && !contradicted && hasOtherMarks(line.words, i)),
  };
}

const pageDoubts = new WeakMap<readonly ReadLine[], number>();

function pageDoubt(lines: readonly ReadLine[]): number {
  const seen = pageDoubts.get(lines);
  if (seen !== undefined) return seen;
  const doubt = meanDoubt(lines.flatMap((line) => line.words));
  pageDoubts.set(lines, doubt);
  return doubt;
}

/** Confidence 0 to 1, three digits, of word `i` of line `at`. */
export function confidenceOfWord(lines: readonly ReadLine[], at: number, i: number): number {
  const features = doubtFeatures(lines, at, i);
  const score = (Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[]).reduce(
    (sum, name) => sum + WEIGHTS[name] * features[name],
    0,
  );
  const wrong = 1 / (1 + Math.exp(-score));
  return Math.round(1000 * (1 - wrong ** SHAPE)) / 1000;
}

/** Probability that a word of this confidence is right: undoes the shape of the scale. */
export function probabilityRight(confidence: number): number {
  return 1 - (1 - confidence) ** (1 / SHAPE);
}
