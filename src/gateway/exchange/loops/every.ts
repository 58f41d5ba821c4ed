/** Work that one process among all does, again and again. */
import { takeLease } from '../../store/index.ts';
import type { Exchange } from '../ports.ts';
import { pause } from './pause.ts';

/** Runs `work` every `ms` until the signal; among all processes only the one that holds the lease `name` does. */
export async function every(
  ms: number,
  signal: AbortSignal,
  x: Exchange,
  name: string,
  work: () => Promise<void>,
): Promise<void> {
  const leaseMs = Math.max(ms * 3, x.settings.leaseMs);
  while (!signal.aborted) {
    try {
      const now = x.now();
      if (await x.store.write((tx) => takeLease(tx, name, x.owner, now, now + leaseMs))) await work();
    } catch (cause) {
      // Work broken off by the shutdown is no failure.
      if (signal.aborted) return;
      x.log.warn({ err: cause, loop: name }, 'loop failed; trying again');
    }
    await pause(ms, signal).catch(() => undefined);
  }
}
