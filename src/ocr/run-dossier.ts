import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OcrError } from './errors.ts';
import { parseCitizenCard } from './fields/citizen-card.ts';
import type { OcrLimits } from './limits.ts';
import { CLOCK_PER_CPU } from './process/cpu-time.ts';
import type { DossierPage, RenderResult } from './process/dossier.ts';
import type { DossierProcesses } from './process/dossier-processes.ts';
import { createSession, type DossierSession, type Trouble, WRITE_TIMEOUT_MS } from './process/session.ts';
import { toPage, toProblem } from './results.ts';
import type { Semaphore } from './semaphore.ts';
import {
  type OcrEngine,
  type OcrFields,
  type OcrPage,
  type OcrProgress,
  type OcrResult,
  type PageReading,
  type PageSource,
  type PageStore,
  READING_DPI,
  type ReadingQuality,
} from './types.ts';

/** One dossier on its way through the processes. */
export interface DossierJob {
  paths: string[];
  /** Private folder for page images. */
  folder: string;
  /** Where the searchable PDF is written. */
  pdfPath: string;
  engine: OcrEngine;
  /** Recogniser and model, for the result, where they are known. */
  engineName: string | null;
  slots: Semaphore;
  jobs: number;
  limits: OcrLimits;
  /** CPU time for a page, ms. */
  pageLimitMs: number;
  /** Where the dossier's own process comes from. */
  processes: DossierProcesses;
  redo: boolean;
  quality: ReadingQuality;
  /** Write PDF/A-2b, always or where the pages allow it. */
  pdfa: boolean | 'if-possible';
  /** Small pictures of the pages for the store. */
  previews: boolean;
  /** Pages of this dossier are read before those of others. */
  urgent: boolean;
  /** Pages read before, and where pages are kept as they finish. */
  store: PageStore | null;
  signal: AbortSignal;
  onProgress(progress: OcrProgress): void;
}

interface DonePage {
  page: OcrPage;
  reading: PageReading | null;
  error: OcrError | null;
}

/** Pages prepared ahead of the recogniser, so that it never waits for PDFium. */
const LOOKAHEAD = 1;

/**
 * Pages from which the recognisers make room before the PDF is written: what the writer holds grows with the pages (100 MB at
 * 500), and their start anew (1 s of CPU time) is little beside what so many pages took.
 */
const LONG_DOSSIER = 100;

/** Opens, reads and writes one dossier in a process that serves no other meanwhile. */
export async function runDossier(job: DossierJob): Promise<OcrResult> {
  const session = createSession(job);
  let sound = false;
  try {
    job.onProgress({ page: 0, pages: 0, stage: 'open' });
    // Recognisers start while the files are being opened.
    job.engine.prepare?.(1, job.quality);
    const { pages, troubles } = await session.open();
    const toRead = pages.filter((page) => page.plan !== 'keep').length;
    job.engine.prepare?.(Math.min(toRead, job.jobs), job.quality);
    const done = await readAll(job, session, pages);
    if (pages.length >= LONG_DOSSIER) job.engine.rest?.();
    job.onProgress({ page: pages.length, pages: pages.length, stage: 'fields' });
    const fields = await session.ask<OcrFields>('fields', null, WRITE_TIMEOUT_MS);
    job.onProgress({ page: pages.length, pages: pages.length, stage: 'pdf' });
    const target = { target: job.pdfPath, maxPixels: job.limits.pixelsPerPage, pdfa: job.pdfa };
    await session.ask<void>('write', target, WRITE_TIMEOUT_MS);
    job.onProgress({ page: pages.length, pages: pages.length, stage: 'done' });
    sound = troubles.length === 0 && done.every(({ error }) => error === null);
    const result = toResult(done, fields, troubles);
    return job.engineName === null ? result : { engine: job.engineName, ...result };
  } finally {
    session.close(sound);
  }
}

function toResult(done: readonly DonePage[], fields: OcrFields, troubles: readonly Trouble[]): OcrResult {
  const unread = done.flatMap(({ error, page }) =>
    error ? [toProblem(error, { file: error.details.file ?? null, page: page.number })] : [],
  );
  return {
    pages: done.map((d) => d.page),
    fields,
    barcodes: done.flatMap(({ reading, page }) =>
      (reading?.barcodes ?? []).map((code) => {
        const citizenCard = parseCitizenCard(code.text);
        return { ...code, page: page.number, ...(citizenCard === null ? {} : { citizenCard }) };
      }),
    ),
    problems: [...troubles.map(({ file, error }) => toProblem(error, { file, page: null })), ...unread],
  };
}

/** Reads all pages, a few at a time. A page that fails is kept without text; only when all fail does the dossier. */
async function readAll(
  job: DossierJob,
  session: DossierSession,
  pages: readonly DossierPage[],
): Promise<DonePage[]> {
  const done: DonePage[] = new Array(pages.length);
  let next = 0;
  let finished = 0;
  const lane = async (): Promise<void> => {
    while (next < pages.length) {
      job.signal.throwIfAborted();
      const number = ++next;
      done[number - 1] = await finishPage(job, session, pages[number - 1] as DossierPage, number);
      job.onProgress({ page: ++finished, pages: pages.length, stage: 'page' });
    }
  };
  const lanes = Array.from({ length: Math.min(pages.length, job.jobs + LOOKAHEAD) }, () => lane());
  const failures = (await Promise.allSettled(lanes)).filter((r) => r.status === 'rejected');
  if (job.signal.aborted) throw job.signal.reason;
  if (failures[0]) throw failures[0].reason;
  const errors = done.flatMap((d) => (d.error ? [d.error] : []));
  if (errors.length === done.length && errors[0]) throw errors[0];
  return done;
}

/** One page, read now or before, handed to the session. */
async function finishPage(
  job: DossierJob,
  session: DossierSession,
  page: DossierPage,
  number: number,
): Promise<DonePage> {
  const before = (await job.store?.load(number)) ?? null;
  if (before) {
    await session.addPage({ number, page, reading: before.reading });
    return { page: toPage(number, before.reading, before.fromLayer), reading: before.reading, error: null };
  }
  try {
    const { reading, fromLayer } = await readOne(job, session, page, number);
    await job.store?.save(number, { reading, fromLayer });
    const { preview: _, ...kept } = reading;
    await session.addPage({ number, page, reading: kept });
    return { page: toPage(number, kept, fromLayer), reading: kept, error: null };
  } catch (error) {
    if (!(error instanceof OcrError) || job.signal.aborted) throw error;
    const named =
      error.details.page === undefined
        ? new OcrError(error.code, { ...error.details, page: number }, error.cause)
        : error;
    await session.addPage({ number, page, reading: null });
    const size = { width: 0, height: 0, dpi: page.dpi ?? 0, rotation: 0, skewDegrees: 0 };
    return { page: toPage(number, { ...size, lines: [], barcodes: [] }, false), reading: null, error: named };
  }
}

async function readOne(job: DossierJob, session: DossierSession, page: DossierPage, number: number) {
  const target = join(job.folder, `page-${number}`);
  try {
    return await readPixels(job, session, page, number, target);
  } finally {
    await rm(target, { force: true });
  }
}

async function readPixels(
  job: DossierJob,
  session: DossierSession,
  page: DossierPage,
  number: number,
  target: string,
): Promise<{ reading: PageReading; fromLayer: boolean }> {
  const { quality, previews: preview, pageLimitMs: cpuLimitMs } = job;
  const wishes = { quality, preview, maxPixels: job.limits.pixelsPerPage, cpuLimitMs };
  const { maxPixels } = wishes;
  if (page.kind === 'image') {
    const { path, index, square } = page;
    const image: PageSource['image'] = { kind: 'encoded', path, index, ...(square ? { square } : {}) };
    const source: PageSource = { image, dpi: page.dpi, mode: 'full', ...wishes };
    return { reading: await readWithEngine(job, number, source), fromLayer: false };
  }
  const drawing = { page, target, maxPixels, dpi: READING_DPI[job.quality], inColour: job.previews };
  const readFrom = async (drawn: boolean) => {
    const request = { ...drawing, drawn };
    const rendered = await session.ask<RenderResult>('render', request, job.limits.renderTimeoutMs);
    return readRendered(job, number, rendered, wishes);
  };
  try {
    return await readFrom(false);
  } catch (error) {
    const isPixels = error instanceof OcrError && JPEG_TROUBLE.includes(error.code);
    if (!isPixels || job.signal.aborted) throw error;
    return readFrom(true);
  }
}

/** What a page's own JPEG may be refused for; PDFium is more lenient and draws what is left of it. */
const JPEG_TROUBLE: readonly string[] = ['OCR_DAMAGED_FILE', 'OCR_TOO_LARGE'];

async function readRendered(
  job: DossierJob,
  number: number,
  { image, dpi, layer }: RenderResult,
  wishes: Pick<PageSource, 'quality' | 'preview' | 'maxPixels' | 'cpuLimitMs'>,
): Promise<{ reading: PageReading; fromLayer: boolean }> {
  if (!layer) {
    const source: PageSource = { image, dpi, mode: 'full', ...wishes };
    return { reading: await readWithEngine(job, number, source), fromLayer: false };
  }
  const codes = await readWithEngine(job, number, { image, dpi, mode: 'barcodes', ...wishes });
  const scale = layer.width / Math.max(1, codes.width);
  const barcodes = codes.barcodes.map((c) => ({
    ...c,
    box: c.box.map((v) => Math.round(v * scale)) as typeof c.box,
  }));
  return { reading: { ...codes, ...layer, barcodes }, fromLayer: true };
}

/** One page through the engine, which looks at its CPU time, within what the clock allows. Settles even if the engine never answers. */
async function readWithEngine(job: DossierJob, number: number, source: PageSource): Promise<PageReading> {
  const release = await job.slots.acquire(job.signal, job.urgent);
  const limit = new AbortController();
  const signal = AbortSignal.any([job.signal, limit.signal]);
  const timer = setTimeout(
    () => limit.abort(new OcrError('OCR_PAGE_TIMEOUT', { page: number, limit: job.pageLimitMs })),
    CLOCK_PER_CPU * job.pageLimitMs,
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
