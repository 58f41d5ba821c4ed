/** Pictures as scanners and phones give them, and how the PDF made of them looks. */
import { execFileSync } from 'node:child_process';
import sharp from 'sharp';
import { createOcrService, type RecognizeOptions } from '../../../src/ocr/index.ts';
import { fixedEngine, line, pageOf, withFile } from '../support.ts';

export const [WIDTH, HEIGHT] = [600, 850];
const DPI = 200;

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

/** The page as a picture still to be encoded. */
export const image = () => sharp(pixels(), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });

/** Pixels after a blur, so that half a pixel of resampling does not count. */
export function soft(picture: ReturnType<typeof sharp>): Promise<Buffer> {
  return picture.removeAlpha().blur(3).raw().toBuffer();
}

/** The searchable PDF of one picture, or of several as a dossier. */
export async function toPdf(
  pictures: Uint8Array | readonly Uint8Array[],
  options: RecognizeOptions = {},
): Promise<Uint8Array> {
  const reading = { ...pageOf([line('Trang quét', 20, 40)]), width: WIDTH, height: HEIGHT, dpi: DPI };
  const service = createOcrService({ engine: fixedEngine(reading) });
  const files = [pictures].flat().map((bytes, i) => ({ name: `${i}.tif`, bytes }));
  const { pdf } = await service.recognize(files, options);
  await service.close();
  return pdf;
}

/** Pixels of a page as poppler shows it. */
export async function shown(pdf: Uint8Array, page = 1): Promise<Buffer> {
  const only = ['-f', String(page), '-l', String(page)];
  const png = withFile(pdf, (path) =>
    execFileSync('pdftoppm', ['-r', String(DPI), ...only, '-png', path], { maxBuffer: 1 << 26 }),
  );
  return soft(sharp(png));
}

/** Mean difference of two pictures' levels; all there can be when their sizes differ. */
export function meanDifference(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return 255;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / a.length;
}
