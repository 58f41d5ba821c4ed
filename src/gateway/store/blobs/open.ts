/** Opens the blobs a gateway works with: on its disk, or in the bucket the settings name. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from '../errors.ts';
import { readBucketAddress } from '../s3/address.ts';
import { type Bucket, openBucket } from '../s3/bucket.ts';
import { readWhole } from '../s3/request.ts';
import { bucketBlobStore } from './bucket.ts';
import { openCache } from './cache.ts';
import { openBlobStore } from './disk.ts';
import type { BlobStore } from './port.ts';

/** Settings that say where blobs are; see the table of settings. */
export interface BlobSettings {
  readonly dataDir: string;
  /** Empty: on disk. */
  readonly s3Url: string;
  readonly s3AccessKey: string;
  readonly s3SecretKey: string;
  readonly s3Region: string;
  readonly s3Addressing: 'path' | 'virtual';
  readonly s3Ca: string;
  readonly s3Encryption: '' | 'AES256' | 'aws:kms';
  readonly s3TimeoutSeconds: number;
  readonly s3CacheMb: number;
}

/** Unfinished uploads older than this are swept at the start. */
const UNFINISHED_MS = 24 * 3_600_000;
const MIB = 1024 * 1024;

/** The folder of blobs on disk. */
export function diskFolder({ dataDir }: Pick<BlobSettings, 'dataDir'>): string {
  return join(dataDir, 'blobs');
}

/** The bucket of the settings; nothing is asked yet. @throws TypeError when they name none, or a file of certificates cannot be read. */
export function openConfiguredBucket(settings: BlobSettings): Bucket {
  const address = readBucketAddress(settings.s3Url);
  if (address === null) throw new TypeError('S3_URL names no bucket');
  return openBucket({
    address,
    accessKey: settings.s3AccessKey || address.accessKey,
    secretKey: settings.s3SecretKey || address.secretKey,
    region: settings.s3Region,
    addressing: settings.s3Addressing,
    ca: settings.s3Ca === '' ? undefined : readFileSync(settings.s3Ca, 'utf8'),
    encryption: settings.s3Encryption,
    timeoutMs: settings.s3TimeoutSeconds * 1000,
  });
}

/**
 * Opens blobs and removes unfinished writes of a day ago. A bucket that does not answer is waited for while the gateway runs; one
 * that refuses us is a fault of the settings.
 * @throws StoreError BLOBS_REFUSED
 */
export async function openBlobs(
  settings: BlobSettings,
  atPoint: (name: string) => void = () => undefined,
): Promise<BlobStore> {
  if (settings.s3Url === '') {
    const disk = await openBlobStore(diskFolder(settings), atPoint);
    await disk.sweepUnfinished(UNFINISHED_MS, Date.now());
    return disk;
  }
  const bucket = openConfiguredBucket(settings);
  try {
    await bucket.ping();
  } catch (cause) {
    if (!(cause instanceof StoreError) || cause.code !== 'BLOBS_UNAVAILABLE') throw cause;
  }
  const cache = await openCache(join(settings.dataDir, 'blob-cache'), settings.s3CacheMb * MIB);
  const blobs = bucketBlobStore(bucket, cache, atPoint);
  await blobs.ping();
  return blobs;
}

/** What a try of a bucket showed: which step failed, and how. */
export interface BucketTrial {
  readonly step: 'reach' | 'write' | 'read' | 'remove' | 'list' | null;
  readonly reason: string;
  /** Time of the service less ours, ms; NaN: not known. */
  readonly clockOffMs: number;
  /** Whether older versions of objects are kept; null: the service does not say. */
  readonly isVersioned: boolean | null;
}

/** Writes, reads, lists and removes a small object, as `doctor` does. Never rejects. */
export async function tryBucket(bucket: Bucket): Promise<BucketTrial> {
  const bytes = Buffer.from(`lienthong doctor ${process.pid} ${Date.now()}`);
  const key = `doctor/${process.pid}-${Date.now()}`;
  let step: BucketTrial['step'] = 'reach';
  let clockOffMs = Number.NaN;
  const failed = (reason: string): BucketTrial => ({ step, reason, clockOffMs, isVersioned: null });
  try {
    clockOffMs = (await bucket.ping()) + 500 - Date.now();
    step = 'write';
    await bucket.put(key, bytes, createHash('sha256').update(bytes).digest('hex'));
    step = 'read';
    const answer = await bucket.get(key);
    const back = answer === null ? null : await readWhole(answer);
    if (back?.equals(bytes) !== true) return failed('other bytes came back');
    step = 'list';
    const seen: string[] = [];
    for await (const one of bucket.list('doctor/')) seen.push(one.key);
    if (!seen.includes(key)) return failed('the object is not in the list');
    step = 'remove';
    await bucket.remove(key);
    if ((await bucket.head(key)) !== null) return failed('the object is still there');
    return { step: null, reason: '', clockOffMs, isVersioned: await bucket.isVersioned() };
  } catch (cause) {
    return failed((cause as Error).message);
  }
}
