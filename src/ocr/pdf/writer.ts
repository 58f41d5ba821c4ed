import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { degrees, PDFDocument, PDFHexString, type PDFPage, type PDFRef } from 'pdf-lib';
import { OcrError } from '../errors.ts';
import { createSpoolFile, openStreamFile, type SpoolFile, type StreamFile } from '../file-octets.ts';
import type { ImageFacts } from '../image/sharp.ts';
import type { ReadLine } from '../types.ts';
import { openDocument } from './disk/open.ts';
import { saveTo } from './disk/save.ts';
import { putAway } from './disk/stream.ts';
import { stripInvisibleText } from './invisible-text.ts';
import { makeArchivable } from './pdfa.ts';
import { convertCmykPictures } from './picture/cmyk.ts';
import { addImagePage } from './picture/image-page.ts';
import type { PictureOptions } from './picture/picture.ts';
import { sanitizePage, stripActions } from './sanitize.ts';
import { addGlyphlessFont, addLayer, type LayerPlacement, layerContent, muteText } from './text-layer.ts';

/** A page of the output: where the original is, and what was read on it. */
export interface OutputPage {
  /** Path of the input file. */
  path: string;
  /** 0-based page of that file. */
  index: number;
  /** Header facts of an image file; `null` for a PDF. */
  image: ImageFacts | null;
  dpi: number;
  /** Upright size in pixels. */
  width: number;
  height: number;
  /** How far the scan stood turned clockwise as shown before. */
  rotation: number;
  skewDegrees: number;
  lines: readonly ReadLine[];
  /** Keep the page as it is: its own text layer is good. */
  keepLayer: boolean;
  /** Remove an old invisible layer first. */
  dropOldLayer: boolean;
  /** That layer is text behind a picture: the picture's place among the images and forms the page paints, from 1. */
  coveredBy?: number;
  /** The page shows text whose characters mean something else than is seen: only what was read is to be found. */
  muteOldText?: boolean;
  /** The page could not be read: an image that cannot be shown either becomes an empty page. */
  unread?: boolean;
}

/** How the PDF is written. */
export interface WriteOptions {
  maxPixels: number;
  /** PDF/A-2b. */
  pdfa: boolean | 'if-possible';
}

const PRODUCER = 'Lien Thong';

/** Files the octets of the document are in until it is written. */
interface Sources {
  spool: SpoolFile;
  open: StreamFile[];
}

async function openSource(path: string, { spool, open }: Sources): Promise<PDFDocument> {
  try {
    const file = openStreamFile(path);
    open.push(file);
    return await openDocument(path, file, spool);
  } catch (error) {
    throw new OcrError('OCR_DAMAGED_FILE', { reason: 'PDF structure' }, error);
  }
}

/** The box readers show: crop box cut to the media box. */
function shownBox(page: PDFPage): LayerPlacement['box'] {
  const media = page.getMediaBox();
  const crop = page.getCropBox();
  const x0 = Math.max(media.x, crop.x);
  const y0 = Math.max(media.y, crop.y);
  const x1 = Math.min(media.x + media.width, crop.x + crop.width);
  const y1 = Math.min(media.y + media.height, crop.y + crop.height);
  if (x1 <= x0 || y1 <= y0) return [media.x, media.y, media.x + media.width, media.y + media.height];
  return [x0, y0, x1, y1];
}

const quarter = (angle: number): number => (((Math.round(angle / 90) * 90) % 360) + 360) % 360;

/** Writes the searchable PDF to the file `target`: original pages or images untouched, turned upright by /Rotate, text under them. */
export async function writePdf(
  pages: readonly OutputPage[],
  options: WriteOptions,
  target: string,
): Promise<void> {
  const spoolPath = `${target}.spool`;
  const sources: Sources = { spool: createSpoolFile(spoolPath), open: [] };
  try {
    await writeFrom(sources, pages, options, target);
  } finally {
    for (const file of [sources.spool, ...sources.open]) file.close();
    await rm(spoolPath, { force: true });
  }
}

async function writeFrom(
  sources: Sources,
  pages: readonly OutputPage[],
  { maxPixels, pdfa }: WriteOptions,
  target: string,
): Promise<void> {
  const document = await PDFDocument.create({ updateMetadata: false });
  document.setProducer(PRODUCER);
  document.setLanguage('vi-VN');
  const copies = await copyPdfPages(document, pages, sources);
  const hash = createHash('sha256');
  let font: PDFRef | null = null;
  for (const output of pages) {
    const copy = copies.get(output);
    const page = copy
      ? document.addPage(copy)
      : await imagePage(document, output, { maxPixels, rgbOnly: pdfa !== false });
    if (!copy) putAway(document.context, sources.spool);
    const shown = page.getRotation().angle;
    const rotate = quarter(shown - output.rotation);
    if (rotate !== shown) page.setRotation(degrees(rotate));
    hash.update(JSON.stringify([output.index, output.width, output.height, output.lines]));
    if (output.keepLayer || output.lines.length === 0) continue;
    if (output.muteOldText) muteText(document, page);
    font ??= addGlyphlessFont(document);
    addLayer(document, page, font, layerContent(output.lines, { ...output, box: shownBox(page), rotate }));
  }
  stripActions(document);
  for (const source of new Set(pages.map((p) => p.path)))
    for await (const part of createReadStream(source)) hash.update(part as Buffer);
  if (pdfa !== false) {
    await document.flush();
    await convertCmykPictures(document, maxPixels);
    archive(document, pdfa);
  }
  // A fixed identifier: the same input gives the same bytes.
  const id = PDFHexString.of(hash.digest('hex').slice(0, 32));
  document.context.trailerInfo.ID = document.context.obj([id, id]);
  await saveTo(document, target);
}

function archive(document: PDFDocument, pdfa: true | 'if-possible'): void {
  try {
    makeArchivable(document);
  } catch (error) {
    if (pdfa === true) throw error;
  }
}

async function imagePage(
  document: PDFDocument,
  output: OutputPage,
  options: PictureOptions,
): Promise<PDFPage> {
  const { image, index, dpi } = output;
  if (!image) throw new TypeError('a page without a source');
  try {
    return await addImagePage(document, output.path, image, index, dpi, options);
  } catch (error) {
    if (!output.unread) throw error;
    return document.addPage([(output.width * 72) / dpi, (output.height * 72) / dpi]);
  }
}

/** Copies all PDF pages, one call per source so that fonts and images shared by pages stay shared. */
async function copyPdfPages(
  document: PDFDocument,
  pages: readonly OutputPage[],
  sources: Sources,
): Promise<Map<OutputPage, PDFPage>> {
  const copies = new Map<OutputPage, PDFPage>();
  for (const path of new Set(pages.filter((p) => !p.image).map((p) => p.path))) {
    const wanted = pages.filter((p) => p.path === path);
    const source = await openSource(path, sources);
    try {
      const originals = source.getPages();
      for (const output of wanted) {
        const original = originals[output.index];
        if (!original) throw new RangeError('page tree is shorter than the page count');
        sanitizePage(original);
        if (output.dropOldLayer) stripInvisibleText(original, output.coveredBy);
      }
      const copied = await document.copyPages(
        source,
        wanted.map((p) => p.index),
      );
      wanted.forEach((output, i) => {
        const copy = copied[i];
        if (copy) copies.set(output, copy);
      });
    } catch (error) {
      throw new OcrError('OCR_DAMAGED_FILE', { reason: 'PDF pages' }, error);
    }
  }
  return copies;
}
