/** Adaptive batching: what comes in while the work before it is under way is done together, in one go. */

import { setTimeout as delay } from 'node:timers/promises';

/** What became of one item of a batch. */
export type Outcome<R> = { readonly value: R } | { readonly error: unknown };

export interface BatchOptions<T, R> {
  /** Most items of one run. */
  readonly limit: number;
  /** Runs at the same time. */
  readonly parallel: number;
  /** How long a run waits for company at most when the one before had some, ms; default: not at all. */
  readonly gatherMs?: number;
  /** It waits this long for each item of the run before, ms: much comes together under load, and little waits otherwise. Default: the most. */
  readonly gatherPerItemMs?: number;
  /** Does the items together; an outcome for each, in their order. When it rejects, every item is run again alone. */
  run(items: readonly T[]): Promise<readonly Outcome<R>[]>;
}

/**
 * Makes a function that does one item, together with whatever else waits. At low load an item goes at once and alone, so
 * nothing is slower for it; under load the batches grow by themselves.
 */
export function createBatcher<T, R>(options: BatchOptions<T, R>): (item: T) => Promise<R> {
  interface Waiting {
    readonly item: T;
    resolve(value: R): void;
    reject(error: unknown): void;
  }
  const waiting: Waiting[] = [];
  let running = 0;
  let lastBatch = 1;

  async function runNext(): Promise<void> {
    const { gatherMs = 0, gatherPerItemMs = gatherMs, limit } = options;
    const waitMs = Math.min(gatherMs, lastBatch * gatherPerItemMs);
    // Lets what is on its way arrive first; at low load nothing is, and nothing waits.
    if (waitMs > 0 && lastBatch > 1 && waiting.length < limit) await delay(waitMs);
    const batch = waiting.splice(0, limit);
    if (batch.length === 0) return;
    lastBatch = batch.length;
    await runTogether(batch);
  }

  async function runTogether(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await options.run(batch.map(({ item }) => item));
      batch.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index] ?? {
          error: new TypeError('a batch answered fewer items than it got'),
        };
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome.value);
      });
    } catch (error) {
      const [only, ...more] = batch;
      if (only === undefined) return;
      if (more.length === 0) return only.reject(error);
      // One bad item must not take the others with it.
      for (const one of batch) await runTogether([one]);
    }
  }

  function pump(): void {
    while (running < options.parallel && waiting.length > 0) {
      running += 1;
      void runNext().finally(() => {
        running -= 1;
        pump();
      });
    }
  }

  return (item) =>
    new Promise<R>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      // What arrives in the same turn goes together.
      if (waiting.length === 1) setImmediate(pump);
    });
}

/** A batcher for each owner (an exchange, a database handle), made when its first item comes and gone with it. */
export function createBatchers<Owner extends object, T, R>(
  optionsOf: (owner: Owner) => BatchOptions<T, R>,
): (owner: Owner, item: T) => Promise<R> {
  const batchers = new WeakMap<Owner, (item: T) => Promise<R>>();
  return (owner, item) => {
    let batcher = batchers.get(owner);
    if (batcher === undefined) {
      batcher = createBatcher(optionsOf(owner));
      batchers.set(owner, batcher);
    }
    return batcher(item);
  };
}

/**
 * Makes a read of one thing by its key, asked together with whatever else waits for the same kind of thing: under load many
 * requests cost one question. A key is only ever asked for after its caller came, so that nobody gets an older answer.
 * @param read answers in the order of the keys.
 */
export function readTogether<Handle extends object, K, R>(
  read: (handle: Handle, keys: readonly K[]) => Promise<readonly R[]>,
): (handle: Handle, key: K) => Promise<R> {
  return createBatchers((handle) => ({
    limit: 64,
    parallel: 2,
    run: async (keys) => (await read(handle, keys)).map((value) => ({ value })),
  }));
}
