/** PAdES-B of a 1 MB PDF with RSA-2048: ours beside other libraries and the floor, interleaved in one run; medians. */

import { execFile } from 'node:child_process';
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { openPkcs12, signPdf } from '../../src/signing/index.ts';
import { makePdf } from '../../test/signing/pdf/make-pdf.ts';
import { percentile } from '../measure.ts';
import { type BenchKey, libpdf, type SignOnce, signpdf } from './rivals.ts';

const signAsync = promisify(sign);
const run = promisify(execFile);

/** Milliseconds for one signature, and rates of ours. */
export interface PdfFigures {
  readonly floorMs: number;
  readonly oursMs: number;
  readonly signpdfMs: number;
  readonly libpdfMs: number;
  /** Two at a time in a process on one core; two such processes on two cores. */
  readonly oneCore: Rate;
  readonly twoCores: Rate;
}

/** Signatures a second, and how long one takes. */
export interface Rate {
  readonly perSecond: number;
  readonly p95Ms: number;
}

async function medianMs(count: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < count; round += 1) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return percentile(times, 0.5);
}

/** The least there is to do: hash the file, sign once. */
function floorOf(key: BenchKey): SignOnce {
  const raw = createPrivateKey(key.pem);
  return (pdf) => signAsync('sha256', createHash('sha256').update(pdf).digest(), raw);
}

/** Processes bound to these cores, at the same time. */
async function rateOn(cores: readonly number[], files: readonly [string, string]): Promise<Rate> {
  const lane = new URL('./lane.ts', import.meta.url).pathname;
  const lanes = await Promise.all(
    cores.map(async (core) => {
      const command = ['-c', String(core), process.execPath, '--import', 'tsx', lane, ...files, '400'];
      const { stdout } = await run('taskset', command, { maxBuffer: 16 * 1024 * 1024 });
      return JSON.parse(stdout) as { perSecond: number; latenciesMs: number[] };
    }),
  );
  const latencies = lanes.flatMap(({ latenciesMs }) => latenciesMs);
  return {
    perSecond: lanes.reduce((sum, { perSecond }) => sum + perSecond, 0),
    p95Ms: percentile(latencies, 0.95),
  };
}

/** Measures all. @param files the key file and the file with its passphrase. */
export async function measurePdf(key: BenchKey, files: readonly [string, string]): Promise<PdfFigures> {
  const pdf = makePdf({ paddingBytes: 1_000_000 });
  const signer = await openPkcs12(key.p12, key.passphrase);
  const ours: SignOnce = (bytes) => signPdf(bytes, signer, { signingTime: new Date(), reason: 'bench' });
  const makers = { floor: floorOf(key), ours, libpdf: await libpdf(key), signpdf: await signpdf(key) };
  const counts = { floor: 20, ours: 20, libpdf: 10, signpdf: 3 };
  const rounds: Record<keyof typeof makers, number[]> = { floor: [], ours: [], libpdf: [], signpdf: [] };
  await medianMs(30, () => Promise.all([ours(pdf), makers.floor(pdf)]));
  for (let round = 0; round < 5; round += 1) {
    for (const name of ['floor', 'ours', 'libpdf', 'signpdf'] as const) {
      rounds[name].push(await medianMs(counts[name], () => makers[name](pdf)));
    }
  }
  signer.close();
  const oneCore = await rateOn([0], files);
  const twoCores = await rateOn([0, 1], files);
  return {
    floorMs: percentile(rounds.floor, 0.5),
    oursMs: percentile(rounds.ours, 0.5),
    signpdfMs: percentile(rounds.signpdf, 0.5),
    libpdfMs: percentile(rounds.libpdf, 0.5),
    oneCore,
    twoCores,
  };
}
