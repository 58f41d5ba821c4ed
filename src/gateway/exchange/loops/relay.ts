/** Relay: publishes committed outbox rows, and forgets a row only when the broker has confirmed and routed it. */
import { findPackage, leaseOutbox, type OutboxRow, returnOutbox, settleOutbox } from '../../store/index.ts';
import type { Exchange } from '../ports.ts';
import { GATEWAY_SYSTEM } from '../routing.ts';

/** contracts.md AMQP: the package itself up to this many bytes, above it a claim check. */
export const INLINE_LIMIT_BYTES = 64 * 1024;
const BATCH = 100;
/** Without a wake-up (another process committed, a lease ran out) rows are looked for this often. */
const IDLE_MS = 500;
const BACKOFF_MS = [500, 1_000, 2_000, 5_000, 10_000, 30_000];

/** Builds the claim check that stands for a payload over {@link INLINE_LIMIT_BYTES}. */
export type ClaimBuilder = (payload: { sha256: string; sizeBytes: number }) => {
  contentType: string;
  body: Uint8Array;
};

export interface Relay {
  wake(): void;
  /** Stops taking rows and waits for those under way; what is unfinished goes back. */
  stop(): Promise<void>;
}

/** Starts the relay's loop. */
export function startRelay(x: Exchange, buildClaim: ClaimBuilder): Relay {
  let stopped = false;
  let woken = false;
  let resume: (() => void) | null = null;

  function wake(): void {
    woken = true;
    resume?.();
  }

  async function pause(ms: number): Promise<void> {
    if (woken || stopped) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      resume = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    resume = null;
  }

  async function loop(): Promise<void> {
    while (!stopped) {
      woken = false;
      try {
        const moved = await relayBatch(x, buildClaim);
        if (moved < BATCH) await pause(IDLE_MS);
      } catch (cause) {
        x.log.warn({ err: cause }, 'relay could not reach the store; trying again');
        await pause(1_000);
      }
    }
  }

  const running = loop();
  return {
    wake,
    async stop() {
      stopped = true;
      wake();
      await running;
    },
  };
}

/** Publishes one batch. @returns how many rows were taken. */
export async function relayBatch(x: Exchange, buildClaim: ClaimBuilder): Promise<number> {
  const now = x.now();
  const rows = await leaseOutbox(x.store, x.owner, now, now + x.settings.leaseMs, BATCH);
  if (rows.length === 0) return 0;
  x.atPoint('C6');
  const confirmed: string[] = [];
  const failed = new Map<number, string[]>();
  await Promise.all(
    rows.map(async (row) => {
      try {
        await publish(x, row, buildClaim);
        confirmed.push(row.id);
      } catch (cause) {
        const wait = BACKOFF_MS[Math.min(row.attempts, BACKOFF_MS.length) - 1] ?? 30_000;
        const dueAt = x.now() + Math.round(wait * (0.75 + Math.random() / 2));
        failed.set(dueAt, [...(failed.get(dueAt) ?? []), row.id]);
        x.log.warn(
          { packageId: row.package_id, code: (cause as { code?: string }).code, attempts: row.attempts },
          'publish failed; row put back',
        );
      }
    }),
  );
  x.atPoint('C8');
  await x.store.write(async (tx) => {
    await settleOutbox(tx, confirmed);
    for (const [dueAt, ids] of failed) await returnOutbox(tx, ids, dueAt);
  });
  x.metrics.relayed(confirmed.length);
  return rows.length;
}

async function publish(x: Exchange, row: OutboxRow, buildClaim: ClaimBuilder): Promise<void> {
  const [system = '', ...rest] = row.routing_key.split('.');
  // A queue that somebody else reads gets the delivery itself, from whoever delivers; what announces it comes to our own.
  const isTheirs = row.delivery_id !== null && x.settings.amqpSystems.has(system);
  const { contentType, body } =
    row.delivery_id === null || isTheirs
      ? { contentType: 'application/json', body: Buffer.from('{}') }
      : await payloadOf(x, row, buildClaim);
  x.atPoint('C7');
  await x.bus.publish({
    routingKey: isTheirs ? [GATEWAY_SYSTEM, ...rest].join('.') : row.routing_key,
    messageId: row.id,
    headers: JSON.parse(row.headers) as Record<string, string | number>,
    contentType,
    body,
    ...(row.delay_seconds > 0 ? { delaySeconds: row.delay_seconds } : {}),
  });
}

async function payloadOf(
  x: Exchange,
  row: OutboxRow,
  buildClaim: ClaimBuilder,
): Promise<{ contentType: string; body: Uint8Array }> {
  const pkg = await findPackage(x.store.read, row.package_id);
  if (pkg === undefined) return { contentType: 'application/json', body: Buffer.from('{}') };
  if (pkg.size <= INLINE_LIMIT_BYTES)
    return { contentType: 'application/xml', body: await x.blobs.read(pkg.payload_sha256) };
  return buildClaim({ sha256: pkg.payload_sha256, sizeBytes: pkg.size });
}
