/** `make bench`, signing: prints figures beside a floor and other libraries of the same run; asserts nothing. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestPki } from '../src/signing/index.ts';
import { machine } from './measure.ts';
import { measureMemory } from './signing/measure-memory.ts';
import { measurePdf } from './signing/measure-pdf.ts';
import { measureXml } from './signing/measure-xml.ts';
import type { BenchKey } from './signing/rivals.ts';

/** The leader's key of a test PKI; for the floor any RSA key of the same size. */
async function benchKey(folder: string): Promise<BenchKey> {
  const { identities } = await createTestPki(folder);
  const leader = identities['leader'];
  if (leader === undefined) throw new TypeError('no leader in the test PKI');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    p12: new Uint8Array(readFileSync(leader.pkcs12Path)),
    passphrase: readFileSync(leader.passphrasePath, 'utf8'),
    pem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

function times(value: number, base: number): string {
  return Number.isNaN(value)
    ? 'not installed (bench/signing/rivals.ts)'
    : `${value.toFixed(2)} ms, ${(value / base).toFixed(1)} × ours`;
}

const folder = mkdtempSync(join(tmpdir(), 'lienthong-bench-pki-'));
try {
  const key = await benchKey(folder);
  const pdf = await measurePdf(key);
  const xml = await measureXml(key);
  const memory = await measureMemory(key);
  const lines = [
    `Machine: ${machine()}. Measured ${new Date().toISOString().slice(0, 10)}.`,
    '',
    '### PAdES-B of a 1 MB PDF, RSA-2048, medians',
    '',
    `- floor (hash and one raw signature): ${pdf.floorMs.toFixed(2)} ms`,
    `- ours: ${pdf.oursMs.toFixed(2)} ms, ${(pdf.oursMs / pdf.floorMs).toFixed(1)} × the floor`,
    `- @libpdf/core: ${times(pdf.libpdfMs, pdf.oursMs)}`,
    `- @signpdf/signpdf with node-forge: ${times(pdf.signpdfMs, pdf.oursMs)}`,
    `- four at a time: ${pdf.perSecond.toFixed(0)} signatures/s, p95 ${pdf.p95Ms.toFixed(1)} ms`,
    '',
    `### XML of ${(xml.sizeBytes / 1e6).toFixed(0)} MB, enveloped, RSA-2048`,
    '',
    `- ours ${xml.oursMs.toFixed(0)} ms; xml-crypto ${xml.xmlCryptoMs.toFixed(0)} ms: ${(xml.oursMs / xml.xmlCryptoMs).toFixed(2)} of its time`,
    '',
    `### PDF of ${memory.sizeMiB.toFixed(0)} MiB by the command line`,
    '',
    `- peak ${memory.peakMiB.toFixed(0)} MiB, of which the process itself ${memory.restMiB.toFixed(0)}: the size of the file and ${(memory.peakMiB - memory.restMiB - memory.sizeMiB).toFixed(0)} MiB`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
