/** Knows whether a bucket answers: by what it said last, and while it does not, by asking again. */
import { StoreError } from '../errors.ts';
import type { Bucket } from '../s3/bucket.ts';
import type { BlobState } from './port.ts';

export interface Outage {
  /** Does `work` on the bucket and learns from how it ends. */
  ask<T>(work: () => Promise<T>): Promise<T>;
  /** @throws StoreError when the bucket is known to be away and still is. */
  assertThere(): Promise<void>;
  ping(): Promise<void>;
  state(): BlobState;
  stop(): void;
}

/** While it is away it is asked this often, and an answer counts for as long. */
const AGAIN_MS = 1_000;

/** Watches `bucket`, which counts as there until it fails. */
export function watchBucket(bucket: Pick<Bucket, 'ping'>): Outage {
  let fault: StoreError | null = null;
  let askedAt = 0;
  let asking: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;

  function failed(cause: StoreError): void {
    fault = cause;
    if (timer !== null || stopped) return;
    timer = setInterval(() => void ping(), AGAIN_MS);
    timer.unref();
  }

  function succeeded(): void {
    fault = null;
    if (timer !== null) clearInterval(timer);
    timer = null;
  }

  async function ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      succeeded();
      return result;
    } catch (cause) {
      if (cause instanceof StoreError && isAway(cause)) failed(cause);
      throw cause;
    }
  }

  function ping(): Promise<void> {
    if (Date.now() - askedAt < AGAIN_MS / 2) return Promise.resolve();
    asking ??= ask(() => bucket.ping())
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        asking = null;
        askedAt = Date.now();
      });
    return asking;
  }

  return {
    ask,
    ping,
    async assertThere() {
      if (fault !== null) await ping();
      if (fault !== null) throw fault;
    },
    state: () => ({ kind: 's3', reachable: fault === null, reason: fault?.message ?? null }),
    stop() {
      stopped = true;
      if (timer !== null) clearInterval(timer);
      timer = null;
    },
  };
}

/** A bucket that does not answer, or refuses us. */
export function isAway(cause: unknown): boolean {
  return cause instanceof StoreError && /^BLOBS_(UNAVAILABLE|REFUSED)$/.test(cause.code);
}
