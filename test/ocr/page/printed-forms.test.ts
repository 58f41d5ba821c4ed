import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { encodeJpeg, renderSvg } from '../../../src/ocr/image/sharp.ts';
import { createOcrService, type OcrOutput, type OcrService } from '../../../src/ocr/index.ts';
import { loadPen, type Pen } from '../../../src/ocr/sample-scan/pen.ts';

const [WIDTH, HEIGHT] = [1240, 900];

/** Boxes for one character each, as forms have them. */
function boxed(pen: Pen, digits: string, x: number, y: number): string {
  const [side, colour] = [46, '#9cc3ee'];
  return [...digits]
    .map(
      (digit, i) =>
        `<rect x="${x + i * side}" y="${y}" width="${side}" height="${side}" fill="none" stroke="${colour}" stroke-width="2"/>` +
        pen.line(digit, x + (i + 0.5) * side, y + 34, { size: 34, align: 'center' }),
    )
    .join('');
}

/** A certificate: title in red on tinted paper with a red border, a seal, a number in boxes. */
async function certificate(): Promise<Uint8Array> {
  const pen = await loadPen();
  const text = { size: 34 };
  const red = '#c00';
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}"><rect width="100%" height="100%" fill="#fff6ee"/>`,
    `<rect x="30" y="30" width="1180" height="840" fill="none" stroke="#b33" stroke-width="6"/>`,
    pen.line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 620, 110, { ...text, bold: true, align: 'center' }),
    pen.line('Độc lập - Tự do - Hạnh phúc', 620, 160, { ...text, bold: true, align: 'center' }),
    pen.line('GIẤY KHAI SINH', 620, 250, { size: 60, bold: true, align: 'center', color: red }),
    pen.line('Họ, chữ đệm, tên: TRẦN GIA BẢO', 120, 350, text),
    pen.line('Ngày, tháng, năm sinh: 19/10/2026', 120, 410, text),
    pen.line('Số định danh cá nhân:', 120, 474, text),
    boxed(pen, '036226001843', 480, 440),
    pen.line('Nơi cư trú: Thôn Đông Hạ, xã Phú Thịnh, tỉnh Bình Sơn', 120, 550, text),
    `<g fill="none" stroke="${red}" stroke-width="5"><circle cx="300" cy="720" r="110"/></g>`,
    pen.line('XÃ PHÚ THỊNH', 300, 732, { size: 24, align: 'center', color: red }),
    '</svg>',
  ].join('');
  return encodeJpeg(await renderSvg(svg, WIDTH, HEIGHT), WIDTH, HEIGHT, 88);
}

describe('ocr of printed forms', () => {
  let service: OcrService;
  let output: OcrOutput;

  before(async () => {
    service = createOcrService({ jobs: 1 });
    output = await service.recognize([{ name: 'giay-khai-sinh.jpg', bytes: await certificate() }]);
  });
  after(() => service.close());

  it('reads a title in red, which the red channel hides, and nothing of a seal', () => {
    const { fields, pages } = output.result;

    expect(fields.typeName?.value).to.equal('Giấy khai sinh');
    expect(pages[0]?.text).to.contain('GIẤY KHAI SINH').and.not.to.contain('XÃ PHÚ');
  });

  it('reads a number in pale boxes as one word in its place, apart from its label', () => {
    const { fields, pages } = output.result;

    expect(pages[0]?.text.split(/\s+/)).to.include('036226001843');
    expect(fields.identityNumber?.value).to.equal('036226001843');
    const [x0, y0, x1, y1] = fields.identityNumber?.box ?? [];
    expect([x0, y0, x1, y1].every((v) => v !== undefined)).to.equal(true);
    expect(x0).to.be.within(470, 490);
    expect(x1).to.be.within(1020, 1045);
  });

  it('reads the paper of one person as the form it answers', () => {
    const { fields } = output.result;

    expect(fields.applicantName?.value).to.equal('TRẦN GIA BẢO');
    expect(fields.dateOfBirth?.value).to.equal('2026-10-19');
  });
});
