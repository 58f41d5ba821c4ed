import { expect } from 'chai';
import type { Gray } from '../../../src/ocr/image/gray.ts';
import type { Prepared } from '../../../src/ocr/image/prepare.ts';
import type { RawWord, Recognizer } from '../../../src/ocr/page/tesseract.ts';
import { readUnreadInk } from '../../../src/ocr/page/unread-ink.ts';

const [WIDTH, HEIGHT] = [600, 200];
/** Strokes are letters of this shape, all on one line. */
const STROKE = { width: 6, top: 80, bottom: 112 };

function pageOf(strokes: readonly number[]): Gray {
  const data = new Uint8Array(WIDTH * HEIGHT).fill(255);
  for (const x of strokes)
    for (let y = STROKE.top; y < STROKE.bottom; y++)
      data.fill(0, y * WIDTH + x, y * WIDTH + x + STROKE.width);
  return { width: WIDTH, height: HEIGHT, data };
}

function word(text: string, x0: number, x1: number): RawWord {
  const { top: y0, bottom: y1 } = STROKE;
  return { text, confidence: 95, x0, y0, x1, y1, baseline: y1 - 1, rowHeight: 36 };
}

/** Reads every stroke it is shown as a one. */
const strokeReader: Pick<Recognizer, 'readAll'> = {
  readAll: async (pictures) =>
    pictures.map(({ width, height, data }) => {
      const middle = Math.floor(height / 2) * width;
      const starts = [...data.subarray(middle, middle + width).keys()].filter(
        (x) => (data[middle + x] as number) < 128 && (x === 0 || (data[middle + x - 1] as number) >= 128),
      );
      const [first = 0, last = first] = [starts[0], starts.at(-1)];
      const text = '1'.repeat(starts.length);
      return [{ ...word(text, first, last + STROKE.width), y0: height / 4, y1: (height * 3) / 4 }];
    }),
};

async function readOn(strokes: readonly number[], words: readonly RawWord[]): Promise<string[]> {
  const prepared = { image: pageOf(strokes) } as Prepared;
  const { words: found } = await readUnreadInk(strokeReader as Recognizer, prepared, words);
  return found.sort((a, b) => a.x0 - b.x0).map(({ text }) => text);
}

describe('ocr unread ink', () => {
  it('reads a letter that no word covers, and not its neighbours once more with it', async () => {
    const words = [word('III', 105, 137), word('IIIII', 164, 220)];

    expect(await readOn([105, 117, 131, 147, 164, 176, 188, 200, 214], words)).to.deep.equal([
      'III',
      '1',
      'IIIII',
    ]);
  });

  it('leaves out the first letter of a word whose box begins after it', async () => {
    const words = [word('Số:', 100, 130), word('11/UBND', 182, 300)];

    expect(await readOn([100, 112, 124, 168, 182, 194, 206, 218, 294], words)).to.deep.equal([
      'Số:',
      '11/UBND',
    ]);
  });
});
