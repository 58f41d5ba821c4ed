import { chmod, copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { OcrError } from './errors.ts';
import { DEFAULT_LIMITS, type OcrLimits } from './limits.ts';
import { modelOf } from './model/model.ts';
import { makeFolder, removeFolder, sweepOnce } from './private-folder.ts';
import { createDossierProcesses } from './process/dossier-processes.ts';
import { createNativeEngine, nativeVersion } from './process/native-engine.ts';
import { createProcessEngine } from './process/pool.ts';
import { runDossier } from './run-dossier.ts';
import { createSemaphore } from './semaphore.ts';
import { readHead, sniffFormat } from './sniff.ts';
import type { OcrEngine, OcrProgress, OcrResult, PageStore, ReadingQuality } from './types.ts';

/** Settings of the service; all have defaults. */
export interface OcrServiceOptions {
  /** Pages read at the same time over all dossiers. Default: cores, at most 2. */
  jobs?: number;
  /** Language of the recogniser; only `vie` ships with data. */
  lang?: string;
  /** CPU time for one page, ms; by the clock ten times as much. Default 120 s (an ordinary page takes 3 s). */
  pageLimitMs?: number;
  limits?: Partial<OcrLimits>;
  /** Another recogniser. */
  engine?: OcrEngine;
  /** The operator's own `tesseract` in place of tesseract.js. */
  native?: { /** Absolute path. */ command: string };
  /** How far reading gives way to other work of the machine (nice value, POSIX, 0 to 19). Default 5. */
  niceness?: number;
  /** Keep a process ready for the next dossier: for a service that stays. Default: none is. */
  keepReady?: boolean;
  /** Folder for private temporary files. Default: the system's. */
  tempDir?: string;
}

/** One file of a dossier, its octets or where it is; the name is only for people. */
export type OcrInputFile = { name: string } & (
  | { bytes: Uint8Array }
  | { /** Copied before anything is read. */ path: string }
);

/** Wishes for one dossier. */
export interface RecognizeOptions {
  signal?: AbortSignal;
  onProgress?(progress: OcrProgress): void;
  /** Read scanned pages again even if they carry a believable OCR layer. */
  redo?: boolean;
  /** Default `normal`. */
  quality?: ReadingQuality;
  /**
   * Make the PDF conform to PDF/A-2b (ISO 19005-2); with `true`, rejects with OCR_NOT_ARCHIVABLE when a kept page
   * cannot.
   */
  pdfa?: boolean | 'if-possible';
  /** Small pictures of the upright pages in `store`. */
  previews?: boolean;
  /** Read pages of this dossier before those of others. */
  urgent?: boolean;
  /** Keeps pages as they finish; those it knows already are not read again. */
  store?: PageStore;
  /**
   * Given the finished PDF as a file, which is gone once this resolves: it may have hundreds of megabytes. The output's
   * own `pdf` is empty then.
   */
  takePdf?(path: string): Promise<void>;
}

/** Everything that comes out of a dossier. */
export interface OcrOutput {
  result: OcrResult;
  /** Searchable PDF; the same input gives the same bytes. Empty when `takePdf` was given it. */
  pdf: Uint8Array;
  /** Text of all pages, pages parted by a form feed. */
  text: string;
}

/** Recognition of scanned dossiers; safe to call concurrently. */
export interface OcrService {
  /** Recogniser with version, and the language: `tesseract.js 7.0.0, vie`. The model that read a dossier is named in its result. */
  readonly engine: string;
  /**
   * Reads all files as one dossier.
   * @throws OcrError any code of {@link OcrErrorCode}
   */
  recognize(files: readonly OcrInputFile[], options?: RecognizeOptions): Promise<OcrOutput>;
  /** Stops running dossiers (they reject with OCR_CLOSED) and ends all processes. */
  close(): Promise<void>;
}

const ENGINE_VERSION = (createRequire(import.meta.url)('tesseract.js/package.json') as { version: string })
  .version;
const DEFAULT_PAGE_LIMIT_MS = 120_000;
const DEFAULT_JOBS = 2;
const DEFAULT_NICENESS = 5;

/** Size of a file and its first bytes. @throws OcrError OCR_DAMAGED_FILE when it cannot be opened */
async function lookAt(file: OcrInputFile, index: number): Promise<{ size: number; head: Uint8Array }> {
  if ('bytes' in file) return { size: file.bytes.length, head: file.bytes };
  try {
    return { size: (await stat(file.path)).size, head: await readHead(file.path) };
  } catch (error) {
    throw new OcrError('OCR_DAMAGED_FILE', { file: index, reason: 'cannot be opened' }, error);
  }
}

async function checkFiles(files: readonly OcrInputFile[], limits: OcrLimits): Promise<void> {
  if (files.length === 0) throw new TypeError('recognize needs at least one file');
  if (files.length > limits.files)
    throw new OcrError('OCR_TOO_LARGE', { limit: limits.files, actual: files.length, reason: 'files' });
  const seen = await Promise.all(files.map(lookAt));
  const total = seen.reduce((sum, { size }) => sum + size, 0);
  if (total > limits.bytes)
    throw new OcrError('OCR_TOO_LARGE', { limit: limits.bytes, actual: total, reason: 'bytes' });
  // One good file is enough: what the others are is told as problems of the result.
  if (seen.every(({ head }) => sniffFormat(head) === null))
    throw new OcrError('OCR_UNSUPPORTED_FORMAT', { file: 0 });
}

/** Ends a dossier on the caller's wish, on close, or when its time is up. */
function createDeadline(outer: AbortSignal | undefined, timeoutMs: number) {
  const controller = new AbortController();
  const cancel = (): void => controller.abort(new OcrError('OCR_CANCELLED', {}, outer?.reason));
  const timer = setTimeout(
    () => controller.abort(new OcrError('OCR_TIMEOUT', { limit: timeoutMs })),
    timeoutMs,
  );
  if (outer?.aborted) cancel();
  else outer?.addEventListener('abort', cancel, { once: true });
  return {
    controller,
    clear: (): void => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', cancel);
    },
  };
}

function createEngine(options: OcrServiceOptions, jobs: number, tempDir: string): OcrEngine {
  const { language } = modelOf(options.lang ?? 'vie', 'normal');
  const niceness = options.niceness ?? DEFAULT_NICENESS;
  if (!options.native) return createProcessEngine({ jobs, language, niceness });
  return createNativeEngine({ ...options.native, jobs, language, niceness, tempDir });
}

/** Starts the service; processes are started when the first page needs them. What killed ones left behind is removed. */
export function createOcrService(options: OcrServiceOptions = {}): OcrService {
  const tempDir = options.tempDir ?? tmpdir();
  const sweeping = sweepOnce(tempDir);
  const limits: OcrLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const jobs = Math.max(1, options.jobs ?? Math.min(DEFAULT_JOBS, availableParallelism()));
  const program = options.native ? nativeVersion(options.native.command) : `tesseract.js ${ENGINE_VERSION}`;
  const engine = options.engine ?? createEngine(options, jobs, tempDir);
  const niceness = options.niceness ?? DEFAULT_NICENESS;
  const processes = createDossierProcesses({ niceness, keepReady: options.keepReady ?? false });
  const slots = createSemaphore(jobs);
  const running = new Set<AbortController>();
  let closed = false;
  /** What reads; of another engine only it itself could tell. */
  const nameOf = (quality: ReadingQuality): string | null =>
    options.engine ? null : `${program}, ${modelOf(options.lang ?? 'vie', quality).name}`;

  return {
    engine: `${program}, ${options.lang ?? 'vie'}`,
    async recognize(files, wishes = {}) {
      if (closed) throw new OcrError('OCR_CLOSED');
      const { controller, clear } = createDeadline(wishes.signal, limits.dossierTimeoutMs);
      running.add(controller);
      let folder: string | null = null;
      try {
        await checkFiles(files, limits);
        controller.signal.throwIfAborted();
        await sweeping;
        folder = makeFolder(tempDir);
        const paths = await storeFiles(folder, files);
        const pdfPath = join(folder, 'out.pdf');
        const result = await runDossier({
          paths,
          folder,
          pdfPath,
          engine,
          engineName: nameOf(wishes.quality ?? 'normal'),
          slots,
          jobs,
          limits,
          pageLimitMs: options.pageLimitMs ?? DEFAULT_PAGE_LIMIT_MS,
          processes,
          redo: wishes.redo ?? false,
          quality: wishes.quality ?? 'normal',
          pdfa: wishes.pdfa ?? false,
          store: wishes.store ?? null,
          previews: wishes.previews ?? false,
          urgent: wishes.urgent ?? false,
          signal: controller.signal,
          onProgress: wishes.onProgress ?? (() => {}),
        });
        await wishes.takePdf?.(pdfPath);
        const pdf = wishes.takePdf ? null : await readFile(pdfPath);
        return {
          result,
          // Not copied: it may have hundreds of megabytes.
          pdf: pdf ? new Uint8Array(pdf.buffer, pdf.byteOffset, pdf.length) : new Uint8Array(),
          text: result.pages.map((p) => p.text).join('\f'),
        };
      } catch (error) {
        // Whatever broke because of the stop, the stop is the reason.
        if (controller.signal.aborted) throw controller.signal.reason;
        throw error;
      } finally {
        clear();
        running.delete(controller);
        processes.makeReady();
        if (folder) await removeFolder(folder);
      }
    },
    async close() {
      closed = true;
      for (const controller of running) controller.abort(new OcrError('OCR_CLOSED'));
      processes.close();
      await engine.close();
    },
  };
}

async function storeFiles(folder: string, files: readonly OcrInputFile[]): Promise<string[]> {
  const paths: string[] = [];
  for (const [index, file] of files.entries()) {
    const path = join(folder, `in-${index}`);
    if ('bytes' in file) await writeFile(path, file.bytes, { mode: 0o600 });
    else {
      await copyFile(file.path, path);
      await chmod(path, 0o600);
    }
    paths.push(path);
  }
  return paths;
}
