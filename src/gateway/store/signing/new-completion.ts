/** A new row of the queue that completes levels. */
import type { Queries } from '../database.ts';
import { newId } from '../ids.ts';
import { insertLevelCompletion, type LevelCompletionRow } from './completions.ts';

/** How far the signatures of a file came, and how far they were to come. */
export interface LevelState {
  readonly level: string;
  readonly wantedLevel: string;
  /** SHA-256 of the signers' certificates, hex. */
  readonly signers: readonly string[];
  /** Code of why it is lower; null when it is not. */
  readonly fault: string | null;
}

const STEPS = ['B', 'T', 'LT', 'LTA'];

/** Whether there is something left to complete. */
export function isBelow(state: Pick<LevelState, 'level' | 'wantedLevel'>): boolean {
  return STEPS.indexOf(state.level) < STEPS.indexOf(state.wantedLevel);
}

/** Levels of a file with one signature more: as high as its lowest, wanted as high as any. */
export function joinLevels(
  before: LevelState | null,
  next: Omit<LevelState, 'signers'> & { readonly signer: string },
): LevelState {
  const { signer, level, wantedLevel, fault } = next;
  if (before === null) return { level, wantedLevel, fault, signers: [signer] };
  const of = (pick: (...values: number[]) => number, one: string, other: string): string =>
    STEPS[pick(STEPS.indexOf(one), STEPS.indexOf(other))] ?? 'B';
  return {
    level: of(Math.min, before.level, level),
    wantedLevel: of(Math.max, before.wantedLevel, wantedLevel),
    fault: before.fault ?? fault,
    signers: [...new Set([...before.signers, signer])],
  };
}

/** What is to be completed, and what the completed file is for. */
export interface NewCompletion {
  readonly agency: string;
  readonly source: 'item' | 'request' | 'package' | 'copy';
  readonly sourceId: string;
  readonly name: string;
  /** Blob; must be durable. */
  readonly sha256: string;
  readonly state: LevelState;
}

/** Queues it; nothing when the level is reached. The first attempt is due at once. */
export async function queueCompletion(tx: Queries, wish: NewCompletion, now: number): Promise<void> {
  const { agency, source, sourceId, name, sha256, state } = wish;
  if (!isBelow(state)) return;
  const row: LevelCompletionRow = {
    id: newId('lvl', now),
    agency,
    source,
    source_id: sourceId,
    name,
    sha256,
    signers: JSON.stringify(state.signers),
    level: state.level,
    wanted: state.wantedLevel,
    state: 'waiting',
    reason_code: state.fault,
    reason: null,
    attempts: 0,
    next_at: now,
    lease_owner: null,
    lease_until: null,
    report_sha256: null,
    created_at: now,
    updated_at: now,
  };
  await insertLevelCompletion(tx, row);
}
