/**
 * Runs every kit of a folder and compares with the numbers recorded in `expected.json`.
 * Usage: `tsx test/conformance/run.ts KITSDIR [--json FILE]`. Ends with 1 when a kit does worse than recorded.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runFiles } from './files.ts';
import type { CaseOutcome, KitAdapter } from './kit.ts';
import { readCases } from './kit.ts';
import { runEvidence } from './ocsp-tsp-crl.ts';
import { runPkits } from './pkits.ts';
import { runWycheproof } from './wycheproof.ts';
import { runXmlAttacks } from './xml-attacks.ts';
import { runXmldsig } from './xmldsig.ts';

/** Kits by folder name, in the order they run. */
const KITS: Readonly<Record<string, KitAdapter>> = {
  pkits: runPkits,
  'ocsp-tsp-crl': runEvidence,
  wycheproof: runWycheproof,
  xmldsig: runXmldsig,
  'xml-attacks': runXmlAttacks,
  xades: runFiles,
  cades: runFiles,
  asic: runFiles,
  pdf: runFiles,
};

interface KitResult {
  readonly kit: string;
  readonly total: number;
  readonly met: number;
  readonly elapsedMs: number;
  readonly missed: readonly CaseOutcome[];
}

/** A kit whose adapter breaks has met nothing: every case counts as failed, none as skipped. */
async function runKit(kit: string, adapter: KitAdapter, dir: string): Promise<KitResult> {
  const start = performance.now();
  let outcomes: readonly CaseOutcome[];
  try {
    outcomes = await adapter(dir);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    outcomes = readCases(dir).map((_, index) => ({
      id: `case ${index + 1}`,
      expected: '',
      got: 'error',
      met: false,
      why,
    }));
  }
  const missed = outcomes.filter((outcome) => !outcome.met);
  return {
    kit,
    total: outcomes.length,
    met: outcomes.length - missed.length,
    elapsedMs: Math.round(performance.now() - start),
    missed,
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function printResult(result: KitResult): void {
  print(`${result.kit}: ${result.met}/${result.total} (${result.elapsedMs} ms)`);
  for (const { id, expected, got, why } of result.missed)
    print(
      `  ${result.kit} ${id}: expected ${expected}, got ${got}${why === '' ? '' : `: ${why.slice(0, 300)}`}`,
    );
}

type Recorded = Readonly<Record<string, { readonly met: number; readonly total: number }>>;

/** Kits that do worse than recorded. A kit with other cases than the recorded ones is compared by its share. */
function regressions(results: readonly KitResult[], recorded: Recorded): string[] {
  return results.flatMap(({ kit, met, total }) => {
    const before = recorded[kit];
    if (before === undefined || met * before.total >= before.met * total) return [];
    return [`${kit}: ${met}/${total} is below the recorded ${before.met}/${before.total}`];
  });
}

async function main(argv: readonly string[]): Promise<number> {
  const [dir] = argv;
  if (dir === undefined || !existsSync(dir)) {
    console.error('usage: tsx test/conformance/run.ts KITSDIR [--json FILE]');
    return 64;
  }
  const results: KitResult[] = [];
  let skipped = 0;
  for (const [kit, adapter] of Object.entries(KITS)) {
    const folder = join(dir, kit);
    if (!existsSync(join(folder, 'expected.json'))) {
      skipped += 1;
      continue;
    }
    const result = await runKit(kit, adapter, folder);
    results.push(result);
    printResult(result);
  }
  const jsonAt = argv.indexOf('--json');
  const jsonFile = jsonAt < 0 ? undefined : argv[jsonAt + 1];
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify({ kits: results }, null, 1)}\n`);
  const recorded = JSON.parse(readFileSync(new URL('./expected.json', import.meta.url), 'utf8')) as Recorded;
  const worse = regressions(results, recorded);
  for (const line of worse) print(`BELOW RECORDED ${line}`);
  const met = results.reduce((sum, result) => sum + result.met, 0);
  const total = results.reduce((sum, result) => sum + result.total, 0);
  print(`${met} passed, ${total - met} failed, ${skipped} skipped`);
  return worse.length > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
