/**
 * The block of text in the top right corner of page 1 (NĐ 30/2020 App. I, Part II I.3c, III.1d): its lines broken and placed so
 * that it lies on nothing that stands there, neither print nor the block of an earlier signature.
 */
import { get, getItems, type PdfDocument, resolve } from '../pdf/syntax/document.ts';
import type { PdfPage } from '../pdf/syntax/pages.ts';
import { isArray, isDict, isName } from '../pdf/syntax/values.ts';
import { type Drawing, NOTE_STYLE, textDrawing, wrapText } from './drawing.ts';
import { type Box, MM, shownBox, shownSize } from './geometry.ts';
import { pageCharacters } from './page-text.ts';
import { textLines } from './text-lines.ts';

/** Widths tried, narrow first: a block of few words is a block, not a line across the page. */
const WIDTHS_MM = [75, 100, 130, 165];
/** Distances from the edges tried. */
const MARGINS_MM = [5, 3];
/** Between two blocks, points. */
const GAP = 8;
/** What may touch without being over one another, points. */
const TOLERANCE = 0.5;

/** A note where it goes. */
export interface PlacedNote {
  readonly drawing: Drawing;
  readonly x: number;
  readonly y: number;
}

/** Boxes of printed lines: from the descenders to the top of accented capitals. */
function printed(document: PdfDocument, page: PdfPage): Box[] {
  return textLines(pageCharacters(document, page)).map(
    ({ x0, x1, y, size }): Box => [x0, y - size * 0.22, x1 - x0, size * 1.12],
  );
}

/** Boxes of what other signatures and forms show on the page. */
function widgets(document: PdfDocument, page: PdfPage): Box[] {
  return getItems(document, page.dict, 'Annots').flatMap((item): Box[] => {
    const annotation = resolve(document, item);
    if (!isDict(annotation) || !isName(get(document, annotation, 'Subtype'), 'Widget')) return [];
    const rect = get(document, annotation, 'Rect');
    const numbers = isArray(rect) ? rect.items.map((value) => Number(resolve(document, value))) : [];
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = numbers;
    return x0 === x1 || y0 === y1 || numbers.some(Number.isNaN) ? [] : [shownBox(page, [x0, y0, x1, y1])];
  });
}

function overlap(one: Box, other: Box): number {
  const width = Math.min(one[0] + one[2], other[0] + other[2]) - Math.max(one[0], other[0]) - TOLERANCE;
  const height = Math.min(one[1] + one[3], other[1] + other[3]) - Math.max(one[1], other[1]) - TOLERANCE;
  return width > 0 && height > 0 ? width * height : 0;
}

/** All ways to break and place it, the most wanted first: at the right edge, else beside a block that stands there. */
function* candidates(
  forms: readonly (readonly string[])[],
  size: { readonly width: number; readonly height: number },
  blocks: readonly Box[],
): Generator<PlacedNote> {
  for (const marginMm of MARGINS_MM)
    for (const lines of forms)
      for (const widthMm of WIDTHS_MM) {
        const margin = marginMm * MM;
        const room = Math.min(widthMm * MM, size.width - 2 * margin);
        const drawing = textDrawing(
          lines.flatMap((line) => wrapText(line, room, NOTE_STYLE.size)),
          NOTE_STYLE,
        );
        const y = size.height - margin - drawing.height;
        yield { drawing, x: size.width - margin - drawing.width, y };
        for (const [left] of blocks)
          if (left - GAP - drawing.width >= margin) yield { drawing, x: left - GAP - drawing.width, y };
      }
}

/**
 * Places a note.
 * @param forms its lines, the form most wanted first, closer ones after it.
 * @returns the first place where it lies on nothing; where there is none, the one where it lies on least.
 */
export function placeNote(
  document: PdfDocument,
  page: PdfPage,
  forms: readonly (readonly string[])[],
): PlacedNote | null {
  const size = shownSize(page);
  const band = size.height / 3;
  const blocks = widgets(document, page).filter(([, y, , height]) => y + height > size.height - band);
  const taken = [...printed(document, page), ...blocks];
  let best: { note: PlacedNote; over: number } | null = null;
  for (const note of candidates(forms, size, blocks)) {
    const box: Box = [note.x, note.y, note.drawing.width, note.drawing.height];
    const over = taken.reduce((sum, other) => sum + overlap(box, other), 0);
    if (over === 0) return note;
    if (best === null || over < best.over) best = { note, over };
  }
  return best?.note ?? null;
}
