import { PDFDocument, PDFHexString } from 'pdf-lib';
import { encodeJpeg, renderSvg, rotateRgb } from '../image/sharp.ts';
import { type ApplicationFields, DEFAULT_APPLICATION, drawApplication, PAGE } from './application.ts';
import { loadPen } from './pen.ts';

const DPI = 200;
const JPEG_QUALITY = 72;

/** Small fast generator (mulberry32): the same seed gives the same scan. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Paper tone, a shadow along one edge, sensor noise and specks, in place. */
function age(pixels: Uint8Array, width: number, height: number, random: () => number): void {
  const tone = [247, 244, 236];
  for (let y = 0; y < height; y++) {
    const shade = 1 - 0.05 * (y / height);
    for (let x = 0; x < width; x++) {
      const noise = (random() + random() + random() - 1.5) * 9;
      for (let c = 0; c < 3; c++) {
        const i = (y * width + x) * 3 + c;
        const paper = ((tone[c] as number) * shade) / 255;
        pixels[i] = Math.max(0, Math.min(255, (pixels[i] as number) * paper + noise));
      }
    }
  }
  for (let speck = 0; speck < 120; speck++) {
    const at = (Math.floor(random() * height) * width + Math.floor(random() * width)) * 3;
    pixels.fill(90, at, at + 3);
  }
}

/**
 * Makes "a scanned application": one page of a judicial record request, drawn, turned by about 1.3°, with paper
 * tone and noise, as an image-only PDF. The same arguments give the same bytes.
 * @param seed drives slant and noise
 * @param fields what is filled in; the rest keeps invented defaults
 */
export async function makeScannedApplication(
  seed = 1,
  fields: Partial<ApplicationFields> = {},
): Promise<Uint8Array> {
  const random = createRandom(seed);
  const svg = drawApplication(await loadPen(), { ...DEFAULT_APPLICATION, ...fields });
  const drawn = await renderSvg(svg, PAGE.width, PAGE.height);
  const degrees = (1.1 + 0.4 * random()) * (random() < 0.5 ? -1 : 1);
  const pixels = await rotateRgb(drawn, PAGE.width, PAGE.height, degrees);
  age(pixels, PAGE.width, PAGE.height, random);
  const jpeg = await encodeJpeg(pixels, PAGE.width, PAGE.height, JPEG_QUALITY);
  const document = await PDFDocument.create({ updateMetadata: false });
  const image = await document.embedJpg(jpeg);
  const size: [number, number] = [(PAGE.width * 72) / DPI, (PAGE.height * 72) / DPI];
  document.addPage(size).drawImage(image, { x: 0, y: 0, width: size[0], height: size[1] });
  const id = PDFHexString.of(seed.toString(16).padStart(32, '0'));
  document.context.trailerInfo.ID = document.context.obj([id, id]);
  return document.save({ useObjectStreams: false });
}
