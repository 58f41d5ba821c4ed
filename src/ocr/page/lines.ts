import type { RawWord } from './tesseract.ts';

/** Words of one line fragment in order from left to right, in pixels of the prepared image. */
export interface Segment {
  words: RawWord[];
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  /** Base line at the middle. */
  baseline: number;
  /** Typical height of the letters, pixels. */
  height: number;
}

/** Gap between words, in row heights, that parts two columns. */
const COLUMN_GAP = 1.35;

/** Typical text height of a set of words (median), at least 8 pixels. */
export function typicalHeight(words: readonly RawWord[]): number {
  const heights = words.map((w) => w.y1 - w.y0).sort((a, b) => a - b);
  return Math.max(8, heights[Math.floor(heights.length / 2)] ?? 8);
}

/** Mean confidence of words, by their letters; 0 for none. @param sureness of a word, where that is not its confidence */
export function meanConfidence(
  words: readonly RawWord[],
  sureness: (word: RawWord) => number = ({ confidence }) => confidence,
): number {
  let sum = 0;
  let letters = 0;
  for (const word of words) {
    sum += sureness(word) * word.text.length;
    letters += word.text.length;
  }
  return letters === 0 ? 0 : sum / letters;
}

/** Words read from a picture cut out of the page, in the place they have there. */
export function moveWords(words: readonly RawWord[], left: number, top: number): RawWord[] {
  return words.map((word) => ({
    ...word,
    x0: word.x0 + left,
    x1: word.x1 + left,
    y0: word.y0 + top,
    y1: word.y1 + top,
    baseline: word.baseline + top,
  }));
}

/** Words read on a picture of `scale` of the page, in pixels of the page. */
export function scaleWords(words: readonly RawWord[], scale: number): RawWord[] {
  if (scale === 1) return [...words];
  return words.map((word) => ({
    ...word,
    x0: Math.floor(word.x0 / scale),
    y0: Math.floor(word.y0 / scale),
    x1: Math.ceil(word.x1 / scale),
    y1: Math.ceil(word.y1 / scale),
    baseline: word.baseline / scale,
    rowHeight: word.rowHeight / scale,
  }));
}

/** Makes a segment of words that stand on one line. */
export function makeSegment(words: RawWord[]): Segment {
  words.sort((a, b) => a.x0 - b.x0);
  const baselines = words.map((w) => w.baseline).sort((a, b) => a - b);
  return {
    words,
    x0: Math.min(...words.map((w) => w.x0)),
    y0: Math.min(...words.map((w) => w.y0)),
    x1: Math.max(...words.map((w) => w.x1)),
    y1: Math.max(...words.map((w) => w.y1)),
    baseline: baselines[Math.floor(baselines.length / 2)] as number,
    height: typicalHeight(words),
  };
}

/** Groups words into rows by base line; `tolerance` in pixels. */
function groupRows(words: readonly RawWord[], typical: number): RawWord[][] {
  const sorted = [...words].sort((a, b) => a.baseline - b.baseline);
  const rows: { words: RawWord[]; baseline: number }[] = [];
  for (const word of sorted) {
    // A dash has no height of its own to speak of: it stands on the line of the letters beside it.
    const own = /^[-–—]$/.test(word.text) ? typical : word.y1 - word.y0;
    const tolerance = 0.42 * Math.min(typical * 1.3, Math.max(8, own));
    const row = rows.findLast((r) => word.baseline - r.baseline <= Math.max(5, tolerance));
    if (row) {
      row.words.push(word);
      row.baseline += (word.baseline - row.baseline) / row.words.length;
    } else rows.push({ words: [word], baseline: word.baseline });
  }
  return rows.map((r) => r.words);
}

/** Rows of segments: words on one base line, cut where the gap says another column begins. */
export function assembleRows(words: readonly RawWord[]): Segment[][] {
  if (words.length === 0) return [];
  const typical = typicalHeight(words);
  return groupRows(words, typical).map((row) => splitAtGaps(row, typical));
}

function splitAtGaps(row: RawWord[], typical: number): Segment[] {
  row.sort((a, b) => a.x0 - b.x0);
  const segments: RawWord[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const word of row) {
    const last = segments.at(-1);
    const height = Math.min(typical * 1.5, Math.max(typical * 0.8, word.rowHeight));
    if (last && word.x0 - end <= COLUMN_GAP * height) last.push(word);
    else segments.push([word]);
    end = Math.max(end, word.x1);
  }
  return segments.map(makeSegment);
}
