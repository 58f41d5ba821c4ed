import { stripMarks } from '../marks.ts';
import type { OcrWord, ReadLine } from '../types.ts';
import { judgeCompound } from './compounds.ts';
import { mendDates, mendSquare, mendStroke, mendZero } from './digits.ts';
import { confidenceOfWord } from './doubt.ts';
import { mendFormulas, mendLabel, mendWordings } from './formulas.ts';
import { dropLoneMarks, partAtMark } from './glued.ts';
import { countHeadings, repairRoman } from './headings.ts';
import { countItems, dotItems, joinDot } from './items.ts';
import { agreeOnNames } from './names.ts';
import { isVietnameseSyllable } from './syllable.ts';

/** A word the engine is surer of than this (its scale ends about 0.97) is left as it was read. */
const SURE = 0.95;
/** What is left of a ruling, a seal or a speck: no document writes these alone. */
const RESIDUE = /^[|¦_=~^\\`]+$/u;

/** Strokes of a pen are read as fraction strokes, which no keyboard for documents has. */
const PEN_STROKE = /\u2044/;
const PEN_CONFIDENCE = 0.3;

function isResidue({ text, confidence }: OcrWord): boolean {
  return RESIDUE.test(text) || (PEN_STROKE.test(text) && confidence < PEN_CONFIDENCE);
}

/** A syllable in lower case without the punctuation around it. */
export function bareSyllable(text: string): string {
  return text.toLocaleLowerCase('vi').replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
}

/** Whether a word ends a phrase, so that what follows is no part of its compound. */
export function endsPhrase(text: string): boolean {
  return /[.,;:)”"]$/.test(text);
}

/** Whether two neighbours of a line are a word of the lexicon. */
export function isKnownPair(first: OcrWord | undefined, second: OcrWord | undefined): boolean {
  if (!first || !second || endsPhrase(first.text)) return false;
  return judgeCompound(bareSyllable(first.text), bareSyllable(second.text)).kind === 'known';
}

/** Writes `syllable` in the case and between the punctuation of `like`. */
function respell(like: string, syllable: string): string {
  const core = /\p{L}+/u.exec(like)?.[0] ?? '';
  const isTitle = /^\p{Lu}/u.test(core);
  const cased = isCapital(core)
    ? syllable.toLocaleUpperCase('vi')
    : isTitle
      ? syllable.charAt(0).toLocaleUpperCase('vi') + syllable.slice(1)
      : syllable;
  return like.replace(/\p{L}+/u, cased);
}

function repaired(word: OcrWord, text: string): OcrWord {
  return { ...word, text, read: word.read ?? word.text };
}

/**
 * Puts the marks of a syllable right when it and its neighbour are one word of the lexicon but for the marks of the
 * one the engine was not sure of, and neither is a word with its other neighbour: `quần lý` → `quản lý`.
 */
function repairMarks(words: readonly OcrWord[]): OcrWord[] {
  const out = [...words];
  for (let i = 0; i + 1 < out.length; i++) {
    const [first, second] = [out[i] as OcrWord, out[i + 1] as OcrWord];
    if (endsPhrase(first.text) || /\d/.test(first.text + second.text)) continue;
    const verdict = judgeCompound(bareSyllable(first.text), bareSyllable(second.text));
    if (verdict.kind !== 'contradicted') continue;
    // A capital inside a line begins a name: `phường An`.
    if (/^\p{Lu}\p{Ll}/u.test(second.text)) continue;
    const changed = ([0, 1] as const).filter(
      (at) => verdict.as[at] !== bareSyllable((at === 0 ? first : second).text),
    );
    const at = changed[0];
    if (at === undefined || changed.length > 1) continue;
    // A word with its other neighbour already: `hồ sơ theo` holds no `sổ theo`.
    if (at === 0 ? isKnownPair(out[i - 1], first) : isKnownPair(second, out[i + 2])) continue;
    const word = at === 0 ? first : second;
    if (word.confidence <= SURE || isUsualLoss(word.text, verdict.as[at]))
      out[i + at] = repaired(word, respell(word.text, verdict.as[at]));
  }
  return out;
}

const CIRCUMFLEX = '\u0302';
const TONE = /[\u0300\u0301\u0303\u0309\u0323]/gu;

/**
 * Whether `text` is what engines make of the syllable `meant` without knowing it: the tone over a circumflex is lost
 * (`chính quyên`) or its hook taken for an acute (`kiếm sát`, and over any capital, where there is little room:
 * `KẾT QUÁ`), or the dot of an i was taken for a hook (`chỉ tiết`).
 */
function isUsualLoss(text: string, meant: string): boolean {
  const read = bareSyllable(text);
  const [seen, wanted] = [read.normalize('NFD'), meant.normalize('NFD')];
  if (isCapital(text) && isAcuteForHook(read, meant)) return true;
  if (seen.includes(CIRCUMFLEX))
    return seen !== wanted && (seen === wanted.replace(TONE, '') || isHookLost(read, meant));
  return /ỉ$/u.test(read) && seen === `${wanted}\u0309` && !/^chỉ trả/.test(read);
}

/** Syllables with an acute that office papers hardly write, but with a hook on every page; not `số`, `thế`, `đối`. */
const HOOK_LOST = /^(kiếm|tố|tống|chuyến|điếm|đế|biếu|triến|phấm|thấm|quyến)$/u;

function isHookLost(read: string, meant: string): boolean {
  return HOOK_LOST.test(read) && isAcuteForHook(read, meant);
}

function isAcuteForHook(read: string, meant: string): boolean {
  const seen = read.normalize('NFD');
  return seen.includes('\u0301') && seen.replace('\u0301', '\u0309') === meant.normalize('NFD');
}

function isCapital(text: string): boolean {
  const letters = text.replace(/\P{L}/gu, '');
  return letters.length > 1 && letters === letters.toLocaleUpperCase('vi');
}

/** `Điêu 1.` at the start of a line: articles are counted, nothing else is called so. */
function mendArticle(line: ReadLine): ReadLine {
  const [first, second] = line.words;
  if (!first || !/^Đi[êeé]u$/u.test(first.text) || !/^\d{1,3}[.,:]?$/.test(second?.text ?? '')) return line;
  return { ...line, words: [repaired(first, 'Điều'), ...line.words.slice(1)] };
}

/** Parts two syllables run together: `Sốlượng`. */
function partGlued(word: OcrWord): OcrWord[] {
  const letters = /^(\p{L}{4,12})([.,;:]?)$/u.exec(word.text);
  if (!letters) return [word];
  const [, core = '', tail = ''] = letters;
  for (let at = 2; at <= core.length - 2; at++) {
    const [first, second] = [core.slice(0, at), core.slice(at)];
    const verdict = judgeCompound(bareSyllable(first), bareSyllable(second));
    // Only where the seam shows: a vowel with marks at both sides, or a consonant no syllable ends in.
    if (
      verdict.kind !== 'known' ||
      !/[\u0300-\u036f]/.test(first.normalize('NFD')) ||
      !/[\u0300-\u036f]/.test(second.normalize('NFD'))
    )
      continue;
    const [x0, y0, x1, y1] = word.box;
    const seam = Math.round(x0 + ((x1 - x0) * at) / core.length);
    return [
      { ...repaired(word, first), box: [x0, y0, seam, y1] },
      { ...repaired(word, second + tail), box: [seam, y0, x1, y1] },
    ];
  }
  return [word];
}

/**
 * Drops a vowel that was read twice, its marks taken for a letter of their own: `TRỮŨ`. Only with marks (`Lee` is a
 * name), and where without it there is a syllable.
 */
function dropEcho(word: OcrWord): OcrWord {
  const [whole, core = '', tail = ''] = /^(\p{L}{3,7})([.,;:]?)$/u.exec(word.text) ?? [];
  if (whole === undefined || word.confidence > SURE) return word;
  const [before = '', last = ''] = core.slice(-2);
  const isEcho = stripMarks(before).toLowerCase() === stripMarks(last).toLowerCase();
  const isMarked = stripMarks(before) !== before && stripMarks(last) !== last;
  if (!isEcho || !isMarked || isVietnameseSyllable(core) || !isVietnameseSyllable(core.slice(0, -1)))
    return word;
  return repaired(word, core.slice(0, -1) + tail);
}

/** The number of an item and the word behind it, read as one: `2.Tên`, `6..Quốc`. A dot read twice is one. */
const ITEM_AND_WORD = /^(\d{1,2}\.)\.?(\p{Lu}\p{L}*)([.,;:]?)$/u;

/** Parts the number of an item from its first word, at the start of a line only. */
function partItem(line: ReadLine): ReadLine {
  const [first, ...rest] = line.words;
  const [whole, number = '', word = '', tail = ''] = ITEM_AND_WORD.exec(first?.text ?? '') ?? [];
  if (!first || whole === undefined || rest.length === 0 || !isVietnameseSyllable(word)) return line;
  const [x0, y0, x1, y1] = first.box;
  const seam = Math.round(x0 + ((x1 - x0) * (number.length - 0.5)) / (whole.length - 0.5));
  const parts: OcrWord[] = [
    { ...repaired(first, number), box: [x0, y0, seam, y1] },
    { ...repaired(first, word + tail), box: [seam, y0, x1, y1] },
  ];
  return { ...line, words: [...parts, ...rest] };
}

/** A dash run into the first word of its item, where other items of the page have theirs apart: `-Lưu: VT`. */
function partDash(line: ReadLine, lines: readonly ReadLine[]): ReadLine {
  const [first, ...rest] = line.words;
  const [whole, dash = '', word = ''] = /^([-–])(\p{Lu}.*)$/u.exec(first?.text ?? '') ?? [];
  if (!first || whole === undefined) return line;
  const [x0, y0, x1, y1] = first.box;
  const isSister = ({ words: [own] }: ReadLine): boolean =>
    own?.text === dash && Math.abs(own.box[0] - x0) < y1 - y0;
  if (!lines.some(isSister)) return line;
  const seam = Math.round(x0 + (x1 - x0) / (whole.length + 1));
  const parts: OcrWord[] = [
    { ...repaired(first, dash), box: [x0, y0, seam, y1] },
    { ...repaired(first, word), box: [seam, y0, x1, y1] },
  ];
  return { ...line, words: [...parts, ...rest] };
}

/** A closing quotation mark or an apostrophe that was read as a question mark: `“… tiêu biểu? năm`, `H?Yer`. */
function mendQuotes(line: ReadLine): ReadLine {
  let open = false;
  const words = line.words.map((word, i) => {
    const inside = word.text.replace(/(?<=\p{L})\?(?=\p{L})/gu, '’');
    const goesOn = /^[\p{Ll}\d]/u.test(line.words[i + 1]?.text ?? '');
    open = (open || /“/.test(word.text)) && !/”/.test(word.text);
    const text = open && goesOn ? inside.replace(/\?$/, '”') : inside;
    if (text.endsWith('”')) open = false;
    return text === word.text ? word : repaired(word, text);
  });
  return { ...line, words };
}

/** Takes out residue and puts right what spelling and lexicon decide; confidences stay the engine's. */
export function mend(lines: readonly ReadLine[]): ReadLine[] {
  const hasLetterG = lines.some((line) => /^G[.)]$/.test(line.words[0]?.text ?? ''));
  const parted = dropLoneMarks(lines)
    .map((line) => ({
      ...line,
      words: line.words
        .filter((word) => !isResidue(word))
        .flatMap(partAtMark)
        .map(mendStroke)
        .map(mendZero),
    }))
    .filter((line) => line.words.length > 0)
    .map((line, _, all) => partDash(joinDot(partItem(line)), all));
  const spelt = countItems(dotItems(parted))
    .map((line) => ({ ...line, words: repairMarks(line.words.flatMap(partGlued).map(dropEcho)) }))
    .map((line) =>
      mendArticle(mendWordings(mendLabel(mendFormulas(mendQuotes(mendSquare(mendDates(line))))))),
    )
    .map((line) => repairRoman(line, hasLetterG));
  return agreeOnNames(countHeadings(spelt));
}

/**
 * Looks the lines of a page over as a proofreader would: mends them (each mended word says in `read` what the engine
 * saw), and lowers or raises the confidence of every word.
 */
export function proofread(lines: readonly ReadLine[]): ReadLine[] {
  const mended = mend(lines);
  return mended.map((line, at) => ({
    ...line,
    words: line.words.map((word, i) => ({ ...word, confidence: confidenceOfWord(mended, at, i) })),
  }));
}
