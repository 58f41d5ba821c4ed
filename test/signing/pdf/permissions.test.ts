import { expect } from 'chai';
import fc from 'fast-check';
import { inspectPdf } from '../../../src/signing/pdf/index.ts';
import { openPdf } from '../../../src/signing/pdf/syntax/document.ts';
import {
  array,
  dict,
  isDict,
  name,
  type PdfValue,
  ref,
  text,
  withEntries,
} from '../../../src/signing/pdf/syntax/values.ts';
import {
  addNote,
  append,
  certify,
  dictAt,
  first,
  passes,
  signed,
  summary,
  withForm,
} from './attacks/revisions-support.ts';
import { makePdf } from './make-pdf.ts';

describe('DocMDP', () => {
  for (const [level, annotation, signature] of [
    [1, false, false],
    [2, false, true],
    [3, true, true],
  ] as const) {
    it(`level ${level} ${annotation ? 'allows' : 'forbids'} an annotation and ${signature ? 'allows' : 'forbids'} a signature`, async () => {
      const certified = await certify(makePdf(), level);
      const field = append(certified, (document, next) => {
        const form = dictAt(document, 1).entries.get('AcroForm');
        const fields = isDict(form) ? form.entries.get('Fields') : null;
        const items = typeof fields === 'object' && fields?.kind === 'array' ? fields.items : [];
        const extended = isDict(form) ? withEntries(form, { Fields: array(...items, ref(next)) }) : null;
        return new Map<number, PdfValue>([
          [next, dict({ FT: name('Sig'), T: text('Hai') })],
          [1, withEntries(dictAt(document, 1), { AcroForm: extended })],
        ]);
      });

      expect(passes(await first(certified))).to.equal(true);
      expect(passes(await first(addNote(certified)))).to.equal(annotation);
      expect(passes(await first(field))).to.equal(signature);
    });
  }

  it('without a certification, annotations are refused and signatures allowed', async () => {
    expect(summary(await first(addNote(await signed())))).to.deep.equal({
      passes: false,
      changes: ['refused annotation-added'],
    });
  });
});

describe('any appended revision', () => {
  it('is reported, whichever object it touches', async () => {
    const pdf = await signed(withForm);
    const numbers = [...openPdf(pdf).entries.keys()].filter((num) => num > 0);

    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...numbers),
        fc.constantFrom<PdfValue>(null, 7, text('x'), dict({}), array()),
        async (num, value) => {
          const facts = await first(append(pdf, () => new Map([[num, value]]))).catch(
            (error: { code?: string }) => error.code,
          );
          if (typeof facts === 'string') return facts === 'PDF_INVALID';
          return (
            facts !== undefined &&
            facts.changesAfterSigning.length > 0 &&
            facts.coverage === 'earlier-revision'
          );
        },
      ),
      { numRuns: 120 },
    );
  });
});

describe('signatures that are hard to see', () => {
  it('are found where no field holds them', async () => {
    const pdf = await signed();
    const hidden = append(
      pdf,
      (document) => new Map([[1, withEntries(dictAt(document, 1), { AcroForm: undefined })]]),
    );
    const source = makePdf({
      extra: new Map([[100, dict({ Type: name('Sig'), ByteRange: array(0, 1, 2, 3), Contents: text('x') })]]),
    });

    expect((await inspectPdf(hidden)).map(passes)).to.deep.equal([false]);
    expect((await inspectPdf(source)).map((facts) => [facts.id, passes(facts)])).to.deep.equal([
      ['object 100', false],
    ]);
  });

  it('are not passed over when the newest revision cannot be read', async () => {
    const pdf = Buffer.from(await signed()).toString('latin1');
    const start = /startxref\n(\d+)\n%%EOF\n$/.exec(pdf);
    const broken = pdf.slice(0, start?.index) + pdf.slice(start?.index).replace(/\d+/, '7');

    const outcome = await inspectPdf(Buffer.from(broken, 'latin1')).catch(
      (error: { code?: string }) => error.code,
    );

    expect(outcome).to.equal('PDF_INVALID');
  });

  it('are reported when all there is is a document time-stamp that does not fit', async () => {
    const source = makePdf({
      extra: new Map([
        [
          100,
          dict({
            Type: name('DocTimeStamp'),
            SubFilter: name('ETSI.RFC3161'),
            ByteRange: array(0, 1, 2, 3),
            Contents: text('x'),
          }),
        ],
      ]),
    });

    expect((await inspectPdf(source)).map(passes)).to.deep.equal([false]);
  });
});
