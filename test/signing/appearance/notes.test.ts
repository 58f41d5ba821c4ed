/** Blocks of text in the corner of page 1 lie on nothing: read off the pages by pdftotext. */
import { expect } from 'chai';
import { makePdf, type PdfLine } from '../pdf/make-pdf.ts';
import { run, scratch } from '../test-pki/shared.ts';
import { sign } from './support.ts';

const LONG =
  'TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG VÀ KIỂM SOÁT THỦ TỤC HÀNH CHÍNH, ỦY BAN NHÂN DÂN THÀNH PHỐ HỒ CHÍ MINH';
const INCOMING = { incoming: { number: '12345', date: '28/11/2026' } };

interface Word {
  readonly text: string;
  readonly box: readonly [x0: number, y0: number, x1: number, y1: number];
}

/** Words with their boxes, points from the upper left of the page as shown. */
function words(pdf: Uint8Array): Word[] {
  const html = run('pdftotext', '-bbox', scratch('notes.pdf', pdf), '-');
  const found = html.matchAll(
    /<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">([^<]*)</g,
  );
  return [...found].map(([, x0, y0, x1, y1, text = '']) => ({
    text,
    box: [Number(x0), Number(y0), Number(x1), Number(y1)],
  }));
}

/** Pairs of words that lie on one another by more than the gaps that fonts leave above and below. */
function collisions(pdf: Uint8Array): string[] {
  const all = words(pdf);
  const found: string[] = [];
  for (const [at, one] of all.entries())
    for (const other of all.slice(at + 1)) {
      const width = Math.min(one.box[2], other.box[2]) - Math.max(one.box[0], other.box[0]);
      const height = Math.min(one.box[3], other.box[3]) - Math.max(one.box[1], other.box[1]);
      const least = Math.min(one.box[3] - one.box[1], other.box[3] - other.box[1]);
      if (width > 1 && height > least * 0.4) found.push(`${one.text} / ${other.text}`);
    }
  return found;
}

/** A page of this size as agencies lay it out: 20 mm above the first line. */
function page(width: number, height: number): PdfLine[] {
  return [
    { text: 'ỦY BAN NHÂN DÂN', x: 140, y: height - 70 },
    { text: 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', x: width - 170, y: height - 70 },
    { text: 'Độc lập - Tự do - Hạnh phúc', x: width - 170, y: height - 86 },
    { text: 'QUYẾT ĐỊNH', x: width / 2, y: height - 200 },
  ];
}

const PAGES: Readonly<Record<string, () => Uint8Array>> = {
  upright: () => makePdf({ lines: page(595, 842) }),
  turned: () => makePdf({ lines: page(842, 595), rotate: 90, matrix: [0, 1, -1, 0, 595, 0] }),
  cropped: () =>
    makePdf({
      lines: page(560, 800).map((line) => ({ ...line, x: line.x + 20, y: line.y + 30 })),
      cropBox: [20, 30, 580, 830],
    }),
};

describe('notes in the corner of page 1', () => {
  for (const [name, make] of Object.entries(PAGES))
    it(`lie on nothing of a page that is ${name}, however long the agency’s name`, async () => {
      for (const more of [
        { profile: 'copy', copyForm: 'TRÍCH SAO', agencyName: LONG },
        { profile: 'incoming', agencyName: LONG, ...INCOMING },
        { profile: 'appendix', documentCode: '07/QĐ-UBND' },
      ] as const) {
        const signed = await sign(make(), 'agency', more);

        expect(collisions(signed), more.profile).to.deep.equal([]);
        const text = words(signed)
          .map((word) => word.text)
          .join(' ');
        expect(text).to.contain('Thời gian ký:');
        if (more.profile === 'incoming') expect(text).to.match(/Số đến: 12345.*ngày đến: 28\/11\/2026/i);
      }
    });

  it('stand beside the note of an earlier signature', async () => {
    const copied = await sign(makePdf({ lines: page(595, 842) }), 'agency', {
      profile: 'copy',
      agencyName: 'Ủy ban nhân dân huyện Mẫu',
    });

    const both = await sign(copied, 'agency-ec', {
      profile: 'incoming',
      agencyName: 'Sở Tư pháp',
      ...INCOMING,
    });

    expect(collisions(both)).to.deep.equal([]);
    for (const { text, box } of words(both)) {
      expect(box[0], text).to.be.at.least(0);
      expect(box[2], text).to.be.at.most(595);
    }
  });

  it('are told apart from words over words', async () => {
    const line = { text: 'Thời gian ký', x: 300, y: 700 };
    expect(collisions(makePdf({ lines: [line, { ...line, y: 703 }] }))).to.not.deep.equal([]);
  });
});
