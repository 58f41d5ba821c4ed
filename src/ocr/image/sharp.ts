import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { OcrError } from '../errors.ts';
import type { PageImage } from '../types.ts';
import { squareSize } from './aspect.ts';
import type { Gray } from './gray.ts';
import { channelOf, hasRed, type Pixels, rednessOf, withoutRed } from './red.ts';
import type { Quad } from './sheet/homography.ts';
import { findPhotographed } from './sheet/photograph.ts';

// One thread per call: parallelism comes from one process per page. No cache: pages are read once.
sharp.concurrency(1);
sharp.cache(false);

/** What the header of an image file says. */
export interface ImageFacts {
  format: 'jpeg' | 'png' | 'tiff';
  pages: number;
  width: number;
  height: number;
  /** Dots per inch, `null` when absent or not believable. */
  dpi: number | null;
  /** EXIF orientation 1 to 8; 1 when absent. */
  orientation: number;
  /** Size with square pixels, when the file says that its own are none: a fax. `dpi` is of this. */
  square: { width: number; height: number } | null;
  /** Where the directory of a TIFF's page begins, when it is known. */
  directory?: number;
}

const PLAUSIBLE_DPI = { min: 70, max: 1250 };
/** A page between a small receipt and A2 by its declared resolution, in inches. */
const PLAUSIBLE_INCHES = { min: 2.5, max: 24 };

/** A declared resolution, `null` when nobody would scan a page so. */
function plausibleDpi(density: number | undefined, width: number, height: number): number | null {
  if (density === undefined || density < PLAUSIBLE_DPI.min || density > PLAUSIBLE_DPI.max) return null;
  const long = Math.max(width, height) / density;
  return long >= PLAUSIBLE_INCHES.min && long <= PLAUSIBLE_INCHES.max ? density : null;
}

/**
 * Which of a picture's declared resolution and shape of pixels is believed.
 * @param density dots per inch across
 * @param square size with square pixels, `null` when they are squares already
 */
export function judgeResolution(
  density: number | undefined,
  square: ImageFacts['square'],
  { width, height, maxPixels }: { width: number; height: number; maxPixels: number },
): Pick<ImageFacts, 'dpi' | 'square'> {
  if (square === null || square.width * square.height > maxPixels)
    return { dpi: plausibleDpi(density, width, height), square: null };
  // The stretched side has the resolution of the other one.
  const even = density && (density * square.width) / width;
  return { dpi: plausibleDpi(even, square.width, square.height), square };
}

function tooLarge(error: unknown): boolean {
  return error instanceof Error && /pixel limit|too large|dimension/i.test(error.message);
}

/** Turns libvips' plain errors into ours. */
export function imageError(error: unknown): OcrError {
  if (error instanceof OcrError) return error;
  return new OcrError(tooLarge(error) ? 'OCR_TOO_LARGE' : 'OCR_DAMAGED_FILE', {}, error);
}

/**
 * Reads the header of a file whose magic bytes were checked before (libvips would also render SVG): of a TIFF, that of
 * its first page.
 * @throws OcrError OCR_DAMAGED_FILE, OCR_TOO_LARGE
 */
export async function readImageFacts(path: string, maxPixels: number): Promise<ImageFacts> {
  try {
    const options = { limitInputPixels: maxPixels, failOn: 'error' } as const;
    const meta = await sharp(path, options).metadata();
    if (meta.format !== 'jpeg' && meta.format !== 'png' && meta.format !== 'tiff') {
      throw new OcrError('OCR_UNSUPPORTED_FORMAT');
    }
    const { width, height } = meta;
    if (width * height > maxPixels) {
      throw new OcrError('OCR_TOO_LARGE', { limit: maxPixels, actual: width * height });
    }
    // Programs of laboratories write measurements so, from 0 to 1 or to whatever they measured: no scan of a page.
    if (!['uchar', 'ushort'].includes(meta.depth ?? 'uchar'))
      throw new OcrError('OCR_DAMAGED_FILE', { reason: `pixels of type ${meta.depth}` });
    const orientation = meta.orientation ?? 1;
    const square = orientation > 4 ? null : squareSize(path, meta.format, { width, height });
    return {
      format: meta.format,
      pages: meta.pages ?? 1,
      width,
      height,
      orientation,
      ...judgeResolution(meta.density, square, { width, height, maxPixels }),
    };
  } catch (error) {
    throw imageError(error);
  }
}

/** Eight-bit samples of a picture. */
export async function rawPixels(pipeline: Sharp): Promise<Pixels> {
  const { data, info } = await pipeline.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return { ...info, data: pixels };
}

async function rawGray(pipeline: Sharp): Promise<Gray> {
  return channelOf(await rawPixels(pipeline), 0);
}

/** Opens a page's picture the way it is shown: as its EXIF says, or as the PDF it is part of turns it. */
export function openEncoded(image: Exclude<PageImage, { kind: 'raw' }>, maxPixels: number): Sharp {
  const options = { limitInputPixels: maxPixels, failOn: 'error' } as const;
  if (image.kind === 'encoded') {
    const opened = sharp(image.path, { ...options, page: image.index }).autoOrient();
    const { square } = image;
    return square ? opened.resize(square.width, square.height, { fit: 'fill', kernel: 'cubic' }) : opened;
  }
  return sharp(image.path, { ...options, ignoreIcc: true }).rotate(image.turned);
}

/** A page without colour, and what red there is on it. */
export interface DecodedPage {
  /** The red channel: red seals vanish, blue and black ink stay dark. */
  gray: Gray;
  /** Where there is red ink, and the channel it is dark in; `null` on a page with hardly any. */
  red: { redness: Gray; green: Gray } | null;
  /** Corners of the sheet when the page was photographed; `null` for a scan. */
  corners: Quad | null;
}

/**
 * Decodes one page. EXIF orientation is obeyed.
 * @throws OcrError OCR_DAMAGED_FILE, OCR_TOO_LARGE
 */
export async function decodePage(image: PageImage, maxPixels: number): Promise<DecodedPage> {
  const pixels = await decodePixels(image, maxPixels);
  const red = hasRed(pixels) ? { redness: rednessOf(pixels), green: channelOf(pixels, 1) } : null;
  return { gray: red ? withoutRed(pixels) : channelOf(pixels, 0), red, corners: findPhotographed(pixels) };
}

/**
 * Decodes one page to grey through the red channel.
 * @throws OcrError OCR_DAMAGED_FILE, OCR_TOO_LARGE
 */
export async function decodeGray(image: PageImage, maxPixels: number): Promise<Gray> {
  return channelOf(await decodePixels(image, maxPixels), 0);
}

async function decodePixels(image: PageImage, maxPixels: number): Promise<Pixels> {
  try {
    if (image.kind === 'raw') {
      const bytes = await readFile(image.path);
      const { width, height, channels } = image;
      if (width * height > maxPixels)
        throw new OcrError('OCR_TOO_LARGE', { limit: maxPixels, actual: width * height });
      if (bytes.length !== width * height * channels) throw new OcrError('OCR_DAMAGED_FILE');
      return { width, height, channels, data: bytes };
    }
    return await rawPixels(
      openEncoded(image, maxPixels).flatten({ background: '#ffffff' }).toColourspace('srgb'),
    );
  } catch (error) {
    throw imageError(error);
  }
}

function source(image: Gray): Sharp {
  return sharp(image.data, { raw: { width: image.width, height: image.height, channels: 1 } }).toColourspace(
    'b-w',
  );
}

/** Resizes to an exact size (Lanczos). */
export function resize(image: Gray, width: number, height: number): Promise<Gray> {
  return rawGray(source(image).resize(width, height, { fit: 'fill', kernel: 'lanczos3' }));
}

/** Median over 3 × 3 pixels: removes salt and pepper. */
export function median3(image: Gray): Promise<Gray> {
  return rawGray(source(image).median(3));
}

/** Gaussian blur. */
export function blur(image: Gray, sigma: number): Promise<Gray> {
  return rawGray(source(image).blur(sigma));
}

/** Turns the page counter-clockwise by a small angle about its centre; the canvas grows, new corners are white. */
export function rotate(image: Gray, degrees: number): Promise<Gray> {
  const a = (degrees * Math.PI) / 180;
  const matrix: [number, number, number, number] = [Math.cos(a), Math.sin(a), -Math.sin(a), Math.cos(a)];
  return rawGray(source(image).affine(matrix, { interpolator: 'bicubic', background: '#ffffff' }));
}

/** Encodes grey or RGB pixels as PNG (tests and the sample scan). */
export function encodePng(data: Uint8Array, width: number, height: number, channels: 1 | 3): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels } }).png({ compressionLevel: 6 }).toBuffer();
}

/** Renders our own SVG (never a stranger's) to RGB pixels of an exact size. */
export async function renderSvg(svg: string, width: number, height: number): Promise<Uint8Array> {
  const { data } = await sharp(Buffer.from(svg), { density: 72, unlimited: true })
    .resize(width, height, { fit: 'fill' })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return data;
}

/** Turns RGB pixels clockwise by a small angle; the canvas keeps its size, new corners are white. */
export async function rotateRgb(
  pixels: Uint8Array,
  width: number,
  height: number,
  degrees: number,
): Promise<Uint8Array> {
  const turned = sharp(pixels, { raw: { width, height, channels: 3 } }).rotate(degrees, {
    background: '#ffffff',
  });
  const { data, info } = await turned.raw().toBuffer({ resolveWithObject: true });
  const left = Math.floor((info.width - width) / 2);
  const top = Math.floor((info.height - height) / 2);
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
    .extract({ left, top, width, height })
    .raw()
    .toBuffer();
}

/** Encodes RGB pixels as JPEG. */
export function encodeJpeg(
  pixels: Uint8Array,
  width: number,
  height: number,
  quality: number,
): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: '4:2:0' })
    .toBuffer();
}
