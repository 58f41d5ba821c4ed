/** Decoded answers kept in memory, so that a list parsed once stays parsed; bounded by count and by octets. */

/** What is held under one key. */
export interface Held {
  readonly ders: readonly Uint8Array[];
  /** Milliseconds since 1970. */
  readonly freshUntil: number;
}

/** Bounds of the memory: 256 lists or answers, 64 MiB together. */
const MAX_ENTRIES = 256;
const MAX_BYTES = 64 * 1024 * 1024;

/** A store of answers, the one not used for longest leaving first. */
export interface HeldAnswers {
  /** What is held and fresh at `now`. */
  get(key: string, now: number): readonly Uint8Array[] | null;
  put(key: string, held: Held): void;
}

function sizeOf(held: Held): number {
  return held.ders.reduce((sum, der) => sum + der.length, 0);
}

/** An empty store. */
export function createHeldAnswers(): HeldAnswers {
  const entries = new Map<string, Held>();
  let bytes = 0;

  function drop(key: string): void {
    const held = entries.get(key);
    if (held === undefined) return;
    entries.delete(key);
    bytes -= sizeOf(held);
  }

  return {
    get(key, now) {
      const held = entries.get(key);
      if (held === undefined) return null;
      if (held.freshUntil <= now) {
        drop(key);
        return null;
      }
      entries.delete(key);
      entries.set(key, held);
      return held.ders;
    },
    put(key, held) {
      drop(key);
      const size = sizeOf(held);
      if (size > MAX_BYTES) return;
      entries.set(key, held);
      bytes += size;
      for (const oldest of entries.keys()) {
        if (entries.size <= MAX_ENTRIES && bytes <= MAX_BYTES) break;
        drop(oldest);
      }
    },
  };
}
