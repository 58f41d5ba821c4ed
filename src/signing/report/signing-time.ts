/**
 * The time a signer claims, held against what is proved. Signing tools in the field write Vietnam's local time as if it
 * were UTC: the claim is then seven hours ahead. That is recognised and told; the value itself is never changed.
 */
import type { Message } from '../facts.ts';
import { say } from '../messages.ts';

const HOUR_MS = 3_600_000;
/** UTC+7, and the hour either way that slow time-stamping and wrong clocks make of it. */
const OFFSET_MS = 7 * HOUR_MS;
const TOLERANCE_MS = HOUR_MS;
/** Clock difference between signer and authority that means nothing. */
const SKEW_MS = 60_000;

/**
 * Remarks on a claimed time.
 * @param proof earliest proved time of existence, milliseconds since 1970; null: none.
 * @param now the time of asking: what is claimed later than that cannot have happened.
 */
export function claimedTimeRemarks(claimed: Date | null, proof: number | null, now: Date): Message[] {
  if (claimed === null) return [];
  const latest = proof ?? now.getTime();
  const ahead = claimed.getTime() - latest;
  if (ahead <= SKEW_MS) return [];
  if (Math.abs(ahead - OFFSET_MS) <= TOLERANCE_MS) return [say('CLAIMED_TIME_LOCAL', 'info')];
  // Without proof, a claim within seven hours of now may still be that same habit.
  if (proof === null && ahead < OFFSET_MS) return [say('CLAIMED_TIME_LOCAL', 'info')];
  return [say('CLAIMED_TIME_AHEAD', 'warning')];
}
