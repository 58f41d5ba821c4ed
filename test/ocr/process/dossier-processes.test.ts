import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import type { Child } from '../../../src/ocr/process/child.ts';
import { createDossierProcesses, type DossierProcesses } from '../../../src/ocr/process/dossier-processes.ts';

describe('ocr: processes of dossiers', function () {
  this.timeout(60_000);
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
});
