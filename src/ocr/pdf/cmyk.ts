/** CMYK pictures of scanners: PDF/A-2b with an RGB output intent cannot show them (ISO 19005-2 §6.2.4.3). */
import { PDFArray, type PDFDocument, PDFName, PDFNumber, PDFRawStream, type PDFRef } from 'pdf-lib';
import { cmykJpegToRgb } from '../image/sharp.ts';

const name = (value: string): PDFName => PDFName.of(value);

/** Levels turned over, as Adobe's programs store CMYK: the decoder does the same by the file's Adobe marker. */
function isTurnedOver(stream: PDFRawStream): boolean {
  const decode = stream.dict.lookup(name('Decode'));
  if (!(decode instanceof PDFArray)) return false;
  const levels = decode.asArray().map((level) => (level instanceof PDFNumber ? level.asNumber() : -1));
  return levels.length === 8 && levels.every((level, i) => level === (i + 1) % 2);
}

/** Whether a JPEG bears Adobe's marker APP14, by which decoders take its CMYK levels for turned over. */
function hasAdobeMarker(jpeg: Uint8Array): boolean {
  for (let at = 2; at + 4 < jpeg.length && jpeg[at] === 0xff; ) {
    const marker = jpeg[at + 1] as number;
    if (marker === 0xee) return Buffer.from(jpeg.subarray(at + 4, at + 9)).toString('latin1') === 'Adobe';
    if (marker === 0xda) return false;
    at += 2 + (((jpeg[at + 2] as number) << 8) | (jpeg[at + 3] as number));
  }
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

/**
 * Puts an RGB picture in the place of every CMYK JPEG. Other CMYK stays, and is refused by the PDF/A check.
 * @throws OcrError OCR_DAMAGED_FILE, OCR_TOO_LARGE
 */
export async function convertCmykPictures(document: PDFDocument, maxPixels: number): Promise<void> {
  const pictures: [PDFRef, PDFRawStream][] = [];
  for (const [ref, object] of document.context.enumerateIndirectObjects())
    if (object instanceof PDFRawStream && isCmykJpeg(object)) pictures.push([ref, object]);
  for (const [ref, { dict, contents }] of pictures) {
    const rgb = await cmykJpegToRgb(contents, maxPixels);
    const copy = dict.clone(document.context);
    copy.set(name('ColorSpace'), name('DeviceRGB'));
    for (const key of ['Decode', 'DecodeParms', 'Intent']) copy.delete(name(key));
    copy.set(name('Length'), PDFNumber.of(rgb.length));
    document.context.assign(ref, PDFRawStream.of(copy, rgb));
  }
}
