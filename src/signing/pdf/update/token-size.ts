/** How much room a time-stamp token needs: what its authority gave before, else a generous guess. */
import type { TimestampAuthority } from '../../ports.ts';

/** Tokens with a whole chain and revocation data inside are under this; most are under 8 KiB. */
const FIRST_GUESS = 16_384;
const SPARE = 1_024;

const seen = new WeakMap<TimestampAuthority, number>();

/** Octets to keep for a token of this authority. */
export function tokenRoom(authority: TimestampAuthority): number {
  return Math.max(FIRST_GUESS, (seen.get(authority) ?? 0) + SPARE);
}

/** The same authority, its largest answer remembered, so that the next hole is sized right the first time. */
export function measured(authority: TimestampAuthority): TimestampAuthority {
  return {
    timestamp: async (data, digest) => {
      const token = await authority.timestamp(data, digest);
      seen.set(authority, Math.max(seen.get(authority) ?? 0, token.length));
      return token;
    },
  };
}
