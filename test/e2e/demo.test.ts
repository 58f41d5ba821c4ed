/** `serve --demo`, what `make run` starts: both exchanges for real, told step by step, and a clean end. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);
const PROGRAM = new URL('../../dist/src/lienthong.cjs', import.meta.url).pathname;

describe('the demo', () => {
  let dataDir = '';

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'lienthong-demo-'));
  });

  after(() => rm(dataDir, { recursive: true, force: true }));

  async function demo(): Promise<{ stdout: string; stderr: string }> {
    const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
    return run(
      process.execPath,
      [PROGRAM, 'serve', '--demo', '--demo-exit', '--data', dataDir, '--port', '0'],
      { env },
    );
  }

  it('does both exchanges with nothing but Node, and again on the same data', async () => {
    for (const round of ['first', 'second']) {
      const { stdout, stderr } = await demo();

      const lines = stdout.split('\n');
      const told = (word: string): number => lines.filter((line) => line.includes(word)).length;
      expect(told('01, Đã đến'), `${round}: arrived at both`).to.equal(2);
      expect(told('03, Đã tiếp nhận'), `${round}: registered at both`).to.equal(2);
      expect(told('nguyên vẹn / intact'), `${round}: event chain`).to.equal(1);
      expect(
        told('một cửa: 9 Đã xử lý xong; Cổng DVCQG: 9; Bộ: 9; kết quả: TOTAL-PASSED'),
        `${round}: dossier`,
      ).to.equal(1);
      expect(stderr, `${round}: warnings`).to.equal('');
    }
  });
});
