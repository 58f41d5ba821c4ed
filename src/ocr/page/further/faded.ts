import { type Gray, histogram, percentile } from '../../image/gray.ts';
import type { Prepared } from '../../image/prepare.ts';
import { stripMarks } from '../../marks.ts';
import { makeSegment, meanConfidence, type Segment, typicalHeight } from '../lines.ts';
import type { RawWord, Recognizer } from '../tesseract.ts';
import { fade, fadingOf, type LeftInk } from '../unread-ink.ts';
import { isPenStrokes, isWeak, readAlone } from '../weak-lines.ts';

/**
 * How a line is looked at, one after the other: from which share of the way from ink to paper levels are faded (blurred
 * writing is hardly lighter), and at which scale.
 */
const LOOKS = [
  { share: 0.33, scale: 1 },
  { share: 0.2, scale: 0.8 },
] as const;
type Look = (typeof LOOKS)[number];

/** Lines read so per page at most: bounds the time of a noisy page. */
const MAX_LINES = 12;
/** Paper above and below a line, in its heights. */
const MARGIN = 0.2;
/** Ink this far from the end of a line at most, in heights of the page's letters, is the rest of it. */
const REACH = 1;
/** Two parts of a line have so much of their height in common, share of the lower one. */
const LEVEL = 0.5;
/** Share of the picture of a line that is ink all through: in the middle of its strokes. */
const INK_SHARE = 0.04;
/** Words at this confidence or more stay. */
const SURE = 90;
/** Words under this one are not taken for writing. */
const TEXT = 50;
/** Of a line of few words, as names and offices have them, one under this confidence is doubtful. */
const SHORT = { words: 6, doubtful: 85 };
/** What the mean may fall while the weakest word is surer: faded strokes are thinner. */
const MEAN_LOSS = 3;
/** Letters a line may lose by it, as a share. */
const KEPT = 0.8;

interface Worn {
  /** The line as it was read: one segment, or two parted by ink no word was made of. */
  parts: Segment[];
  segment: Segment;
  /** The line with the ink left beside it. */
  box: LeftInk;
  /** Whether there was some. */
  isCut: boolean;
}

/**
 * Grain or uneven paper: what shines through, or a seal scanned in grey, could not be told from it before. Pages that were only
 * smoothed are many, and gain nothing by it.
 */
function isWorn({ steps }: Prepared): boolean {
  return steps.includes('median') || steps.includes('even-background');
}

/** No word, however sure: a letter whose other half a seal hides is taken for a figure, or stands alone (`1h anh`, `Lươn g`). */
const HALF = /^(\d\p{Ll}+|[bcdđghklmnpqrstvx])$/u;

function sureness({ text, confidence }: RawWord): number {
  return HALF.test(text) ? 0 : confidence;
}

function isDoubtful(segment: Segment): boolean {
  const { words } = segment;
  const isShort = words.length <= SHORT.words;
  return isWeak(segment) || (isShort && words.some((w) => sureness(w) < SHORT.doubtful));
}

const lettersOf = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, '');

/** Letters and digits of the words from a confidence on. */
function spelling({ words }: Segment, least = 0): string {
  return lettersOf(words.map((w) => (w.confidence >= least ? w.text : '')).join(''));
}

function marksOf(text: string): number {
  return text.normalize('NFD').match(/\p{M}/gu)?.length ?? 0;
}

function meanOf({ words }: Segment): number {
  return meanConfidence(words, sureness);
}

function leastOf({ words }: Segment): number {
  return Math.min(...words.map(sureness));
}

/** Whether every sure word is in the other reading as well, or is part of a word of it: `M` of `GIÁM`. */
function keepsSure(known: Segment, again: Segment): boolean {
  return known.words.every((w) => sureness(w) < SURE || again.words.some((own) => own.text.includes(w.text)));
}

/** A line and the ink left right before or behind it. */
function withLeft(segment: Segment, left: readonly LeftInk[], height: number): Worn {
  const box = { x0: segment.x0, y0: segment.y0, x1: segment.x1, y1: segment.y1 };
  for (const ink of left) {
    const middle = (ink.y0 + ink.y1) / 2;
    const isLevel = middle > segment.y0 && middle < segment.y1;
    const gap = Math.max(segment.x0 - ink.x1, ink.x0 - segment.x1);
    if (!isLevel || gap > REACH * height || (ink.x0 >= segment.x0 && ink.x1 <= segment.x1)) continue;
    box.x0 = Math.min(box.x0, ink.x0);
    box.x1 = Math.max(box.x1, ink.x1);
  }
  const isCut = box.x0 < segment.x0 || box.x1 > segment.x1;
  return { parts: [segment], segment, box, isCut };
}

/** Joins what the same ink parts: `PHÓ` and `ÁNH VĂN PHÒNG`. */
function joinParted(lines: readonly Worn[], height: number): Worn[] {
  const joined: Worn[] = [];
  for (const line of [...lines].sort((a, b) => a.box.x0 - b.box.x0)) {
    const at = joined.findIndex(
      ({ box, segment, isCut }) =>
        (isCut || line.isCut) &&
        Math.min(segment.y1, line.segment.y1) - Math.max(segment.y0, line.segment.y0) >
          LEVEL * Math.min(segment.height, line.segment.height) &&
        line.box.x0 - box.x1 < REACH * height,
    );
    const before = joined[at];
    if (before === undefined) joined.push(line);
    else joined[at] = joinTwo(before, line);
  }
  return joined;
}

function joinTwo(a: Worn, b: Worn): Worn {
  const parts = [...a.parts, ...b.parts];
  const segment = makeSegment(parts.flatMap((part) => part.words));
  const box = {
    x0: Math.min(a.box.x0, b.box.x0),
    y0: Math.min(a.box.y0, b.box.y0),
    x1: Math.max(a.box.x1, b.box.x1),
    y1: Math.max(a.box.y1, b.box.y1),
  };
  return { parts, segment, box, isCut: true };
}

/**
 * Reads lines of a worn page once more that are still weak, or beside which ink was left unread: with all levels faded
 * that are clearly lighter than the writing of the line itself. A seal scanned in grey goes off the name it stands over,
 * and what shines through goes out from between the words. A reading counts when no word of it is weak, no sure one is
 * lost, and it has other letters: fading takes the tails off commas and the marks off letters, and puts none there.
 * @param left ink no word could be made of
 * @param elsewhere words that do not stand on the prepared image; their lines are left as they are
 */
export async function rereadFaded(
  recognizer: Recognizer,
  prepared: Prepared,
  segments: readonly Segment[],
  { left, elsewhere }: { left: readonly LeftInk[]; elsewhere: ReadonlySet<RawWord> },
): Promise<Segment[]> {
  if (!isWorn(prepared)) return [...segments];
  const height = typicalHeight(segments.flatMap((s) => s.words));
  const own = segments
    .filter((s) => !s.words.some((w) => elsewhere.has(w)) && !isPenStrokes(s, height))
    .map((s) => withLeft(s, left, height));
  let open = joinParted(own, height)
    .filter(({ segment, isCut }) => isCut || (isDoubtful(segment) && spelling(segment).length > 2))
    .sort((a, b) => meanOf(a.segment) - meanOf(b.segment))
    .slice(0, MAX_LINES);
  const better = new Map<Segment, Segment[]>();
  for (const look of LOOKS) {
    const read = open.length === 0 ? [] : await readFaded(recognizer, prepared, open, look);
    open.forEach((line, i) => {
      const again = read[i];
      if (!again || !isBetter(line, again)) return;
      const [first, ...rest] = line.parts as [Segment, ...Segment[]];
      better.set(first, [again]);
      for (const part of rest) better.set(part, []);
    });
    open = open.filter((line) => !line.parts.some((part) => better.has(part)));
  }
  return segments.flatMap((s) => better.get(s) ?? [s]);
}

function isBetter({ segment, isCut }: Worn, again: Segment): boolean {
  if (isWeak(again) || !keepsSure(segment, again)) return false;
  const [known, own] = [spelling(segment, TEXT), spelling(again)];
  const isSame = own === spelling(segment);
  // The same letters are better in fewer words alone: `Lươn g`.
  if ((isSame && again.words.length >= segment.words.length) || marksOf(own) < marksOf(known)) return false;
  // What is left of a seal may be taken for a mark.
  if (!isSame && stripMarks(own) === stripMarks(spelling(segment)) && leastOf(again) < SURE) return false;
  // Ink at the end of a line that is no writing changes nothing in it.
  if (isCut && !isDoubtful(segment)) return own.length > known.length;
  const isSurer = leastOf(again) > leastOf(segment) + 1 && meanOf(again) > meanOf(segment) - MEAN_LOSS;
  return isSurer && own.length >= KEPT * known.length;
}

/** Level of the writing of a line: the darkest part of it. Bold names are darker than the rest of a page. */
function inkOf(part: Gray): number {
  return percentile(histogram(part.data), INK_SHARE);
}

function readFaded(
  recognizer: Recognizer,
  { image }: Prepared,
  lines: readonly Worn[],
  { share, scale }: Look,
): Promise<(Segment | null)[]> {
  const places = lines.map(({ box, segment }) => ({ ...box, height: segment.height }));
  const treat = (part: Gray): Gray => fade(part, fadingOf(inkOf(part), share));
  return readAlone(recognizer, image, places, { scale, margin: MARGIN, treat });
}
