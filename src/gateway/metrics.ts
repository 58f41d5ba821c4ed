/** Prometheus metrics. Labels are bounded: kinds, systems, outcomes; never agencies or ids. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { MessageBus } from './bus/index.ts';
import { findAtRisk, type LegalClock } from './deadlines/index.ts';
import type { ExchangeMetrics } from './exchange/index.ts';
import { type BlobStore, countLevelCompletions, oldestOutbox, type Store } from './store/index.ts';
import { countExpiring, EXPIRY_LEVELS } from './trust/index.ts';
import type { CryptoPool } from './workers/index.ts';

export interface Metrics {
  readonly registry: Registry;
  readonly exchange: ExchangeMetrics;
  /** One attempt to complete a level. */
  levelAttempt(outcome: 'done' | 'later' | 'stopped'): void;
  stop(): void;
}

/** Nanoseconds in a second. */
const NS = 1e9;

/** Makes all metrics of one gateway process. */
export function createMetrics(parts: {
  store: Store;
  blobs: Pick<BlobStore, 'state'>;
  bus: MessageBus;
  pool: CryptoPool;
  clock: LegalClock;
  /** Folder of trust, and the sets in use. */
  trust: { readonly root: string; readonly sets: readonly string[] };
}): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'lienthong_' });
  const registers = [registry];
  const accepted = new Counter({
    name: 'lienthong_packages_accepted_total',
    help: 'Packages accepted',
    labelNames: ['kind', 'origin'],
    registers,
  });
  const attempts = new Counter({
    name: 'lienthong_delivery_attempts_total',
    help: 'Delivery attempts by outcome',
    labelNames: ['system', 'outcome'],
    registers,
  });
  const receipt = new Histogram({
    name: 'lienthong_accept_to_receipt_seconds',
    help: 'From acceptance to the receipt of the counterparty',
    labelNames: ['system'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 3600],
    registers,
  });
  const relayed = new Counter({
    name: 'lienthong_outbox_published_total',
    help: 'Outbox rows published, confirmed and routed',
    registers,
  });
  const verdicts = new Counter({
    name: 'lienthong_verdicts_total',
    help: 'Signature verdicts of files in packages',
    labelNames: ['verdict'],
    registers,
  });

  // histogram.reset() at each reading: the gauges show the time since the last scrape.
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  new Gauge({
    name: 'lienthong_event_loop_delay_seconds',
    help: 'Delay of the event loop since the last scrape',
    labelNames: ['quantile'],
    registers,
    collect() {
      this.set({ quantile: '0.5' }, delay.percentile(50) / NS);
      this.set({ quantile: '0.99' }, delay.percentile(99) / NS);
      this.set({ quantile: '1' }, delay.max / NS);
      delay.reset();
    },
  });
  new Gauge({
    name: 'lienthong_bus_connected',
    help: '1 when the bus can publish and consume',
    registers,
    collect() {
      const state = parts.bus.state();
      this.set(state.connected && state.blocked === null ? 1 : 0);
    },
  });
  new Gauge({
    name: 'lienthong_blobs_reachable',
    help: '1 when blobs can be written and read',
    registers,
    collect() {
      this.set(parts.blobs.state().reachable ? 1 : 0);
    },
  });
  new Counter({
    name: 'lienthong_blob_requests_total',
    help: 'Requests to the S3 service: all, repeated ones (retried), those given up (failed)',
    labelNames: ['outcome'],
    registers,
    collect() {
      const { figures } = parts.blobs.state();
      this.reset();
      if (figures === undefined) return;
      this.inc({ outcome: 'sent' }, figures.requests);
      this.inc({ outcome: 'retried' }, figures.retries);
      this.inc({ outcome: 'failed' }, figures.failures);
    },
  });
  new Gauge({
    name: 'lienthong_blob_cache_bytes',
    help: 'Local copies of blobs from the bucket',
    registers,
    collect() {
      this.set(parts.blobs.state().figures?.bytes ?? 0);
    },
  });
  new Gauge({
    name: 'lienthong_crypto_tasks_waiting',
    help: 'Signing and verification tasks waiting for a thread',
    registers,
    collect() {
      this.set(parts.pool.waiting());
    },
  });
  new Gauge({
    name: 'lienthong_outbox_oldest_seconds',
    help: 'Age of the oldest outbox row; 0 when empty',
    registers,
    async collect() {
      const { oldest } = await oldestOutbox(parts.store.read).catch(() => ({ oldest: null }));
      this.set(oldest === null ? 0 : Math.max(0, (Date.now() - oldest) / 1000));
    },
  });
  new Gauge({
    name: 'lienthong_trust_anchors',
    help: 'Trust anchors of the sets in use by how near their end is: expired, within 1, 7, 30 or 60 days, ok',
    labelNames: ['expiry'],
    registers,
    async collect() {
      const { root, sets } = parts.trust;
      const counts = await countExpiring(root, sets, Date.now()).catch(() => null);
      for (const level of EXPIRY_LEVELS) this.set({ expiry: String(level) }, counts?.get(level) ?? 0);
    },
  });
  const levelAttempts = new Counter({
    name: 'lienthong_level_completions_total',
    help: 'Attempts to complete the level of a signature, by outcome (done, later, stopped)',
    labelNames: ['outcome'],
    registers,
  });
  new Gauge({
    name: 'lienthong_levels_incomplete',
    help: 'Signed files below the level wanted: waiting for an authority, or stopped and in need of a person',
    labelNames: ['state'],
    registers,
    async collect() {
      const found = await countLevelCompletions(parts.store.read).catch(() => null);
      this.set({ state: 'waiting' }, found?.waiting ?? 0);
      this.set({ state: 'stopped' }, found?.stopped ?? 0);
    },
  });
  new Gauge({
    name: 'lienthong_documents_at_risk',
    help: 'Documents not sent yet and near (soon) or over (late) their legal limit; counting stops at 1000',
    labelNames: ['state'],
    registers,
    async collect() {
      const found = await findAtRisk(parts.store.read, parts.clock, null, Date.now()).catch(() => []);
      for (const state of ['soon', 'late'])
        this.set({ state }, found.filter(({ deadline }) => deadline.state === state).length);
    },
  });
  return {
    registry,
    exchange: {
      accepted: (kind, origin) => accepted.inc({ kind, origin }),
      attempt: (system, outcome) => attempts.inc({ system, outcome }),
      acceptToReceiptMs: (system, ms) => receipt.observe({ system }, ms / 1000),
      relayed: (count) => relayed.inc(count),
      verdict: (verdict) => verdicts.inc({ verdict }),
    },
    levelAttempt: (outcome) => levelAttempts.inc({ outcome }),
    stop: () => delay.disable(),
  };
}
