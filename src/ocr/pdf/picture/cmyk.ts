/** CMYK pictures of scanners: PDF/A-2b with an RGB output intent cannot show them (ISO 19005-2 §6.2.4.3). */
import { PDFArray, type PDFDocument, PDFName, PDFNumber, PDFRawStream, type PDFRef } from 'pdf-lib';
import sharp from 'sharp';
import { jpegSegments, MARKER } from '../../image/jpeg/segments.ts';
import { imageError } from '../../image/sharp.ts';
import { TAG } from '../../image/tiff/directory.ts';

const name = (value: string): PDFName => PDFName.of(value);

/** Levels turned over, as Adobe's programs store CMYK: the decoder does the same by the file's Adobe marker. */
function isTurnedOver(stream: PDFRawStream): boolean {
  const decode = stream.dict.lookup(name('Decode'));
  if (!(decode instanceof PDFArray)) return false;
  const levels = decode.asArray().map((level) => (level instanceof PDFNumber ? level.asNumber() : -1));
  return levels.length === 8 && levels.every((level, i) => level === (i + 1) % 2);
}

/** Whether a JPEG bears Adobe's marker APP14, by which decoders take its CMYK levels for turned over. */
export function hasAdobeMarker(jpeg: Uint8Array): boolean {
  for (const { marker, body } of jpegSegments(jpeg))
    if (marker === MARKER.app14) return Buffer.from(body.subarray(0, 5)).toString('latin1') === 'Adobe';
  return false;
}

function isCmykJpeg(stream: PDFRawStream): boolean {
  const { dict } = stream;
  return (
    dict.get(name('Subtype')) === name('Image') &&
    dict.lookup(name('ColorSpace')) === name('DeviceCMYK') &&
    dict.lookup(name('Filter')) === name('DCTDecode') &&
    // Otherwise what is seen is the negative of what a decoder makes of the file.
    isTurnedOver(stream) === hasAdobeMarker(stream.contents)
  );
}

/** What a JPEG says of its loss: the sum of its first quantisation table, and whether chroma is at half the size. */
function lossOf(jpeg: Uint8Array): { sum: number; isHalved: boolean } {
  let sum = 0;
  let isHalved = false;
  for (const { marker, body } of jpegSegments(jpeg)) {
    if (marker === MARKER.dqt && sum === 0 && body[0] === 0)
      sum = body.subarray(1, 65).reduce((a, b) => a + b, 0);
    if (marker >= MARKER.sof0 && marker <= MARKER.sof2) isHalved = (body[7] as number) > 0x11;
  }
  return { sum, isHalved };
}

/** Sum of the luminance table of ITU-T T.81 Annex K, which quality 50 stands for. */
const SUM_AT_50 = 3688;
/** A second loss nobody sees, at about the size it had; and where nothing is known of the first. */
const QUALITY = { added: 8, least: 40, most: 90, unknown: 88 };

function qualityLike(sum: number): number {
  if (sum === 0) return QUALITY.unknown;
  const scale = (100 * sum) / SUM_AT_50;
  const had = scale <= 100 ? (200 - scale) / 2 : 5000 / scale;
  return Math.round(Math.min(QUALITY.most, Math.max(QUALITY.least, had + QUALITY.added)));
}

/** The JPEG as a TIFF: there a decoder takes its levels as they are, which it turns over in a JPEG of CMYK. */
function asTiff(jpeg: Uint8Array, width: number, height: number): Uint8Array {
  const entries: [tag: number, value: number][] = [
    [TAG.width, width],
    [TAG.height, height],
    [TAG.bits, 8],
    [TAG.compression, 7],
    [TAG.photometric, 5],
    [TAG.stripOffsets, 8],
    [TAG.components, 4],
    [TAG.rowsPerStrip, height],
    [TAG.stripLengths, jpeg.length],
  ];
  const directory = Buffer.alloc(2 + 12 * entries.length + 4);
  directory.writeUInt16LE(entries.length);
  for (const [i, [tag, value]] of entries.entries()) {
    directory.writeUInt16LE(tag, 2 + 12 * i);
    directory.writeUInt16LE(4, 4 + 12 * i);
    directory.writeUInt32LE(1, 6 + 12 * i);
    directory.writeUInt32LE(value, 10 + 12 * i);
  }
  const filled = Buffer.concat([jpeg, Buffer.alloc(jpeg.length % 2)]);
  const head = Buffer.from('49492a0000000000', 'hex');
  head.writeUInt32LE(8 + filled.length, 4);
  return Buffer.concat([head, filled, directory]);
}

/**
 * A CMYK or YCCK JPEG in sRGB, by the profile of the library, or its own where it has one.
 * @throws OcrError OCR_DAMAGED_FILE, OCR_TOO_LARGE
 */
async function toRgb(jpeg: Uint8Array, maxPixels: number): Promise<Uint8Array> {
  const reading = { limitInputPixels: maxPixels, failOn: 'error' } as const;
  const { sum, isHalved } = lossOf(jpeg);
  try {
    const { width, height } = await sharp(jpeg, reading).metadata();
    const readable = hasAdobeMarker(jpeg) ? jpeg : asTiff(jpeg, width, height);
    return await sharp(readable, reading)
      .toColourspace('srgb')
      .jpeg({ quality: qualityLike(sum), chromaSubsampling: isHalved ? '4:2:0' : '4:4:4' })
      .toBuffer();
  } catch (error) {
    throw imageError(error);
  }
}

/**
 * Puts an RGB picture in the place of every CMYK JPEG that can be decoded. Other CMYK stays, and is refused by the
 * PDF/A check.
 */
export async function convertCmykPictures(document: PDFDocument, maxPixels: number): Promise<void> {
  const pictures: [PDFRef, PDFRawStream][] = [];
  for (const [ref, object] of document.context.enumerateIndirectObjects())
    if (object instanceof PDFRawStream && isCmykJpeg(object)) pictures.push([ref, object]);
  for (const [ref, { dict, contents }] of pictures) {
    const rgb = await toRgb(contents, maxPixels).catch(() => null);
    if (rgb === null) continue;
    const copy = dict.clone(document.context);
    copy.set(name('ColorSpace'), name('DeviceRGB'));
    for (const key of ['Decode', 'DecodeParms', 'Intent']) copy.delete(name(key));
    copy.set(name('Length'), PDFNumber.of(rgb.length));
    document.context.assign(ref, PDFRawStream.of(copy, rgb));
  }
}
