import { OcrError } from '../errors.ts';
import type { OcrLimits } from '../limits.ts';
import type { PageReading } from '../types.ts';
import type { Child } from './child.ts';
import type { DossierPage } from './dossier.ts';
import type { DossierProcesses } from './dossier-processes.ts';

/** A file of the dossier that could not be opened, or a page of it that could not be read. */
export interface Trouble {
  /** 0-based file. */
  file: number;
  error: OcrError;
}

/** What the session needs to know to open the files again. */
export interface SessionOptions {
  paths: readonly string[];
  limits: OcrLimits;
  redo: boolean;
  processes: DossierProcesses;
  signal: AbortSignal;
}

/** The process of one dossier, killed at any trouble. A page may kill it: it is started again, and told what was read so far. */
export interface DossierSession {
  /** Opens every file. @throws OcrError when no file can be opened, or all together are too many pages */
  open(): Promise<{ pages: DossierPage[]; troubles: Trouble[] }>;
  /** Calls the process; its sudden death is the fault of the file it was reading. */
  ask<T>(method: string, argument: unknown, timeoutMs: number): Promise<T>;
  /** Remembers a page for fields and PDF; `reading` is `null` for a page that could not be read. */
  addPage(page: AddedPage): Promise<void>;
  /** Ends the session, and its process unless the dossier was read without any trouble: then it may serve another. */
  close(sound: boolean): void;
}

/** A finished page as the process keeps it. */
export interface AddedPage {
  number: number;
  page: DossierPage;
  reading: PageReading | null;
}

/** Time for handing a page over, and for building the PDF, ms. */
export const WRITE_TIMEOUT_MS = 5 * 60_000;

/** Starts a session; the process starts with the first call. */
export function createSession(options: SessionOptions): DossierSession {
  const { paths, limits, signal } = options;
  const refused = new Set<number>();
  const added: AddedPage[] = [];
  let child: Child | null = null;
  let opening: Promise<Child> | null = null;

  async function call<T>(to: Child, method: string, argument: unknown, timeoutMs: number): Promise<T> {
    const timeoutCode = method === 'render' ? 'OCR_PAGE_TIMEOUT' : 'OCR_TIMEOUT';
    try {
      return await to.call<T>(method, argument, { timeoutMs, timeoutCode, signal });
    } catch (error) {
      const died = error instanceof OcrError && error.code === 'OCR_ENGINE_FAILED' && !to.alive;
      if (died && !signal.aborted)
        throw new OcrError('OCR_DAMAGED_FILE', { reason: 'reader stopped' }, error);
      throw error;
    }
  }

  function openFile(to: Child, file: number): Promise<DossierPage[]> {
    const request = {
      path: paths[file] as string,
      file,
      maxPages: limits.pages,
      maxPixels: limits.pixelsPerPage,
      redo: options.redo,
    };
    return call<DossierPage[]>(to, 'open', request, limits.openTimeoutMs);
  }

  /** The living process, with all good files open and all finished pages known. */
  async function living(): Promise<Child> {
    if (opening === null && child?.alive) return child;
    opening ??= (async () => {
      const fresh = options.processes.take();
      child = fresh;
      for (const file of paths.keys()) if (!refused.has(file)) await openFile(fresh, file);
      for (const page of added) await call<void>(fresh, 'addPage', page, WRITE_TIMEOUT_MS);
      return fresh;
    })().finally(() => {
      opening = null;
    });
    return opening;
  }

  return {
    async open() {
      const pages: DossierPage[] = [];
      const troubles: Trouble[] = [];
      for (const file of paths.keys()) {
        try {
          if (!child?.alive) child = await startFor(file);
          pages.push(...(await openFile(child, file)));
        } catch (error) {
          if (!(error instanceof OcrError) || signal.aborted || paths.length === 1) throw error;
          refused.add(file);
          troubles.push({ file, error });
        }
        if (pages.length > limits.pages)
          throw new OcrError('OCR_TOO_MANY_PAGES', { limit: limits.pages, actual: pages.length });
      }
      if (pages.length === 0) throw troubles[0]?.error ?? new OcrError('OCR_DAMAGED_FILE');
      return { pages, troubles };
    },
    async ask<T>(method: string, argument: unknown, timeoutMs: number): Promise<T> {
      return call<T>(await living(), method, argument, timeoutMs);
    },
    async addPage(page) {
      const to = await living();
      added.push(page);
      await call<void>(to, 'addPage', page, WRITE_TIMEOUT_MS);
    },
    close(sound) {
      if (sound && child) options.processes.giveBack(child);
      else child?.kill();
    },
  };

  /** A process with the good files before `file` open in it. */
  async function startFor(file: number): Promise<Child> {
    const fresh = options.processes.take();
    for (let before = 0; before < file; before++) if (!refused.has(before)) await openFile(fresh, before);
    return fresh;
  }
}
