/**
 * Blobs in a bucket that all gateways share (docs/adr/029): `blobs/ab/<sha256>`. What is being written passes through a local file
 * or memory and counts only when the bucket has it; what is read passes through a local copy, compared with its name on the way in.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { StoreError } from '../errors.ts';
import { LARGE_FROM_BYTES } from '../files/large.ts';
import { onDisk, writeAll } from '../files/sink.ts';
import type { Bucket } from '../s3/bucket.ts';
import { readWhole, unreachable } from '../s3/request.ts';
import type { BlobCache } from './cache.ts';
import { leavingKey, objectKey, removeFromBucket, settleRemovals } from './leaving.ts';
import { watchBucket } from './outage.ts';
import { type BlobStore, type BlobWriter, corrupt, type HeldFile, putWith, SHA256 } from './port.ts';
import { createWriter, type Incoming, sweepIncoming } from './writer.ts';

/** How long the file of a large blob stays after its place was given out: longer than any work on it. */
const WORK_MS = 2 * 3_600_000;
/** A download that breaks off is begun anew this often. */
const FETCHES = 3;
const TAKEN_MS = 10_000;

/** Blobs in `bucket`, with local copies in `cache`. `atPoint` marks crash points for tests. */
export function bucketBlobStore(
  bucket: Bucket,
  cache: BlobCache,
  atPoint: (name: string) => void = () => undefined,
): BlobStore {
  const outage = watchBucket(bucket);
  const { ask } = outage;
  const fetching = new Map<string, Promise<void>>();

  async function keep({ bytes, sha256, size, path, file, close }: Incoming): Promise<void> {
    atPoint('C2');
    if (bytes === undefined) {
      await file();
      await onDisk(close());
    }
    await ask(() => bucket.put(objectKey(sha256), bytes ?? { path, size }, sha256));
    atPoint('C3');
    // It is kept; a copy here only saves fetching it.
    const added = await cache.add(sha256, bytes ?? { path, size }).catch(() => rm(path, { force: true }));
    added?.release();
  }

  async function create(maxBytes: number): Promise<BlobWriter> {
    await outage.assertThere();
    return createWriter(cache.incoming, maxBytes, atPoint, keep);
  }

  /** The object, wherever a removal that was broken off left it. */
  async function get(sha256: string): Promise<IncomingMessage> {
    const key = objectKey(sha256);
    const found = await bucket.get(key);
    if (found !== null) return found;
    if (await bucket.copy(leavingKey(sha256), key)) {
      const back = await bucket.get(key);
      if (back !== null) return back;
    }
    throw new StoreError('BLOB_MISSING', `no blob ${sha256}`);
  }

  async function fetchOnce(sha256: string): Promise<void> {
    const answer = await get(sha256);
    const path = join(cache.incoming, randomBytes(16).toString('hex'));
    try {
      const handle = await onDisk(open(path, 'wx', 0o600));
      const hash = createHash('sha256');
      let size = 0;
      try {
        for await (const chunk of answer) {
          hash.update(chunk as Uint8Array);
          size += (chunk as Uint8Array).length;
          await onDisk(writeAll(handle, chunk as Uint8Array));
        }
        if (!answer.complete) throw new Error('the answer was cut short');
      } finally {
        await handle.close();
      }
      if (hash.digest('hex') !== sha256) throw corrupt(sha256);
      const held = await cache.add(sha256, { path, size });
      // Until those who wait for it have taken hold of it.
      cache.keepUntil(sha256, Date.now() + TAKEN_MS);
      held.release();
    } catch (cause) {
      answer.destroy();
      await rm(path, { force: true });
      throw unreachable(cause);
    }
  }

  function fetchBlob(sha256: string): Promise<void> {
    return ask(async () => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await fetchOnce(sha256);
        } catch (cause) {
          if ((cause as StoreError).code !== 'BLOBS_UNAVAILABLE' || attempt >= FETCHES) throw cause;
        }
      }
    });
  }

  /** Those who want the same blob at the same time share one download. */
  async function hold(sha256: string): Promise<HeldFile> {
    for (;;) {
      const held = cache.hold(sha256);
      if (held !== null) {
        // Someone may have cleared the folder away.
        if (await isThere(held.path)) return held;
        held.release();
        await cache.drop(sha256);
      }
      let under = fetching.get(sha256);
      if (under === undefined) {
        under = fetchBlob(sha256).finally(() => fetching.delete(sha256));
        fetching.set(sha256, under);
      }
      await under;
    }
  }

  async function withHeld<T>(sha256: string, work: (path: string) => Promise<T>): Promise<T> {
    const held = await hold(sha256);
    try {
      return await work(held.path);
    } finally {
      held.release();
    }
  }

  async function read(sha256: string): Promise<Buffer> {
    const bytes = await withHeld(sha256, (path) => readFile(path));
    if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes;
    // The copy went bad, not the object: fetching compares again.
    await cache.drop(sha256);
    return withHeld(sha256, (path) => readFile(path));
  }

  async function size(sha256: string): Promise<number> {
    const held = cache.hold(sha256);
    if (held !== null) {
      const info = await stat(held.path).catch(() => null);
      held.release();
      if (info !== null) return info.size;
    }
    const seen = await ask(async () => {
      const there = await bucket.head(objectKey(sha256));
      return there ?? (await bucket.head(leavingKey(sha256)));
    });
    if (seen === null) throw new StoreError('BLOB_MISSING', `no blob ${sha256}`);
    return seen.size;
  }

  async function openBlob(sha256: string): Promise<Readable> {
    const held = await hold(sha256);
    const stream = createReadStream(held.path, { highWaterMark: 256 * 1024 });
    return stream.once('close', held.release);
  }

  return {
    create,
    put: (source, maxBytes) => putWith(create, source, maxBytes),
    open: openBlob,
    read,
    size,
    async fileOf(sha256) {
      const large = await withHeld(sha256, async (path) => {
        const { size: sizeBytes } = await stat(path);
        if (sizeBytes >= LARGE_FROM_BYTES) cache.keepUntil(sha256, Date.now() + WORK_MS);
        return { path, sizeBytes };
      });
      return large.sizeBytes < LARGE_FROM_BYTES ? read(sha256) : large;
    },
    hold,
    async sweepUnfinished(olderThanMs, now) {
      const here = await sweepIncoming(cache.incoming, olderThanMs, now);
      return here + (await ask(() => bucket.abortUploads(now - olderThanMs)));
    },
    async listOlder(prefix, before) {
      const older: string[] = [];
      await ask(async () => {
        for await (const { key, modifiedAt } of bucket.list(`blobs/${prefix}/`))
          if (modifiedAt < before) older.push(key.slice(-64));
      });
      return older.filter((name) => SHA256.test(name));
    },
    async remove(sha256, before, isNamed) {
      const isGone = await ask(() => removeFromBucket(bucket, sha256, before, isNamed, atPoint));
      if (isGone) await cache.drop(sha256);
      return isGone;
    },
    settleRemovals: (before, isNamed) => ask(() => settleRemovals(bucket, before, isNamed)),
    agree: (name, value) => ask(() => agreed(bucket, `gateway/${name}`, value)),
    state: () => ({ ...outage.state(), figures: { ...bucket.figures, ...cache.figures() } }),
    async ping() {
      await outage.ping();
      return outage.state();
    },
    async close() {
      outage.stop();
      bucket.close();
      await cache.close();
    },
  };
}

/** Two that bring theirs at the same moment are told apart at the next start. */
async function agreed(bucket: Bucket, key: string, value: string): Promise<string> {
  const bytes = Buffer.from(value);
  const digest = createHash('sha256').update(bytes).digest('hex');
  if ((await bucket.head(key)) === null) await bucket.put(key, bytes, digest);
  const answer = await bucket.get(key);
  return answer === null ? '' : (await readWhole(answer)).toString('utf8');
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
