/** The worker of retention: one process does it, in small steps, and rests between them. */
import { every } from '../loops/every.ts';
import { pause } from '../loops/pause.ts';
import type { Exchange } from '../ports.ts';
import { expireStep, type Retention } from './expire.ts';
import { endRemovals, sweepOrphans } from './orphans.ts';

/** Looks for what is due this often. */
const EVERY_MS = 60_000;
/** Between two steps: the exchange goes first. */
const REST_MS = 100;
const DAY_MS = 86_400_000;
/** How long a removed object can be had back when orphans are left alone. */
const LEAVING_HOURS = 24;

/** Runs until the signal. */
export function startRetention(x: Exchange, retention: Retention, signal: AbortSignal): Promise<void> {
  const rest = (): Promise<void> => pause(REST_MS, signal);
  let sweptAt = 0;
  return every(EVERY_MS, signal, x, 'retention', async () => {
    while ((await expireStep(x, retention)) > 0) await rest();
    if (x.now() - sweptAt < DAY_MS) return;
    sweptAt = x.now();
    if (retention.orphanHours === 0) return endRemovals(x, LEAVING_HOURS, rest);
    await sweepOrphans(x, retention.orphanHours, rest);
  });
}
