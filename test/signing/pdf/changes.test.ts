import { expect } from 'chai';
import fc from 'fast-check';
import type { SignatureFacts } from '../../../src/signing/facts.ts';
import { signContainer } from '../../../src/signing/pdf/container.ts';
import { inspectPdf, signPdf } from '../../../src/signing/pdf/index.ts';
import { getObject, openPdf, type PdfDocument } from '../../../src/signing/pdf/syntax/document.ts';
import {
  array,
  dict,
  isDict,
  name,
  type PdfDict,
  type PdfValue,
  ref,
  stream,
  text,
  withEntries,
} from '../../../src/signing/pdf/syntax/values.ts';
import { buildUpdate, nextObjectNumber } from '../../../src/signing/pdf/syntax/write.ts';
import { signerOf, TEST_NOW } from '../test-pki/shared.ts';
import { makePdf } from './make-pdf.ts';

function passes(facts: SignatureFacts): boolean {
  return facts.formatFaults.length === 0 && facts.digestsMatch === true && facts.signatureValid === true;
}

function dictAt(document: PdfDocument, num: number): PdfDict {
  const value = getObject(document, num);
  if (!isDict(value)) throw new TypeError(`object ${num} is no dictionary`);
  return value;
}

/** Appends a revision with the objects changed. */
function append(
  pdf: Uint8Array,
  change: (document: PdfDocument, next: number) => ReadonlyMap<number, PdfValue>,
): Uint8Array {
  const document = openPdf(pdf);
  return new Uint8Array(
    Buffer.concat([pdf, buildUpdate(document, change(document, nextObjectNumber(document))).bytes]),
  );
}

/** A certification signature with the DocMDP level given, made directly over the container. */
async function certify(pdf: Uint8Array, level: 1 | 2 | 3): Promise<Uint8Array> {
  const document = openPdf(pdf);
  const next = nextObjectNumber(document);
  const parameters = dict({ Type: name('TransformParams'), P: level, V: name('1.2') });
  const reference = dict({
    Type: name('SigRef'),
    TransformMethod: name('DocMDP'),
    TransformParams: parameters,
  });
  const signature = dict({
    Type: name('Sig'),
    Filter: name('Adobe.PPKLite'),
    SubFilter: name('ETSI.CAdES.detached'),
    Reference: array(reference),
  });
  const field = dict({
    Type: name('Annot'),
    Subtype: name('Widget'),
    FT: name('Sig'),
    T: text('Cert'),
    V: ref(next),
    Rect: array(0, 0, 0, 0),
    P: ref(10),
    F: 132,
  });
  const form = dict({ Fields: array(ref(next + 1)), SigFlags: 3 });
  const changes = new Map<number, PdfValue>([
    [next, signature],
    [next + 1, field],
    [10, withEntries(dictAt(document, 10), { Annots: array(ref(next + 1)) })],
    [1, withEntries(dictAt(document, 1), { AcroForm: form, Perms: dict({ DocMDP: ref(next) }) })],
  ]);
  return signContainer(document, changes, next, { signer: await signerOf('leader-ec'), digest: 'sha256' });
}

async function signed(options: Parameters<typeof makePdf>[0] = {}): Promise<Uint8Array> {
  return signPdf(makePdf(options), await signerOf('leader-ec'), { signingTime: TEST_NOW });
}

async function first(pdf: Uint8Array): Promise<SignatureFacts> {
  const [facts] = await inspectPdf(pdf);
  if (facts === undefined) throw new TypeError('no signature');
  return facts;
}

function summary(facts: SignatureFacts): { passes: boolean; changes: string[] } {
  return {
    passes: passes(facts),
    changes: facts.changesAfterSigning.map(
      (change) => `${change.allowed ? 'allowed' : 'refused'} ${change.kind}`,
    ),
  };
}

const note = dict({
  Type: name('Annot'),
  Subtype: name('Text'),
  Rect: array(10, 10, 30, 30),
  Contents: text('ghi chú'),
});

function addNote(pdf: Uint8Array): Uint8Array {
  return append(pdf, (document, next) => {
    const page = dictAt(document, 10);
    const annotations = page.entries.get('Annots');
    const items = typeof annotations === 'object' && annotations?.kind === 'array' ? annotations.items : [];
    return new Map<number, PdfValue>([
      [next, note],
      [10, withEntries(page, { Annots: array(...items, ref(next)) })],
    ]);
  });
}

const textField = dict({
  Type: name('Annot'),
  Subtype: name('Widget'),
  FT: name('Tx'),
  T: text('Ho ten'),
  V: text('An'),
  Rect: array(50, 50, 200, 70),
  P: ref(10),
  AP: dict({ N: ref(101) }),
});
const appearance = stream(
  { Type: name('XObject'), Subtype: name('Form'), BBox: array(0, 0, 150, 20) },
  Buffer.from('BT (An) Tj ET'),
);
const withForm = {
  catalog: { AcroForm: dict({ Fields: array(ref(100)) }) },
  extra: new Map<number, PdfValue>([
    [100, textField],
    [101, appearance],
  ]),
};

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
