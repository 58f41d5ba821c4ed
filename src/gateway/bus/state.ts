import type { BusState } from './ports.ts';

/** Holds what changes in a bus's state and tells listeners only of real changes. */
export interface StateBoard {
  set(change: { connected?: boolean; blocked?: string | null }): void;
  read(inFlight: number): BusState;
  subscribe(listener: () => void): () => void;
}

/** Starts disconnected and not blocked. */
export function createStateBoard(kind: BusState['kind'], now: () => Date = () => new Date()): StateBoard {
  let current = { connected: false, blocked: null as string | null, since: now() };
  const listeners = new Set<() => void>();
  return {
    set(change) {
      const connected = change.connected ?? current.connected;
      const blocked = change.blocked === undefined ? current.blocked : change.blocked;
      if (connected === current.connected && blocked === current.blocked) return;
      current = { connected, blocked, since: now() };
      for (const listener of [...listeners]) listener();
    },
    read: (inFlight) => ({ kind, ...current, inFlight }),
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
