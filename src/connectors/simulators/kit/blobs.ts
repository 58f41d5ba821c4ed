import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Where a simulator keeps the packages it accepted: a folder, or memory for small ones. */
export interface Blobs {
  /** `id` must be a plain file name of ours. */
  write(id: string, source: AsyncIterable<Uint8Array>): Promise<void>;
  append(id: string, bytes: Uint8Array): Promise<void>;
  read(id: string): AsyncIterable<Uint8Array>;
  rename(from: string, to: string): Promise<void>;
  remove(id: string): Promise<void>;
}

/** More than the limit arrived. */
export class BlobTooLargeError extends Error {
  override readonly name = 'BlobTooLargeError';
}

/** Blobs in `dir`, or in memory; either way none larger than `maxBytes`. */
export async function createBlobs(options: { dir?: string; maxBytes: number }): Promise<Blobs> {
  const { dir, maxBytes } = options;
  if (!dir) return createMemoryBlobs(maxBytes);
  await mkdir(dir, { recursive: true });
  return {
    write: (id, source) =>
      pipeline(
        Readable.from(capped(source, maxBytes), { objectMode: false }),
        createWriteStream(join(dir, id)),
      ),
    append: (id, bytes) => pipeline(Readable.from([bytes]), createWriteStream(join(dir, id), { flags: 'a' })),
    read: (id) => createReadStream(join(dir, id)),
    rename: (from, to) => rename(join(dir, from), join(dir, to)),
    remove: (id) => rm(join(dir, id), { force: true }),
  };
}

function createMemoryBlobs(maxBytes: number): Blobs {
  const blobs = new Map<string, Uint8Array[]>();
  return {
    async write(id, source) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of capped(source, maxBytes)) chunks.push(Uint8Array.from(chunk));
      blobs.set(id, chunks);
    },
    async append(id, bytes) {
      blobs.get(id)?.push(bytes);
    },
    async *read(id) {
      yield* blobs.get(id) ?? [];
    },
    async rename(from, to) {
      blobs.set(to, blobs.get(from) ?? []);
      blobs.delete(from);
    },
    async remove(id) {
      blobs.delete(id);
    },
  };
}

async function* capped(source: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > maxBytes) throw new BlobTooLargeError(`over ${maxBytes} bytes`);
    yield chunk;
  }
}
