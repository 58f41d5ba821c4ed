/** Large pictures reach tesseract.js in memory that is used again. */
import { expect } from 'chai';
import type { Gray } from '../../../src/ocr/image/gray.ts';
import { renderSvg } from '../../../src/ocr/image/sharp.ts';
import { modelOf } from '../../../src/ocr/model/model.ts';
import { type Recognizer, startRecognizer } from '../../../src/ocr/page/tesseract.ts';
import { loadPen } from '../../../src/ocr/sample-scan/pen.ts';

/** A page of one line of text. */
async function drawn(words: string, width: number, height: number): Promise<Gray> {
  const text = (await loadPen()).line(words, 60, height - 90, { size: 40 });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#fff"/>${text}</svg>`;
  const pixels = await renderSvg(svg, width, height);
  return { width, height, data: pixels.filter((_, i) => i % 3 === 0) };
}

describe('ocr: pictures handed to tesseract.js', () => {
  let recognizer: Recognizer;
  before(async () => {
    recognizer = await startRecognizer(modelOf('vie', 'normal'));
  });
  after(() => recognizer?.close());

  it('are read one by one, and two at once, with nothing of one in the other', async () => {
    const large = await drawn('Ủy ban nhân dân thành phố', 1300, 1400);
    const less = await drawn('Đơn đề nghị cấp giấy phép', 1290, 1300);
    const small = await drawn('Nơi nhận hồ sơ', 700, 200);
    const read = async (image: Gray) =>
      (await recognizer.read(image, '11')).map((word) => word.text).join(' ');

    const inTurn = [await read(large), await read(less), await read(small), await read(large)];
    const atOnce = await Promise.all([read(less), read(large), read(small)]);

    const [first, second, third] = [
      'Ủy ban nhân dân thành phố',
      'Đơn đề nghị cấp giấy phép',
      'Nơi nhận hồ sơ',
    ];
    expect(inTurn).to.deep.equal([first, second, third, first]);
    expect(atOnce).to.deep.equal([second, first, third]);
  });

  it('give their words where a line has more in it than these', async () => {
    // Noise (Park and Miller, 1988), in which letters are seen beside what is left out as none.
    const noisy = (start: number): Gray => {
      let seed = start;
      const next = (): number => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed;
      };
      next();
      next();
      return { width: 24, height: 10, data: Uint8Array.from({ length: 240 }, () => (next() >> 8) & 255) };
    };

    const read = await recognizer.readAll([96, 204, 756].map(noisy), '7');

    for (const [word] of read) {
      expect(word?.text).to.match(/\S/);
      expect(word?.baseline).to.be.within((word?.y0 ?? 0) - 1, (word?.y1 ?? 0) + 1);
      expect(word?.rowHeight).to.be.within(5, 40);
    }
  });
});
