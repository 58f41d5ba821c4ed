/** What is added to PDF/A keeps to it: every profile, level and kind of output intent, judged clause by clause. */
import { expect } from 'chai';
import { drawSealPng, drawSignaturePng } from '../../../../src/signing/appearance/index.ts';
import type { ExtendOptions } from '../../../../src/signing/levels.ts';
import { extendPdf, inspectPdf, type PdfSignOptions, signPdf } from '../../../../src/signing/pdf/index.ts';
import {
  array,
  dict,
  name,
  type PdfValue,
  ref,
  stream,
  text,
} from '../../../../src/signing/pdf/syntax/values.ts';
import { type LongTerm, longTerm } from '../../local-authorities.ts';
import { attempt, scratch } from '../../test-pki/shared.ts';
import { LETTER, makePdf } from '../make-pdf.ts';
import { pdfAFaults } from './pdf-a-clauses.ts';

const HAND = drawSignaturePng('Nguyễn Văn An');
const SEAL = drawSealPng('Ủy ban');

type Part = 1 | 2 | 3 | 4;
type Intent = 'RGB ' | 'CMYK' | 'none';

/** The head of a colour profile: all that a reader of PDF/A asks it for is the space (ICC.1 §7.2.6). */
function profile(space: string): PdfValue {
  const head = Buffer.alloc(132);
  head.writeUInt32BE(head.length, 0);
  head.write('mntr', 12, 'latin1');
  head.write(space, 16, 'latin1');
  head.write('XYZ ', 20, 'latin1');
  head.write('acsp', 36, 'latin1');
  return stream({ N: space === 'CMYK' ? 4 : 3 }, new Uint8Array(head));
}

/** A file that says it is PDF/A, with what that asks of it, and an empty signature field without a look. */
function pdfA(part: Part, intent: Intent): Uint8Array {
  const level = part === 4 ? '<pdfaid:rev>2020</pdfaid:rev>' : '<pdfaid:conformance>B</pdfaid:conformance>';
  const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>${part}</pdfaid:part>${level}</rdf:Description></rdf:RDF></x:xmpmeta>`;
  const metadata = stream(
    { Type: name('Metadata'), Subtype: name('XML') },
    new Uint8Array(Buffer.from(xmp, 'utf8')),
  );
  const output = dict({
    Type: name('OutputIntent'),
    S: name('GTS_PDFA1'),
    OutputConditionIdentifier: text('x'),
    DestOutputProfile: ref(101),
  });
  return makePdf({
    structure: part === 1 ? 'table' : 'stream',
    lines: LETTER,
    catalog: { Metadata: ref(100), ...(intent === 'none' ? {} : { OutputIntents: array(output) }) },
    extra: new Map<number, PdfValue>([
      [100, metadata],
      ...(intent === 'none' ? [] : [[101, profile(intent)] as const]),
    ]),
  });
}

describe('PDF/A under signatures', () => {
  let world: LongTerm;

  before(() => {
    world = longTerm();
  });

  after(() => world.close());

  const sign = (pdf: Uint8Array, options: Omit<PdfSignOptions, 'signingTime'>, by = 'An') =>
    signPdf(pdf, world.signer(by), { signingTime: new Date(), ...options });
  const raise = (pdf: Uint8Array, more: Partial<ExtendOptions> = {}) =>
    extendPdf(pdf, {
      level: 'LTA',
      timestampAuthority: world.authority.client(),
      evidence: { trust: [world.anchor.der], revocation: world.revocation, now: new Date() },
      ...more,
    });
  function judged(pdf: Uint8Array, part: Part, from: number): string[] {
    const path = scratch('clauses.pdf', pdf);
    expect(attempt('qpdf', '--check', path).status).to.equal(0);
    return pdfAFaults(path, part, from);
  }
  /** Number, leader, seal, a copy's note, archived and renewed: all that we can add. */
  async function everything(pdf: Uint8Array): Promise<Uint8Array> {
    const leader = await sign(pdf, {
      profile: 'leader',
      anchorName: 'Nguyễn Văn An',
      imagePng: HAND,
    });
    const sealed = await sign(leader, { profile: 'agency', imagePng: SEAL }, 'Ủy ban');
    const noted = await sign(sealed, { profile: 'copy', agencyName: 'Ủy ban nhân dân' }, 'Văn thư');
    const plain = await sign(noted, {}, 'Bình');
    return raise(await raise(plain), { renew: true });
  }

  for (const [part, intent] of [
    [1, 'RGB '],
    [1, 'CMYK'],
    [1, 'none'],
    [2, 'RGB '],
    [2, 'none'],
    [3, 'CMYK'],
    [4, 'RGB '],
  ] as const) {
    it(`part ${part}, output intent ${intent.trim()}: nothing of it is lost`, async () => {
      const pdf = pdfA(part, intent);
      const { length } = pdf;

      const all = await everything(pdf);

      expect(judged(all, part, length)).to.deep.equal([]);
      expect((await inspectPdf(all)).map(({ format }) => format)).to.deep.equal(Array(4).fill('PAdES-B-LTA'));
      const { output } = attempt('pdfsig', '-nocert', scratch('clauses.pdf', all));
      expect(output.match(/Signature is Valid/g)).to.have.length(4);
    });
  }

  it('gives an empty field of the file a look when it is signed invisibly', async () => {
    for (const part of [1, 2] as const) {
      const widget = dict({
        Type: name('Annot'),
        Subtype: name('Widget'),
        FT: name('Sig'),
        T: text('KyDuyet'),
        Rect: array(50, 50, 150, 90),
        P: ref(10),
        F: 4,
      });
      const withField = makePdf({
        structure: part === 1 ? 'table' : 'stream',
        catalog: {
          AcroForm: dict({ Fields: array(ref(102)) }),
          Metadata: ref(100),
        },
        extra: new Map<number, PdfValue>([
          [100, stream({}, new Uint8Array(Buffer.from(`<pdfaid:part>${part}</pdfaid:part>`)))],
          [102, widget],
        ]),
      });

      const signed = await sign(withField, { field: 'KyDuyet' });

      const faults = judged(signed, part, withField.length);
      expect(faults.filter((fault) => /appearance|AP|Print/.test(fault))).to.deep.equal([]);
    }
  });

  it('is judged by clauses that see what an ordinary file does', async () => {
    const ordinary = makePdf({ lines: LETTER });
    const all = await everything(ordinary);

    const clauses = (part: Part) =>
      new Set(judged(all, part, ordinary.length).map((fault) => fault.replace(/ \d+ \d+ R$/, '')));

    expect([...clauses(1)]).to.have.members([
      '6.9, 6.3.3 appearance',
      '6.2.3.3 DeviceRGB',
      '6.4 transparency',
    ]);
    expect([...clauses(2)]).to.have.members([
      '6.2.3.3 DeviceRGB',
      '6.2.10 transparency without output intent',
    ]);
  });
});
