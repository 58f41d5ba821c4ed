import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  type WatchEvent,
  type WatchOptions,
  watchFolder,
} from '../../../src/gateway/ocr-jobs/watch-folder.ts';
import { encodePng } from '../../../src/ocr/image/sharp.ts';
import { createOcrService, type OcrEngine, OcrError, type OcrService } from '../../../src/ocr/index.ts';
import { fixedEngine, line, pageOf, pdftotext } from '../../ocr/support.ts';

const reading = { ...pageOf([line('Công văn đến', 20, 40)]), width: 200, height: 280 };
const scan = (shade = 255): Promise<Uint8Array> =>
  encodePng(new Uint8Array(200 * 280).fill(shade), 200, 280, 1);

describe('a folder watched for scans', () => {
  let folder: string;
  let service: OcrService;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'watch-'));
    service = createOcrService({ engine: fixedEngine(reading) });
  });
  afterEach(async () => {
    await service.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Starts a watch and gives a promise for the first event `wanted` accepts. */
  async function watching(wanted: (event: WatchEvent) => boolean, options: WatchOptions = {}, by = service) {
    let seen: (event: WatchEvent) => void = () => {};
    const happened = new Promise<WatchEvent>((resolve) => {
      seen = resolve;
    });
    const watch = await watchFolder(folder, by, {
      settleMs: 0,
      patienceMs: 0,
      pollMs: 5,
      ...options,
      onEvent: (event) => wanted(event) && seen(event),
    });
    return { watch, happened };
  }

  it('puts the scan, its searchable PDF, text and data down together', async () => {
    await writeFile(join(folder, 'CV 12.png'), await scan());
    const { watch, happened } = await watching((e) => e.event === 'done');

    await happened;
    await watch.stop();

    const done = join(folder, 'xong', 'CV 12');
    expect((await readdir(done)).sort()).to.deep.equal([
      'CV 12.ocr.json',
      'CV 12.ocr.pdf',
      'CV 12.ocr.txt',
      'CV 12.png',
    ]);
    expect(pdftotext(await readFile(join(done, 'CV 12.ocr.pdf')))).to.include('Công văn đến');
    expect(await readdir(join(folder, 'dang-doc'))).to.deep.equal([]);
  });

  it('takes a sub-folder as one dossier, pages in the order of their numbers', async () => {
    const part = join(folder, '.dang-quet');
    await mkdir(part);
    for (const n of [1, 2, 10]) await writeFile(join(part, `trang${n}.png`), await scan(250 - n));
    await rename(part, join(folder, 'ho-so-7'));
    const { watch, happened } = await watching((e) => e.event === 'done');

    expect(await happened).to.include({ name: 'ho-so-7', pages: 3 });
    await watch.stop();
  });

  it('leaves a file alone while the scanner is still writing it', async () => {
    const path = join(folder, 'dai.png');
    let clock = 0;
    const whole = await scan();
    await writeFile(path, whole.subarray(0, 100));
    const events: string[] = [];
    let looks = 0;
    const { watch, happened } = await watching(
      (e) => {
        events.push(e.event);
        return e.event === 'done';
      },
      {
        settleMs: 1000,
        now: () => {
          looks += 1;
          // The file grows at the third look; the clock moves 400 ms a look.
          if (looks === 3) writeFileSync(path, whole);
          clock += 400;
          return clock;
        },
      },
    );

    await happened;
    await watch.stop();

    expect(events).to.deep.equal(['taken', 'done']);
  });

  it('puts what is no scan aside with the reason, and goes on with the next', async () => {
    await writeFile(join(folder, 'a-hong.pdf'), 'not a PDF');
    await writeFile(join(folder, 'b-tot.png'), await scan());
    const { watch, happened } = await watching((e) => e.event === 'done');

    await happened;
    await watch.stop();

    const reason = JSON.parse(await readFile(join(folder, 'loi', 'a-hong', 'loi.json'), 'utf8'));
    expect(reason).to.include({ code: 'OCR_UNSUPPORTED_FORMAT' });
    expect(reason.vi).to.match(/Tệp không phải/);
    expect(await readdir(join(folder, 'loi', 'a-hong'))).to.include('a-hong.pdf');
  });

  /** An engine that is out of time at the `times` pages after its first. */
  function lateAt(times: number): OcrEngine & { calls(): number } {
    let late = 0;
    let calls = 0;
    return {
      calls: () => calls,
      readPage() {
        calls += 1;
        if (calls > 1 && late < times) {
          late += 1;
          return Promise.reject(new OcrError('OCR_PAGE_TIMEOUT'));
        }
        return Promise.resolve(reading);
      },
      close: () => Promise.resolve(),
    };
  }

  async function twoPages(name: string): Promise<void> {
    const part = join(folder, '.dang-quet');
    await mkdir(part);
    for (const n of [1, 2]) await writeFile(join(part, `${n}.png`), await scan(250 - n));
    await rename(part, join(folder, name));
  }

  it('reads a page again that was out of time, and no other, before it puts a dossier down', async () => {
    await twoPages('ho-so-8');
    const engine = lateAt(1);
    const slow = createOcrService({ engine, jobs: 1 });
    const events: string[] = [];
    const { watch, happened } = await watching(
      (e) => {
        events.push(e.event);
        return e.event === 'done';
      },
      {},
      slow,
    );

    const event = await happened;
    await watch.stop();
    await slow.close();

    expect(events).to.deep.equal(['taken', 'again', 'done']);
    expect(engine.calls(), 'two pages, one of them twice').to.equal(3);
    expect(event).to.not.have.property('problems');
    expect(await readdir(join(folder, 'xong', 'ho-so-8'))).to.not.include('loi.json');
  });

  it('says which pages have no text, to whoever watches and to whoever opens the folder', async () => {
    await twoPages('ho-so-9');
    const slow = createOcrService({ engine: lateAt(9), jobs: 1 });
    const { watch, happened } = await watching((e) => e.event === 'done', {}, slow);

    const event = await happened;
    await watch.stop();
    await slow.close();

    expect(event.problems?.map(({ page, code }) => [page, code])).to.deep.equal([[2, 'OCR_PAGE_TIMEOUT']]);
    const told = JSON.parse(await readFile(join(folder, 'xong', 'ho-so-9', 'loi.json'), 'utf8')) as object;
    expect(told).to.deep.equal({ problems: event.problems });
  });

  it('takes a dossier up again after a stop, without reading its finished pages twice', async () => {
    const dossier = join(folder, 'ho-so');
    await mkdir(dossier);
    for (const n of [1, 2, 3]) await writeFile(join(dossier, `${n}.png`), await scan(250 - n));
    let stuck = (): void => {};
    const atLast = new Promise<void>((resolve) => {
      stuck = resolve;
    });
    let calls = 0;
    const slow: OcrEngine = {
      readPage() {
        calls += 1;
        if (calls < 3) return Promise.resolve(reading);
        stuck();
        return new Promise(() => {});
      },
      close: () => Promise.resolve(),
    };
    const first = createOcrService({ engine: slow, jobs: 1 });
    const { watch } = await watching(() => false, {}, first);
    await atLast;
    await watch.stop();
    await first.close();
    let again = 0;
    const counting: OcrEngine = {
      readPage() {
        again += 1;
        return Promise.resolve(reading);
      },
      close: () => Promise.resolve(),
    };
    const second = createOcrService({ engine: counting, jobs: 1 });
    const resumed = await watching((e) => e.event === 'done', {}, second);

    expect(await resumed.happened).to.include({ name: 'ho-so', pages: 3 });
    await resumed.watch.stop();
    await second.close();
    expect(again).to.equal(1);
  });

  it('gives up a dossier that never ends well, after three tries', async () => {
    await writeFile(join(folder, 'kho.png'), await scan());
    const broken = createOcrService({
      engine: { readPage: () => Promise.reject(new Error('gone')), close: () => Promise.resolve() },
    });
    const events: string[] = [];
    const { watch, happened } = await watching(
      (e) => {
        events.push(e.event);
        return e.event === 'failed';
      },
      {},
      broken,
    );

    expect(await happened).to.include({ code: 'OCR_ENGINE_FAILED' });
    await watch.stop();
    await broken.close();
    expect(events).to.deep.equal(['taken', 'again', 'again', 'again', 'failed']);
  });

  it('is watched by one process at a time', async () => {
    const { watch } = await watching(() => false);

    const second = await watchFolder(folder, service).catch((error: { code: string }) => error.code);

    expect(second).to.equal('STORE_IN_USE');
    await watch.stop();
  });

  /** An engine that calls `before` with the number of the page it is asked for. */
  function engineThat(before: (call: number) => void | Promise<void>): OcrEngine {
    let calls = 0;
    return {
      async readPage() {
        await before(++calls);
        return reading;
      },
      close: () => Promise.resolve(),
    };
  }

  /** Watches with an engine until `wanted`; all events on the way. */
  async function eventsUntil(
    wanted: (event: WatchEvent) => boolean,
    engine: OcrEngine,
  ): Promise<WatchEvent[]> {
    const by = createOcrService({ engine, jobs: 1 });
    const events: WatchEvent[] = [];
    const { watch, happened } = await watching((e) => events.push(e) > 0 && wanted(e), {}, by);
    await happened;
    await watch.stop();
    await by.close();
    return events;
  }

  it('takes names of any length, letters taken apart as macOS does, and one name twice', async () => {
    const long = `${'Hồ sơ đề nghị '.repeat(20).slice(0, 100)}`.normalize('NFD');
    const name = `${[...long].slice(0, 120).join('')}.png`;
    await writeFile(join(folder, name), await scan());
    let done = 0;
    const first = await eventsUntil(
      (e) => e.event === 'done',
      engineThat(() => undefined),
    );
    await writeFile(join(folder, name), await scan(240));
    const second = await eventsUntil(
      (e) => e.event === 'done' && ++done === 1,
      engineThat(() => undefined),
    );

    const folders = (await readdir(join(folder, 'xong'))).sort();
    expect(folders).to.have.length(2);
    expect(folders.every((own) => own === own.normalize('NFC') && Buffer.byteLength(own) < 220)).to.equal(
      true,
    );
    expect(folders[1]).to.equal(`${folders[0]}-2`);
    expect([...first, ...second].map((e) => e.event)).to.deep.equal(['taken', 'done', 'taken', 'done']);
    for (const own of folders) expect(await readdir(join(folder, 'xong', own))).to.have.length(4);
  });

  it('reads a scan anew that changed while it was read, and keeps no page of the old one', async () => {
    const path = join(folder, 'dang-doc', 'thay', 'thay.png');
    await writeFile(join(folder, 'thay.png'), await scan());
    let calls = 0;

    const events = await eventsUntil(
      (e) => e.event === 'done',
      engineThat(async (call) => {
        calls = call;
        if (call === 1) await writeFile(path, Buffer.concat([await scan(200), Buffer.alloc(8)]));
      }),
    );

    expect(events.map((e) => e.event)).to.deep.equal(['taken', 'changed', 'done']);
    expect(calls).to.equal(2);
  });

  it('puts down what was finished when it was killed, and takes its own PDF for no scan', async () => {
    const killed = async (name: string, files: Record<string, string | Uint8Array>) => {
      await mkdir(join(folder, 'dang-doc', name), { recursive: true });
      for (const [file, octets] of Object.entries(files))
        await writeFile(join(folder, 'dang-doc', name, file), octets);
    };
    // Killed after the last result, and between PDF and the note that all is there.
    await killed('a', { 'a.png': await scan(), 'a.ocr.pdf': '%PDF-', '.attempts': '1', '.finished': '' });
    await killed('b', { 'b.png': await scan(), 'b.ocr.pdf': '%PDF-', '.attempts': '1' });
    let calls = 0;

    const events = await eventsUntil(
      (e) => e.event === 'done' && e.name === 'b',
      engineThat((call) => {
        calls = call;
      }),
    );

    expect(events.map((e) => [e.event, e.name])).to.deep.equal([
      ['done', 'a'],
      ['done', 'b'],
    ]);
    expect(calls).to.equal(1);
    expect((await readdir(join(folder, 'xong', 'a'))).sort()).to.deep.equal(['a.ocr.pdf', 'a.png']);
    const pdf = await readFile(join(folder, 'xong', 'b', 'b.ocr.pdf'));
    expect(pdftotext(pdf)).to.include('Công văn đến');
  });

  it('waits while the disk is full, says so once in both languages, and gives nothing up', async () => {
    await writeFile(join(folder, 'day.png'), await scan());

    const events = await eventsUntil(
      (e) => e.event === 'done',
      engineThat((call) => {
        if (call <= 5) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      }),
    );

    expect(events.map((e) => e.event)).to.deep.equal(['taken', 'trouble', 'done']);
    expect(events[1]).to.include({ code: 'ENOSPC', name: 'day' });
    expect(events[1]?.vi).to.match(/đầy/);
    expect(events[1]?.en).to.match(/full/);
  });

  it('reads scans in folders of a folder, and says once what is no scan', async () => {
    await writeFile(join(folder, 'ghi-chu.docx'), 'x');
    await mkdir(join(folder, '.ho-so', 'tap 2'), { recursive: true });
    await writeFile(join(folder, '.ho-so', '1.png'), await scan());
    await writeFile(join(folder, '.ho-so', 'tap 2', '1.png'), await scan(250));
    await rename(join(folder, '.ho-so'), join(folder, 'ho-so'));

    const events = await eventsUntil(
      (e) => e.event === 'done',
      engineThat(() => undefined),
    );

    expect(events.at(-1)).to.include({ name: 'ho-so', pages: 2 });
    expect(events.filter((e) => e.event === 'ignored')).to.deep.equal([
      { event: 'ignored', name: 'ghi-chu.docx', code: 'OCR_UNSUPPORTED_FORMAT' },
    ]);
    expect(await readdir(folder)).to.include('ghi-chu.docx');
  });
});
