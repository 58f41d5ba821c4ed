/** Answers of certificate authorities kept in the data folder: one file each, written whole, bounded together. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnswerCache, KeptAnswer } from '../../signing/index.ts';

/** Bounds of the folder. */
export interface DiskCacheOptions {
  /** Octets of all answers together; default 512 MiB. The oldest leave first. */
  readonly maxBytes?: number;
  /** Files; default 20,000. */
  readonly maxFiles?: number;
  /** How long a file that was not there is not looked for again, ms; default 5,000. Another process may write it meanwhile. */
  readonly missedMs?: number;
  /** Default `Date.now`. */
  readonly now?: () => number;
}

const MAX_BYTES = 512 * 1024 * 1024;
const MAX_FILES = 20_000;
const MISSED_MS = 5_000;
/** Files known to be missing. */
const MAX_MISSED = 1_000;
/** The folder is looked over once in so many writes. */
const SWEEP_EVERY = 64;
const MAGIC = 'lienthong-answer-1';
/** `MAGIC fetchedAt freshUntil\n`, padded: the body starts at a fixed place. */
const HEADER_BYTES = 64;

function headerOf(answer: KeptAnswer): Buffer {
  return Buffer.from(
    `${MAGIC} ${answer.fetchedAt} ${answer.freshUntil}\n`.padEnd(HEADER_BYTES, ' '),
    'latin1',
  );
}

function readAnswer(bytes: Buffer): KeptAnswer | null {
  const match = /^lienthong-answer-1 (\d{1,15}) (\d{1,15})\n/.exec(
    bytes.subarray(0, HEADER_BYTES).toString('latin1'),
  );
  if (match === null) return null;
  return {
    fetchedAt: Number(match[1]),
    freshUntil: Number(match[2]),
    body: new Uint8Array(bytes.subarray(HEADER_BYTES)),
  };
}

async function sweep(folder: string, maxBytes: number, maxFiles: number): Promise<void> {
  const files = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const { mtimeMs, size } = await stat(join(folder, name));
      return { name, mtimeMs, size };
    }),
  );
  files.sort((a, b) => b.mtimeMs - a.mtimeMs);
  let bytes = 0;
  for (const [index, file] of files.entries()) {
    bytes += file.size;
    if (bytes > maxBytes || index >= maxFiles) await rm(join(folder, file.name), { force: true });
  }
}

/**
 * A cache in `folder`, made when needed; shared by threads and processes. What it cannot read or write it does without:
 * evidence is checked again after it comes out, so a damaged file is a missing one.
 */
export function createDiskCache(folder: string, options: DiskCacheOptions = {}): AnswerCache {
  const { maxBytes = MAX_BYTES, maxFiles = MAX_FILES, missedMs = MISSED_MS, now = Date.now } = options;
  // An authority that can't be asked leaves no file, and every document of its certificates would look for one.
  const missed = new Map<string, number>();
  let writes = 0;
  return {
    async get(key) {
      const missedAt = missed.get(key);
      if (missedAt !== undefined && now() - missedAt < missedMs) return null;
      missed.delete(key);
      try {
        return readAnswer(await readFile(join(folder, key)));
      } catch {
        if (missed.size >= MAX_MISSED) missed.clear();
        missed.set(key, now());
        return null;
      }
    },
    async put(key, answer) {
      missed.delete(key);
      const partial = join(folder, `${key}.${randomBytes(6).toString('hex')}.part`);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(partial, Buffer.concat([headerOf(answer), answer.body]), { mode: 0o600 });
        await rename(partial, join(folder, key));
        writes += 1;
        if (writes % SWEEP_EVERY === 0) await sweep(folder, maxBytes, maxFiles);
      } catch {
        await rm(partial, { force: true }).catch(() => undefined);
      }
    },
  };
}
