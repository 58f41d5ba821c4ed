/**
 * Reading a scan beside the tools an office would take otherwise: OCRmyPDF end to end, and Tesseract's own program for
 * the pages alone. Ratios of one run, by the clock and by CPU time (which a busy machine does not change); the scan is
 * made here, so that anyone can repeat it. Needs `make build`: the processes of the product run as they are shipped.
 *
 * BENCH_OCR_PAGES (10), BENCH_OCR_MEMORY_PAGES (30; 500 for the long form), BENCH_OCR_SCAN and BENCH_OCR_TRUTH: another
 * PDF and the text that is on it. BENCH_OCR_ONLY: of `rivals`, `pages`, `one`, `memory` those to be measured. BENCH_OCR_ENGINE=native:
 * the recogniser memory is measured with.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { PDFDocument } from 'pdf-lib';
import { makeScannedApplication, type OcrServiceOptions } from '../../src/ocr/index.ts';
import { modelOf, readModel } from '../../src/ocr/model/model.ts';
import { DEFAULT_APPLICATION, drawApplication } from '../../src/ocr/sample-scan/application.ts';
import { percentile } from '../measure.ts';
import { cpuSecondsOfTree, watchTree } from '../process-tree.ts';

const run = promisify(execFile);
const PAGES = Number(process.env['BENCH_OCR_PAGES'] ?? 10);
const MEMORY_PAGES = Number(process.env['BENCH_OCR_MEMORY_PAGES'] ?? 30);
const SCAN = process.env['BENCH_OCR_SCAN'];
const TRUTH = process.env['BENCH_OCR_TRUTH'];
const TESSERACT = '/usr/bin/tesseract';
const LANES = 2;

const { createOcrService } = (await import(
  new URL('../../dist/src/ocr/index.js', import.meta.url).href
)) as typeof import('../../src/ocr/index.ts');

/** Forms that differ; a longer scan has each several times, with a picture of its own every time. */
const FORMS = 40;

/** A scan of `pages` pages, each its own form. */
async function makeScan(pages: number): Promise<Uint8Array> {
  const whole = await PDFDocument.create();
  const forms: Uint8Array[] = [];
  for (let page = 0; page < pages; page += 1) {
    const form = forms[page % FORMS] ?? (await makeScannedApplication(page + 1));
    if (page < FORMS) forms.push(form);
    const one = await PDFDocument.load(form);
    for (const page of await whole.copyPages(one, one.getPageIndices())) whole.addPage(page);
  }
  return whole.save();
}

/** The words on the scan. */
function truthOf(pages: number): string {
  if (SCAN !== undefined) return TRUTH === undefined ? '' : readFileSync(TRUTH, 'utf8');
  const lines: string[] = [];
  const pen = {
    width: () => 0,
    line(text: string): string {
      lines.push(text);
      return '';
    },
  };
  drawApplication(pen, DEFAULT_APPLICATION);
  return Array.from({ length: pages }, () => lines.join('\n')).join('\f');
}

/** Share of the true words, with how often they stand there, that `pdftotext` finds. */
function recall(pdf: string, truth: string): number {
  const words = (text: string): string[] => text.normalize('NFC').split(/\s+/).filter(Boolean);
  const left = new Map<string, number>();
  const layer = execFileSync('pdftotext', [pdf, '-'], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  for (const word of words(layer)) left.set(word, (left.get(word) ?? 0) + 1);
  const wanted = words(truth);
  const found = wanted.filter((word) => {
    const count = left.get(word) ?? 0;
    left.set(word, count - 1);
    return count > 0;
  });
  return found.length / Math.max(1, wanted.length);
}

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

interface Spent {
  readonly seconds: number;
  readonly cpu: number;
}

async function spend(work: () => Promise<unknown>): Promise<Spent> {
  const cpu = cpuSecondsOfTree();
  const startedAt = performance.now();
  await work();
  return { seconds: (performance.now() - startedAt) / 1000, cpu: cpuSecondsOfTree() - cpu };
}

function say(name: string, { seconds, cpu }: Spent, beside = ''): void {
  process.stdout.write(
    `${name.padEnd(48)} ${seconds.toFixed(2).padStart(7)} s ${cpu.toFixed(2).padStart(7)} CPU s  ${beside}\n`,
  );
}

/** How many times as fast `a` was as `b`, by the clock and by CPU time. */
function ratio(a: Spent, b: Spent): string {
  return `${(b.seconds / a.seconds).toFixed(2)} (CPU ${(b.cpu / a.cpu).toFixed(2)})`;
}

/** Every page with the native program, two processes at a time, the same model and page mode. */
async function runTesseract(folder: string, pages: readonly string[], data: string): Promise<void> {
  const env = { ...process.env, OMP_THREAD_LIMIT: '1' };
  const lane = async (offset: number): Promise<void> => {
    for (let i = offset; i < pages.length; i += LANES) {
      const args = [pages[i] as string, join(folder, `out-${i}`), '-l', 'vie', '--tessdata-dir', data];
      await run(TESSERACT, [...args, '--oem', '1', '--psm', '11', '-c', 'tessedit_create_hocr=1'], { env });
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, offset) => lane(offset)));
}

interface Service {
  read(quality?: 'normal' | 'fast'): Promise<Uint8Array>;
  close(): Promise<void>;
}

function startService(bytes: Uint8Array, options: OcrServiceOptions = {}): Service {
  const service = createOcrService({ jobs: LANES, niceness: 0, keepReady: true, ...options });
  return {
    read: async (quality = 'normal') =>
      (await service.recognize([{ name: 'scan.pdf', bytes }], { quality })).pdf,
    close: () => service.close(),
  };
}

/** Warm pages: the processes have read the scan three times before, so that V8 has compiled what it is going to. */
async function warm(bytes: Uint8Array, options: OcrServiceOptions = {}) {
  const measured = {} as Record<'normal' | 'fast', Spent & { pdf: Uint8Array }>;
  for (const quality of ['normal', 'fast'] as const) {
    const service = startService(bytes, options);
    try {
      for (let times = 0; times < 3; times += 1) await service.read(quality);
      let pdf: Uint8Array = new Uint8Array();
      const spent = await spend(async () => {
        pdf = await service.read(quality);
      });
      measured[quality] = { ...spent, pdf };
    } finally {
      await service.close();
    }
  }
  return measured;
}

async function measureOnePage(): Promise<void> {
  const page = await makeScan(1);
  const service = startService(page);
  try {
    const cold = await spend(() => service.read());
    say('first page of a new service', cold);
    const times: number[] = [];
    for (let i = 0; i < 12; i += 1) times.push((await spend(() => service.read())).seconds);
    process.stdout.write(
      `one page warm: p50 ${percentile(times, 0.5).toFixed(2)} s, p95 ${percentile(times, 0.95).toFixed(2)} s\n`,
    );
  } finally {
    await service.close();
  }
}

/** From file to file, as the gateway reads what is large. */
async function measureMemory(folder: string): Promise<void> {
  const path = join(folder, 'long.pdf');
  writeFileSync(path, await makeScan(MEMORY_PAGES));
  const native = process.env['BENCH_OCR_ENGINE'] === 'native' ? { native: { command: TESSERACT } } : {};
  const service = createOcrService({ jobs: LANES, niceness: 0, keepReady: true, ...native });
  const watch = watchTree();
  try {
    await service.recognize([{ name: 'long.pdf', path }], {
      takePdf: (made) => copyFile(made, join(folder, 'long.ocr.pdf')),
    });
  } finally {
    await service.close();
  }
  const { peakMiB, peakOfQuartersMiB } = watch.stop();
  process.stdout.write(
    `memory of ${MEMORY_PAGES} pages, two workers: peak ${peakMiB.toFixed(0)} MiB; by quarter of the run ${peakOfQuartersMiB.map((mib) => mib.toFixed(0)).join(', ')}\n`,
  );
}

async function measureRivals(folder: string, bytes: Uint8Array, path: string, truth: string): Promise<void> {
  const ours = join(folder, 'ours.pdf');
  const cold = await spend(async () => {
    const service = startService(bytes);
    writeFileSync(ours, await service.read());
    await service.close();
  });
  say(`${PAGES} pages to searchable PDF, new service`, cold, `${recallOf(ours, truth)}`);
  if (!isThere('ocrmypdf')) {
    process.stdout.write('ocrmypdf is not installed: apt-get install ocrmypdf unpaper tesseract-ocr-vie\n');
    return;
  }
  const theirs = join(folder, 'theirs.pdf');
  const flags = ['-l', 'vie', '--jobs', String(LANES), '--rotate-pages', '--deskew', '--clean', '-q'];
  const rival = await spend(() => run('ocrmypdf', [...flags, path, theirs]));
  say('ocrmypdf --rotate-pages --deskew --clean', rival, recallOf(theirs, truth));
  process.stdout.write(
    `  we take ${(cold.seconds / rival.seconds).toFixed(2)} of its time (CPU ${(cold.cpu / rival.cpu).toFixed(2)})\n`,
  );
}

function recallOf(pdf: string, truth: string): string {
  return truth === '' ? '' : `word recall ${(100 * recall(pdf, truth)).toFixed(2)} %`;
}

async function measurePages(folder: string, bytes: Uint8Array, path: string): Promise<void> {
  const truth = truthOf(PAGES);
  const words = ({ pdf }: { pdf: Uint8Array }): string => {
    const file = join(folder, 'read.pdf');
    writeFileSync(file, pdf);
    return recallOf(file, truth);
  };
  const { normal, fast } = await warm(bytes);
  const perMinute = ((60 * PAGES) / normal.seconds).toFixed(1);
  say('pages, warm, tesseract.js', normal, `${perMinute} pages/min, ${words(normal)}`);
  say('pages, warm, tesseract.js, fast', fast, `${ratio(fast, normal)} times the normal one, ${words(fast)}`);
  if (!isThere(TESSERACT)) return;
  const data = join(folder, 'data');
  mkdirSync(data);
  writeFileSync(join(data, 'vie.traineddata'), gunzipSync(readModel(modelOf('vie', 'normal'))));
  await run('pdftoppm', ['-r', '200', '-gray', path, join(folder, 'page')]);
  const names = execFileSync('ls', [folder], { encoding: 'utf8' }).split('\n');
  const pages = names.filter((name) => /^page-.*\.pgm$/.test(name)).map((name) => join(folder, name));
  const tesseract = await spend(() => runTesseract(folder, pages, data));
  say('pages alone, tesseract, two processes', tesseract);
  process.stdout.write(`  of its pages per minute: tesseract.js ${ratio(normal, tesseract)}`);
  process.stdout.write(`, fast ${ratio(fast, tesseract)}\n`);
  const native = await warm(bytes, { native: { command: TESSERACT } });
  say('pages, warm, native engine', native.normal, words(native.normal));
  say(
    'pages, warm, native engine, fast',
    native.fast,
    `${ratio(native.fast, native.normal)} times the normal one`,
  );
  process.stdout.write(`  of its pages per minute: native engine ${ratio(native.normal, tesseract)}`);
  process.stdout.write(`, fast ${ratio(native.fast, tesseract)}\n`);
}

const folder = mkdtempSync(join(tmpdir(), 'bench-ocr-'));
try {
  const bytes = SCAN === undefined ? await makeScan(PAGES) : new Uint8Array(readFileSync(SCAN));
  const path = join(folder, 'scan.pdf');
  writeFileSync(path, bytes);
  const only = process.env['BENCH_OCR_ONLY']?.split(',');
  const wanted = (part: string): boolean => only === undefined || only.includes(part);
  if (wanted('rivals')) await measureRivals(folder, bytes, path, truthOf(PAGES));
  if (wanted('pages')) await measurePages(folder, bytes, path);
  if (wanted('one')) await measureOnePage();
  if (wanted('memory')) await measureMemory(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
