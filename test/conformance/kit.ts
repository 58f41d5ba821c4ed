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
}

/** Judges every case of the kit in `dir` through the public functions of the product. */
export type KitAdapter = (dir: string) => Promise<readonly CaseOutcome[]>;

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
  run: () => Promise<Pick<CaseOutcome, 'got' | 'met' | 'why'>>,
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
