import { degrees, type PDFDocument, PDFHexString, PDFName, type PDFPage, type PDFRef } from 'pdf-lib';
import type { ImageFacts } from '../../image/sharp.ts';
import { type Picture, type PictureOptions, readPicture } from './picture.ts';

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
  options: PictureOptions,
): Promise<PDFPage> {
  const picture = await readPicture(path, facts, index, options);
  const drawn =
    'jpegFile' in picture ? await embedJpeg(document, picture.jpegFile) : embedPicture(document, picture);
  const { width, height } = facts.square ?? drawn;
  const [w, h] = [(width * 72) / dpi, (height * 72) / dpi];
  const page = document.addPage([w, h]);
  const { mirrored, turn } = SHOWN[facts.orientation] ?? { mirrored: false, turn: 0 };
  if (turn !== 0) page.setRotation(degrees(turn));
  page.node.normalize();
  page.node.setXObject(PDFName.of('Scan0'), drawn.ref);
  const across = mirrored ? `${-w} 0 0 ${h} ${w} 0` : `${w} 0 0 ${h} 0 0`;
  const content = document.context.flateStream(`q ${across} cm /Scan0 Do Q\n`);
  page.node.set(PDFName.of('Contents'), document.context.obj([document.context.register(content)]));
  return page;
}

interface Embedded {
  ref: PDFRef;
  width: number;
  height: number;
}

async function embedJpeg(document: PDFDocument, bytes: Uint8Array): Promise<Embedded> {
  const image = await document.embedJpg(bytes);
  await image.embed();
  return { ref: image.ref, width: image.width, height: image.height };
}

/** Filter and parameters of each coding (ISO 32000-1 §7.4). */
function filterOf({ coding, width, height, colors, bits, isYcc, isBlackFirst }: Picture) {
  const rows = { Colors: colors, BitsPerComponent: bits, Columns: width };
  switch (coding) {
    case 'png':
      return { Filter: 'FlateDecode', DecodeParms: { Predictor: 15, ...rows } };
    case 'horizontal':
      return { Filter: 'FlateDecode', DecodeParms: { Predictor: 2, ...rows } };
    case 'flate':
      return { Filter: 'FlateDecode' };
    case 'group4':
      return {
        Filter: 'CCITTFaxDecode',
        DecodeParms: { K: -1, Columns: width, Rows: height, BlackIs1: isBlackFirst === true },
      };
    case 'jpeg':
      return { Filter: 'DCTDecode', DecodeParms: { ColorTransform: isYcc ? 1 : 0 } };
  }
}

const DEVICE = { 1: 'DeviceGray', 3: 'DeviceRGB', 4: 'DeviceCMYK' } as const;

function embedPicture(document: PDFDocument, picture: Picture): Embedded {
  const { context } = document;
  const { width, height, bits, palette, colors } = picture;
  const stream = context.stream(picture.data, {
    Type: 'XObject',
    Subtype: 'Image',
    Width: width,
    Height: height,
    BitsPerComponent: bits,
    ColorSpace: palette
      ? [
          'Indexed',
          DEVICE[palette.channels],
          palette.colours.length / palette.channels - 1,
          PDFHexString.of(Buffer.from(palette.colours).toString('hex')),
        ]
      : DEVICE[colors],
    ...filterOf(picture),
  });
  return { ref: context.register(stream), width, height };
}
