/** Text behind a picture: shown by the page, seen by nobody. Some scanners lay what they read under the scan. */
import { call, PageObject, type Wasm, withMemory } from './pdfium-wasm.ts';

/** Text that an image painted after it covers. */
export interface CoveredText {
  /** Text objects of PDFium (pointers). */
  objects: ReadonlySet<number>;
  /** The image's place among the images and forms the page paints, from 1; 0 when no text is covered. */
  coveredBy: number;
}

/** Page objects looked at. */
const MAX_OBJECTS = 5000;
/** Share of the page an image must cover to hide what is under it. */
const COVERS = 0.95;
/** Colour space of a stencil mask, which paints in places only (FPDF_COLORSPACE_UNKNOWN of fpdf_edit.h). */
const UNKNOWN_COLOURS = 0;
const METADATA_BYTES = 28;
const COLOURS_AT = 20;

const NOTHING: CoveredText = { objects: new Set(), coveredBy: 0 };

/** Bounds of an object, cut to the page: its share of the page. */
function shareOf(wasm: Wasm, object: number, [x0, y0, x1, y1]: readonly number[]): number {
  return withMemory(wasm, 16, (p) => {
    if (call(wasm.exports, 'FPDFPageObj_GetBounds', object, p, p + 4, p + 8, p + 12) === 0) return 0;
    const view = wasm.memory();
    const [left = 0, bottom = 0, right = 0, top = 0] = [0, 4, 8, 12].map((o) => view.getFloat32(p + o, true));
    const width = Math.min(right, x1 as number) - Math.max(left, x0 as number);
    const height = Math.min(top, y1 as number) - Math.max(bottom, y0 as number);
    const area = ((x1 as number) - (x0 as number)) * ((y1 as number) - (y0 as number));
    return area > 0 ? (Math.max(0, width) * Math.max(0, height)) / area : 0;
  });
}

function isStencil(wasm: Wasm, page: number, image: number): boolean {
  return withMemory(wasm, METADATA_BYTES, (p) => {
    if (call(wasm.exports, 'FPDFImageObj_GetImageMetadata', image, page, p) === 0) return true;
    return wasm.memory().getInt32(p + COLOURS_AT, true) === UNKNOWN_COLOURS;
  });
}

function textsOf(wasm: Wasm, object: number, type: number): number[] {
  if (type === PageObject.text) return [object];
  if (type !== PageObject.form) return [];
  const count = Math.min(MAX_OBJECTS, call(wasm.exports, 'FPDFFormObj_CountObjects', object));
  return Array.from({ length: count }, (_, i) =>
    call(wasm.exports, 'FPDFFormObj_GetObject', object, i),
  ).filter((own) => own !== 0 && call(wasm.exports, 'FPDFPageObj_GetType', own) === PageObject.text);
}

/**
 * Finds the text of a page that an opaque image over nearly all of it covers. Images with masks cannot be told from
 * others here: the file must have none.
 */
export function coveredText(wasm: Wasm, page: number): CoveredText {
  const fn = (name: string, ...args: number[]): number => call(wasm.exports, name, ...args);
  const box = withMemory(wasm, 16, (p) => {
    if (fn('FPDF_GetPageBoundingBox', page, p) === 0) return null;
    const view = wasm.memory();
    // left, top, right, bottom
    const [left, top, right, bottom] = [0, 4, 8, 12].map((o) => view.getFloat32(p + o, true));
    return [left, bottom, right, top] as number[];
  });
  const count = fn('FPDFPage_CountObjects', page);
  if (box === null || count > MAX_OBJECTS) return NOTHING;
  const above: number[] = [];
  let covered: CoveredText = NOTHING;
  let painted = 0;
  for (let i = 0; i < count; i++) {
    const object = fn('FPDFPage_GetObject', page, i);
    const type = object === 0 ? 0 : fn('FPDFPageObj_GetType', object);
    if (type === PageObject.image || type === PageObject.form) painted++;
    above.push(...textsOf(wasm, object, type));
    if (type !== PageObject.image || above.length === 0 || shareOf(wasm, object, box) < COVERS) continue;
    if (fn('FPDFPageObj_HasTransparency', object) !== 0 || isStencil(wasm, page, object)) continue;
    covered = { objects: new Set(above), coveredBy: painted };
  }
  return covered;
}
