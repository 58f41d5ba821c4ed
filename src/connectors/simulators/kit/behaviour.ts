import { z } from 'zod';

/**
 * How a simulator misbehaves: `slow` answers late, `error500` answers 500 and does nothing, `wrong-session` refuses the
 * credentials, `duplicate` does on its side twice what was asked once, `drop-answer` does the work and then cuts the
 * connection, `late` does the work after a while, whether its caller is still there or not, and cuts it then, `partial` cuts
 * it in the middle of the answer, `stale` does nothing and answers what it answered under the same address before (where there
 * was nothing before, it works), `silent` neither works nor answers.
 */
export const SIMULATOR_MODES = [
  'ok',
  'slow',
  'error500',
  'wrong-session',
  'duplicate',
  'drop-answer',
  'late',
  'partial',
  'stale',
  'silent',
] as const;

/** One of {@link SIMULATOR_MODES}. */
export type SimulatorMode = (typeof SIMULATOR_MODES)[number];

/** Body of `POST /__sim/behaviour`. */
export const behaviourRequest = z.strictObject({
  mode: z.enum(SIMULATOR_MODES),
  /** Requests it lasts; without it until the next change. */
  count: z.int().min(1).optional(),
  /** `slow` and `late` only. Default 3,000. */
  delayMs: z.int().min(0).max(600_000).optional(),
  /** Only requests whose path ends so. */
  path: z.string().max(200).optional(),
});

/** {@link behaviourRequest} after reading. */
export type BehaviourRequest = z.infer<typeof behaviourRequest>;

/** The present way to behave; `take` answers for one request and counts it. */
export interface Behaviour {
  set(request: BehaviourRequest): void;
  state(): BehaviourRequest;
  take(path: string): { mode: SimulatorMode; delayMs: number };
}

/** Starts out well-behaved. */
export function createBehaviour(): Behaviour {
  let current: BehaviourRequest = { mode: 'ok' };
  let left = Number.POSITIVE_INFINITY;
  return {
    set(request) {
      current = request;
      left = request.count ?? Number.POSITIVE_INFINITY;
    },
    state: () => (Number.isFinite(left) ? { ...current, count: left } : current),
    take(path) {
      if (current.mode === 'ok' || (current.path && !path.endsWith(current.path)))
        return { mode: 'ok', delayMs: 0 };
      const { mode, delayMs = 3_000 } = current;
      left -= 1;
      if (left <= 0) current = { mode: 'ok' };
      if (left <= 0) left = Number.POSITIVE_INFINITY;
      return { mode, delayMs };
    },
  };
}
