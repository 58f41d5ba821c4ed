import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  type FolderWatch,
  type WatchEvent,
  watchFolder,
} from '../../../src/gateway/ocr-jobs/watch-folder.ts';
import { createOcrService, type OcrService } from '../../../src/ocr/index.ts';
import { fixedEngine, line, pageOf } from '../../ocr/support.ts';
import { until } from '../../support/until.ts';
import { temporaryFolder } from '../support/folders.ts';
import { scan } from './support.ts';

describe('a folder watched for a scanner that pauses within a file', () => {
  const folder = temporaryFolder();
  const events: string[] = [];
  let service: OcrService;
  let watch: FolderWatch | null = null;
  let clock = 0;

  beforeEach(() => {
    const reading = { ...pageOf([line('Công văn đến', 20, 40)]), width: 200, height: 280 };
    service = createOcrService({ engine: fixedEngine(reading) });
  });
  afterEach(async () => {
    await watch?.stop();
    await service.close();
    await rm(folder, { recursive: true, force: true });
  });

  function onEvent({ event, name, pages, code }: WatchEvent): void {
    if (event !== 'taken') events.push([event, name, pages ?? code].join(' '));
  }

  it('waits for the rest of it, and gives up what stays broken off', async () => {
    const whole = await scan();
    const half = whole.subarray(0, 100);
    await writeFile(join(folder, 'hong.png'), half);
    await mkdir(join(folder, 'ho-so'));
    await writeFile(join(folder, 'ho-so', '1.png'), whole);
    await writeFile(join(folder, 'ho-so', '2.png'), half);
    const options = { settleMs: 0, pollMs: 5, patienceMs: 60_000, now: () => clock, onEvent };

    watch = await watchFolder(folder, service, options);
    await until(() => events.length === 2);
    await writeFile(join(folder, 'dang-doc', 'ho-so', '2.png'), whole);
    await until(() => events.length === 3);
    clock = 60_000;
    await until(() => events.length === 4);

    expect(events.slice(0, 2)).to.have.members([
      'again ho-so OCR_DAMAGED_FILE',
      'again hong OCR_DAMAGED_FILE',
    ]);
    expect(events.slice(2)).to.deep.equal(['done ho-so 2', 'failed hong OCR_DAMAGED_FILE']);
  });
});
