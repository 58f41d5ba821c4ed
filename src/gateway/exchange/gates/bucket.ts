/** A rate limit: so many a second, a second's worth at once after a pause. */

export interface Bucket {
  /** Takes one; @returns how long to wait before using it, ms. */
  take(now: number): number;
}

/** @param perSecond 0: no limit. */
export function createBucket(perSecond: number): Bucket {
  if (perSecond <= 0) return { take: () => 0 };
  const intervalMs = 1000 / perSecond;
  const burst = Math.max(1, Math.ceil(perSecond));
  // The moment at which the bucket is (or will be) full again minus what was taken: one number says it all.
  let next = Number.NEGATIVE_INFINITY;
  return {
    take(now) {
      const start = Math.max(next, now - (burst - 1) * intervalMs);
      next = start + intervalMs;
      return Math.max(0, start - now);
    },
  };
}
