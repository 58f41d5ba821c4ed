import { expect } from 'chai';
import { describe, it } from 'mocha';
import sharp from 'sharp';
import { qpdfCheck } from '../support.ts';
import { image, meanDifference, shown, soft, toPdf } from './pictures.ts';

/** Bytes of a PDF beside its picture: the text layer and its font. */
const FRAME = 8192;

describe('ocr: pictures in the searchable PDF', function () {
  this.timeout(60_000);

  it('show JPEGs of every EXIF orientation upright, as they came', async () => {
    const orientations = [1, 2, 3, 4, 5, 6, 7, 8];
    const jpegs = await Promise.all(
      orientations.map((orientation) =>
        image().jpeg({ quality: 80 }).withMetadata({ orientation }).toBuffer(),
      ),
    );

    const pdf = await toPdf(jpegs);

    const size = jpegs.reduce((sum, jpeg) => sum + jpeg.length, 0);
    expect(pdf.length).to.be.lessThan(1.2 * size + FRAME);
    for (const [i, jpeg] of jpegs.entries()) {
      const upright = await soft(sharp(await sharp(jpeg).autoOrient().png().toBuffer()));
      const off = meanDifference(await shown(pdf, i + 1), upright);
      expect(off, `orientation ${orientations[i]}`).to.be.lessThan(6);
    }
  });

  it('keep an interlaced grey PNG grey, and its size', async () => {
    const grey = image().greyscale().toColourspace('b-w');
    const png = await grey.png({ progressive: true, compressionLevel: 9 }).toBuffer();

    const pdf = await toPdf(png);

    expect(pdf.length).to.be.lessThan(1.2 * png.length + FRAME);
    const bytes = Buffer.from(pdf).toString('latin1');
    expect(bytes).to.include('/DeviceGray');
    expect(bytes).not.to.include('/DeviceRGB');
  });

  it('turn a CMYK JPEG to RGB for PDF/A alone', async () => {
    const cmyk = await image().toColourspace('cmyk').jpeg({ quality: 90 }).toBuffer();
    const asSeen = await soft(sharp(await sharp(cmyk).toColourspace('srgb').png().toBuffer()));

    const plain = await toPdf(cmyk);
    const archive = await toPdf(cmyk, { pdfa: true });

    expect(Buffer.from(plain).toString('latin1'), 'the original').to.include('/DeviceCMYK');
    const bytes = Buffer.from(archive).toString('latin1');
    expect(bytes).to.include('/DeviceRGB');
    expect(bytes).not.to.include('/DeviceCMYK');
    expect(bytes).not.to.include('/Decode ');
    expect(qpdfCheck(archive)).to.include('No syntax or stream encoding errors');
    expect(meanDifference(await shown(archive), asSeen)).to.be.lessThan(6);
    expect(archive.length).to.be.lessThan(1.2 * cmyk.length + FRAME + 8192);
  });
});
