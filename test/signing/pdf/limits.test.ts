/** Files made to cost: each is answered, within the bounds of the reader, and none passes for having been too much. */
import { deflateSync } from 'node:zlib';
import { expect } from 'chai';
import type { SignatureFacts } from '../../../src/signing/facts.ts';
import { inspectPdf, signPdf } from '../../../src/signing/pdf/index.ts';
import { openPdf } from '../../../src/signing/pdf/syntax/document.ts';
import { signerOf, TEST_NOW } from '../test-pki/shared.ts';
import { passes, signed } from './attacks/revisions-support.ts';

/** Objects of the large file; a million by night. */
const OBJECTS = Number(process.env['LIENTHONG_PDF_OBJECTS'] ?? 60_000);

/** A cross-reference stream as a revision of its own; `rows` are compressed `times` over. */
function sectionOf(
  pdf: Uint8Array,
  entries: string,
  rows: Buffer,
  times = 1,
  objects: Buffer = Buffer.alloc(0),
): Uint8Array {
  let data = rows;
  for (let round = 0; round < times; round += 1) data = deflateSync(data);
  const filters = '/FlateDecode'.repeat(times);
  const head = `900000 0 obj\n<</Type/XRef ${entries} /Root 1 0 R /Prev ${openPdf(pdf).startXref} /Filter[${filters}] /Length ${data.length}>>\nstream\n`;
  return new Uint8Array(
    Buffer.concat([
      pdf,
      objects,
      Buffer.from(head, 'latin1'),
      data,
      Buffer.from(`\nendstream\nendobj\nstartxref\n${pdf.length + objects.length}\n%%EOF\n`),
    ]),
  );
}

/** Objects that each refer to the next, and a catalog; in the trailer the first of the chain. */
function longFile(count: number): Uint8Array {
  const parts = [
    '%PDF-1.7\n',
    '1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n',
    '2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n',
  ];
  for (let num = 3; num <= count; num += 1)
    parts.push(`${num} 0 obj\n[${num === count ? '7' : `${num + 1} 0 R`}]\nendobj\n`);
  let at = 0;
  const rows = parts.map((part) => {
    const row = `${String(at).padStart(10, '0')} 00000 n\r\n`;
    at += part.length;
    return row;
  });
  const table = `xref\n0 ${count + 1}\n0000000000 65535 f\r\n${rows.slice(1).join('')}`;
  const trailer = `trailer\n<</Size ${count + 1}/Root 1 0 R/Chain 3 0 R>>\nstartxref\n${at}\n%%EOF\n`;
  return new Uint8Array(Buffer.from(`${parts.join('')}${table}${trailer}`, 'latin1'));
}

async function only(pdf: Uint8Array): Promise<SignatureFacts | undefined> {
  const all = await inspectPdf(pdf);
  expect(all).to.have.length(1);
  return all[0];
}

describe('PDF files made to cost', function costly() {
  it('a small file that places a million objects is not searched for them', async () => {
    const pdf = await signed();
    const count = 1_000_000;
    const rows = Buffer.alloc(count * 4, Buffer.from([1, 0, 0, 20]));

    const facts = await only(sectionOf(pdf, `/Size ${count} /W[1 3 0] /Index[1000 ${count}]`, rows));

    expect(facts?.changesAfterSigning.map(({ kind }) => kind)).to.include('structure-unreadable');
  });

  it('a section that grows out of all measure when inflated is given up on', async () => {
    const pdf = await signed();
    const zeros = Buffer.alloc(80 * 1024 * 1024);

    for (const times of [1, 2]) {
      const facts = await only(sectionOf(pdf, '/Size 10 /W[1 3 0]', zeros, times));

      expect(facts?.changesAfterSigning.map(({ kind }) => kind)).to.include('structure-unreadable');
    }
  });

  it('an object stream that is broken, or whose objects overlap, is read once for all that are said to lie in it', async () => {
    const pdf = await signed();
    const count = 40_000;
    const text = `[${'1 0 R '.repeat(50_000)}]`;
    const heads = ['not a head', Array.from({ length: count }, (_, index) => `${1000 + index} 0`).join(' ')];

    for (const head of heads) {
      const data = deflateSync(Buffer.from(`${head} ${text}`, 'latin1'));
      const body = `800000 0 obj\n<</Type/ObjStm/N ${count}/First ${head.length + 1}/Filter/FlateDecode/Length ${data.length}>>\nstream\n`;
      const container = Buffer.concat([
        Buffer.from(body, 'latin1'),
        data,
        Buffer.from('\nendstream\nendobj\n'),
      ]);
      const rows = Buffer.alloc((count + 1) * 10);
      for (let index = 0; index < count; index += 1) {
        rows.writeUInt8(2, index * 10);
        rows.writeUInt32BE(800_000, index * 10 + 1);
        rows.writeUInt32BE(index + 1, index * 10 + 5);
      }
      rows.writeUInt8(1, count * 10);
      rows.writeUInt32BE(pdf.length, count * 10 + 1);
      const index = `/Index[1000 ${count} 800000 1]`;
      const file = sectionOf(pdf, `/Size 900000 /W[1 4 5] ${index}`, rows, 1, container);

      const facts = await only(file);

      expect(facts?.changesAfterSigning.some(({ kind }) => kind === 'object-unreadable')).to.equal(true);
      expect(facts !== undefined && passes(facts)).to.equal(false);
    }
  });

  it('a chain of very many objects is followed to its end, where something was changed', async () => {
    const signer = await signerOf('leader-ec');
    const pdf = await signPdf(longFile(OBJECTS), signer, { signingTime: TEST_NOW });
    const entry = `${OBJECTS} 0 obj\n[8]\nendobj\n`;
    const start = pdf.length + entry.length;
    const trailer = `<</Size ${OBJECTS + 100}/Root 1 0 R/Chain 3 0 R/Prev ${openPdf(pdf).startXref}>>`;
    const table = `xref\n${OBJECTS} 1\n${String(pdf.length).padStart(10, '0')} 00000 n\r\ntrailer\n${trailer}\nstartxref\n${start}\n%%EOF\n`;
    const changed = new Uint8Array(Buffer.concat([pdf, Buffer.from(entry + table, 'latin1')]));

    const [before] = await inspectPdf(pdf);
    const [after] = await inspectPdf(changed);

    expect(before !== undefined && passes(before)).to.equal(true);
    expect(after?.changesAfterSigning[0]).to.deep.include({ kind: 'content-changed', allowed: false });
    expect(after?.changesAfterSigning[0]?.object).to.match(new RegExp(`^${OBJECTS} 0 R`));
  });
});
