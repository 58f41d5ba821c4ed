/**
 * A folder a scanner writes into. Whatever lies still in it is taken, read, and put down whole in `done` or `failed`:
 * nothing is ever deleted, and a run cut short goes on after the last finished page.
 */
import { access, copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import {
  OcrError,
  type OcrProblem,
  type OcrResult,
  type OcrService,
  type PageStore,
  type RecognizeOptions,
  type StoredReading,
} from '../../ocr/index.ts';
import { lockFolder } from '../store/index.ts';
import {
  freeName,
  isScanName,
  machineTrouble,
  scansIn,
  shortName,
  stampOf,
  versionOf,
} from './watch-files.ts';

/** What happened to one dossier of the folder; printed as a line of JSON. */
export interface WatchEvent {
  /**
   * `again`: it will be tried once more (engine away, or out of time; three times at most; or broken off, when nothing was added to it for a while). `changed`: its scans changed while they were read, so they are read anew.
   * `trouble`: disk, share or permission are to blame; said once, and it waits. `ignored`: no scan by its name.
   */
  readonly event: 'taken' | 'done' | 'failed' | 'again' | 'changed' | 'trouble' | 'ignored';
  readonly name: string;
  readonly pages?: number;
  /** Of a dossier that is `done`: pages and files of it without text; left out when all was read. */
  readonly problems?: OcrResult['problems'];
  /** Of OcrError; of the operating system where the event is `trouble`. */
  readonly code?: string;
  readonly vi?: string;
  readonly en?: string;
}

/** How a folder is watched. */
export interface WatchOptions {
  readonly wishes?: RecognizeOptions;
  readonly onEvent?: (event: WatchEvent) => void;
  /** A file this long unchanged is whole, ms. Default 2 s. */
  readonly settleMs?: number;
  /** A file that is no whole scan is given up when nothing was added to it for so long, ms. Default 60 s. */
  readonly patienceMs?: number;
  /** Pause between looks, ms. Default 1 s. */
  readonly pollMs?: number;
  readonly now?: () => number;
}

/** A running watch. */
export interface FolderWatch {
  /** Lets the dossier being read go (it is taken up again at the next start) and frees the folder. */
  stop(): Promise<void>;
}

/** Folders beside the scans; the names are part of what operators rely on. */
export const WATCH_FOLDERS = { work: 'dang-doc', done: 'xong', failed: 'loi' } as const;

const DEFAULT_SETTLE_MS = 2_000;
const DEFAULT_POLL_MS = 1_000;
/** A scanner may pause longer than that between two pages; only then a file that breaks off is the scan's fault. */
const DEFAULT_PATIENCE_MS = 60_000;
/** A dossier that ended the process, or found the engine unavailable, this often is put aside. */
const MAX_ATTEMPTS = 3;
/** Name of the note that counts attempts, inside the folder of a dossier being read. */
const ATTEMPTS = '.attempts';
const PAGES = '.pages';
/** Which scans the pages in there are of, see `versionOf`. */
const VERSION = '.version';
/** Why nothing, or not everything, could be read; beside the scans, for who looks into the folder. */
const FAULTS = 'loi.json';
/** Stands in the folder of a dossier whose results are all there. */
const FINISHED = '.finished';

interface Seen {
  readonly stamp: string;
  readonly since: number;
}

/** Pages kept in the dossier's own folder. */
function pageStore(folder: string): PageStore {
  const file = (number: number): string => join(folder, PAGES, `${number}.json`);
  return {
    async load(number) {
      try {
        return JSON.parse(await readFile(file(number), 'utf8')) as StoredReading;
      } catch {
        return null; // not read yet, or cut short while it was written: it is read again
      }
    },
    async save(number, page) {
      await mkdir(join(folder, PAGES), { recursive: true });
      const partial = `${file(number)}.part`;
      await writeFile(partial, JSON.stringify({ ...page, reading: { ...page.reading, preview: undefined } }));
      await rename(partial, file(number));
    },
  };
}

/** Out of time: on a machine with much else to do that is not the scan's fault, so it is tried again; read pages are kept. */
function isLate(code: string): boolean {
  return code === 'OCR_TIMEOUT' || code === 'OCR_PAGE_TIMEOUT';
}

/** Not, or not yet, a whole file. */
function isBroken(code: string): boolean {
  return code === 'OCR_DAMAGED_FILE' || code === 'OCR_UNSUPPORTED_FORMAT';
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Lets go of kept pages that are of other scans than those there now. */
async function keepVersion(folder: string, version: string): Promise<void> {
  const note = join(folder, PAGES, VERSION);
  const before = await readFile(note, 'utf8').catch(() => null);
  if (before === version) return;
  await rm(join(folder, PAGES), { recursive: true, force: true });
  await mkdir(join(folder, PAGES));
  await writeFile(note, version);
}

/** Watches `root` until stopped. @throws StoreError STORE_IN_USE when another process watches it */
export async function watchFolder(
  root: string,
  service: OcrService,
  options: WatchOptions = {},
): Promise<FolderWatch> {
  const folders = {
    work: join(root, WATCH_FOLDERS.work),
    done: join(root, WATCH_FOLDERS.done),
    failed: join(root, WATCH_FOLDERS.failed),
  };
  const lock = lockFolder(join(root, '.lienthong'));
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
  const now = options.now ?? Date.now;
  const say = options.onEvent ?? (() => undefined);
  const abort = new AbortController();
  const seen = new Map<string, Seen>();
  /** Dossiers with a broken file: what they were like, and since when. */
  const broken = new Map<string, Seen>();
  const told = new Set<string>();

  /** Says what holds for a while once, not at every look. */
  function sayOnce(event: WatchEvent): void {
    const key = `${event.event} ${event.name} ${event.code}`;
    if (told.has(key)) return;
    told.add(key);
    say(event);
  }

  /** Says what the machine is to blame for. @throws any other error */
  function blameMachine(name: string, error: unknown): void {
    const trouble = machineTrouble(error);
    if (trouble === null) throw error;
    sayOnce({ event: 'trouble', name, ...trouble });
  }

  /** Whole files and folders of scans, each moved into a folder of its own under `work`. */
  async function take(): Promise<void> {
    const entries = await readdir(root, { withFileTypes: true });
    const ours = new Set<string>(Object.values(WATCH_FOLDERS));
    for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name))) {
      if (entry.name.startsWith('.') || ours.has(entry.name)) continue;
      const isScan = entry.isFile() ? isScanName(entry.name) : entry.isDirectory();
      if (!isScan) sayOnce({ event: 'ignored', name: entry.name, code: 'OCR_UNSUPPORTED_FORMAT' });
      else
        await takeWhole(entry.name, entry.isFile()).catch((error: unknown) =>
          blameMachine(entry.name, error),
        );
    }
  }

  async function takeWhole(own: string, isFile: boolean): Promise<void> {
    const path = join(root, own);
    const stamp = await stampOf(path).catch((error: NodeJS.ErrnoException) => {
      // Moved away again by whoever put it there.
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    if (stamp === '') return;
    const before = seen.get(own);
    const settleMs = options.settleMs ?? DEFAULT_SETTLE_MS;
    if (before?.stamp !== stamp) {
      seen.set(own, { stamp, since: now() });
      if (settleMs > 0) return;
    } else if (now() - before.since < settleMs) return;
    seen.delete(own);
    const target = await freeName(folders.work, shortName(isFile ? basename(own, extname(own)) : own));
    if (isFile) {
      await mkdir(target);
      await rename(path, join(target, shortName(basename(own, extname(own))) + extname(own)));
    } else await rename(path, target);
    say({ event: 'taken', name: basename(target) });
  }

  /** Whether a dossier is to be left alone: something may still be added to its broken file. */
  function isHeld(name: string, version: string): boolean {
    const since = broken.get(name);
    return since?.stamp === version && now() - since.since < (options.patienceMs ?? DEFAULT_PATIENCE_MS);
  }

  /** Holds a dossier with a broken file, unless it was held for as long as it may be. @returns whether it is held */
  function hold(name: string, version: string): boolean {
    if (broken.get(name)?.stamp !== version) broken.set(name, { stamp: version, since: now() });
    return isHeld(name, version);
  }

  async function countAttempt(folder: string): Promise<number> {
    const note = join(folder, ATTEMPTS);
    const before = Number(await readFile(note, 'utf8').catch(() => '0'));
    await writeFile(note, String(before + 1));
    return before + 1;
  }

  /** Puts a dossier down whole: results first beside the scans, then one rename. */
  async function putDown(folder: string, where: string): Promise<void> {
    broken.delete(basename(folder));
    await rm(join(folder, PAGES), { recursive: true, force: true });
    for (const note of [ATTEMPTS, FINISHED]) await rm(join(folder, note), { force: true });
    await rename(folder, await freeName(where, basename(folder)));
  }

  async function fail(folder: string, error: Pick<OcrError, 'code' | 'vi' | 'en'>): Promise<void> {
    const { code, vi, en } = error;
    await writeFile(join(folder, FAULTS), `${JSON.stringify({ code, vi, en }, null, 2)}\n`);
    await putDown(folder, folders.failed);
    say({ event: 'failed', name: basename(folder), code, vi, en });
  }

  async function read(folder: string): Promise<void> {
    const name = basename(folder);
    // Ended between its last result and here: everything is there already.
    if (await exists(join(folder, FINISHED))) {
      await putDown(folder, folders.done);
      return say({ event: 'done', name });
    }
    const names = await scansIn(folder);
    if (names.length === 0)
      return fail(folder, {
        code: 'OCR_UNSUPPORTED_FORMAT',
        vi: 'Không có tệp quét.',
        en: 'There is no scan.',
      });
    const version = await versionOf(folder, names);
    if (isHeld(name, version)) return;
    const attempt = await countAttempt(folder);
    if (attempt > MAX_ATTEMPTS) return fail(folder, new OcrError('OCR_ENGINE_FAILED', { reason: 'gave up' }));
    /** Not the dossier's fault: this attempt does not count. */
    const uncount = (): Promise<void> => writeFile(join(folder, ATTEMPTS), String(attempt - 1));
    try {
      await keepVersion(folder, version);
      const isLast = attempt >= MAX_ATTEMPTS;
      const notYet = ({ problems }: OcrResult): OcrProblem | undefined => {
        const late = isLast ? undefined : problems.find(({ code }) => isLate(code));
        const cut = problems.find(({ page, code }) => page === null && isBroken(code));
        return late ?? (cut && hold(name, version) ? cut : undefined);
      };
      const read = await readInto(folder, names, version, notYet);
      if (read === null) {
        await uncount();
        return say({ event: 'changed', name });
      }
      if ('code' in read) {
        if (isBroken(read.code)) await uncount();
        return say({ event: 'again', name, code: read.code });
      }
      const { pages, problems } = read;
      await putDown(folder, folders.done);
      say({ event: 'done', name, pages: pages.length, ...(problems.length === 0 ? {} : { problems }) });
    } catch (cause) {
      if (abort.signal.aborted) return uncount();
      if (machineTrouble(cause) !== null) {
        await uncount().catch(() => undefined);
        return blameMachine(name, cause);
      }
      const error = cause instanceof OcrError ? cause : new OcrError('OCR_ENGINE_FAILED', {}, cause);
      if (isBroken(error.code) && hold(name, version)) {
        await uncount();
        return say({ event: 'again', name, code: error.code });
      }
      if (error.kind === 'unavailable' || (isLate(error.code) && attempt < MAX_ATTEMPTS))
        say({ event: 'again', name, code: error.code });
      else await fail(folder, error);
    }
  }

  /** Puts the results beside the scans, unless it is to be read again because of a problem; `null` when the scans changed meanwhile: a program still held one open. */
  async function readInto(
    folder: string,
    names: readonly string[],
    version: string,
    notYet: (result: OcrResult) => OcrProblem | undefined,
  ): Promise<OcrResult | OcrProblem | null> {
    const inputs = names.map((name) => ({ name, path: join(folder, name) }));
    const base = join(folder, basename(folder));
    // Hidden until all is there: cut short before, the dossier is read again, and this is no scan of it.
    const hidden = join(folder, `.${basename(folder)}.ocr.pdf`);
    const { result, text } = await service.recognize(inputs, {
      ...options.wishes,
      takePdf: (path) => copyFile(path, hidden),
      store: pageStore(folder),
      signal: abort.signal,
    });
    if ((await versionOf(folder, names)) !== version) return null;
    const again = notYet(result);
    if (again !== undefined) return again;
    if (result.problems.length > 0)
      await writeFile(join(folder, FAULTS), `${JSON.stringify({ problems: result.problems }, null, 2)}\n`);
    await writeFile(`${base}.ocr.txt`, text);
    await writeFile(`${base}.ocr.json`, `${JSON.stringify(result, null, 2)}\n`);
    await rename(hidden, `${base}.ocr.pdf`);
    await writeFile(join(folder, FINISHED), '');
    return result;
  }

  async function look(): Promise<void> {
    await take();
    const waiting = await readdir(folders.work, { withFileTypes: true });
    for (const entry of waiting.filter((e) => e.isDirectory()).sort((a, b) => a.name.localeCompare(b.name))) {
      if (abort.signal.aborted) return;
      const { name } = entry;
      await read(join(folders.work, name)).catch((error: unknown) => blameMachine(name, error));
    }
  }

  async function pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        abort.signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, options.pollMs ?? DEFAULT_POLL_MS);
      abort.signal.addEventListener('abort', end, { once: true });
    });
  }

  async function loop(): Promise<void> {
    while (!abort.signal.aborted) {
      try {
        await look();
      } catch (error) {
        // The share may be away for a while: the next look will see it again.
        const { code = 'UNKNOWN', message } = error as NodeJS.ErrnoException;
        const trouble = machineTrouble(error) ?? { code, vi: message, en: message };
        sayOnce({ event: 'trouble', name: root, ...trouble });
      }
      if (!abort.signal.aborted) await pause();
    }
  }

  const running = loop();
  return {
    async stop() {
      abort.abort(new Error('the watch stops'));
      await running;
      lock.release();
    },
  };
}
