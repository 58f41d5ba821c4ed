import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import type { Child } from '../../../src/ocr/process/child.ts';
import { createDossierProcesses, type DossierProcesses } from '../../../src/ocr/process/dossier-processes.ts';
import type { AddedPage } from '../../../src/ocr/process/session.ts';
import type { OcrFields } from '../../../src/ocr/types.ts';
import { codeOf, line, pageOf } from '../support.ts';

describe('ocr: processes of dossiers', () => {
  let processes: DossierProcesses;
  const taken: Child[] = [];
  const take = (): Child => {
    const child = processes.take();
    taken.push(child);
    return child;
  };
  const isLoaded = (child: Child): Promise<unknown> =>
    child.call('load', null, { timeoutMs: 60_000, timeoutCode: 'OCR_TIMEOUT' });

  afterEach(() => {
    processes.close();
    for (const child of taken.splice(0)) child.kill();
  });

  it('gives every dossier one of its own, ready or not', async () => {
    processes = createDossierProcesses({ niceness: 0, keepReady: true });
    processes.makeReady();
    processes.makeReady();

    const [first, second] = [take(), take()];

    expect(first).not.to.equal(second);
    await Promise.all([isLoaded(first), isLoaded(second)]);
  });

  it('replaces a ready one that died', async () => {
    processes = createDossierProcesses({ niceness: 0, keepReady: true });
    processes.makeReady();
    take().kill();
    processes.makeReady();

    const next = take();

    expect(next.alive).to.equal(true);
    await isLoaded(next);
  });

  it('ends the ready one with the service, and makes none ready afterwards', () => {
    processes = createDossierProcesses({ niceness: 0, keepReady: true });
    processes.makeReady();
    processes.close();
    processes.makeReady();

    expect(take().alive, 'started when it is asked for').to.equal(true);
  });

  const limits = { timeoutMs: 60_000, timeoutCode: 'OCR_TIMEOUT' } as const;
  const page: AddedPage['page'] = {
    file: 0,
    path: 'in-0',
    index: 0,
    kind: 'image',
    dpi: 200,
    plan: 'read',
    coveredBy: 0,
    mute: false,
  };
  const numberOf = async (child: Child): Promise<string | undefined> =>
    (await child.call<OcrFields>('fields', null, limits)).codeNumber?.value;

  it('gives one that was given back to the next dossier, having forgotten the last', async () => {
    processes = createDossierProcesses({ niceness: 0, keepReady: true });
    const child = take();
    const reading = pageOf([
      line('UBND TỈNH HÀ GIANG', 200, 200),
      line('Số: 123/QĐ-UBND', 200, 300),
      line('QUYẾT ĐỊNH', 700, 500),
    ]);
    await child.call('addPage', { number: 1, page, reading } satisfies AddedPage, limits);
    const before = await numberOf(child);

    processes.giveBack(child);
    const next = take();

    expect(before).to.equal('123');
    expect(next).to.equal(child);
    expect(await numberOf(next)).to.equal(undefined);
    const request = { page: { ...page, kind: 'pdf' }, target: 'x', dpi: 200, maxPixels: 1, inColour: false };
    expect(await codeOf(next.call('render', { ...request, drawn: false }, limits))).to.equal(
      'OCR_DAMAGED_FILE',
    );
  });

  it('keeps one at most, and none where none is to be kept', () => {
    processes = createDossierProcesses({ niceness: 0, keepReady: true });
    const [first, second] = [take(), take()];
    processes.giveBack(first);
    processes.giveBack(second);

    expect([first.alive, second.alive]).to.deep.equal([true, false]);
    processes.close();
    expect(first.alive).to.equal(false);

    processes = createDossierProcesses({ niceness: 0, keepReady: false });
    const third = take();
    processes.giveBack(third);
    expect(third.alive).to.equal(false);
  });

  it('replaces one after fifty dossiers', () => {
    processes = createDossierProcesses({ niceness: 0, keepReady: true });
    const child = take();
    for (let dossier = 1; dossier < 50; dossier += 1) {
      processes.giveBack(child);
      expect(take(), `after ${dossier}`).to.equal(child);
    }

    processes.giveBack(child);

    expect(child.alive).to.equal(false);
  });
});
