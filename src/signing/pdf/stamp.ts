/** Writes number and date into the page itself, as an incremental update of a file nobody has signed yet. */

import { formXObject } from '../appearance/drawing.ts';
import { uprightMatrix, userRect } from '../appearance/geometry.ts';
import type { drawIssue } from '../appearance/index.ts';
import { SigningError } from '../errors.ts';
import { inkOf } from './pdf-a.ts';
import { get, getDict, type PdfDocument } from './syntax/document.ts';
import type { PdfPage } from './syntax/pages.ts';
import { array, dict, isArray, isRef, type PdfValue, stream, withEntries } from './syntax/values.ts';
import { buildUpdate } from './syntax/write.ts';
import { added, newUpdate } from './update/fields.ts';

/** Moves the form, turned upright, to the lower left corner of its rectangle. */
function placing(page: PdfPage, rect: readonly [number, number, number, number]): string {
  const [x0, y0, x1, y1] = rect;
  const at = { 90: [x1, y0], 180: [x1, y1], 270: [x0, y1] }[page.rotate] ?? [x0, y0];
  return `1 0 0 1 ${at.map((value) => value.toFixed(3)).join(' ')} cm`;
}

/** The update that adds the drawing to the page: what was drawn before is put between `q` and `Q`, so that nothing of it lasts. */
export function stampIssue(
  document: PdfDocument,
  page: PdfPage,
  found: NonNullable<ReturnType<typeof drawIssue>>,
): Uint8Array {
  if (page.num === null)
    throw new SigningError('PDF_INVALID', { details: { reason: 'page is not an object of its own' } });
  const update = newUpdate(document);
  const add = (value: PdfValue) => added(update, value);
  const form = formXObject(found.drawing, uprightMatrix(page), add, inkOf(document));
  const rect = userRect(page, found.box);
  const before = add(stream({}, new Uint8Array(Buffer.from('q\n'))));
  const after = add(stream({}, new Uint8Array(Buffer.from(`\nQ q ${placing(page, rect)} /LtSoNgay Do Q\n`))));
  const entry = page.dict.entries.get('Contents');
  const contents = get(document, page.dict, 'Contents');
  const old = isArray(contents) ? contents.items : isRef(entry) ? [entry] : [];
  const resources = page.resources ?? dict({});
  const xObjects = getDict(document, resources, 'XObject') ?? dict({});
  update.changes.set(
    page.num,
    withEntries(page.dict, {
      Contents: array(before, ...old, after),
      Resources: withEntries(resources, { XObject: withEntries(xObjects, { LtSoNgay: form }) }),
    }),
  );
  return buildUpdate(document, update.changes).bytes;
}
