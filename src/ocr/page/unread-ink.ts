import { type Component, findComponents } from '../image/components.ts';
import { crop, type Gray, inkLimit, sampleLevels } from '../image/gray.ts';
import type { Prepared } from '../image/prepare.ts';
import { typicalHeight } from './lines.ts';
import type { RawWord, Recognizer } from './tesseract.ts';

/** Blots read again per page at most. */
const MAX_CLUSTERS = 40;
/** Confidence a recovered reading needs. */
const MIN_CONFIDENCE = 60;
/** Words under this confidence do not hide the ink under them. */
const COVERING_CONFIDENCE = 30;

/** Ink no word could be made of. */
export interface LeftInk {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

interface Cluster extends LeftInk {
  parts: Component[];
}

/** Level of the ink of well-read words: what is clearly lighter (seals, bleed-through) is not text. */
export function textInkLevel(image: Gray, words: readonly RawWord[]): number {
  const counts = new Uint32Array(256);
  let total = 0;
  for (const word of words.filter((w) => w.confidence > 85).slice(0, 150)) {
    for (let y = Math.max(0, word.y0); y < Math.min(image.height, word.y1); y++) {
      for (let x = Math.max(0, word.x0); x < Math.min(image.width, word.x1); x++) {
        const level = image.data[y * image.width + x] as number;
        counts[level] = (counts[level] as number) + 1;
        total++;
      }
    }
  }
  let seen = 0;
  for (let level = 0; level < 256; level++) {
    seen += counts[level] as number;
    if (seen >= total * 0.06) return level;
  }
  return 0;
}

/**
 * New levels of the old ones: whitens what is clearly lighter than the text, seals scanned in grey, the other side of the sheet.
 * @param share of the way from ink to paper from which levels fade
 */
export function fadingOf(ink: number, share = 0.33): Uint8Array {
  const cut = ink + share * (255 - ink);
  return Uint8Array.from({ length: 256 }, (_, v) =>
    v <= cut ? v : Math.min(255, cut + ((v - cut) * (255 - cut)) / 50),
  );
}

/** A picture with other levels. */
export function fade({ width, height, data }: Gray, levels: Uint8Array): Gray {
  return { width, height, data: data.map((v) => levels[v] as number) };
}

/** The level under which pixels are ink once they are faded: told from the counts, the page itself is not copied. */
function fadedThreshold(image: Gray, levels: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (const [level, n] of sampleLevels(image).entries()) {
    const faded = levels[level] as number;
    counts[faded] = (counts[faded] as number) + n;
  }
  const limit = inkLimit(counts);
  // Levels never fall where they are faded: all from here on end at the limit or above it.
  const first = levels.findIndex((faded) => faded >= limit);
  return first < 0 ? 256 : first;
}

function covered(c: Component, words: readonly RawWord[]): boolean {
  const x = (c.x0 + c.x1) / 2;
  const y = (c.y0 + c.y1) / 2;
  return words.some((w) => x >= w.x0 - 3 && x <= w.x1 + 3 && y >= w.y0 - 6 && y <= w.y1 + 6);
}

/** Joins blots that stand on one line, close together. */
function clusterParts(parts: readonly Component[], height: number): Cluster[] {
  const clusters: Cluster[] = [];
  for (const part of [...parts].sort((a, b) => a.x0 - b.x0)) {
    const near = clusters.findLast(
      (c) =>
        part.x0 - c.x1 < 0.45 * height &&
        part.x1 > c.x0 &&
        Math.min(part.y1, c.y1) - Math.max(part.y0, c.y0) > -0.25 * height,
    );
    if (near) {
      near.x1 = Math.max(near.x1, part.x1);
      near.y0 = Math.min(near.y0, part.y0);
      near.y1 = Math.max(near.y1, part.y1);
      near.parts.push(part);
    } else clusters.push({ x0: part.x0, y0: part.y0, x1: part.x1, y1: part.y1, parts: [part] });
  }
  return clusters;
}

/** A short level stroke about the middle of a line: the bullet of a list. */
function isDash(c: Cluster, height: number): boolean {
  const [w, h] = [c.x1 - c.x0, c.y1 - c.y0];
  return (
    c.parts.length === 1 && w >= 0.2 * height && w <= 0.75 * height && h <= 0.22 * height && w >= 1.6 * h
  );
}

function isTextSize(c: Cluster, height: number): boolean {
  const h = c.y1 - c.y0;
  return (
    h >= 0.45 * height && h <= 1.6 * height && c.x1 - c.x0 >= 0.12 * height && c.x1 - c.x0 <= 14 * height
  );
}

/** Word to the right of a blot on its line, within `reach` pixels. */
function neighbour(c: Cluster, words: readonly RawWord[], reach: number): RawWord | undefined {
  const y = (c.y0 + c.y1) / 2;
  return words
    .filter((w) => w.x0 >= c.x1 - 4 && w.x0 - c.x1 < reach && y > w.y0 && y < w.y1)
    .sort((a, b) => a.x0 - b.x0)[0];
}

/** A dash counts only in front of a word with nothing at its left: bullets, not parts of rulings or seals. */
function dashWord(c: Cluster, words: readonly RawWord[], height: number): RawWord | null {
  const right = neighbour(c, words, 1.3 * height);
  if (!right || right.confidence < 70) return null;
  const y = (c.y0 + c.y1) / 2;
  const blocked = words.some((w) => w.x1 <= c.x0 && c.x0 - w.x1 < 2 * height && y > w.y0 && y < w.y1);
  const level = y > right.y0 + 0.3 * (right.y1 - right.y0) && y < right.y1 - 0.1 * height;
  if (blocked || !level) return null;
  return {
    text: '-',
    confidence: 88,
    x0: c.x0,
    y0: right.y0,
    x1: c.x1,
    y1: right.y1,
    baseline: right.baseline,
    rowHeight: right.rowHeight,
  };
}

const READABLE = /^[\p{L}\p{N}][\p{L}\p{N}.,:;()/%-]*$/u;

/** Margin around a blot, in heights of a line. */
const MARGIN = 0.5;
/** That of a second look for a number of an item: with more, the engine is hardly sure of a lone `4.`. */
const NARROW_MARGIN = 0.3;
/** The number of an item, alone. */
const ITEM_NUMBER = /^\d{1,2}[.)]?$/;

interface View {
  picture: Gray;
  left: number;
  top: number;
  /** One letter at most. */
  single: boolean;
}

function viewOf(image: Gray, levels: Uint8Array, c: Cluster, height: number, share: number): View {
  const margin = Math.round(share * height);
  const [left, top] = [c.x0 - margin, c.y0 - margin];
  const part = crop(image, left, top, c.x1 - c.x0 + 2 * margin, c.y1 - c.y0 + 2 * margin);
  const picture = fade(part, levels);
  return { picture, left, top, single: c.x1 - c.x0 < 0.9 * height };
}

/** More letters than blots: of the line around them some were read once more. */
function readsNeighbours(text: string, c: Cluster): boolean {
  const letters = text.match(/[\p{L}\p{N}]/gu) ?? [];
  return letters.length > Math.max(1, c.parts.length);
}

/** What was read on one blot alone; a lone upright stroke is the digit 1. */
function acceptWords(words: readonly RawWord[], { left, top, single }: View, c: Cluster): RawWord[] {
  return words
    .map((w) => ({ ...w, text: single ? w.text.replace(/^[lI|!]$/, '1') : w.text }))
    .filter(
      (w) =>
        READABLE.test(w.text) &&
        w.confidence >= MIN_CONFIDENCE &&
        (w.text.length < 2 || !single || /^\d/.test(w.text) || w.text.length <= 3) &&
        !(single && readsNeighbours(w.text, c)),
    )
    .map((w) => ({
      ...w,
      x0: w.x0 + left,
      x1: w.x1 + left,
      y0: w.y0 + top,
      y1: w.y1 + top,
      baseline: c.y1 - 1,
    }));
}

/** Reads blots, single letters and short words each in one go. */
async function readClusters(
  recognizer: Recognizer,
  viewOfCluster: (cluster: Cluster, margin: number) => View,
  clusters: readonly Cluster[],
): Promise<RawWord[][]> {
  const views = clusters.map((c) => viewOfCluster(c, MARGIN));
  const found: RawWord[][] = clusters.map(() => []);
  for (const single of [true, false]) {
    const chosen = [...views.keys()].filter((i) => views[i]?.single === single);
    const pictures = chosen.map((i) => (views[i] as View).picture);
    const read = await recognizer.readAll(pictures, single ? '10' : '7');
    chosen.forEach((i, k) => {
      found[i] = acceptWords(read[k] ?? [], views[i] as View, clusters[i] as Cluster);
    });
  }
  const unread = [...views.keys()].filter((i) => views[i]?.single && found[i]?.length === 0);
  const narrow = unread.map((i) => viewOfCluster(clusters[i] as Cluster, NARROW_MARGIN));
  const numbers = await recognizer.readAll(
    narrow.map((view) => view.picture),
    '10',
  );
  unread.forEach((i, k) => {
    const words = acceptWords(numbers[k] ?? [], narrow[k] as View, clusters[i] as Cluster);
    found[i] = words.filter((w) => ITEM_NUMBER.test(w.text));
  });
  return found;
}

/** Whether recovered ink may be text: in a line with other words, or level with words of a table row. */
function hasCompany(c: Cluster, words: readonly RawWord[], height: number): boolean {
  const y = (c.y0 + c.y1) / 2;
  return words.some((w) => w.confidence > 75 && Math.abs((w.y0 + w.y1) / 2 - y) < 0.6 * height);
}

/** A recovered word takes the place of a poorer one it covers, and of fragments of itself. */
function replaces(better: RawWord, word: RawWord): boolean {
  const width = Math.min(better.x1, word.x1) - Math.max(better.x0, word.x0);
  const height = Math.min(better.y1, word.y1) - Math.max(better.y0, word.y0);
  if (width <= 0 || height <= 0) return false;
  const share = (width * height) / Math.max(1, (word.x1 - word.x0) * (word.y1 - word.y0));
  const poorer = word.confidence < better.confidence;
  return (
    poorer && share > 0.5 && (word.confidence < COVERING_CONFIDENCE || word.text.length < better.text.length)
  );
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Whether recovered ink is the end of a word that was read whole, only its box came out short: `NGUYỄN` and `ỄN`. */
export function repeats(found: RawWord, word: RawWord): boolean {
  const width = Math.min(found.x1, word.x1) - Math.max(found.x0, word.x0);
  const height = Math.min(found.y1, word.y1) - Math.max(found.y0, word.y0);
  if (width <= 0 || height <= 0) return false;
  const share = (width * height) / Math.max(1, (found.x1 - found.x0) * (found.y1 - found.y0));
  return share > 0.5 && word.text.length > found.text.length && plain(word.text).includes(plain(found.text));
}

/** Room between a letter and the rest of its word whose box came out short, in heights of a line: less than between words. */
const LETTER_GAP = 0.4;

/** Whether recovered ink is the first letter of a word that was read whole, only its box begins too late: `1` and `15/UBND`. */
function begins(found: RawWord, word: RawWord, height: number): boolean {
  const isLevel = Math.min(found.y1, word.y1) - Math.max(found.y0, word.y0) > 0.5 * (found.y1 - found.y0);
  const gap = word.x0 - found.x1;
  return (
    isLevel &&
    gap < LETTER_GAP * height &&
    found.x0 < word.x0 &&
    word.text.length > found.text.length &&
    word.x1 > found.x1 &&
    plain(word.text).startsWith(plain(found.text))
  );
}

/**
 * Finds ink no word covers and reads it: single digits in narrow columns, item numbers and bullets, which sparse
 * segmentation drops.
 * @returns all words, and the ink no word could be made of
 */
export async function readUnreadInk(
  recognizer: Recognizer,
  prepared: Prepared,
  words: readonly RawWord[],
): Promise<{ words: RawWord[]; left: LeftInk[] }> {
  if (words.length === 0) return { words: [], left: [] };
  const height = typicalHeight(words);
  const { image } = prepared;
  const levels = fadingOf(textInkLevel(image, words));
  const cover = words.filter((w) => w.confidence >= COVERING_CONFIDENCE);
  const parts = findComponents(image, fadedThreshold(image, levels)).filter(
    (c) => c.area >= 8 && c.y1 - c.y0 <= 2 * height && !covered(c, cover),
  );
  const clusters = clusterParts(parts, height);
  const found: RawWord[] = [];
  for (const c of clusters.filter((cluster) => isDash(cluster, height))) {
    const dash = dashWord(c, cover, height);
    if (dash) found.push(dash);
  }
  const texts = clusters
    .filter((c) => isTextSize(c, height) && hasCompany(c, cover, height))
    .slice(0, MAX_CLUSTERS);
  const read = await readClusters(recognizer, (c, margin) => viewOf(image, levels, c, height, margin), texts);
  found.push(...read.flat());
  const kept = words.filter((word) => !found.some((better) => replaces(better, word)));
  const isRead = (word: RawWord, whole: RawWord): boolean =>
    repeats(word, whole) || begins(word, whole, height);
  return {
    words: [...kept, ...found.filter((word) => !kept.some((whole) => isRead(word, whole)))],
    left: texts.filter((_, i) => read[i]?.length === 0),
  };
}
