/** A 200 MB PDF signed: by the command line at B and LTA, raised by it, and as a job of the gateway: highest resident size of the whole process. */
import { execFile } from 'node:child_process';
import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DEMO } from '../../src/gateway/demo/world.ts';
import type { TestPki } from '../../src/signing/index.ts';
import { startGatewayProcess } from '../../test/e2e/support/gateway-process.ts';
import { setScene } from '../../test/e2e/support/scenario.ts';
import { startTsaServer, type TsaServer } from '../../test/gateway/signatures/tsa-server.ts';
import { makePdf } from '../../test/signing/pdf/make-pdf.ts';
import { memoryOf } from '../measure.ts';

const run = promisify(execFile);

/** MiB. */
export interface MemoryFigures {
  readonly sizeMiB: number;
  /** Peak of the same command over a file of 10 KB: the process itself. */
  readonly restMiB: number;
  readonly signMiB: number;
  readonly signLtaMiB: number;
  readonly extendLtaMiB: number;
  /** A gateway at rest, and its peak while the file is handed in, signed at LTA as a job, and kept. */
  readonly gatewayRestMiB: number;
  readonly gatewayPeakMiB: number;
}

/** Peak of the command as built; needs `make build`. */
async function peakOf(args: readonly string[]): Promise<number> {
  const cli = new URL('../../dist/src/lienthong.cjs', import.meta.url).pathname;
  // VmHWM is of this very process image; getrusage would count what the parent held when it started it.
  const tell = `process.on('exit', () => process.stderr.write('PEAK ' + /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]))`;
  const probe = `import { readFileSync } from 'node:fs'; ${tell}; process.argv[1] = ${JSON.stringify(cli)}; await import(${JSON.stringify(cli)});`;
  const { stderr } = await run(process.execPath, ['--input-type=module', '-e', probe, 'x', ...args]);
  return Number(/PEAK (\d+)/.exec(stderr)?.[1]) / 1024;
}

async function measureGateway(pki: TestPki, tsa: TsaServer, folder: string, file: string) {
  const scene = await setScene();
  const { pkcs12Path: p12, passphrasePath: passFile } = pki.identities['leader'] ?? {};
  writeFileSync(
    join(folder, 'keys.json'),
    JSON.stringify([{ id: 'k', agency: DEMO.district.code, profiles: ['plain'], p12, passFile }]),
  );
  const gateway = await startGatewayProcess({
    ...scene.settings,
    keysFile: join(folder, 'keys.json'),
    trustDir: pki.directory,
    tsaUrls: tsa.url,
    pkiHosts: '',
  });
  try {
    const pid = gateway.child.pid ?? 0;
    const headers = { authorization: `Bearer ${scene.tokens.district}` };
    const gatewayRestMiB = memoryOf(pid, 'VmRSS');
    const form = new FormData();
    form.set('metadata', JSON.stringify({ sign: [{ key: 'k', profile: 'plain', level: 'LTA' }] }));
    form.set('file', await openAsBlob(file), 'lon.pdf');
    const taken = await fetch(`${gateway.url}/api/v1/signatures`, { method: 'POST', headers, body: form });
    if (taken.status !== 202) throw new Error(`HTTP ${taken.status}: ${await taken.text()}`);
    const { id } = (await taken.json()) as { id: string };
    for (;;) {
      const answer = await fetch(`${gateway.url}/api/v1/signatures/${id}`, { headers });
      const { state, ...job } = (await answer.json()) as { state: string; signed: number };
      if (state === 'done' && job.signed === 1) break;
      if (!['waiting', 'running'].includes(state)) throw new Error(`${state}: ${JSON.stringify(job)}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return { gatewayRestMiB, gatewayPeakMiB: memoryOf(pid, 'VmHWM') };
  } finally {
    gateway.kill('SIGKILL');
    await gateway.ended;
    await scene.close();
  }
}

/** Measures a file of 200 MB and one of 10 KB. */
export async function measureMemory(pki: TestPki): Promise<MemoryFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-bench-'));
  const tsa = await startTsaServer(pki);
  const at = (name: string): string => join(folder, name);
  const { pkcs12Path = '', passphrasePath = '' } = pki.identities['leader'] ?? {};
  const key = ['--key', pkcs12Path, '--pass-file', passphrasePath];
  const trust = ['--trust', pki.trustDirectory, '--crl', pki.crlDirectory, '--offline'];
  const stamped = ['--level', 'LTA', '--tsa', tsa.url];
  const sign = (from: string, to: string, ...more: string[]) =>
    peakOf(['sign', at(from), '--out', at(to), ...key, ...trust, ...more]);
  try {
    const pdf = makePdf({ paddingBytes: 200_000_000 });
    writeFileSync(at('in.pdf'), pdf);
    writeFileSync(at('small.pdf'), makePdf());
    return {
      sizeMiB: pdf.length / 2 ** 20,
      restMiB: await sign('small.pdf', 'small-out.pdf'),
      signMiB: await sign('in.pdf', 'b.pdf'),
      signLtaMiB: await sign('in.pdf', 'lta.pdf', ...stamped),
      extendLtaMiB: await peakOf(['extend', at('b.pdf'), '--out', at('raised.pdf'), ...trust, ...stamped]),
      ...(await measureGateway(pki, tsa, folder, at('in.pdf'))),
    };
  } finally {
    await tsa.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
