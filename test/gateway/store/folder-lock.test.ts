import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { lockFolder, StoreError } from '../../../src/gateway/store/index.ts';

const HOLDER = `
import { lockFolder } from ${JSON.stringify(new URL('../../../src/gateway/store/folder-lock.ts', import.meta.url).href)};
lockFolder(process.argv[1]);
process.stdout.write('held');
setInterval(() => undefined, 1000);
`;

describe('the lock of a data folder', () => {
  let folder = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lienthong-lock-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is refused while another process holds it, and free once that one was killed', async () => {
    const holder = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', HOLDER, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');

    expect(() => lockFolder(folder))
      .to.throw(StoreError)
      .with.property('code', 'STORE_IN_USE');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const lock = lockFolder(folder);

    lock.release();
  });

  it('can be taken again after it was released', () => {
    lockFolder(folder).release();

    lockFolder(folder).release();
  });
});
