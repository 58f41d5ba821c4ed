/** The marks of a bar code are not writing, whatever the recogniser makes of them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import { prepareZXingModule, writeBarcode } from 'zxing-wasm/writer';
import { renderSvg } from '../../../src/ocr/image/sharp.ts';
import { modelOf } from '../../../src/ocr/model/model.ts';
import { readPage } from '../../../src/ocr/page/read-page.ts';
import { type Recognizer, startRecognizer } from '../../../src/ocr/page/tesseract.ts';
import { loadPen } from '../../../src/ocr/sample-scan/pen.ts';

const [WIDTH, HEIGHT] = [1654, 2339];
const CODE = 'H55.38.12-250514-0037';

describe('ocr: a page with bar codes', () => {
  let recognizer: Recognizer;
  let folder: string;
  before(async () => {
    const path = createRequire(import.meta.url).resolve('zxing-wasm/writer/zxing_writer.wasm');
    const { buffer, byteOffset, byteLength } = readFileSync(path);
    const wasmBinary = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
    recognizer = await startRecognizer(modelOf('vie', 'normal'));
    folder = mkdtempSync(join(tmpdir(), 'codes-'));
  });
  after(async () => {
    await recognizer.close();
    rmSync(folder, { recursive: true });
  });

  /** Reads an A4 page at 200 dpi with these lines of print and the code in two forms, all of it turned clockwise. */
  async function read(lines: readonly string[], turned: 0 | 90 | 180) {
    const pen = await loadPen();
    const text = lines.map((line, i) => pen.line(line, 200, 400 + 60 * i, { size: 36 }));
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}"><rect width="100%" height="100%" fill="#fff"/>${text.join('')}</svg>`;
    const rgb = await renderSvg(svg, WIDTH, HEIGHT);
    const codes = await Promise.all(
      ([['QRCode', 6, 300, 1000] as const, ['PDF417', 3, 900, 1500] as const] as const).map(
        async ([format, scale, left, top]) => {
          const { image } = await writeBarcode(CODE, { format, scale });
          return { input: Buffer.from((await image?.arrayBuffer()) ?? new ArrayBuffer()), left, top };
        },
      ),
    );
    const page = sharp(rgb, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } }).composite(codes);
    const whole = sharp(await page.png().toBuffer())
      .rotate(turned)
      .greyscale();
    const { data, info } = await whole.raw().toBuffer({ resolveWithObject: true });
    const path = join(folder, 'page.raw');
    writeFileSync(path, data);
    const image = { kind: 'raw', path, width: info.width, height: info.height, channels: 1 } as const;
    const source = { image, dpi: 200, mode: 'full', maxPixels: WIDTH * HEIGHT } as const;
    return readPage(source, { recognizer, oracle: { detect: () => Promise.resolve(null) } });
  }

  it('reads the print around them and nothing in them', async () => {
    const lines = [
      'GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ',
      'Tiếp nhận hồ sơ của: Bà Triệu Thị Mẩy',
      'Nội dung yêu cầu giải quyết: Đăng ký biến động quyền sử dụng đất',
      'Số lượng hồ sơ: 01 bộ',
    ];

    for (const turned of [0, 180] as const) {
      const page = await read(lines, turned);

      expect(page.rotation).to.equal(turned);
      expect(page.lines.map(({ words }) => words.map(({ text }) => text).join(' '))).to.deep.equal(lines);
      expect(page.barcodes.map(({ text }) => text)).to.deep.equal([CODE, CODE]);
      const [square] = page.barcodes;
      expect(square?.box[0]).to.be.within(300, 350);
      expect(square?.box[3]).to.be.within(1100, 1200);
    }
  });

  for (const turned of [0, 90] as const)
    it(`leaves a page of codes alone as it lies, and does not call it blank: ${turned}°`, async () => {
      const page = await read([], turned);

      expect(page.lines).to.deep.equal([]);
      expect(page.rotation).to.equal(0);
      expect([page.width, page.height]).to.deep.equal(turned === 0 ? [WIDTH, HEIGHT] : [HEIGHT, WIDTH]);
      expect(page.treatment?.blank).to.equal(false);
      expect(page.barcodes.map(({ format, text }) => `${format} ${text}`).sort()).to.deep.equal([
        `PDF_417 ${CODE}`,
        `QR_CODE ${CODE}`,
      ]);
    });
});
