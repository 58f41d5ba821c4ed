import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Gray } from '../../../src/ocr/image/gray.ts';
import { type Prepared, prepare } from '../../../src/ocr/image/prepare.ts';
import { rereadFaded } from '../../../src/ocr/page/further/faded.ts';
import { makeSegment } from '../../../src/ocr/page/lines.ts';
import type { RawWord, Recognizer } from '../../../src/ocr/page/tesseract.ts';
import type { LeftInk } from '../../../src/ocr/page/unread-ink.ts';

type Read = readonly (readonly [text: string, confidence: number])[];

const line = (read: Read, x0 = 300, y0 = 100): RawWord[] =>
  read.map(([text, confidence], i) => ({
    text,
    confidence,
    x0: x0 + 110 * i,
    y0,
    x1: x0 + 110 * i + 100,
    y1: y0 + 40,
    baseline: y0 + 38,
    rowHeight: 40,
  }));

const INK = 60;
const SEAL = 180;

/** A page of 1000 × 600 with black strokes on a line and a grey seal over its left half. */
async function wornPage(steps: Prepared['steps'] = ['even-background']): Promise<Prepared> {
  const data = new Uint8Array(600_000).fill(255);
  for (let y = 90; y < 150; y++) {
    for (let x = 280; x < 450; x++) data[y * 1000 + x] = SEAL;
    for (let x = 300; x < 700; x += 10) data.fill(INK, y * 1000 + x, y * 1000 + x + 3);
  }
  const image = { width: 1000, height: 600, data };
  return { ...(await prepare(image, 0)), image, steps };
}

/** What lines become of which the look at `scale` of the page reads `again`. */
async function look(
  first: Read,
  again: Read,
  { steps, left = [], lines = 1 }: { steps?: Prepared['steps']; left?: LeftInk[]; lines?: number } = {},
) {
  const asked: Gray[] = [];
  const recognizer: Recognizer = {
    read: () => Promise.resolve([]),
    readAll: (pictures) => {
      asked.push(...pictures);
      return Promise.resolve(pictures.map(() => line(again, 24, 8)));
    },
    close: () => Promise.resolve(),
  };
  const segments = Array.from({ length: lines }, () => makeSegment(line(first)));
  const found = await rereadFaded(recognizer, await wornPage(steps), segments, {
    left,
    elsewhere: new Set(),
  });
  return { asked, text: found[0]?.words.map((w) => w.text).join(' '), words: found[0]?.words ?? [] };
}

describe('ocr: weak lines of a worn page read with what is lighter than their writing faded', () => {
  it('takes the seal off and leaves the strokes, and puts the words where they stand', async () => {
    const { asked, text, words } = await look(
      [
        ['Đố', 40],
        ['Khải', 97],
      ],
      [
        ['Đỗ', 96],
        ['Khải', 96],
      ],
    );

    expect(text).to.equal('Đỗ Khải');
    expect([words[0]?.x0, words[0]?.y0]).to.deep.equal([300, 100]);
    expect(asked.map((picture) => new Set(picture.data))).to.deep.equal([new Set([INK, 255])]);
  });

  it('reads a line with the ink left beside it', async () => {
    const left = [{ x0: 250, y0: 102, x1: 295, y1: 138 }];
    const known: Read = [['ĐỐC', 97]];
    const whole: Read = [
      ['GIÁM', 95],
      ['ĐỐC', 97],
    ];

    expect((await look(known, whole, { left })).text).to.equal('GIÁM ĐỐC');
    expect((await look(known, whole)).asked).to.deep.equal([]);
    expect((await look(known, [['ĐỐC', 98]], { left })).text).to.equal('ĐỐC');
  });

  it('joins the two parts of a line that ink parts, and leaves other lines', async () => {
    const recognizer: Recognizer = {
      read: () => Promise.resolve([]),
      readAll: (pictures) => Promise.resolve(pictures.map(() => line([...WHOLE]))),
      close: () => Promise.resolve(),
    };
    const WHOLE: Read = [
      ['PHÓ', 95],
      ['CHÁNH', 94],
      ['VĂN', 97],
    ];
    const rest: Read = [
      ['ÁNH', 85],
      ['VĂN', 97],
    ];
    const segments = [
      makeSegment(line([['PHÓ.', 40]])),
      makeSegment(line(rest, 430)),
      makeSegment(line([['TM.', 97]], 300, 60)),
    ];

    const found = await rereadFaded(recognizer, await wornPage(), segments, {
      left: [{ x0: 402, y0: 102, x1: 428, y1: 138 }],
      elsewhere: new Set(),
    });

    expect(found.map(({ words }) => words.map((w) => w.text).join(' '))).to.deep.equal([
      'PHÓ CHÁNH VĂN',
      'TM.',
    ]);
  });

  it('loses no sure word, no mark and no letter by it, and takes nothing that is weak itself', async () => {
    const first: Read = [
      ['Tỉnh', 60],
      ['Mai', 97],
    ];
    const kept = async (...again: Read) => (await look(first, again)).text;

    expect(await kept(['Tỉnh', 95], ['Hai', 97])).to.equal('Tỉnh Mai');
    expect(await kept(['Tinh', 95], ['Mai', 97])).to.equal('Tỉnh Mai');
    expect(await kept(['Tỉnh:', 95], ['Mai', 97])).to.equal('Tỉnh Mai');
    expect(await kept(['Mai', 97])).to.equal('Tỉnh Mai');
    expect(await kept(['Tĩnh', 65], ['Mai', 97])).to.equal('Tỉnh Mai');
    expect(await kept(['Tĩnh', 88], ['Mai', 97])).to.equal('Tỉnh Mai');
    expect(await kept(['Trĩnh', 88], ['Mai', 97])).to.equal('Trĩnh Mai');
    expect(await kept(['Tĩnh', 95], ['Mai', 97])).to.equal('Tĩnh Mai');
    expect(
      (
        await look(
          [
            ['Lươn', 88],
            ['g', 60],
          ],
          [['Lương', 96]],
        )
      ).text,
    ).to.equal('Lương');
    expect(
      (
        await look(
          [
            ['Mai', 97],
            ['1h', 92],
            ['anh', 95],
          ],
          [
            ['Mai', 97],
            ['Thanh', 95],
          ],
        )
      ).text,
    ).to.equal('Mai Thanh');
  });

  it('looks at no page that is even and without grain, and twice at twelve lines of any other at most', async () => {
    const weak: Read = [['Đốm', 40]];

    expect((await look(weak, [['Đỗm', 96]], { steps: [] })).asked).to.deep.equal([]);
    expect((await look(weak, [['Đỗm', 50]], { lines: 20 })).asked).to.have.lengthOf(24);
  });
});
