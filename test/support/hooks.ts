/** Root hooks shared by every test file: a test must never leave a rejection unhandled, nor a file behind. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => {
  unhandled.push(reason);
});

/** Removes `folder` when this process ends, however it ends: `cat` reads a pipe that is held open and never written to. */
function removeAtEnd(folder: string): void {
  const janitor = spawn('sh', ['-c', 'cat >/dev/null; rm -rf "$1"', 'sh', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  janitor.unref();
  (janitor.stdin as unknown as { unref?(): void }).unref?.();
}

// All temporary files of a run, those of processes it starts among them, lie in one folder.
const folder = mkdtempSync(join(tmpdir(), 'lienthong-tests-'));
// Servers that run as users of their own have folders in it: they may pass through, not look.
chmodSync(folder, 0o711);
process.env['TMPDIR'] = folder;
removeAtEnd(folder);

/** Picked up by mocha through `require` in .mocharc.json. */
export const mochaHooks = {
  afterAll(): void {
    if (unhandled.length > 0) {
      throw new AggregateError(unhandled, `${unhandled.length} unhandled rejection(s) during the run`);
    }
  },
};
