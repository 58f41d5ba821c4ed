/** JPEGs that libjpeg reads and programs that show PDFs do not: their pixels go into the PDF, coded anew. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import sharp from 'sharp';
import { readImageFacts } from '../../../src/ocr/image/sharp.ts';
import { writePdf } from '../../../src/ocr/pdf/writer.ts';
import { meanDifference } from '../image/pictures.ts';

/** 48 × 32 pixels of grey with a dark corner, arithmetic-coded by `jpegtran -arithmetic` of libjpeg-turbo. */
const ARITHMETIC =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/yQARCAAgADADASIAAhEBAxEB/8wACgAQEAUBEBEF/9oADAMBAAIRAxEAPwD/AOzAA5TfqXwPMBwCvm5ax33rTmNH7GHUM9PbKYzWxgYKQxQTSzU7nAlruOiSmUW0Qw4AIILuREBr3k+2A8EnpCihKoieCwv9I+JbQP/Z';

describe('ocr: JPEGs that a PDF can not carry', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ocr-odd-jpeg-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** The filter of the picture in the PDF of a JPEG, and how far poppler's drawing of it is from the JPEG. */
  async function put(jpeg: Buffer): Promise<{ encoding: string | undefined; difference: number }> {
    const [path, target] = [join(folder, 'scan.jpg'), join(folder, 'scan.pdf')];
    writeFileSync(path, jpeg);
    const image = await readImageFacts(path, 1_000_000);
    const size = { width: image.width, height: image.height, dpi: 72, rotation: 0, skewDegrees: 0 };
    const output = { path, index: 0, image, ...size, lines: [], keepLayer: false, dropOldLayer: false };
    await writePdf([output], { maxPixels: 1_000_000, pdfa: false }, target);
    execFileSync('pdftocairo', ['-r', '72', '-png', '-singlefile', target, join(folder, 'shown')]);
    const pixels = (picture: string | Buffer) =>
      sharp(picture).flatten().toColourspace('srgb').raw().toBuffer();
    const [row] = execFileSync('pdfimages', ['-list', target], { encoding: 'utf8' }).split('\n').slice(2);
    return {
      encoding: row?.trim().split(/\s+/)[8],
      difference: meanDifference(await pixels(join(folder, 'shown.png')), await pixels(jpeg)),
    };
  }

  it('codes an arithmetic-coded one anew, without loss', async () => {
    const { encoding, difference } = await put(Buffer.from(ARITHMETIC, 'base64'));

    expect(encoding).to.equal('image');
    expect(difference).to.equal(0);
  });

  for (const progressive of [false, true])
    it(`takes over a ${progressive ? 'progressive' : 'baseline'} one as it is`, async () => {
      const jpeg = await sharp(Buffer.from(ARITHMETIC, 'base64')).jpeg({ progressive }).toBuffer();

      expect((await put(jpeg)).encoding).to.equal('jpeg');
    });
});
