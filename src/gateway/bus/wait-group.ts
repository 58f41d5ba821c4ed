/** Counts work under way so that a close can wait for it. */
export interface WaitGroup {
  /** Watches `work` until it settles; its rejection stays the owner's to handle. */
  add(work: Promise<unknown>): void;
  size(): number;
  /** Resolves true when nothing is under way, false when `timeoutMs` passed first. Without a limit it waits for ever. */
  idle(timeoutMs?: number): Promise<boolean>;
}

/** An empty group. */
export function createWaitGroup(): WaitGroup {
  const underWay = new Set<Promise<unknown>>();
  return {
    add(work) {
      const watched: Promise<unknown> = work.then(
        () => underWay.delete(watched),
        () => underWay.delete(watched),
      );
      underWay.add(watched);
    },
    size: () => underWay.size,
    async idle(timeoutMs) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<boolean>((resolve) => {
        if (timeoutMs !== undefined) timer = setTimeout(() => resolve(false), timeoutMs);
      });
      const done = drain(underWay).then(() => true);
      try {
        return await Promise.race([done, late]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** Work may add work, so one round of waiting is not enough. */
async function drain(underWay: Set<Promise<unknown>>): Promise<void> {
  while (underWay.size > 0) await Promise.all(underWay);
}
