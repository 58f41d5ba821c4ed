/** Content-addressed files on disk: `blobs/ab/<sha256>`, written once, never changed. */
import { createHash, randomBytes } from 'node:crypto';
import { constants, createReadStream, existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { StoreError } from './errors.ts';
import { type FileOctets, LARGE_FROM_BYTES } from './files/large.ts';
import { onDisk, writeAll } from './files/sink.ts';
import { listOlderBlobs, removeBlob, restoreLeaving } from './retention/removal.ts';

/** What was stored. `sha256` is lowercase hex. */
export interface Blob {
  readonly sha256: string;
  readonly size: number;
  /** Its bytes, when it is small and they are still in memory. */
  readonly bytes?: Buffer;
}

/** A blob being written; call {@link BlobWriter.finish} or {@link BlobWriter.abort}, always one of them. */
export interface BlobWriter {
  write(chunk: Uint8Array): Promise<void>;
  /** Syncs, names the file after its digest, syncs the folder. Resolves when it is durable. */
  finish(): Promise<Blob>;
  abort(): Promise<void>;
}

export interface BlobStore {
  /** @throws StoreError BLOB_TOO_LARGE from write() past `maxBytes`. */
  create(maxBytes: number): Promise<BlobWriter>;
  put(source: AsyncIterable<Uint8Array> | Uint8Array, maxBytes?: number): Promise<Blob>;
  /** @throws StoreError BLOB_MISSING */
  open(sha256: string): Promise<Readable>;
  read(sha256: string): Promise<Buffer>;
  size(sha256: string): Promise<number>;
  pathOf(sha256: string): string;
  /** Its octets, or for a large one its place; either way compared with its name. @throws StoreError BLOB_MISSING, BLOB_CORRUPT */
  fileOf(sha256: string): Promise<FileOctets>;
  /** Removes unfinished writes last touched more than `olderThanMs` before `now`. @returns how many. */
  sweepUnfinished(olderThanMs: number, now: number): Promise<number>;
  /** Digests that begin with `prefix` (two hex digits) of blobs last written before `before`, milliseconds since 1970. */
  listOlder(prefix: string, before: number): Promise<string[]>;
  /** Removes a blob last written before `before` that `isNamed` does not know. @returns whether it is gone. */
  remove(sha256: string, before: number, isNamed: (sha256: string) => Promise<boolean>): Promise<boolean>;
}

const SHA256 = /^[0-9a-f]{64}$/;

function corrupt(sha256: string): StoreError {
  return new StoreError('BLOB_CORRUPT', `blob ${sha256} has other bytes`);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Up to this size a blob is kept in memory while it is written, and goes to disk in one piece. */
const SMALL_BYTES = 256 * 1024;
/** open(2) O_DSYNC: a write returns when what it wrote, and the file's size, are on disk. Not every system has it. */
const O_DSYNC = (constants as Partial<typeof constants>).O_DSYNC;
const SYNCED = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (O_DSYNC ?? 0);

/** Opens (and makes) the blob folder `root`. `atPoint` marks crash points for tests (see docs/reliability.md). */
export async function openBlobStore(
  root: string,
  atPoint: (name: string) => void = () => undefined,
): Promise<BlobStore> {
  const incoming = join(root, 'incoming');
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  const knownFolders = new Set<string>();

  function newPathOf(sha256: string): string {
    if (!SHA256.test(sha256)) throw new TypeError('a blob is named by 64 lowercase hex digits');
    return join(root, sha256.slice(0, 2), sha256);
  }

  /** Versions up to 0.1 used two levels of folders, a new one for almost every blob; what they wrote stays where it is. */
  function pathOf(sha256: string): string {
    const path = newPathOf(sha256);
    const before = join(root, sha256.slice(0, 2), sha256.slice(2, 4), sha256);
    return !existsSync(path) && existsSync(before) ? before : path;
  }

  /** Makes one of the 256 folders durable, once per process. */
  async function ensureFolder(folder: string): Promise<void> {
    if (knownFolders.has(folder)) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await syncFolder(root);
    knownFolders.add(folder);
  }

  /** The synced file gets its name, and the name is made durable. */
  async function publish(temporary: string, sha256: string): Promise<void> {
    atPoint('C2');
    const final = newPathOf(sha256);
    await onDisk(ensureFolder(dirname(final)));
    await onDisk(rename(temporary, final));
    await onDisk(syncFolder(dirname(final)));
    atPoint('C3');
  }

  async function create(maxBytes: number): Promise<BlobWriter> {
    const temporary = join(incoming, randomBytes(16).toString('hex'));
    const hash = createHash('sha256');
    let chunks: Uint8Array[] | null = [];
    let handle: FileHandle | null = null;
    let size = 0;

    async function toFile(flags: string | number = 'wx'): Promise<FileHandle> {
      if (handle === null) handle = await onDisk(open(temporary, flags, 0o600));
      if (chunks !== null) {
        const held = Buffer.concat(chunks);
        chunks = null;
        await onDisk(writeAll(handle, held));
      }
      return handle;
    }

    async function close(): Promise<void> {
      const last = handle;
      handle = null;
      await last?.close();
    }

    return {
      async write(chunk) {
        if (size === 0) atPoint('C1');
        size += chunk.length;
        if (size > maxBytes) throw new StoreError('BLOB_TOO_LARGE', `larger than ${maxBytes} bytes`);
        hash.update(chunk);
        if (chunks !== null && size <= SMALL_BYTES) chunks.push(Uint8Array.from(chunk));
        else await onDisk(writeAll(await toFile(), chunk));
      },
      async finish() {
        const bytes = chunks === null ? undefined : Buffer.concat(chunks);
        // What goes out in one piece is written and synced by one call.
        const file = await toFile(SYNCED);
        if (O_DSYNC === undefined || bytes === undefined || bytes.length === 0) await onDisk(file.sync());
        await onDisk(close());
        const sha256 = hash.digest('hex');
        await publish(temporary, sha256);
        return { sha256, size, ...(bytes === undefined ? {} : { bytes }) };
      },
      async abort() {
        if (handle === null && chunks !== null) return;
        await close();
        await rm(temporary, { force: true });
      },
    };
  }

  async function size(sha256: string): Promise<number> {
    try {
      return (await stat(pathOf(sha256))).size;
    } catch (cause) {
      throw new StoreError('BLOB_MISSING', `no blob ${sha256}`, { cause });
    }
  }

  async function openBlob(sha256: string): Promise<Readable> {
    await size(sha256);
    return createReadStream(pathOf(sha256), { highWaterMark: 256 * 1024 });
  }

  async function read(sha256: string): Promise<Buffer> {
    await size(sha256);
    const bytes = await readFile(pathOf(sha256));
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw corrupt(sha256);
    return bytes;
  }

  const folder = { root, pathOf, atPoint };
  await restoreLeaving(folder);
  return {
    create,
    pathOf,
    size,
    open: openBlob,
    async put(source, maxBytes = Number.MAX_SAFE_INTEGER) {
      const writer = await create(maxBytes);
      try {
        if (source instanceof Uint8Array) await writer.write(source);
        else for await (const chunk of source) await writer.write(chunk);
        return await writer.finish();
      } catch (cause) {
        await writer.abort();
        throw cause;
      }
    },
    async fileOf(sha256) {
      const sizeBytes = await size(sha256);
      if (sizeBytes < LARGE_FROM_BYTES) return read(sha256);
      const hash = createHash('sha256');
      for await (const chunk of await openBlob(sha256)) hash.update(chunk as Uint8Array);
      if (hash.digest('hex') !== sha256) throw corrupt(sha256);
      return { path: pathOf(sha256), sizeBytes };
    },
    read,
    async sweepUnfinished(olderThanMs, now) {
      let removed = 0;
      for (const name of await readdir(incoming)) {
        const file = join(incoming, name);
        const info = await stat(file).catch(() => null);
        if (info === null || now - info.mtimeMs < olderThanMs) continue;
        await rm(file, { force: true });
        removed += 1;
      }
      return removed;
    },
    listOlder: (prefix, before) => listOlderBlobs(root, prefix, before),
    remove: (sha256, before, isNamed) => removeBlob(folder, sha256, before, isNamed),
  };
}
