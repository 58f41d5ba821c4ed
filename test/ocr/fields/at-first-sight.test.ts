import { expect } from 'chai';
import { describe, it } from 'mocha';
import { extractFields } from '../../../src/ocr/fields/extract.ts';
import { repairAgency, repairName, repairPosition } from '../../../src/ocr/fields/repair.ts';
import type { Box as OcrBox } from '../../../src/ocr/types.ts';
import { line, pageOf } from '../support.ts';
import { COUNTRY, fieldsOf, unsure } from './letterhead.ts';

describe('ocr fields of papers at first sight: number and date', () => {
  const numbered = (number: string, title: string) => {
    const { codeNumber, codeNotation } = fieldsOf(line(number, 300, 240), line(title, 800, 370));
    return [codeNumber?.value, codeNotation?.value];
  };

  it('knows the type of a rule of law behind its year, and takes a figure in a type for a letter', () => {
    expect(numbered('Số: 14/2024/1T-BXD', 'THÔNG TƯ')).to.deep.equal(['14', '2024/TT-BXD']);
    expect(numbered('Số: 07/2O25/NQ-HĐND', 'NGHỊ QUYẾT')).to.deep.equal(['07', '2025/NQ-HĐND']);
    expect(numbered('Số: 5/1B-SXD', 'THÔNG BÁO')).to.deep.equal(['5', 'TB-SXD']);
  });

  it('puts the horn on what is abbreviated for emergencies, and none on other letters U', () => {
    expect(numbered('Số: 29/CĐ-UPTT', 'CÔNG ĐIỆN')).to.deep.equal(['29', 'CĐ-ƯPTT']);
    expect(numbered('Số: 29/CĐ-UBND', 'CÔNG ĐIỆN')).to.deep.equal(['29', 'CĐ-UBND']);
  });

  it('finds a number written by hand behind a stop read twice, apart', () => {
    expect(numbered('Số: : 132/QĐ-UBND', 'QUYẾT ĐỊNH')).to.deep.equal(['132', 'QĐ-UBND']);
    expect(fieldsOf(line('Số: : 132/QĐ-UBND', 300, 240)).issuingAgency?.value).to.equal('SỞ XÂY DỰNG');
  });

  it('reads a date past specks, and day and month where the word between them was not read', () => {
    const dated = (text: string, doubts: Readonly<Record<string, number>>) => {
      const { place, promulgationDate } = fieldsOf(unsure(text, 900, 240, doubts));
      return [place?.value ?? null, promulgationDate?.value ?? null];
    };

    expect(dated('Bình Sơn, ngày 19 tháng - 1i 11 năm 2025', { '-': 0.07, '1i': 0.03 })).to.deep.equal([
      'Bình Sơn',
      '2025-11-19',
    ]);
    expect(dated('Bình Sơn, ngày 25 ˆ 3 năm 2024', { ˆ: 0.01 })).to.deep.equal(['Bình Sơn', '2024-03-25']);
    expect(dated('Bình Sơn, ngày 25 38 năm 2024', {})[1]).to.equal(null);
  });

  it('spells provinces of before 2025 and their seats where they are unsure, and leaves a sure name', () => {
    const place = (text: string, sure: number) =>
      fieldsOf(unsure(`${text}, ngày 5 tháng 3 năm 2024`, 950, 240, { [text.split(' ')[1] as string]: sure }))
        .place?.value;

    expect(place('Hải Đương', 0.95)).to.equal('Hải Đương');
    expect(
      fieldsOf(unsure('Điện Biển Phủ, ngày 5 tháng 3 năm 2024', 900, 240, { Biển: 0.6 })).place?.value,
    ).to.equal('Điện Biên Phủ');
    expect(place('Hải Đường', 0.98)).to.equal('Hải Đường');
  });
});

describe('ocr fields of papers at first sight: names', () => {
  it('spells the fields agencies work in, also where one phrase reaches into another', () => {
    expect(repairAgency('CHI CỤC CHĂN NUỐI VÀ THỦ Y')).to.equal('CHI CỤC CHĂN NUÔI VÀ THÚ Y');
    expect(repairAgency('BẠN QUẢN LÝ DỰ ÁN ĐẦU TƯ XẤY DỰNG')).to.equal('BAN QUẢN LÝ DỰ ÁN ĐẦU TƯ XÂY DỰNG');
    expect(repairAgency('VIỆN KIỂM SÁT NHÂN DÂN TÔI CAO')).to.equal('VIỆN KIỂM SÁT NHÂN DÂN TỐI CAO');
    expect(repairAgency('TRƯỜNG CAO ĐẲNG CÔNG NGHIỆP HUÊ')).to.equal('TRƯỜNG CAO ĐẲNG CÔNG NGHIỆP HUẾ');
    expect(repairAgency('KHO BẠC NHÀ NƯỚC KHU VỰC XVH')).to.equal('KHO BẠC NHÀ NƯỚC KHU VỰC XVII');
  });

  it('knows the family name of whom a school is called after from the name of a place', () => {
    expect(repairAgency('TRƯỜNG THPT CHUYÊN NGUYÊN TẤT THÀNH')).to.equal(
      'TRƯỜNG THPT CHUYÊN NGUYỄN TẤT THÀNH',
    );
    expect(repairAgency('TRƯỜNG MẦM NON NGUYÊN BÌNH')).to.equal('TRƯỜNG MẦM NON NGUYÊN BÌNH');
  });

  it('parts two agencies at a speck in front of the second', () => {
    const fields = extractFields([
      pageOf([
        line('CÔNG AN TỈNH BÌNH SƠN', 250, 140),
        line('„CÔNG AN HUYỆN', 290, 176),
        line('HÒA LẠC', 330, 212),
        ...COUNTRY,
        line('Số: 1360/CAH-QLHC', 280, 270),
      ]),
    ]);

    expect(fields.superiorAgency?.value).to.equal('CÔNG AN TỈNH BÌNH SƠN');
  });

  it('keeps the number of a region that stands alone in the next line, and no other lone letter', () => {
    const agency = (first: string, x: number) =>
      extractFields([
        pageOf([line(first, 250, 140), line('V', x, 176), ...COUNTRY, line('Số: 1176/QĐ-HQKV5', 280, 230)]),
      ]).issuingAgency?.value;
    const region = 'CHI CỤC HẢI QUAN KHU VỰC';

    expect(agency(region, 394)).to.equal(`${region} V`);
    expect(agency(region, 600)).to.equal(region);
    expect(agency('CHI CỤC HẢI QUAN BÌNH SƠN', 394)).to.equal('CHI CỤC HẢI QUAN BÌNH SƠN');
  });

  it('reads a family name a letter of which was lost', () => {
    expect(repairName('Dươg Thị Hải Yến')).to.equal('Dương Thị Hải Yến');
  });

  it('joins the first letter of any word of a name that stands apart', () => {
    const signer = (name: string) =>
      fieldsOf(line('GIÁM ĐỐC', 1050, 1500), line(name, 1020, 1760)).signerName?.value ?? null;

    expect(signer('Nguyễn N gọc Thái')).to.equal('Nguyễn Ngọc Thái');
    expect(signer('Y Moan Niê')).to.equal('Y Moan Niê');
  });

  it('keeps the number of what an office heads', () => {
    expect(repairPosition('TRƯỞNG PHÒNG 12')).to.equal('TRƯỞNG PHÒNG 12');
    expect(repairPosition('PHÓ 12 GIÁM ĐỐC')).to.equal('PHÓ GIÁM ĐỐC');
  });

  it('reads copies kept past misread stops, and one letter Đ where the engine gives both its codes', () => {
    const kept = (text: string) =>
      fieldsOf(
        line('Nơi nhận:', 240, 1500),
        line('- TI. Đảng ủy;', 240, 1540),
        line(text, 240, 1575),
      ).recipients?.value.at(-1);

    expect(kept('- Lưu; VT, NV2. TCKH.')).to.equal('Lưu: VT, NV2, TCKH');
    expect(kept('- Lưu: VT,(TH).')).to.equal('Lưu: VT, (TH)');
    expect(kept('- Lưu: VT, UPKPHQ.')).to.equal('Lưu: VT, ƯPKPHQ');
  });

  it('takes no agency for a friend, and no full stop into a list of names', () => {
    expect(repairAgency('BẠN DÂN TỘC')).to.equal('BAN DÂN TỘC');
    expect(repairPosition('BẠN THƯỜNG TRỰC')).to.equal('BAN THƯỜNG TRỰC');
    const addressee = (text: string) => fieldsOf(line(text, 500, 420)).addressees?.value;

    expect(addressee('Kính gửi: Các tỉnh Sơn Hóa. Lam An')).to.deep.equal(['Các tỉnh Sơn Hóa, Lam An']);
    expect(addressee('Kính gửi: ThS. Trần Văn Lập')).to.deep.equal(['ThS. Trần Văn Lập']);
  });

  it('puts the hyphen behind the type of a notation', () => {
    const numbered = (number: string) =>
      fieldsOf(line(number, 300, 240), line('CHƯƠNG TRÌNH', 800, 370)).codeNotation?.value;

    expect(numbered('Số: 41/CTrTVNĐC')).to.equal('CTr-TVNĐC');
    expect(numbered('Số: 41/CTr')).to.equal('CTr');
  });

  it('spells a province by the list where agency and place of issue differ, and leaves a commune', () => {
    const read = (agency: string, place: string) => {
      const { issuingAgency, place: where } = extractFields([
        pageOf([line(agency, 250, 140), ...COUNTRY, line(`${place}, ngày 5 tháng 3 năm 2024`, 900, 240)]),
      ]);
      return [issuingAgency?.value, where?.value];
    };

    expect(read('SỞ DU LỊCH BỀN TRE', 'Bến Tre')).to.deep.equal(['SỞ DU LỊCH BẾN TRE', 'Bến Tre']);
    expect(read('SỞ Y TẾ KON TUM', 'Kon Tìm')).to.deep.equal(['SỞ Y TẾ KON TUM', 'Kon Tum']);
    expect(read('UBND XÃ BỀN TRE', 'Bến Tre')[0]).to.equal('UBND XÃ BỀN TRE');
  });

  it('reads the last word of an agency whose line has run together with the name of the country', () => {
    const joined = line('TỔNG CỤC THI HÀNH ÁN DÂN CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 250, 140);
    // The country's name stands in its own column.
    const words = joined.words.map((word, i) =>
      i < 6 ? word : { ...word, box: [word.box[0] + 420, 140, word.box[2] + 420, 168] as OcrBox },
    );
    const agency = extractFields([
      pageOf([
        { words, box: [250, 140, words.at(-1)?.box[2] ?? 0, 168] },
        line('SỰ', 378, 172),
        line('CỤC THI HÀNH ÁN DÂN SỰ', 260, 204),
        line('Độc lập - Tự do - Hạnh phúc', 1060, 185),
        line('Số: 486/CTHADS-NV', 330, 338),
      ]),
    ]);

    expect(agency.superiorAgency?.value).to.equal('TỔNG CỤC THI HÀNH ÁN DÂN SỰ');
    expect(agency.issuingAgency?.value).to.equal('CỤC THI HÀNH ÁN DÂN SỰ');
  });

  it('ends a subject before a line with a label, and before the stamp of urgency under it', () => {
    const centred = (text: string, y: number) => line(text, 860 - 6 * text.length, y);
    const first = centred('Tuyển sinh vào lớp 6 năm học 2025 - 2026', 406);

    expect(
      fieldsOf(centred('THÔNG BÁO', 370), first, centred('Tổng chỉ tiêu: 70 học sinh', 442)).subject?.value,
    ).to.equal('Tuyển sinh vào lớp 6 năm học 2025 - 2026');
    expect(
      fieldsOf(
        line('Số: 801/SXD-VP', 300, 240),
        line('V/v bảo đảm an toàn', 300, 276),
        line('HỎA TỐC.', 340, 312),
      ).subject?.value,
    ).to.equal('bảo đảm an toàn');
  });
});
