/** A 200 MB PDF signed by the command line: highest resident size of the whole process. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makePdf } from '../../test/signing/pdf/make-pdf.ts';
import type { BenchKey } from './rivals.ts';

const run = promisify(execFile);

/** MiB. */
export interface MemoryFigures {
  readonly sizeMiB: number;
  readonly peakMiB: number;
  /** Peak of the same command over a file of 10 KB: the process itself. */
  readonly restMiB: number;
}

/** Peak of the command as built, over one file; needs `make build`. */
async function peakOf(folder: string, pdf: Uint8Array): Promise<number> {
  const at = (name: string): string => join(folder, name);
  writeFileSync(at('in.pdf'), pdf);
  const cli = new URL('../../dist/src/cli.js', import.meta.url).pathname;
  // VmHWM is of this very process image; getrusage would count what the parent held when it started it.
  const tell = `process.on('exit', () => process.stderr.write('PEAK ' + /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]))`;
  const probe = `import { readFileSync } from 'node:fs'; ${tell}; process.argv[1] = ${JSON.stringify(cli)}; await import(${JSON.stringify(cli)});`;
  const key = [
    '--key',
    at('key.p12'),
    '--pass-file',
    at('key.pass'),
    '--allow-unknown-revocation',
    '--offline',
  ];
  const args = ['sign', at('in.pdf'), ...key, '--out', at('out.pdf')];
  const { stderr } = await run(process.execPath, ['--input-type=module', '-e', probe, 'x', ...args]);
  return Number(/PEAK (\d+)/.exec(stderr)?.[1]) / 1024;
}

/** Measures a file of 200 MB and one of 10 KB. */
export async function measureMemory(key: BenchKey): Promise<MemoryFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-bench-'));
  try {
    writeFileSync(join(folder, 'key.p12'), key.p12);
    writeFileSync(join(folder, 'key.pass'), key.passphrase);
    const pdf = makePdf({ paddingBytes: 200_000_000 });
    const restMiB = await peakOf(folder, makePdf());
    return { sizeMiB: pdf.length / 2 ** 20, peakMiB: await peakOf(folder, pdf), restMiB };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
