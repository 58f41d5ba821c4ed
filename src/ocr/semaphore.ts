/** Lets at most `size` holders in, urgent ones first, then first come first served. */
export interface Semaphore {
  /** Resolves to the function that gives the place back (once); rejects with the reason when `signal` aborts first. */
  acquire(signal: AbortSignal, urgent?: boolean): Promise<() => void>;
}

/** Creates a semaphore with `size` places. */
export function createSemaphore(size: number): Semaphore {
  let free = size;
  const queue: (() => void)[] = [];
  const ahead: (() => void)[] = [];
  const release = (): void => {
    const next = ahead.shift() ?? queue.shift();
    if (next) next();
    else free++;
  };
  const once = (): (() => void) => {
    let held = true;
    return () => {
      if (held) release();
      held = false;
    };
  };
  return {
    acquire(signal, urgent = false) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (free > 0) {
        free--;
        return Promise.resolve(once());
      }
      return new Promise((resolve, reject) => {
        const own = urgent ? ahead : queue;
        const enter = (): void => {
          signal.removeEventListener('abort', leave);
          resolve(once());
        };
        const leave = (): void => {
          own.splice(own.indexOf(enter), 1);
          reject(signal.reason);
        };
        own.push(enter);
        signal.addEventListener('abort', leave, { once: true });
      });
    },
  };
}
