/** Pages of unusual shape: what is shown lies on the page, upright, where poppler looks. */
import { expect } from 'chai';
import { inspectPdf, type PdfSignOptions, signPdf } from '../../../../src/signing/pdf/index.ts';
import {
  array,
  dict,
  name,
  type PdfValue,
  ref,
  stream,
  text,
} from '../../../../src/signing/pdf/syntax/values.ts';
import { attempt, run, scratch, signerOf, TEST_NOW } from '../../test-pki/shared.ts';
import { makePdf } from '../make-pdf.ts';

const CONTENT = stream({}, new Uint8Array(Buffer.from('0 0 1 rg 200 300 60 40 re f')));

/** A file whose only page, and the tree above it, is as given. */
function shaped(
  page: Record<string, PdfValue>,
  tree: Record<string, PdfValue> = {},
  more: ReadonlyMap<number, PdfValue> = new Map(),
  structure: 'table' | 'stream' = 'table',
): Uint8Array {
  return makePdf({
    structure,
    catalog: more.has(105) ? { AcroForm: ref(105) } : {},
    extra: new Map<number, PdfValue>([
      [2, dict({ Type: name('Pages'), Kids: array(ref(10)), Count: 1, ...tree })],
      [10, dict({ Type: name('Page'), Parent: ref(2), Contents: ref(100), ...page })],
      [100, CONTENT],
      ...more,
    ]),
  });
}

const A4 = array(0, 0, 595, 842);
/** Width and height in points as shown, and the file. */
const SHAPES: Readonly<Record<string, readonly [number, number, () => Uint8Array]>> = {
  'a MediaBox that is inherited': [595, 842, () => shaped({}, { MediaBox: A4 })],
  'a MediaBox with its origin elsewhere': [595, 842, () => shaped({ MediaBox: array(-100, 200, 495, 1042) })],
  'a MediaBox written upside down': [595, 842, () => shaped({ MediaBox: array(595, 842, 0, 0) })],
  'a CropBox and a turn that are inherited': [
    700,
    500,
    () => shaped({ MediaBox: A4 }, { CropBox: array(50, 60, 550, 760), Rotate: 90 }),
  ],
  'a negative turn': [842, 595, () => shaped({ MediaBox: A4, Rotate: -90 })],
  'content in several streams': [
    595,
    842,
    () =>
      shaped(
        { MediaBox: A4, Contents: array(ref(101), ref(100)) },
        {},
        new Map([[101, stream({}, new Uint8Array(Buffer.from('q 1 0 0 1 0 0 cm Q')))]]),
      ),
  ],
  'no content at all': [595, 842, () => shaped({ MediaBox: A4, Contents: null })],
  'annotations in an array of its own': [
    595,
    842,
    () => shaped({ MediaBox: A4, Annots: ref(101) }, {}, new Map([[101, array()]])),
  ],
  'a form in an object stream': [
    595,
    842,
    () =>
      shaped(
        { MediaBox: A4 },
        {},
        new Map<number, PdfValue>([
          [105, dict({ Fields: ref(106), DA: text('/Helv 0 Tf 0 g') })],
          [106, array()],
        ]),
        'stream',
      ),
  ],
};

describe('pages of unusual shape', () => {
  const sign = async (pdf: Uint8Array, options: Omit<PdfSignOptions, 'signingTime'>, id = 'leader-ec') =>
    signPdf(pdf, await signerOf(id), { signingTime: TEST_NOW, ...options });

  /** Words with their boxes, from the upper left of the page as shown. */
  function wordsOf(path: string): { text: string; box: number[] }[] {
    const found = run('pdftotext', '-bbox', '-cropbox', path, '-').matchAll(
      /<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">([^<]*)</g,
    );
    return [...found].map(([, ...parts]) => ({ text: parts[4] ?? '', box: parts.slice(0, 4).map(Number) }));
  }

  for (const [what, [width, height, make]] of Object.entries(SHAPES))
    it(`are signed with ${what}`, async () => {
      const pdf = make();
      const placed = await sign(pdf, { box: [40, 50, 220, 40], signerName: 'Nguyễn Văn An' });

      const signed = await sign(placed, { profile: 'copy', agencyName: 'Sở Tư pháp' }, 'agency-ec');

      const path = scratch('shape.pdf', signed);
      expect(attempt('qpdf', '--check', path)).to.include({ status: 0 });
      expect(attempt('pdfsig', '-nocert', path).output.match(/Signature is Valid/g)).to.have.length(2);
      const facts = await inspectPdf(signed);
      expect(facts.map((item) => item.formatFaults.length)).to.deep.equal([0, 0]);
      const size = /Page size:\s+([\d.]+) x ([\d.]+)/.exec(run('pdfinfo', '-box', path));
      const turn = Number(/Page rot:\s+(\d+)/.exec(run('pdfinfo', path))?.[1] ?? 0);
      const shown = [Number(size?.[1]), Number(size?.[2])];
      expect(turn % 180 === 0 ? shown : shown.reverse()).to.deep.equal([width, height]);
      const words = wordsOf(path);
      const own = words.find((word) => word.text === 'Ký');
      const note = words.find((word) => word.text === 'SAO');
      // The box at 40, 50 from the lower left, the note in the corner above right.
      expect(own?.box[0]).to.be.within(38, 60);
      expect(own?.box[1]).to.be.within(height - 92, height - 50);
      expect(note?.box[0]).to.be.above(width * 0.6);
      expect(note?.box[1]).to.be.below(30);
      for (const { text: word, box } of words) expect(box[2], word).to.be.at.most(width);
    });
});
