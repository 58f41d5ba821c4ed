/** Files written in pieces: a full disk rejects the call it happens in, and ends nothing else. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createFileSink, StoreError } from '../../../src/gateway/store/index.ts';

describe('store: files written in pieces', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lt-sink-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('writes what it is given, for its owner alone; an empty one too', async () => {
    const [full, empty] = [join(folder, 'a'), join(folder, 'b')];
    const sink = createFileSink(full);
    await sink.write(Buffer.from('xin '));
    await sink.write(Buffer.from('chào'));
    await sink.end();
    await createFileSink(empty).end();
    expect(readFileSync(full, 'utf8')).to.equal('xin chào');
    expect(statSync(full).mode & 0o777).to.equal(0o600);
    expect(readFileSync(empty)).to.have.length(0);
  });

  it('tells a full disk by name, and can be left after that', async function () {
    const disk = mkdtempSync(join(tmpdir(), 'lt-small-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      rmSync(disk, { recursive: true, force: true });
      this.skip();
    }
    try {
      const sink = createFileSink(join(disk, 'a'));
      let thrown: unknown;
      try {
        for (let n = 0; n < 40; n += 1) await sink.write(Buffer.alloc(65_536, 1));
      } catch (cause) {
        thrown = cause;
      }
      await sink.abort();
      expect(thrown).to.be.instanceOf(StoreError).with.property('code', 'STORE_FULL');
    } finally {
      execFileSync('umount', ['-l', disk]);
      rmSync(disk, { recursive: true, force: true });
    }
  });

  it('says so when the folder is not there', async () => {
    const sink = createFileSink(join(folder, 'không', 'có'));
    const thrown = await sink.write(Buffer.from('x')).catch((cause: unknown) => cause);
    await sink.abort();
    expect(thrown).to.have.property('code', 'ENOENT');
  });
});
