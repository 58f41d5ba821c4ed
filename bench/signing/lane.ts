/** One process that signs a PDF of 1 MB again and again; started by `measure-pdf.ts`, bound to a core. Prints JSON. */
import { readFileSync } from 'node:fs';
import { openPkcs12, signPdf } from '../../src/signing/index.ts';
import { makePdf } from '../../test/signing/pdf/make-pdf.ts';
import { inParallel } from '../measure.ts';

const [p12 = '', passphrase = '', count = '300'] = process.argv.slice(2);
const signer = await openPkcs12(readFileSync(p12), readFileSync(passphrase, 'utf8'));
const pdf = makePdf({ paddingBytes: 1_000_000 });
const sign = (): Promise<Uint8Array> => signPdf(pdf, signer, { signingTime: new Date(), reason: 'bench' });
for (let round = 0; round < 60; round += 1) await sign();
const latenciesMs: number[] = [];
const seconds = await inParallel(Number(count), 2, async () => {
  const startedAt = performance.now();
  await sign();
  latenciesMs.push(performance.now() - startedAt);
});
process.stdout.write(JSON.stringify({ perSecond: Number(count) / seconds, latenciesMs }));
signer.close();
