import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OcrError, type OcrErrorCode } from './errors.ts';
import type { OcrLimits } from './limits.ts';
import { type Child, childScript, startChild } from './process/child.ts';
import type { DossierPage, RenderResult } from './process/dossier.ts';
import type { Semaphore } from './semaphore.ts';
import type {
  OcrBarcode,
  OcrEngine,
  OcrFields,
  OcrPage,
  OcrProgress,
  OcrResult,
  PageReading,
  PageSource,
} from './types.ts';

/** One dossier on its way through the processes. */
export interface DossierJob {
  paths: string[];
  /** Private folder for page images. */
  folder: string;
  /** Where the searchable PDF is written. */
  pdfPath: string;
  engine: OcrEngine;
  slots: Semaphore;
  jobs: number;
  limits: OcrLimits;
  pageTimeoutMs: number;
  redo: boolean;
  signal: AbortSignal;
  onProgress(progress: OcrProgress): void;
}

interface DonePage {
  page: OcrPage;
  barcodes: OcrBarcode[];
}

/** Pages prepared ahead of the recogniser, so that it never waits for PDFium. */
const LOOKAHEAD = 1;
/** Time for building the PDF, ms. */
const WRITE_TIMEOUT_MS = 5 * 60_000;

/** Opens, reads and writes one dossier in a process of its own, which ends with it. */
export async function runDossier(job: DossierJob): Promise<OcrResult> {
  const child = startChild(childScript(import.meta.url, './process/dossier-child'));
  try {
    job.onProgress({ page: 0, pages: 0, stage: 'open' });
    const pages = await ask<DossierPage[]>(
      job,
      child,
      'open',
      openRequest(job),
      job.limits.openTimeoutMs,
      'OCR_TIMEOUT',
    );
    const done = await readAll(job, child, pages);
    job.onProgress({ page: pages.length, pages: pages.length, stage: 'fields' });
    const fields = await ask<OcrFields>(job, child, 'fields', null, WRITE_TIMEOUT_MS, 'OCR_TIMEOUT');
    job.onProgress({ page: pages.length, pages: pages.length, stage: 'pdf' });
    const target = { target: job.pdfPath, maxPixels: job.limits.pixelsPerPage };
    await ask<void>(job, child, 'write', target, WRITE_TIMEOUT_MS, 'OCR_TIMEOUT');
    job.onProgress({ page: pages.length, pages: pages.length, stage: 'done' });
    return { pages: done.map((d) => d.page), fields, barcodes: done.flatMap((d) => d.barcodes) };
  } finally {
    child.kill();
  }
}

function openRequest(job: DossierJob) {
  const { pages, pixelsPerPage } = job.limits;
  return { paths: job.paths, maxPages: pages, maxPixels: pixelsPerPage, redo: job.redo };
}

/** Calls the dossier process; its sudden death while reading a file is the file's fault. */
async function ask<T>(
  job: DossierJob,
  child: Child,
  method: string,
  argument: unknown,
  timeoutMs: number,
  timeoutCode: OcrErrorCode,
): Promise<T> {
  try {
    return await child.call<T>(method, argument, { timeoutMs, timeoutCode, signal: job.signal });
  } catch (error) {
    if (
      error instanceof OcrError &&
      error.code === 'OCR_ENGINE_FAILED' &&
      !child.alive &&
      !job.signal.aborted
    ) {
      throw new OcrError('OCR_DAMAGED_FILE', { reason: 'reader stopped' }, error);
    }
    throw error;
  }
}

/** Reads all pages, a few at a time; the first failure stops the rest. */
async function readAll(job: DossierJob, child: Child, pages: readonly DossierPage[]): Promise<DonePage[]> {
  const done: DonePage[] = new Array(pages.length);
  const stop = new AbortController();
  const signal = AbortSignal.any([job.signal, stop.signal]);
  let next = 0;
  let finished = 0;
  const lane = async (): Promise<void> => {
    while (next < pages.length) {
      signal.throwIfAborted();
      const number = ++next;
      const page = pages[number - 1] as DossierPage;
      done[number - 1] = await readOne({ ...job, signal }, child, page, number);
      job.onProgress({ page: ++finished, pages: pages.length, stage: 'page' });
    }
  };
  const lanes = Array.from({ length: Math.min(pages.length, job.jobs + LOOKAHEAD) }, () =>
    lane().catch((error: unknown) => {
      stop.abort(error);
      throw error;
    }),
  );
  const failures = (await Promise.allSettled(lanes)).filter((r) => r.status === 'rejected');
  if (job.signal.aborted) throw job.signal.reason;
  if (failures.length > 0) throw stop.signal.reason;
  return done;
}

async function readOne(job: DossierJob, child: Child, page: DossierPage, number: number): Promise<DonePage> {
  const target = join(job.folder, `page-${number}`);
  try {
    const { reading, fromLayer } = await readPixels(job, child, page, number, target);
    await ask<void>(job, child, 'addPage', { number, page, reading }, WRITE_TIMEOUT_MS, 'OCR_TIMEOUT');
    const barcodes = reading.barcodes.map((code) => ({ ...code, page: number }));
    return { page: toPage(number, reading, fromLayer), barcodes };
  } catch (error) {
    if (error instanceof OcrError && error.details.page === undefined && !job.signal.aborted) {
      throw new OcrError(error.code, { ...error.details, page: number }, error.cause);
    }
    throw error;
  } finally {
    await rm(target, { force: true });
  }
}

async function readPixels(job: DossierJob, child: Child, page: DossierPage, number: number, target: string) {
  const maxPixels = job.limits.pixelsPerPage;
  if (page.kind === 'image') {
    const image = { kind: 'encoded' as const, path: page.path, index: page.index };
    return {
      reading: await readWithEngine(job, number, { image, dpi: page.dpi, mode: 'full', maxPixels }),
      fromLayer: false,
    };
  }
  const request = { page, target, maxPixels };
  const { image, dpi, layer } = await ask<RenderResult>(
    job,
    child,
    'render',
    request,
    job.limits.renderTimeoutMs,
    'OCR_PAGE_TIMEOUT',
  );
  if (!layer)
    return {
      reading: await readWithEngine(job, number, { image, dpi, mode: 'full', maxPixels }),
      fromLayer: false,
    };
  const codes = await readWithEngine(job, number, { image, dpi, mode: 'barcodes', maxPixels });
  const scale = layer.width / Math.max(1, codes.width);
  const barcodes = codes.barcodes.map((c) => ({
    ...c,
    box: c.box.map((v) => Math.round(v * scale)) as typeof c.box,
  }));
  return { reading: { ...codes, ...layer, barcodes }, fromLayer: true };
}

/** One page through the engine, within its time. Settles even if the engine never answers. */
async function readWithEngine(job: DossierJob, number: number, source: PageSource): Promise<PageReading> {
  const release = await job.slots.acquire(job.signal);
  const limit = new AbortController();
  const signal = AbortSignal.any([job.signal, limit.signal]);
  const timer = setTimeout(
    () => limit.abort(new OcrError('OCR_PAGE_TIMEOUT', { page: number, limit: job.pageTimeoutMs })),
    job.pageTimeoutMs,
  );
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    const reading = job.engine.readPage(source, signal);
    return await Promise.race([reading, aborted]);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof OcrError) throw error;
    throw new OcrError('OCR_ENGINE_FAILED', { page: number }, error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    release();
  }
}

function toPage(number: number, reading: PageReading, fromLayer: boolean): OcrPage {
  const words = reading.lines.flatMap((line) => line.words);
  const letters = words.reduce((sum, w) => sum + w.text.length, 0);
  const weight = words.reduce((sum, w) => sum + w.confidence * w.text.length, 0);
  return {
    number,
    width: reading.width,
    height: reading.height,
    dpi: Math.round(reading.dpi),
    rotation: reading.rotation,
    skewDegrees: reading.skewDegrees,
    source: fromLayer ? 'text-layer' : 'ocr',
    text: reading.lines.map((line) => line.words.map((w) => w.text).join(' ')).join('\n'),
    confidence: letters === 0 ? 0 : Math.round((1000 * weight) / letters) / 1000,
    words,
  };
}
