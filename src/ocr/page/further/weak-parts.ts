/** The parts of a line that are read again: its doubtful words and those beside them, cut out between letters. */
import { crop, type Gray, histogram, inkLimit } from '../../image/gray.ts';
import { makeSegment, type Segment } from '../lines.ts';
import type { RawWord } from '../tesseract.ts';

/** Words on each side that are read with a doubtful one: the network goes by what stands beside. */
const NEIGHBOURS = 2;
/** Share of the letters of a line from which the whole of it is read. */
const MOST = 0.7;
/** How far from where two words part, by their boxes, blank columns are looked for, in heights of the line. */
const REACH = 0.3;
/** Blank columns between two words at least, in heights of the line. */
const BLANK = 0.1;

/** Words of a line, `from` to `to` exclusive, and what is seen of it. */
export interface LinePart {
  readonly line: Segment;
  readonly from: number;
  readonly to: number;
  /** Its words alone, in the height of the line. */
  readonly known: Segment;
  /** Columns from which on to the left, and to the right, nothing is to be seen. */
  readonly blind: { readonly left: number | null; readonly right: number | null };
}

export function wholeLine(line: Segment): LinePart {
  return { line, from: 0, to: line.words.length, known: line, blind: { left: null, right: null } };
}

/** The middle of the widest run of columns without ink where two words part; `null` when letters touch. */
function blankBetween(image: Gray, line: Segment, a: RawWord, b: RawWord, ink: number): number | null {
  const reach = Math.round(REACH * line.height);
  const start = Math.max(0, Math.min(a.x1, b.x0) - reach, Math.ceil((a.x0 + a.x1) / 2));
  const end = Math.min(image.width, Math.max(a.x1, b.x0) + reach, Math.floor((b.x0 + b.x1) / 2));
  let best: { at: number; width: number } | null = null;
  let from = start;
  for (let x = start; x <= end; x += 1) {
    if (x < end && isBlank(image, x, line, ink)) continue;
    const width = x - from;
    if (width > (best?.width ?? 0)) best = { at: from + (width >> 1), width };
    from = x + 1;
  }
  return best !== null && best.width >= Math.max(2, BLANK * line.height) ? best.at : null;
}

function isBlank({ data, width, height }: Gray, x: number, { y0, y1 }: Segment, ink: number): boolean {
  for (let y = Math.max(0, y0); y < Math.min(height, y1); y += 1)
    if ((data[y * width + x] as number) < ink) return false;
  return true;
}

function lettersOf(words: readonly RawWord[]): number {
  return words.reduce((sum, { text }) => sum + text.length + 1, 0);
}

/**
 * The parts of a line with its doubtful words; the line itself where these are most of it.
 * @param isDoubtful of the words of the line
 */
export function doubtfulParts(
  image: Gray,
  line: Segment,
  isDoubtful: (word: RawWord) => boolean,
): LinePart[] {
  const { words } = line;
  const own = crop(image, line.x0, line.y0, line.x1 - line.x0, line.y1 - line.y0);
  const ink = inkLimit(histogram(own.data));
  const near = words.map((_, i) =>
    words.slice(Math.max(0, i - NEIGHBOURS), i + NEIGHBOURS + 1).some(isDoubtful),
  );
  const cuts = new Map<number, number>();
  for (let i = 1; i < words.length; i += 1) {
    if (near[i - 1] === near[i] || cuts.has(i)) continue;
    const cut = blankBetween(image, line, words[i - 1] as RawWord, words[i] as RawWord, ink);
    if (cut !== null) cuts.set(i, cut);
    else {
      // Letters that touch are read together; what was left of them may touch as well.
      near[i - 1] = near[i] = true;
      i = Math.max(0, i - 2);
    }
  }
  if (lettersOf(words.filter((_, i) => near[i])) > MOST * lettersOf(words)) return [wholeLine(line)];
  const starts = words.flatMap((_, i) => (near[i] && !near[i - 1] ? [i] : []));
  return starts.map((from) => {
    const end = near.indexOf(false, from);
    const to = end < 0 ? words.length : end;
    const known = { ...makeSegment(words.slice(from, to)), y0: line.y0, y1: line.y1, height: line.height };
    return { line, from, to, known, blind: { left: cuts.get(from) ?? null, right: cuts.get(to) ?? null } };
  });
}
