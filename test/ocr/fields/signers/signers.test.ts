import { expect } from 'chai';
import { describe, it } from 'mocha';
import { extractFields } from '../../../../src/ocr/fields/extract.ts';
import type { ReadLine } from '../../../../src/ocr/types.ts';
import { line, pageOf } from '../../support.ts';

/** A line about a middle, on a page 1654 pixels wide. */
function centred(text: string, centre: number, y: number): ReadLine {
  const width = text.length * 12 - 2 * (text.split(' ').length - 1);
  return line(text, Math.round(centre - width / 2), y);
}

/** Authority, office and name of a column, the name so far under the office. */
function column(centre: number, offices: readonly string[], name: string | null, top = 1500): ReadLine[] {
  const lines = offices.map((text, i) => centred(text, centre, top + 40 * i));
  return name === null ? lines : [...lines, centred(name, centre, top + 40 * offices.length + 150)];
}

function signerOf(...columns: ReadLine[][]): (string | null)[] {
  const { signerCompetence, signerPosition, signerName } = extractFields([pageOf(columns.flat())]);
  return [signerCompetence, signerPosition, signerName].map((field) => field?.value ?? null);
}

describe('ocr: who signs side by side', () => {
  it('takes the signer at the right of a joint circular, for whom and in which office, whole', () => {
    expect(
      signerOf(
        column(440, ['KT. BỘ TRƯỞNG', 'BỘ TÀI CHÍNH', 'THỨ TRƯỞNG'], 'Trần Văn Hiếu'),
        column(1210, ['KT. BỘ TRƯỞNG', 'BỘ Y TẾ', 'THỨ TRƯỞNG'], 'Phạm Lê Tuấn'),
      ),
    ).to.deep.equal(['KT. BỘ TRƯỞNG BỘ Y TẾ', 'THỨ TRƯỞNG', 'Phạm Lê Tuấn']);
  });

  it('takes the last of three, a general', () => {
    expect(
      signerOf(
        column(330, ['KT. CHÁNH ÁN', 'PHÓ CHÁNH ÁN'], 'Nguyễn Sơn'),
        column(830, ['KT. BỘ TRƯỞNG', 'BỘ QUỐC PHÒNG', 'THỨ TRƯỞNG'], 'Thượng tướng Lê Hữu Đức'),
        column(1330, ['KT. BỘ TRƯỞNG', 'BỘ CÔNG AN', 'THỨ TRƯỞNG'], 'Thượng tướng Đặng Văn Hiếu'),
      ),
    ).to.deep.equal(['KT. BỘ TRƯỞNG BỘ CÔNG AN', 'THỨ TRƯỞNG', 'Thượng tướng Đặng Văn Hiếu']);
  });

  it('gives no signer of an agreement between two parties: neither issued it', () => {
    expect(
      signerOf(
        column(440, ['ĐẠI DIỆN BÊN GIAO', 'GIÁM ĐỐC'], 'Ngô Đình Lâm'),
        column(1210, ['ĐẠI DIỆN BÊN NHẬN', 'TRƯỞNG PHÒNG'], 'Vũ Thị Kim Oanh'),
      ),
    ).to.deep.equal([null, null, null]);
  });

  it('gives the office at the right and no name where a seal hides it, never the name at the left', () => {
    expect(
      signerOf(
        column(440, ['TM. ỦY BAN MTTQ', 'CHỦ TỊCH'], 'Lê Thị Thu Hà'),
        column(1210, ['TM. ỦY BAN NHÂN DÂN', 'KT. CHỦ TỊCH', 'PHÓ CHỦ TỊCH'], null),
      ),
    ).to.deep.equal(['TM. ỦY BAN NHÂN DÂN KT. CHỦ TỊCH', 'PHÓ CHỦ TỊCH', null]);
  });

  it('knows a secretary from who presided, at the right, on lines of another height', () => {
    expect(
      signerOf(
        column(440, ['THƯ KÝ'], 'Ngô Đình Lâm'),
        column(1210, ['CHỦ TRÌ', 'PHÓ CHỦ TỊCH'], 'Vũ Thị Kim Oanh', 1520),
      ),
    ).to.deep.equal([null, 'CHỦ TRÌ PHÓ CHỦ TỊCH', 'Vũ Thị Kim Oanh']);
  });

  it('takes who receives, at the right, not who hands in, though no list has the office', () => {
    expect(
      signerOf(
        column(440, ['NGƯỜI NỘP HỒ SƠ'], 'Cao Thị Lệ'),
        column(1210, ['CÁN BỘ GIAO DỊCH'], 'Thượng úy Lò Thị Ánh'),
      ),
    ).to.deep.equal([null, 'CÁN BỘ GIAO DỊCH', 'Thượng úy Lò Thị Ánh']);
  });

  it('reads the last short word of an office in the line below it', () => {
    expect(
      signerOf(column(1210, ['TUQ. GIÁM ĐỐC', 'TRƯỞNG PHÒNG TỔNG', 'HỢP'], 'Giáp Thị Nhã')),
    ).to.deep.equal(['TUQ. GIÁM ĐỐC', 'TRƯỞNG PHÒNG TỔNG HỢP', 'Giáp Thị Nhã']);
  });

  it('gives an office whose name is hidden where it is whole under its authority, and none that is off it', () => {
    const recipients = line('Nơi nhận:', 220, 1500);
    const under = (office: string, centre: number) =>
      signerOf([recipients], [centred('KT. TRƯỞNG CÔNG AN XÃ', 1210, 1500), centred(office, centre, 1540)]);

    expect(under('PHÓ TRƯỞNG CÔNG AN PHƯỜNG', 1210)).to.deep.equal([
      'KT. TRƯỞNG CÔNG AN XÃ',
      'PHÓ TRƯỞNG CÔNG AN PHƯỜNG',
      null,
    ]);
    expect(under('TRƯỞNG CÔNG AN PHƯỜNG', 1290)).to.deep.equal(['KT. TRƯỞNG CÔNG AN XÃ', null, null]);
  });

  it('reads an office past what a seal left inside it, and gives none that the one signed for has', () => {
    const office = (text: string) =>
      signerOf(column(1210, ['KT. CHÁNH VĂN PHÒNG', text], 'Mai Thanh Tùng'))[1];

    expect(office('PHÓ CH: CHÁNH VĂN PHÒNG')).to.equal('PHÓ CHÁNH VĂN PHÒNG');
    expect(office('CHÁNH VĂN PHÒNG')).to.equal(null);
  });

  it('reads an authority whose full stop was read as a colon, and the degree of a physician', () => {
    expect(signerOf(column(1210, ['KT: GIÁM ĐỐC', 'PHÓ GIÁM ĐỐC'], 'YS. Kim Thị Rim'))).to.deep.equal([
      'KT. GIÁM ĐỐC',
      'PHÓ GIÁM ĐỐC',
      'YS. Kim Thị Rim',
    ]);
  });

  it('takes the first letters of a name for no degree', () => {
    expect(signerOf(column(1210, ['NGƯỜI YÊU CẦU'], 'Ksor Bé Năm'))[2]).to.equal('Ksor Bé Năm');
    expect(signerOf(column(1210, ['GIÁM ĐỐC'], 'Bành Thị Lan'))[2]).to.equal('Bành Thị Lan');
  });

  it('takes what a seal left of a name for none: no family is called Thị', () => {
    expect(signerOf(column(1210, ['GIÁM ĐỐC'], 'Thị Xuân'))[2]).to.equal(null);
  });

  it('gives no signer of an agreement of which only one side could be read', () => {
    expect(signerOf(column(1210, ['ĐẠI DIỆN BÊN B', 'GIÁM ĐỐC'], 'Vũ Thị Kim Oanh'))).to.deep.equal([
      null,
      null,
      null,
    ]);
  });

  it('gives nobody the office of who stands above in the same column', () => {
    const [chair, treasurer] = [
      column(1210, ['CHỦ TỊCH'], 'Nguyễn Văn An', 1400),
      column(1210, ['THỦ QUỸ'], 'Trần Thị Bình', 1640),
    ];
    expect(signerOf(chair, treasurer)).to.deep.equal([null, 'CHỦ TỊCH', 'Nguyễn Văn An']);
  });

  it('gives the name at the right though it stands higher than the last one, at the left', () => {
    const [left, right] = [
      column(440, ['TM. ỦY BAN MTTQ', 'KT. CHỦ TỊCH', 'PHÓ CHỦ TỊCH'], 'Lê Thị Thu Hà', 1520),
      column(1210, ['CHỦ TỊCH'], 'Phạm Lê Tuấn'),
    ];
    const rows = [...left, ...right].sort((a, b) => a.box[1] - b.box[1]);
    expect(signerOf(rows)).to.deep.equal([null, 'CHỦ TỊCH', 'Phạm Lê Tuấn']);
  });

  it('reads a name past what the rim of a seal put before it and between its words', () => {
    const names = [
      'N - Hoàng Trọng Nghĩa',
      'Trương/Thị Kim Xuyến',
      'Lâm. Quốc Trí',
      'Hồ THỊ Quỳnh Giao',
      'Y Lê Niê',
    ];

    expect(names.map((name) => signerOf(column(1210, ['GIÁM ĐỐC'], name))[2])).to.deep.equal([
      'Hoàng Trọng Nghĩa',
      'Trương Thị Kim Xuyến',
      'Lâm Quốc Trí',
      'Hồ Thị Quỳnh Giao',
      'Y Lê Niê',
    ]);
    expect(signerOf(column(1210, ['GIÁM ĐỐC'], 'Đ Ư An'))[2]).to.equal(null);
    const last = line('Vinh', 1290, 1696);
    expect(signerOf([...column(1210, ['GIÁM ĐỐC'], 'Phùng Thế'), last])[2]).to.equal('Phùng Thế Vinh');
  });

  it('spells the family name behind a rank, and the degree of a physician run together', () => {
    expect(signerOf(column(1210, ['TƯ LỆNH'], 'Trung tướng Đỉnh Gia Khiêm'))).to.deep.equal([
      null,
      'TƯ LỆNH',
      'Trung tướng Đinh Gia Khiêm',
    ]);
    expect(signerOf(column(1210, ['GIÁM ĐỐC'], 'BSCKILI. Trương Hoài Bảo'))[2]).to.equal(
      'BSCKII. Trương Hoài Bảo',
    );
  });

  it('goes on below a dash though little sure, and takes no word of an office for that of an agency', () => {
    const [first, second] = [
      centred('VỤ TRƯỞNG VỤ CÔNG CHỨC -', 1210, 1540),
      centred('VIÊN CHỨC', 1210, 1580),
    ];
    const unsure = { ...second, words: second.words.map((word) => ({ ...word, confidence: 0.5 })) };

    expect(
      signerOf([centred('TUQ. BỘ TRƯỞNG', 1210, 1500), first, unsure, centred('Ngô Đức Thắng', 1210, 1760)]),
    ).to.deep.equal(['TUQ. BỘ TRƯỞNG', 'VỤ TRƯỞNG VỤ CÔNG CHỨC - VIÊN CHỨC', 'Ngô Đức Thắng']);
  });

  it('goes on with an authority in the line below it, and with an office one word of which stands there', () => {
    expect(
      signerOf(
        column(
          1210,
          ['TL. BỘ TRƯỞNG', 'KT. CỤC TRƯỞNG CỤC QUẢN LÝ', 'KHÁM, CHỮA BỆNH', 'PHÓ CỤC TRƯỞNG'],
          'Đỗ Văn An',
        ),
      ),
    ).to.deep.equal([
      'TL. BỘ TRƯỞNG KT. CỤC TRƯỞNG CỤC QUẢN LÝ KHÁM, CHỮA BỆNH',
      'PHÓ CỤC TRƯỞNG',
      'Đỗ Văn An',
    ]);
    const hidden = column(1210, ['TL. GIÁM ĐỐC', 'TRƯỞNG PHÒNG QUẢN LÝ LỮ', 'HÀNH'], null);
    const unsure = hidden.map((l, i) =>
      i === 2 ? { ...l, words: l.words.map((word) => ({ ...word, confidence: 0.7 })) } : l,
    );
    expect(signerOf([line('Nơi nhận:', 220, 1510), ...unsure])[1]).to.equal('TRƯỞNG PHÒNG QUẢN LÝ LỮ HÀNH');
    expect(
      signerOf(column(1210, ['TL. CHỦ TỊCH', 'CHÁNH VĂN PHÒNG HĐND VÀ', 'UBND'], 'Đỗ Văn An'))[1],
    ).to.equal('CHÁNH VĂN PHÒNG HĐND VÀ UBND');
  });

  it('reads a family name that stands apart, degrees run together, and no hook on the last i', () => {
    const names = [line('Phạm', 1100, 1690), line('Văn Lập', 1160, 1690)];

    expect(signerOf([...column(1170, ['CHỦ TỊCH'], null), ...names])[2]).to.equal('Phạm Văn Lập');
    expect(signerOf(column(1210, ['HIỆU TRƯỞNG'], 'PGSTS. Lều Thị Hà'))[2]).to.equal('PGS.TS. Lều Thị Hà');
    expect(signerOf(column(1210, ['GIÁM ĐỐC'], 'Huỳnh Lê Khánh Chỉ'))[2]).to.equal('Huỳnh Lê Khánh Chi');
  });

  it('reads an office past a scrap in front of it', () => {
    const [kt, office, name] = column(1210, ['KT. CHỦ TỊCH', 'FPHÓ PHÓ. CHỦ TỊCH'], 'Trịnh Hoàng Phúc');
    const words = office?.words.map((word, i) => (i === 0 ? { ...word, confidence: 0.03 } : word)) ?? [];

    expect(signerOf([kt, { ...office, words }, name] as ReadLine[])).to.deep.equal([
      'KT. CHỦ TỊCH',
      'PHÓ CHỦ TỊCH',
      'Trịnh Hoàng Phúc',
    ]);
  });

  it('tells offices apart that differ by their marks, and knows a deputy of the head of an investigating body', () => {
    const office = (...lines: string[]) => signerOf(column(1210, lines, 'Đỗ Văn An')).slice(0, 2);

    expect(office('KT. THỦ TRƯỞNG', 'PHÓ THỦ TRƯỞNG')).to.deep.equal(['KT. THỦ TRƯỞNG', 'PHÓ THỦ TRƯỞNG']);
    expect(office('KT. BỘ TRƯỞNG', 'THỨ TRƯỞNG')).to.deep.equal(['KT. BỘ TRƯỞNG', 'THỨ TRƯỞNG']);
    expect(office('PHÓ THỦ TƯỚNG')).to.deep.equal([null, 'PHÓ THỦ TƯỚNG']);
  });

  it('gives authority and office under place and date where a seal hides the name, and none of a place alone', () => {
    const date = line('Bình Sơn, ngày 24 tháng 02 năm 2026', 1000, 1450);
    const hidden = (...offices: string[]) => signerOf([date], column(1210, offices, null));

    expect(hidden('KT. GIÁM ĐỐC', 'PHÓ GIÁM ĐỐC')).to.deep.equal(['KT. GIÁM ĐỐC', 'PHÓ GIÁM ĐỐC', null]);
    expect(hidden('CHƯƠNG TRÌNH HỌP')).to.deep.equal([null, null, null]);
  });

  it('puts the first letter back to a name, and reads two strokes of a degree taken for one letter', () => {
    expect(signerOf(column(1210, ['GIÁM ĐỐC'], 'Q uàng Văn Lập'))[2]).to.equal('Quàng Văn Lập');
    expect(signerOf(column(1210, ['GIÁM ĐỐC'], 'BS.CKH. Trần Văn Lập'))[2]).to.equal('BS.CKII. Trần Văn Lập');
  });

  it('takes an office named for what it heads for no agency, and an office whose vowel was read twice as it stands', () => {
    expect(
      signerOf(column(1210, ['TUQ. GIÁM ĐỐC', 'CHI CỤC TRƯỞNG CHI CỤC AN TOÀN', 'THỰC PHẨM'], 'Đỗ Văn An')),
    ).to.deep.equal(['TUQ. GIÁM ĐỐC', 'CHI CỤC TRƯỞNG CHI CỤC AN TOÀN THỰC PHẨM', 'Đỗ Văn An']);
    const [office, name] = column(1210, ['TỐỔNG GIÁM ĐỐC'], 'Kpă H`Lan');
    const words = office?.words.map((word, i) => (i === 0 ? { ...word, confidence: 0.2 } : word)) ?? [];

    expect(signerOf([{ ...office, words }, name] as ReadLine[])).to.deep.equal([
      null,
      'TỔNG GIÁM ĐỐC',
      "Kpă H'Lan",
    ]);
  });

  it('reads a figure in front of a name for the T it is, and none where no syllable begins so', () => {
    const nameOf = (name: string) => signerOf(column(1210, ['GIÁM ĐỐC'], name))[2];

    expect(nameOf('Chu 1hắng 1rung')).to.equal('Chu Thắng Trung');
    expect(nameOf('Chu 1khắng Trung')).to.equal(null);
  });

  it('reads a name past a small word that was hardly read', () => {
    const [office, name] = column(1210, ['GIÁM ĐỐC'], 'về Mạc Văn Lập');
    const words = name?.words.map((word, i) => (i === 0 ? { ...word, confidence: 0.13 } : word)) ?? [];

    expect(signerOf([office, { ...name, words }] as ReadLine[])[2]).to.equal('Mạc Văn Lập');
  });
});
