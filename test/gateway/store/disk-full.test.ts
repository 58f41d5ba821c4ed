import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openBlobStore, StoreError } from '../../../src/gateway/store/index.ts';

const SIZE = 2 * 1024 * 1024;

describe('a full disk under the blobs', () => {
  let folder = '';

  before(function () {
    folder = mkdtempSync(join(tmpdir(), 'lienthong-full-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      process.stderr.write('      skipped: a small tmpfs can only be mounted as root\n');
      rmSync(folder, { recursive: true, force: true });
      folder = '';
      this.skip();
    }
  });

  after(() => {
    if (folder === '') return;
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('is told as STORE_FULL, leaves nothing half written, and smaller blobs still go in', async () => {
    const blobs = await openBlobStore(join(folder, 'blobs'));

    const refused = await blobs.put(Buffer.alloc(2 * SIZE, 1)).catch((cause: unknown) => cause);
    const small = await blobs.put(Buffer.from('vừa đủ chỗ'));

    expect(refused).to.be.instanceOf(StoreError).with.property('code', 'STORE_FULL');
    expect(readdirSync(join(folder, 'blobs', 'incoming'))).to.deep.equal([]);
    expect((await blobs.read(small.sha256)).toString('utf8')).to.equal('vừa đủ chỗ');
  });
});
