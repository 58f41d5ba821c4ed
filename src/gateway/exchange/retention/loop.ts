/** The worker of retention: one process does it, in small steps, and rests between them. */
import { every } from '../loops/every.ts';
import { pause } from '../loops/pause.ts';
import type { Exchange } from '../ports.ts';
import { expireStep, type Retention } from './expire.ts';
import { sweepOrphans } from './orphans.ts';

/** Looks for what is due this often. */
const EVERY_MS = 60_000;
/** Between two steps: the exchange goes first. */
const REST_MS = 100;
const DAY_MS = 86_400_000;

/** Runs until the signal. */
export function startRetention(x: Exchange, retention: Retention, signal: AbortSignal): Promise<void> {
  const rest = (): Promise<void> => pause(REST_MS, signal);
  let sweptAt = 0;
  return every(EVERY_MS, signal, x, 'retention', async () => {
    while ((await expireStep(x, retention)) > 0) await rest();
    if (retention.orphanHours === 0 || x.now() - sweptAt < DAY_MS) return;
    sweptAt = x.now();
    await sweepOrphans(x, retention.orphanHours, rest);
  });
}
