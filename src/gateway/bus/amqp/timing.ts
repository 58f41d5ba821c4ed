import { BusError } from '../errors.ts';

const FIRST_DELAY_MS = 200;
/** A broker that is back is found within 4 s (target: 5 s). */
const LONGEST_DELAY_MS = 4_000;

/** The pause before try `failures` + 1: doubling from 200 ms to 4 s, of which a random half to whole is taken, so that clients spread. */
export function delayMs(failures: number, random: () => number): number {
  const whole = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures, 10));
  return Math.round(whole * (0.5 + random() / 2));
}

/** `work`, or BUS_UNAVAILABLE when it takes longer than `timeoutMs`: no broker answer is waited for without end. */
export async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new BusError('BUS_UNAVAILABLE', { details: { timeoutMs } })), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
