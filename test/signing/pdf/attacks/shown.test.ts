/**
 * Attacks on what is shown: objects of the signed file that come to a page, lie over another or are read otherwise without a change
 * of their octets, and fields that show something under a signature that is not theirs. Each starts from a file that passes.
 */
import { expect } from 'chai';
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
import { makePdf } from '../make-pdf.ts';
import { append, certify, dictAt, first, signed } from './revisions-support.ts';
import {
  addFields,
  at,
  type Changes,
  cover,
  forged,
  grownBy,
  honest,
  pageDrawing,
  prepared,
  raw,
  refused,
  set,
  sound,
  startOf,
  stillPasses,
  tableOnly,
  written,
} from './support.ts';

const BOX = array(100, 600, 300, 640);
const PAGE = array(0, 0, 595, 842);
const NOWHERE = array(0, 0, 0, 0);
const script = dict({ S: name('JavaScript'), JS: text('app.alert(1)') });
const widget = { Type: name('Annot'), Subtype: name('Widget'), P: ref(10), F: 4, Rect: BOX };
const junk = { Filter: name('Adobe.PPKLite'), ByteRange: array(0, 10, 20, 10), Contents: text('x') };
/** A signature value that is none, by which a field counts as signed. */
const unsound = dict({ Type: name('Sig'), SubFilter: name('adbe.pkcs7.detached'), ...junk });

/** A new signature field with a look of its own, object 301. */
function field(entries: Record<string, PdfValue>): Changes {
  const look = { AP: dict({ N: ref(301) }) };
  return new Map([[300, dict({ ...widget, FT: name('Sig'), T: text('Che'), ...look, ...entries })]]);
}

describe('attacks on what a signed PDF file shows', () => {
  let pdf: Uint8Array;

  before(async () => {
    pdf = await sound(await signed());
  });

  async function kindsOf(file: Uint8Array): Promise<string[]> {
    const { changesAfterSigning } = await first(file);
    return changesAfterSigning.filter(({ allowed }) => !allowed).map(({ kind }) => kind);
  }

  describe('a field shows what nobody signed', () => {
    it('under the signature there is, or what is looked at as a time-stamp', async () => {
      const document = openPdf(pdf);
      const held = [...document.entries.keys()].find((num) => {
        const value = getObject(document, num);
        return isDict(value) && value.entries.has('ByteRange');
      });
      const stamp = dict({ Type: name('Sig'), SubFilter: name('ETSI.RFC3161'), ...junk });
      const typed = dict({ Type: name('DocTimeStamp'), SubFilter: name('adbe.pkcs7.detached'), ...junk });
      const values: Record<string, readonly [PdfValue, string]> = {
        'the signature there is': [ref(held ?? 0), 'signature-shown-twice'],
        'a time-stamp by its form': [ref(302), 'signed-content-covered'],
        'one written into the field': [stamp, 'signed-content-covered'],
      };

      for (const [what, [V, kind]] of Object.entries(values)) {
        const more = new Map<number, PdfValue>([
          [301, forged],
          [302, stamp],
        ]);
        expect(await kindsOf(addFields(pdf, field({ V }), more)), what).to.include(kind);
      }
      await refused(addFields(pdf, field({ V: typed }), new Map([[301, forged]])));
    });

    it('as one of two fields of one name, or behind more signatures than are looked at', async () => {
      const two = addFields(pdf, field({ T: text('ChuKy1'), V: unsound }), new Map([[301, forged]]));
      const many = new Map<number, PdfValue>();
      const stamp = dict({ Type: name('DocTimeStamp'), SubFilter: name('ETSI.RFC3161'), ...junk });
      for (let index = 0; index < 500; index += 1) {
        const own = { FT: name('Sig'), T: text(`t${index}`), Rect: NOWHERE, V: stamp };
        many.set(1000 + index, dict({ ...widget, ...own }));
      }

      await refused(two);
      await refused(addFields(pdf, new Map([...many, ...field({ V: unsound })]), new Map([[301, forged]])));
    });

    for (const [what, entries] of Object.entries({
      'when it is printed': { F: 32 | 4 },
      'when the pointer is over it': { F: 32 | 256 },
      'by its ground alone': { AP: null, MK: dict({ BG: array(1, 1, 1) }) },
      'by an action when it is clicked': { Rect: NOWHERE, A: script },
      'by an action when the page opens': { Rect: NOWHERE, AA: dict({ PO: script }) },
    } satisfies Record<string, Record<string, PdfValue>>))
      it(`while it waits for its signature: ${what}`, async () => {
        await refused(addFields(pdf, field(entries), new Map([[301, cover]])));
      });

    it('while it waits: by the first or the second of two boxes', async () => {
      for (const [wide, narrow] of [
        [PAGE, NOWHERE],
        [NOWHERE, PAGE],
      ] as const) {
        const file = addFields(pdf, field({ Rect: wide, Recx: narrow }), new Map([[301, cover]]));
        await refused(Buffer.from(Buffer.from(file).toString('latin1').replace('/Recx', '/Rect'), 'latin1'));
      }
    });

    it('over a page: by a page of its own measure, in a box of five numbers, in halves', async () => {
      const huge = dict({ Type: name('Page'), MediaBox: array(0, 0, 100_000, 100_000) });
      const look = { AP: dict({ N: ref(301) }) };
      const half = (box: PdfValue): PdfValue => dict({ ...widget, ...look, Parent: ref(300), Rect: box });
      const kids = { Rect: undefined, AP: undefined, Kids: array(ref(305), ref(306)) } as const;
      const shapes: readonly (readonly [Changes, Changes])[] = [
        [field({ V: unsound, Rect: PAGE, P: ref(304) }), new Map([[304, huge]])],
        [field({ V: unsound, Rect: array(0, 0, 595, 842, 0) }), new Map()],
        [
          new Map([[300, dict({ FT: name('Sig'), T: text('Che'), V: unsound, ...kids })]]),
          new Map([
            [305, half(array(0, 0, 595, 300))],
            [306, half(array(0, 300, 595, 600))],
          ]),
        ],
      ];

      for (const [fields, more] of shapes)
        expect(await kindsOf(addFields(pdf, fields, new Map([[301, cover], ...more])))).to.include(
          'signed-content-covered',
        );
    });
  });

  describe('readers are told two things', () => {
    const pages = [
      [400, '<</Type/Pages/Kids[401 0 R]/Count 1>>'],
      [401, '<</Type/Page/Parent 400 0 R/MediaBox[0 0 595 842]/Contents 402 0 R>>'],
      [402, '<</Length 9>>\nstream\nBT ET    \nendstream'],
    ] as const;
    let catalog: string;

    before(() => {
      const found =
        Buffer.from(pdf)
          .toString('latin1')
          .match(/\n1 0 obj\s[\s\S]*?endobj/g)
          ?.at(-1) ?? '';
      catalog = found
        .replace(/^\n1 0 obj/, '')
        .replace(/endobj$/, '')
        .trim();
      expect(catalog).to.include('/Pages 2 0 R');
    });

    it('two catalogs, two sections before, two trees of pages', async () => {
      const other = [403, catalog.replace('/Pages 2 0 R', '/Pages 400 0 R')] as const;
      const both = [1, catalog.replace('/Pages 2 0 R', '/Pages 400 0 R /Pages 2 0 R')] as const;

      await refused(written(pdf, [...pages, other], '/Size 500 /Root 403 0 R /Root 1 0 R'));
      await refused(written(pdf, [...pages, other], '/Size 500 /Root 1 0 R /Root 403 0 R'));
      await refused(written(pdf, pages, '/Size 500 /Root 1 0 R /Prev 10'));
      await refused(written(pdf, [...pages, both], '/Size 500 /Root 1 0 R'));
    });

    it('another first value behind a last one that stays', async () => {
      const text10 = (contents: string): string =>
        `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents ${contents} 0 R/Contents 4 0 R>>`;

      await refused(written(pdf, [[10, text10('402')], pages[2]], '/Size 500 /Root 1 0 R'));
    });

    it('a size that leaves objects out, and a generation that nothing refers to', async () => {
      const entry = openPdf(pdf).entries.get(4);
      const offset = entry?.type === 'offset' ? entry.offset : 0;

      await refused(written(pdf, [], '/Size 3 /Root 1 0 R'));
      // Nor is it made good by one that only looks like growth after it.
      await refused(written(written(pdf, [], '/Size 3 /Root 1 0 R'), [], '/Size 4 /Root 1 0 R'));
      // What a sloppy update in between says nobody reads.
      const mended = await first(
        written(written(pdf, [], '/Size 3 /Root 1 0 R'), [], '/Size 500 /Root 1 0 R'),
      );
      expect(mended.changesAfterSigning.filter(({ allowed }) => !allowed)).to.deep.equal([]);
      await refused(tableOnly(pdf, `4 1\n${at(offset).replace('00000 n', '00001 n')}`));
    });

    it('a hybrid section that says another thing in its table than in its stream', async () => {
      const document = openPdf(pdf);
      const entry = document.entries.get(4);
      const object = '4 0 obj\n<</Length 16>>\nstream\nBT (khac) Tj ET \nendstream\nendobj\n';
      // Within another object, nothing is unexplained.
      const shell = `401 0 obj\n<</Length ${object.length}>>\nstream\n${object}\nendstream\nendobj\n`;
      const offset = pdf.length + shell.indexOf('4 0 obj\n<<', 8);
      const row = Buffer.from([1, (offset >> 16) & 255, (offset >> 8) & 255, offset & 255]).toString(
        'latin1',
      );
      const rows = `400 0 obj\n<</Type/XRef/Size 402/W[1 3 0]/Index[4 1]/Root 1 0 R/Length 4>>\nstream\n${row}\nendstream\nendobj\n`;
      const streamAt = pdf.length + shell.length;
      const there = at(entry?.type === 'offset' ? entry.offset : 0);
      const table = `xref\n4 1\n${there}401 1\n${at(pdf.length)}trailer\n`;
      const trailer = `<</Size 402 /Root 1 0 R /Prev ${startOf(pdf)} /XRefStm ${streamAt}>>`;

      await refused(
        raw(pdf, `${shell}${rows}${table}${trailer}\nstartxref\n${streamAt + rows.length}\n%%EOF\n`),
      );
    });
  });

  describe('what was signed comes forth, or changes what it draws', () => {
    it('annotations lie over each other in another order', async () => {
      const stamp = (look: number): PdfValue =>
        dict({ Type: name('Annot'), Subtype: name('Stamp'), Rect: BOX, AP: dict({ N: ref(look) }) });
      const page = withEntries(pageDrawing(110), { Annots: array(ref(113), ref(114)) });
      const file = await prepared(
        new Map<number, PdfValue>([
          [110, dict({})],
          [111, honest],
          [112, forged],
          [113, stamp(111)],
          [114, stamp(112)],
        ]),
        { page },
      );
      const ordered = (order: (items: readonly PdfValue[]) => readonly PdfValue[]): Uint8Array =>
        append(file, (document) => {
          const held = dictAt(document, 10).entries.get('Annots');
          const items = typeof held === 'object' && held?.kind === 'array' ? held.items : [];
          return new Map([[10, withEntries(dictAt(document, 10), { Annots: array(...order(items)) })]]);
        });

      await refused(ordered(([a, b, ...more]) => [b ?? null, a ?? null, ...more]));
      await refused(ordered((items) => [...items, items[0] ?? null]));
      expect(await stillPasses(ordered((items) => items))).to.equal(true);
    });

    it('a field of the form that stood on no page is put on one', async () => {
      const hidden = dict({ ...widget, FT: name('Tx'), T: text('an'), AP: dict({ N: ref(112) }) });
      const file = await prepared(
        new Map<number, PdfValue>([
          [110, dict({})],
          [112, forged],
          [115, hidden],
        ]),
        { page: pageDrawing(110), catalog: { AcroForm: dict({ Fields: array(ref(115)) }) } },
      );

      await refused(
        append(file, (document) => {
          const page = dictAt(document, 10);
          return new Map([
            [10, withEntries(page, { Annots: grownBy(page.entries.get('Annots'), [ref(115)]) })],
          ]);
        }),
      );
    });

    it('a button shows its other state without another value', async () => {
      const states = dict({ A: ref(111), B: ref(112) });
      const button = { FT: name('Btn'), T: text('an'), AS: name('A'), AP: dict({ N: states }) };
      const file = await prepared(
        new Map<number, PdfValue>([
          [110, dict({})],
          [111, honest],
          [112, forged],
          [115, dict({ ...widget, ...button })],
        ]),
        {
          page: withEntries(pageDrawing(110), { Annots: array(ref(115)) }),
          catalog: { AcroForm: dict({ Fields: array(ref(115)) }) },
        },
      );

      await refused(set(file, 115, { AS: name('B') }));
      expect(await stillPasses(set(file, 115, { AS: name('B'), V: name('B') }))).to.equal(true);
    });

    for (const kind of ['annotation', 'field'] as const)
      it(`the look of an ${kind === 'field' ? 'other field' : kind} is drawn with a field that is filled in`, async () => {
        const look = stream(
          {
            ...{ Type: name('XObject'), Subtype: name('Form'), BBox: array(0, 0, 100, 100) },
            Resources: dict({ XObject: ref(115) }),
          },
          Buffer.from('/V Do'),
        );
        const own = kind === 'field' ? { FT: name('Tx'), T: text('y') } : { Subtype: name('Stamp') };
        const file = await prepared(
          new Map<number, PdfValue>([
            [110, dict({})],
            [111, honest],
            [112, forged],
            [113, dict({ ...widget, ...own, AP: dict({ N: ref(116) }) })],
            [115, dict({ FT: name('Tx'), T: text('x'), V: ref(111) })],
            [116, look],
          ]),
          {
            page: withEntries(pageDrawing(110), { Annots: array(ref(113)) }),
            catalog: {
              AcroForm: dict({ Fields: array(ref(115), ...(kind === 'field' ? [ref(113)] : [])) }),
            },
          },
        );

        await refused(set(file, 115, { V: ref(112) }));
      });

    it('a field as large as the page is filled with a cover', async () => {
      const file = await prepared(
        new Map<number, PdfValue>([
          [110, dict({})],
          [115, dict({ ...widget, FT: name('Tx'), T: text('x'), Rect: PAGE })],
        ]),
        {
          page: withEntries(pageDrawing(110), { Annots: array(ref(115)) }),
          catalog: { AcroForm: dict({ Fields: array(ref(115)) }) },
        },
      );

      await refused(set(file, 115, { V: text('a'), AP: dict({ N: ref(300) }) }, new Map([[300, cover]])));
    });
  });

  describe('an annotation where annotations may come', () => {
    let certified: Uint8Array;

    before(async () => {
      certified = await sound(await certify(makePdf(), 3));
    });

    function add(subtype: string, entries: Record<string, PdfValue>): Uint8Array {
      return append(certified, (document) => {
        const page = dictAt(document, 10);
        const own = { Type: name('Annot'), Subtype: name(subtype), Rect: BOX, F: 4 };
        return new Map<number, PdfValue>([
          [300, dict({ ...own, AP: dict({ N: ref(301) }), ...entries })],
          [301, cover],
          [10, withEntries(page, { Annots: grownBy(page.entries.get('Annots'), [ref(300)]) })],
        ]);
      });
    }

    it('covers the page, runs something, or is a field that no form holds', async () => {
      await refused(add('FreeText', { Rect: PAGE }));
      await refused(add('Screen', { A: script }));
      await refused(add('Link', { A: dict({ S: name('URI'), URI: text('https://a.vn'), Next: script }) }));
      await refused(add('Link', { A: dict({ S: name('Launch'), F: text('a.exe') }) }));
      await refused(add('Widget', {}));
    });

    it('but may be a note, or a link that leads somewhere', async () => {
      expect(await stillPasses(add('FreeText', {}))).to.equal(true);
      expect(
        await stillPasses(add('Link', { A: dict({ S: name('URI'), URI: text('https://a.vn') }) })),
      ).to.equal(true);
    });
  });
});
