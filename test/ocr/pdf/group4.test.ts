import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { PDFDocument, PDFName } from 'pdf-lib';
import { encodeGroup4 } from '../../../src/ocr/pdf/picture/group4.ts';
import { withFile } from '../support.ts';

/** Black and white rows packed as the encoder takes them, from a rule for white. */
function pack(width: number, height: number, isWhite: (x: number, y: number) => boolean): Uint8Array {
  const stride = Math.ceil(width / 8);
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (isWhite(x, y))
        rows[y * stride + (x >> 3)] = (rows[y * stride + (x >> 3)] as number) | (0x80 >> (x & 7));
  return rows;
}

/** What poppler decodes, packed the same way. */
async function decodedByPoppler(data: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const { context } = document;
  const page = document.addPage([100, 100]);
  const image = context.stream(data, {
    Type: 'XObject',
    Subtype: 'Image',
    Width: width,
    Height: height,
    ColorSpace: 'DeviceGray',
    BitsPerComponent: 1,
    Filter: 'CCITTFaxDecode',
    DecodeParms: { K: -1, Columns: width, Rows: height },
  });
  page.node.normalize();
  page.node.setXObject(PDFName.of('I'), context.register(image));
  page.node.set(PDFName.of('Contents'), context.register(context.stream('q 100 0 0 100 0 0 cm /I Do Q')));
  return withFile(await document.save(), (path, folder) => {
    execFileSync('pdfimages', [path, join(folder, 'i')]);
    const pbm = readFileSync(join(folder, 'i-000.pbm'));
    const header = /^P4\n\d+ \d+\n/.exec(pbm.toString('latin1', 0, 40))?.[0].length ?? 0;
    // PBM says 1 for black; the padding bits at the end of a row mean nothing.
    const stride = Math.ceil(width / 8);
    const rows = Uint8Array.from(pbm.subarray(header), (byte) => ~byte & 0xff);
    const last = 0xff << (8 * stride - width);
    for (let y = 0; y < height; y++)
      rows[y * stride + stride - 1] = (rows[y * stride + stride - 1] as number) & last;
    return rows;
  });
}

describe('ocr/pdf Group 4', () => {
  const noise = (x: number, y: number): boolean => ((x * 7919 + y * 104_729) % 997) % 3 !== 0;
  const cases: [string, number, number, (x: number, y: number) => boolean][] = [
    ['one black pixel', 1, 1, () => false],
    ['a white page', 800, 20, () => true],
    ['noise on a width that fills no byte', 333, 40, noise],
    ['runs beyond the longest code', 6001, 4, (x) => x < 10 || x > 5900],
    ['slanted strokes', 640, 64, (x, y) => (x + 2 * y) % 37 > 4],
    ['a chequerboard', 65, 16, (x, y) => (x + y) % 2 === 0],
  ];
  for (const [name, width, height, isWhite] of cases) {
    it(`is read back by poppler bit for bit: ${name}`, async () => {
      const rows = pack(width, height, isWhite);

      const back = await decodedByPoppler(encodeGroup4(rows, width, height), width, height);

      expect(Buffer.from(back).equals(Buffer.from(rows))).to.equal(true);
    });
  }
});
