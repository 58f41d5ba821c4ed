/**
 * A folder a scanner writes into. Whatever lies still in it is taken, read, and put down whole in `done` or `failed`:
 * nothing is ever deleted, and a run cut short goes on after the last finished page.
 */
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import {
  OcrError,
  type OcrService,
  type PageStore,
  type RecognizeOptions,
  type StoredReading,
} from '../../ocr/index.ts';
import { lockFolder } from '../store/index.ts';

/** What happened to one dossier of the folder; printed as a line of JSON. */
export interface WatchEvent {
  readonly event: 'taken' | 'done' | 'failed' | 'again';
  readonly name: string;
  readonly pages?: number;
  readonly code?: string;
}

/** How a folder is watched. */
export interface WatchOptions {
  readonly wishes?: RecognizeOptions;
  readonly onEvent?: (event: WatchEvent) => void;
  /** A file this long unchanged is whole, ms. Default 2 s. */
  readonly settleMs?: number;
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

const SCAN = /\.(pdf|tiff?|jpe?g|png)$/i;
const DEFAULT_SETTLE_MS = 2_000;
const DEFAULT_POLL_MS = 1_000;
/** A dossier that ended the process, or found the engine unavailable, this often is put aside. */
const MAX_ATTEMPTS = 3;
/** Name of the note that counts attempts, inside the folder of a dossier being read. */
const ATTEMPTS = '.attempts';
const PAGES = '.pages';

interface Seen {
  readonly stamp: string;
  readonly since: number;
}

/** Files of a dossier folder in the order of their names, numbers counted as numbers: `trang2` before `trang10`. */
async function scansIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const order = new Intl.Collator('vi', { numeric: true });
  return entries
    .filter((entry) => entry.isFile() && SCAN.test(entry.name) && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort(order.compare);
}

/** Sizes and times of all files of an entry: a scanner is still writing while this changes. */
async function stampOf(path: string): Promise<string> {
  const info = await stat(path);
  if (!info.isDirectory()) return `${info.size}/${info.mtimeMs}`;
  const names = await readdir(path);
  const files = await Promise.all(
    names.sort().map(async (name) => [name, await stat(join(path, name))] as const),
  );
  return files.map(([name, file]) => `${name}/${file.size}/${file.mtimeMs}`).join('|');
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

/** A name not yet taken in `folder`: `a`, `a-2`, `a-3` … */
async function freeName(folder: string, name: string): Promise<string> {
  const taken = new Set(await readdir(folder));
  if (!taken.has(name)) return join(folder, name);
  let at = 2;
  while (taken.has(`${name}-${at}`)) at += 1;
  return join(folder, `${name}-${at}`);
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

  /** Whole files and folders of scans, each moved into a folder of its own under `work`. */
  async function take(): Promise<void> {
    const entries = await readdir(root, { withFileTypes: true });
    const ours = new Set<string>(Object.values(WATCH_FOLDERS));
    for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name))) {
      const isScan = entry.isFile() ? SCAN.test(entry.name) : entry.isDirectory() && !ours.has(entry.name);
      if (!isScan || entry.name.startsWith('.')) continue;
      const path = join(root, entry.name);
      const stamp = await stampOf(path).catch(() => null);
      if (stamp === null || stamp === '') continue;
      const before = seen.get(entry.name);
      if (before?.stamp !== stamp) {
        seen.set(entry.name, { stamp, since: now() });
        if ((options.settleMs ?? DEFAULT_SETTLE_MS) > 0) continue;
      } else if (now() - before.since < (options.settleMs ?? DEFAULT_SETTLE_MS)) continue;
      seen.delete(entry.name);
      const name = entry.isFile() ? basename(entry.name, extname(entry.name)) : entry.name;
      const target = await freeName(folders.work, name);
      if (entry.isFile()) {
        await mkdir(target);
        await rename(path, join(target, entry.name));
      } else await rename(path, target);
      say({ event: 'taken', name: basename(target) });
    }
  }

  async function countAttempt(folder: string): Promise<number> {
    const note = join(folder, ATTEMPTS);
    const before = Number(await readFile(note, 'utf8').catch(() => '0'));
    await writeFile(note, String(before + 1));
    return before + 1;
  }

  /** Puts a dossier down whole: results first beside the scans, then one rename. */
  async function putDown(folder: string, where: string): Promise<void> {
    await rm(join(folder, PAGES), { recursive: true, force: true });
    await rm(join(folder, ATTEMPTS), { force: true });
    await rename(folder, await freeName(where, basename(folder)));
  }

  async function fail(folder: string, error: Pick<OcrError, 'code' | 'vi' | 'en'>): Promise<void> {
    const { code, vi, en } = error;
    await writeFile(join(folder, 'loi.json'), `${JSON.stringify({ code, vi, en }, null, 2)}\n`);
    await putDown(folder, folders.failed);
    say({ event: 'failed', name: basename(folder), code });
  }

  async function read(folder: string): Promise<void> {
    const names = await scansIn(folder);
    if (names.length === 0)
      return fail(folder, {
        code: 'OCR_UNSUPPORTED_FORMAT',
        vi: 'Không có tệp quét.',
        en: 'There is no scan.',
      });
    const attempt = await countAttempt(folder);
    if (attempt > MAX_ATTEMPTS) return fail(folder, new OcrError('OCR_ENGINE_FAILED', { reason: 'gave up' }));
    const inputs = names.map((name) => ({ name, path: join(folder, name) }));
    const base = join(folder, basename(folder));
    // Hidden until all is there: cut short before, the dossier is read again, and this is no scan of it.
    const hidden = join(folder, `.${basename(folder)}.ocr.pdf`);
    try {
      const { result, text } = await service.recognize(inputs, {
        ...options.wishes,
        takePdf: (path) => copyFile(path, hidden),
        store: pageStore(folder),
        signal: abort.signal,
      });
      await writeFile(`${base}.ocr.txt`, text);
      await writeFile(`${base}.ocr.json`, `${JSON.stringify(result, null, 2)}\n`);
      await rename(hidden, `${base}.ocr.pdf`);
      await putDown(folder, folders.done);
      say({ event: 'done', name: basename(folder), pages: result.pages.length });
    } catch (cause) {
      if (abort.signal.aborted) {
        // Not the dossier's fault: this attempt does not count.
        await writeFile(join(folder, ATTEMPTS), String(attempt - 1));
        return;
      }
      const error = cause instanceof OcrError ? cause : new OcrError('OCR_ENGINE_FAILED', {}, cause);
      if (error.kind === 'unavailable') say({ event: 'again', name: basename(folder), code: error.code });
      else await fail(folder, error);
    }
  }

  async function look(): Promise<void> {
    await take();
    const waiting = await readdir(folders.work, { withFileTypes: true });
    for (const entry of waiting.filter((e) => e.isDirectory()).sort((a, b) => a.name.localeCompare(b.name))) {
      if (abort.signal.aborted) return;
      await read(join(folders.work, entry.name));
    }
  }

  async function pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, options.pollMs ?? DEFAULT_POLL_MS);
      abort.signal.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    });
  }

  async function loop(): Promise<void> {
    while (!abort.signal.aborted) {
      try {
        await look();
      } catch {
        // The share may be away for a while: the next look will see it again.
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
