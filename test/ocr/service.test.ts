import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { PDFDocument } from 'pdf-lib';
import { encodePng } from '../../src/ocr/image/sharp.ts';
import { createOcrService, type OcrEngine, OcrError } from '../../src/ocr/index.ts';
import type { Box, OcrWord } from '../../src/ocr/types.ts';
import {
  codeOf,
  engineThatNeverAnswers,
  engineThatThrows,
  fixedEngine,
  line,
  pageOf,
  pdftotext,
  rejection,
} from './support.ts';

const blankPng = (width = 200, height = 280): Promise<Uint8Array> =>
  encodePng(new Uint8Array(width * height).fill(255), width, height, 1);

describe('ocr service', () => {
  it('ends a page the engine never answers, with the page in the error', async () => {
    const service = createOcrService({ engine: engineThatNeverAnswers(), pageLimitMs: 2 });

    const error = await rejection(service.recognize([{ name: 'a.png', bytes: await blankPng() }]));

    expect(error).to.be.instanceOf(OcrError);
    expect([error.code, error.details.page]).to.deep.equal(['OCR_PAGE_TIMEOUT', 1]);
    expect(error.vi).to.match(/quá thời gian/);
    await service.close();
  });

  it('ends a dossier when its own time is up', async () => {
    const service = createOcrService({
      engine: engineThatNeverAnswers(),
      limits: { dossierTimeoutMs: 1500 },
    });

    expect(await codeOf(service.recognize([{ name: 'a.png', bytes: await blankPng() }]))).to.equal(
      'OCR_TIMEOUT',
    );
    await service.close();
  });

  it('turns a plain error of the engine into its own, keeping the cause', async () => {
    const service = createOcrService({ engine: engineThatThrows() });

    const error = await rejection(service.recognize([{ name: 'a.png', bytes: await blankPng() }]));

    expect([error.code, error.kind]).to.deep.equal(['OCR_ENGINE_FAILED', 'unavailable']);
    expect((error.cause as Error).message).to.match(/out of bounds/);
    await service.close();
  });

  it('rejects running dossiers on close, and new ones after it', async () => {
    let started = (): void => {};
    const reading = new Promise<void>((resolve) => {
      started = resolve;
    });
    const engine: OcrEngine = {
      readPage: () => {
        started();
        return new Promise(() => {});
      },
      close: () => Promise.resolve(),
    };
    const service = createOcrService({ engine });
    const running = codeOf(service.recognize([{ name: 'a.png', bytes: await blankPng() }]));
    await reading;

    await service.close();

    expect(await running).to.equal('OCR_CLOSED');
    expect(await codeOf(service.recognize([{ name: 'a.png', bytes: await blankPng() }]))).to.equal(
      'OCR_CLOSED',
    );
  });

  it('rejects at once when the signal is aborted already', async () => {
    const service = createOcrService({ engine: engineThatNeverAnswers() });

    const cancelled = service.recognize([{ name: 'a.png', bytes: await blankPng() }], {
      signal: AbortSignal.abort(),
    });

    expect(await codeOf(cancelled)).to.equal('OCR_CANCELLED');
    await service.close();
  });

  it('takes several files as one dossier, pages numbered through', async () => {
    const service = createOcrService({
      engine: fixedEngine({ ...pageOf([line('Xin chào', 20, 40)]), width: 200, height: 280 }),
    });

    const { result, pdf, text } = await service.recognize([
      { name: 'a.png', bytes: await blankPng() },
      { name: 'b.png', bytes: await blankPng() },
    ]);

    expect(result.pages.map((p) => p.number)).to.deep.equal([1, 2]);
    expect(text).to.equal('Xin chào\fXin chào');
    expect(pdftotext(pdf).match(/Xin chào/g)).to.have.length(2);
    await service.close();
  });

  it('reads files where they are, and gives the PDF as one: the same bytes as in memory', async () => {
    const service = createOcrService({
      engine: fixedEngine({ ...pageOf([line('Xin chào', 20, 40)]), width: 200, height: 280 }),
    });
    const bytes = await blankPng();
    const folder = mkdtempSync(join(tmpdir(), 'ocr-paths-'));
    const path = join(folder, 'a.png');
    writeFileSync(path, bytes);
    let taken: Buffer | null = null;
    let gone = '';

    const whole = await service.recognize([{ name: 'a.png', bytes }]);
    const { pdf } = await service.recognize([{ name: 'a.png', path }], {
      async takePdf(made) {
        taken = readFileSync(made);
        gone = made;
      },
    });
    const missing = codeOf(service.recognize([{ name: 'b.png', path: join(folder, 'b.png') }]));

    expect(pdf).to.have.length(0);
    expect(taken).to.deep.equal(Buffer.from(whole.pdf));
    expect(existsSync(gone)).to.equal(false);
    expect(await missing).to.equal('OCR_DAMAGED_FILE');
    expect(readFileSync(path)).to.deep.equal(Buffer.from(bytes));
    await service.close();
    rmSync(folder, { recursive: true });
  });

  it('keeps words apart whose boxes touch or overlap: who copies the text gets two', async () => {
    const touching = line('6. Quốc tịch', 20, 40);
    const [number, word] = touching.words as [OcrWord, OcrWord, OcrWord];
    const [x0, y0, , y1] = number.box;
    const words = [{ ...number, box: [x0, y0, word.box[0] + 2, y1] as Box }, ...touching.words.slice(1)];
    const engine = fixedEngine({ ...pageOf([{ ...touching, words }]), width: 200, height: 280 });
    const service = createOcrService({ engine });

    const { pdf } = await service.recognize([{ name: 'a.png', bytes: await blankPng() }]);

    expect(pdftotext(pdf).trim()).to.match(/^6\. +Quốc +tịch$/);
    await service.close();
  });

  it('never reads more pages at once than it has jobs, over all dossiers', async () => {
    let now = 0;
    let most = 0;
    const engine: OcrEngine = {
      async readPage() {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setImmediate(resolve));
        now--;
        return { ...pageOf([]), width: 200, height: 280 };
      },
      close: () => Promise.resolve(),
    };
    const service = createOcrService({ engine, jobs: 2 });
    const dossier = async () => [1, 2, 3, 4].map((n) => ({ name: `${n}.png`, bytes: PNG }));
    const PNG = await blankPng();

    await Promise.all([service.recognize(await dossier()), service.recognize(await dossier())]);

    expect(most).to.equal(2);
    await service.close();
  });

  it('serves the next dossier with the process of a sound one, and gives the same bytes; never after trouble', async () => {
    const reading = { ...pageOf([line('Xin chào', 20, 40)]), width: 200, height: 280 };
    const fresh = createOcrService({ engine: fixedEngine(reading) });
    const service = createOcrService({ engine: fixedEngine(reading), keepReady: true });
    const good = { name: 'a.png', bytes: await blankPng() };
    const torn = { name: 'b.png', bytes: good.bytes.slice(0, 60) };
    const processes = (): string =>
      execFileSync('ps', ['--ppid', String(process.pid), '-o', 'pid=,args='], { encoding: 'utf8' })
        .split('\n')
        .filter((row) => row.includes('dossier-child'))
        .map((row) => row.trim().split(' ')[0])
        .join();
    const expected = await fresh.recognize([good]);
    await fresh.close();

    await service.recognize([good]);
    const first = processes();
    const again = await service.recognize([good]);
    const second = processes();
    const { result } = await service.recognize([good, torn]);
    const third = processes();
    await service.close();

    expect(first).to.match(/^\d+$/);
    expect(second, 'the same process').to.equal(first);
    expect(Buffer.from(again.pdf)).to.deep.equal(Buffer.from(expected.pdf));
    expect(result.problems).to.have.length(1);
    expect(third.split(','), 'another one').not.to.include(first);
  });

  it('lets the engine rest before it writes the PDF of a long dossier, not of a short one', async () => {
    const told: string[] = [];
    const engine: OcrEngine = {
      ...fixedEngine({ ...pageOf([]), width: 200, height: 280 }),
      rest: () => told.push('rest'),
    };
    const service = createOcrService({ engine });
    const read = async (pages: number): Promise<unknown> => {
      told.push(`${pages} pages`);
      const scan = await PDFDocument.create();
      for (let page = 0; page < pages; page++) scan.addPage([72, 100]);
      return service.recognize([{ name: 'a.pdf', bytes: await scan.save() }], {
        onProgress: ({ stage }) => told.at(-1) !== stage && told.push(stage),
      });
    };

    await read(99);
    await read(100);

    const short = ['99 pages', 'open', 'page', 'fields', 'pdf', 'done'];
    expect(told).to.deep.equal([...short, '100 pages', 'open', 'page', 'rest', 'fields', 'pdf', 'done']);
    await service.close();
  });

  it('leaves no file and no process behind, also after a failure', async () => {
    const tempDir = await mkdtemp(join(tmpdir(), 'ocr-left-'));
    const service = createOcrService({ engine: engineThatThrows(), tempDir });

    await codeOf(service.recognize([{ name: 'a.png', bytes: await blankPng() }]));
    await service.close();

    expect(readdirSync(tempDir)).to.deep.equal([]);
    const children = execFileSync('ps', ['--ppid', String(process.pid), '-o', 'args='], { encoding: 'utf8' });
    expect(children).not.to.contain('dossier-child');
    await rm(tempDir, { recursive: true });
  });
});
