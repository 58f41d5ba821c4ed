import { degrees, type PDFDocument, PDFHexString, PDFName, type PDFPage, type PDFRef } from 'pdf-lib';
import { flatPng, type ImageFacts, type PdfImage, toPdfImage } from '../image/sharp.ts';
import type { JpegStrips } from '../image/tiff-jpeg.ts';
import { encodeGroup4 } from './group4.ts';
import { splitPng } from './png-stream.ts';

/** How an EXIF orientation (1 to 8) wants a picture shown: turned over left to right, then turned clockwise. */
const SHOWN: Readonly<Record<number, { mirrored: boolean; turn: 0 | 90 | 180 | 270 }>> = {
  2: { mirrored: true, turn: 0 },
  3: { mirrored: false, turn: 180 },
  4: { mirrored: true, turn: 180 },
  5: { mirrored: true, turn: 270 },
  6: { mirrored: false, turn: 90 },
  7: { mirrored: true, turn: 90 },
  8: { mirrored: false, turn: 270 },
};

/** Adds a page that shows the original image, unscaled at `dpi` but where its pixels are no squares. */
export async function addImagePage(
  document: PDFDocument,
  path: string,
  facts: ImageFacts,
  index: number,
  dpi: number,
  maxPixels: number,
): Promise<PDFPage> {
  const picture = await toPdfImage(path, facts, index, maxPixels);
  const drawn = await embed(document, picture, () => flatPng(path, 0, maxPixels));
  const { width, height } = facts.square ?? drawn;
  const [w, h] = [(width * 72) / dpi, (height * 72) / dpi];
  const page = document.addPage([w, h]);
  const { mirrored, turn } = SHOWN[facts.orientation] ?? { mirrored: false, turn: 0 };
  if (turn !== 0) page.setRotation(degrees(turn));
  page.node.normalize();
  let top = h;
  const operators = drawn.parts.map(({ ref, rows }, i) => {
    page.node.setXObject(PDFName.of(`Scan${i}`), ref);
    const partHeight = (h * rows) / drawn.height;
    top -= partHeight;
    // The lowest part ends at the edge of the page, whatever rounding left over.
    const across = mirrored ? `${-w} 0 0 ${partHeight} ${w}` : `${w} 0 0 ${partHeight} 0`;
    return `q ${across} ${i === drawn.parts.length - 1 ? 0 : top} cm /Scan${i} Do Q`;
  });
  const content = document.context.flateStream(`${operators.join('\n')}\n`);
  page.node.set(PDFName.of('Contents'), document.context.obj([document.context.register(content)]));
  return page;
}

interface Embedded {
  width: number;
  height: number;
  /** Pictures one under the other. */
  parts: { ref: PDFRef; rows: number }[];
}

async function embed(
  document: PDFDocument,
  picture: PdfImage,
  flatten: () => Promise<Uint8Array>,
): Promise<Embedded> {
  if (picture.kind === 'strips') return embedStrips(document, picture);
  const { ref, width, height } =
    picture.kind === 'jpeg'
      ? await embedJpeg(document, picture.bytes)
      : picture.kind === 'bilevel'
        ? embedBilevel(document, picture)
        : await embedPng(document, picture.bytes, flatten);
  return { width, height, parts: [{ ref, rows: height }] };
}

interface Picture {
  ref: PDFRef;
  width: number;
  height: number;
}

function embedStrips(document: PDFDocument, picture: JpegStrips): Embedded {
  const { width, height, components, isYcc } = picture;
  const parts = picture.strips.map(({ bytes, height: rows }) => {
    const stream = document.context.stream(bytes, {
      Type: 'XObject',
      Subtype: 'Image',
      Width: width,
      Height: rows,
      ColorSpace: components === 3 ? 'DeviceRGB' : 'DeviceGray',
      BitsPerComponent: 8,
      Filter: 'DCTDecode',
      DecodeParms: { ColorTransform: isYcc ? 1 : 0 },
    });
    return { ref: document.context.register(stream), rows };
  });
  return { width, height, parts };
}

async function embedJpeg(document: PDFDocument, bytes: Uint8Array): Promise<Picture> {
  const image = await document.embedJpg(bytes);
  await image.embed();
  return { ref: image.ref, width: image.width, height: image.height };
}

function embedBilevel(
  document: PDFDocument,
  image: { width: number; height: number; rows: Uint8Array },
): Picture {
  const { width, height, rows } = image;
  const stream = document.context.stream(encodeGroup4(rows, width, height), {
    Type: 'XObject',
    Subtype: 'Image',
    Width: width,
    Height: height,
    ColorSpace: 'DeviceGray',
    BitsPerComponent: 1,
    Filter: 'CCITTFaxDecode',
    DecodeParms: { K: -1, Columns: width, Rows: height, BlackIs1: false },
  });
  return { ref: document.context.register(stream), width, height };
}

/** @param flatten gives it again without what a PDF cannot carry */
async function embedPng(
  document: PDFDocument,
  bytes: Uint8Array,
  flatten: () => Promise<Uint8Array>,
): Promise<Picture> {
  const { context } = document;
  const png = splitPng(bytes) ?? splitPng(await flatten());
  if (!png) throw new TypeError('a flat PNG was expected');
  const device = png.colors === 3 ? 'DeviceRGB' : 'DeviceGray';
  const palette = png.palette;
  const colorSpace = palette
    ? context.obj([
        PDFName.of('Indexed'),
        PDFName.of('DeviceRGB'),
        palette.length / 3 - 1,
        PDFHexString.of(Buffer.from(palette).toString('hex')),
      ])
    : PDFName.of(device);
  const stream = context.stream(png.data, {
    Type: 'XObject',
    Subtype: 'Image',
    Width: png.width,
    Height: png.height,
    BitsPerComponent: png.bits,
    Filter: 'FlateDecode',
    DecodeParms: { Predictor: 15, Colors: png.colors, BitsPerComponent: png.bits, Columns: png.width },
  });
  stream.dict.set(PDFName.of('ColorSpace'), colorSpace);
  return { ref: context.register(stream), width: png.width, height: png.height };
}
