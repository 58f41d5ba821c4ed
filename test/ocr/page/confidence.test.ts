/** What the engine says of a word reaches the weighing as fine as it was said: wrong and right words lie within one per cent. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readPage } from '../../../src/ocr/page/read-page.ts';
import type { RawWord, Recognizer } from '../../../src/ocr/page/tesseract.ts';

const [WIDTH, HEIGHT] = [1654, 2339];

/** An engine that reads three lines of twelve words, the first of them with the confidence it is told. */
function engineOf(confidence: number): Recognizer {
  const words: RawWord[] = Array.from({ length: 36 }, (_, i) => {
    const [x0, y0] = [100 + (i % 12) * 90, 200 + Math.floor(i / 12) * 60];
    const box = { x0, y0, x1: x0 + 75, y1: y0 + 28, baseline: y0 + 26, rowHeight: 34 };
    return { text: 'công', confidence: i === 0 ? confidence : 96, ...box };
  });
  return {
    read: (_, mode) => Promise.resolve(mode === '11' ? words : []),
    readAll: (images) => Promise.resolve(images.map(() => [])),
    close: () => Promise.resolve(),
  };
}

describe('ocr: confidence of a word', () => {
  it('tells 96.4 from 95.6', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'confidence-'));
    const path = join(folder, 'page.raw');
    writeFileSync(path, new Uint8Array(WIDTH * HEIGHT).fill(250));
    const image = { kind: 'raw', path, width: WIDTH, height: HEIGHT, channels: 1 } as const;
    const source = { image, dpi: 200, mode: 'full', maxPixels: WIDTH * HEIGHT } as const;
    const oracle = { detect: () => Promise.resolve(null) };
    const confidenceAt = async (confidence: number) =>
      (await readPage(source, { recognizer: engineOf(confidence), oracle })).lines[0]?.words[0]?.confidence ??
      0;

    const [less, more] = [await confidenceAt(95.6), await confidenceAt(96.4)];

    expect(more).to.be.above(less);
    rmSync(folder, { recursive: true });
  });
});
