/** Takes all blobs from the disk into a bucket, or back: each one compared with its name on the way; what is there already is left. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { StoreError } from '../errors.ts';
import type { Bucket } from '../s3/bucket.ts';
import { unreachable } from '../s3/request.ts';
import { type DiskBlobStore, openBlobStore } from './disk.ts';
import { objectKey } from './leaving.ts';
import { SHA256 } from './port.ts';

/** What was done. */
export interface MoveResult {
  readonly moved: number;
  /** There already: of the same size, and of the same bytes where the other copy goes. */
  readonly kept: number;
  readonly bytes: number;
  /** Digests of blobs whose bytes are not those of their name: left where they are. */
  readonly corrupt: readonly string[];
  /** Blobs removed from where they came from, after all were seen at their new place. */
  readonly removed: number;
}

export interface MoveOptions {
  readonly direction: 'to-bucket' | 'to-disk';
  /** The folder of blobs on disk. */
  readonly folder: string;
  readonly bucket: Bucket;
  /** Whether to take them away where they came from. */
  readonly removeSource: boolean;
  readonly onProgress?: (done: number) => void;
}

const PREFIXES: readonly string[] = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));

/**
 * Copies every blob; broken off, it goes on where it stopped when it is run again. No gateway may run on either side meanwhile
 * with the other setting: what it takes in would be missed.
 * @throws StoreError BLOBS_UNAVAILABLE, BLOBS_REFUSED, STORE_FULL
 */
export async function moveBlobs(options: MoveOptions): Promise<MoveResult> {
  const disk = await openBlobStore(options.folder);
  const counts = { moved: 0, kept: 0, bytes: 0, removed: 0, corrupt: [] as string[] };
  const one = options.direction === 'to-bucket' ? toBucket : toDisk;
  for (const prefix of PREFIXES) {
    const done: string[] = [];
    for await (const { sha256, size } of sourcesOf(options, disk, prefix)) {
      const outcome = await one(options, disk, sha256, size);
      if (outcome === 'corrupt') counts.corrupt.push(sha256);
      else {
        counts[outcome] += 1;
        if (outcome === 'moved') counts.bytes += size;
        done.push(sha256);
      }
      options.onProgress?.(counts.moved + counts.kept);
    }
    if (!options.removeSource) continue;
    for (const sha256 of done) {
      if (options.direction === 'to-disk') await options.bucket.remove(objectKey(sha256));
      else await disk.remove(sha256, Number.POSITIVE_INFINITY, async () => false);
      counts.removed += 1;
    }
  }
  return counts;
}

async function* sourcesOf(
  { direction, bucket }: MoveOptions,
  disk: DiskBlobStore,
  prefix: string,
): AsyncGenerator<{ sha256: string; size: number }> {
  if (direction === 'to-bucket') {
    for (const sha256 of await disk.listOlder(prefix, Number.POSITIVE_INFINITY))
      yield { sha256, size: await disk.size(sha256) };
    return;
  }
  for await (const { key, size } of bucket.list(`blobs/${prefix}/`)) {
    const sha256 = key.slice(-64);
    if (SHA256.test(sha256)) yield { sha256, size };
  }
}

type Outcome = 'moved' | 'kept' | 'corrupt';
type MoveOne = (options: MoveOptions, disk: DiskBlobStore, sha256: string, size: number) => Promise<Outcome>;

async function digestOf(bytes: AsyncIterable<unknown>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

function digestOfFile(path: string): Promise<string> {
  return digestOf(createReadStream(path, { highWaterMark: 1024 * 1024 }));
}

const toBucket: MoveOne = async ({ bucket, removeSource }, disk, sha256, size) => {
  const key = objectKey(sha256);
  const path = disk.pathOf(sha256);
  if ((await bucket.head(key))?.size === size) {
    if (!removeSource) return 'kept';
    // What is about to be the only copy is read once more.
    const there = await bucket.get(key);
    if (there !== null && (await digestOf(there)) === sha256) return 'kept';
  }
  if ((await digestOfFile(path)) !== sha256) return 'corrupt';
  await bucket.put(key, { path, size }, sha256);
  return 'moved';
};

const toDisk: MoveOne = async ({ bucket }, disk, sha256, size) => {
  const path = disk.pathOf(sha256);
  const there = await stat(path).catch(() => null);
  if (there?.size === size && (await digestOfFile(path)) === sha256) return 'kept';
  const answer = await bucket.get(objectKey(sha256));
  if (answer === null) throw new StoreError('BLOB_MISSING', `no blob ${sha256}`);
  const writer = await disk.create(Number.MAX_SAFE_INTEGER);
  const hash = createHash('sha256');
  try {
    for await (const chunk of answer) {
      hash.update(chunk as Uint8Array);
      await writer.write(chunk as Uint8Array);
    }
    if (hash.digest('hex') !== sha256) {
      await writer.abort();
      return 'corrupt';
    }
    await writer.finish();
    return 'moved';
  } catch (cause) {
    await writer.abort();
    throw unreachable(cause);
  }
};
