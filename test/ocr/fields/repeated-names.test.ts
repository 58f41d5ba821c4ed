import { expect } from 'chai';
import { describe, it } from 'mocha';
import { extractFields } from '../../../src/ocr/fields/extract.ts';
import type { ReadLine } from '../../../src/ocr/types.ts';
import { line, pageOf } from '../support.ts';

const COUNTRY = [
  line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
  line('Độc lập - Tự do - Hạnh phúc', 1060, 185),
];

/** Superior and issuing agency of a head whose lines stand below each other. */
function agenciesOf(...lines: string[]): (string | undefined)[] {
  const left = lines.map((text, i) => line(text, 420 - 6 * text.length, 140 + 36 * i));
  const number = line('Số: 27/QĐ-VP', 350, 150 + 36 * lines.length);
  const { superiorAgency, issuingAgency } = extractFields([pageOf([...left, ...COUNTRY, number])]);
  return [superiorAgency?.value, issuingAgency?.value];
}

/** A line in which words are given with what the engine thinks of them. */
function unsure(text: string, x: number, y: number, doubts: Readonly<Record<string, number>>): ReadLine {
  const own = line(text, x, y);
  return { ...own, words: own.words.map((w) => ({ ...w, confidence: doubts[w.text] ?? w.confidence })) };
}

describe('ocr fields: agencies whose names begin alike', () => {
  it('parts two bodies of one organisation where the first words come again', () => {
    expect(
      agenciesOf('ỦY BAN MTTQ VIỆT NAM', 'TỈNH BÌNH SƠN', 'ỦY BAN MTTQ VIỆT NAM', 'XÃ HÒA LẠC'),
    ).to.deep.equal(['ỦY BAN MTTQ VIỆT NAM TỈNH BÌNH SƠN', 'ỦY BAN MTTQ VIỆT NAM XÃ HÒA LẠC']);
    expect(agenciesOf('HỘI LHPN TỈNH BÌNH SƠN', 'HỘI LHPN XÃ HÒA LẠC')).to.deep.equal([
      'HỘI LHPN TỈNH BÌNH SƠN',
      'HỘI LHPN XÃ HÒA LẠC',
    ]);
  });

  it('lets a branch go on with a name that only repeats what its superior is called', () => {
    expect(
      agenciesOf('NGÂN HÀNG NHÀ NƯỚC VIỆT NAM', 'NGÂN HÀNG NHÀ NƯỚC', 'CHI NHÁNH KHU VỰC 3'),
    ).to.deep.equal(['NGÂN HÀNG NHÀ NƯỚC VIỆT NAM', 'NGÂN HÀNG NHÀ NƯỚC CHI NHÁNH KHU VỰC 3']);
    expect(agenciesOf('NGÂN HÀNG CHÍNH SÁCH XÃ HỘI', 'CHI NHÁNH TỈNH BÌNH SƠN')[0]).to.equal(
      'NGÂN HÀNG CHÍNH SÁCH XÃ HỘI',
    );
  });

  it('knows a department of a ministry and an association, and the same letters at the end of a word', () => {
    expect(agenciesOf('BỘ NỘI VỤ', 'VỤ TỔ CHỨC - BIÊN CHẾ')).to.deep.equal([
      'BỘ NỘI VỤ',
      'VỤ TỔ CHỨC - BIÊN CHẾ',
    ]);
    expect(agenciesOf('BỘ XÂY DỰNG', 'KHU QUẢN LÝ ĐƯỜNG BỘ III')[0]).to.equal('BỘ XÂY DỰNG');
    expect(agenciesOf('SỞ NỘI', 'VỤ TỈNH BÌNH SƠN')).to.deep.equal([undefined, 'SỞ NỘI VỤ TỈNH BÌNH SƠN']);
    expect(agenciesOf('LIÊN HIỆP CÁC HỘI', 'VĂN HỌC NGHỆ THUẬT', 'HỘI NHIẾP ẢNH')).to.deep.equal([
      'LIÊN HIỆP CÁC HỘI VĂN HỌC NGHỆ THUẬT',
      'HỘI NHIẾP ẢNH',
    ]);
    expect(agenciesOf('BẢO HIỂM XÃ', 'HỘI TỈNH BÌNH SƠN')).to.deep.equal([
      undefined,
      'BẢO HIỂM XÃ HỘI TỈNH BÌNH SƠN',
    ]);
  });

  it('takes the last word of a name for no agency, though it has the letters of one', () => {
    expect(agenciesOf('SỞ GIÁO DỤC VÀ ĐÀO TẠO', 'TRƯỜNG THPT LÊ HỒNG', 'PHONG')).to.deep.equal([
      'SỞ GIÁO DỤC VÀ ĐÀO TẠO',
      'TRƯỜNG THPT LÊ HỒNG PHONG',
    ]);
    expect(agenciesOf('ỦY BAN NHÂN DÂN HUYỆN', 'PHONG ĐIỀN')[1]).to.equal('ỦY BAN NHÂN DÂN HUYỆN PHONG ĐIỀN');
    expect(agenciesOf('UBND HUYỆN HÒA LẠC', 'THANH TRA')[1]).to.equal('THANH TRA');
  });

  it('begins a new agency, whatever it is called, behind the name of a province or of the country', () => {
    expect(agenciesOf('SỞ GIAO THÔNG VẬN TẢI', 'TỈNH NAM ĐỊNH', 'BẾN XE HÒA LẠC')).to.deep.equal([
      'SỞ GIAO THÔNG VẬN TẢI TỈNH NAM ĐỊNH',
      'BẾN XE HÒA LẠC',
    ]);
    expect(agenciesOf('LIÊN ĐOÀN BƠI VIỆT NAM', 'TỈNH BÌNH SƠN')[1]).to.equal(
      'LIÊN ĐOÀN BƠI VIỆT NAM TỈNH BÌNH SƠN',
    );
    expect(agenciesOf('BAN QUẢN LÝ CẢNG TỈNH NAM ĐỊNH', 'VÀ BẾN THỦY')).to.deep.equal([
      undefined,
      'BAN QUẢN LÝ CẢNG TỈNH NAM ĐỊNH VÀ BẾN THỦY',
    ]);
    expect(agenciesOf('XÍ NGHIỆP HÒA LẠC', 'ĐẠI VIỆT')[0]).to.equal(undefined);
  });

  it('begins a new agency under a comma that is a speck', () => {
    const speck = unsure('VIỆT NAM,', 380, 176, { 'NAM,': 0.68 });
    const { superiorAgency, issuingAgency } = extractFields([
      pageOf([
        line('TỔNG CÔNG TY HÀNG HẢI', 300, 140),
        speck,
        line('CÔNG TY CỔ PHẦN', 340, 212),
        line('CẢNG BÌNH SƠN', 350, 248),
        ...COUNTRY,
        line('Số: 377/TB-CBS', 350, 310),
      ]),
    ]);

    expect([superiorAgency?.value, issuingAgency?.value]).to.deep.equal([
      'TỔNG CÔNG TY HÀNG HẢI VIỆT NAM',
      'CÔNG TY CỔ PHẦN CẢNG BÌNH SƠN',
    ]);
  });

  it('takes a place for the one in the name of the agency only where places stand', () => {
    const read = (agency: string, place: string) => {
      const { issuingAgency, place: where } = extractFields([
        pageOf([line(agency, 250, 140), ...COUNTRY, line(`${place}, ngày 5 tháng 3 năm 2024`, 900, 240)]),
      ]);
      return [issuingAgency?.value, where?.value];
    };

    expect(read('BAN AN TOÀN GIAO THÔNG', 'Tân An')).to.deep.equal(['BAN AN TOÀN GIAO THÔNG', 'Tân An']);
    expect(read('SỞ Y TẾ TÂN BAN', 'Tân Van')[1]).to.equal('Tân Ban');
  });

  it('keeps the comma of a list at the end of a line, and drops one that ends none', () => {
    expect(agenciesOf('HỘI ĐỒNG BỒI THƯỜNG,', 'HỖ TRỢ VÀ TÁI ĐỊNH CƯ')[1]).to.equal(
      'HỘI ĐỒNG BỒI THƯỜNG, HỖ TRỢ VÀ TÁI ĐỊNH CƯ',
    );
    expect(agenciesOf('ỦY BAN NHÂN DÂN,', 'XÃ HÒA LẠC_')[1]).to.equal('ỦY BAN NHÂN DÂN XÃ HÒA LẠC');
  });
});
