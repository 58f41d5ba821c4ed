/**
 * A circuit breaker: when a counterparty fails for several deliveries in a row it is left alone for a while, then tried
 * with one delivery. One poisoned package that fails again and again opens nothing: failures count once per delivery.
 */

export interface BreakerSettings {
  /** Different deliveries that must fail in a row. */
  readonly failures: number;
  /** First pause; doubled each time the trial fails. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
}

/** `closed`: sending; `open`: left alone until `retryAt`; `trying`: one delivery is on its way to find out. */
export type BreakerState = 'closed' | 'open' | 'trying';

export interface Breaker {
  readonly state: BreakerState;
  /** When open: the moment of the next trial, ms since 1970. */
  readonly retryAt: number | null;
  /** Null: go ahead (and, when a trial was due, you are it); else wait until then. */
  admit(now: number): number | null;
  succeeded(): void;
  /** @returns true when this failure opened it. */
  failed(deliveryId: string, now: number): boolean;
  /** Another process found out first. */
  openUntil(retryAt: number): void;
}

/** A breaker that starts closed. */
export function createBreaker(settings: BreakerSettings): Breaker {
  const streak = new Set<string>();
  let state: BreakerState = 'closed';
  let retryAt: number | null = null;
  let pauseMs = settings.pauseMs;

  function open(until: number): void {
    state = 'open';
    retryAt = until;
  }

  return {
    get state() {
      return state;
    },
    get retryAt() {
      return retryAt;
    },
    admit(now) {
      if (state === 'closed') return null;
      if (retryAt !== null && now < retryAt) return retryAt;
      // The trial itself may never report (its process dies): the next one is due a pause later.
      state = 'trying';
      retryAt = now + pauseMs;
      return null;
    },
    succeeded() {
      streak.clear();
      state = 'closed';
      retryAt = null;
      pauseMs = settings.pauseMs;
    },
    failed(deliveryId, now) {
      if (state === 'trying') {
        pauseMs = Math.min(pauseMs * 2, settings.longestPauseMs);
        open(now + pauseMs);
        return true;
      }
      streak.add(deliveryId);
      if (state === 'open' || streak.size < settings.failures) return false;
      open(now + pauseMs);
      return true;
    },
    openUntil(until) {
      if (state === 'closed') open(until);
    },
  };
}
