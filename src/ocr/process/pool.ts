import { OcrError } from '../errors.ts';
import type { OcrEngine, PageReading, PageSource, ReadingQuality } from '../types.ts';
import { type Child, childScript, startChild } from './child.ts';
import type { EngineChoice, NativeProgram } from './page-child.ts';

/** A page process is replaced after this many pages: the recogniser's memory only grows. */
const PAGES_PER_CHILD = 200;
/**
 * A page process that holds more than this after a page gives back what it can, bytes: what loading left behind, and then one
 * page in three or four, so that it costs them 5 ms each …
 */
const TRIMMED_RESIDENT = 200 * 1024 * 1024;
/** … and is replaced when it still holds more than this: one page of 60 megapixels leaves it far above. */
const MAX_RESIDENT = 256 * 1024 * 1024;
/**
 * Pictures of an ordinary page (a coloured one has 11.6 MB) are kept by the process for its next page: to have every one
 * mapped anew costs 2 to 9 % of a page's CPU time. What larger pages need is given back at once.
 */
const KEPT_BUFFER_BYTES = 16 * 1024 * 1024;
/** CPU time of a page for which nothing else was asked, ms. */
const PAGE_LIMIT_MS = 10 * 60_000;

/** Time a recogniser has to start, ms; a busy machine is no error. */
const START_TIMEOUT_MS = 60_000;

interface Worker {
  child: Child;
  pages: number;
  busy: boolean;
  /** What its recogniser was started for last. */
  quality: ReadingQuality;
}

/**
 * The default engine: Tesseract in processes that can be killed, at most `jobs` at a time. A process that dies on a
 * page is replaced and the page tried once more.
 */
export function createProcessEngine(options: {
  jobs: number;
  language: string;
  /** Nice value of the processes. */
  niceness: number;
  native?: NativeProgram | null;
}): OcrEngine {
  const engine: EngineChoice = { language: options.language, native: options.native ?? null };
  const workers = new Set<Worker>();
  const waiting: ((worker: Worker) => void)[] = [];
  let closed = false;

  /** Starts a worker and its recogniser, without waiting for either. */
  function startIdle(quality: ReadingQuality): void {
    const worker = spawn(quality);
    worker.busy = false;
    // Whatever is wrong shows with the first page.
    worker.child
      .call('start', { engine, quality }, { timeoutMs: START_TIMEOUT_MS, timeoutCode: 'OCR_ENGINE_FAILED' })
      .catch(() => {});
  }

  function spawn(quality: ReadingQuality): Worker {
    const child = startChild(
      childScript(import.meta.url, './page-child'),
      options.niceness,
      KEPT_BUFFER_BYTES,
    );
    const worker = { child, pages: 0, busy: true, quality };
    workers.add(worker);
    return worker;
  }

  /** A worker to itself; one that has the right model where there is one. */
  async function acquire(quality: ReadingQuality): Promise<Worker> {
    for (const worker of workers) if (!worker.child.alive) workers.delete(worker);
    const idle = [...workers].filter((worker) => !worker.busy);
    const worker = idle.find((one) => one.quality === quality) ?? idle[0];
    if (worker) {
      worker.busy = true;
      return worker;
    }
    if (workers.size < options.jobs) return spawn(quality);
    return new Promise((resolve) => waiting.push(resolve));
  }

  function retire(worker: Worker): void {
    worker.child.kill();
    workers.delete(worker);
  }

  function release(worker: Worker): void {
    if (!worker.child.alive || worker.pages >= PAGES_PER_CHILD || closed) retire(worker);
    const next = waiting.shift();
    if (!next) {
      worker.busy = false;
      return;
    }
    next(workers.has(worker) ? worker : spawn(worker.quality));
  }

  async function readOnce(page: PageSource, signal: AbortSignal): Promise<PageReading> {
    const quality = page.quality ?? 'normal';
    const worker = await acquire(quality);
    worker.quality = quality;
    const timeoutMs = page.cpuLimitMs ?? PAGE_LIMIT_MS;
    const limits = { timeoutMs, timeoutCode: 'OCR_PAGE_TIMEOUT' as const, signal };
    try {
      if (closed) throw new OcrError('OCR_CLOSED');
      const reading = await worker.child.call<PageReading>('readPage', { engine, page }, limits);
      worker.pages++;
      const resident = await worker.child.call<number>('memory', TRIMMED_RESIDENT, limits);
      if (resident > MAX_RESIDENT) retire(worker);
      return reading;
    } finally {
      release(worker);
    }
  }

  return {
    prepare(pages, quality) {
      if (!closed) while (workers.size < Math.min(pages, options.jobs)) startIdle(quality);
    },
    async readPage(page, signal) {
      try {
        return await readOnce(page, signal);
      } catch (error) {
        const died = error instanceof OcrError && error.code === 'OCR_ENGINE_FAILED';
        if (!died || signal.aborted || closed) throw error;
        return readOnce(page, signal);
      }
    },
    rest() {
      for (const worker of workers) if (!worker.busy) retire(worker);
    },
    async close() {
      closed = true;
      for (const worker of workers) retire(worker);
    },
  };
}
