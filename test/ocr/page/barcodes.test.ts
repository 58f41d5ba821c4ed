import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import sharp from 'sharp';
import { prepareZXingModule, type WriteInputBarcodeFormat, writeBarcode } from 'zxing-wasm/writer';
import { findCodePlaces } from '../../../src/ocr/image/code-places.ts';
import type { Gray } from '../../../src/ocr/image/gray.ts';
import { paperTiles } from '../../../src/ocr/image/quality.ts';
import { blur, resize, rotate } from '../../../src/ocr/image/sharp.ts';
import { findBarcodes } from '../../../src/ocr/page/barcodes.ts';

/** An A4 page at 200 dpi with lines of bold, dense "text" all over. */
function textPage(level = 250): Gray {
  const [width, height] = [1654, 2339];
  const image = { width, height, data: new Uint8Array(width * height).fill(level) };
  for (let y = 160; y < 2200; y += 46)
    for (let x = 170; x < 1500; x += 15)
      for (let dy = 0; dy < 24; dy++) image.data.fill(30, (y + dy) * width + x, (y + dy) * width + x + 5);
  return image;
}

/** A code as grey pixels, `scale` pixels to a module. */
async function draw(format: WriteInputBarcodeFormat, text: string, scale: number): Promise<Gray> {
  const { image } = await writeBarcode(text, { format, scale });
  if (image === null) throw new Error('no code was made');
  const bytes = Buffer.from(await image.arrayBuffer());
  const { data, info } = await sharp(bytes)
    .flatten({ background: '#ffffff' })
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const step = info.channels;
  return {
    width: info.width,
    height: info.height,
    data: Uint8Array.from({ length: info.width * info.height }, (_, i) => data[i * step] as number),
  };
}

/** Puts a picture on a page, with white around it as its quiet zone. */
function place(page: Gray, picture: Gray, left: number, top: number): void {
  const quiet = 24;
  for (let y = -quiet; y < picture.height + quiet; y++)
    page.data.fill(
      255,
      (top + y) * page.width + left - quiet,
      (top + y) * page.width + left + picture.width + quiet,
    );
  for (let y = 0; y < picture.height; y++)
    page.data.set(
      picture.data.subarray(y * picture.width, (y + 1) * picture.width),
      (top + y) * page.width + left,
    );
}

describe('ocr: bar codes on a page', () => {
  before(async () => {
    const path = createRequire(import.meta.url).resolve('zxing-wasm/writer/zxing_writer.wasm');
    const bytes = readFileSync(path);
    const wasmBinary = bytes.buffer.slice(
      bytes.byteOffset,
      bytes.byteOffset + bytes.byteLength,
    ) as ArrayBuffer;
    await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  });

  const CODES: readonly [WriteInputBarcodeFormat, string, number][] = [
    ['QRCode', 'H17.28-261104-0152', 2],
    ['QRCode', '048194003271||NGUYỄN THỊ A|01011990|Nữ|Thôn 1, xã A|01012022', 3],
    ['QRCode', 'A', 9],
    ['DataMatrix', 'HS-2611-000152', 5],
    ['DataMatrix', 'https://dichvucong.gov.vn/H17.28-261104-0152', 3],
    ['Code128', 'H17.28-261104-0152', 2],
    ['Code39', 'HS2611000152', 2],
    ['PDF417', 'H17.28-261104-0152', 2],
  ];
  for (const [format, text, scale] of CODES) {
    it(`finds a ${format} of ${scale} pixels a module anywhere, at any angle, sharp or not`, async () => {
      const picture = await draw(format, text, scale);
      for (const [degrees, sigma, left, top] of [
        [0, 0, 211, 97],
        [0, 0.8, 900, 1931],
        [90, 0, 300, 700],
        [17, 0, 700, 1203],
      ] as const) {
        const page = textPage();
        const turned = degrees === 0 ? picture : await rotate(picture, degrees);
        place(page, sigma === 0 ? turned : await blur(turned, sigma), left, top);

        const found = await findBarcodes(page);

        expect(
          found.map((code) => code.text),
          `${degrees}° at ${left}, ${top}`,
        ).to.deep.equal([text]);
        const [code] = found;
        expect(code?.x0).to.be.within(left - 90, left + turned.width);
        expect(code?.y1).to.be.within(top, top + turned.height + 90);
      }
    });
  }

  it('finds a linear code put on upside down, but not one that shows through from the other side', async () => {
    const picture = await draw('Code128', 'H17.28-261104-0152', 2);
    // Bars have no upper end: turned by half, a linear code is as good as mirrored.
    const turned = { ...picture, data: picture.data.slice().reverse() };
    const pale = { ...turned, data: turned.data.map((v) => 255 - Math.round((255 - v) * 0.3)) };
    const read = async (code: Gray) => {
      const page = textPage();
      place(page, code, 600, 700);
      return (await findBarcodes(page)).map(({ text }) => text);
    };

    expect(await read(turned)).to.deep.equal(['H17.28-261104-0152']);
    expect(await read(pale)).to.deep.equal([]);
  });

  it('finds a faded code in the shadow of a page', async () => {
    const page = textPage(170);
    const picture = await draw('QRCode', 'H17.28-261104-0152', 4);
    const faded = picture.data.map((v) => (v < 128 ? 100 : 170));
    for (let y = 0; y < picture.height; y++)
      page.data.set(
        faded.subarray(y * picture.width, (y + 1) * picture.width),
        (900 + y) * page.width + 1200,
      );
    for (let y = 880; y < 900; y++) page.data.fill(170, y * page.width + 1180, y * page.width + 1400);

    expect((await findBarcodes(page)).map((code) => code.text)).to.deep.equal(['H17.28-261104-0152']);
  });

  it('does not search pages of text, however bold, nor the black edge of a copy', async () => {
    const page = textPage();
    for (let y = 0; y < page.height; y++) page.data.fill(10, y * page.width, y * page.width + 120);

    expect(findCodePlaces(textPage(), paperTiles(textPage()))).to.deep.equal([]);
    const searched = findCodePlaces(page, paperTiles(page));
    const share = searched.reduce((sum, p) => sum + (p.x1 - p.x0) * (p.y1 - p.y0), 0);
    expect(share / (page.width * page.height)).to.be.below(0.25);
    expect(await findBarcodes(await resize(page, 1240, 1754))).to.deep.equal([]);
  });
});
