import { expect } from 'chai';
import { inspectPdf, signPdf } from '../../../../src/signing/pdf/index.ts';
import { getObject, openPdf } from '../../../../src/signing/pdf/syntax/document.ts';
import {
  array,
  dict,
  isDict,
  name,
  type PdfValue,
  ref,
  stream,
  text,
  withEntries,
} from '../../../../src/signing/pdf/syntax/values.ts';
import { signerOf, TEST_NOW } from '../../test-pki/shared.ts';
import { makePdf } from '../make-pdf.ts';
import {
  appearance,
  append,
  dictAt,
  first,
  passes,
  signed,
  summary,
  textField,
  withForm,
} from './revisions-support.ts';

describe('changes after signing', () => {
  it('are named and refused when page content is replaced', async () => {
    const pdf = append(await signed(), () => new Map([[4, stream({}, Buffer.from('BT (khac) Tj ET'))]]));

    const facts = await first(pdf);

    expect(summary(facts)).to.deep.equal({ passes: false, changes: ['refused content-changed'] });
    expect(facts.changesAfterSigning[0]?.object).to.match(/^4 0 R/);
    expect(facts.formatFaults.map((fault) => fault.code)).to.deep.equal(['PDF_CHANGED_AFTER_SIGNING']);
    expect(facts).to.include({ digestsMatch: true, signatureValid: true, coverage: 'earlier-revision' });
  });

  it('are refused when a font, the page tree or the catalog is swapped', async () => {
    const pdf = await signed();
    const fontNumber = [...openPdf(pdf).entries.keys()].find((num) => {
      const value = getObject(openPdf(pdf), num);
      return isDict(value) && value.entries.has('DescendantFonts');
    });
    const font = append(
      pdf,
      (document) =>
        new Map([
          [fontNumber ?? 0, withEntries(dictAt(document, fontNumber ?? 0), { Encoding: name('Identity-V') })],
        ]),
    );
    const tree = append(
      pdf,
      (document, next) =>
        new Map<number, PdfValue>([
          [next, withEntries(dictAt(document, 2), { Count: 1 })],
          [1, withEntries(dictAt(document, 1), { Pages: ref(next) })],
        ]),
    );
    const extraPage = append(
      pdf,
      (document, next) =>
        new Map<number, PdfValue>([
          [next, dictAt(document, 10)],
          [2, withEntries(dictAt(document, 2), { Kids: array(ref(10), ref(next)), Count: 2 })],
        ]),
    );
    const script = append(
      pdf,
      (document) =>
        new Map([
          [
            1,
            withEntries(dictAt(document, 1), { OpenAction: dict({ S: name('JavaScript'), JS: text('1') }) }),
          ],
        ]),
    );

    for (const attack of [font, tree, extraPage, script]) expect(passes(await first(attack))).to.equal(false);
  });

  it('are refused when only the cross-reference table points an object elsewhere', async () => {
    const pdf = await signed({ extra: new Map([[100, stream({}, Buffer.from('BT (giau) Tj ET'))]]) });
    const entry = openPdf(pdf).entries.get(100);
    const offset = entry?.type === 'offset' ? entry.offset : 0;
    const start = pdf.length;
    const update = `xref\n4 1\n${String(offset).padStart(10, '0')} 00000 n\r\ntrailer\n<</Size 200 /Root 1 0 R /Prev ${openPdf(pdf).startXref}>>\nstartxref\n${start}\n%%EOF\n`;

    const facts = await first(Buffer.concat([pdf, Buffer.from(update)]));

    expect(summary(facts).passes).to.equal(false);
  });

  it('are refused when octets follow that are no revision, with or without an object in them', async () => {
    const pdf = await signed();
    const trailing = await first(Buffer.concat([pdf, Buffer.from('them vao')]));
    const loose = await first(Buffer.concat([pdf, Buffer.from('4 0 obj\n<<>>\nendobj\n')]));
    const repeated = Buffer.concat([
      pdf,
      Buffer.from(`4 0 obj\n<<>>\nendobj\nstartxref\n${openPdf(pdf).startXref}\n%%EOF\n`),
    ]);

    expect(summary(trailing)).to.deep.equal({ passes: false, changes: ['refused trailing-bytes'] });
    expect(summary(loose)).to.deep.equal({ passes: false, changes: ['refused trailing-bytes'] });
    expect(summary(await first(repeated))).to.deep.equal({
      passes: false,
      changes: ['refused unexplained-bytes'],
    });
  });

  it('are refused when an object hides between the objects of an allowed revision', async () => {
    const once = await signed();
    const twice = await signPdf(once, await signerOf('agency-ec'), { signingTime: TEST_NOW });
    const smuggled = append(
      Buffer.concat([twice, Buffer.from('4 0 obj\n<<>>\nendobj\n')]),
      (document) => new Map([[1, dictAt(document, 1)]]),
    );

    expect((await inspectPdf(smuggled)).map(passes)).to.deep.equal([false, false]);
  });

  it('are refused when the signature dictionary itself is replaced', async () => {
    const pdf = await signPdf(makePdf(), await signerOf('leader-ec'), {
      signingTime: TEST_NOW,
      reason: 'Dong y',
    });
    const num = [...openPdf(pdf).entries.keys()].find((candidate) => {
      const value = getObject(openPdf(pdf), candidate);
      return isDict(value) && value.entries.has('ByteRange');
    });

    const facts = await first(
      append(
        pdf,
        (document) =>
          new Map([[num ?? 0, withEntries(dictAt(document, num ?? 0), { Reason: text('Khong dong y') })]]),
      ),
    );

    expect(passes(facts)).to.equal(false);
  });

  it('are allowed, and named, when metadata, validation data or an orphan object is added', async () => {
    const pdf = append(
      await signed(),
      (document, next) =>
        new Map<number, PdfValue>([
          [next, stream({}, Buffer.from('cert'))],
          [next + 1, dict({ Certs: array(ref(next)) })],
          [next + 2, text('mo coi')],
          [1, withEntries(dictAt(document, 1), { DSS: ref(next + 1), Version: name('2.0') })],
        ]),
    );

    expect(summary(await first(pdf))).to.deep.equal({
      passes: true,
      changes: ['allowed dss-added', 'allowed version-changed', 'allowed orphan-object-added'],
    });
  });

  it('are allowed for a value filled in, and refused for a look that its value does not have', async () => {
    const pdf = await signed(withForm);
    const filled = append(
      pdf,
      (document, next) =>
        new Map<number, PdfValue>([
          [next, appearance],
          [100, withEntries(dictAt(document, 100), { V: text('Binh'), AP: dict({ N: ref(next) }) })],
        ]),
    );
    const shadow = append(
      pdf,
      (document, next) =>
        new Map<number, PdfValue>([
          [next, stream({}, Buffer.from('BT (Binh) Tj ET'))],
          [100, withEntries(dictAt(document, 100), { AP: dict({ N: ref(next) }) })],
        ]),
    );

    expect(summary(await first(filled))).to.deep.equal({ passes: true, changes: ['allowed form-filled'] });
    expect(summary(await first(shadow))).to.deep.equal({
      passes: false,
      changes: ['refused form-appearance-changed'],
    });
  });

  it('are refused for a new text field and for a page object made into a field', async () => {
    const pdf = await signed(withForm);
    const added = append(
      pdf,
      (_, next) =>
        new Map<number, PdfValue>([
          [next, withEntries(textField, { T: text('Moi') })],
          [
            1,
            withEntries(dictAt(openPdf(pdf), 1), { AcroForm: dict({ Fields: array(ref(100), ref(next)) }) }),
          ],
        ]),
    );
    const disguised = append(
      await signed(),
      (document) =>
        new Map<number, PdfValue>([
          [4, dict({ FT: name('Sig'), T: text('x') })],
          [1, withEntries(dictAt(document, 1), { AcroForm: dict({ Fields: array(ref(4)), SigFlags: 3 }) })],
        ]),
    );

    expect(passes(await first(added))).to.equal(false);
    expect((await inspectPdf(disguised)).every((facts) => !passes(facts))).to.equal(true);
  });
});
