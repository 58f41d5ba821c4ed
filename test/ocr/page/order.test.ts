import { expect } from 'chai';
import { describe, it } from 'mocha';
import { toPageBox } from '../../../src/ocr/page/geometry.ts';
import { orderWords } from '../../../src/ocr/page/order.ts';
import type { RawWord } from '../../../src/ocr/page/tesseract.ts';
import { repeats } from '../../../src/ocr/page/unread-ink.ts';

function word(text: string, x: number, y: number): RawWord {
  return {
    text,
    confidence: 90,
    x0: x,
    y0: y,
    x1: x + text.length * 14,
    y1: y + 28,
    baseline: y + 26,
    rowHeight: 32,
  };
}

const read = (words: RawWord[], rulings: Parameters<typeof orderWords>[1] = []): string[] =>
  orderWords(words, rulings).map((segment) => segment.words.map((w) => w.text).join(' '));

describe('ocr reading order', () => {
  it('reads the left head before the right one, then the body', () => {
    const words = [
      word('QUỐC', 900, 100),
      word('HIỆU', 970, 100),
      word('CƠ', 200, 100),
      word('QUAN', 240, 100),
      word('TIÊU', 900, 140),
      word('NGỮ', 970, 140),
      word('SỐ', 220, 140),
      word('Thân', 100, 300),
      word('văn', 170, 300),
      word('bản', 230, 300),
      word('dài', 290, 300),
      word('qua', 345, 300),
      word('cả', 400, 300),
    ];

    expect(read(words.reverse())).to.deep.equal([
      'CƠ QUAN',
      'SỐ',
      'QUỐC HIỆU',
      'TIÊU NGỮ',
      'Thân văn bản dài qua cả',
    ]);
  });

  it('reads two columns whose letters are of two sizes one after the other, though no lines stand level', () => {
    const words = [
      word('Nơi', 220, 883),
      word('nhận:', 270, 883),
      word('TL.', 1080, 894),
      word('GIÁM', 1130, 894),
      word('-', 224, 918),
      word('Như', 250, 918),
      word('TRƯỞNG', 1055, 946),
      word('-', 224, 956),
      word('Lưu:', 250, 956),
      word('TỔ', 1000, 992),
      { ...word('-', 1040, 994), y0: 1008, y1: 1012 },
      word('HÀNH', 1066, 990),
      word('Trang', 100, 1200),
    ];

    expect(read(words)).to.deep.equal([
      'Nơi nhận:',
      '- Như',
      '- Lưu:',
      'TL. GIÁM',
      'TRƯỞNG',
      'TỔ - HÀNH',
      'Trang',
    ]);
  });

  it('reads a ruled table row by row, cell by cell, with the lines of a cell together', () => {
    const rulings = [100, 200, 300]
      .map((y) => ({ x0: 50, x1: 650, y0: y, y1: y + 2, horizontal: true }))
      .concat([50, 350, 650].map((x) => ({ x0: x, x1: x + 2, y0: 100, y1: 302, horizontal: false })));
    const words = [
      word('a1', 70, 110),
      word('a2', 70, 150),
      word('b1', 370, 130),
      word('c1', 70, 230),
      word('d1', 370, 210),
      word('d2', 370, 250),
    ];

    expect(read(words, rulings)).to.deep.equal(['a1', 'a2', 'b1', 'c1', 'd1', 'd2']);
  });

  it('keeps a line that stands alone under the head out of its left column', () => {
    const words = [
      word('TRÁI', 100, 100),
      word('PHẢI', 900, 100),
      word('trái2', 100, 140),
      word('phải2', 900, 140),
      word('Kính', 300, 230),
      word('gửi:', 370, 230),
    ];

    expect(read(words).at(-1)).to.equal('Kính gửi:');
  });

  it('gives nothing for a page without words', () => {
    expect(read([])).to.deep.equal([]);
  });
});

describe('ocr unread ink', () => {
  it('drops the end of a word that was read whole, and keeps what stands beside it', () => {
    const whole = word('NGUYÊN', 424, 478);
    const end = { ...word('ỄN', 470, 478), x1: 512 };
    const beside = word('ÊN', 520, 478);

    expect([repeats(end, whole), repeats(beside, whole), repeats(whole, end)]).to.deep.equal([
      true,
      false,
      false,
    ]);
  });
});

describe('ocr boxes', () => {
  it('come back to the slanted page: a level line that rises to the right on the scan', () => {
    const transform = {
      width: 1000,
      height: 1000,
      scale: 1,
      skewDegrees: 2,
      preparedWidth: 1034,
      preparedHeight: 1034,
    };

    const left = toPageBox(transform, 100, 500, 120, 520);
    const right = toPageBox(transform, 900, 500, 920, 520);

    expect(left[1] - right[1]).to.be.within(26, 30); // 800 px × sin 2° = 27.9
    expect(right[0] - left[0]).to.be.within(798, 801);
  });
});
