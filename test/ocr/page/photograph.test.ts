import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { encodeJpeg } from '../../../src/ocr/image/sharp.ts';
import { type Homography, project } from '../../../src/ocr/image/sheet/homography.ts';
import { createOcrService, type OcrOutput, type OcrPage, type OcrService } from '../../../src/ocr/index.ts';
import { photograph } from '../camera.ts';
import { drawForm } from '../photographs.ts';
import { qpdfCheck, withFile } from '../support.ts';

const SHOT = { width: 1800, height: 2400, pitch: -14, yaw: 9, roll: 5, fill: 0.78, shadow: true };

interface Place {
  text: string;
  x: number;
  y: number;
}

/** Words that stand once on the page, by the middle of their boxes or corners. */
function placesOf(page: OcrPage): Place[] {
  const places = page.words.map(({ text, box, quad }) => {
    const xs = quad ? [quad[0], quad[2], quad[4], quad[6]] : [box[0], box[2]];
    const ys = quad ? [quad[1], quad[3], quad[5], quad[7]] : [box[1], box[3]];
    const mean = (values: number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
    return { text, x: mean(xs), y: mean(ys) };
  });
  return places.filter((p) => p.text.length > 2 && places.filter((q) => q.text === p.text).length === 1);
}

/** Places of the words poppler finds in a PDF, pixels of a page so wide. */
function placesInPdf(pdf: Uint8Array, width: number): Place[] {
  const html = withFile(pdf, (path) => execFileSync('pdftotext', ['-bbox', path, '-'], { encoding: 'utf8' }));
  const page = Number(/<page width="([\d.]+)"/.exec(html)?.[1]);
  const pattern = /<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)</g;
  return [...html.matchAll(pattern)].map(([, x0, y0, x1, y1, text = '']) => ({
    text,
    x: ((Number(x0) + Number(x1)) / 2) * (width / page),
    y: ((Number(y0) + Number(y1)) / 2) * (width / page),
  }));
}

describe('ocr: a form photographed with a telephone', () => {
  let service: OcrService;
  let photo: OcrOutput;
  let flat: OcrOutput;
  let toPicture: Homography;

  before(async () => {
    service = createOcrService({ jobs: 1 });
    const form = await drawForm();
    const shot = await photograph(form, SHOT);
    toPicture = shot.toPicture;
    const scan = await encodeJpeg(form.data, form.width, form.height, 90);
    flat = await service.recognize([{ name: 'scan.jpg', bytes: scan }]);
    photo = await service.recognize([{ name: 'anh.jpg', bytes: shot.jpeg }]);
  });
  after(() => service.close());

  it('says that it was straightened, and the scan that it was not', () => {
    expect(photo.result.pages[0]?.treatment?.steps).to.include('rectify');
    expect(flat.result.pages[0]?.treatment?.steps).to.not.include('rectify');
    expect(flat.result.pages[0]?.words.some((w) => w.quad)).to.equal(false);
  });

  it('gives the fields of the form, with their places in the picture', () => {
    const { fields } = photo.result;

    expect(fields.applicantName?.value).to.equal('TRẦN THỊ HỒNG NHUNG');
    expect(fields.identityNumber?.value).to.equal('048194003271');
    expect(fields.dateOfBirth?.value).to.equal('1994-09-15');
    expect(fields.dossierCode?.value).to.equal('H17.28-261104-0152');
    expect(fields.typeName?.value).to.equal('Tờ khai yêu cầu cấp Phiếu lý lịch tư pháp');
    const code = photo.result.pages[0]?.words.find((w) => w.text === 'H17.28-261104-0152')?.box ?? [
      0, 0, 0, 0,
    ];
    const [x0, y0, x1, y1] = fields.dossierCode?.box ?? [0, 0, 0, 0];
    expect(x0).to.be.at.most(code[0] + 3);
    expect(y0).to.be.at.most(code[1] + 3);
    expect(x1).to.be.at.least(code[2] - 3);
    expect(y1).to.be.at.least(code[3] - 3);
  });

  it('keeps the order of the lines', () => {
    const lines = (output: OcrOutput): string[] => output.text.split('\n').map((l) => l.slice(0, 12));
    const order = lines(flat).filter((l) => l.length === 12);

    const found = order.map((l) => lines(photo).indexOf(l)).filter((at) => at >= 0);

    expect(found.length).to.be.at.least(0.85 * order.length);
    expect(found).to.deep.equal([...found].sort((a, b) => a - b));
  });

  it('knows where every word is in the picture', () => {
    const page = photo.result.pages[0] as OcrPage;
    expect([page.width, page.height]).to.deep.equal([SHOT.width, SHOT.height]);
    const seen = new Map(placesOf(page).map((p) => [p.text, p]));
    const pairs = placesOf(flat.result.pages[0] as OcrPage).flatMap((p) => {
      const other = seen.get(p.text);
      return other ? [{ want: project(toPicture, p.x, p.y), got: other }] : [];
    });

    expect(pairs.length).to.be.at.least(40);
    for (const { want, got } of pairs)
      expect(Math.hypot(want.x - got.x, want.y - got.y), got.text).to.be.below(9);
  });

  it('has every word in the PDF where it is seen', () => {
    const page = photo.result.pages[0] as OcrPage;
    const drawn = placesInPdf(photo.pdf, page.width);
    const words = placesOf(page);

    const pairs = words.flatMap((word) =>
      drawn.filter((d) => d.text === word.text).map((d) => ({ word, d })),
    );

    expect(pairs.length).to.be.at.least(0.9 * words.length);
    // An eighth of an inch of paper is far; a line is 20 pixels high here.
    for (const { word, d } of pairs)
      expect(Math.hypot(word.x - d.x, word.y - d.y), word.text).to.be.below(14);
    expect(qpdfCheck(photo.pdf)).to.match(/No syntax or stream encoding errors/);
  });
});

describe('ocr: a form photographed in bad light', () => {
  let service: OcrService;

  before(() => {
    service = createOcrService({ jobs: 1 });
  });
  after(() => service.close());

  it('is read upright when half of it lies in the shadow of a hand', async () => {
    const held = { width: 1800, height: 2400, pitch: 12, yaw: 8, roll: 3, fill: 0.85 };
    const { jpeg } = await photograph(await drawForm(), { ...held, dimming: 0.4, shadow: true });

    const { result } = await service.recognize([{ name: 'anh.jpg', bytes: jpeg }]);

    expect(result.pages[0]?.rotation).to.equal(0);
    expect(result.fields.applicantName?.value).to.equal('TRẦN THỊ HỒNG NHUNG');
  });
});
