import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { encodePng } from '../../../src/ocr/image/sharp.ts';
import { createProcessEngine } from '../../../src/ocr/process/pool.ts';
import type { OcrEngine, PageSource } from '../../../src/ocr/types.ts';

const SIGNAL = new AbortController().signal;

/** Page processes that live. */
function processes(): number {
  const rows = execFileSync('ps', ['--ppid', String(process.pid), '-o', 'args='], { encoding: 'utf8' });
  return rows.split('\n').filter((row) => row.includes('page-child')).length;
}

/** Waits until that many are left: to be killed takes a moment. */
async function left(count: number): Promise<void> {
  while (processes() !== count) await new Promise((resolve) => setImmediate(resolve));
}

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

  it('reads on after a rest', async () => {
    engine = createProcessEngine({ jobs: 1, language: 'vie', niceness: 0 });
    engine.prepare?.(1, 'normal');
    engine.rest?.();

    const { lines } = await engine.readPage(page, SIGNAL);

    expect(lines).to.deep.equal([]);
  });
});
