/** PAdES-B of a 1 MB PDF with RSA-2048: ours beside other libraries and the floor, interleaved in one run; medians. */
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { openPkcs12, signPdf } from '../../src/signing/index.ts';
import { makePdf } from '../../test/signing/pdf/make-pdf.ts';
import { inParallel, percentile } from '../measure.ts';
import { type BenchKey, libpdf, type SignOnce, signpdf } from './rivals.ts';

const signAsync = promisify(sign);

/** Milliseconds for one signature (NaN: library not installed), and rates of ours. */
export interface PdfFigures {
  readonly floorMs: number;
  readonly oursMs: number;
  readonly signpdfMs: number;
  readonly libpdfMs: number;
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

/** Measures all. */
export async function measurePdf(key: BenchKey): Promise<PdfFigures> {
  const pdf = makePdf({ paddingBytes: 1_000_000 });
  const signer = await openPkcs12(key.p12, key.passphrase);
  const ours: SignOnce = (bytes) => signPdf(bytes, signer, { signingTime: new Date(), reason: 'bench' });
  const makers = { floor: floorOf(key), ours, libpdf: await libpdf(key), signpdf: await signpdf(key) };
  const counts = { floor: 20, ours: 20, libpdf: 10, signpdf: 3 };
  const rounds: Record<keyof typeof makers, number[]> = { floor: [], ours: [], libpdf: [], signpdf: [] };
  await medianMs(30, () => Promise.all([ours(pdf), makers.floor(pdf)]));
  for (let round = 0; round < 5; round += 1) {
    for (const name of ['floor', 'ours', 'libpdf', 'signpdf'] as const) {
      const maker = makers[name];
      if (maker !== null) rounds[name].push(await medianMs(counts[name], () => maker(pdf)));
    }
  }
  const latencies: number[] = [];
  const count = 300;
  const seconds = await inParallel(count, 4, async () => {
    const startedAt = performance.now();
    await ours(pdf);
    latencies.push(performance.now() - startedAt);
  });
  signer.close();
  return {
    floorMs: percentile(rounds.floor, 0.5),
    oursMs: percentile(rounds.ours, 0.5),
    signpdfMs: percentile(rounds.signpdf, 0.5),
    libpdfMs: percentile(rounds.libpdf, 0.5),
    perSecond: count / seconds,
    p95Ms: percentile(latencies, 0.95),
  };
}
