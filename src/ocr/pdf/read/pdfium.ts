import { writeFile } from 'node:fs/promises';
import { OcrError } from '../../errors.ts';
import { hasRed } from '../../image/red.ts';
import type { OcrWord, ReadLine } from '../../types.ts';
import { coveredText } from './covered-text.ts';
import { collectLayerLines, type LayerChar } from './layer-words.ts';
import { READ_BLOCK } from './pdfium-file.ts';
import {
  call,
  INVISIBLE_TEXT,
  loadPdfium,
  PageObject,
  reserveForFile,
  type Wasm,
  withMemory,
} from './pdfium-wasm.ts';
import { userUnitOf } from './user-unit.ts';
import { hasOddImages, jpegOfPage, type WholeJpeg } from './whole-jpeg.ts';

/** What a page of a PDF holds. */
export interface PdfPageFacts {
  /** Points, as shown (after /Rotate and crop). */
  widthPt: number;
  heightPt: number;
  /** Characters that are not blank. */
  characters: number;
  /** Of these, drawn invisibly or behind a picture: an OCR layer. */
  invisible: number;
  /** The picture that covers text, by its place among the images and forms the page paints, from 1; 0: none does. */
  coveredBy: number;
  /** Of these, without a known meaning: the PDF has no Unicode value for them. */
  unmapped: number;
  /** Share of the page covered by images, 0 to 1. */
  imageCoverage: number;
  /** Text of the layer, for judging it. */
  text: string;
}

/** An open PDF. */
export interface PdfSource {
  readonly pages: number;
  readonly signatures: number;
  facts(index: number): PdfPageFacts;
  /** Draws a page to a file of raw rows: RGB, or the red channel alone, which is what is read of a page without red. */
  render(index: number, drawing: Drawing, path: string): Promise<RenderedPage>;
  /** Writes the JPEG a page consists of to a file, as it is; `null` when the page is anything else. */
  wholeJpeg(index: number, maxPixels: number, path: string): Promise<WholeJpeg | null>;
  /** Words of the text layer in pixels at `dpi`. */
  layer(index: number, dpi: number): { width: number; height: number; lines: ReadLine[] };
}

/** How a page is to be drawn. */
export interface Drawing {
  /** Dots per inch, fewer when the page would get too large. */
  dpi: number;
  maxPixels: number;
  /** RGB, for a picture people look at; otherwise one channel, unless the page has red print. */
  inColour: boolean;
}

/** A drawn page. */
export interface RenderedPage {
  width: number;
  height: number;
  channels: 1 | 3;
  /** Resolution after the pixel cap. */
  dpi: number;
}

const PASSWORD_ERROR = 4;
const SECURITY_ERROR = 5;
const BITMAP_BGRX = 3;
const RENDER_ANNOTATIONS = 0x01;
/** Largest drawing of one page: A1 at 170 dpi, A4 at 500. Bigger pages are drawn coarser. */
const MAX_DRAWN_PIXELS = 24_000_000;
/** Characters looked at in one page: more is not a page of a document. */
const MAX_CHARACTERS = 200_000;
/** Page objects looked at when measuring image coverage. */
const MAX_OBJECTS = 5000;

/** Bytes read of a document, the pictures of sixty pages, from which it is opened anew. */
const KEPT_BYTES = 24 * 1024 * 1024;

/** Loads PDFium before a file is there. */
export async function loadReader(): Promise<void> {
  await loadPdfium();
}

export { unloadPdfium as unloadReader } from './pdfium-wasm.ts';

/**
 * Opens a PDF with PDFium. A bomb can kill the module for good: use it in a disposable process only.
 * @throws OcrError OCR_PASSWORD_REQUIRED, OCR_DAMAGED_FILE
 */
export async function openPdf(path: string): Promise<PdfSource> {
  const wasm = await loadPdfium();
  const fn = (name: string, ...args: number[]): number => call(wasm.exports, name, ...args);
  const { file, size } = wasm.files.open(path);
  reserveForFile(size);
  let document = loadDocument(wasm, file, size);
  /** Bytes taken of the file until which it stays open. One whose table is broken is read whole at each opening. */
  const stay = KEPT_BYTES + wasm.files.taken(file);
  let until = wasm.files.taken(file) + stay;
  if (document === 0) {
    const code = fn('FPDF_GetLastError');
    if (code === PASSWORD_ERROR) throw new OcrError('OCR_PASSWORD_REQUIRED');
    throw new OcrError('OCR_DAMAGED_FILE', {
      reason: code === SECURITY_ERROR ? 'unknown encryption' : `PDF error ${code}`,
    });
  }
  const odd = await hasOddImages(path);
  const unit = await userUnitOf(path);
  /** PDFium keeps every object it has read of a document: opened anew, it has none. */
  function refresh(): void {
    if (wasm.files.taken(file) < until) return;
    fn('FPDF_CloseDocument', document);
    document = loadDocument(wasm, file, size);
    if (document === 0) throw new OcrError('OCR_DAMAGED_FILE', { reason: 'cannot be opened again' });
    until = wasm.files.taken(file) + stay;
  }
  function withPage<T>(index: number, use: (page: number) => T): T {
    refresh();
    const page = fn('FPDF_LoadPage', document, index);
    if (page === 0) throw new OcrError('OCR_DAMAGED_FILE', { reason: 'page cannot be read' });
    try {
      return use(page);
    } finally {
      fn('FPDF_ClosePage', page);
    }
  }
  return {
    pages: fn('FPDF_GetPageCount', document),
    signatures: Math.max(0, fn('FPDF_GetSignatureCount', document)),
    facts: (index) => withPage(index, (page) => readFacts(wasm, page, odd)),
    async render(index, drawing, path) {
      const { pixels, ...rendered } = withPage(index, (page) => renderPage(wasm, page, drawing, unit));
      await writeFile(path, pixels, { mode: 0o600 });
      return rendered;
    },
    async wholeJpeg(index, maxPixels, path) {
      if (odd) return null;
      const most = Math.min(maxPixels, MAX_DRAWN_PIXELS);
      const found = withPage(index, (page) => jpegOfPage(wasm, page, most, unit));
      if (found) await writeFile(path, found.bytes, { mode: 0o600 });
      return found && { dpi: found.dpi, turned: found.turned };
    },
    layer: (index, dpi) => withPage(index, (page) => readLayer(wasm, page, dpi * unit)),
  };
}

/** Opens a file through `FPDF_FILEACCESS` (fpdfview.h): its length, the function that reads it, and which file it is. */
function loadDocument(wasm: Wasm, file: number, size: number): number {
  return withMemory(wasm, 12, (access) => {
    const view = wasm.memory();
    view.setUint32(access, size, true);
    view.setUint32(access + 4, READ_BLOCK, true);
    view.setUint32(access + 8, file, true);
    return call(wasm.exports, 'FPDF_LoadCustomDocument', access, 0);
  });
}

function pageSize(wasm: Wasm, page: number): { width: number; height: number } {
  return {
    width: call(wasm.exports, 'FPDF_GetPageWidth', page),
    height: call(wasm.exports, 'FPDF_GetPageHeight', page),
  };
}

function renderPage(
  wasm: Wasm,
  page: number,
  { dpi, maxPixels, inColour }: Drawing,
  unit: number,
): RenderedPage & { pixels: Uint8Array } {
  const fn = (name: string, ...args: number[]): number => call(wasm.exports, name, ...args);
  const units = pageSize(wasm, page);
  const [widthPt, heightPt] = [units.width * unit, units.height * unit];
  const wanted = (widthPt * heightPt * dpi * dpi) / (72 * 72);
  const allowed = Math.min(maxPixels, MAX_DRAWN_PIXELS) * 0.99;
  const used = wanted > allowed ? dpi * Math.sqrt(allowed / wanted) : dpi;
  const width = Math.max(1, Math.floor((widthPt * used) / 72 + 0.5));
  const height = Math.max(1, Math.floor((heightPt * used) / 72 + 0.5));
  return withMemory(wasm, width * height * 4, (buffer) => {
    const bitmap = fn('FPDFBitmap_CreateEx', width, height, BITMAP_BGRX, buffer, width * 4);
    if (bitmap === 0) throw new OcrError('OCR_TOO_LARGE', { reason: 'PDF bitmap' });
    fn('FPDFBitmap_FillRect', bitmap, 0, 0, width, height, 0xffffffff);
    fn('FPDF_RenderPageBitmap', bitmap, page, 0, 0, width, height, 0, RENDER_ANNOTATIONS);
    fn('FPDFBitmap_Destroy', bitmap);
    const drawn = wasm.bytes().subarray(buffer, buffer + width * height * 4);
    // What is printed in red is read in another channel.
    const keepsColour = inColour || hasRed({ data: drawn, width, height, channels: 4 }, 2);
    const channels = keepsColour ? 3 : 1;
    const pixels = keepsColour ? toRgb(drawn) : redOf(drawn);
    return { width, height, channels, dpi: Math.max(1, Math.round(used)), pixels };
  });
}

/** BGRX to RGB. */
function toRgb(drawn: Uint8Array): Uint8Array {
  const pixels = new Uint8Array((drawn.length / 4) * 3);
  for (let i = 0, from = 0; i < pixels.length; i += 3, from += 4) {
    pixels[i] = drawn[from + 2] as number;
    pixels[i + 1] = drawn[from + 1] as number;
    pixels[i + 2] = drawn[from] as number;
  }
  return pixels;
}

/** BGRX to its red channel. */
function redOf(drawn: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(drawn.length / 4);
  for (let i = 0, from = 2; i < pixels.length; i++, from += 4) pixels[i] = drawn[from] as number;
  return pixels;
}

function withTextPage<T>(wasm: Wasm, page: number, use: (text: number, count: number) => T): T {
  const text = call(wasm.exports, 'FPDFText_LoadPage', page);
  if (text === 0) return use(0, 0);
  try {
    const count = call(wasm.exports, 'FPDFText_CountChars', text);
    return use(text, Math.min(MAX_CHARACTERS, Math.max(0, count)));
  } finally {
    call(wasm.exports, 'FPDFText_ClosePage', text);
  }
}

function readFacts(wasm: Wasm, page: number, odd: boolean): PdfPageFacts {
  const { width, height } = pageSize(wasm, page);
  // A picture with a mask lets through what is behind it.
  const covered = odd ? null : coveredText(wasm, page);
  const layer = withTextPage(wasm, page, (text, count) => {
    let characters = 0;
    let invisible = 0;
    let unmapped = 0;
    let content = '';
    for (let i = 0; i < count; i++) {
      const code = call(wasm.exports, 'FPDFText_GetUnicode', text, i);
      content += String.fromCodePoint(code > 0x10ffff ? 0xfffd : code);
      if (code <= 32) continue;
      characters++;
      if (call(wasm.exports, 'FPDFText_HasUnicodeMapError', text, i) === 1) unmapped++;
      const object = call(wasm.exports, 'FPDFText_GetTextObject', text, i);
      const unseen =
        object !== 0 &&
        (covered?.objects.has(object) ||
          call(wasm.exports, 'FPDFTextObj_GetTextRenderMode', object) === INVISIBLE_TEXT);
      if (unseen) invisible++;
    }
    return { characters, invisible, unmapped, text: content };
  });
  return {
    widthPt: width,
    heightPt: height,
    imageCoverage: imageCoverage(wasm, page, width * height),
    coveredBy: covered?.coveredBy ?? 0,
    ...layer,
  };
}

/** Share of the page under images; forms are looked into one level deep (wrappers of scanners). */
function imageCoverage(wasm: Wasm, page: number, pageArea: number): number {
  const fn = (name: string, ...args: number[]): number => call(wasm.exports, name, ...args);
  let covered = 0;
  const count = Math.min(MAX_OBJECTS, fn('FPDFPage_CountObjects', page));
  for (let i = 0; i < count; i++) {
    const object = fn('FPDFPage_GetObject', page, i);
    const type = object === 0 ? 0 : fn('FPDFPageObj_GetType', object);
    const hasImage = type === PageObject.image || (type === PageObject.form && formHasImage(fn, object));
    if (hasImage) covered += objectArea(wasm, object);
  }
  return pageArea > 0 ? Math.min(1, covered / pageArea) : 0;
}

function formHasImage(fn: (name: string, ...args: number[]) => number, form: number): boolean {
  const count = Math.min(200, fn('FPDFFormObj_CountObjects', form));
  for (let i = 0; i < count; i++) {
    const object = fn('FPDFFormObj_GetObject', form, i);
    if (object !== 0 && fn('FPDFPageObj_GetType', object) === PageObject.image) return true;
  }
  return false;
}

function objectArea(wasm: Wasm, object: number): number {
  return withMemory(wasm, 16, (p) => {
    if (call(wasm.exports, 'FPDFPageObj_GetBounds', object, p, p + 4, p + 8, p + 12) === 0) return 0;
    const view = wasm.memory();
    const [left, bottom, right, top] = [0, 4, 8, 12].map((o) => view.getFloat32(p + o, true)) as [
      number,
      number,
      number,
      number,
    ];
    return Math.max(0, right - left) * Math.max(0, top - bottom);
  });
}

function readLayer(
  wasm: Wasm,
  page: number,
  dpi: number,
): { width: number; height: number; lines: ReadLine[] } {
  const { width, height } = pageSize(wasm, page);
  const scale = dpi / 72;
  const toDisplay = displayTransform(wasm, page, width, height);
  const chars = withTextPage(wasm, page, (text, count) =>
    withMemory(wasm, 32, (p) => {
      const out: LayerChar[] = [];
      for (let i = 0; i < count; i++) {
        const code = call(wasm.exports, 'FPDFText_GetUnicode', text, i);
        const boxed = call(wasm.exports, 'FPDFText_GetCharBox', text, i, p, p + 8, p + 16, p + 24) !== 0;
        const view = wasm.memory();
        const [left, right, bottom, top] = [0, 8, 16, 24].map((o) => view.getFloat64(p + o, true)) as [
          number,
          number,
          number,
          number,
        ];
        const character = String.fromCodePoint(code > 0x10ffff ? 0xfffd : code);
        out.push({ character, box: boxed ? toDisplay(left, bottom, right, top, scale) : null });
      }
      return out;
    }),
  );
  return {
    width: Math.round(width * scale),
    height: Math.round(height * scale),
    lines: collectLayerLines(chars),
  };
}

type ToDisplay = (left: number, bottom: number, right: number, top: number, scale: number) => OcrWord['box'];

/** User space of the page → pixels as shown, by crop box and /Rotate. */
function displayTransform(wasm: Wasm, page: number, width: number, height: number): ToDisplay {
  const rotation = call(wasm.exports, 'FPDFPage_GetRotation', page);
  const [x0, y0] = cropOrigin(wasm, page);
  return (left, bottom, right, top, scale) => {
    const [l, b, r, t] = [left - x0, bottom - y0, right - x0, top - y0];
    const shown =
      rotation === 1
        ? [b, l, t, r]
        : rotation === 2
          ? [width - r, b, width - l, t]
          : rotation === 3
            ? [width - t, height - r, width - b, height - l]
            : [l, height - t, r, height - b];
    return shown.map((v) => Math.round(v * scale)) as OcrWord['box'];
  };
}

function cropOrigin(wasm: Wasm, page: number): [number, number] {
  return withMemory(wasm, 16, (p) => {
    for (const name of ['FPDFPage_GetCropBox', 'FPDFPage_GetMediaBox']) {
      if (call(wasm.exports, name, page, p, p + 4, p + 8, p + 12) !== 0) {
        const view = wasm.memory();
        return [view.getFloat32(p, true), view.getFloat32(p + 4, true)];
      }
    }
    return [0, 0];
  });
}
