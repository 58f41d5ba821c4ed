import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { loadFont, textWidth } from '../../../src/signing/appearance/glyphs/font.ts';
import { decodePng, encodePng, type RasterImage } from '../../../src/signing/appearance/image/png.ts';
import { drawSealPng, drawSignaturePng } from '../../../src/signing/appearance/index.ts';
import { inspectPdf } from '../../../src/signing/pdf/index.ts';
import { LETTER, makePdf } from '../pdf/make-pdf.ts';
import { errorCode, run, scratch, scratchPath } from '../test-pki/shared.ts';
import { sign } from './support.ts';

const AGENCY = 'Ủy ban nhân dân tỉnh Thử Nghiệm';
const LEADER = 'Nguyễn Văn An';
const VOWELS = 'aăâeêioôơuưyAĂÂEÊIOÔƠUƯY';

interface Extent {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The page at 72 dpi: one pixel is one point, origin top left. */
function render(pdf: Uint8Array): RasterImage {
  run(
    'pdftoppm',
    '-r',
    '72',
    '-cropbox',
    '-png',
    '-singlefile',
    scratch('shown.pdf', pdf),
    scratchPath('shown'),
  );
  return decodePng(readFileSync(scratchPath('shown.png')));
}

/** Where pixels of a colour stand. */
function extent(image: RasterImage, matches: (red: number, green: number, blue: number) => boolean): Extent {
  const found: Extent = { left: image.width, right: -1, top: image.height, bottom: -1 };
  let { left, right, top, bottom } = found;
  for (let at = 0; at < image.width * image.height; at += 1) {
    const [red = 255, green = 255, blue = 255] = image.pixels.subarray(at * 4, at * 4 + 3);
    if (!matches(red, green, blue)) continue;
    const [x, y] = [at % image.width, Math.floor(at / image.width)];
    [left, right, top, bottom] = [
      Math.min(left, x),
      Math.max(right, x),
      Math.min(top, y),
      Math.max(bottom, y),
    ];
  }
  return { left, right, top, bottom };
}

const isRed = (red: number, green: number, blue: number): boolean => red > 150 && green < 110 && blue < 110;
const isBlue = (red: number, green: number, blue: number): boolean => blue > 120 && red < 110 && green < 130;
const isDark = (red: number, green: number, blue: number): boolean => red < 130 && green < 130 && blue < 130;

function textOf(pdf: Uint8Array): string {
  return run('pdftotext', '-layout', scratch('text.pdf', pdf), '-');
}

describe('the leader’s signature', () => {
  it('is a blue image centred between title and name, found by the name on the page', async () => {
    const signed = await sign(makePdf({ lines: LETTER }), 'leader', {
      profile: 'leader',
      anchorName: LEADER,
      imagePng: drawSignaturePng(LEADER),
    });

    const shown = render(signed);
    const blue = extent(shown, isBlue);
    expect((blue.left + blue.right) / 2).to.be.closeTo(430, 3);
    expect(shown.height - blue.bottom).to.be.above(300 + 14 * 0.7);
    expect(shown.height - blue.top).to.be.below(384);
    expect((await inspectPdf(signed)).map((facts) => facts.formatFaults)).to.deep.equal([[]]);
  });

  it('is the name in blue script where no image is given', async () => {
    const signed = await sign(makePdf({ lines: LETTER }), 'leader', {
      profile: 'leader',
      anchorName: LEADER,
    });

    expect(extent(render(signed), isBlue).right).to.be.above(400);
  });

  it('stands in the given box, upright and whole, on turned and cropped pages', async () => {
    for (const rotate of [0, 90, 180, 270] as const) {
      const signed = await sign(makePdf({ rotate, cropBox: [50, 60, 550, 800] }), 'leader', {
        profile: 'leader',
        box: [100, 120, 140, 60],
        imagePng: drawSignaturePng(LEADER),
      });

      const shown = render(signed);
      const blue = extent(shown, isBlue);
      expect(blue.left, `turned by ${rotate}`).to.be.within(99, 150);
      expect(blue.right, `turned by ${rotate}`).to.be.within(200, 241);
      expect(shown.height - blue.bottom, `turned by ${rotate}`).to.be.within(119, 150);
      expect(blue.right - blue.left, `turned by ${rotate}`).to.be.above(blue.bottom - blue.top);
    }
  });

  it('is refused where the name is not on the page', async () => {
    expect(
      await errorCode(() =>
        sign(makePdf({ lines: LETTER }), 'leader', { profile: 'leader', anchorName: 'Người Khác' }),
      ),
    ).to.equal('SIGNING_ANCHOR_NOT_FOUND');
  });

  it('finds names on compressed and turned pages as well', async () => {
    const signed = await sign(makePdf({ lines: LETTER, structure: 'stream', pages: 2 }), 'leader', {
      profile: 'leader',
      anchorName: LEADER,
    });

    expect(run('pdfsig', '-nocert', scratch('named.pdf', signed))).to.contain('Signature is Valid.');
  });
});

describe('the agency’s seal', () => {
  const imagePng = drawSealPng(AGENCY);

  it('is red, of its real size, over the left third of the leader’s image, and both signatures stay intact', async () => {
    const leader = await sign(makePdf({ lines: LETTER }), 'leader', {
      profile: 'leader',
      box: [360, 320, 120, 48],
      imagePng: drawSignaturePng(LEADER),
    });

    const sealed = await sign(leader, 'agency', { profile: 'agency', imagePng });

    const red = extent(render(sealed), isRed);
    expect(red.right - red.left + 1).to.be.closeTo((36 / 25.4) * 72, 2);
    expect(red.right).to.be.closeTo(360 + 40, 2);
    const facts = await inspectPdf(sealed);
    expect(
      facts.map((item) => [item.formatFaults.length, item.digestsMatch, item.signatureValid]),
    ).to.deep.equal([
      [0, true, true],
      [0, true, true],
    ]);
  });

  it('is refused before the leader has signed, and over another agency’s signature alone', async () => {
    const agencyOnly = await sign(makePdf(), 'agency-ec', { box: [10, 10, 100, 30] });

    for (const pdf of [makePdf(), agencyOnly]) {
      expect(await errorCode(() => sign(pdf, 'agency', { profile: 'agency', imagePng }))).to.equal(
        'SIGNING_NO_LEADER_SIGNATURE',
      );
    }
  });

  it('is refused over a leader’s signature that was tampered with', async () => {
    const leader = await sign(makePdf({ lines: LETTER }), 'leader', {
      profile: 'leader',
      anchorName: LEADER,
    });
    const tampered = Uint8Array.from(leader);
    tampered[20] = 0x41;

    expect(await errorCode(() => sign(tampered, 'agency', { profile: 'agency', imagePng }))).to.equal(
      'SIGNING_NO_LEADER_SIGNATURE',
    );
  });

  it('needs its image', async () => {
    const leader = await sign(makePdf({ lines: LETTER }), 'leader', {
      profile: 'leader',
      anchorName: LEADER,
    });

    expect(await errorCode(() => sign(leader, 'agency', { profile: 'agency' }))).to.equal(
      'SIGNING_OPTION_INVALID',
    );
  });
});

describe('copies, appendices and incoming documents', () => {
  it('show form, agency and time with its zone in the top right corner of page 1, without image', async () => {
    const signed = await sign(makePdf({ pages: 2 }), 'agency', {
      profile: 'copy',
      copyForm: 'TRÍCH SAO',
      agencyName: AGENCY,
    });

    expect(textOf(signed))
      .to.contain('TRÍCH SAO')
      .and.to.contain(AGENCY)
      .and.to.contain('2026-11-21T10:04:05+07:00');
    const shown = render(signed);
    const dark = extent({ ...shown, height: 60 }, isDark);
    expect(dark.left).to.be.above(shown.width / 2);
    expect(dark.top).to.be.below(30);
  });

  it('use a font of 10 points with the glyphs it needs embedded', async () => {
    const signed = await sign(makePdf(), 'agency', { profile: 'copy', agencyName: AGENCY });

    const fonts = run('pdffonts', scratch('fonts.pdf', signed));
    expect(fonts).to.match(/[A-Z]{6}\+TeXGyreTermes-Regular\s+CID Type 0C\s+Identity-H\s+yes yes yes/);
  });

  it('show the number of the main document on an appendix, and the arrival on an incoming document', async () => {
    const appendix = await sign(makePdf(), 'agency', { profile: 'appendix', documentCode: '12/QĐ-UBND' });
    const incoming = await sign(makePdf(), 'agency', {
      profile: 'incoming',
      agencyName: AGENCY,
      incoming: { number: '345', date: '21/11/2026' },
    });

    expect(textOf(appendix)).to.contain('12/QĐ-UBND');
    expect(textOf(incoming)).to.contain('Số đến: 345').and.to.contain('Ngày đến: 21/11/2026');
  });

  it('are refused without what they must show', async () => {
    expect(await errorCode(() => sign(makePdf(), 'agency', { profile: 'appendix' }))).to.equal(
      'SIGNING_OPTION_INVALID',
    );
    expect(await errorCode(() => sign(makePdf(), 'agency', { profile: 'incoming' }))).to.equal(
      'SIGNING_OPTION_INVALID',
    );
    expect(await errorCode(() => sign(makePdf(), 'agency', { profile: 'copy', page: 9 }))).to.equal(
      'PDF_PAGE_NOT_FOUND',
    );
  });
});

describe('a plain signature', () => {
  it('shows nothing without a box, and name and time in one', async () => {
    const blank = makePdf({ lines: [] });
    const invisible = await sign(blank, 'leader', {});
    const visible = await sign(blank, 'leader', { box: [100, 100, 200, 40] });

    expect(extent(render(invisible), isDark).right).to.equal(-1);
    expect(textOf(visible)).to.contain('Ký bởi: Nguyễn Văn An');
  });

  it('refuses a box that is none', async () => {
    expect(await errorCode(() => sign(makePdf(), 'leader', { box: [0, 0, Number.NaN, 10] }))).to.equal(
      'SIGNING_OPTION_INVALID',
    );
  });
});

describe('the bundled fonts', () => {
  for (const font of ['termes', 'chorus'] as const) {
    it(`${font} has every Vietnamese letter`, () => {
      const tones = ['', '\u0300', '\u0301', '\u0303', '\u0309', '\u0323'];
      const letters = [...VOWELS].flatMap((vowel) => tones.map((tone) => (vowel + tone).normalize('NFC')));

      const missing = [...letters, 'đ', 'Đ', '₫', '–'].filter(
        (letter) => loadFont(font).glyphOf(letter.codePointAt(0) ?? 0) === 0,
      );

      expect(missing).to.deep.equal([]);
    });
  }

  it('termes measures text as Times New Roman does', () => {
    expect(textWidth(loadFont('termes'), 'Hamburgefonts', 1000)).to.equal(
      722 + 444 + 778 + 500 + 500 + 333 + 500 + 444 + 333 + 500 + 500 + 278 + 389,
    );
  });
});

describe('PNG', () => {
  it('comes back from encoding as it was, with its size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
        (width, height, source) => {
          const pixels = Uint8Array.from({ length: width * height * 4 }, () => source.next().value ?? 0);

          const image = decodePng(encodePng(width, height, pixels, 10));

          expect(image.pixels).to.deep.equal(pixels);
          expect(image.sizeMm?.width).to.be.closeTo(10, 0.1);
        },
      ),
    );
  });

  it('is refused when it is something else, cut, damaged or too large', async () => {
    const seal = drawSealPng('X', 5);
    const damaged = Uint8Array.from(seal);
    damaged[60] = (damaged[60] ?? 0) ^ 1;
    const huge = Buffer.from(encodePng(1, 1, new Uint8Array(4), 1));
    const codes = await Promise.all(
      [
        Buffer.from('<svg/>'),
        seal.slice(0, 100),
        damaged,
        new Uint8Array(6_000_000),
        huge.fill(0x7f, 16, 20),
      ].map((bytes) => errorCode(() => decodePng(bytes))),
    );

    expect(codes).to.deep.equal([
      'IMAGE_INVALID',
      'IMAGE_INVALID',
      'IMAGE_INVALID',
      'IMAGE_TOO_LARGE',
      'IMAGE_INVALID',
    ]);
  });

  it('is transparent around the generated seal and signature', () => {
    for (const image of [decodePng(drawSealPng(AGENCY)), decodePng(drawSignaturePng(LEADER))]) {
      expect(image.pixels[3]).to.equal(0);
      expect(image.pixels.some((value, index) => index % 4 === 3 && value === 255)).to.equal(true);
    }
  });
});
