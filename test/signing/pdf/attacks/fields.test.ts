/** Certification attacks and their kin: what comes as a signature field or time-stamp hides what was signed. */
import { expect } from 'chai';
import {
  array,
  dict,
  name,
  type PdfDict,
  type PdfValue,
  ref,
  text,
  withEntries,
} from '../../../../src/signing/pdf/syntax/values.ts';
import { makePdf } from '../make-pdf.ts';
import { append, certify, dictAt, signed } from './revisions-support.ts';
import { type Changes, cover, refused, sound, stillPasses } from './support.ts';

describe('attacks with signature fields and time-stamps', () => {
  let pdf: Uint8Array;
  before(async () => {
    pdf = await sound(await signed());
  });

  const everything = { Rect: array(0, 0, 595, 842), F: 4, P: ref(10), AP: dict({ N: ref(301) }) };

  /** Adds a signature field with the entries given, beside those there are. */
  function addField(
    file: Uint8Array,
    entries: Record<string, PdfValue>,
    more: Changes = new Map(),
  ): Uint8Array {
    return append(file, (document) => {
      const root = dictAt(document, 1);
      const held = root.entries.get('AcroForm');
      const number = typeof held === 'object' && held?.kind === 'ref' ? held.num : null;
      const acroForm = number === null ? (held as PdfDict) : dictAt(document, number);
      const fields = acroForm.entries.get('Fields');
      const items = typeof fields === 'object' && fields?.kind === 'array' ? fields.items : [];
      const page = dictAt(document, 10);
      const annots = page.entries.get('Annots');
      const shown = typeof annots === 'object' && annots?.kind === 'array' ? annots.items : [];
      const field = dict({
        Type: name('Annot'),
        Subtype: name('Widget'),
        FT: name('Sig'),
        T: text('Che'),
        ...entries,
      });
      const grown = withEntries(acroForm, { Fields: array(...items, ref(300)) });
      return new Map<number, PdfValue>([
        [300, field],
        [301, cover],
        [10, withEntries(page, { Annots: array(...shown, ref(300)) })],
        number === null ? [1, withEntries(root, { AcroForm: grown })] : [number, grown],
        ...more,
      ]);
    });
  }

  it('an empty signature field covers the page', async () => {
    await refused(addField(pdf, everything));
  });

  it('an empty signature field shows anything at all', async () => {
    await refused(addField(pdf, { ...everything, Rect: array(100, 700, 300, 720) }));
  });

  it('what calls itself a document time-stamp covers the page, on a certified file too', async () => {
    const stamp = dict({
      Type: name('DocTimeStamp'),
      Filter: name('Adobe.PPKLite'),
      SubFilter: name('ETSI.RFC3161'),
      ByteRange: array(0, 10, 20, 10),
      Contents: text('khong phai'),
    });
    const certified = await sound(await certify(makePdf(), 1));

    for (const file of [pdf, certified])
      await refused(addField(file, { ...everything, V: ref(302) }, new Map([[302, stamp]])));
  });

  it('a field that waits for its signature is blown up over the page', async () => {
    const waiting = dict({
      ...{ Type: name('Annot'), Subtype: name('Widget'), FT: name('Sig'), T: text('Cho'), P: ref(10) },
      ...{ Rect: array(0, 0, 0, 0), F: 4 },
    });
    const file = await sound(
      await signed({
        catalog: { AcroForm: dict({ Fields: array(ref(100)) }) },
        extra: new Map<number, PdfValue>([[100, waiting]]),
      }),
    );

    await refused(
      append(
        file,
        (document, next) =>
          new Map<number, PdfValue>([
            [next, cover],
            [
              100,
              withEntries(dictAt(document, 100), {
                Rect: array(0, 0, 595, 842),
                AP: dict({ N: ref(next) }),
              }),
            ],
          ]),
      ),
    );
  });

  it('but an invisible field may come, and be signed', async () => {
    const added = addField(pdf, { Rect: array(0, 0, 0, 0), F: 132, P: ref(10) });

    expect(await stillPasses(added)).to.equal(true);
  });
});
