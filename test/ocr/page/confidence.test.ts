/** What the engine says of a word reaches the weighing as fine as it was said: wrong and right words lie within one per cent. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { renderSvg } from '../../../src/ocr/image/sharp.ts';
import { modelOf } from '../../../src/ocr/model/model.ts';
import { parsePage } from '../../../src/ocr/page/native.ts';
import { readPage } from '../../../src/ocr/page/read-page.ts';
import { type RawWord, type Recognizer, startRecognizer } from '../../../src/ocr/page/tesseract.ts';
import { loadPen } from '../../../src/ocr/sample-scan/pen.ts';

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

  it('is taken from TSV, that of words which share a box in their order, else as hOCR has it', () => {
    const word = (box: string, whole: number, text: string) =>
      `<span class='ocrx_word' id='word_1_1' title='bbox ${box}; x_wconf ${whole}'>${text}</span>`;
    const words = [
      word('10 10 40 30', 96, 'hồ'),
      word('10 10 40 30', 91, 'sơ'),
      word('50 10 90 30', 88, 'số'),
    ];
    const line = `<span class='ocr_line' id='line_1_1' title="bbox 10 10 90 30; baseline 0 -4; x_size 20">${words.join(' ')}</span>`;
    const rows = ['96.912\thồ', '91.04\tsơ'].map(
      (end, i) => `5\t1\t1\t1\t1\t${i + 1}\t10\t10\t30\t20\t${end}`,
    );

    const read = parsePage([line, 'level\tpage_num', ...rows].join('\n'));

    expect(read.map(({ text, confidence }) => [text, confidence])).to.deep.equal([
      ['hồ', 96.912],
      ['sơ', 91.04],
      ['số', 88],
    ]);
  });

  it('is no whole number of tesseract.js', async () => {
    const text = (await loadPen()).line('Ủy ban nhân dân thành phố', 40, 80, { size: 40 });
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="700" height="140"><rect width="100%" height="100%" fill="#fff"/>${text}</svg>`;
    const pixels = await renderSvg(svg, 700, 140);
    const recognizer = await startRecognizer(modelOf('vie', 'normal'));

    const words = await recognizer.read(
      { width: 700, height: 140, data: pixels.filter((_, i) => i % 3 === 0) },
      '11',
    );

    await recognizer.close();
    expect(words.map((word) => word.text).join(' ')).to.equal('Ủy ban nhân dân thành phố');
    expect(words.filter(({ confidence }) => !Number.isInteger(confidence))).to.have.length.above(3);
  });
});
