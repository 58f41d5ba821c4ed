import { crop, type Gray } from '../image/gray.ts';
import type { Prepared } from '../image/prepare.ts';
import { resize } from '../image/sharp.ts';
import { stripMarks } from '../marks.ts';
import { isVietnameseSyllable } from '../proof/syllable.ts';
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
const LOOKS = [
  { scale: 1, margin: 0.3 },
  { scale: 0.8, margin: 0.45 },
] as const;
interface Look {
  readonly scale: number;
  readonly margin: number;
}

/** Letters or digits in capitals that are no syllable: `29/TTr-VHXH`, `PGĐ`, `ATTP.` */
function isAbbreviation(text: string): boolean {
  return /\p{Lu}{2}/u.test(text) && !isVietnameseSyllable(text.replace(/\P{L}/gu, ''));
}

/** `…, ngày … năm 2025`, marks aside, and the day and month that belong between. */
const DATE_LINE = /[,.;] ?ng\w{1,2} .*\w{3} (?:19|20)\d{2}\W?$/;
const DAY_AND_MONTH = /ng\w{1,2} (\d{1,2}) t\w{2,4} (\d{1,2}) \w{3} \d{4}/;
/** Letters so many times as high as those of the page that are no text are strokes of a pen: no other look makes words of them. */
const HIGH_STROKES = 2.5;

/** @param letters height of the letters of the page, pixels */
export function isPenStrokes({ words, height }: Segment, letters: number): boolean {
  return height >= HIGH_STROKES * letters && meanConfidence(words) < TEXT_CONFIDENCE;
}

/** Words of a line of place and date at most. */
const WORDS_OF_DATE = 14;

/** Whether a line of place and date has no day there is: `ngày 16 tháng 19 năm 2024`. */
function isBrokenDate({ words }: Segment): boolean {
  const text = stripMarks(words.map((w) => w.text).join(' ')).toLowerCase();
  if (words.length > WORDS_OF_DATE || !DATE_LINE.test(text)) return false;
  const [, day, month] = DAY_AND_MONTH.exec(text) ?? [];
  const isIn = (part: string | undefined, last: number): boolean => Number(part) >= 1 && Number(part) <= last;
  return !isIn(day, 31) || !isIn(month, 12);
}

/** Whether a word of a line is doubtful, or its date is none. */
export function isWeak(segment: Segment): boolean {
  return (
    isBrokenDate(segment) ||
    segment.words.some(
      ({ text, confidence }) =>
        confidence < WEAK_CONFIDENCE || (confidence < WEAK_ABBREVIATION && isAbbreviation(text)),
    )
  );
}

/**
 * Reads weak lines again as single lines, those that stay weak once more at another scale, and keeps the best reading.
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
  const best = new Map(weak.map((segment) => [segment, segment]));
  for (const look of LOOKS) {
    const still = weak.filter((segment) => isWeak(best.get(segment) as Segment));
    const read = await readAlone(recognizer, prepared.image, still, look);
    still.forEach((segment, i) => {
      const [known, again] = [best.get(segment) as Segment, read[i]];
      if (!again || isParted(known, again)) return;
      if (isBrokenDate(known) && isDateOf(known, again)) {
        best.set(segment, again);
        return;
      }
      if (meanConfidence(again.words) <= meanConfidence(known.words) + 1) return;
      const isText = meanConfidence(again.words) >= TEXT_CONFIDENCE && keepsSure(known, again);
      if (look.scale === 1 || isText) best.set(segment, again);
    });
  }
  return segments.map((s) => best.get(s) ?? s);
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

/** Whether it is the same but for a number or notation that was parted, whose parts are surer than the whole: `29 16/ SNN`. */
function isParted(known: Segment, again: Segment): boolean {
  const [whole, parts] = [known, again].map(({ words }) => words.map((w) => w.text)) as [string[], string[]];
  return (
    parts.length > whole.length &&
    whole.join('') === parts.join('') &&
    whole.some((text) => /\d.*\//.test(text) && !parts.includes(text))
  );
}

/** Where a line stands, and how high its letters are, pixels. */
export type LinePlace = Pick<Segment, 'x0' | 'y0' | 'x1' | 'y1' | 'height'>;

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
    lines.map(async ({ x0, y0, x1, y1, height }) => {
      const [mx, my] = [Math.round(END_MARGIN * height), Math.round(margin * height)];
      const [left, top] = [x0 - mx, y0 - my];
      const whole = treat(crop(image, left, top, x1 + mx - left, y1 + my - top));
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
