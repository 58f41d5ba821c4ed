import { expect } from 'chai';
import { describe, it } from 'mocha';
import { PDFDocument } from 'pdf-lib';
import sharp from 'sharp';
import { createOcrService, type OcrEngine, type PageSource } from '../../../src/ocr/index.ts';
import { fixedEngine, line, pageOf, qpdfCheck, rejection } from '../support.ts';
import { HEIGHT, image, meanDifference, shown, soft, toPdf, WIDTH } from './pictures.ts';

/** Bytes of a PDF beside its picture: the text layer and its font. */
const FRAME = 8192;

const [X_RESOLUTION, Y_RESOLUTION] = [282, 283];

/** Halves a resolution of page `page` of a little-endian TIFF, in place. */
function halve(tiff: Buffer, tag: number, page = 0): Buffer {
  let at = tiff.readUInt32LE(4);
  for (let i = 0; i < page; i++) at = tiff.readUInt32LE(at + 2 + 12 * tiff.readUInt16LE(at));
  for (let i = 0; i < tiff.readUInt16LE(at); i++) {
    const entry = at + 2 + 12 * i;
    if (tiff.readUInt16LE(entry) !== tag) continue;
    const value = tiff.readUInt32LE(entry + 8);
    tiff.writeUInt32LE(2 * tiff.readUInt32LE(value + 4), value + 4);
  }
  return tiff;
}

/** A TIFF of 8 × 8 numbers with a fraction, as programs write measurements. */
function measurements(): Buffer {
  const tags = [
    [256, 8],
    [257, 8],
    [258, 32],
    [259, 1],
    [262, 1],
    [273, 200],
    [277, 1],
    [278, 8],
    [279, 256],
    [339, 3],
  ];
  const tiff = Buffer.alloc(456);
  tiff.write('II*\0', 'latin1');
  tiff.writeUInt32LE(8, 4);
  tiff.writeUInt16LE(tags.length, 8);
  tags.forEach(([tag = 0, value = 0], i) => {
    tiff.writeUInt16LE(tag, 10 + 12 * i);
    tiff.writeUInt16LE(4, 12 + 12 * i);
    tiff.writeUInt32LE(1, 14 + 12 * i);
    tiff.writeUInt32LE(value, 18 + 12 * i);
  });
  for (let i = 0; i < 64; i++) tiff.writeFloatLE(i / 64, 200 + 4 * i);
  return tiff;
}

describe('ocr: pictures in the searchable PDF', () => {
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

  it('show a fax whose pixels are no squares as it was sent, and read it so', async () => {
    const squeezed = () =>
      image()
        .resize(WIDTH, HEIGHT / 2, { fit: 'fill' })
        .greyscale()
        .threshold(128)
        .toColourspace('b-w');
    const tiff = await squeezed().withMetadata({ density: 200 }).tiff({ compression: 'lzw' }).toBuffer();
    const fax = halve(tiff, Y_RESOLUTION);
    // JFIF 1.1 with 200 dots per inch across and 100 down the page.
    const jfif = Buffer.from('ffe000104a4649460001010100c800640000', 'hex');
    const bare = await squeezed().jpeg().toBuffer();
    const jpeg = Buffer.concat([bare.subarray(0, 2), jfif, bare.subarray(2)]);

    for (const picture of [fax, jpeg]) {
      const seen: PageSource[] = [];
      const engine: OcrEngine = {
        readPage: async (source) => {
          seen.push(source);
          return { ...pageOf([line('Trang quét', 20, 40)]), width: WIDTH, height: HEIGHT, dpi: 200 };
        },
        close: () => Promise.resolve(),
      };
      const service = createOcrService({ engine });
      const { pdf } = await service.recognize([{ name: 'fax', bytes: picture }]);
      await service.close();

      expect(seen[0]?.dpi).to.equal(200);
      expect(seen[0]?.image).to.deep.include({ square: { width: WIDTH, height: HEIGHT } });
      expect(meanDifference(await shown(pdf), await soft(image())), 'as shown').to.be.lessThan(40);
      const [page] = (await PDFDocument.load(pdf)).getPages();
      expect(page?.getSize()).to.deep.equal({ width: (WIDTH * 72) / 200, height: (HEIGHT * 72) / 200 });
    }
  });

  it('have the size each page of a TIFF says, whatever the first one has', async () => {
    const pages = await Promise.all([1, 2].map(() => image().png().toBuffer()));
    const joined = sharp(pages, { join: { animated: true } }).withMetadata({ density: 200 });
    const tiff = await joined.tiff({ compression: 'lzw' }).toBuffer();
    for (const tag of [X_RESOLUTION, Y_RESOLUTION]) halve(tiff, tag, 1);
    const read: (number | null)[] = [];
    const engine: OcrEngine = {
      readPage: async ({ dpi }) => {
        read.push(dpi);
        return { ...pageOf([]), width: 1, height: 1, dpi: dpi ?? 0 };
      },
      close: () => Promise.resolve(),
    };
    const service = createOcrService({ engine, jobs: 1 });

    const { pdf } = await service.recognize([{ name: 'hai-trang.tif', bytes: tiff }]);
    await service.close();

    expect(read.map((dpi) => Math.round(dpi ?? 0)).sort()).to.deep.equal([100, 200]);
    const widths = (await PDFDocument.load(pdf)).getPages().map((page) => Math.round(page.getWidth()));
    expect(widths).to.deep.equal([(WIDTH * 72) / 200, (WIDTH * 72) / 100]);
  });

  it('are refused with the reason when they are measurements, not pictures', async () => {
    const service = createOcrService({ engine: fixedEngine(pageOf([])) });

    const error = await rejection(service.recognize([{ name: 'do.tif', bytes: measurements() }]));
    await service.close();

    expect(error.code).to.equal('OCR_DAMAGED_FILE');
    expect(error.details.reason).to.equal('pixels of type float');
  });
});
