import { crop, type Gray } from '../image/gray.ts';
import type { Prepared } from '../image/prepare.ts';
import { makeSegment, moveWords, type Segment } from './lines.ts';
import type { RawWord, Recognizer } from './tesseract.ts';

/** A line with a word under this confidence is read again alone. */
const WEAK_CONFIDENCE = 72;
/** Lines read again per page at most: bounds the time of a noisy page. */
const MAX_LINES = 16;

function weighted(words: readonly RawWord[]): number {
  let sum = 0;
  let letters = 0;
  for (const word of words) {
    sum += word.confidence * word.text.length;
    letters += word.text.length;
  }
  return letters === 0 ? 0 : sum / letters;
}

/**
 * Reads weak lines a second time as single lines and keeps the better reading.
 * @param elsewhere words that do not stand on the prepared image; their lines are left as they are
 */
export async function rereadWeakLines(
  recognizer: Recognizer,
  prepared: Prepared,
  segments: readonly Segment[],
  elsewhere: ReadonlySet<RawWord>,
): Promise<Segment[]> {
  const weak = segments
    .filter((s) => !s.words.some((w) => elsewhere.has(w)))
    .filter((s) => s.words.some((w) => w.confidence < WEAK_CONFIDENCE))
    .sort((a, b) => weighted(a.words) - weighted(b.words))
    .slice(0, MAX_LINES);
  const views = weak.map((segment) => viewOf(prepared, segment));
  const read = await recognizer.readAll(
    views.map((view) => view.picture),
    '7',
  );
  const better = new Map<Segment, Segment>();
  weak.forEach((segment, i) => {
    const again = toSegment(read[i] ?? [], views[i] as View);
    if (again && weighted(again.words) > weighted(segment.words) + 1) better.set(segment, again);
  });
  return segments.map((s) => better.get(s) ?? s);
}

interface View {
  picture: Gray;
  left: number;
  top: number;
}

function viewOf(prepared: Prepared, segment: Segment): View {
  const marginX = Math.round(0.6 * segment.height);
  const marginY = Math.round(0.3 * segment.height);
  const left = segment.x0 - marginX;
  const top = segment.y0 - marginY;
  const width = segment.x1 - segment.x0 + 2 * marginX;
  const height = segment.y1 - segment.y0 + 2 * marginY;
  return { picture: crop(prepared.image, left, top, width, height), left, top };
}

function toSegment(words: readonly RawWord[], { left, top }: View): Segment | null {
  if (words.length === 0) return null;
  return makeSegment(moveWords(words, left, top));
}
