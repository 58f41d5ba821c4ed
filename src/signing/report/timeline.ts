/** The time-stamps of a signature and what they prove about when it existed (EN 319 102-1 §5.4, §5.6.2). */
import type { SignatureFacts, TimestampFacts } from '../facts.ts';
import { type Policy, weakness } from '../policy.ts';
import { checkTimestamp, type TimestampVerdict } from '../timestamp/index.ts';
import { type EmbeddedPool, type JudgeContext, knownAt, poolOf } from './context.ts';

/** What the time-stamps say. */
export interface Timeline {
  readonly verdicts: readonly { readonly type: string; readonly verdict: TimestampVerdict }[];
  /** Earliest proof of existence of the signature, or null. */
  readonly proof: number | null;
  /** Latest time before which the signature cannot exist (content time-stamp), or null. */
  readonly notBefore: number | null;
}

/** Of a signature whose time-stamps were not looked at. */
export const NO_TIMELINE: Timeline = { verdicts: [], proof: null, notBefore: null };

/** Time-stamps of one signature looked at; hostile files carry more. */
const MAX_TIMESTAMPS = 20;
/** Document time-stamps over it: two a level, in a file of many signers; each is judged once for all of them. */
const MAX_DOCUMENT_TIMESTAMPS = 100;

/** Oldest first: those of the signature itself, then those over the whole file. */
function stampsOf({ timestamps }: SignatureFacts): TimestampFacts[] {
  const own = timestamps.filter(({ type }) => type !== 'document');
  const over = timestamps.filter(({ type }) => type === 'document');
  return [...own.slice(0, MAX_TIMESTAMPS), ...over.slice(0, MAX_DOCUMENT_TIMESTAMPS)];
}

/** @param since when the token itself is known to exist: its own word is worth nothing once its digest is broken. */
function tooWeak(verdict: TimestampVerdict, policy: Policy, since: number): TimestampVerdict | null {
  const weak = weakness(policy.algorithms, { digest: verdict.digest, keyKind: '', keyBits: 0 }, since);
  return weak === null ? null : { ...verdict, indication: 'INDETERMINATE', reason: weak };
}

async function judgeStamp(
  { token, over }: TimestampFacts,
  pool: EmbeddedPool,
  control: Date,
  context: JudgeContext,
): Promise<TimestampVerdict> {
  const trust = { ...poolOf(pool, context), at: control, knownAt: knownAt(context) };
  const verdict = await checkTimestamp(token, over, trust);
  if (verdict.indication !== 'PASSED') return verdict;
  return tooWeak(verdict, context.policy, control.getTime()) ?? verdict;
}

/** A document time-stamp belongs to the file, not to one signature. */
async function verdictOn(
  stamp: TimestampFacts,
  facts: SignatureFacts,
  control: Date,
  context: JudgeContext,
): Promise<TimestampVerdict> {
  const { stamps } = context;
  if (stamps === undefined || stamp.type !== 'document') return judgeStamp(stamp, facts, control, context);
  const byTime = stamps.verdicts.get(stamp) ?? new Map<number, TimestampVerdict>();
  stamps.verdicts.set(stamp, byTime);
  const known = byTime.get(control.getTime());
  if (known !== undefined) return known;
  const verdict = await judgeStamp(stamp, stamps.pool, control, context);
  byTime.set(control.getTime(), verdict);
  return verdict;
}

/** Whether one time-stamp proves, when it passes, that another had been made. */
function isOver(later: TimestampFacts, stamp: TimestampFacts, all: readonly TimestampFacts[]): boolean {
  if (later === stamp || (later.type !== 'archive' && later.type !== 'document')) return false;
  return later.covers === undefined ? all.indexOf(stamp) < all.indexOf(later) : later.covers.includes(stamp);
}

/** Those over others first: what a stamp proves must be known before the older ones are judged. */
function newestFirst(all: readonly TimestampFacts[]): TimestampFacts[] {
  const left = [...all];
  const ordered: TimestampFacts[] = [];
  while (left.length > 0) {
    const free = left.findLastIndex((stamp) => !left.some((other) => isOver(other, stamp, all)));
    ordered.push(...left.splice(free < 0 ? left.length - 1 : free, 1));
  }
  return ordered;
}

/**
 * §5.6.2: time-stamps newest first; one over older ones (archive, document) proves they existed at its time, so those are
 * judged as of then (the sliding of §5.6.2.3).
 */
export async function readTimeline(facts: SignatureFacts, context: JudgeContext): Promise<Timeline> {
  const all = stampsOf(facts);
  const found = new Map<TimestampFacts, TimestampVerdict>();
  for (const stamp of newestFirst(all)) {
    const over = [...found].flatMap(([later, { indication, token }]) =>
      indication === 'PASSED' && token !== null && isOver(later, stamp, all) ? [token.genTime] : [],
    );
    const control = new Date(Math.min(context.at.getTime(), ...over));
    found.set(stamp, await verdictOn(stamp, facts, control, context));
  }
  const verdicts = all.flatMap((stamp) => {
    const verdict = found.get(stamp);
    return verdict === undefined ? [] : [{ type: stamp.type, verdict }];
  });
  const times = (wanted: (type: string) => boolean) =>
    verdicts.flatMap(({ type, verdict }) =>
      wanted(type) && verdict.indication === 'PASSED' && verdict.token !== null
        ? [verdict.token.genTime]
        : [],
    );
  const proofs = times((type) => type !== 'content').filter((time) => time <= context.at.getTime());
  const floors = times((type) => type === 'content');
  return {
    verdicts,
    proof: proofs.length === 0 ? null : Math.min(...proofs),
    notBefore: floors.length === 0 ? null : Math.max(...floors),
  };
}
