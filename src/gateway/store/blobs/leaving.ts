/**
 * Takes objects out of a bucket so that a crash, or the same bytes coming again at that moment, loses nothing. S3 has no rename
 * and no delete that asks first: an object is copied to `leaving/` before it goes, and that copy goes only when nothing has named
 * the blob for the whole grace time. Whoever misses a blob meanwhile finds it there (see `bucket.ts`).
 */
import type { Bucket } from '../s3/bucket.ts';
import { assertDigest, SHA256 } from './port.ts';

/** Where a blob is. */
export function objectKey(sha256: string): string {
  assertDigest(sha256);
  return `blobs/${sha256.slice(0, 2)}/${sha256}`;
}

/** Where a blob on its way out is. */
export function leavingKey(sha256: string): string {
  assertDigest(sha256);
  return `leaving/${sha256}`;
}

/** Moves a blob last written before `before` that `isNamed` does not know to `leaving/`. @returns whether it was moved. */
export async function removeFromBucket(
  bucket: Bucket,
  sha256: string,
  before: number,
  isNamed: (sha256: string) => Promise<boolean>,
  atPoint: (name: string) => void,
): Promise<boolean> {
  const [key, aside] = [objectKey(sha256), leavingKey(sha256)];
  const seen = await bucket.head(key);
  if (seen === null || seen.modifiedAt >= before || (await isNamed(sha256))) return false;
  if (!(await bucket.copy(key, aside))) return false;
  atPoint('R2');
  await bucket.remove(key);
  // Who brought the same bytes before they went may have named them since.
  if (!(await isNamed(sha256))) return true;
  await bucket.copy(aside, key);
  return false;
}

/** Ends removals begun before `before`: what nothing names goes, what something names is put back. @returns how many went. */
export async function settleRemovals(
  bucket: Bucket,
  before: number,
  isNamed: (sha256: string) => Promise<boolean>,
): Promise<number> {
  let gone = 0;
  for await (const { key, modifiedAt } of bucket.list('leaving/')) {
    const sha256 = key.slice('leaving/'.length);
    if (!SHA256.test(sha256) || modifiedAt >= before) continue;
    if (await isNamed(sha256)) {
      const isBack = (await bucket.head(objectKey(sha256))) !== null;
      if (!isBack) await bucket.copy(key, objectKey(sha256));
    } else gone += 1;
    await bucket.remove(key);
  }
  return gone;
}
