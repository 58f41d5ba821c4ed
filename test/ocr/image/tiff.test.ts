import { expect } from 'chai';
import { describe, it } from 'mocha';
import sharp from 'sharp';
import { readDirectory } from '../../../src/ocr/image/tiff/directory.ts';
import { jpegParts } from '../../../src/ocr/image/tiff/jpeg-parts.ts';
import { createOcrService } from '../../../src/ocr/index.ts';
import { fixedEngine, line, pageOf } from '../support.ts';
import { HEIGHT, image, meanDifference, shown, soft, toPdf, WIDTH } from './pictures.ts';

/** A TIFF in memory. */
const octets = (tiff: Uint8Array) => ({
  size: tiff.length,
  peekAt: (offset: number) => tiff[offset],
  slice: (start: number, end: number) => tiff.subarray(start, end),
});

describe('ocr: TIFF', () => {
  it('carries JPEG strips over as they are: same look, no larger file', async () => {
    const tiff = await image().tiff({ compression: 'jpeg', quality: 75 }).toBuffer();

    const strips = jpegParts(octets(tiff), readDirectory(octets(tiff), 0));
    const pdf = await toPdf(tiff);

    expect(strips?.parts.reduce((sum, s) => sum + s.height, 0)).to.equal(HEIGHT);
    expect(pdf.length).to.be.lessThan(1.2 * tiff.length + 8192);
    expect(meanDifference(await shown(pdf), await soft(sharp(tiff)))).to.be.lessThan(6);
  });

  it('carries LZW pages over without loss, and black and white ones as Group 4', async () => {
    const lzw = await image().tiff({ compression: 'lzw' }).toBuffer();
    const fax = await image()
      .greyscale()
      .threshold(128)
      .toColourspace('b-w')
      .tiff({ compression: 'ccittfax4', bitdepth: 1 })
      .toBuffer();

    expect(meanDifference(await shown(await toPdf(lzw)), await soft(image()))).to.be.lessThan(6);
    const pdf = Buffer.from(await toPdf(fax));
    expect(pdf.includes('/CCITTFaxDecode')).to.equal(true);
    expect(pdf.length).to.be.lessThan(1.2 * fax.length + 8192);
  });

  it('reads BigTIFF', async () => {
    const big = await image().tiff({ compression: 'lzw', bigtiff: true }).toBuffer();

    expect(big.readUInt16LE(2)).to.equal(43);
    expect(meanDifference(await shown(await toPdf(big)), await soft(image()))).to.be.lessThan(6);
  });

  it('reads every page of a file with several', async () => {
    const pages = await Promise.all([1, 2, 3].map(() => image().png().toBuffer()));
    const tiff = await sharp(pages, { join: { animated: true } })
      .tiff({ compression: 'lzw' })
      .toBuffer();
    const service = createOcrService({
      engine: fixedEngine({ ...pageOf([line('Trang', 20, 40)]), width: WIDTH, height: HEIGHT }),
    });

    const { result } = await service.recognize([{ name: 'nhieu-trang.tif', bytes: tiff }]);

    expect(result.pages.map((p) => p.number)).to.deep.equal([1, 2, 3]);
    await service.close();
  });

  it('leaves directories that point beyond the file to the decoder', () => {
    const broken = Buffer.alloc(64);
    broken.write('II*\0', 'latin1');
    broken.writeUInt32LE(4_000_000_000, 4);

    expect(() => readDirectory(octets(broken), 0)).to.throw(RangeError);
    expect(() => readDirectory(octets(Buffer.from('II*\0', 'latin1')), 3)).to.throw(RangeError);
  });
});
