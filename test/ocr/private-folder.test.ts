import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { createOcrService } from '../../src/ocr/index.ts';
import { makeFolder, removeFolder, sweepFolders } from '../../src/ocr/private-folder.ts';
import { until } from '../support/until.ts';
import { engineThatThrows } from './support.ts';

describe('ocr: folders of dossiers', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ocr-folders-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** A folder as another process would have made it. */
  function leave(pid: number, host?: string): string {
    const [, , ownHost] = basename(own).split('-');
    const path = join(root, `lienthong-ocr-${host ?? ownHost}-${pid}-abcdef`);
    mkdirSync(path);
    writeFileSync(join(path, 'in-0'), 'scan');
    return path;
  }
  let own: string;

  it('belong to their process alone, and are nobody else’s to read', async () => {
    own = makeFolder(root);
    const other = makeFolder(root);
    expect(own).not.to.equal(other);
    expect(statSync(own).mode & 0o777).to.equal(0o700);
    await removeFolder(own);
    expect(readdirSync(root)).to.deep.equal([basename(other)]);
    await removeFolder(other);
  });

  it('are removed when their process is no more, by whoever comes next', async () => {
    own = makeFolder(root);
    // This one has ended and was waited for: its number is free.
    const gone = leave(spawnSync(process.execPath, ['-e', '']).pid);
    const earlierLife = leave(process.pid);
    const running = leave(process.ppid);
    const elsewhere = leave(1_999_999_999, '00000000');
    const foreign = join(root, 'lienthong-ocr-note.txt');
    writeFileSync(foreign, '');

    await sweepFolders(root);

    expect([gone, earlierLife].filter(existsSync)).to.deep.equal([]);
    expect([own, running, elsewhere, foreign].filter((path) => !existsSync(path))).to.deep.equal([]);
    await removeFolder(own);
  });

  it('are removed when the service starts, before there is anything to read', async () => {
    own = makeFolder(root);
    const gone = leave(spawnSync(process.execPath, ['-e', '']).pid);

    const service = createOcrService({ engine: engineThatThrows(), tempDir: root });

    await until(() => !existsSync(gone));
    expect(readdirSync(root)).to.deep.equal([basename(own)]);
    await service.close();
    await removeFolder(own);
  });
});
