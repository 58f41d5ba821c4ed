/** Turns: many things are worked on at the same time, and those of one order still come to their decisive moment one after another. */

/** The place of one thing behind those of its order that were started before it. */
export interface Turn {
  /** Resolves when all before it have passed. */
  readonly reached: Promise<void>;
  /** Lets the next one go on; called again it does nothing. */
  pass(): void;
}

/** Work under way. */
export interface Turns {
  /** Resolves when one more may start. */
  room(): Promise<void>;
  /** Starts work that must never reject; it takes its place in `order` at once, and gives it up when it ends at the latest. */
  start(order: string, work: (turn: Turn) => Promise<void>): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** @param places things worked on at the same time, of all orders together. */
export function createTurns(places: number): Turns {
  const underWay = new Set<Promise<void>>();
  const lastOf = new Map<string, Promise<void>>();

  function queue(order: string): Turn {
    const reached = lastOf.get(order) ?? Promise.resolve();
    let pass = (): void => undefined;
    const passed = new Promise<void>((resolve) => {
      pass = resolve;
    });
    const last = reached.then(() => passed);
    lastOf.set(order, last);
    void last.then(() => {
      if (lastOf.get(order) === last) lastOf.delete(order);
    });
    return { reached, pass };
  }

  return {
    async room() {
      while (underWay.size >= places) await Promise.race(underWay);
    },
    start(order, work) {
      const turn = queue(order);
      const done: Promise<void> = work(turn).finally(() => {
        turn.pass();
        underWay.delete(done);
      });
      underWay.add(done);
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
