/** Pages that are one JPEG and nothing else, as scanners make them: read without being drawn. */
import { textPieces } from '../../file-octets.ts';
import { call, INVISIBLE_TEXT, PageObject, type Wasm, withMemory } from './pdfium-wasm.ts';

/** How a page shows its JPEG. */
export interface WholeJpeg {
  /** Dots per inch. */
  dpi: number;
  /** Clockwise, by the page's /Rotate. */
  turned: 0 | 90 | 180 | 270;
}

/** `FPDF_COLORSPACE_DEVICEGRAY` and `…_DEVICERGB` of fpdf_edit.h: what a decoder makes of the file is what is shown. */
const PLAIN_COLOURS: readonly number[] = [1, 2];
/** A coarser picture is drawn, which makes it larger: letters get too small to read. */
const LEAST_DPI = 140;
/** Objects of a page looked at: an old text layer has some hundred. */
const MAX_OBJECTS = 5000;
/** Points the picture's corners may lie off those of the page. */
const SLACK_PT = 1;
/** Names in an image's dictionary that change what is seen of it (ISO 32000-1 §8.9.5). */
const ODD_IMAGE = /\/(?:Decode|SMask|Mask|SMaskInData)\s*[[\d]/;

/** Room for a name that lies across the end of a piece. */
const LONGEST_NAME = 64;

/**
 * Whether a file may hold images shown otherwise than they decode: with levels turned over, or through a mask. Image
 * dictionaries are never inside compressed streams (ISO 32000-1 §7.5.7), so the bytes tell.
 */
export async function hasOddImages(path: string): Promise<boolean> {
  for await (const piece of textPieces(path, LONGEST_NAME)) if (ODD_IMAGE.test(piece)) return true;
  return false;
}

/** The one image of a page that shows nothing else, 0 when there is more to see. */
function onlyImage(fn: (name: string, ...args: number[]) => number, page: number): number {
  const count = fn('FPDFPage_CountObjects', page);
  if (count > MAX_OBJECTS || fn('FPDFPage_GetAnnotCount', page) > 0) return 0;
  let image = 0;
  for (let i = 0; i < count; i++) {
    const object = fn('FPDFPage_GetObject', page, i);
    const type = object === 0 ? 0 : fn('FPDFPageObj_GetType', object);
    if (type === PageObject.image && image === 0) image = object;
    else if (type !== PageObject.text || fn('FPDFTextObj_GetTextRenderMode', object) !== INVISIBLE_TEXT)
      return 0;
  }
  if (image === 0 || fn('FPDFPageObj_HasTransparency', image) !== 0) return 0;
  const clip = fn('FPDFPageObj_GetClipPath', image);
  return clip !== 0 && fn('FPDFClipPath_CountPaths', clip) > 0 ? 0 : image;
}

/** Floats PDFium writes for one question. */
function floats(wasm: Wasm, count: number, ask: (pointer: number) => number): number[] | null {
  return withMemory(wasm, 4 * count, (p) => {
    if (ask(p) === 0) return null;
    const view = wasm.memory();
    return Array.from({ length: count }, (_, i) => view.getFloat32(p + 4 * i, true));
  });
}

/** Whether an image lies upright and exactly over the page. */
function fillsPage(wasm: Wasm, page: number, image: number): boolean {
  const fn = (name: string, ...args: number[]): number => call(wasm.exports, name, ...args);
  const matrix = floats(wasm, 6, (p) => fn('FPDFPageObj_GetMatrix', image, p));
  // left, top, right, bottom
  const box = floats(wasm, 4, (p) => fn('FPDF_GetPageBoundingBox', page, p));
  if (!matrix || !box) return false;
  const [a, b, c, d, e, f] = matrix as [number, number, number, number, number, number];
  const [left, top, right, bottom] = box as [number, number, number, number];
  const ends = [b, c, e - left, f - bottom, e + a - right, f + d - top];
  return a > 0 && d > 0 && ends.every((off) => Math.abs(off) <= SLACK_PT);
}

/** The name of an image's only filter, `null` when it has none or several. */
function filterOf(wasm: Wasm, image: number): string | null {
  const fn = (name: string, ...args: number[]): number => call(wasm.exports, name, ...args);
  if (fn('FPDFImageObj_GetImageFilterCount', image) !== 1) return null;
  const room = 32;
  return withMemory(wasm, room, (p) => {
    const length = fn('FPDFImageObj_GetImageFilter', image, 0, p, room);
    if (length < 1 || length > room) return null;
    return Buffer.from(wasm.bytes().subarray(p, p + length - 1)).toString('latin1');
  });
}

/** Size and colour space of an image (FPDF_IMAGEOBJ_METADATA). */
function metadataOf(wasm: Wasm, page: number, image: number) {
  return withMemory(wasm, 28, (p) => {
    if (call(wasm.exports, 'FPDFImageObj_GetImageMetadata', image, page, p) === 0) return null;
    const view = wasm.memory();
    return {
      width: view.getUint32(p, true),
      height: view.getUint32(p + 4, true),
      colours: view.getInt32(p + 20, true),
    };
  });
}

/**
 * The JPEG a page consists of, when it fills it, upright in user space, in plain grey or RGB, is fine enough to be
 * read and has at most `maxPixels`; else `null`. The file must not have {@link hasOddImages}.
 * @param unit 72nds of an inch to a unit of the page
 */
export function jpegOfPage(
  wasm: Wasm,
  page: number,
  maxPixels: number,
  unit: number,
): (WholeJpeg & { bytes: Uint8Array }) | null {
  const fn = (name: string, ...args: number[]): number => call(wasm.exports, name, ...args);
  const image = onlyImage(fn, page);
  if (image === 0 || !fillsPage(wasm, page, image) || filterOf(wasm, image) !== 'DCTDecode') return null;
  const facts = metadataOf(wasm, page, image);
  if (!facts || !PLAIN_COLOURS.includes(facts.colours)) return null;
  const { width, height } = facts;
  if (width < 1 || height < 1 || width * height > maxPixels) return null;
  const turned = ((((fn('FPDFPage_GetRotation', page) * 90) % 360) + 360) % 360) as WholeJpeg['turned'];
  const sideways = turned === 90 || turned === 270;
  const shownWidth = fn('FPDF_GetPageWidth', page);
  const dpi = Math.round(((sideways ? height : width) * 72) / (shownWidth * unit));
  const size = fn('FPDFImageObj_GetImageDataRaw', image, 0, 0);
  if (size < 1 || dpi < LEAST_DPI) return null;
  return withMemory(wasm, size, (p) => {
    if (fn('FPDFImageObj_GetImageDataRaw', image, p, size) !== size) return null;
    return { dpi, turned, bytes: wasm.bytes().slice(p, p + size) };
  });
}
