/** A disk that fills up: taking in stops before it is full, what was accepted goes on, no blob is cut short, and it heals by itself. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { until } from '../support/until.ts';
import { startLoad } from './support/load.ts';
import { judge } from './support/oracle.ts';
import { note, writeReport } from './support/report.ts';
import { type Stage, setStage } from './support/stage.ts';

const MIB = 1024 * 1024;
const DISK_MB = 64;
const RESERVE_MB = 16;

describe('faults: a disk that fills up', () => {
  let folder = '';
  let stage: Stage | undefined;

  before(function () {
    folder = mkdtempSync(join(tmpdir(), 'lienthong-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      process.stderr.write('      skipped: a small tmpfs can only be mounted as root\n');
      rmSync(folder, { recursive: true, force: true });
      folder = '';
      this.skip();
    }
  });

  after(async () => {
    await stage?.close();
    if (folder !== '') {
      // Lazily: a process killed a moment ago may hold it a little longer.
      execFileSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true, force: true });
    }
    writeReport();
  });

  it('answers 503 with Retry-After before it is full, and goes on when there is room again', async () => {
    stage = await setStage({ databaseUrl: '', amqpUrl: '' }, folder);
    const { token } = stage;
    const gateway = await stage.start({ diskReserveMb: RESERVE_MB });
    const ballast = join(folder, 'cua-nguoi-khac');
    const load = startLoad({ urls: () => [gateway.url], token, fileBytes: 400_000 });
    await load.more(8);

    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - (RESERVE_MB + 3) * MIB, 1));
    // What is delivered gives room back, so that the next may be taken again: the answers that were given are what counts.
    await until(() => load.waits.length > 0, 150_000);
    const stillReady = (await fetch(`${gateway.url}/readyz`)).status;
    rmSync(ballast);
    await load.more(4);
    await load.stop();

    for (const wait of load.waits) expect(Number(wait), 'Retry-After').to.be.greaterThan(0);
    expect(stillReady).to.equal(200);
    expect([...load.answers.keys()].sort(), 'nothing but taken or told to wait').to.deep.equal([202, 503]);
    note('disk almost full', 'SQLite', await judge(stage, load.sent));
  });
});
