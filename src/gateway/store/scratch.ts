/**
 * Uploaded files on their way into a package: in memory while small, else in a temporary file, gone when disposed. They need
 * not be durable: the package they go into is, before anyone is answered.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Blob } from './blobs/port.ts';
import { StoreError } from './errors.ts';
import { asStoreError, isStoreFault } from './faults.ts';
import { type FileOctets, LARGE_FROM_BYTES, type LargeFile } from './files/large.ts';

/** A place for the files of one request. */
export interface Scratch {
  /** @throws StoreError BLOB_TOO_LARGE, STORE_FULL */
  put(source: AsyncIterable<Uint8Array> | Uint8Array, maxBytes?: number): Promise<Blob>;
  /** @throws StoreError BLOB_MISSING */
  open(sha256: string): Promise<Readable>;
  read(sha256: string): Promise<Buffer>;
  /** Its octets, or for a large one its place, good until disposed. */
  fileOf(sha256: string): Promise<FileOctets>;
  /** Whether reading this file costs nothing. */
  isInMemory(sha256: string): boolean;
  dispose(): Promise<void>;
}

/** A file up to this size stays in memory. */
const MEMORY_BYTES = 1024 * 1024;

/** Opens a scratch place; `folder` is made when the first large file comes. */
export function openScratch(folder: string, memoryBytes = MEMORY_BYTES): Scratch {
  const small = new Map<string, Buffer>();
  const large = new Map<string, LargeFile>();
  const mine = join(folder, `scratch-${randomUUID()}`);
  let made = false;

  async function put(
    source: AsyncIterable<Uint8Array> | Uint8Array,
    maxBytes = Number.MAX_SAFE_INTEGER,
  ): Promise<Blob> {
    const hash = createHash('sha256');
    let chunks: Uint8Array[] = [];
    let size = 0;
    let file: { path: string; handle: FileHandle } | null = null;
    try {
      for await (const chunk of source instanceof Uint8Array ? [source] : source) {
        size += chunk.length;
        if (size > maxBytes) throw new StoreError('BLOB_TOO_LARGE', `larger than ${maxBytes} bytes`);
        hash.update(chunk);
        chunks.push(chunk);
        if (size <= memoryBytes) continue;
        file ??= await newFile();
        // writeFile goes on until all of it is written; writev may stop half-way on a disk almost full.
        await file.handle.writeFile(Buffer.concat(chunks));
        chunks = [];
      }
    } catch (cause) {
      throw isStoreFault(cause) ? asStoreError(cause) : cause;
    } finally {
      await file?.handle.close();
    }
    const sha256 = hash.digest('hex');
    if (file === null) small.set(sha256, Buffer.concat(chunks));
    else large.set(sha256, { path: file.path, sizeBytes: size });
    return { sha256, size };
  }

  async function newFile(): Promise<{ path: string; handle: FileHandle }> {
    await mkdir(mine, { recursive: true, mode: 0o700 });
    made = true;
    const path = join(mine, randomUUID());
    return { path, handle: await open(path, 'wx', 0o600) };
  }

  function pathOf(sha256: string): string {
    const path = large.get(sha256)?.path;
    if (path === undefined) throw new StoreError('BLOB_MISSING', `no file ${sha256} in this request`);
    return path;
  }

  return {
    put,
    async open(sha256) {
      const bytes = small.get(sha256);
      return bytes === undefined ? createReadStream(pathOf(sha256)) : Readable.from([bytes]);
    },
    async read(sha256) {
      return small.get(sha256) ?? readFile(pathOf(sha256));
    },
    async fileOf(sha256) {
      const file = large.get(sha256);
      if (file !== undefined && file.sizeBytes >= LARGE_FROM_BYTES) return file;
      return small.get(sha256) ?? readFile(pathOf(sha256));
    },
    isInMemory: (sha256) => small.has(sha256),
    async dispose() {
      small.clear();
      if (made) await rm(mine, { recursive: true, force: true });
    },
  };
}
