import { FAMILY_NAMES } from '../fields/vocabulary.ts';
import { stripMarks } from '../marks.ts';
import type { OcrWord, ReadLine } from '../types.ts';
import { judgeCompound } from './compounds.ts';
import { gapOff, widthOff } from './shape.ts';
import { isVietnameseSyllable } from './syllable.ts';

/**
 * Weights of a logistic model of "this word is wrong", fitted on synthetic scans of fourteen kinds of damage and checked
 * by leaving whole documents out. The engine's own confidence is the first term; the others are what it does not know.
 */
const WEIGHTS = {
  bias: -10.53,
  /** Logarithm of the engine's doubt in per cent. */
  doubt: 2.67,
  /** The engine's doubt is beyond its useful scale. */
  hopeless: -0.67,
  page: 0.04,
  noSyllable: 1.59,
  known: -1.82,
  contradicted: 1.97,
  mixedCase: 0.79,
  single: 0.45,
  symbol: 0.24,
  /** Item of a list without the mark that ends its sisters. */
  openItem: 2.1,
  oddItemEnd: 2.21,
  hook: 0.67,
  repaired: -1.02,
  /** Hardly any blank to a neighbour: a word cut in two. */
  tight: 1.89,
  /** A paragraph that ends without a mark. */
  noStop: 1.44,
  /** Share of the list's other items that end in a semicolon. */
  sisters: 2.37,
  /** A family name but for its marks, in front of a name. */
  family: 1.26,
  /** The same of the other words of the line: a seal or a fold spoils neighbours together. */
  line: 0.47,
  /** A full stop or colon with a small letter after it: a comma or semicolon more often. */
  stopInside: 2.04,
  colonInside: 2.17,
  /** A bracket of the line has no partner. */
  bracket: 0.47,
  /** Number of a document: often written by hand. */
  docNumber: 0.66,
  /** Too wide or too narrow for its letters. */
  width: 1.16,
  /** More blank beside it than is usual in the line. */
  gap: 0.54,
  /** No word of the lexicon with its neighbour, though several are with other marks. */
  several: 0.81,
} as const;

/** Confidence is 1 − p^SHAPE: 0.9 is where one word in twenty is still to be looked at. */
const SHAPE = 0.68;

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
