/**
 * Local copies of blobs that live in a bucket: one folder for each process, gone with it. What is in use stays; of the rest the
 * longest unused goes first when there is more than the bound, and what nobody used for a day.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { assertDigest, type HeldFile } from './port.ts';

export interface BlobCache {
  /** Where files are written before they have their name. */
  readonly incoming: string;
  /** The copy, which stays until released; null when there is none. */
  hold(sha256: string): HeldFile | null;
  /** Lets a copy stay until `until` (ms since 1970) without being held. */
  keepUntil(sha256: string, until: number): void;
  /** Takes over a file of the folder `incoming`, compared with its digest, or octets; held like {@link BlobCache.hold}. */
  add(sha256: string, source: { path: string; size: number } | Uint8Array): Promise<HeldFile>;
  drop(sha256: string): Promise<void>;
  figures(): { files: number; bytes: number };
  close(): Promise<void>;
}

interface Entry {
  readonly size: number;
  holders: number;
  keptUntil: number;
  usedAt: number;
}

const DAY_MS = 24 * 3_600_000;
const TIDY_MS = 600_000;

/** Makes the folder of this process under `root`, and clears away those of processes that are gone. */
export async function openCache(root: string, maxBytes: number): Promise<BlobCache> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  await removeStale(root);
  const mine = join(root, `${hostname()}_${process.pid}_${randomBytes(6).toString('hex')}`);
  const incoming = join(mine, 'incoming');
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  // In the order of their last use.
  const entries = new Map<string, Entry>();
  let bytes = 0;

  function pathOf(sha256: string): string {
    assertDigest(sha256);
    return join(mine, sha256);
  }

  function hold(sha256: string): HeldFile | null {
    const entry = entries.get(sha256);
    if (entry === undefined) return null;
    entries.delete(sha256);
    entries.set(sha256, entry);
    entry.usedAt = Date.now();
    entry.holders += 1;
    let held = true;
    return {
      path: pathOf(sha256),
      release() {
        if (held) entry.holders -= 1;
        held = false;
      },
    };
  }

  async function drop(sha256: string): Promise<void> {
    const entry = entries.get(sha256);
    if (entry === undefined) return;
    entries.delete(sha256);
    bytes -= entry.size;
    await rm(pathOf(sha256), { force: true });
  }

  /** Files that are being written belong to what is under way, and are not counted. */
  async function tidy(): Promise<void> {
    const now = Date.now();
    for (const [sha256, entry] of entries) {
      if (entry.holders > 0 || entry.keptUntil > now) continue;
      if (bytes <= maxBytes && now - entry.usedAt < DAY_MS) continue;
      await drop(sha256);
    }
  }

  const timer = setInterval(() => {
    void utimes(mine, new Date(), new Date()).catch(() => undefined);
    void tidy().catch(() => undefined);
  }, TIDY_MS);
  timer.unref();

  return {
    incoming,
    hold,
    keepUntil(sha256, until) {
      const entry = entries.get(sha256);
      if (entry !== undefined) entry.keptUntil = Math.max(entry.keptUntil, until);
    },
    async add(sha256, source) {
      const path = pathOf(sha256);
      if (source instanceof Uint8Array) {
        const own = join(incoming, randomBytes(16).toString('hex'));
        await writeFile(own, source, { mode: 0o600 });
        await rename(own, path);
      } else await rename(source.path, path);
      const size = source instanceof Uint8Array ? source.length : source.size;
      if (!entries.has(sha256)) {
        entries.set(sha256, { size, holders: 0, keptUntil: 0, usedAt: Date.now() });
        bytes += size;
      }
      const held = hold(sha256) as HeldFile;
      await tidy().catch(() => undefined);
      return held;
    },
    drop,
    figures: () => ({ files: entries.size, bytes }),
    async close() {
      clearInterval(timer);
      await rm(mine, { recursive: true, force: true });
    },
  };
}

/** Folders of processes of this host that are gone, and of other hosts (containers) that were not touched for two days. */
async function removeStale(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const [host = '', pid = ''] = name.split('_');
    const folder = join(root, name);
    const info = await stat(folder).catch(() => null);
    if (info === null) continue;
    const isGone = host === hostname() ? !isAlive(Number(pid)) : Date.now() - info.mtimeMs > 2 * DAY_MS;
    if (isGone) await rm(folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
