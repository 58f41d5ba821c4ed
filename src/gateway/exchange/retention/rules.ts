/** How long the bytes of finished packages are kept. */
import { EXPIRING_KINDS, type Expiry, FINAL_PACKAGE_STATES } from '../../store/retention/expired.ts';

const DAY_MS = 86_400_000;
const RULE = new RegExp(
  `^(?:(${EXPIRING_KINDS.join('|')})/)?(${FINAL_PACKAGE_STATES.join('|')})=([1-9]\\d{0,4})$`,
);

/** For how long the payload of a finished package is kept after it was last touched. */
export type RetentionRule = Pick<Expiry, 'kind' | 'state'> & { readonly days: number };

/**
 * Reads `delivered=3650,status/delivered=90`: a state, or `kind/state`, and days; what names a kind goes before what does not.
 * @throws TypeError naming the part that cannot be read.
 */
export function readRetention(text: string): RetentionRule[] {
  const rules = new Map<string, RetentionRule & { exact: boolean }>();
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const [, kind, state, days] = RULE.exec(part) ?? [];
    if (state === undefined) throw new TypeError(`"${part}" is not state=days or kind/state=days`);
    for (const each of kind === undefined ? EXPIRING_KINDS : [kind as RetentionRule['kind']]) {
      if (kind === undefined && rules.get(`${each}/${state}`)?.exact === true) continue;
      rules.set(`${each}/${state}`, {
        kind: each,
        state: state as RetentionRule['state'],
        days: Number(days),
        exact: kind !== undefined,
      });
    }
  }
  return [...rules.values()].map(({ kind, state, days }) => ({ kind, state, days }));
}

/** The moment before which a rule's packages must have been touched last. */
export function expiryOf({ kind, state, days }: RetentionRule, now: number): Expiry {
  return { kind, state, before: now - days * DAY_MS };
}
