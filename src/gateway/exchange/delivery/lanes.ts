/**
 * Lanes: how many deliveries go to one counterparty at the same time, apart for each counterparty and urgency, so that one
 * that is slow or dead holds up nobody else's mail.
 */

/** What is done in a place; `leave` gives the place back before the end, and may be called again. */
export type Work<T> = (leave: () => void) => Promise<T>;

/** Places of one process, one lane per counterparty and urgency. */
export interface Lanes {
  /** Whether small packages may go on in this process: the engine runs, and the operator allows it. */
  isOpen(): boolean;
  /**
   * Whether a delivery that is ready now may go without the way over the broker: its lane has room behind `already` others
   * of the same transaction.
   */
  hasRoom(system: string, urgency: string, already?: number): boolean;
  /**
   * Waits for a place, works, and gives the place back: when the work ends, or when it calls `leave` because what is left of
   * it does not concern the counterparty. Rejects when the lanes are closed before its turn came.
   * @param heldBytes memory that the work keeps while it waits; default 0.
   */
  run<T>(system: string, urgency: string, work: Work<T>, heldBytes?: number): Promise<T>;
  /** From now on {@link hasRoom} may say yes; ended by the signal. */
  open(signal: AbortSignal): void;
  /** Takes no direct work any more; resolves when what is under way has ended. */
  close(): Promise<void>;
  /** What ends work under way, for whoever runs some. */
  readonly signal: AbortSignal;
}

/** Deliveries that may wait for a place, as a multiple of the places: more go through the outbox, where memory is no limit. */
const WAITING_FACTOR = 64;
/** Memory of all that waits, in all lanes; from there on everything goes through the outbox. */
const WAITING_BYTES = 32 * 1024 * 1024;

interface Lane {
  readonly places: number;
  active: number;
  waiting: (() => void)[];
}

/**
 * @param placesOf deliveries at the same time per lane of a system.
 * @param direct false: everything goes over the broker.
 * @param isFree whether a system may be sent to just now; what must wait goes over the broker, where it is held.
 */
export function createLanes(
  placesOf: (system: string) => number,
  direct: boolean,
  isFree: (system: string) => boolean = () => true,
): Lanes {
  const lanes = new Map<string, Lane>();
  const never = new AbortController().signal;
  let signal: AbortSignal = never;
  let isOpen = false;
  let underWay = 0;
  let waitingBytes = 0;
  const idle: (() => void)[] = [];

  function laneOf(system: string, urgency: string): Lane {
    const key = `${system}.${urgency}`;
    let lane = lanes.get(key);
    if (lane === undefined) {
      lane = { places: placesOf(system), active: 0, waiting: [] };
      lanes.set(key, lane);
    }
    return lane;
  }

  function mayGoDirect(): boolean {
    return direct && isOpen && !signal.aborted;
  }

  async function enter(lane: Lane, heldBytes: number): Promise<void> {
    if (lane.active < lane.places) {
      lane.active += 1;
      return;
    }
    waitingBytes += heldBytes;
    await new Promise<void>((resume) => lane.waiting.push(resume));
    waitingBytes -= heldBytes;
  }

  /** The place passes to the one that waited longest. */
  function leave(lane: Lane): void {
    const next = lane.waiting.shift();
    if (next === undefined) lane.active -= 1;
    else next();
  }

  return {
    get signal() {
      return signal;
    },
    isOpen: mayGoDirect,
    hasRoom(system, urgency, already = 0) {
      if (!mayGoDirect() || !isFree(system) || waitingBytes > WAITING_BYTES) return false;
      const lane = laneOf(system, urgency);
      return lane.waiting.length + already < lane.places * WAITING_FACTOR;
    },
    async run(system, urgency, work, heldBytes = 0) {
      const lane = laneOf(system, urgency);
      underWay += 1;
      try {
        await enter(lane, heldBytes);
        let isInside = true;
        const leaveOnce = (): void => {
          if (isInside) leave(lane);
          isInside = false;
        };
        try {
          signal.throwIfAborted();
          return await work(leaveOnce);
        } finally {
          leaveOnce();
        }
      } finally {
        underWay -= 1;
        if (underWay === 0) for (const resolve of idle.splice(0)) resolve();
      }
    },
    open(ends) {
      signal = ends;
      isOpen = true;
    },
    async close() {
      isOpen = false;
      if (underWay > 0) await new Promise<void>((resolve) => idle.push(resolve));
    },
  };
}
