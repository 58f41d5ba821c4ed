/** Blobs on their way in: hashed as they come, small ones kept in memory, larger ones in a file under a name of chance. */
import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from '../errors.ts';
import { onDisk, writeAll } from '../files/sink.ts';
import type { Blob, BlobWriter } from './port.ts';

/** Up to this size a blob is kept in memory while it is written, and goes out in one piece. */
const SMALL_BYTES = 256 * 1024;

/** All of a blob, not kept under its digest yet. */
export interface Incoming {
  readonly sha256: string;
  readonly size: number;
  /** All of it, when it is small; otherwise it is in the file. */
  readonly bytes?: Buffer;
  /** Where it is, or may be written: a name nobody else has. */
  readonly path: string;
  /** The file, made when there is none yet; what was in memory is written to it. */
  file(): Promise<FileHandle>;
  close(): Promise<void>;
}

/** Starts a blob in the folder `incoming`; `keep` makes it durable under its digest and takes the file away from there. */
export function createWriter(
  incoming: string,
  maxBytes: number,
  atPoint: (name: string) => void,
  keep: (blob: Incoming) => Promise<void>,
): BlobWriter {
  const path = join(incoming, randomBytes(16).toString('hex'));
  const hash = createHash('sha256');
  let chunks: Uint8Array[] | null = [];
  let handle: FileHandle | null = null;
  let size = 0;

  async function file(): Promise<FileHandle> {
    if (handle === null) handle = await onDisk(open(path, 'wx', 0o600));
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
      else await onDisk(writeAll(await file(), chunk));
    },
    async finish(): Promise<Blob> {
      const bytes = chunks === null ? undefined : Buffer.concat(chunks);
      const blob = { sha256: hash.digest('hex'), size, ...(bytes === undefined ? {} : { bytes }) };
      await keep({ ...blob, path, file, close });
      return blob;
    },
    async abort() {
      if (handle === null && chunks !== null) return;
      await close();
      await rm(path, { force: true });
    },
  };
}

/** Removes files of `incoming` last touched more than `olderThanMs` before `now`. @returns how many. */
export async function sweepIncoming(incoming: string, olderThanMs: number, now: number): Promise<number> {
  let removed = 0;
  for (const name of await readdir(incoming)) {
    const file = join(incoming, name);
    const info = await stat(file).catch(() => null);
    if (info === null || now - info.mtimeMs < olderThanMs) continue;
    await rm(file, { force: true });
    removed += 1;
  }
  return removed;
}
