/** The original pixels of a page in the smallest form a PDF can carry without loss. */
import { readFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { OcrError } from '../../errors.ts';
import { FileBytes, openStreamFile } from '../../file-octets.ts';
import { joinJpegParts } from '../../image/jpeg/join.ts';
import { isJpegOf, isPdfJpeg } from '../../image/jpeg/parse.ts';
import { type ImageFacts, imageError, rawPixels } from '../../image/sharp.ts';
import { readDirectory, TAG } from '../../image/tiff/directory.ts';
import { type FaxStrip, faxStrip } from '../../image/tiff/fax-strip.ts';
import { type JpegParts, jpegParts } from '../../image/tiff/jpeg-parts.ts';
import { hasAdobeMarker } from './cmyk.ts';
import { encodeGroup4 } from './group4.ts';
import { type IndexedPicture, indexColours } from './levels.ts';
import { type PngStream, splitPng } from './png-stream.ts';

/** Colours of an `Indexed` space, over grey or RGB. */
export interface Palette {
  channels: 1 | 3;
  colours: Uint8Array;
}

/** An image as it stands in a PDF. */
export interface Picture {
  width: number;
  height: number;
  bits: number;
  /** Samples of a pixel. */
  colors: 1 | 3 | 4;
  palette: Palette | null;
  data: Uint8Array;
  /** `png`: Flate with the predictors of PNG; `flate`: without; `horizontal`: with that of TIFF. */
  coding: 'png' | 'flate' | 'horizontal' | 'group4' | 'jpeg';
  /** Of a JPEG of three components: they are YCbCr. */
  isYcc?: boolean;
  /** Of Group 4: what it codes as white is black. */
  isBlackFirst?: boolean;
}

/** What is allowed of the picture. */
export interface PictureOptions {
  maxPixels: number;
  /** The PDF may show RGB and grey alone: PDF/A with our output intent. */
  rgbOnly: boolean;
}

/** A page to be taken over, and how large it is in its file. */
interface Source {
  path: string;
  index: number;
  options: PictureOptions;
  bytes: number;
  open(): Sharp;
}

/** The whole file, when it is a JPEG that PDF can carry; otherwise its pixels, or the page of a PNG or TIFF. */
export async function readPicture(
  path: string,
  facts: ImageFacts,
  index: number,
  options: PictureOptions,
): Promise<Picture | { jpegFile: Uint8Array }> {
  try {
    if (facts.format === 'jpeg') {
      const file = await readFile(path);
      return isPdfJpeg(file)
        ? { jpegFile: file }
        : await decoded(sourceOf(path, 0, options, file.length), false);
    }
    return facts.format === 'png'
      ? await pngPicture(path, options)
      : await tiffPicture(path, index, options, facts.directory);
  } catch (error) {
    throw imageError(error);
  }
}

function sourceOf(path: string, index: number, options: PictureOptions, bytes: number): Source {
  const reading = { page: index, limitInputPixels: options.maxPixels, failOn: 'error' as const };
  return { path, index, options, bytes, open: () => sharp(path, reading) };
}

async function pngPicture(path: string, options: PictureOptions): Promise<Picture> {
  const file = await readFile(path);
  const split = splitPng(file);
  const whole = split === null ? null : ofPng(split);
  // Group 4 is smaller for text, larger for what is dithered.
  if (whole !== null && whole.bits > 1) return whole;
  const found = await decoded(sourceOf(path, 0, options, file.length), false);
  return whole !== null && whole.data.length <= found.data.length ? whole : found;
}

const ofPng = ({ palette, ...png }: PngStream): Picture => ({ ...png, palette, coding: 'png' });

/** What the directory of a TIFF's page says that libvips does not. */
interface TiffPage {
  fax: FaxStrip | null;
  parts: JpegParts | null;
  bytes: number;
  hasPalette: boolean;
}

const PALETTE_COLOUR = 3;

function inspectTiff(path: string, index: number, directory?: number): TiffPage {
  const file = openStreamFile(path);
  try {
    const octets = new FileBytes(file);
    const page = readDirectory(octets, index, directory);
    const lengths = [...page.all(TAG.stripLengths), ...page.all(TAG.tileLengths)];
    return {
      fax: faxStrip(octets, page),
      parts: jpegParts(octets, page),
      bytes: lengths.reduce((sum, length) => sum + length, 0),
      hasPalette: page.one(TAG.photometric) === PALETTE_COLOUR,
    };
  } catch {
    // What is wrong with the directory, if anything, the decoder says.
    return { fax: null, parts: null, bytes: 0, hasPalette: false };
  } finally {
    file.close();
  }
}

async function tiffPicture(
  path: string,
  index: number,
  options: PictureOptions,
  directory?: number,
): Promise<Picture> {
  const { fax, parts, bytes, hasPalette } = inspectTiff(path, index, directory);
  const fits = (page: { width: number; height: number }): boolean =>
    Number.isInteger(page.width) &&
    Number.isInteger(page.height) &&
    page.width * page.height <= options.maxPixels;
  if (fax && fits(fax)) return { ...fax, bits: 1, colors: 1, palette: null, coding: 'group4' };
  if (parts && fits(parts)) {
    const [only] = parts.parts;
    const { width, height, components, isYcc } = parts;
    const isWhole = parts.parts.length === 1 && only && isJpegOf(only.bytes, width, height, components);
    // Turned over by Adobe's marker in a JPEG, but not in a TIFF: made RGB, it is decoded as the TIFF it is.
    const isTurned = isWhole && components === 4 && options.rgbOnly && hasAdobeMarker(only.bytes);
    const jpeg = isTurned ? null : isWhole ? only.bytes : joinJpegParts(parts);
    if (jpeg)
      return { width, height, bits: 8, colors: components, palette: null, data: jpeg, coding: 'jpeg', isYcc };
  }
  return decoded(sourceOf(path, index, options, bytes), hasPalette);
}

const isGreyPicture = ({ space, channels }: Metadata): boolean =>
  (space === 'b-w' || space === 'grey16') && channels <= 2;

/** A picture that is coded anew: pixels on paper stay as they are. */
async function decoded(source: Source, hasPalette: boolean): Promise<Picture> {
  const metadata = await source.open().metadata();
  const isGrey = isGreyPicture(metadata);
  if (metadata.space === 'cmyk' && !metadata.hasAlpha && !source.options.rgbOnly) return cmykPicture(source);
  const flat = (): Sharp =>
    source
      .open()
      .flatten({ background: '#ffffff' })
      .toColourspace(isGrey ? 'b-w' : 'srgb');
  const mayBeFew = metadata.isPalette || hasPalette || (isGrey && metadata.depth === 'uchar');
  const few = mayBeFew ? indexColours(await rawPixels(flat())) : null;
  if (few && (few.bits < 8 || few.channels === 3)) return fewColours(few, source.bytes);
  return smallest(source.bytes, [() => flatPng(flat(), true), () => flatPng(flat(), false)]);
}

/** As sharp writes it, apart for a PDF. */
async function flatPng(picture: Sharp, adaptiveFiltering: boolean): Promise<Picture> {
  const split = splitPng(await picture.png({ compressionLevel: 9, adaptiveFiltering }).toBuffer());
  if (!split) throw new OcrError('OCR_DAMAGED_FILE', { reason: 'PNG' });
  return ofPng(split);
}

/** The first that is no larger than the source, else the smallest of all. */
async function smallest(bytes: number, ways: readonly (() => Promise<Picture>)[]): Promise<Picture> {
  let best: Picture | null = null;
  for (const way of ways) {
    const picture = await way();
    if (best === null || picture.data.length < best.data.length) best = picture;
    if (best.data.length <= bytes) break;
  }
  if (best === null) throw new TypeError('no way to code it');
  return best;
}

function isRamp({ channels, colours, bits }: IndexedPicture): boolean {
  const most = (1 << bits) - 1;
  return channels === 1 && colours.length === most + 1 && colours.every((c, i) => c === (255 * i) / most);
}

/** How much larger than its source Group 4 may be, which every program that prints or sends faxes takes. */
const FAX_MARGIN = 1.1;

function fewColours(few: IndexedPicture, bytes: number): Picture {
  const { width, height, bits, channels, colours, rows } = few;
  const palette = isRamp(few) ? null : { channels, colours };
  const common = { width, height, bits, colors: 1 as const, palette };
  const flate = (): Picture => ({ ...common, data: deflate(rows), coding: 'flate' });
  if (bits !== 1) return flate();
  // Black is 0 in Group 4 as it is the first of the colours here.
  const fax: Picture = { ...common, data: encodeGroup4(rows, width, height), coding: 'group4' };
  if (fax.data.length <= FAX_MARGIN * bytes) return fax;
  const packed = flate();
  return fax.data.length <= packed.data.length ? fax : packed;
}

const deflate = (data: Uint8Array): Uint8Array => deflateSync(data, { level: 9 });

/** CMYK as it is, each sample told by its difference from the one to its left. */
async function cmykPicture({ open, bytes }: Source): Promise<Picture> {
  const pixels = await rawPixels(open().pipelineColourspace('cmyk').toColourspace('cmyk'));
  const { width, height, channels, data } = pixels;
  if (channels !== 4) throw new OcrError('OCR_DAMAGED_FILE', { reason: 'CMYK' });
  const common = { width, height, bits: 8, colors: 4 as const, palette: null };
  const plain = async (): Promise<Picture> => ({ ...common, data: deflate(data), coding: 'flate' });
  const stride = 4 * width;
  const told = async (): Promise<Picture> => {
    for (let row = 0; row < data.length; row += stride)
      for (let i = row + stride - 1; i >= row + 4; i--)
        data[i] = (data[i] as number) - (data[i - 4] as number);
    return { ...common, data: deflate(data), coding: 'horizontal' };
  };
  return smallest(bytes, [plain, told]);
}
