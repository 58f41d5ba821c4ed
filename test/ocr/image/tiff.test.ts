import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import sharp from 'sharp';
import { jpegStrips } from '../../../src/ocr/image/tiff-jpeg.ts';
import { createOcrService } from '../../../src/ocr/index.ts';
import { fixedEngine, line, pageOf, withFile } from '../support.ts';

const [WIDTH, HEIGHT] = [600, 850];

/** A page with strokes of text and a coloured block. */
function pixels(): Uint8Array {
  const out = new Uint8Array(WIDTH * HEIGHT * 3).fill(255);
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) {
      const ink = y % 40 < 14 && (x * 13 + (y >> 2) * 7) % 23 < 6 && x > 60 && x < 540;
      const stamp = (x - 450) ** 2 + (y - 700) ** 2 < 4900;
      if (ink || stamp) out.set(stamp ? [200, 30, 40] : [10, 10, 10], (y * WIDTH + x) * 3);
    }
  return out;
}

const image = () => sharp(pixels(), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });

/** Pixels after a blur, so that half a pixel of resampling does not count. */
function soft(picture: ReturnType<typeof sharp>): Promise<Buffer> {
  return picture.removeAlpha().blur(3).raw().toBuffer();
}

async function toPdf(bytes: Uint8Array): Promise<Uint8Array> {
  const reading = { ...pageOf([line('Trang quét', 20, 40)]), width: WIDTH, height: HEIGHT, dpi: 200 };
  const service = createOcrService({ engine: fixedEngine(reading) });
  const { pdf } = await service.recognize([{ name: 'a.tif', bytes }]);
  await service.close();
  return pdf;
}

/** Pixels of the first page as poppler shows it. */
async function shown(pdf: Uint8Array): Promise<Buffer> {
  const ppm = withFile(pdf, (path) =>
    execFileSync('pdftoppm', ['-scale-to-x', String(WIDTH), '-scale-to-y', String(HEIGHT), '-png', path], {
      maxBuffer: 1 << 26,
    }),
  );
  return soft(sharp(ppm));
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / a.length;
}

describe('ocr: TIFF', function () {
  this.timeout(60_000);

  it('carries JPEG strips over as they are: same look, no larger file', async () => {
    const tiff = await image().tiff({ compression: 'jpeg', quality: 75 }).toBuffer();

    const strips = jpegStrips(tiff, 0);
    const pdf = await toPdf(tiff);

    expect(strips?.strips.reduce((sum, s) => sum + s.height, 0)).to.equal(HEIGHT);
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

    expect(jpegStrips(broken, 0)).to.equal(null);
    expect(jpegStrips(Buffer.from('II*\0', 'latin1'), 3)).to.equal(null);
  });
});
