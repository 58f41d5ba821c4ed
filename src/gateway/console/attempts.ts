/** Bounds wrong sign-ins per address: a small bucket of tries that fills again with time. */

/** Wrong tries an address has at once. */
export const BURST = 10;
/** One try comes back after this long. */
export const REFILL_MS = 6_000;
/** Addresses remembered; past it the one not seen for longest is forgotten. */
const MAX_ADDRESSES = 10_000;

/** Counts wrong tries. Times are milliseconds since 1970. */
export interface Attempts {
  /** Seconds to wait before the next try; 0: go ahead. */
  waitSeconds(address: string, now: number): number;
  wrong(address: string, now: number): void;
}

/** IPv6 hosts own a whole /64: its first four groups stand for the address. */
function bucketOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const head = address.split('::')[0] ?? '';
  return head.split(':').slice(0, 4).join(':');
}

/** An empty counter. `burst` tries at once, one more each `refillMs`. */
export function createAttempts(burst = BURST, refillMs = REFILL_MS): Attempts {
  const buckets = new Map<string, { spent: number; at: number }>();

  function spentOf(address: string, now: number): number {
    const known = buckets.get(bucketOf(address));
    return known === undefined ? 0 : Math.max(0, known.spent - Math.max(0, now - known.at) / refillMs);
  }

  return {
    waitSeconds(address, now) {
      const over = spentOf(address, now) - (burst - 1);
      return over <= 0 ? 0 : Math.ceil((over * refillMs) / 1000);
    },
    wrong(address, now) {
      const spent = Math.min(burst, spentOf(address, now) + 1);
      const key = bucketOf(address);
      buckets.delete(key);
      buckets.set(key, { spent, at: now });
      const oldest = buckets.keys().next().value;
      if (buckets.size > MAX_ADDRESSES && oldest !== undefined) buckets.delete(oldest);
    },
  };
}
