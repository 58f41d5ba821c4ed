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

/** A time-stamp that passed and covers others: those existed at its time. */
interface Cover {
  readonly stamp: TimestampFacts;
  readonly time: number;
}

function controlTime(stamp: TimestampFacts, covers: readonly Cover[], at: number): Date {
  const over = covers.filter(
    ({ stamp: later }) => later.covers === undefined || later.covers.includes(stamp),
  );
  return new Date(Math.min(at, ...over.map(({ time }) => time)));
}

/**
 * §5.6.2: time-stamps newest first; one that covers older ones (archive, document) proves they existed at its time, so
 * those are judged as of then (the sliding of §5.6.2.3).
 */
export async function readTimeline(facts: SignatureFacts, context: JudgeContext): Promise<Timeline> {
  const verdicts: { type: string; verdict: TimestampVerdict }[] = [];
  const covers: Cover[] = [];
  for (const stamp of stampsOf(facts).reverse()) {
    const control = controlTime(stamp, covers, context.at.getTime());
    const verdict = await verdictOn(stamp, facts, control, context);
    verdicts.unshift({ type: stamp.type, verdict });
    const time = verdict.token?.genTime;
    const covering = stamp.type === 'archive' || stamp.type === 'document';
    if (verdict.indication === 'PASSED' && covering && time !== undefined) covers.push({ stamp, time });
  }
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
