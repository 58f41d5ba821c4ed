import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { encodePng } from '../../../src/ocr/image/sharp.ts';
import { childScript, startChild } from '../../../src/ocr/process/child.ts';
import { createProcessEngine } from '../../../src/ocr/process/pool.ts';
import type { OcrEngine, PageSource } from '../../../src/ocr/types.ts';
import { until } from '../../support/until.ts';

const MIB = 1024 * 1024;
const SIGNAL = new AbortController().signal;

/** Page processes that live. */
function processes(): number {
  const rows = execFileSync('ps', ['--ppid', String(process.pid), '-o', 'args='], { encoding: 'utf8' });
  return rows.split('\n').filter((row) => row.includes('page-child')).length;
}

/** Waits until that many are left: to be killed takes a moment. */
const left = (count: number): Promise<void> => until(() => processes() === count);

describe('ocr: processes of pages', () => {
  let folder: string;
  let page: PageSource;
  let engine: OcrEngine | null = null;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ocr-pool-'));
    const path = join(folder, 'blank.png');
    writeFileSync(path, await encodePng(new Uint8Array(200 * 280).fill(255), 200, 280, 1));
    page = { image: { kind: 'encoded', path, index: 0 }, dpi: 200, mode: 'full', maxPixels: 1e6 };
  });
  afterEach(async () => {
    await engine?.close();
    engine = null;
    await left(0);
  });
  after(() => rm(folder, { recursive: true }));

  it('ends those that read nothing when it is to rest, and no other', async () => {
    engine = createProcessEngine({ jobs: 2, language: 'vie', niceness: 0 });
    engine.prepare?.(2, 'normal');
    const started = processes();
    const reading = engine.readPage(page, SIGNAL);

    engine.rest?.();
    await left(1);
    const { width } = await reading;
    engine.rest?.();
    await left(0);

    expect([started, width]).to.deep.equal([2, 200]);
  });

  it('gives back what it keeps for the next page when it holds too much', async function () {
    // Only glibc tells what it keeps to be given back.
    const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
    if (header.glibcVersionRuntime === undefined) this.skip();
    const script = new URL('../../../src/ocr/process/pool.ts', import.meta.url).href;
    const child = startChild(childScript(script, './page-child'), 0, 16 * MIB);
    const options = { timeoutMs: 60_000, timeoutCode: 'OCR_TIMEOUT' } as const;
    const whole = join(folder, 'whole.png');
    writeFileSync(whole, await encodePng(new Uint8Array(3 * 1654 * 2339).fill(255), 1654, 2339, 3));
    const image = { kind: 'encoded', path: whole, index: 0 } as const;
    const engine = { language: 'vie', native: null };

    await child.call('readPage', { engine, page: { ...page, image, maxPixels: 1e7 } }, options);
    const held = await child.call<number>('memory', Number.POSITIVE_INFINITY, options);
    const left = await child.call<number>('memory', 0, options);
    child.kill();

    // Two grey pictures of the page; nothing when it keeps what it has.
    expect(held - left).to.be.greaterThan(8 * MIB);
  });

  it('reads on after a rest', async () => {
    engine = createProcessEngine({ jobs: 1, language: 'vie', niceness: 0 });
    engine.prepare?.(1, 'normal');
    engine.rest?.();

    const { lines } = await engine.readPage(page, SIGNAL);

    expect(lines).to.deep.equal([]);
  });
});
