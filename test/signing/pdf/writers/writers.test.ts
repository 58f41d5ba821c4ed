/** Files as other makers write and update them: what is allowed must be called allowed. */
import { expect } from 'chai';
import { inspectPdf } from '../../../../src/signing/pdf/index.ts';
import { attempt, scratch, signerOf } from '../../test-pki/shared.ts';
import { summary } from '../attacks/revisions-support.ts';
import {
  ADOBE,
  emptySignature,
  FOXIT,
  fillHole,
  type Habits,
  ITEXT,
  LIBREOFFICE,
  PDFBOX,
  withRevision,
} from './writers.ts';

const MAKERS: Readonly<Record<string, Habits>> = { LIBREOFFICE, ITEXT, PDFBOX, ADOBE, FOXIT };

const PAGE = (more = '') =>
  `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>${more}>>`;
const CONTENT = 'BT /F1 12 Tf 72 720 Td (Cong van so 12) Tj ET';
const streamOf = (text: string, more = '') => `<<${more}/Length ${text.length}>>stream\n${text}\nendstream`;
const look = (text: string) =>
  streamOf(text, '/Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources<</Font<</F1 5 0 R>>>>');
const sigField = (name: string, value: number, more = '/Rect[0 0 0 0]/F 132') =>
  `<</Type/Annot/Subtype/Widget/FT/Sig/T(${name})/V ${value} 0 R/P 3 0 R${more}>>`;

/** Objects of a page, with a text field as numbers 20 and 21 where wanted. */
function base(options: { catalog?: string; annots?: string } = {}): Map<number, string> {
  return new Map([
    [1, `<</Type/Catalog/Pages 2 0 R${options.catalog ?? ''}>>`],
    [2, '<</Type/Pages/Kids[3 0 R]/Count 1>>'],
    [3, PAGE(options.annots)],
    [4, streamOf(CONTENT)],
    [5, '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>'],
  ]);
}

const TEXT_FIELD = (value: string, appearance: number, more = '') =>
  `<</Type/Annot/Subtype/Widget/FT/Tx/T(HoTen)/V(${value})/DA(/F1 12 Tf 0 g)/Rect[72 600 272 620]/F 4/P 3 0 R/AP<</N ${appearance} 0 R>>${more}>>`;

async function signedBy(
  habits: Habits,
  objects: Map<number, string>,
  more = '',
  order: 'range' | 'contents' = 'range',
): Promise<string> {
  const first = withRevision('', objects, habits);
  const form = objects.has(20)
    ? '/AcroForm<</Fields[20 0 R 31 0 R]/SigFlags 3/DA(/F1 0 Tf 0 g)>>'
    : '/AcroForm<</Fields[31 0 R]/SigFlags 3>>';
  const update = new Map([
    [1, `<</Type/Catalog/Pages 2 0 R${form}>>`],
    [3, PAGE(objects.has(20) ? '/Annots[20 0 R 31 0 R]' : '/Annots[31 0 R]')],
    [30, emptySignature(habits, more, order)],
    [31, sigField('ChuKy1', 30)],
  ]);
  return fillHole(withRevision(first, update, habits), habits, await signerOf('leader'));
}

/** Everybody agrees that all signatures are sound, and we that what came after the first is allowed. */
async function assertAllowed(file: string, signatures = 1): Promise<readonly string[]> {
  const bytes = new Uint8Array(Buffer.from(file, 'latin1'));
  const path = scratch('writer.pdf', bytes);
  const checked = attempt('qpdf', '--check', path);
  expect(checked.status, checked.output).to.equal(0);
  const { output } = attempt('pdfsig', '-nocert', path);
  expect(output.match(/Signature is Valid/g) ?? [], output).to.have.length(signatures);
  const facts = (await inspectPdf(bytes)).map(summary);
  expect(
    facts.map(({ passes }) => passes),
    JSON.stringify(facts),
  ).to.deep.equal(Array(signatures).fill(true));
  return facts[0]?.changes ?? [];
}

describe('PDF files of other makers', () => {
  for (const [maker, habits] of Object.entries(MAKERS)) {
    it(`${maker}: signed once, and twice with a look of its own`, async () => {
      const once = await signedBy(
        habits,
        base(),
        "/M(D:20261001080000+07'00')/Prop_Build<</App<</Name/Maker>>>>",
        maker === 'ITEXT' ? 'contents' : 'range',
      );
      const update = new Map([
        [
          1,
          '<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[31 0 R 34 0 R]/SigFlags 3/DR<</Font<</F1 5 0 R>>>>/DA(/F1 0 Tf 0 g)>>>>',
        ],
        [3, PAGE('/Annots[31 0 R 34 0 R]')],
        [33, emptySignature(habits)],
        [34, sigField('ChuKy2', 33, '/Rect[300 100 500 120]/F 4/AP<</N 35 0 R>>/MK<<>>')],
        [35, look('BT /F1 8 Tf 2 5 Td (Ky boi: Nguyen Van An) Tj ET')],
      ]);
      const twice = await fillHole(withRevision(once, update, habits), habits, await signerOf('leader-ec'));

      expect(await assertAllowed(once)).to.deep.equal([]);
      const changes = (await assertAllowed(twice, 2)).filter((change) => change !== 'allowed trailing-space');
      expect(changes).to.deep.equal(['allowed signature-added']);
    });

    it(`${maker}: a form is filled in and kept up after the signature`, async () => {
      const form = { catalog: '/AcroForm<</Fields[20 0 R]/DA(/F1 0 Tf 0 g)>>', annots: '/Annots[20 0 R]' };
      const objects = base(form);
      objects.set(20, TEXT_FIELD('An', 21)).set(21, look('/Tx BMC BT /F1 12 Tf 2 5 Td (An) Tj ET EMC'));
      const certified =
        '/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P 2/V/1.2>>>>]';
      const once = await signedBy(habits, objects, certified);
      const filled = withRevision(
        once,
        new Map([
          [20, TEXT_FIELD('Binh', 36)],
          [36, look('/Tx BMC BT /F1 12 Tf 2 5 Td (Binh) Tj ET EMC')],
          [37, '<</ModDate(D:20261002080000Z)/Producer(Maker)>>'],
        ]),
        { ...habits, trailer: '/Info 37 0 R' },
      );

      const changes = (await assertAllowed(filled)).filter((change) => change !== 'allowed trailing-space');
      expect(changes).to.have.members(['allowed form-filled', 'allowed document-information-changed']);
    });

    it(`${maker}: validation data comes after the signature, and is renewed`, async () => {
      const once = await signedBy(habits, base());
      const form = '/AcroForm<</Fields[31 0 R]/SigFlags 3>>';
      const extensions = '/Extensions<</ADBE<</BaseVersion/1.7/ExtensionLevel 5>>>>';
      const added = withRevision(
        once,
        new Map([
          [1, `<</Type/Catalog/Pages 2 0 R${form}${extensions}/DSS 36 0 R>>`],
          [36, '<</Certs[37 0 R]/VRI<</0123456789ABCDEF0123456789ABCDEF01234567<</Cert[37 0 R]>>>>>>'],
          [37, streamOf('0\x03\x02\x01\x01')],
        ]),
        habits,
      );
      const renewed = withRevision(
        added,
        new Map([
          [36, '<</Certs[37 0 R 38 0 R]/VRI 39 0 R>>'],
          [38, streamOf('0\x03\x02\x01\x02')],
          [39, '<</0123456789ABCDEF0123456789ABCDEF01234567<</Cert 40 0 R>>>>'],
          [40, '[37 0 R 38 0 R]'],
        ]),
        habits,
      );

      expect(await assertAllowed(added)).to.include('allowed dss-added');
      expect(await assertAllowed(renewed)).to.satisfy((all: string[]) =>
        all.every((item) => item.startsWith('allowed')),
      );
    });
  }

  it('with the form, its flags, its fields and the annotations of a page as objects of their own', async () => {
    const objects = base({ catalog: '/AcroForm 10 0 R', annots: '/Annots 12 0 R' });
    objects.set(10, '<</Fields 11 0 R/SigFlags 13 0 R>>').set(11, '[]').set(12, '[]').set(13, '0');
    const first = withRevision('', objects, FOXIT);
    const update = new Map([
      [11, '[31 0 R]'],
      [12, '[31 0 R]'],
      [13, '3'],
      [30, emptySignature(FOXIT)],
      [31, sigField('ChuKy1', 30)],
    ]);
    const once = await fillHole(withRevision(first, update, FOXIT), FOXIT, await signerOf('leader'));
    const next = new Map([
      [11, '[31 0 R 34 0 R]'],
      [12, '[31 0 R 34 0 R]'],
      [33, emptySignature(FOXIT)],
      [34, sigField('ChuKy2', 33)],
    ]);
    const twice = await fillHole(withRevision(once, next, PDFBOX), PDFBOX, await signerOf('leader'));

    expect(await assertAllowed(once)).to.deep.equal([]);
    expect(await assertAllowed(twice, 2)).to.deep.equal(['allowed signature-added']);
  });

  it('signed into an empty field that was there, by a maker other than the form’s', async () => {
    const field = (more: string) =>
      `<</Type/Annot/Subtype/Widget/FT/Sig/T(ChuKy1)/Rect[300 100 500 120]/F 4/P 3 0 R${more}>>`;
    const objects = base({
      catalog: '/AcroForm<</Fields[31 0 R 34 0 R]/SigFlags 1>>',
      annots: '/Annots[31 0 R 34 0 R]',
    });
    objects.set(31, field('')).set(34, field('').replace('ChuKy1', 'ChuKy2'));
    const first = withRevision('', objects, ADOBE);
    const lock =
      '/Reference[<</Type/SigRef/Data 1 0 R/TransformMethod/FieldMDP/TransformParams<</Type/TransformParams/Action/Include/Fields[(ChuKy1)]/V/1.2>>>>]';
    const update = new Map([
      [30, emptySignature(ADOBE, lock)],
      [31, field('/V 30 0 R/AP<</N 32 0 R>>/MK<<>>')],
      [32, look('BT /F1 8 Tf 2 5 Td (Ky boi: A) Tj ET')],
    ]);
    const once = await fillHole(withRevision(first, update, ADOBE), ADOBE, await signerOf('leader'));
    const next = new Map([
      [1, '<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[31 0 R 34 0 R]/SigFlags 3>>>>'],
      [33, emptySignature(ITEXT)],
      [34, field('/V 33 0 R/AP<</N 35 0 R>>').replace('ChuKy1', 'ChuKy2')],
      [35, look('BT /F1 8 Tf 2 5 Td (Ky boi: B) Tj ET')],
    ]);
    const twice = await fillHole(withRevision(once, next, ITEXT), ITEXT, await signerOf('leader'));

    expect(await assertAllowed(once)).to.deep.equal([]);
    expect(await assertAllowed(twice, 2)).to.deep.equal(['allowed signature-added']);
  });

  it('iText 2: signed by it after another maker, with its version left at the root of the pages', async () => {
    const once = await signedBy(ADOBE, base());
    const signedWith = async (pages: string): Promise<string> => {
      const update = new Map([
        [1, '<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[31 0 R 34 0 R]/SigFlags 3>>>>'],
        [2, `<</Type/Pages/Kids[3 0 R]/Count 1${pages}>>`],
        [3, PAGE('/Annots[31 0 R 34 0 R]')],
        [33, emptySignature(ITEXT)],
        [34, sigField('ChuKy2', 33)],
      ]);
      return fillHole(withRevision(once, update, ITEXT), ITEXT, await signerOf('leader-ec'));
    };
    const refusals = await Promise.all(
      ['/ITXT(2.1.7)/Rotate 180', '/ITXT 5 0 R', '/ITXT<</A 4 0 R>>', '/Text(2.1.7)'].map(async (pages) => {
        const file = Buffer.from(await signedWith(pages), 'latin1');
        return (await inspectPdf(new Uint8Array(file))).map(summary)[0]?.passes;
      }),
    );

    expect(await assertAllowed(await signedWith('/ITXT(2.1.7)'), 2)).to.deep.equal([
      'allowed signature-added',
    ]);
    expect(refusals).to.deep.equal([false, false, false, false]);
  });

  it('with line ends or zeros that a server or a mail put behind the file', async () => {
    const once = await signedBy(PDFBOX, base());

    for (const tail of ['\n', '\r\n', '\r\n\r\n', '\0\0\0'])
      expect(await assertAllowed(once + tail)).to.deep.equal(['allowed trailing-space']);
  });
});
