import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

const CHILD = fileURLToPath(new URL('../support/stream-child.ts', import.meta.url));
const MEBIBYTES = 200;

/** Builds and parses in a process that dies when its heap passes 256 MiB: the attachment alone would not fit twice. */
async function run(
  mode: 'zip' | 'raw',
  kind: 'random' | 'text',
): Promise<{
  sha256: string;
  written: number;
  wireBytes: number;
  attachments: { sha256: string; sizeBytes: number; wasZipped: boolean }[];
}> {
  const args = ['--import', 'tsx', '--max-old-space-size=256', CHILD, String(MEBIBYTES), mode, kind];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1024 * 1024 });
  return JSON.parse(stdout);
}

describe('a package with an attachment of 200 MiB', () => {
  for (const [mode, kind] of [
    ['zip', 'random'],
    ['raw', 'random'],
    ['zip', 'text'],
  ] as const) {
    it(`goes through building and parsing in constant memory (${mode}, ${kind} bytes)`, async () => {
      const { sha256, attachments, written, wireBytes } = await run(mode, kind);

      expect(attachments[0]).to.deep.include({
        sha256,
        sizeBytes: MEBIBYTES * 1024 * 1024,
        wasZipped: mode === 'zip',
      });
      expect(written).to.equal(MEBIBYTES * 1024 * 1024);
      if (kind === 'random') expect(wireBytes).to.be.greaterThan(written * 1.33);
    });
  }
});
