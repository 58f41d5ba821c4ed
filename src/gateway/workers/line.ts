/** The line in front of one key: so many at the same time as the key can do, the rest waits, people before batches. */

/** Who is in front. */
export type Urgency = 'person' | 'batch';

/** One key's line. */
export interface Line {
  /** Runs `work` when its turn comes. */
  run<T>(urgency: Urgency, work: () => Promise<T>): Promise<T>;
  /** How many are at work or waiting. */
  length(): number;
}

/** @param width how many at the same time. */
export function createLine(width: number): Line {
  const waiting: Record<Urgency, (() => void)[]> = { person: [], batch: [] };
  let running = 0;

  /** A place is handed on, or given back. */
  function next(): void {
    const after = waiting.person.shift() ?? waiting.batch.shift();
    if (after === undefined) running -= 1;
    else after();
  }

  return {
    async run(urgency, work) {
      if (running < width) running += 1;
      else
        await new Promise<void>((resolve) => {
          waiting[urgency].push(resolve);
        });
      try {
        return await work();
      } finally {
        next();
      }
    },
    length: () => running + waiting.person.length + waiting.batch.length,
  };
}
