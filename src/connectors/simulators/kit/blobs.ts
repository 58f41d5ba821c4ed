import { createReadStream, createWriteStream, writeFileSync } from 'node:fs';
import { appendFile, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
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

/** Up to this size a blob is written in one piece, and the last {@link RECENT} of them are read from memory. */
const SMALL_BYTES = 256 * 1024;
const RECENT = 64;

/** Blobs in `dir`, or in memory; either way none larger than `maxBytes`. */
export async function createBlobs(options: { dir?: string; maxBytes: number }): Promise<Blobs> {
  const { dir, maxBytes } = options;
  if (!dir) return createMemoryBlobs(maxBytes);
  await mkdir(dir, { recursive: true });
  const pathOf = (id: string): string => join(dir, id);
  /** A simulator shares the machine with what it serves, and should cost little. */
  const recent = new Map<string, Uint8Array>();

  function keepSmall(id: string, bytes: Uint8Array): void {
    // At once: three ways through the thread pool cost more than the writing, which nothing here waits for (no sync).
    writeFileSync(pathOf(id), bytes);
    recent.set(id, bytes);
    const [oldest] = recent.keys();
    if (recent.size > RECENT && oldest !== undefined) recent.delete(oldest);
  }

  return {
    async write(id, source) {
      const rest = capped(source, maxBytes);
      const chunks: Uint8Array[] = [];
      for (let size = 0; size <= SMALL_BYTES; ) {
        const { done, value } = await rest.next();
        if (done === true) return keepSmall(id, Buffer.concat(chunks));
        chunks.push(value);
        size += value.length;
      }
      await pipeline(
        async function* () {
          yield* chunks;
          yield* rest;
        },
        createWriteStream(pathOf(id)),
      );
    },
    async append(id, bytes) {
      recent.delete(id);
      await appendFile(pathOf(id), bytes);
    },
    async *read(id) {
      const bytes = recent.get(id);
      if (bytes === undefined) yield* createReadStream(pathOf(id));
      else yield bytes;
    },
    async rename(from, to) {
      await rename(pathOf(from), pathOf(to));
      recent.delete(from);
    },
    async remove(id) {
      recent.delete(id);
      await rm(pathOf(id), { force: true });
    },
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
