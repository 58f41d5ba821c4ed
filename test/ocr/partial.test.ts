import { expect } from 'chai';
import { describe, it } from 'mocha';
import { encodePng } from '../../src/ocr/image/sharp.ts';
import {
  createOcrService,
  type OcrEngine,
  OcrError,
  type PageStore,
  type StoredReading,
} from '../../src/ocr/index.ts';
import { codeOf, fixedEngine, line, pageOf, pdftotext, qpdfCheck } from './support.ts';

const reading = { ...pageOf([line('Xin chào', 20, 40)]), width: 200, height: 280 };

/** A blank scan; `shade` tells pages apart. */
const scan = (shade = 255): Promise<Uint8Array> =>
  encodePng(new Uint8Array(200 * 280).fill(shade), 200, 280, 1);

async function dossier(pages: number) {
  return Promise.all(
    Array.from({ length: pages }, async (_, i) => ({ name: `${i}.png`, bytes: await scan(255 - i) })),
  );
}

/** An engine that breaks on the pages named, counted in the order they come (one worker). */
function engineThatBreaksOn(...broken: number[]): OcrEngine & { calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    readPage() {
      calls += 1;
      return broken.includes(calls)
        ? Promise.reject(new Error('wasm memory out of bounds'))
        : Promise.resolve(reading);
    },
    close: () => Promise.resolve(),
  };
}

/** A store of pages in memory. */
function memoryStore(): PageStore & { pages: Map<number, StoredReading> } {
  const pages = new Map<number, StoredReading>();
  return {
    pages,
    load: (number) => Promise.resolve(pages.get(number) ?? null),
    save: async (number, page) => void pages.set(number, page),
  };
}

describe('ocr: a dossier of which a part fails', () => {
  it('keeps the other pages when one cannot be read, shows that one, and says what was wrong', async () => {
    const service = createOcrService({ engine: engineThatBreaksOn(2), jobs: 1 });

    const { result, pdf } = await service.recognize(await dossier(4));

    expect(result.pages.map((p) => p.text)).to.have.members(['Xin chào', '', 'Xin chào', 'Xin chào']);
    expect(result.problems).to.have.length(1);
    expect(result.problems[0]).to.include({ code: 'OCR_ENGINE_FAILED' });
    expect(result.problems[0]?.vi).to.match(/thử lại/);
    expect(pdftotext(pdf).match(/Xin chào/g)).to.have.length(3);
    expect(qpdfCheck(pdf)).to.match(/No syntax/);
    await service.close();
  });

  it('reads the good files when one of several is no scan at all', async () => {
    const service = createOcrService({ engine: fixedEngine(reading) });
    const files = await dossier(2);

    const { result } = await service.recognize([
      files[0] as (typeof files)[0],
      { name: 'hong.pdf', bytes: Buffer.from('%PDF-1.7\nnothing of the kind') },
      { name: 'la.svg', bytes: Buffer.from('<svg/>') },
      files[1] as (typeof files)[0],
    ]);

    expect(result.pages).to.have.length(2);
    expect(result.problems.map(({ file, page, code }) => [file, page, code])).to.deep.equal([
      [1, null, 'OCR_DAMAGED_FILE'],
      [2, null, 'OCR_UNSUPPORTED_FORMAT'],
    ]);
    await service.close();
  });

  it('fails as a whole only when nothing could be read', async () => {
    const service = createOcrService({ engine: engineThatBreaksOn(1, 2, 3), jobs: 1 });

    expect(await codeOf(service.recognize(await dossier(3)))).to.equal('OCR_ENGINE_FAILED');
    await service.close();
  });

  it('goes on after the last finished page of a run cut short, and ends the same', async () => {
    const store = memoryStore();
    const files = await dossier(4);
    const abort = new AbortController();
    const first = createOcrService({ engine: fixedEngine(reading), jobs: 1 });
    const cut = codeOf(
      first.recognize(files, {
        store: {
          ...store,
          async save(n, page) {
            await store.save(n, page);
            if (n === 2) abort.abort();
          },
        },
        signal: abort.signal,
      }),
    );
    expect(await cut).to.equal('OCR_CANCELLED');
    await first.close();
    const left = 4 - store.pages.size;
    const engine = engineThatBreaksOn();
    const second = createOcrService({ engine, jobs: 1 });

    const resumed = await second.recognize(files, { store });

    expect(left).to.be.within(1, 3);
    expect(engine.calls()).to.equal(left);
    const whole = await second.recognize(files);
    expect(Buffer.compare(resumed.pdf, whole.pdf)).to.equal(0);
    expect(JSON.stringify(resumed.result)).to.equal(JSON.stringify(whole.result));
    await second.close();
  });

  it('names an error of its own with the page it happened on', async () => {
    const engine: OcrEngine = {
      readPage: () => Promise.reject(new OcrError('OCR_ENGINE_FAILED', { reason: 'gone' })),
      close: () => Promise.resolve(),
    };
    const service = createOcrService({ engine });

    const error = await service.recognize(await dossier(1)).catch((e: unknown) => e as OcrError);

    expect((error as OcrError).details).to.include({ page: 1, reason: 'gone' });
    await service.close();
  });
});
