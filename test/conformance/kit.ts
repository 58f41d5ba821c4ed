/** What every kit adapter shares: the form of a kit, and of its outcome. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Outcome of one case of a kit. */
export interface CaseOutcome {
  readonly id: string;
  readonly expected: string;
  readonly got: string;
  readonly met: boolean;
  /** Why it was not met, in a few words; empty when met. */
  readonly why: string;
  /** The policy of the product that refuses what the case asks for, where that is why it is not met. */
  readonly refused?: string;
}

/** Tells how far a kit is; the runner decides how often that is shown. */
export type Progress = (done: number, total: number) => void;

/** What the runner hands to an adapter. */
export interface KitRun {
  readonly progress: Progress;
  /** Says something about the run that is no case: what the kit holds and nothing here can judge. */
  readonly note: (text: string) => void;
}

/** Judges every case of the kit in `dir` through the public functions of the product. */
export type KitAdapter = (dir: string, run: KitRun) => Promise<readonly CaseOutcome[]>;

/** Reads `expected.json` of a kit folder. */
export function readCases<T>(dir: string): readonly T[] {
  const kit = JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8')) as { cases: T[] };
  return kit.cases;
}

/** Reads files named relative to a kit folder. */
export function readFiles(dir: string, names: readonly string[] | null | undefined): Uint8Array[] {
  return (names ?? []).map((name) => new Uint8Array(readFileSync(join(dir, name))));
}

/** Runs one case; whatever it throws is its outcome. */
export async function attempt(
  id: string,
  expected: string,
  run: () => Promise<Pick<CaseOutcome, 'got' | 'met' | 'why' | 'refused'>>,
): Promise<CaseOutcome> {
  try {
    return { id, expected, ...(await run()) };
  } catch (error) {
    return {
      id,
      expected,
      got: 'error',
      met: false,
      why: error instanceof Error ? error.message : String(error),
    };
  }
}

/** Judges cases one after the other, telling the progress. */
export async function eachCase<T>(
  cases: readonly T[],
  run: KitRun,
  judge: (item: T) => Promise<CaseOutcome>,
): Promise<CaseOutcome[]> {
  const outcomes: CaseOutcome[] = [];
  for (const item of cases) {
    outcomes.push(await judge(item));
    run.progress(outcomes.length, cases.length);
  }
  return outcomes;
}
