/**
 * How a reading is compared with the truth: words are put on the page in millimetres and into the true line they stand
 * on, so that reading order does not count; text on no line is spurious. The rules are those of the kit's own scorer.
 */

/** A line of the truth; box in millimetres, left, top, right, bottom. */
export interface TrueLine {
  readonly text: string;
  readonly bbox_mm: readonly [number, number, number, number];
}

/** A word as read; box in pixels of the image handed in. */
export interface PlacedWord {
  readonly text: string;
  readonly box: readonly [number, number, number, number];
}

/** Page millimetres to pixels: the first two rows of a 3 × 3 matrix. */
export type Matrix = readonly (readonly number[])[];

/** Counts of one page; sums of pages are counts as well. */
export interface Score {
  readonly characters: number;
  /** Edits inside true lines. */
  readonly edits: number;
  /** Characters on no true line. */
  readonly spurious: number;
  readonly words: number;
  readonly wordEdits: number;
  /** Edits of the whole text in document order. */
  readonly orderEdits: number;
}

/** One spelling for what print does not tell apart, as the kit's scorer has it. */
export function normalize(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[“”„«»″]/g, '"')
    .replace(/[‘’‚′`´]/g, "'")
    .replace(/[–—−‐‑]/g, '-')
    .replace(/…/g, '...')
    .replace(/[☐☒□■☑]/g, '')
    .replace(/\u00d0/g, 'Đ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Edit distance of two lists. */
export function edits<T>(a: readonly T[], b: readonly T[]): number {
  let row = Uint32Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, item] of a.entries()) {
    const next = new Uint32Array(b.length + 1);
    next[0] = i + 1;
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] as number) + (item === b[j - 1] ? 0 : 1);
      next[j] = Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, change);
    }
    row = next;
  }
  return row[b.length] as number;
}

/** Pixels to millimetres: the first two rows. */
export function inverse(matrix: Matrix): number[][] {
  const [[a = 0, b = 0, c = 0] = [], [d = 0, e = 0, f = 0] = []] = matrix;
  const det = a * e - b * d;
  return [
    [e / det, -b / det, (b * f - c * e) / det],
    [-d / det, a / det, (c * d - a * f) / det],
  ];
}

/** A true line and what was read on it. */
export interface Bin {
  readonly text: string;
  readonly box: TrueLine['bbox_mm'];
  readonly read: { left: number; text: string; index: number }[];
}

/** The true line a word stands on: by height, then by overlap. */
export function lineOf(bins: readonly Bin[], left: number, right: number, middle: number): Bin | null {
  let best: { bin: Bin; cost: number } | null = null;
  for (const bin of bins) {
    const [x0, y0, x1, y1] = bin.box;
    const height = y1 - y0;
    const off = Math.abs(middle - (y0 + y1) / 2);
    const overlap = Math.min(right, x1) - Math.max(left, x0);
    if (off > 0.62 * height || overlap < -0.5 * height) continue;
    const cost = off / height - (overlap > 0.3 * (right - left) ? 0.5 : 0);
    if (best === null || cost < best.cost) best = { bin, cost };
  }
  return best?.bin ?? null;
}

/** The line of a word, and its left end in millimetres. */
function locate(word: PlacedWord, bins: readonly Bin[], matrix: Matrix): { bin: Bin | null; left: number } {
  const [[a, b, c], [d, e, f]] = inverse(matrix) as [[number, number, number], [number, number, number]];
  const [x0, y0, x1, y1] = word.box;
  const corners = [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ] as const;
  const xs = corners.map(([x, y]) => a * x + b * y + c);
  const middle = corners.reduce((sum, [x, y]) => sum + d * x + e * y + f, 0) / 4;
  const left = Math.min(...xs);
  return { bin: lineOf(bins, left, Math.max(...xs), middle), left };
}

/** Puts words on their lines. @returns the characters that are on none. */
function place(words: readonly PlacedWord[], bins: readonly Bin[], matrix: Matrix): number {
  let spurious = 0;
  for (const [index, word] of words.entries()) {
    const text = normalize(word.text);
    if (text === '') continue;
    const { bin, left } = locate(word, bins, matrix);
    if (bin === null) spurious += text.length + 1;
    else bin.read.push({ left, text, index });
  }
  return spurious;
}

function binsOf(truth: readonly TrueLine[]): Bin[] {
  return truth
    .map((line) => ({ text: normalize(line.text), box: line.bbox_mm, read: [] }))
    .filter((bin) => bin.text !== '');
}

/** Which of the words are not what the paper says: other than the true word at their place, or on no line. */
export function wrongWords(
  truth: readonly TrueLine[],
  words: readonly PlacedWord[],
  matrix: Matrix,
): boolean[] {
  const bins = binsOf(truth);
  place(words, bins, matrix);
  const wrong = words.map((word) => normalize(word.text) !== '');
  for (const bin of bins) {
    const read = bin.read.sort((p, q) => p.left - q.left);
    const flat = read.flatMap((word) => word.text.split(' ').map((text) => ({ text, index: word.index })));
    const right = matches(
      bin.text.split(' '),
      flat.map((word) => word.text),
    );
    for (const word of read) {
      const parts = flat.flatMap((part, at) => (part.index === word.index ? [at] : []));
      if (parts.every((at) => right.has(at))) wrong[word.index] = false;
    }
  }
  return wrong;
}

/** Places in `read` that a shortest edit from `truth` leaves as they are. */
function matches(truth: readonly string[], read: readonly string[]): Set<number> {
  const cost = truth.map(() => new Uint16Array(read.length + 1));
  const rows = [Uint16Array.from({ length: read.length + 1 }, (_, j) => j), ...cost];
  const at = (i: number, j: number): number => rows[i]?.[j] as number;
  for (let i = 1; i <= truth.length; i += 1) {
    (rows[i] as Uint16Array)[0] = i;
    for (let j = 1; j <= read.length; j += 1) {
      const change = at(i - 1, j - 1) + (truth[i - 1] === read[j - 1] ? 0 : 1);
      (rows[i] as Uint16Array)[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, change);
    }
  }
  const kept = new Set<number>();
  for (let [i, j] = [truth.length, read.length]; i > 0 && j > 0; ) {
    if (truth[i - 1] === read[j - 1] && at(i, j) === at(i - 1, j - 1)) {
      kept.add(j - 1);
      i -= 1;
      j -= 1;
    } else if (at(i, j) === at(i - 1, j - 1) + 1) {
      i -= 1;
      j -= 1;
    } else if (at(i, j) === at(i, j - 1) + 1) j -= 1;
    else i -= 1;
  }
  return kept;
}

/** Scores one page. `text` is the page in reading order. */
export function scorePage(
  truth: readonly TrueLine[],
  words: readonly PlacedWord[],
  text: string,
  matrix: Matrix,
): Score {
  const bins = binsOf(truth);
  const spurious = place(words, bins, matrix);
  let score: Score = { ...NOTHING, spurious };
  for (const bin of bins) {
    const read = bin.read
      .sort((p, q) => p.left - q.left)
      .map((word) => word.text)
      .join(' ');
    const trueWords = bin.text.split(' ');
    score = add(score, {
      ...NOTHING,
      characters: bin.text.length,
      edits: edits([...bin.text], [...read]),
      words: trueWords.length,
      wordEdits: edits(trueWords, read === '' ? [] : read.split(' ')),
    });
  }
  const whole = bins.map((bin) => bin.text).join(' ');
  return { ...score, orderEdits: edits([...whole], [...normalize(text)]) };
}

/** A score of no page. */
export const NOTHING: Score = {
  characters: 0,
  edits: 0,
  spurious: 0,
  words: 0,
  wordEdits: 0,
  orderEdits: 0,
};

/** Sum of two scores. */
export function add(a: Score, b: Score): Score {
  return {
    characters: a.characters + b.characters,
    edits: a.edits + b.edits,
    spurious: a.spurious + b.spurious,
    words: a.words + b.words,
    wordEdits: a.wordEdits + b.wordEdits,
    orderEdits: a.orderEdits + b.orderEdits,
  };
}

/** Share of the true words (with how often they stand there) that were read. */
export function recall(truth: string, read: string): number {
  const left = new Map<string, number>();
  for (const word of normalize(read).split(' ')) left.set(word, (left.get(word) ?? 0) + 1);
  const wanted = normalize(truth).split(' ');
  let found = 0;
  for (const word of wanted) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    found += 1;
  }
  return found / Math.max(1, wanted.length);
}
