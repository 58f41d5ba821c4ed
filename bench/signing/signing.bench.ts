/** `make bench`, signing: prints figures beside a floor and other libraries of the same run; asserts nothing. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestPki, type TestPki } from '../../src/signing/index.ts';
import { machine } from '../measure.ts';
import { measureMemory } from './measure-memory.ts';
import { measurePdf } from './measure-pdf.ts';
import { measureToken, TOKEN_RATE } from './measure-token.ts';
import { measureXml } from './measure-xml.ts';
import type { BenchKey } from './rivals.ts';

/** A leader's key; for the floor any RSA key of the same size. */
function benchKey(leader: TestPki['identities'][string]): BenchKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    p12: new Uint8Array(readFileSync(leader.pkcs12Path)),
    passphrase: readFileSync(leader.passphrasePath, 'utf8'),
    pem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

function times(value: number, base: number): string {
  return `${value.toFixed(2)} ms, ${(value / base).toFixed(1)} × ours`;
}

/** Beside the size of the file. */
function peak(mib: number, sizeMiB: number): string {
  return `${mib.toFixed(0)} MiB (size ${mib < sizeMiB ? '−' : '+'} ${Math.abs(mib - sizeMiB).toFixed(0)})`;
}

const folder = mkdtempSync(join(tmpdir(), 'lienthong-bench-pki-'));
try {
  const pki = await createTestPki(folder);
  const leader = pki.identities['leader'];
  if (leader === undefined) throw new TypeError('no leader in the test PKI');
  const key = benchKey(leader);
  const pdf = await measurePdf(key, [leader.pkcs12Path, leader.passphrasePath]);
  const xml = await measureXml(key);
  const memory = await measureMemory(pki);
  const token = await measureToken(pki);
  const lines = [
    `Machine: ${machine()}. Measured ${new Date().toISOString().slice(0, 10)}.`,
    '',
    '### PAdES-B of a 1 MB PDF, RSA-2048, medians',
    '',
    `- floor (hash and one raw signature): ${pdf.floorMs.toFixed(2)} ms`,
    `- ours: ${pdf.oursMs.toFixed(2)} ms, ${(pdf.oursMs / pdf.floorMs).toFixed(1)} × the floor`,
    `- @libpdf/core: ${times(pdf.libpdfMs, pdf.oursMs)}`,
    `- @signpdf/signpdf with node-forge: ${times(pdf.signpdfMs, pdf.oursMs)}`,
    `- on one core: ${pdf.oneCore.perSecond.toFixed(0)} signatures/s, p95 ${pdf.oneCore.p95Ms.toFixed(1)} ms; on two: ${pdf.twoCores.perSecond.toFixed(0)}/s, p95 ${pdf.twoCores.p95Ms.toFixed(1)} ms`,
    '',
    `### XML of ${(xml.sizeBytes / 1e6).toFixed(0)} MB, enveloped, RSA-2048`,
    '',
    `- ours ${xml.oursMs.toFixed(0)} ms; xml-crypto ${xml.xmlCryptoMs.toFixed(0)} ms: ${(xml.oursMs / xml.xmlCryptoMs).toFixed(2)} of its time`,
    '',
    `### PDF of ${memory.sizeMiB.toFixed(0)} MiB, highest resident memory`,
    '',
    `- the command itself, over 10 KB: ${memory.restMiB.toFixed(0)} MiB`,
    `- sign at B: ${peak(memory.signMiB, memory.sizeMiB)}; at LTA: ${peak(memory.signLtaMiB, memory.sizeMiB)}`,
    `- extend from B to LTA: ${peak(memory.extendLtaMiB, memory.sizeMiB)}`,
    `- a job of the gateway at LTA: ${(memory.gatewayPeakMiB - memory.gatewayRestMiB).toFixed(0)} MiB above the ${memory.gatewayRestMiB.toFixed(0)} at rest`,
    '',
    `### ${token.documents} documents through a key of ${TOKEN_RATE} operations/s, a job of the gateway`,
    '',
    `- ${token.seconds.toFixed(1)} s, ${token.perSecond.toFixed(1)} documents/s; at most ${token.mostWaiting} shown waiting at the key`,
    `- beside it: a signature with a key file p95 ${token.besideSignP95Ms.toFixed(0)} ms, a verification p95 ${token.besideVerifyP95Ms.toFixed(0)} ms`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
