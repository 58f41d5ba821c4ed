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

  it('tells an indented line beside a second column from a gap of the line above it', () => {
    const words = [
      word('12', 130, 100),
      word('CÔNG', 360, 100),
      word('BÁO', 440, 100),
      // Indented: what lies in front of it is no gutter, though it falls into the gap above.
      word('Điều', 200, 170),
      word('năm', 280, 170),
      word('trái', 350, 170),
      word('phải', 640, 170),
      word('đầu', 710, 170),
      word('tiếp', 120, 215),
      word('trái', 190, 215),
      word('phải', 560, 215),
      word('nhì', 640, 215),
    ];

    expect(read(words)).to.deep.equal([
      '12',
      'CÔNG BÁO',
      'Điều năm trái',
      'tiếp trái',
      'phải đầu',
      'phải nhì',
    ]);
  });

  it('keeps recipients together where a signature beside them stands between two of their lines', () => {
    const words = [
      word('Nhận:', 230, 1170),
      word('TRƯỞNG', 980, 1176),
      word('Một', 230, 1212),
      word('PHÓ', 980, 1226),
      word('Hai', 230, 1254),
      { ...word('V~', 1034, 1300), y1: 1392, baseline: 1391 },
      word('Ba', 230, 1296),
      word('Lưu', 230, 1338),
      word('Thắm', 980, 1480),
    ];

    expect(read(words)).to.deep.equal(['Nhận:', 'Một', 'Hai', 'Ba', 'Lưu', 'TRƯỞNG', 'PHÓ', 'V~', 'Thắm']);
  });

  const spread = (text: string, centre: number, y: number): RawWord[] => {
    const parts = text.split(' ');
    const width = parts.reduce((sum, part) => sum + part.length * 14 + 8, -8);
    let x = centre - width / 2;
    return parts.map((part) => {
      const at = x;
      x += part.length * 14 + 8;
      return word(part, at, y);
    });
  };

  it('reads who sign side by side one after the other, though their names stand on lines of their own', () => {
    const words = [
      ...spread('THƯ KÝ', 420, 1000),
      ...spread('CHỦ TRÌ', 1200, 1020),
      ...spread('PHÓ CHỦ TỊCH', 1200, 1066),
      ...spread('Ngô Đình Lâm', 420, 1240),
      ...spread('Vũ Thị Kim Oanh', 1200, 1286),
      ...spread('Nơi nhận:', 300, 1330),
      ...spread('- Như trên;', 300, 1370),
    ];

    expect(read(words)).to.deep.equal([
      'THƯ KÝ',
      'Ngô Đình Lâm',
      'CHỦ TRÌ',
      'PHÓ CHỦ TỊCH',
      'Vũ Thị Kim Oanh',
      'Nơi nhận:',
      '- Như trên;',
    ]);
  });

  it('reads three who sign side by side column by column, and a table without rulings row by row', () => {
    const row = (texts: string[], y: number): RawWord[] =>
      texts.flatMap((text, i) => spread(text, 300 + 520 * i, y));
    const offices = [
      ...row(['KT. CHÁNH ÁN', 'KT. BỘ TRƯỞNG', 'BỘ TRƯỞNG'], 1000),
      ...row(['PHÓ CHÁNH ÁN', 'THỨ TRƯỞNG'], 1046),
    ];
    const names = row(['Nguyễn Sơn', 'Thượng tướng Lê Hữu Đức', 'Trần Văn Hiếu'], 1230);
    const table = [
      ...row(['Số', 'Nội dung', 'Ghi chú'], 300),
      ...row(['01', 'Máy in', 'mới'], 346),
      ...row(['02', 'Máy quét', 'cũ'], 392),
    ];

    expect(read([...offices, ...names])).to.deep.equal([
      'KT. CHÁNH ÁN',
      'PHÓ CHÁNH ÁN',
      'Nguyễn Sơn',
      'KT. BỘ TRƯỞNG',
      'THỨ TRƯỞNG',
      'Thượng tướng Lê Hữu Đức',
      'BỘ TRƯỞNG',
      'Trần Văn Hiếu',
    ]);
    expect(read(table).slice(0, 6)).to.deep.equal(['Số', 'Nội dung', 'Ghi chú', '01', 'Máy in', 'mới']);
  });

  for (const columns of [3, 2])
    it(`reads a table of ${columns} columns of names without rulings as one block, its head of capitals no offices`, () => {
      const cells = [
        ['HỌ TÊN', 'CHỨC VỤ', 'ĐƠN VỊ'],
        ['Nguyễn Văn An', 'Phó Chủ tịch', 'Sở Tư pháp'],
        ['Lê Thị Bình', 'Phó Giám đốc', 'Sở Y tế'],
        ['Trần Văn Cường', 'Phó Chánh Thanh tra', 'Sở Nội vụ'],
      ].map((texts) => texts.slice(0, columns));
      const words = cells.flatMap((texts, at) =>
        texts.flatMap((text, i) => spread(text, 300 + 520 * i, 300 + 46 * at)),
      );
      const byColumn = [0, 1].flatMap((i) => cells.map((texts) => texts[i]));

      expect(read(words)).to.deep.equal(columns === 3 ? cells.flat() : byColumn);
    });

  it('takes the border of a certificate for no table: its two columns are read one after the other', () => {
    const rulings = [20, 1400]
      .map((y) => ({ x0: 20, x1: 1300, y0: y, y1: y + 3, horizontal: true }))
      .concat([20, 1300].map((x) => ({ x0: x, x1: x + 3, y0: 20, y1: 1403, horizontal: false })));
    const words = [
      word('vợ', 100, 100),
      word('chồng', 700, 100),
      word('Tày', 100, 150),
      word('Kinh', 700, 150),
    ];

    expect(read(words, rulings)).to.deep.equal(['vợ', 'Tày', 'chồng', 'Kinh']);
  });

  it('takes rulings that shine through from the back of the sheet for no table: lines go on across them', () => {
    const upright = [300, 700, 1100].map((x) => ({ x0: x, y0: 80, x1: x + 3, y1: 420, horizontal: false }));
    const level = [80, 420].map((y) => ({ x0: 300, y0: y, x1: 1100, y1: y + 3, horizontal: true }));
    const text = [100, 160, 220, 280].flatMap((y) =>
      Array.from({ length: 9 }, (_, i) => word('abcdefg', 250 + 108 * i, y)),
    );

    const whole = Array.from({ length: 4 }, () => Array.from({ length: 9 }, () => 'abcdefg').join(' '));
    expect(read(text, [...upright, ...level])).to.deep.equal(whole);

    // Two upright ones beside the text are left, and level ones that end in its midst.
    const beside = [180, 215].map((x) => ({ x0: x, y0: 80, x1: x + 3, y1: 420, horizontal: false }));
    const half = level.map((ruling) => ({ ...ruling, x0: 180, x1: 700 }));
    expect(read(text, [...beside, ...half])).to.deep.equal(whole);
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
