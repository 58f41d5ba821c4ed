/** A page of scans as scanners and archives code them: a black square each, side by side. */
import { PDFDocument, PDFName } from 'pdf-lib';
import { encodeGroup4 } from '../../../src/ocr/pdf/picture/group4.ts';

const SIDE = 64;
/** The square of all of them: from, and up to, this column and row. */
const [FROM, TO] = [8, 56];

/** JPEG 2000, lossless, of such a picture (`opj_compress -n 3`). */
const JPEG_2000 =
  'AAAADGpQICANCocKAAAAFGZ0eXBqcDIgAAAAAGpwMiAAAAAtanAyaAAAABZpaGRyAAAAQAAAAEAAAQcHAAAAAAAPY29scgEAAAAAABEAAAJRanAyY/9P/1EAKQAAAAAAQAAAAEAAAAAAAAAAAAAAAEAAAABAAAAAAAAAAAAAAQcBAf9SAAwAAAABAAIEBAAB/1wACkBASEhQSEhQ/2QAJQABQ3JlYXRlZCBieSBPcGVuSlBFRyB2ZXJzaW9uIDIuNS4w/5AACgAAAAAB2QAB/5PfhXoZLAk4LFLpzExD2T2qaHrk8d/BuvcX6f8Ak1ktCWQAAHNGszGc5zs1IslCBOrS+NAGBGj4y8zba98nXRi3qNo7ox0Q4Dc/4/utBRjYwVBO/RRsk3cSkAiREJdH8WB6eajmx2GvVALPfgpZVVWTly3OcNJ4J/OWh/4FifrKrcc5znObQqvp+TE5znOYadTekHuPowPKmQSgBfGsI2VVVVBY6shMU5znOcxpUTskHuPowPKmQSgBfKt5kVVVUDHPwM5+BhD7RYAZ1Y3zWUb8MgCMJkQwczlRcaCSdhDDVfxzyBL53oPWH8Gybf2VjTPJ6+UUCepILUTKTT8g3g1fx5/wUuksEP9DJwMGMpg5GJq3AbA94U7GlHIbMdm36VGCPtvATGzcgusj35YV+6FmoF7AItbGyn/u4fn9UCwcZB2Xz8D6fgbQ+0MAj04Au0WK1W4/kEukEXakQGAlCl/SQH9EZYYtbPKJD7YNhsNhrZ4MN3m+b5vnAKjUgrbr5vm/tfSCtuvm+b8uQ0hYzMZEnayoQC6V56VSuMI+v9GcU/IjCGNUfLDnFII5e+ujvlMI0wpGPMU4jUhSJ5inEack27fjJvPWrON88A//2Q==';

export const CODINGS = ['CCITTFaxDecode', 'JBIG2Decode', 'JPXDecode'] as const;

function group4(): Uint8Array {
  const rows = new Uint8Array((SIDE * SIDE) / 8).fill(0xff);
  for (let y = FROM; y < TO; y++) rows.fill(0, (y * SIDE + FROM) / 8, (y * SIDE + TO) / 8);
  return encodeGroup4(rows, SIDE, SIDE);
}

/** A segment of JBIG2 (ITU-T T.88, 7.2) on page 1. */
function segment(number: number, type: number, data: Uint8Array): Buffer {
  const header = Buffer.alloc(11);
  header.writeUInt32BE(number, 0);
  header.writeUInt8(type, 4);
  header.writeUInt8(1, 6);
  header.writeUInt32BE(data.length, 7);
  return Buffer.concat([header, data]);
}

/** The page's information, and one generic region coded as Group 4 is. */
function jbig2(): Uint8Array {
  const page = Buffer.alloc(19);
  const region = Buffer.alloc(18);
  for (const place of [page, region]) {
    place.writeUInt32BE(SIDE, 0);
    place.writeUInt32BE(SIDE, 4);
  }
  region.writeUInt8(1, 17);
  return Buffer.concat([segment(0, 48, page), segment(1, 38, Buffer.concat([region, group4()]))]);
}

/** A page of 300 by 100 points: each coding has a square of 100. */
export async function scanPdf(): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const { context } = document;
  const page = document.addPage([300, 100]);
  page.node.normalize();
  const data = [group4(), jbig2(), Buffer.from(JPEG_2000, 'base64')];
  CODINGS.forEach((coding, i) => {
    const image = context.stream(data[i] ?? new Uint8Array(), {
      Type: 'XObject',
      Subtype: 'Image',
      Width: SIDE,
      Height: SIDE,
      ColorSpace: 'DeviceGray',
      BitsPerComponent: coding === 'JPXDecode' ? 8 : 1,
      Filter: coding,
      ...(coding === 'CCITTFaxDecode' ? { DecodeParms: { K: -1, Columns: SIDE, Rows: SIDE } } : {}),
    });
    page.node.setXObject(PDFName.of(coding), context.register(image));
  });
  const content = CODINGS.map((coding, i) => `q 100 0 0 100 ${i * 100} 0 cm /${coding} Do Q`).join(' ');
  page.node.set(PDFName.of('Contents'), context.register(context.stream(content)));
  return document.save();
}
