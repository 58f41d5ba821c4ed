/** How near the end of a certificate is. */

const DAY_MS = 86_400_000;
/** Days before the end at which a warning is given, the most urgent first. */
export const WARNING_DAYS = [1, 7, 30, 60] as const;

/** `ok`, the warning reached (days), or `expired`. */
export type ExpiryLevel = 'ok' | 'expired' | (typeof WARNING_DAYS)[number];

/** The level at `now`; both times in milliseconds since 1970. */
export function expiryLevel(notAfter: number, now: number): ExpiryLevel {
  if (notAfter <= now) return 'expired';
  return WARNING_DAYS.find((days) => notAfter - now <= days * DAY_MS) ?? 'ok';
}

/** Whole days until `notAfter`, negative after it. */
export function daysLeft(notAfter: number, now: number): number {
  return Math.floor((notAfter - now) / DAY_MS);
}
