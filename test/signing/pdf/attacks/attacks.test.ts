/**
 * Attacks of the literature (shadow attacks, incremental saving, certification attacks, object tricks), each made here from a good
 * file: none may pass. Those that need help of the signer's file start from one made for it.
 */
import { expect } from 'chai';
import { signPdf } from '../../../../src/signing/pdf/index.ts';
import { openPdf } from '../../../../src/signing/pdf/syntax/document.ts';
import {
  array,
  dict,
  name,
  type PdfValue,
  ref,
  stream,
  text,
  withEntries,
} from '../../../../src/signing/pdf/syntax/values.ts';
import { buildUpdate } from '../../../../src/signing/pdf/syntax/write.ts';
import { signerOf, TEST_NOW } from '../../test-pki/shared.ts';
import { makePdf } from '../make-pdf.ts';
import { appearance, append, certify, dictAt, signed, textField, withForm } from './revisions-support.ts';
import {
  at,
  cover,
  forged,
  honest,
  pageDrawing,
  prepared,
  raw,
  refused,
  sound,
  startOf,
  tableOnly,
} from './support.ts';

describe('attacks on signed PDF files', () => {
  let pdf: Uint8Array;
  let form: Uint8Array;

  before(async () => {
    pdf = await sound(await signed());
    form = await sound(await signed(withForm));
  });

  describe('shadow attacks', () => {
    it('replace: an object hidden in the signed part comes to the page by the table alone', async () => {
      const hidden = await sound(await signed({ extra: new Map<number, PdfValue>([[120, forged]]) }));
      const offset = Buffer.from(hidden).indexOf('\n120 0 obj') + 1;

      await refused(tableOnly(hidden, `4 1\n${at(offset)}`));
    });

    it('replace: a table that places one object twice, since readers take the first or the last', async () => {
      const hidden = await sound(await signed({ extra: new Map<number, PdfValue>([[120, forged]]) }));
      const entry = openPdf(hidden).entries.get(4);
      const [there, evil] = [
        entry?.type === 'offset' ? entry.offset : 0,
        Buffer.from(hidden).indexOf('\n120 0 obj') + 1,
      ];

      await refused(tableOnly(hidden, `4 1\n${at(evil)}4 1\n${at(there)}`));
      await refused(tableOnly(hidden, `4 1\n${at(there)}4 1\n${at(evil)}`));
    });

    it('hide: the covering picture of a prepared page is freed', async () => {
      const extra = new Map<number, PdfValue>([
        [110, dict({ V: ref(111) })],
        [111, cover],
      ]);
      const file = await prepared(extra, { page: pageDrawing(110) });

      await refused(tableOnly(file, '111 1\n0000000000 00001 f\r\n'));
    });

    it('replace: the resources of the page are a form field, which is filled in', async () => {
      const extra = new Map<number, PdfValue>([
        [110, dict({ FT: name('Tx'), T: text('x'), V: ref(111) })],
        [111, honest],
        [112, forged],
      ]);
      const file = await prepared(extra, {
        page: pageDrawing(110),
        catalog: { AcroForm: dict({ Fields: array(ref(110)) }) },
      });

      await refused(
        append(file, (document) => new Map([[110, withEntries(dictAt(document, 110), { V: ref(112) })]])),
      );
    });

    it('replace: the resources of the page are the catalog, whose metadata may change', async () => {
      const page = pageDrawing(1);
      const file = await prepared(
        new Map<number, PdfValue>([
          [111, honest],
          [112, forged],
        ]),
        { page, catalog: { Metadata: ref(111) } },
      );

      await refused(
        append(file, (document) => new Map([[1, withEntries(dictAt(document, 1), { Metadata: ref(112) })]])),
      );
    });

    it('replace: the resources of a page are a page, whose annotations are no list', async () => {
      const other = dict({
        Type: name('Page'),
        Parent: ref(2),
        MediaBox: array(0, 0, 9, 9),
        Annots: ref(111),
      });
      const extra = new Map<number, PdfValue>([
        [2, dict({ Type: name('Pages'), Kids: array(ref(10), ref(113)), Count: 2 })],
        [111, honest],
        [112, forged],
        [113, other],
      ]);
      const base = makePdf({ extra: new Map([...extra, [10, pageDrawing(113)]]) });
      const file = await sound(await signPdf(base, await signerOf('leader-ec'), { signingTime: TEST_NOW }));

      await refused(
        append(
          file,
          (document) => new Map([[113, withEntries(dictAt(document, 113), { Annots: ref(112) })]]),
        ),
      );
    });

    it('hide: a field is made invisible, or coloured away, without another value', async () => {
      const change = (entries: Record<string, PdfValue>): Uint8Array =>
        append(form, (document) => new Map([[100, withEntries(dictAt(document, 100), entries)]]));

      await refused(change({ F: 2 }));
      await refused(change({ DA: text('/Helv 0 Tf 1 g') }));
      await refused(change({ MK: dict({ BG: array(1, 1, 1) }) }));
      await refused(change({ Rect: array(0, 0, 0, 0) }));
    });

    it('replace: readers are asked to draw fields anew whose look and value differ', async () => {
      const shadow = {
        catalog: { AcroForm: dict({ Fields: array(ref(100)) }) },
        extra: new Map<number, PdfValue>([
          [100, withEntries(textField, { V: text('9 000 000') })],
          [101, appearance],
        ]),
      };
      const file = await sound(await signed(shadow));

      await refused(
        append(file, (document) => {
          const root = dictAt(document, 1);
          const fields = root.entries.get('AcroForm');
          const acroForm =
            typeof fields === 'object' && fields?.kind === 'dict'
              ? fields
              : dictAt(document, (fields as { num: number }).num);
          return new Map<number, PdfValue>([
            [1, withEntries(root, { AcroForm: withEntries(acroForm, { NeedAppearances: true }) })],
          ]);
        }),
      );
    });
  });

  describe('incremental saving and structure', () => {
    it('a page, an action, a script, a layer or a file comes with the catalog', async () => {
      const add = (entries: Record<string, PdfValue>): Uint8Array =>
        append(pdf, (document) => new Map([[1, withEntries(dictAt(document, 1), entries)]]));
      const script = dict({ S: name('JavaScript'), JS: text('app.alert(1)') });

      await refused(add({ OpenAction: script }));
      await refused(add({ AA: dict({ WC: script }) }));
      await refused(add({ Names: dict({ JavaScript: dict({ Names: array(text('a'), script) }) }) }));
      await refused(add({ OCProperties: dict({ D: dict({ OFF: array(ref(4)) }), OCGs: array(ref(4)) }) }));
      await refused(add({ AF: array(dict({ Type: name('Filespec'), F: text('a.txt') })) }));
      await refused(add({ ViewerPreferences: dict({ HideToolbar: true }) }));
      await refused(add({ Collection: dict({ View: name('D') }) }));
    });

    it('a box, a turn or a unit of a page changes', async () => {
      const change = (entries: Record<string, PdfValue>): Uint8Array =>
        append(pdf, (document) => new Map([[10, withEntries(dictAt(document, 10), entries)]]));

      await refused(change({ MediaBox: array(0, 0, 100, 100) }));
      await refused(change({ CropBox: array(0, 0, 100, 100) }));
      await refused(change({ Rotate: 180 }));
      await refused(change({ UserUnit: 10 }));
      await refused(change({ Contents: array(ref(4), ref(4)) }));
      await refused(change({ AA: dict({ O: dict({ S: name('URI'), URI: text('http://127.0.0.1/') }) }) }));
    });

    it('new bytes stand where only readers that repair will look', async () => {
      const object = '4 0 obj\n<</Length 20>>\nstream\nBT (khac) Tj ET\nendstream\nendobj\n';
      const again = `startxref\n${startOf(pdf)}\n%%EOF\n`;

      await refused(raw(pdf, `${object}${again}`));
      await refused(raw(pdf, object));
      await refused(
        raw(pdf, `${object}xref\n0 0\ntrailer\n<</Size 5 /Root 1 0 R /Prev ${startOf(pdf)}>>\n${again}`),
      );
      await refused(raw(pdf, '\n%PDF-1.7\n'));
    });

    it('a hybrid section hides the change from those who read the table only', async () => {
      const document = openPdf(pdf);
      const update = buildUpdate(
        document,
        new Map<number, PdfValue>([[4, stream({}, Buffer.from('BT (khac) Tj ET'))]]),
      );
      const object = Buffer.from(update.bytes).toString('latin1').split('xref')[0] ?? '';
      const offset = pdf.length + object.indexOf('4 0 obj');
      const streamAt = pdf.length + object.length;
      const row = Buffer.from([1, (offset >> 16) & 255, (offset >> 8) & 255, offset & 255]).toString(
        'latin1',
      );
      const xrefStream = `400 0 obj\n<</Type/XRef/Size 401/W[1 3 0]/Index[4 1]/Root 1 0 R/Length 4>>\nstream\n${row}\nendstream\nendobj\n`;
      const start = streamAt + xrefStream.length;

      await refused(
        raw(
          pdf,
          `${object}${xrefStream}xref\n0 0\ntrailer\n<</Size 401 /Root 1 0 R /Prev ${startOf(pdf)} /XRefStm ${streamAt}>>\nstartxref\n${start}\n%%EOF\n`,
        ),
      );
    });

    it('the chain of sections skips the revision that was signed, or goes in a circle', async () => {
      const first = Buffer.from(pdf).indexOf('startxref');
      const unsigned = Number(/startxref\s+(\d+)/.exec(Buffer.from(pdf).toString('latin1', first))?.[1]);
      const start = pdf.length;
      const trailer = (prev: number): string =>
        `xref\n0 0\ntrailer\n<</Size 500 /Root 1 0 R /Prev ${prev}>>\nstartxref\n${start}\n%%EOF\n`;

      await refused(raw(pdf, trailer(unsigned)));
      await refused(raw(pdf, trailer(start)));
      await refused(raw(pdf, trailer(99_999_999)));
    });

    it('keys of the signature are written twice, or its hole is not only its value', async () => {
      const source = Buffer.from(pdf).toString('latin1');
      const twice = source.replace('/ByteRange', '/Reason (x) /Reason (y) /ByteRange');
      const gap = source.replace(/\/Contents </, '/Contents%\n<');

      await refused(Buffer.from(twice, 'latin1'));
      await refused(Buffer.from(gap, 'latin1'));
    });

    it('the ranges overlap, run backwards, start late, end early, or count in strings', async () => {
      const source = Buffer.from(pdf).toString('latin1');
      const [, a = '', b = '', c = ''] = /\/ByteRange ?\[ ?0 (\d+) (\d+) (\d+) *\]/.exec(source) ?? [];
      expect(a).to.not.equal('');
      const with4 = (range: string): Uint8Array =>
        Buffer.from(
          source.replace(/\/ByteRange ?\[[^\]]*\]/, (whole) => `/ByteRange [${range}]`.padEnd(whole.length)),
          'latin1',
        );

      for (const range of [
        `0 ${b} ${a} ${c}`,
        `0 ${a} ${Number(b) - 10} ${c}`,
        `1 ${Number(a) - 1} ${b} ${c}`,
        `0 ${a} ${b} ${Number(c) - 5}`,
        `0 ${a} ${b} -1`,
        `0 ${a} ${b}`,
        `(0) ${a} ${b} ${c}`,
        `0 ${a} ${b} 1e9`,
        `0 0 0 0`,
        `0 ${a} ${b} ${c} 0 0`,
      ])
        await refused(with4(range));
    });

    it('the certification is taken away, or another put beside it', async () => {
      const certified = await sound(await certify(makePdf(), 2));
      const without = append(
        certified,
        (document) => new Map([[1, withEntries(dictAt(document, 1), { Perms: undefined })]]),
      );
      const looser = append(
        certified,
        (document, next) =>
          new Map<number, PdfValue>([
            [next, dict({ Type: name('Sig'), Filter: name('Adobe.PPKLite') })],
            [1, withEntries(dictAt(document, 1), { Perms: dict({ DocMDP: ref(next) }) })],
          ]),
      );

      await refused(without);
      await refused(looser);
    });
  });
});
