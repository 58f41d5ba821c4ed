/**
 * Reading a scan beside the tools an office would take otherwise: OCRmyPDF end to end, and Tesseract's own program for
 * the pages alone. Ratios of one run; the scan is made here, so that anyone can repeat it.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PDFDocument } from 'pdf-lib';
import { createOcrService, makeScannedApplication, type OcrService } from '../src/ocr/index.ts';

const run = promisify(execFile);
const PAGES = Number(process.env['BENCH_OCR_PAGES'] ?? 10);
const SCAN = process.env['BENCH_OCR_SCAN'];

/** A scan of `PAGES` pages, each its own form, or the operator's own file. */
async function makeScan(): Promise<Uint8Array> {
  if (SCAN !== undefined) return new Uint8Array(readFileSync(SCAN));
  const whole = await PDFDocument.create();
  for (let seed = 1; seed <= PAGES; seed += 1) {
    const one = await PDFDocument.load(await makeScannedApplication(seed));
    for (const page of await whole.copyPages(one, one.getPageIndices())) whole.addPage(page);
  }
  return whole.save();
}

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

function say(name: string, value: number, unit: string, beside = ''): void {
  process.stdout.write(`${name.padEnd(52)} ${value.toFixed(2).padStart(8)} ${unit} ${beside}\n`);
}

/** Every page with the native program, two processes at a time, the same model and page mode. */
async function nativeSeconds(folder: string, path: string, dataFolder: string): Promise<number> {
  await run('pdftoppm', ['-r', '200', '-gray', path, join(folder, 'page')]);
  const pages = execFileSync('ls', [folder], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => /^page-.*\.pgm$/.test(name));
  const lane = async (offset: number): Promise<void> => {
    for (let i = offset; i < pages.length; i += 2)
      await run(
        'tesseract',
        [
          join(folder, pages[i] as string),
          join(folder, `out-${i}`),
          '-l',
          'vie',
          '--tessdata-dir',
          dataFolder,
          '--psm',
          '11',
          'tsv',
        ],
        {
          env: { ...process.env, OMP_THREAD_LIMIT: '1' },
        },
      );
  };
  return seconds(() => Promise.all([lane(0), lane(1)]));
}

async function unpackData(folder: string): Promise<string> {
  const { gunzipSync } = await import('node:zlib');
  const { dataFolder } = await import('../src/ocr/page/tesseract.ts');
  writeFileSync(
    join(folder, 'vie.traineddata'),
    gunzipSync(readFileSync(join(dataFolder('vie'), 'vie.traineddata.gz'))),
  );
  return folder;
}

async function timed(
  service: OcrService,
  bytes: Uint8Array,
  quality: 'normal' | 'fast' = 'normal',
): Promise<number> {
  const spent = await seconds(() => service.recognize([{ name: 'scan.pdf', bytes }], { quality }));
  await service.close();
  return spent;
}

const folder = mkdtempSync(join(tmpdir(), 'bench-ocr-'));
try {
  const bytes = await makeScan();
  const path = join(folder, 'scan.pdf');
  writeFileSync(path, bytes);
  const normal = await timed(createOcrService({ jobs: 2 }), bytes);
  say('scan to searchable PDF, tesseract.js', normal, 's', `${((60 * PAGES) / normal).toFixed(1)} pages/min`);
  const fast = await timed(createOcrService({ jobs: 2 }), bytes, 'fast');
  say('the same, fast', fast, 's', `${(normal / fast).toFixed(2)} times as fast`);
  if (isThere('/usr/bin/tesseract')) {
    const own = await nativeSeconds(folder, path, await unpackData(folder));
    say(
      'pages alone, tesseract, two processes',
      own,
      's',
      `${(own / normal).toFixed(2)} of its pages per minute by tesseract.js`,
    );
    const native = await timed(
      createOcrService({ jobs: 2, native: { command: '/usr/bin/tesseract' } }),
      bytes,
    );
    say(
      'scan to searchable PDF, native engine',
      native,
      's',
      `${(own / native).toFixed(2)} of its pages per minute`,
    );
  }
  if (isThere('ocrmypdf')) {
    const theirs = await seconds(() =>
      run('ocrmypdf', [
        '-l',
        'vie',
        '--jobs',
        '2',
        '--rotate-pages',
        '--deskew',
        '--clean',
        '-q',
        path,
        join(folder, 'theirs.pdf'),
      ]),
    );
    say(
      'ocrmypdf --rotate-pages --deskew --clean',
      theirs,
      's',
      `we take ${(normal / theirs).toFixed(2)} of its time`,
    );
  } else
    process.stdout.write('ocrmypdf is not installed: apt-get install ocrmypdf unpaper tesseract-ocr-vie\n');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
