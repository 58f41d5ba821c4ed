/**
 * Runs every kit of a folder and compares with the numbers recorded in `expected.json`.
 * Usage: `tsx test/conformance/run.ts KITSDIR [--json FILE] [--only KIT,KIT]`; the environment's `JSON` names a file as
 * well (`make conformance JSON=FILE`). Ends with 1 when a kit does worse than recorded, or is one nothing here can judge.
 * Results go to stdout, progress to stderr.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runEdxml } from './edxml.ts';
import { runFiles } from './files.ts';
import { type CaseOutcome, type KitAdapter, type KitRun, readCases } from './kit.ts';
import { runLimbo } from './limbo.ts';
import { runOcr } from './ocr/index.ts';
import { runEvidence } from './ocsp-tsp-crl.ts';
import { runPkits } from './pkits.ts';
import { runVxpWire } from './vxp-wire.ts';
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
  ocr: runOcr,
};

/** Sample folders that stand beside the kits, in `samples`; run when they are there. */
const SAMPLES: Readonly<Record<string, KitAdapter>> = { edxml: runEdxml, 'vxp-wire': runVxpWire };

/** Suites of other makers in their own form, run when somebody puts one beside the kits. */
const SUITES: Readonly<Record<string, KitAdapter>> = { limbo: runLimbo };

interface KitResult {
  readonly kit: string;
  readonly total: number;
  readonly met: number;
  readonly elapsedMs: number;
  readonly missed: readonly CaseOutcome[];
}

/** Least time between two lines of progress, ms. */
const PROGRESS_MS = 10_000;

/** Every case of a kit as failed for one reason: none counts as skipped. */
function failAll(dir: string, why: string): CaseOutcome[] {
  let cases: readonly unknown[] = [];
  try {
    cases = readCases<unknown>(dir) ?? [];
  } catch {
    // No list of cases that could be read: the kit counts as one case.
  }
  return Array.from({ length: Math.max(1, cases.length) }, (_, index) => ({
    id: `case ${index + 1}`,
    expected: '',
    got: 'not judged',
    met: false,
    why,
  }));
}

function watch(kit: string): KitRun {
  let shown = performance.now();
  return {
    progress: (done, total) => {
      if (performance.now() - shown < PROGRESS_MS) return;
      shown = performance.now();
      console.error(`  ${kit}: ${done} of ${total}`);
    },
    note: (text) => print(`  ${kit}: ${text}`),
  };
}

async function runKit(kit: string, dir: string): Promise<KitResult> {
  const start = performance.now();
  const adapter = KITS[kit] ?? SUITES[kit] ?? SAMPLES[kit];
  let outcomes: readonly CaseOutcome[];
  try {
    outcomes = adapter === undefined ? failAll(dir, 'no adapter') : await adapter(dir, watch(kit));
  } catch (error) {
    outcomes = failAll(dir, error instanceof Error ? error.message : String(error));
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
  print(`${result.kit}: ${result.met}/${result.total}`);
  const refused = result.missed.filter((outcome) => outcome.refused !== undefined).length;
  if (refused > 0)
    print(`  ${result.kit}: ${refused} of those not met are refused by policy, each with its reason`);
  console.error(`${result.kit}: took ${(result.elapsedMs / 1000).toFixed(1)} s`);
  for (const { id, expected, got, why, refused: policy } of result.missed) {
    const reason = policy === undefined ? why : `refused by policy: ${policy}`;
    print(
      `  ${result.kit} ${id}: expected ${expected}, got ${got}${reason === '' ? '' : `: ${reason.slice(0, 300)}`}`,
    );
  }
}

type Recorded = Readonly<Record<string, { readonly met: number; readonly total: number }>>;

/** Kits that do worse than recorded. A kit with other cases than the recorded ones is compared by its share. */
function regressions(results: readonly KitResult[], recorded: Recorded): string[] {
  return results.flatMap(({ kit, met, total }) => {
    const before = recorded[kit];
    if (before === undefined) return met === total ? [] : [`${kit}: ${met}/${total}, and nothing recorded`];
    if (met * before.total >= before.met * total) return [];
    return [`${kit}: ${met}/${total} is below the recorded ${before.met}/${before.total}`];
  });
}

/** Known kits in their order, then every other folder: a kit nobody wrote an adapter for must show. */
function kitsOf(dir: string, only: readonly string[] | null): string[] {
  const folders = readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const known = Object.keys(KITS).filter((kit) => folders.includes(kit));
  const others = folders.filter((folder) => KITS[folder] === undefined).sort();
  return [...known, ...others].filter((kit) => only === null || only.includes(kit));
}

function option(argv: readonly string[], name: string): string | undefined {
  const at = argv.indexOf(name);
  return at < 0 ? undefined : argv[at + 1];
}

async function main(argv: readonly string[]): Promise<number> {
  const [dir] = argv;
  if (dir === undefined || !existsSync(dir)) {
    console.error('usage: tsx test/conformance/run.ts KITSDIR [--json FILE] [--only KIT,KIT]');
    return 64;
  }
  const kits = kitsOf(dir, option(argv, '--only')?.split(',') ?? null);
  const results: KitResult[] = [];
  const only = option(argv, '--only')?.split(',') ?? null;
  const samples = Object.keys(SAMPLES)
    .map((name) => ({ kit: name, folder: join(dir, '..', 'samples', name) }))
    .filter(({ kit, folder }) => existsSync(folder) && (only === null || only.includes(kit)));
  for (const { kit, folder } of [
    ...kits.map((name) => ({ kit: name, folder: join(dir, name) })),
    ...samples,
  ]) {
    const result = await runKit(kit, folder);
    results.push(result);
    printResult(result);
  }
  const absent = Object.keys(KITS).filter((kit) => !kits.includes(kit));
  for (const kit of absent) print(`${kit}: not run, no such kit asked for`);
  const jsonFile = option(argv, '--json') ?? process.env['JSON'];
  if (jsonFile !== undefined)
    writeFileSync(jsonFile, `${JSON.stringify({ kits: results, absent }, null, 1)}\n`);
  const recorded = JSON.parse(readFileSync(new URL('./expected.json', import.meta.url), 'utf8')) as Recorded;
  const worse = regressions(results, recorded);
  for (const line of worse) print(`BELOW RECORDED ${line}`);
  const met = results.reduce((sum, result) => sum + result.met, 0);
  const total = results.reduce((sum, result) => sum + result.total, 0);
  print(`${met} passed, ${total - met} failed, ${absent.length} skipped`);
  return worse.length > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
