/** What a widget that came after a signature shows, and how much of a page it hides (certification attacks EAA and SSA). */

import { get, getItems, type PdfDocument, resolve } from '../syntax/document.ts';
import { decodeStream } from '../syntax/filters.ts';
import { listPages, type PdfPage } from '../syntax/pages.ts';
import { PdfSyntaxError } from '../syntax/parse.ts';
import {
  isArray,
  isDict,
  isRef,
  isStream,
  type PdfDict,
  type PdfStream,
  type PdfValue,
} from '../syntax/values.ts';

/** Bits of /F (ISO 32000-2 Table 167): not shown, printed, not shown on the screen, shown when the pointer is over it. */
const HIDDEN = 2;
const PRINT = 4;
const NO_VIEW = 32;
const TOGGLE_NO_VIEW = 256;
/** Octets of an appearance looked at; one that is longer shows something. */
const SMALL = 64 * 1024;

function sides(document: PdfDocument, value: PdfValue): readonly [width: number, height: number] | null {
  if (!isArray(value) || value.items.length !== 4) return null;
  const numbers = value.items.map((item) => resolve(document, item));
  if (!numbers.every((item) => typeof item === 'number')) return null;
  const [a = 0, b = 0, c = 0, d = 0] = numbers as number[];
  return [Math.abs(c - a), Math.abs(d - b)];
}

/** Whether an appearance stream draws nothing: empty but for saving and restoring the state. */
function isBlank(stream: PdfStream): boolean {
  try {
    const content = Buffer.from(decodeStream(stream, SMALL)).toString('latin1');
    return /^(?:\s|%[^\r\n]*[\r\n]|[qQ](?=\s|$)|n(?=\s|$))*$/.test(content);
  } catch (error) {
    if (error instanceof PdfSyntaxError) return false;
    throw error;
  }
}

function drawsNothing(document: PdfDocument, value: PdfValue, depth = 0): boolean {
  if (value === null) return true;
  if (isStream(value)) return isBlank(value);
  if (!isDict(value) || depth > 1) return false;
  return [...value.entries.values()].every((item) =>
    drawsNothing(document, resolve(document, item), depth + 1),
  );
}

/** Whether a widget has a ground of its own, which some readers paint where it has no appearance. */
function hasGround(document: PdfDocument, widget: PdfDict): boolean {
  const look = get(document, widget, 'MK');
  return isDict(look) && getItems(document, look, 'BG').length > 0;
}

/** Neither on the screen nor on paper, whatever the pointer does. */
function isKeptFromView(flags: PdfValue): boolean {
  if (typeof flags !== 'number') return false;
  return (flags & HIDDEN) !== 0 || ((flags & NO_VIEW) !== 0 && (flags & (PRINT | TOGGLE_NO_VIEW)) === 0);
}

/** Whether a widget or another annotation shows anything on its page, on the screen or on paper. */
export function isVisible(document: PdfDocument, widget: PdfDict): boolean {
  const size = sides(document, get(document, widget, 'Rect'));
  if (size !== null && (size[0] === 0 || size[1] === 0)) return false;
  if (isKeptFromView(get(document, widget, 'F'))) return false;
  return !drawsNothing(document, get(document, widget, 'AP')) || hasGround(document, widget);
}

/** A4, where no page can be found. */
const A4_AREA = 595 * 842;
/** From this share of its page on a widget is taken for a cover, not for a signature. */
const COVER = 0.5;

const pagesOf = new WeakMap<PdfDocument, readonly PdfPage[]>();

function pages(document: PdfDocument): readonly PdfPage[] {
  const known = pagesOf.get(document) ?? listPages(document);
  pagesOf.set(document, known);
  return known;
}

function areaOf({ box: [left, bottom, right, top] }: PdfPage): number {
  return (right - left) * (top - bottom);
}

/** The pages an annotation may be on: those that list it, and the one it names if that is a page; else the smallest there is. */
function holdersOf(document: PdfDocument, { dict, num }: Shown): readonly PdfPage[] {
  const named = dict.entries.get('P');
  const holders = pages(document).filter(
    (page) =>
      (isRef(named) && page.num === named.num) ||
      getItems(document, page.dict, 'Annots').some((item) => isRef(item) && item.num === num),
  );
  if (holders.length > 0) return holders;
  const bySize = pages(document).toSorted((a, b) => areaOf(a) - areaOf(b));
  return bySize.slice(0, 1);
}

/** An annotation as it stands in a file. */
export interface Shown {
  readonly dict: PdfDict;
  /** Object number; null when it is written directly. */
  readonly num: number | null;
}

/** Adds to each page the share of it that an annotation takes up. */
function addShares(document: PdfDocument, shown: Shown, shares: Map<PdfPage | null, number>): void {
  const rectangle = get(document, shown.dict, 'Rect');
  if (rectangle === null || !isVisible(document, shown.dict)) return;
  // A box that is none is read by some as far as it goes.
  const [width, height] = sides(document, rectangle) ?? [Number.POSITIVE_INFINITY, 1];
  const holders = holdersOf(document, shown);
  for (const page of holders.length > 0 ? holders : [null]) {
    const area = (page === null ? 0 : areaOf(page)) || A4_AREA;
    shares.set(page, (shares.get(page) ?? 0) + (width * height) / area);
  }
}

/** Whether annotations that show something take up, together, so much of one page that they hide what was signed. */
export function hidesPage(document: PdfDocument, shown: readonly Shown[]): boolean {
  const shares = new Map<PdfPage | null, number>();
  for (const item of shown) addShares(document, item, shares);
  return [...shares.values()].some((share) => share > COVER);
}
