/** How many trust anchors in use are near their end, for those who watch the gateway. */
import { type ExpiryLevel, expiryLevel, WARNING_DAYS } from './expiry.ts';
import { listEntries } from './sets.ts';

/** Levels a metric shows, the most urgent first. */
export const EXPIRY_LEVELS: readonly ExpiryLevel[] = ['expired', ...WARNING_DAYS, 'ok'];

/** Certificates of the sets in use, by how near their end is. Sets that are not used do not count. */
export async function countExpiring(
  root: string,
  sets: readonly string[],
  now: number,
): Promise<ReadonlyMap<ExpiryLevel, number>> {
  const counts = new Map<ExpiryLevel, number>(EXPIRY_LEVELS.map((level) => [level, 0]));
  for (const entry of await listEntries(root)) {
    if (!sets.includes(entry.set)) continue;
    const level = expiryLevel(Date.parse(entry.notAfter), now);
    counts.set(level, (counts.get(level) ?? 0) + 1);
  }
  return counts;
}
