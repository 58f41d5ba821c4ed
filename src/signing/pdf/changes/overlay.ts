/** What a widget that came after a signature shows, and how much of a page it hides (certification attacks EAA and SSA). */

import { get, type PdfDocument, resolve } from '../syntax/document.ts';
import { decodeStream } from '../syntax/filters.ts';
import { PdfSyntaxError } from '../syntax/parse.ts';
import { isArray, isDict, isStream, type PdfDict, type PdfStream, type PdfValue } from '../syntax/values.ts';

/** Bits of /F (ISO 32000-2 Table 167): not shown, not shown on the screen. */
const HIDDEN = 2;
const NO_VIEW = 32;
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

/** Whether a widget shows anything on its page. */
export function isVisible(document: PdfDocument, widget: PdfDict): boolean {
  const size = sides(document, get(document, widget, 'Rect'));
  if (size !== null && (size[0] === 0 || size[1] === 0)) return false;
  const flags = get(document, widget, 'F');
  if (typeof flags === 'number' && (flags & (HIDDEN | NO_VIEW)) !== 0) return false;
  return !drawsNothing(document, get(document, widget, 'AP'));
}

/** A4, for a widget that names no page. */
const A4_AREA = 595 * 842;
/** From this share of its page on a widget is taken for a cover, not for a signature. */
const COVER = 0.5;

/** Whether a widget that shows something takes up so much of its page that it hides what was signed. */
export function hidesPage(document: PdfDocument, widget: PdfDict): boolean {
  if (!isVisible(document, widget)) return false;
  const size = sides(document, get(document, widget, 'Rect'));
  const page = get(document, widget, 'P');
  const media = isDict(page) ? sides(document, get(document, page, 'MediaBox')) : null;
  const area = media === null || media[0] * media[1] === 0 ? A4_AREA : media[0] * media[1];
  return size !== null && (size[0] * size[1]) / area > COVER;
}
