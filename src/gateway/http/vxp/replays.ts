/** Requests seen, so that one caught on the way can't be used again when its time reads as fresh in another zone. */

/** Most entries kept; at 1 request a second these are 27 hours. The oldest goes first. */
const MAX_ENTRIES = 100_000;

/** Memory of authentication codes. */
export interface ReplayMemory {
  /**
   * True when this code was first used longer than `windowMs` ago. Sooner it is a repetition, as the SDK makes them itself
   * when an answer is late: every operation has the same effect however often it comes.
   */
  isReplay(code: string, now: number, windowMs: number): boolean;
}

/** One gateway's memory. `zoneOffsetsMs`: every zone a time may be written in. */
export function createReplayMemory(windowMs: number, zoneOffsetsMs: readonly number[]): ReplayMemory {
  const spreadMs = Math.max(...zoneOffsetsMs) - Math.min(...zoneOffsetsMs);
  const firstUse = new Map<string, number>();
  return {
    isReplay(code, now, ownWindowMs) {
      const key = code.slice(0, 32);
      const first = firstUse.get(key);
      if (first !== undefined) return now - first > Math.max(windowMs, ownWindowMs) * 2;
      firstUse.set(key, now);
      for (const [oldest, at] of firstUse) {
        if (firstUse.size <= MAX_ENTRIES && now - at <= spreadMs + 4 * Math.max(windowMs, ownWindowMs)) break;
        firstUse.delete(oldest);
      }
      return false;
    },
  };
}
