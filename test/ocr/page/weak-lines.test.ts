import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Gray } from '../../../src/ocr/image/gray.ts';
import { prepare } from '../../../src/ocr/image/prepare.ts';
import { makeSegment } from '../../../src/ocr/page/lines.ts';
import type { RawWord, Recognizer } from '../../../src/ocr/page/tesseract.ts';
import { rereadWeakLines } from '../../../src/ocr/page/weak-lines.ts';

const word = (text: string, confidence: number, x0: number, y0: number): RawWord => ({
  text,
  confidence,
  x0,
  y0,
  x1: x0 + 200,
  y1: y0 + 40,
  baseline: y0 + 38,
  rowHeight: 40,
});

/** Reads every picture as one word, as sure as `sureOf` its height. */
const recognizerOf = (asked: Gray[], sureOf: (height: number) => number): Recognizer => ({
  read: () => Promise.resolve([]),
  readAll: (pictures) => {
    asked.push(...pictures);
    return Promise.resolve(pictures.map(({ height }) => [word(`cao ${height}`, sureOf(height), 16, 16)]));
  },
  close: () => Promise.resolve(),
});

/** Reads every picture as `answer` says. */
const answering = (asked: Gray[], answer: (picture: Gray) => RawWord[]): Recognizer => ({
  ...recognizerOf([], () => 0),
  readAll: (pictures) => {
    asked.push(...pictures);
    return Promise.resolve(pictures.map(answer));
  },
});

/** A line of place and date. */
const dated = (month: string, sure: number): RawWord[] =>
  ['Bình', 'Sơn,', 'ngày', '16', 'tháng', month, 'năm', '2024'].map((text, i) =>
    word(text, text === 'J' ? 33 : sure, 100 + 210 * i, 100),
  );

const page = () => prepare({ width: 1000, height: 600, data: new Uint8Array(600_000).fill(255) }, 0);
/** How many looks were taken at a line, and the word that stands at `at` of it then. */
const rereadLine = async (line: RawWord[], at: number, answer: (picture: Gray) => RawWord[]) => {
  const asked: Gray[] = [];
  const [found] = await rereadWeakLines(
    answering(asked, answer),
    await page(),
    [makeSegment(line)],
    new Set(),
  );
  return [asked.length, found?.words[at]?.text];
};
const reread = async (text: string, confidence: number, sureOf: (height: number) => number) => {
  const asked: Gray[] = [];
  const segments = [makeSegment([word(text, confidence, 300, 100)])];
  const found = await rereadWeakLines(recognizerOf(asked, sureOf), await page(), segments, new Set());
  return { looks: asked.length, words: found[0]?.words ?? [] };
};

describe('ocr: weak lines read again', () => {
  it('looks once more at another scale where the first look is no surer, and puts the words where they stand', async () => {
    // 40 pixels and 0.3 of them above and below are 64; 0.8 of 76 are 61.
    const { looks, words } = await reread('giấv', 50, (height) => (height === 61 ? 90 : 40));

    expect(looks).to.equal(2);
    expect(words.map(({ text, x0, y0 }) => [text, x0, y0])).to.deep.equal([['cao 61', 296, 102]]);
  });

  it('is content with a first look that is sure, and with a line that was', async () => {
    expect(await reread('giấv', 50, () => 95)).to.deep.include({ looks: 1 });
    expect(await reread('giấy', 85, () => 95)).to.deep.include({ looks: 0 });
  });

  it('asks more of an abbreviation, with which no lexicon helps', async () => {
    expect((await reread('PGD', 85, () => 95)).words[0]?.text).to.equal('cao 64');
    expect(await reread('PHÒNG', 85, () => 95)).to.deep.include({ looks: 0 });
  });

  it('keeps a number whole that a look parts', async () => {
    const parted: Recognizer = {
      ...recognizerOf([], () => 0),
      readAll: (pictures) =>
        Promise.resolve(pictures.map(() => [word('29', 98, 16, 16), word('16/SNN', 80, 226, 16)])),
    };
    const segments = [makeSegment([word('2916/SNN', 50, 300, 100)])];

    const [found] = await rereadWeakLines(parted, await page(), segments, new Set());

    expect(found?.words.map(({ text }) => text)).to.deep.equal(['2916/SNN']);
  });

  it('leaves strokes of a pen alone: no text, and far higher than the letters of the page', async () => {
    const print = [0, 1, 2].map((row) => makeSegment([word('giấy', 95, 100, 100 * row)]));
    const signed = (confidence: number, height: number) => [
      ...print,
      makeSegment([{ ...word('Ii2w', confidence, 100, 400), y1: 400 + height }]),
    ];
    const looksAt = async (confidence: number, height: number): Promise<number> => {
      const asked: Gray[] = [];
      await rereadWeakLines(
        recognizerOf(asked, () => 95),
        await page(),
        signed(confidence, height),
        new Set(),
      );
      return asked.length;
    };

    expect(await looksAt(10, 120)).to.equal(0);
    // A title in large letters, or one of which half was read.
    expect(await looksAt(10, 80)).to.equal(1);
    expect(await looksAt(60, 120)).to.equal(1);
  });

  it('gives no sure word up for a look at another scale', async () => {
    const asked: Gray[] = [];
    const segments = [makeSegment([word('Lương', 98, 300, 100), word('ẤẢ', 5, 520, 100)])];
    const recognizer = recognizerOf(asked, (height) => (height === 61 ? 90 : 40));

    const [found] = await rereadWeakLines(recognizer, await page(), segments, new Set());

    expect([asked.length, found?.words[0]?.text]).to.deep.equal([2, 'Lương']);
  });

  it('reads a day there is not again, and takes the other figures where the line is the same', async () => {
    const reread = async (first: string, again: string) =>
      (await rereadLine(dated(first, 96), 5, () => dated(again, 80)))[1];

    expect(await reread('19', '10')).to.equal('10');
    expect(await reread('19', '18')).to.equal('19');
    expect(await reread('11', '10')).to.equal('11');
  });

  it('reads a month again that may lack a figure, and takes one that has it', async () => {
    const reread = (first: string, again: string) => rereadLine(dated(first, 96), 5, () => dated(again, 80));

    expect(await reread('1', '11')).to.deep.equal([1, '11']);
    expect(await reread('1', '1'), 'one that has none').to.deep.equal([4, '1']);
    expect(await reread('1', '08'), 'another').to.deep.equal([4, '1']);
    expect(await reread('J', 'ÏÏ'), 'letters misread for figures').to.deep.equal([2, 'ÏÏ']);
    expect(await reread('3', '03'), 'no 0 belongs in front of it').to.deep.equal([0, '3']);
  });

  it('looks at a number that is none in small, and takes figures where the notation is the same', async () => {
    const numbered = (text: string, sure: number): RawWord[] => [
      word('Số:', sure, 100, 100),
      word(text, sure, 310, 100),
    ];
    // 0.5 of 40 pixels and 0.45 of them above and below: 38.
    const reread = (first: string, inSmall: string) =>
      rereadLine(numbered(first, 96), 1, ({ height }) => numbered(height < 40 ? inSmall : first, 98));

    expect(await reread('00/NQ-HĐQT', '09/NQ-HĐQT')).to.deep.equal([4, '09/NQ-HĐQT']);
    expect(await reread('00/NQ-HĐQT', '09/NQ-HĐĐT'), 'another notation').to.deep.equal([4, '00/NQ-HĐQT']);
    expect(await reread('00/NQ-HĐQT', '90000/NQ-HĐQT'), 'more figures').to.deep.equal([4, '00/NQ-HĐQT']);
    expect(await reread('10/NQ-HĐQT', '19/NQ-HĐQT')).to.deep.equal([0, '10/NQ-HĐQT']);
  });

  describe('of a line with one doubtful word', () => {
    /** Words as black boxes, so many pixels of white between them. */
    const drawn = async (texts: readonly [text: string, confidence: number][], gap: number) => {
      const prepared = await page();
      const words = texts.map(([text, confidence], i) => word(text, confidence, 20 + i * (90 + gap), 100));
      for (const w of words) {
        w.x1 = w.x0 + 90;
        for (let y = w.y0; y < w.y1; y += 1)
          prepared.image.data.fill(0, y * prepared.image.width + w.x0, y * prepared.image.width + w.x1);
      }
      return { prepared, words };
    };
    const inkColumns = ({ data, width, height }: Gray): number =>
      Array.from({ length: width }, (_, x) => x).filter((x) => data[(height >> 1) * width + x] === 0).length;
    const texts: [string, number][] = [
      ['Nay', 96],
      ['căn', 96],
      ['cứ', 96],
      ['Nghi', 40],
      ['định', 96],
      ['số', 96],
      ['của', 96],
      ['ngày', 96],
      ['cũ', 96],
    ];

    it('reads it with its neighbours alone, nothing of the others in sight, and leaves those as they were', async () => {
      const { prepared, words } = await drawn(texts, 14);
      const asked: Gray[] = [];
      const again = ['căn', 'cứ', 'Nghị', 'định', 'số'].map((text, i) => word(text, 97, 24 + 104 * i, 16));
      const recognizer = answering(asked, () => again);

      const [found] = await rereadWeakLines(recognizer, prepared, [makeSegment(words)], new Set());

      expect(asked.map(inkColumns)).to.deep.equal([450]);
      expect(found?.words.map(({ text }) => text).join(' ')).to.equal('Nay căn cứ Nghị định số của ngày cũ');
      expect(found?.words[0]).to.equal(words[0]);
      expect(found?.words[3]?.x0, 'where it stands').to.be.closeTo(words[3]?.x0 ?? 0, 4);
    });

    it('cuts where there is no ink, not where the boxes of the words say', async () => {
      const { prepared, words } = await drawn(texts, 14);
      // The box of the neighbour's neighbour begins too early, that of the neighbour ends too soon.
      const [first, second] = words as [RawWord, RawWord];
      first.x1 += 10;
      second.x0 += 10;
      const asked: Gray[] = [];

      await rereadWeakLines(
        recognizerOf(asked, () => 95),
        prepared,
        [makeSegment(words)],
        new Set(),
      );

      expect(asked.map(inkColumns)).to.deep.equal([450]);
    });

    it('takes a word more where letters touch, and the whole line where that leaves no cut', async () => {
      const { prepared, words } = await drawn(texts, 14);
      // Ink between the first two words.
      for (let y = 100; y < 140; y += 1) prepared.image.data.fill(0, y * 1000 + 105, y * 1000 + 130);
      const asked: Gray[] = [];
      await rereadWeakLines(
        recognizerOf(asked, () => 95),
        prepared,
        [makeSegment(words)],
        new Set(),
      );
      expect(asked.map(inkColumns), 'six words and the blank that was inked').to.deep.equal([554]);

      const touching = await drawn(texts, 0);
      const all: Gray[] = [];
      await rereadWeakLines(
        recognizerOf(all, () => 95),
        touching.prepared,
        [makeSegment(touching.words)],
        new Set(),
      );
      expect(all.map(inkColumns)).to.deep.equal([810]);
    });
  });
});
