/**
 * What each profile shows, against pages that were looked at, at 100 %. After a wanted change:
 * `LIENTHONG_WRITE_REFERENCES=1 npx mocha test/signing/appearance/references.test.ts`, and look at them again.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { decodePng, type RasterImage } from '../../../src/signing/appearance/image/png.ts';
import { drawSealPng, drawSignaturePng } from '../../../src/signing/appearance/index.ts';
import { makePdf, type PdfLine } from '../pdf/make-pdf.ts';
import { run, scratch, scratchPath } from '../test-pki/shared.ts';
import { sign } from './support.ts';

const FOLDER = fileURLToPath(new URL('./references/', import.meta.url));
const WRITES = process.env['LIENTHONG_WRITE_REFERENCES'] === '1';
const LEADER = 'Nguyễn Văn An';
const AGENCY = 'Ủy ban nhân dân tỉnh Thử Nghiệm';

const DECISION: readonly PdfLine[] = [
  { text: 'ỦY BAN NHÂN DÂN', x: 160, y: 770 },
  { text: 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', x: 410, y: 755 },
  { text: 'Số:       /QĐ-UBND', x: 160, y: 735 },
  { text: 'Mẫu, ngày      tháng      năm 2026', x: 410, y: 735 },
  { text: 'QUYẾT ĐỊNH', x: 298, y: 680, size: 14 },
  { text: 'TM. ỦY BAN NHÂN DÂN', x: 430, y: 400 },
  { text: 'CHỦ TỊCH', x: 430, y: 384 },
  { text: LEADER, x: 430, y: 300, size: 14 },
];

const leader = (): Promise<Uint8Array> =>
  sign(makePdf({ lines: DECISION }), 'leader', {
    profile: 'leader',
    anchorName: LEADER,
    imagePng: drawSignaturePng(LEADER),
  });

/** Each made from nothing, so that one can be looked at alone. */
const PAGES: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  leader,
  agency: async () =>
    sign(await leader(), 'agency', {
      profile: 'agency',
      imagePng: drawSealPng(AGENCY),
      issue: { number: '7', date: '2026-02-03' },
    }),
  appendix: () =>
    sign(makePdf({ lines: DECISION }), 'agency', { profile: 'appendix', documentCode: '07/QĐ-UBND' }),
  copy: () =>
    sign(makePdf({ lines: DECISION }), 'agency', { profile: 'copy', copyForm: 'SAO Y', agencyName: AGENCY }),
  incoming: () =>
    sign(makePdf({ lines: DECISION }), 'agency', {
      profile: 'incoming',
      agencyName: AGENCY,
      incoming: { number: '345', date: '21/11/2026' },
    }),
  plain: () => sign(makePdf({ lines: DECISION }), 'leader', { box: [60, 120, 220, 40], signerName: LEADER }),
};

/** The page at 72 dpi: one pixel is one point. */
function render(pdf: Uint8Array): Buffer {
  const out = scratchPath('reference');
  run('pdftoppm', '-r', '72', '-png', '-singlefile', scratch('reference.pdf', pdf), out);
  return readFileSync(`${out}.png`);
}

/** Grey levels, each the mean of a pixel and its neighbours: another version of the renderer draws edges a little otherwise. */
function softened({ width, height, pixels }: RasterImage): Float64Array {
  const grey = Float64Array.from({ length: width * height }, (_, at) => {
    const [red = 255, green = 255, blue = 255] = pixels.subarray(at * 4, at * 4 + 3);
    return (red * 2 + green * 5 + blue) / 8;
  });
  const out = new Float64Array(grey.length).fill(255);
  for (let y = 1; y < height - 1; y += 1)
    for (let x = 1; x < width - 1; x += 1) {
      let sum = 0;
      for (const row of [y - 1, y, y + 1])
        for (const column of [x - 1, x, x + 1]) sum += grey[row * width + column] ?? 255;
      out[y * width + x] = sum / 9;
    }
  return out;
}

/** Share of inked pixels of either that differ clearly. */
function difference(one: Buffer, other: Buffer): number {
  const [first, second] = [decodePng(one), decodePng(other)];
  if (first.width !== second.width || first.height !== second.height) return 1;
  const [a, b] = [softened(first), softened(second)];
  let [ink, wrong] = [0, 0];
  for (let at = 0; at < a.length; at += 1) {
    const [x = 255, y = 255] = [a[at], b[at]];
    if (Math.min(x, y) < 220) ink += 1;
    if (Math.abs(x - y) > 40) wrong += 1;
  }
  return wrong / Math.max(1, ink);
}

const TOLERATED = 0.05;

describe('rendered pages', () => {
  for (const [name, make] of Object.entries(PAGES)) {
    it(`look as they did when people last looked: ${name}`, async () => {
      const shown = render(await make());
      const file = `${FOLDER}${name}.png`;
      if (WRITES) {
        mkdirSync(FOLDER, { recursive: true });
        writeFileSync(file, shown);
      }

      expect(existsSync(file)).to.equal(true);
      expect(difference(shown, readFileSync(file))).to.be.below(TOLERATED);
    });
  }

  it('would be told apart from a page with the seal 3 mm off', async () => {
    const moved = await sign(await leader(), 'agency', {
      profile: 'agency',
      imagePng: drawSealPng(AGENCY),
      issue: { number: '7', date: '2026-02-03' },
      box: [319, 302, 102, 102],
    });

    expect(difference(render(moved), readFileSync(`${FOLDER}agency.png`))).to.be.above(TOLERATED);
  });
});
