/** The page tree, flattened, with the attributes that pages inherit (ISO 32000-2 §7.7.3). */
import { catalogOf, get, getItems, type PdfDocument, resolve } from './document.ts';
import { isArray, isDict, isRef, type PdfDict, type PdfValue } from './values.ts';

/** One page. */
export interface PdfPage {
  /** Object number; null for a page written directly in /Kids, which is not allowed but met. */
  readonly num: number | null;
  readonly dict: PdfDict;
  /** Visible area: x0, y0, x1, y1 in default user space. */
  readonly box: readonly [number, number, number, number];
  /** Clockwise turn when shown: 0, 90, 180 or 270 degrees. */
  readonly rotate: number;
  readonly resources: PdfDict | null;
}

interface Inherited {
  readonly MediaBox: PdfValue;
  readonly CropBox: PdfValue;
  readonly Rotate: PdfValue;
  readonly Resources: PdfValue;
}

const MAX_PAGES = 100_000;
const A4 = [0, 0, 595.28, 841.89] as const;

function rectangle(document: PdfDocument, value: PdfValue): readonly [number, number, number, number] | null {
  if (!isArray(value) || value.items.length !== 4) return null;
  const numbers = value.items.map((item) => resolve(document, item));
  if (!numbers.every((item) => typeof item === 'number')) return null;
  const [a = 0, b = 0, c = 0, d = 0] = numbers as number[];
  return [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
}

function visibleBox(document: PdfDocument, inherited: Inherited): PdfPage['box'] {
  const media = rectangle(document, inherited.MediaBox) ?? A4;
  const crop = rectangle(document, inherited.CropBox) ?? media;
  const box = [
    Math.max(media[0], crop[0]),
    Math.max(media[1], crop[1]),
    Math.min(media[2], crop[2]),
    Math.min(media[3], crop[3]),
  ] as const;
  return box[2] > box[0] && box[3] > box[1] ? box : media;
}

function inherit(document: PdfDocument, dict: PdfDict, from: Inherited): Inherited {
  const own = (key: keyof Inherited): PdfValue =>
    dict.entries.has(key) ? get(document, dict, key) : from[key];
  return {
    MediaBox: own('MediaBox'),
    CropBox: own('CropBox'),
    Rotate: own('Rotate'),
    Resources: own('Resources'),
  };
}

/** All pages in order; loops and excess are cut off. */
export function listPages(document: PdfDocument): PdfPage[] {
  const pages: PdfPage[] = [];
  const seen = new Set<number>();
  const visit = (value: PdfValue | undefined, from: Inherited, depth: number): void => {
    if (isRef(value)) {
      if (seen.has(value.num)) return;
      seen.add(value.num);
    }
    const dict = resolve(document, value);
    if (!isDict(dict) || depth > 64 || pages.length >= MAX_PAGES) return;
    const inherited = inherit(document, dict, from);
    if (dict.entries.has('Kids')) {
      for (const kid of getItems(document, dict, 'Kids')) visit(kid, inherited, depth + 1);
      return;
    }
    const turn = typeof inherited.Rotate === 'number' ? inherited.Rotate : 0;
    pages.push({
      num: isRef(value) ? value.num : null,
      dict,
      box: visibleBox(document, inherited),
      rotate: (((Math.round(turn / 90) * 90) % 360) + 360) % 360,
      resources: isDict(inherited.Resources) ? inherited.Resources : null,
    });
  };
  visit(
    catalogOf(document).entries.get('Pages'),
    { MediaBox: null, CropBox: null, Rotate: null, Resources: null },
    0,
  );
  return pages;
}
