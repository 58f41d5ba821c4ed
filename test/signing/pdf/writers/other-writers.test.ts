/** What other programs write into files that are signed: a dead trailer entry, offsets of eight octets. */
import { expect } from 'chai';
import { signPdf } from '../../../../src/signing/pdf/index.ts';
import { openPdf } from '../../../../src/signing/pdf/syntax/document.ts';
import { signerOf, TEST_NOW } from '../../test-pki/shared.ts';
import { first, summary } from '../attacks/revisions-support.ts';
import { makePdf } from '../make-pdf.ts';

/** Appends a revision with the objects, and a trailer with more entries, by hand. */
function withRevision(
  pdf: Uint8Array,
  objects: Readonly<Record<number, string>>,
  trailer: string,
): Uint8Array {
  const { startXref, trailer: before } = openPdf(pdf);
  const size = Math.max(400, Number(before.entries.get('Size')));
  const parts: string[] = [];
  let at = pdf.length;
  const rows = Object.entries(objects).map(([num, value]) => {
    const row = `${num} 1\n${String(at).padStart(10, '0')} 00000 n\r\n`;
    parts.push(`${num} 0 obj\n${value}\nendobj\n`);
    at += parts.at(-1)?.length ?? 0;
    return row;
  });
  const tail = `xref\n${rows.join('')}trailer\n<</Size ${size} /Root 1 0 R /Prev ${startXref} ${trailer}>>\nstartxref\n${at}\n%%EOF\n`;
  return new Uint8Array(Buffer.concat([pdf, Buffer.from(parts.join('') + tail, 'latin1')]));
}

const source = (num: number): string =>
  `/AdditionalStreams [/application#2Fvnd.oasis.opendocument.text ${num} 0 R]`;
const zip = (text: string): string => `<</Length ${text.length}>>\nstream\n${text}\nendstream`;

describe('the source of a hybrid file', () => {
  let signed: Uint8Array;

  before(async () => {
    const hybrid = withRevision(makePdf(), { 300: zip('PK-the-source') }, source(300));
    signed = await signPdf(hybrid, await signerOf('leader-ec'), { signingTime: TEST_NOW });
  });

  it('may be left naming an object that is not there, later even one that is no file', async () => {
    const dead = withRevision(signed, { 310: '<</Type/Nothing>>' }, source(301));
    const again = withRevision(dead, { 301: '<</Type/DSS>>' }, source(301));

    expect(summary(await first(dead)).passes).to.equal(true);
    expect(summary(await first(again)).passes).to.equal(true);
  });

  it('may not become another file, not even by way of one that is not there', async () => {
    const dead = withRevision(signed, { 310: '<</Type/Nothing>>' }, source(301));

    for (const pdf of [
      withRevision(signed, { 301: zip('PK-another') }, source(301)),
      withRevision(signed, { 300: zip('PK-another') }, source(300)),
      withRevision(dead, { 301: zip('PK-another') }, source(301)),
    ])
      expect(summary(await first(pdf))).to.deep.include({ passes: false });
  });
});

describe('a cross-reference stream', () => {
  it('may give offsets in eight octets', async () => {
    const pdf = makePdf();
    const at = pdf.length + 1;
    const row = Buffer.alloc(11);
    row.writeUInt8(1, 0);
    row.writeBigUInt64BE(BigInt(at), 1);
    const section = `\n300 0 obj\n<</Type/XRef/Size 301/W[1 8 2]/Index[300 1]/Root 1 0 R/Prev ${openPdf(pdf).startXref}/Length 11>>\nstream\n`;
    const file = Buffer.concat([
      pdf,
      Buffer.from(section, 'latin1'),
      row,
      Buffer.from(`\nendstream\nendobj\nstartxref\n${at}\n%%EOF\n`),
    ]);

    const signed = await signPdf(file, await signerOf('leader-ec'), { signingTime: TEST_NOW });

    expect(summary(await first(signed))).to.deep.equal({ passes: true, changes: [] });
  });
});
