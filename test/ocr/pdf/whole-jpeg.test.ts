import { expect } from 'chai';
import { describe, it } from 'mocha';
import { degrees, PDFDocument, type PDFImage, PDFName, type PDFPage, type PDFRawStream, rgb } from 'pdf-lib';
import type { Gray } from '../../../src/ocr/image/gray.ts';
import { decodeGray, encodeJpeg } from '../../../src/ocr/image/sharp.ts';
import { createOcrService, type OcrEngine, OcrError } from '../../../src/ocr/index.ts';
import type { PageImage } from '../../../src/ocr/types.ts';
import { pageOf } from '../support.ts';

const [WIDTH, HEIGHT, DPI] = [400, 600, 200];
const PIXELS = 4_000_000;

/** A page that looks another from every side: dark at the top left, grey at the right edge. */
async function scan(): Promise<Uint8Array> {
  const pixels = new Uint8Array(WIDTH * HEIGHT * 3).fill(240);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const level = x < 150 && y < 100 ? 20 : x > 340 ? 120 : 240;
      pixels.fill(level, (y * WIDTH + x) * 3, (y * WIDTH + x) * 3 + 3);
    }
  }
  return new Uint8Array(await encodeJpeg(pixels, WIDTH, HEIGHT, 90));
}

/** The JPEG with EXIF that wants it turned by a quarter (orientation 6). */
function withExif(jpeg: Uint8Array): Uint8Array {
  const tiff = Buffer.from('4d4d002a00000008000101120003000000010006000000000000', 'hex');
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const length = body.length + 2;
  const head = Buffer.from([0xff, 0xe1, length >> 8, length & 255]);
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
}

interface Parts {
  readonly document: PDFDocument;
  readonly page: PDFPage;
  readonly image: PDFImage;
  readonly size: readonly [number, number];
}

const whole = ({ page, image, size: [width, height] }: Parts): void =>
  page.drawImage(image, { x: 0, y: 0, width, height });

async function pdfOf(draw: (parts: Parts) => void | Promise<void>, jpeg?: Uint8Array): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const image = await document.embedJpg(jpeg ?? (await scan()));
  const size = [(WIDTH * 72) / DPI, (HEIGHT * 72) / DPI] as const;
  const page = document.addPage([...size]);
  await draw({ document, page, image, size });
  return document.save();
}

/** What the image's dictionary says besides. */
async function withEntry(parts: Parts, name: string, value: unknown): Promise<void> {
  whole(parts);
  await parts.document.flush();
  const stream = parts.document.context.lookup(parts.image.ref) as PDFRawStream;
  stream.dict.set(PDFName.of(name), parts.document.context.obj(value as never));
}

interface Seen {
  /** How the page was handed to the engine, each time. */
  readonly kinds: PageImage['kind'][];
  /** Grey levels of the last picture. */
  readonly picture: Gray;
}

/**
 * Reads PDFs of one page as one dossier, with an engine that only looks; it refuses pictures of the kinds in `refused`
 * as damaged.
 */
async function look(pdfs: readonly Uint8Array[], ...refused: PageImage['kind'][]): Promise<Seen[]> {
  const seen = pdfs.map(() => ({ kinds: [] as PageImage['kind'][], picture: EMPTY }));
  const engine: OcrEngine = {
    async readPage({ image }) {
      const own = seen[Number(/(\d+)$/.exec(image.path)?.[1]) - 1];
      own?.kinds.push(image.kind);
      if (refused.includes(image.kind)) throw new OcrError('OCR_DAMAGED_FILE');
      if (own) own.picture = await decodeGray(image, PIXELS);
      return pageOf([]);
    },
    close: () => Promise.resolve(),
  };
  const service = createOcrService({ engine, jobs: 1 });
  try {
    await service.recognize(pdfs.map((bytes, i) => ({ name: `${i}.pdf`, bytes })));
    return seen;
  } finally {
    await service.close();
  }
}

const EMPTY: Gray = { width: 0, height: 0, data: new Uint8Array() };

function difference(a: Gray, b: Gray): number {
  if (a.width !== b.width || a.height !== b.height) return Number.POSITIVE_INFINITY;
  return a.data.reduce((sum, level, i) => sum + Math.abs(level - (b.data[i] as number)), 0) / a.data.length;
}

const turned =
  (angle: number) =>
  (parts: Parts): void => {
    whole(parts);
    parts.page.setRotation(degrees(angle));
  };

/** Pages that are read without being drawn. */
const AS_IT_IS: readonly ((parts: Parts) => void)[] = [
  whole,
  turned(90),
  turned(180),
  turned(270),
  ({ page, image, size: [width, height] }) => {
    page.setMediaBox(-30, 50, width, height);
    page.drawImage(image, { x: -30, y: 50, width, height });
  },
];

/** Pages on which there is more or less to see than the picture. */
const OTHERWISE: Readonly<Record<string, (parts: Parts) => void | Promise<void>>> = {
  'levels turned over': (parts) => withEntry(parts, 'Decode', [1, 0, 1, 0, 1, 0]),
  'a mask by colour': (parts) => withEntry(parts, 'Mask', [0, 10, 0, 10, 0, 10]),
  'something drawn over it': (parts) => {
    whole(parts);
    parts.page.drawRectangle({ x: 20, y: 20, width: 30, height: 30, color: rgb(0, 0, 0) });
  },
  'text over it': (parts) => {
    whole(parts);
    parts.page.drawText('BAN SAO', { x: 20, y: 20, size: 12 });
  },
  'a picture that leaves a margin': ({ page, image, size: [width, height] }) =>
    page.drawImage(image, { x: 10, y: 10, width: width - 20, height: height - 20 }),
  'a picture upside down': ({ page, image, size: [width, height] }) =>
    page.drawImage(image, { x: width, y: height, width, height, rotate: degrees(180) }),
  'a part cut off': (parts) => {
    whole(parts);
    const [width, height] = parts.size;
    parts.page.setCropBox(0, height / 2, width, height / 2);
  },
  'too few dots to be read': ({ page, image, size: [width, height] }) => {
    page.setMediaBox(0, 0, 2 * width, 2 * height);
    page.drawImage(image, { x: 0, y: 0, width: 2 * width, height: 2 * height });
  },
};

describe('ocr: pages of a PDF that are one JPEG', () => {
  it('are read without being drawn, as PDFium draws them; one that cannot be read is drawn after all', async () => {
    const pdfs = await Promise.all(AS_IT_IS.map((draw) => pdfOf(draw)));
    // Readers do not obey EXIF inside a PDF.
    pdfs.push(await pdfOf(whole, withExif(await scan())));

    const read = await look(pdfs);
    const drawn = await look(pdfs, 'jpeg');

    expect(read.map(({ kinds }) => kinds)).to.deep.equal(pdfs.map(() => ['jpeg']));
    expect(drawn.map(({ kinds }) => kinds)).to.deep.equal(pdfs.map(() => ['jpeg', 'raw']));
    const off = read.map(({ picture }, i) => difference(picture, drawn[i]?.picture ?? EMPTY));
    expect(off.filter((levels) => levels >= 1)).to.deep.equal([]);
  });

  it('are drawn when there is more or less to see than the JPEG', async () => {
    const names = Object.keys(OTHERWISE);

    const seen = await look(await Promise.all(Object.values(OTHERWISE).map((draw) => pdfOf(draw))));

    const kinds = Object.fromEntries(seen.map((page, i) => [names[i], page.kinds]));
    expect(kinds).to.deep.equal(Object.fromEntries(names.map((name) => [name, ['raw']])));
  });
});
