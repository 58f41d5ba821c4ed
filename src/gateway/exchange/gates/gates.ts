/** May something be sent to a counterparty now? Maintenance by an operator, a breaker, and a rate limit, for each of them. */
import { ConnectorError, type ConnectorErrorCode } from '../../../connectors/index.ts';
import { type CounterpartyRow, listCounterparties, type Store, saveCounterparty } from '../../store/index.ts';
import type { DELIVERY_REASONS } from '../reasons.ts';
import { type Breaker, type BreakerSettings, createBreaker } from './breaker.ts';
import { type Bucket, createBucket } from './bucket.ts';

/** Why nothing is sent at present, and until when (ms since 1970; null: until someone says so). */
export interface Closed {
  readonly code: keyof Pick<
    typeof DELIVERY_REASONS,
    'COUNTERPARTY_DOWN' | 'COUNTERPARTY_MAINTENANCE' | 'STORE_AWAY'
  >;
  readonly until: number | null;
}

export interface Gates {
  /** Null: go ahead. A counterparty that was down is given one delivery as a trial when its pause is over. */
  admit(system: string, now: number): Closed | null;
  /** Looks without taking the trial. */
  look(system: string, now: number): Closed | null;
  /** Nothing at all against sending at once: open, found well, no rate limit. */
  isFree(system: string, now: number): boolean;
  /** Not known yet whether it is back: one at a time. */
  isOnTrial(system: string): boolean;
  /** How long to wait before the next one may go, ms. Counts it. */
  paceMs(system: string, now: number): number;
  succeeded(system: string, now: number): void;
  failed(system: string, deliveryId: string, cause: unknown, now: number): void;
  /** Reads what operators and other processes decided. */
  refresh(now: number): Promise<void>;
}

export interface GateSettings {
  readonly breaker: BreakerSettings;
  /** Deliveries a second by system; absent: no limit. */
  readonly perSecond: Readonly<Record<string, number>>;
}

/** Failures that are the counterparty's or the way's to it, not the document's. */
const OF_THE_SYSTEM: ReadonlySet<ConnectorErrorCode> = new Set([
  'CONNECTOR_UNREACHABLE',
  'CONNECTOR_TIMEOUT',
  'CONNECTOR_REMOTE_FAULT',
  'CONNECTOR_BAD_ANSWER',
  'CONNECTOR_AUTH_FAILED',
]);

/** Gates for all counterparties of one process; `onFault` hears when their state cannot be stored. */
export function createGates(
  store: Store,
  settings: GateSettings,
  onFault: (cause: unknown) => void = () => undefined,
): Gates {
  const breakers = new Map<string, Breaker>();
  const buckets = new Map<string, Bucket>();
  const openedHere = new Map<string, number>();
  let rows = new Map<string, CounterpartyRow>();

  function breakerOf(system: string): Breaker {
    const known = breakers.get(system) ?? createBreaker(settings.breaker);
    breakers.set(system, known);
    return known;
  }

  function bucketOf(system: string): Bucket {
    const known = buckets.get(system) ?? createBucket(settings.perSecond[system] ?? 0);
    buckets.set(system, known);
    return known;
  }

  function maintenance(system: string, now: number): Closed | null {
    const row = rows.get(system);
    if (row?.mode !== 'maintenance' || (row.mode_until !== null && row.mode_until <= now)) return null;
    return { code: 'COUNTERPARTY_MAINTENANCE', until: row.mode_until };
  }

  function save(system: string, change: Partial<CounterpartyRow>, now: number): void {
    store
      .write((tx) => saveCounterparty(tx, system, { ...change, updated_at: now }))
      .catch((cause: unknown) => onFault(cause));
  }

  return {
    admit(system, now) {
      const paused = maintenance(system, now);
      if (paused !== null) return paused;
      const until = breakerOf(system).admit(now);
      return until === null ? null : { code: 'COUNTERPARTY_DOWN', until };
    },
    look(system, now) {
      const { state, retryAt } = breakerOf(system);
      const isDown = state !== 'closed' && retryAt !== null && now < retryAt;
      return maintenance(system, now) ?? (isDown ? { code: 'COUNTERPARTY_DOWN', until: retryAt } : null);
    },
    isFree: (system, now) =>
      maintenance(system, now) === null &&
      breakerOf(system).state === 'closed' &&
      (settings.perSecond[system] ?? 0) === 0,
    isOnTrial: (system) => breakerOf(system).state !== 'closed',
    paceMs: (system, now) => bucketOf(system).take(now),
    succeeded(system, now) {
      const breaker = breakerOf(system);
      const wasClosed = breaker.state === 'closed';
      breaker.succeeded();
      if (wasClosed) return;
      const change = { breaker: 'closed', opened_at: null, retry_at: null, error_code: null, error: null };
      save(system, change, now);
    },
    failed(system, deliveryId, cause, now) {
      if (!(cause instanceof ConnectorError) || !OF_THE_SYSTEM.has(cause.code)) return;
      const breaker = breakerOf(system);
      const wasClosed = breaker.state === 'closed';
      if (!breaker.failed(deliveryId, now)) return;
      openedHere.set(system, now);
      const opened = wasClosed ? { opened_at: now } : {};
      const error = { error_code: cause.code, error: cause.vi };
      save(system, { breaker: 'open', ...opened, retry_at: breaker.retryAt, ...error }, now);
    },
    async refresh(now) {
      rows = new Map((await listCounterparties(store.read)).map((row) => [row.system, row]));
      for (const [system, row] of rows) {
        if (row.breaker === 'open' && row.retry_at !== null && row.retry_at > now)
          breakerOf(system).openUntil(row.retry_at);
        // Found well by another process, or resumed by an operator, after this one found it down.
        else if (row.breaker === 'closed' && row.updated_at > (openedHere.get(system) ?? now))
          breakerOf(system).succeeded();
      }
    },
  };
}
