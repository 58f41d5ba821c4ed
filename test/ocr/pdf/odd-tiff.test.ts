/** Pages of a TIFF and of a PDF that few programs write: none of them costs the others of its dossier. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { PDFDocument, PDFName } from 'pdf-lib';
import sharp from 'sharp';
import { readImageFacts } from '../../../src/ocr/image/sharp.ts';
import { readPicture } from '../../../src/ocr/pdf/picture/picture.ts';
import { type WriteOptions, writePdf } from '../../../src/ocr/pdf/writer.ts';
import { meanDifference } from '../image/pictures.ts';
import { codeOf, withFile } from '../support.ts';

const MAX_PIXELS = 1_000_000;
const [SHORT, LONG, RATIONAL] = [3, 4, 5];
type Entry = [tag: number, type: number, ...values: number[]];

interface Page {
  strip: Uint8Array;
  entries: Entry[];
}

const BYTES: Readonly<Record<number, number>> = { [SHORT]: 2, [LONG]: 4, [RATIONAL]: 4 };

/** A little-endian TIFF of pages of one strip each. */
function tiffOf(...pages: Page[]): Buffer {
  const blocks = [Buffer.from('49492a0000000000', 'hex')];
  let size = 8;
  const add = (block: Uint8Array): number => {
    const at = size;
    blocks.push(Buffer.concat([block, Buffer.alloc(block.length % 2)]));
    size += block.length + (block.length % 2);
    return at;
  };
  let link: [Buffer, number] = [blocks[0] as Buffer, 4];
  for (const { strip, entries } of pages) {
    const at = add(strip);
    const all: Entry[] = [...entries, [273, LONG, at], [279, LONG, strip.length]];
    const directory = Buffer.alloc(2 + 12 * all.length + 4);
    directory.writeUInt16LE(all.length);
    for (const [i, [tag, type, ...values]] of all.sort(([a], [b]) => a - b).entries()) {
      const octets = Buffer.alloc(Math.max(4, values.length * (BYTES[type] as number)));
      for (const [k, value] of values.entries())
        octets.writeUIntLE(value, k * (BYTES[type] as number), BYTES[type] as number);
      directory.writeUInt16LE(tag, 2 + 12 * i);
      directory.writeUInt16LE(type, 4 + 12 * i);
      directory.writeUInt32LE(type === RATIONAL ? values.length / 2 : values.length, 6 + 12 * i);
      if (octets.length > 4) directory.writeUInt32LE(add(octets), 10 + 12 * i);
      else octets.copy(directory, 10 + 12 * i);
    }
    const found = add(directory);
    link[0].writeUInt32LE(found, link[1]);
    link = [blocks.at(-1) as Buffer, directory.length - 4];
  }
  return Buffer.concat(blocks);
}

/** A CMYK page of flat colour and without compression, each pixel with `more` samples. */
function cmykPage(more: number[], side = 8): Page {
  const pixel = [10, 200, 90, 20, ...more];
  return {
    strip: Uint8Array.from(
      { length: side * side * pixel.length },
      (_, i) => pixel[i % pixel.length] as number,
    ),
    entries: [
      [256, LONG, side],
      [257, LONG, side],
      [258, SHORT, ...pixel.map(() => 8)],
      [259, SHORT, 1],
      [262, SHORT, 5],
      [277, SHORT, pixel.length],
      [278, LONG, side],
      ...(more.length > 0 ? [[338, SHORT, 2] as Entry] : []),
    ],
  };
}

const faxPage = (width: Entry, height: number): Page => ({
  strip: new Uint8Array(10),
  entries: [width, [257, LONG, height], [258, SHORT, 1], [259, SHORT, 4], [262, SHORT, 0], [277, SHORT, 1]],
});

describe('ocr: odd pages of scans', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ocr-odd-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  async function write(bytes: Uint8Array, pdfa: WriteOptions['pdfa'], isImage = true): Promise<Buffer> {
    const [path, target] = [join(folder, 'scan'), join(folder, 'scan.pdf')];
    writeFileSync(path, bytes);
    const image = isImage ? await readImageFacts(path, MAX_PIXELS) : null;
    const size = { width: image?.width ?? 100, height: image?.height ?? 100, dpi: 72, rotation: 0 };
    const page = { path, index: 0, image, ...size, skewDegrees: 0, lines: [] };
    await writePdf(
      [{ ...page, keepLayer: false, dropOldLayer: false, unread: !isImage }],
      { maxPixels: MAX_PIXELS, pdfa },
      target,
    );
    return readFileSync(target);
  }

  const pdfPixels = async (pdf: Buffer): Promise<Buffer> => {
    const png = withFile(pdf, (path) =>
      execFileSync('pdftoppm', ['-r', '72', '-png', path], { maxBuffer: 1 << 26 }),
    );
    return sharp(png).flatten().toColourspace('srgb').raw().toBuffer();
  };
  const pixelsOf = (tiff: Buffer): Promise<Buffer> =>
    sharp(tiff).flatten({ background: '#fff' }).toColourspace('srgb').raw().toBuffer();

  it('CMYK with alpha is shown as it was read, on paper', async () => {
    const tiff = tiffOf(cmykPage([128]));

    const pdf = await write(tiff, false);

    expect(meanDifference(await pdfPixels(pdf), await pixelsOf(tiff))).to.be.lessThan(1);
  });

  it('CMYK without alpha stays CMYK', async () => {
    expect((await write(tiffOf(cmykPage([])), false)).toString('latin1')).to.include('/DeviceCMYK');
  });

  it('a page that claims more pixels than are allowed is not carried into the PDF', async () => {
    const path = join(folder, 'fax.tif');
    const options = { maxPixels: MAX_PIXELS, rgbOnly: true };
    for (const second of [faxPage([256, LONG, 200_000], 200_000), faxPage([256, RATIONAL, 1, 0], 10)]) {
      writeFileSync(path, tiffOf(cmykPage([]), second));
      const facts = await readImageFacts(path, MAX_PIXELS);
      const made = await codeOf(readPicture(path, facts, 1, options));
      expect(made).to.be.oneOf(['OCR_TOO_LARGE', 'OCR_DAMAGED_FILE']);
    }
    writeFileSync(path, tiffOf(cmykPage([]), faxPage([256, LONG, 100], 100)));
    const facts = await readImageFacts(path, MAX_PIXELS);
    expect(await readPicture(path, facts, 1, options)).to.include({ coding: 'group4', width: 100 });
  });

  it('a CMYK JPEG with Adobe’s marker in a TIFF becomes RGB for PDF/A, of the same colours', async () => {
    const side = 64;
    const raw = { width: side, height: side, channels: 3 as const };
    const jpeg = await sharp(Buffer.alloc(side * side * 3, 90), { raw })
      .toColourspace('cmyk')
      .jpeg()
      .toBuffer();
    expect(jpeg.includes('Adobe')).to.equal(true);
    const { entries } = cmykPage([], side);
    const tiff = tiffOf({
      strip: jpeg,
      entries: entries.map((entry) => (entry[0] === 259 ? [259, SHORT, 7] : entry)),
    });

    const pdf = await write(tiff, true);

    expect(pdf.toString('latin1')).to.not.include('/DeviceCMYK');
    expect(meanDifference(await pdfPixels(pdf), await pixelsOf(tiff))).to.be.lessThan(1);
  });

  it('a CMYK JPEG that cannot be decoded takes PDF/A away, not the PDF', async () => {
    const document = await PDFDocument.create();
    const { context } = document;
    const broken = context.stream(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), {
      ...{ Type: 'XObject', Subtype: 'Image', Width: 9, Height: 9, BitsPerComponent: 8 },
      ...{ ColorSpace: 'DeviceCMYK', Filter: 'DCTDecode' },
    });
    const page = document.addPage([100, 100]);
    page.node.normalize();
    page.node.setXObject(PDFName.of('Im'), context.register(broken));
    const bytes = await document.save({ useObjectStreams: false });

    expect((await write(bytes, 'if-possible', false)).toString('latin1')).to.include('/DeviceCMYK');
    expect(await codeOf(write(bytes, true, false))).to.equal('OCR_NOT_ARCHIVABLE');
  });
});
