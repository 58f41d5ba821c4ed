import { toDigits } from '../fields/repair.ts';
import { crop, type Gray } from '../image/gray.ts';
import type { Prepared } from '../image/prepare.ts';
import { resize } from '../image/sharp.ts';
import { stripMarks } from '../marks.ts';
import { isVietnameseSyllable } from '../proof/syllable.ts';
import { doubtfulParts, type LinePart, wholeLine } from './further/weak-parts.ts';
import { makeSegment, meanConfidence, moveWords, type Segment, scaleWords, typicalHeight } from './lines.ts';
import type { RawWord, Recognizer } from './tesseract.ts';

/** A line with a word under this confidence is read again alone. */
const WEAK_CONFIDENCE = 72;
/** A line with an abbreviation under this one as well: no lexicon helps the engine with its letters. */
const WEAK_ABBREVIATION = 90;
/** Mean confidence from which such a look is taken for text, not for what shines through the sheet. */
const TEXT_CONFIDENCE = 50;
/** Words at this confidence or more a look at another scale may not change. */
const SURE_CONFIDENCE = 90;
/** Lines read again per page at most: bounds the time of a noisy page. */
const MAX_LINES = 16;
/**
 * How they are, one after the other: at which scale, and with how much above and below, in heights of the line. What is
 * doubled or lost where two letters touch mostly is not at another scale: `QLXLVPHOC` for `QLXLVPHC`.
 */
const LOOKS: readonly Look[] = [
  { scale: 1, margin: 0.3 },
  { scale: 0.8, margin: 0.45 },
];
/** Of a number that is none, in small, where a 9 with a narrow neck is no 0 (FreeSerif at 200 dpi: at 0.6 and 0.5 alone). */
const NUMBER_LOOKS: readonly Look[] = [
  { scale: 0.6, margin: 0.45 },
  { scale: 0.5, margin: 0.45 },
];
interface Look {
  readonly scale: number;
  readonly margin: number;
}

/** Abbreviations that are on every other paper, and Roman numerals: nothing of theirs is in doubt. */
const USUAL = /^\(?(?:UBND|HĐND|MTTQ|CCCD|CMND|BHXH|BHYT|TP|VT|[IVX]+)[.,:;)]*$/u;

/** Letters or digits in capitals that are no syllable: `29/TTr-VHXH`, `PGĐ`, `ATTP.` */
function isAbbreviation(text: string): boolean {
  return /\p{Lu}{2}/u.test(text) && !USUAL.test(text) && !isVietnameseSyllable(text.replace(/\P{L}/gu, ''));
}

/** `…, ngày … năm 2025`, marks aside, and the day and month that belong between. */
const DATE_LINE = /[,.;] ?ng\w{1,2} .*\w{3} (?:19|20)\d{2}\W?$/;
const DAY_AND_MONTH = /ng\w{1,2} (\d{1,2}) t\w{2,4} (\d{1,2}) \w{3} \d{4}/;
/** Behind these words of such a line stand figures, or letters misread for them. */
const DATE_LABEL = /^(?:ng\w{1,2}|th\w{2,3})$/i;
/** Letters so many times as high as those of the page that are no text are strokes of a pen: no other look makes words of them. */
const HIGH_STROKES = 2.5;

/** @param letters height of the letters of the page, pixels */
export function isPenStrokes({ words, height }: Segment, letters: number): boolean {
  return height >= HIGH_STROKES * letters && meanConfidence(words) < TEXT_CONFIDENCE;
}

/** Words of a line of place and date at most. */
const WORDS_OF_DATE = 14;

/** Day and month of a line of place and date as they were read, where they are figures; `null` for any other line. */
function dayAndMonth({ words }: Segment): readonly string[] | null {
  const texts = words.map(({ text }, i) =>
    text.length <= 2 && DATE_LABEL.test(stripMarks(words[i - 1]?.text ?? '')) ? toDigits(text) : text,
  );
  const text = stripMarks(texts.join(' ')).toLowerCase();
  if (words.length > WORDS_OF_DATE || !DATE_LINE.test(text)) return null;
  return DAY_AND_MONTH.exec(text)?.slice(1) ?? [];
}

/** Whether a line of place and date has no day there is: `ngày 16 tháng 19 năm 2024`. */
function isBrokenDate(line: Segment): boolean {
  const read = dayAndMonth(line);
  if (read === null) return false;
  const [day, month] = read;
  const isIn = (part: string | undefined, last: number): boolean => Number(part) >= 1 && Number(part) <= last;
  return !isIn(day, 31) || !isIn(month, 12);
}

/**
 * Whether a figure of the date may be lost, `ngày 19 tháng 1 năm 2025`: days under 10 and the months 1 and 2 have a 0 in front
 * (Decree 30/2020/NĐ-CP, Appendix I Part I item 4).
 */
function isShortDate(line: Segment): boolean {
  const [day = '', month = ''] = dayAndMonth(line) ?? [];
  return /^[1-9]$/.test(day) || /^[12]$/.test(month);
}

/** Whether `again` is the date of `known` with figures more. */
function hasMoreFigures(known: Segment, again: Segment): boolean {
  const [was, is] = [dayAndMonth(known) ?? [], dayAndMonth(again) ?? []];
  return was.every((part, i) => is[i] === part || (part.length === 1 && is[i]?.includes(part) === true));
}

function isWeakWord({ text, confidence }: RawWord): boolean {
  return confidence < WEAK_CONFIDENCE || (confidence < WEAK_ABBREVIATION && isAbbreviation(text));
}

/** `Số: 00/`: numbers of documents begin at 1 (Decree 30/2020/NĐ-CP, Appendix I). */
const NO_NUMBER = /^S\S{1,2}[:.]? ?0+\//;
const NUMBER_AND_NOTATION = /^S\S{1,2}[:.]? ?(\d+)(\/.+)$/;

/** Whether a line of number and notation has no number there is. */
function hasNoNumber({ words }: Segment): boolean {
  return NO_NUMBER.test(words.map((w) => w.text).join(' '));
}

/** Whether a number or date cannot be as it was read: other looks, in small, may show what is lost of it. */
const lacksFigures = (line: Segment): boolean => isShortDate(line) || hasNoNumber(line);

/** Whether a word of a line is doubtful, or its date or number is none or may lack a figure. */
export function isWeak(segment: Segment): boolean {
  return isBrokenDate(segment) || lacksFigures(segment) || segment.words.some(isWeakWord);
}

/**
 * Reads what is weak of lines again alone, what stays weak once more at another scale, and keeps the best reading.
 * @param elsewhere words that do not stand on the prepared image; their lines are left as they are
 */
export async function rereadWeakLines(
  recognizer: Recognizer,
  prepared: Prepared,
  segments: readonly Segment[],
  elsewhere: ReadonlySet<RawWord>,
): Promise<Segment[]> {
  const letters = typicalHeight(segments.flatMap((s) => s.words));
  const weak = segments
    .filter((s) => !s.words.some((w) => elsewhere.has(w)) && isWeak(s) && !isPenStrokes(s, letters))
    // A date that is none comes first: of the rest the worst.
    .sort(
      (a, b) =>
        Number(isBrokenDate(b)) - Number(isBrokenDate(a)) ||
        meanConfidence(a.words) - meanConfidence(b.words),
    )
    .slice(0, MAX_LINES);
  const parts = weak.flatMap((line) =>
    isBrokenDate(line) || lacksFigures(line)
      ? [wholeLine(line)]
      : doubtfulParts(prepared.image, line, isWeakWord),
  );
  const best = new Map(parts.map((part) => [part, part.known]));
  for (const look of [...LOOKS, ...NUMBER_LOOKS]) {
    const isOpen = LOOKS.includes(look) ? isWeak : lacksFigures;
    const still = parts.filter((part) => isOpen(best.get(part) as Segment));
    const places = still.map(({ known, blind }) => ({ ...known, blind }));
    const read = await readAlone(recognizer, prepared.image, places, look);
    still.forEach((part, i) => {
      const [known, again] = [best.get(part) as Segment, read[i]];
      if (again && isSurer(known, again, look)) best.set(part, again);
    });
  }
  return segments.map((line) => {
    const own = parts.filter((part) => part.line === line);
    return own.every((part) => best.get(part) === part.known) ? line : joinParts(line, own, best);
  });
}

function isSurer(known: Segment, again: Segment, { scale }: Look): boolean {
  if (isParted(known, again)) return false;
  if (isBrokenDate(known) && isDateOf(known, again)) return true;
  if (isShortDate(known) && isDateOf(known, again) && !isShortDate(again) && hasMoreFigures(known, again))
    return true;
  if (hasNoNumber(known)) return isNumberOf(known, again);
  if (meanConfidence(again.words) <= meanConfidence(known.words) + 1) return false;
  const isText = meanConfidence(again.words) >= TEXT_CONFIDENCE && keepsSure(known, again);
  return scale === 1 || isText;
}

/** A line whose parts were read again. */
function joinParts(line: Segment, parts: readonly LinePart[], read: ReadonlyMap<LinePart, Segment>): Segment {
  const own = line.words.flatMap((word, i) => {
    const part = parts.find(({ from, to }) => i >= from && i < to);
    if (part === undefined) return [word];
    return i === part.from ? (read.get(part) as Segment).words : [];
  });
  return makeSegment(own);
}

/** Whether every sure word is in the other reading as well: what a seal left in the line may be surer, the line is not. */
function keepsSure(known: Segment, again: Segment): boolean {
  const texts = new Set(again.words.map((w) => w.text));
  return known.words.every((w) => w.confidence < SURE_CONFIDENCE || texts.has(w.text));
}

/** Whether `again` has the date `known` should have: the same year, and every sure word but figures. */
function isDateOf(known: Segment, again: Segment): boolean {
  const words = known.words.filter((w) => !/^\d{1,2}$/.test(w.text));
  return (
    again.words.at(-1)?.text === known.words.at(-1)?.text &&
    !isBrokenDate(again) &&
    DATE_LINE.test(stripMarks(again.words.map((w) => w.text).join(' ')).toLowerCase()) &&
    keepsSure({ ...known, words }, again)
  );
}

/** Whether `again` has the number `known` should have: of as many figures, with the same notation. */
function isNumberOf(known: Segment, again: Segment): boolean {
  const [was, is] = [known, again].map(({ words }) =>
    NUMBER_AND_NOTATION.exec(words.map((w) => w.text).join(' ')),
  );
  return !hasNoNumber(again) && was?.[1]?.length === is?.[1]?.length && was?.[2] === is?.[2];
}

/** Whether it is the same but for a number or notation that was parted, whose parts are surer than the whole: `29 16/ SNN`. */
function isParted(known: Segment, again: Segment): boolean {
  const [whole, parts] = [known, again].map(({ words }) => words.map((w) => w.text)) as [string[], string[]];
  return (
    parts.length > whole.length &&
    whole.join('') === parts.join('') &&
    whole.some((text) => /\d.*\//.test(text) && !parts.includes(text))
  );
}

/** Where a line stands, and how high its letters are, pixels; of a part of one, from which columns on it is not to be seen. */
export type LinePlace = Pick<Segment, 'x0' | 'y0' | 'x1' | 'y1' | 'height'> &
  Partial<Pick<LinePart, 'blind'>>;

/** Whitens all columns but those from `from` to `to`, exclusive. */
function cover({ data, width, height }: Gray, from: number, to: number): void {
  for (let row = 0; row < width * height; row += width) {
    data.fill(255, row, row + Math.max(0, from));
    data.fill(255, row + Math.min(width, to), row + width);
  }
}

/** Paper at the ends of a line that is read alone, in heights of it. */
const END_MARGIN = 0.6;

/**
 * The lines read as single ones; null where nothing was read.
 * @param margin paper above and below, in heights of a line
 * @param treat changes the picture of a line before it is scaled
 */
export async function readAlone(
  recognizer: Recognizer,
  image: Gray,
  lines: readonly LinePlace[],
  { scale, margin, treat = (picture) => picture }: Look & { treat?: (picture: Gray) => Gray },
): Promise<(Segment | null)[]> {
  const views = await Promise.all(
    lines.map(async ({ x0, y0, x1, y1, height, blind }) => {
      const [mx, my] = [Math.round(END_MARGIN * height), Math.round(margin * height)];
      const [left, top] = [x0 - mx, y0 - my];
      const seen = crop(image, left, top, x1 + mx - left, y1 + my - top);
      if (blind) cover(seen, (blind.left ?? left) - left, (blind.right ?? x1 + mx) - left);
      const whole = treat(seen);
      const [w, h] = [Math.round(whole.width * scale), Math.round(whole.height * scale)];
      return { left, top, picture: scale === 1 ? whole : await resize(whole, w, h) };
    }),
  );
  const read = await recognizer.readAll(
    views.map((view) => view.picture),
    '7',
  );
  return views.map(({ left, top }, i) => {
    const words = read[i] ?? [];
    return words.length === 0 ? null : makeSegment(moveWords(scaleWords(words, scale), left, top));
  });
}
