/** Hostile and broken input: the right answer, in bounded time and memory, by a service that lives on. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OcrError, type OcrErrorCode, type OcrOutput, type OcrService } from '../../../src/ocr/index.ts';
import { type CaseOutcome, eachCase, type KitRun } from '../kit.ts';
import { readJson } from './kit-files.ts';
import { watchMemory } from './memory.ts';

interface HostileCase {
  readonly file: string;
  /** A sentence that begins with `ok` or `reject`. */
  readonly expect: string;
  readonly why: string;
}

/** Bounds of the kit, for every input. */
const MOST_MS = 30_000;
const MOST_BYTES = 1.5e9;
/** Confidence under which a page of noise is said to be doubtful. */
const DOUBTFUL = 0.6;

interface Tried {
  readonly output: OcrOutput | null;
  readonly code: OcrErrorCode | null;
  readonly problem: string | null;
  readonly elapsedMs: number;
  readonly bytes: number | null;
}

async function attemptOn(service: OcrService, name: string, input: Uint8Array): Promise<Tried> {
  const memory = watchMemory();
  const start = performance.now();
  let output: OcrOutput | null = null;
  let code: OcrErrorCode | null = null;
  let problem: string | null = null;
  try {
    output = await service.recognize([{ name, bytes: input }]);
  } catch (error) {
    if (error instanceof OcrError) code = error.code;
    problem = error instanceof Error ? error.message : String(error);
  }
  return { output, code, problem, elapsedMs: performance.now() - start, bytes: memory.stop() };
}

/** Codes that put the blame on the file. */
const REFUSALS: ReadonlySet<OcrErrorCode | null> = new Set<OcrErrorCode>([
  'OCR_UNSUPPORTED_FORMAT',
  'OCR_DAMAGED_FILE',
  'OCR_TOO_MANY_PAGES',
  'OCR_TOO_LARGE',
  'OCR_PASSWORD_REQUIRED',
  'OCR_PAGE_TIMEOUT',
  'OCR_TIMEOUT',
]);

/** Whether the refusal says what the kit wants it to say. */
function refusedFor(expect: string, code: OcrErrorCode | null): boolean {
  if (/password needed/.test(expect)) return code === 'OCR_PASSWORD_REQUIRED';
  if (/not an accepted type/.test(expect)) return code === 'OCR_UNSUPPORTED_FORMAT';
  if (/page limit/.test(expect)) return code === 'OCR_TOO_MANY_PAGES';
  if (/time-limited/.test(expect)) return REFUSALS.has(code);
  return REFUSALS.has(code) && code !== 'OCR_TIMEOUT' && code !== 'OCR_PAGE_TIMEOUT';
}

const ACTIVE =
  /\/(JavaScript|JS|Launch|EmbeddedFiles?|OpenAction|AA|RichMedia|FileAttachment|SubmitForm|ImportData)\b/;

/** Active content left in a PDF, its streams unpacked by qpdf; `null` when there is none. */
function activeContent(pdf: Uint8Array): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-ocr-'));
  try {
    const [path, plain] = [join(folder, 'in.pdf'), join(folder, 'out.pdf')];
    writeFileSync(path, pdf);
    execFileSync('qpdf', ['--qdf', '--object-streams=disable', '--stream-data=uncompress', path, plain]);
    return ACTIVE.exec(readFileSync(plain, 'latin1'))?.[0] ?? null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is wrong with an answer that is no refusal; `null`: nothing. */
function wrongWith(expect: string, output: OcrOutput): string | null {
  const { pages } = output.result;
  const words = pages.flatMap((page) => page.words);
  if (/zero words/.test(expect) && (words.length > 0 || pages.some((page) => page.confidence > 0)))
    return `${words.length} words`;
  if (/low confidence/.test(expect)) {
    const sure = pages.find((page) => page.words.length > 0 && page.confidence >= DOUBTFUL);
    if (sure !== undefined) return `${sure.words.length} words with confidence ${sure.confidence}`;
  }
  if (/no JavaScript/.test(expect)) {
    const active = activeContent(output.pdf);
    if (active !== null) return `${active} in the PDF`;
  }
  // The result has no place for a warning, so a part read of a damaged file passes for the whole.
  return /with warning/.test(expect) ? 'read without a warning' : null;
}

/** What is wrong with the attempt; `null`: nothing. */
function fault(expect: string, tried: Tried): string | null {
  if (tried.elapsedMs > MOST_MS) return `took ${Math.round(tried.elapsedMs / 1000)} s`;
  if (tried.bytes !== null && tried.bytes > MOST_BYTES)
    return `took ${Math.round(tried.bytes / 1e6)} MB of memory`;
  const mayRefuse = /^reject|or a clear code/.test(expect);
  const mayRead = /^ok|^reject.* or (partial|repaired|finish)/.test(expect);
  if (tried.output !== null) return mayRead ? wrongWith(expect, tried.output) : 'read, not refused';
  if (!mayRefuse) return `refused: ${tried.problem}`;
  const right = /or a clear code/.test(expect)
    ? tried.code === 'OCR_PASSWORD_REQUIRED'
    : refusedFor(expect, tried.code);
  return right ? null : `refused for another reason: ${tried.problem}`;
}

function describe(tried: Tried): string {
  const answer = tried.output === null ? (tried.code ?? 'error') : 'read';
  const memory = tried.bytes === null ? 'memory not measured' : `${Math.round(tried.bytes / 1e6)} MB`;
  return `${answer} (${(tried.elapsedMs / 1000).toFixed(1)} s, ${memory})`;
}

/** Judges every input with one service, which must read `ordinary` afterwards. */
export async function runHostile(
  dir: string,
  service: OcrService,
  ordinary: Uint8Array | null,
  run: KitRun,
): Promise<CaseOutcome[]> {
  const cases = readJson<HostileCase[]>(dir, 'hostile', 'expected.json') ?? [];
  const outcomes = await eachCase(cases, run, async ({ file, expect }) => {
    const input = readFileSync(join(dir, 'hostile', file));
    let tried = await attemptOn(service, file, input);
    // A machine busy with other things is given a second chance to be in time.
    if (tried.elapsedMs > MOST_MS) tried = await attemptOn(service, file, input);
    const wrong = fault(expect, tried);
    return {
      id: `hostile ${file}`,
      expected: expect,
      got: describe(tried),
      met: wrong === null,
      why: wrong ?? '',
    };
  });
  if (cases.length === 0 || ordinary === null) return outcomes;
  const after = await attemptOn(service, 'ordinary', ordinary);
  const words = after.output?.result.pages[0]?.words.length ?? 0;
  const got = `${words} words`;
  return [
    ...outcomes,
    {
      id: 'hostile: the service lives on',
      expected: 'reads a page',
      got,
      met: words > 50,
      why: after.problem ?? '',
    },
  ];
}
