/** An operator pauses a counterparty and resumes it; every process heeds it within a second. */
import {
  countWaiting,
  listCounterparties,
  OPEN_COUNTERPARTY,
  type Store,
  saveCounterparty,
} from '../../store/index.ts';

/** How a counterparty stands. */
export interface CounterpartyState {
  readonly system: string;
  /** `open` | `maintenance` (paused by an operator) | `down` (left alone until `retryAt`) */
  readonly state: 'open' | 'maintenance' | 'down';
  readonly since: number | null;
  /** Maintenance ends by itself, or the next trial comes. */
  readonly until: number | null;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly errorCode: string | null;
  /** Deliveries that have not left yet, at most {@link WAITING_LIMIT}. */
  readonly waiting: number;
}

/** Counting stops here. */
export const WAITING_LIMIT = 10_000;

/** All of `systems`, in their order. */
export async function describeCounterparties(
  store: Store,
  systems: readonly string[],
  now: number,
): Promise<CounterpartyState[]> {
  const rows = new Map((await listCounterparties(store.read)).map((row) => [row.system, row]));
  return Promise.all(
    systems.map(async (system): Promise<CounterpartyState> => {
      const row = rows.get(system);
      const waiting = await countWaiting(store.read, system, WAITING_LIMIT);
      const free = { since: null, until: null, reason: null, actor: null, errorCode: null };
      if (row?.mode === 'maintenance' && (row.mode_until === null || row.mode_until > now)) {
        const { mode_since: since, mode_until: until, mode_reason: reason, mode_actor: actor } = row;
        return { system, state: 'maintenance', since, until, reason, actor, errorCode: null, waiting };
      }
      if (row?.breaker === 'open') {
        const { opened_at: since, retry_at: until, error: reason, error_code: errorCode } = row;
        return { system, state: 'down', since, until, reason, actor: null, errorCode, waiting };
      }
      return { system, state: 'open', ...free, waiting };
    }),
  );
}

/** Sends nothing to `system` until {@link resumeCounterparty}, or until `until` (ms since 1970). */
export async function pauseCounterparty(
  store: Store,
  system: string,
  pause: { reason: string; actor: string; until: number | null },
  now: number,
): Promise<void> {
  await store.write((tx) =>
    saveCounterparty(tx, system, {
      mode: 'maintenance',
      mode_reason: pause.reason,
      mode_actor: pause.actor,
      mode_since: now,
      mode_until: pause.until,
      updated_at: now,
    }),
  );
}

/** Sends again, also to one that was found down: it is tried at once. */
export async function resumeCounterparty(store: Store, system: string, now: number): Promise<void> {
  await store.write((tx) => saveCounterparty(tx, system, { ...OPEN_COUNTERPARTY, updated_at: now }));
}
