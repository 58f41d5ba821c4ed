import { OcrError } from '../errors.ts';
import { extractFields } from '../fields/extract.ts';
import { type ImageFacts, readImageFacts } from '../image/sharp.ts';
import { readTiffPages } from '../image/tiff/pages.ts';
import { isBelievableLayer, isLegible } from '../pdf/read/layer-words.ts';
import { loadReader, openPdf, type PdfPageFacts, type PdfSource, unloadReader } from '../pdf/read/pdfium.ts';
import type { OutputPage } from '../pdf/writer.ts';
import { readHead, sniffFormat } from '../sniff.ts';
import { type OcrFields, type PageReading, READING_DPI } from '../types.ts';
import type { DossierPage, OpenRequest, RenderRequest, RenderResult, WriteRequest } from './dossier.ts';
import { serve } from './serve.ts';
import type { AddedPage } from './session.ts';

/** Resolution of a PDF page before it is drawn, and of one that cannot be. */
const RENDER_DPI = READING_DPI.normal;
const A4_LONG_SIDE_INCHES = 11.69;
/** Resolution a text layer's boxes are given in. */
const LAYER_DPI = 200;

/** The PDF library takes longer to load than a page to draw: it is loaded while pages are being read. */
const loadWriter = (): Promise<typeof import('../pdf/writer.ts')> => import('../pdf/writer.ts');

const pdfs = new Map<string, PdfSource>();
const images = new Map<string, ImageFacts>();
const finished = new Map<number, { output: OutputPage; reading: PageReading }>();

/** A full or failing disk for temporary files is no fault of the scan. */
const MACHINE_TROUBLES: readonly string[] = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE', 'ENFILE'];

/** Anything unforeseen while reading hostile bytes means the file, not us: PDFium aborts, stack overflows. */
async function blameFile<T>(file: number, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OcrError) throw new OcrError(error.code, { file, ...error.details }, error.cause);
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined && MACHINE_TROUBLES.includes(code))
      throw new OcrError('OCR_ENGINE_FAILED', { file, reason: code }, error);
    throw new OcrError('OCR_DAMAGED_FILE', { file, reason: 'reader stopped' }, error);
  }
}

type LayerPlan = Pick<DossierPage, 'plan' | 'coveredBy' | 'mute'>;

/** Characters from which a page has a text of its own, and from which one over a scan is more than a stamp. */
const MIN_TEXT = 20;
const MIN_TEXT_OVER_SCAN = 300;

/** Decides what to do with the text a PDF page already has. Text that is not what is seen is read from the page. */
function planPage(facts: PdfPageFacts, redo: boolean, isSigned: boolean): LayerPlan {
  const { text, unmapped, coveredBy } = facts;
  const decide = (plan: DossierPage['plan'], mute = false): LayerPlan => ({ plan, coveredBy, mute });
  const isScan = facts.imageCoverage >= 0.5;
  const visible = facts.characters - facts.invisible;
  const hasOldLayer = facts.invisible > visible && facts.invisible > 0;
  if (hasOldLayer) return decide(!redo && isBelievableLayer(text, unmapped) ? 'keep' : 'redo');
  const enough = visible >= (isScan ? MIN_TEXT_OVER_SCAN : MIN_TEXT);
  // Nothing can be added to a signed page: its text stays as it is.
  const isOwn = enough && (isSigned || isLegible(text, unmapped));
  return decide(isOwn ? 'keep' : 'read', enough && !isOwn);
}

async function openPdfFile(request: OpenRequest, file: number, path: string): Promise<DossierPage[]> {
  const pdf = await openPdf(path);
  pdfs.set(path, pdf);
  if (pdf.pages < 1) throw new OcrError('OCR_DAMAGED_FILE', { reason: 'no pages' });
  if (pdf.pages > request.maxPages)
    throw new OcrError('OCR_TOO_MANY_PAGES', { limit: request.maxPages, actual: pdf.pages });
  const pages: DossierPage[] = [];
  for (let index = 0; index < pdf.pages; index++) {
    pages.push({
      file,
      path,
      index,
      kind: 'pdf',
      dpi: RENDER_DPI,
      ...planPage(pdf.facts(index), request.redo, pdf.signatures > 0),
    });
  }
  if (pdf.signatures > 0 && pages.some((p) => p.plan !== 'keep')) throw new OcrError('OCR_SIGNED_DOCUMENT');
  return pages;
}

async function openImageFile(request: OpenRequest, file: number, path: string): Promise<DossierPage[]> {
  const facts = await readImageFacts(path, request.maxPixels);
  if (facts.pages > request.maxPages) {
    throw new OcrError('OCR_TOO_MANY_PAGES', { limit: request.maxPages, actual: facts.pages });
  }
  const pages: DossierPage[] = [];
  const all = facts.format === 'tiff' ? readTiffPages(path, facts, request.maxPixels) : [facts];
  for (const [index, own] of all.entries()) {
    images.set(imageKey({ path, index }), own);
    const { dpi, square } = own;
    const common = { file, path, index, kind: 'image', plan: 'read', coveredBy: 0, mute: false } as const;
    pages.push({ ...common, dpi, ...(square ? { square } : {}) });
  }
  return pages;
}

const imageKey = ({ path, index }: Pick<DossierPage, 'path' | 'index'>): string => `${index} ${path}`;

/** Files are buffers outside the heap, which alone would not make the collector run. */
function collectGarbage(): void {
  (globalThis as { gc?: () => void }).gc?.();
}

/** Held with an ordinary dossier open, bytes: 120 to 145 MB. */
const ORDINARY_RESIDENT = 160 * 1024 * 1024;

/** Between two steps of a dossier: not of a small one, which 15 ms of CPU cost as much as anything else done here. */
function collectIfMuch(): void {
  if (process.memoryUsage.rss() > ORDINARY_RESIDENT) collectGarbage();
}

async function open(request: OpenRequest): Promise<DossierPage[]> {
  const { file, path } = request;
  const pages = await blameFile(file, async () => {
    const format = sniffFormat(await readHead(path));
    if (format === null) throw new OcrError('OCR_UNSUPPORTED_FORMAT');
    return format === 'pdf' ? openPdfFile(request, file, path) : openImageFile(request, file, path);
  });
  collectIfMuch();
  return pages;
}

function source(path: string): PdfSource {
  const pdf = pdfs.get(path);
  if (!pdf) throw new TypeError('the file is not open');
  return pdf;
}

async function render({
  page,
  target,
  dpi: wanted,
  maxPixels,
  inColour,
  drawn,
}: RenderRequest): Promise<RenderResult> {
  return blameFile(page.file, async () => {
    const pdf = source(page.path);
    const layer = page.plan === 'keep' ? pdf.layer(page.index, LAYER_DPI) : null;
    const whole = drawn ? null : await pdf.wholeJpeg(page.index, maxPixels, target);
    if (whole) return { image: { kind: 'jpeg', path: target, turned: whole.turned }, dpi: whole.dpi, layer };
    const drawing = { dpi: wanted, maxPixels, inColour };
    const { width, height, channels, dpi } = await pdf.render(page.index, drawing, target);
    const image = { kind: 'raw' as const, path: target, width, height, channels };
    return { image, dpi, layer };
  });
}

/** The size a page would have had, had it been read. */
function unreadPage(page: DossierPage): PageReading {
  const facts = images.get(imageKey(page));
  const empty = { rotation: 0, skewDegrees: 0, lines: [], barcodes: [] };
  if (facts) {
    const dpi =
      facts.dpi ?? Math.max(72, Math.round(Math.max(facts.width, facts.height) / A4_LONG_SIDE_INCHES));
    const { width, height } = facts.square ?? facts;
    return { ...empty, width, height, dpi };
  }
  const [width, height] = [8.27, A4_LONG_SIDE_INCHES].map((inches) => Math.round(inches * RENDER_DPI));
  return { ...empty, width: width as number, height: height as number, dpi: RENDER_DPI };
}

/** Remembers what was read on a page; the document is built from it at the end. */
function addPage({ number, page, reading }: AddedPage): void {
  void loadWriter();
  const known = reading ?? unreadPage(page);
  const { width, height, dpi, rotation, skewDegrees, lines } = known;
  const output: OutputPage = {
    path: page.path,
    index: page.index,
    image: images.get(imageKey(page)) ?? null,
    dpi,
    width,
    height,
    rotation,
    skewDegrees,
    lines,
    keepLayer: page.plan === 'keep',
    dropOldLayer: page.plan === 'redo' && reading !== null,
    coveredBy: page.coveredBy,
    muteOldText: page.mute && reading !== null,
    unread: reading === null,
  };
  finished.set(number, { output, reading: known });
}

function inOrder(): { output: OutputPage; reading: PageReading }[] {
  return [...finished.entries()].sort(([a], [b]) => a - b).map(([, value]) => value);
}

serve({
  /** Loads what every dossier needs, before its files are known. */
  async load(): Promise<void> {
    await Promise.all([loadReader(), loadWriter()]);
  },
  /** Forgets the dossier, PDFium's memory and all it opened with it. Gives what the process still holds, bytes. */
  async forget(): Promise<number> {
    // At once, and only then anything that waits: the next dossier may be opened meanwhile.
    pdfs.clear();
    images.clear();
    finished.clear();
    const unloaded = unloadReader();
    const loaded = loadReader();
    await Promise.all([unloaded, loaded]);
    collectGarbage();
    return process.memoryUsage.rss();
  },
  open,
  render,
  addPage,
  fields: (): OcrFields => extractFields(inOrder().map((p) => p.reading)),
  async write({ target, maxPixels, pdfa }: WriteRequest): Promise<void> {
    const { writePdf } = await loadWriter();
    // All pages are read: what PDFium holds, every file among it, is not needed beside what the writer needs.
    pdfs.clear();
    await unloadReader();
    collectIfMuch();
    await blameFile(0, () =>
      writePdf(
        inOrder().map((p) => p.output),
        { maxPixels, pdfa },
        target,
      ),
    );
  },
});
