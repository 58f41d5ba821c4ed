/** Where the bytes of packages and files are: named by their digest, written once, never changed. */
import type { Readable } from 'node:stream';
import { StoreError } from '../errors.ts';
import type { FileOctets } from '../files/large.ts';

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
  /** Resolves when it is durable under its digest: synced on the disk, or taken by the bucket. */
  finish(): Promise<Blob>;
  abort(): Promise<void>;
}

/** A blob as a file of this machine. */
export interface HeldFile {
  readonly path: string;
  /** The file may go from here on. */
  release(): void;
}

/** Whether blobs can be written and read at present. */
export interface BlobState {
  readonly kind: 'disk' | 's3';
  readonly reachable: boolean;
  /** Why not, for the operator; never holds a secret. */
  readonly reason: string | null;
  /** Of a bucket, since the start: requests, repeated ones, those given up; and the local copies. */
  readonly figures?: Readonly<Record<'requests' | 'retries' | 'failures' | 'files' | 'bytes', number>>;
}

/** @throws StoreError BLOBS_UNAVAILABLE from whatever has to ask a bucket that does not answer. */
export interface BlobStore {
  /** @throws StoreError BLOB_TOO_LARGE from write() past `maxBytes`. */
  create(maxBytes: number): Promise<BlobWriter>;
  put(source: AsyncIterable<Uint8Array> | Uint8Array, maxBytes?: number): Promise<Blob>;
  /** @throws StoreError BLOB_MISSING */
  open(sha256: string): Promise<Readable>;
  read(sha256: string): Promise<Buffer>;
  size(sha256: string): Promise<number>;
  /** Its octets, or for a large one its place; either way compared with its name. @throws StoreError BLOB_MISSING, BLOB_CORRUPT */
  fileOf(sha256: string): Promise<FileOctets>;
  /** The file it is in, until released. From a bucket it has been compared with its name. @throws StoreError BLOB_MISSING, BLOB_CORRUPT */
  hold(sha256: string): Promise<HeldFile>;
  /** Removes unfinished writes last touched more than `olderThanMs` before `now`. @returns how many. */
  sweepUnfinished(olderThanMs: number, now: number): Promise<number>;
  /** Digests that begin with `prefix` (two hex digits) of blobs last written before `before`, milliseconds since 1970. */
  listOlder(prefix: string, before: number): Promise<string[]>;
  /** Removes a blob last written before `before` that `isNamed` does not know. @returns whether it is gone. */
  remove(sha256: string, before: number, isNamed: (sha256: string) => Promise<boolean>): Promise<boolean>;
  /** Ends removals begun before `before`, where they take their time. @returns how many blobs are gone for good now. */
  settleRemovals(before: number, isNamed: (sha256: string) => Promise<boolean>): Promise<number>;
  /** What all gateways of this store hold under `name`: what one of them brought first. On one disk `value` itself. */
  agree(name: string, value: string): Promise<string>;
  /** Whether it answers, as known now. */
  state(): BlobState;
  /** Asks it. Never rejects. */
  ping(): Promise<BlobState>;
  close(): Promise<void>;
}

/** The form of a digest. */
export const SHA256 = /^[0-9a-f]{64}$/;

/** A blob whose bytes are not those of its name. */
export function corrupt(sha256: string): StoreError {
  return new StoreError('BLOB_CORRUPT', `blob ${sha256} has other bytes`);
}

/** @throws TypeError when `sha256` is no digest: it becomes part of a path. */
export function assertDigest(sha256: string): void {
  if (!SHA256.test(sha256)) throw new TypeError('a blob is named by 64 lowercase hex digits');
}

/** Writes all of `source` with a writer of `create`. */
export async function putWith(
  create: (maxBytes: number) => Promise<BlobWriter>,
  source: AsyncIterable<Uint8Array> | Uint8Array,
  maxBytes = Number.MAX_SAFE_INTEGER,
): Promise<Blob> {
  const writer = await create(maxBytes);
  try {
    if (source instanceof Uint8Array) await writer.write(source);
    else for await (const chunk of source) await writer.write(chunk);
    return await writer.finish();
  } catch (cause) {
    await writer.abort();
    throw cause;
  }
}
