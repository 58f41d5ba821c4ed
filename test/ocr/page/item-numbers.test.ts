import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { encodeJpeg, renderSvg } from '../../../src/ocr/image/sharp.ts';
import { createOcrService, type OcrService } from '../../../src/ocr/index.ts';
import { loadPen } from '../../../src/ocr/sample-scan/pen.ts';

describe('ocr: ink no word was read on', () => {
  let service: OcrService;
  before(() => {
    service = createOcrService({ jobs: 1 });
  });
  after(() => service.close());

  it('reads the numbers of items, which stand apart from their text', async () => {
    const [pen, width, height] = [await loadPen(), 1654, 1200];
    const items = [
      'Ngày, tháng, năm sinh: 09/11/1981',
      'Giới tính: Nam',
      'Quốc tịch: Nhật Bản',
      'Số hộ chiếu: TR8830417',
      'Làm việc tại: Công ty TNHH Linh kiện chính xác',
      'Địa điểm làm việc: Khu công nghiệp Phú Mỹ 2',
      'Vị trí công việc: Chuyên gia',
      'Chức danh công việc: Kỹ sư trưởng',
    ].map((text, i) => `${i + 1}. ${text}`);
    const drawn = items.map((text, i) => pen.line(text, 220, 200 + i * 54, { size: 38 })).join('');
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#fff"/>${drawn}</svg>`;
    const bytes = encodeJpeg(await renderSvg(svg, width, height), width, height, 95);

    const { result } = await service.recognize([{ name: 'khai.jpg', bytes: await bytes }]);

    expect(result.pages[0]?.text.split('\n').map((text) => text.slice(0, 3))).to.deep.equal(
      items.map((text) => text.slice(0, 3)),
    );
  });
});
