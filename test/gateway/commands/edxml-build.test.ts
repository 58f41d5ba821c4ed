import { join } from 'node:path';
import { expect } from 'chai';
import { type CliHost, type Run, startCliHost } from '../support/cli.ts';
import { fileBelow, temporaryFolder } from '../support/folders.ts';
import { AGENCY, letter, wire } from '../support/messages.ts';

describe('command line: edxml build', () => {
  let folder = '';
  let host: CliHost;
  const runCli: Run = (args, env) => host.run(args, env);
  before(() => {
    folder = temporaryFolder();
    host = startCliHost();
  });
  after(() => host.close());

  const file = async (name: string, content: string | Uint8Array) => fileBelow(folder, name, content);

  it('puts files to the attachments they are of, in the order of the metadata, however they are given', async () => {
    const files = ['một.txt', 'hai.txt', 'ba.txt'].map((name) => ({
      name,
      bytes: Buffer.from(`tệp ${name}`),
    }));
    const package_ = await file('ba-tep.edxml', await wire(letter([AGENCY.commune.code]), files));
    const outDir = join(folder, 'ba-tep');
    const first = await runCli(['edxml', 'parse', package_, '--out-dir', outDir, '--json']);
    // One of them has another name by now.
    const renamed = await file('doi-ten.bin', files[1]?.bytes.toString() ?? '');
    const given = [renamed, join(outDir, 'ba.txt'), join(outDir, 'một.txt')].flatMap((path) => [
      '--attach',
      path,
    ]);
    const rebuilt = join(folder, 'ba-tep-lai.edxml');

    const meta = await file('ba-tep.json', first.stdout);
    const built = await runCli(['edxml', 'build', meta, ...given, '--out', rebuilt]);
    const second = await runCli(['edxml', 'parse', rebuilt, '--json']);

    expect(built.code, built.stderr).to.equal(0);
    expect(second.json()).to.deep.equal(first.json());
  });
});
