/** Small tools of the benches. */
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

/** Runs `work(0..count-1)` in `lanes` at the same time, but starts nothing after `maxSeconds`. @returns seconds. */
export async function inParallel(
  count: number,
  lanes: number,
  work: (n: number) => Promise<void>,
  maxSeconds = Number.POSITIVE_INFINITY,
): Promise<number> {
  let next = 0;
  const startedAt = performance.now();
  const isOver = () => performance.now() - startedAt > maxSeconds * 1000;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let n = next++; n < count && !isOver(); n = next++) await work(n);
    }),
  );
  return (performance.now() - startedAt) / 1000;
}

/** Starts `work(0..count-1)` at a steady rate, whether or not what went before has ended: as senders do who know nothing of each other. */
export async function atRate(
  count: number,
  ratePerSecond: number,
  work: (n: number) => Promise<void>,
): Promise<void> {
  const startedAt = performance.now();
  const all: Promise<void>[] = [];
  for (let n = 0; n < count; n += 1) {
    const wait = startedAt + (n * 1000) / ratePerSecond - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    all.push(work(n));
  }
  await Promise.all(all);
}

export function perSecond(count: number, seconds: number): number {
  return count / seconds;
}

/** The value under which `share` (0–1) of the sorted values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** A field of /proc/PID/status in MiB, e.g. VmHWM (the highest resident size so far). */
export function memoryOf(pid: number, field: 'VmHWM' | 'VmRSS'): number {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? Number.NaN) / 1024;
}

/** The machine, for the head of every report. */
export function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${process.platform}`;
}
