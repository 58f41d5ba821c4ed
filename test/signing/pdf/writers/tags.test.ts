/** A second signature in a tagged PDF: its field gets an element in the structure tree, as iText writes it, and nothing else may change there. */
import { expect } from 'chai';
import { inspectPdf } from '../../../../src/signing/pdf/index.ts';
import { attempt, scratch, signerOf } from '../../test-pki/shared.ts';
import { summary } from '../attacks/revisions-support.ts';
import { emptySignature, fillHole, ITEXT, withRevision } from './writers.ts';

const PAGE = (annots: string) =>
  `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/StructParents 0/Annots[${annots}]>>`;
const CONTENT = '/P <</MCID 0>> BDC BT /F1 12 Tf 72 720 Td (Cong van so 12) Tj ET EMC';
const FIELD = (name: string, value: number, parent: number) =>
  `<</Type/Annot/Subtype/Widget/FT/Sig/T(${name})/V ${value} 0 R/P 3 0 R/Rect[0 0 0 0]/F 132/StructParent ${parent}>>`;
const CATALOG = (fields: string) =>
  `<</Type/Catalog/Pages 2 0 R/MarkInfo<</Marked true>>/StructTreeRoot 10 0 R/AcroForm<</Fields[${fields}]/SigFlags 3>>>>`;
const ROOT = (parents: number, next: number) =>
  `<</Type/StructTreeRoot/K[11 0 R]/ParentTree ${parents} 0 R/ParentTreeNextKey ${next}/RoleMap<</Tieu#20de/H1>>>>`;
const DOCUMENT = (kids: string) => `<</Type/StructElem/S/Document/P 10 0 R/K[${kids}]>>`;
const ELEMENT = (field: number, more = '') =>
  `<</Type/StructElem/S/Form/P 11 0 R/K[<</Type/OBJR/Obj ${field} 0 R/Pg 3 0 R>>]${more}>>`;

describe('PDF: tags of a signature put on after another one', () => {
  let once: string;

  before(async () => {
    const objects = new Map([
      [1, CATALOG('31 0 R')],
      [2, '<</Type/Pages/Kids[3 0 R]/Count 1>>'],
      [3, PAGE('31 0 R')],
      [4, `<</Length ${CONTENT.length}>>stream\n${CONTENT}\nendstream`],
      [5, '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>'],
      [10, ROOT(14, 2)],
      [11, DOCUMENT('12 0 R 13 0 R')],
      [12, '<</Type/StructElem/S/P/P 11 0 R/Pg 3 0 R/K 0/ActualText(Cong van so 12)>>'],
      [13, ELEMENT(31)],
      [14, '<</Nums[0 [12 0 R] 1 13 0 R]>>'],
      [30, emptySignature(ITEXT)],
      [31, FIELD('ChuKy1', 30, 1)],
    ]);
    once = await fillHole(withRevision('', objects, ITEXT), ITEXT, await signerOf('leader'));
  });

  /** The file with a second signature, as iText tags it but for `change`. @returns what we say of the first one. */
  async function signedAgain(change: readonly (readonly [number, string])[] = []) {
    const update = new Map([
      [1, CATALOG('31 0 R 34 0 R')],
      [3, PAGE('31 0 R 34 0 R')],
      [10, ROOT(41, 3)],
      [11, DOCUMENT('12 0 R 13 0 R 40 0 R')],
      [33, emptySignature(ITEXT)],
      [34, FIELD('ChuKy2', 33, 2)],
      [40, ELEMENT(34, '/T(ChuKy2)')],
      [41, '<</Nums[0 [12 0 R] 1 13 0 R 2 40 0 R]>>'],
      ...change,
    ]);
    const file = await fillHole(withRevision(once, update, ITEXT), ITEXT, await signerOf('leader-ec'));
    const bytes = new Uint8Array(Buffer.from(file, 'latin1'));
    const checked = attempt('qpdf', '--check', scratch('tags.pdf', bytes));
    expect(checked.status, checked.output).to.equal(0);
    const [first, second] = (await inspectPdf(bytes)).map(summary);
    expect(second?.passes).to.equal(true);
    return { passes: first?.passes, changes: first?.changes };
  }

  it('are allowed: an element for the new field, and the way back to it', async () => {
    const { passes, changes } = await signedAgain();

    expect(passes, JSON.stringify(changes)).to.equal(true);
    expect(changes).to.have.members(['allowed signature-added', 'allowed tags-added']);
  });

  const FORBIDDEN: Readonly<Record<string, readonly (readonly [number, string])[]>> = {
    'another text in place of what is drawn': [
      [12, '<</Type/StructElem/S/P/P 11 0 R/Pg 3 0 R/K 0/ActualText(Cong van so 99)>>'],
    ],
    'an element taken out': [[11, DOCUMENT('12 0 R 40 0 R')]],
    'elements in another order': [[11, DOCUMENT('13 0 R 12 0 R 40 0 R')]],
    'a new element that speaks for what was drawn before': [
      [40, '<</Type/StructElem/S/Form/P 11 0 R/Pg 3 0 R/K[0]>>'],
    ],
    'a new element with a text of its own': [[40, ELEMENT(34, '/ActualText(Da duyet)')]],
    'a new element of another kind': [[40, ELEMENT(34).replace('/S/Form', '/S/P')]],
    'a new element for the field that was signed': [[40, ELEMENT(31)]],
    'a page that leads to the new element': [[41, '<</Nums[0 [40 0 R] 1 13 0 R 2 40 0 R]>>']],
    'a way back that leads nowhere known': [[41, '<</Nums[0 [12 0 R] 1 13 0 R 2 12 0 R]>>']],
    'a way back taken away': [[41, '<</Nums[1 13 0 R 2 40 0 R]>>']],
    'a way back whose parts lie in it again and again': [
      ...Array.from({ length: 28 }, (_, n) => [41 + n, `<</Kids[${42 + n} 0 R ${42 + n} 0 R]>>`] as const),
      [69, '<</Nums[]>>'],
    ],
    'another meaning of a role': [[10, ROOT(41, 3).replace('/H1', '/Artifact')]],
    'a new element beside the document': [
      [10, ROOT(41, 3).replace('/K[11 0 R]', '/K[11 0 R 40 0 R]')],
      [11, DOCUMENT('12 0 R 13 0 R')],
      [40, ELEMENT(34).replace('/P 11 0 R', '/P 10 0 R')],
    ],
    'an element that changed while another one gained': [[13, ELEMENT(31, '/Alt(khac)')]],
  };
  for (const [name, change] of Object.entries(FORBIDDEN)) {
    it(`are not: ${name}`, async () => {
      const { passes, changes } = await signedAgain(change);

      expect(passes, JSON.stringify(changes)).to.equal(false);
      expect(changes).to.include('refused content-changed');
    });
  }
});
