import { expect } from 'chai';
import { describe, it } from 'mocha';
import { extractFields } from '../../../src/ocr/fields/extract.ts';
import type { ReadLine } from '../../../src/ocr/types.ts';
import { line, pageOf } from '../support.ts';

describe('ocr fields that go on over the ends of lines', () => {
  const country = [
    line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
    line('Độc lập - Tự do - Hạnh phúc', 1060, 185),
  ];

  const agencyOf = (...lines: ReadLine[]) => {
    const { superiorAgency, issuingAgency } = extractFields([pageOf([...lines, ...country])]);
    return [superiorAgency?.value ?? null, issuingAgency?.value ?? null];
  };

  it('reads an agency over the ends of its lines: one short word, a dash, a word that is a kind of institution', () => {
    expect(agencyOf(line('TRUNG TÂM LƯU TRỮ LỊCH', 300, 140), line('SỬ', 426, 175))).to.deep.equal([
      null,
      'TRUNG TÂM LƯU TRỮ LỊCH SỬ',
    ]);
    expect(agencyOf(line('TÒA ÁN NHÂN DÂN KHU VỰC 3', 300, 140), line('- BẮC NINH', 390, 175))).to.deep.equal(
      [null, 'TÒA ÁN NHÂN DÂN KHU VỰC 3 - BẮC NINH'],
    );
    expect(
      agencyOf(
        line('BỘ NÔNG NGHIỆP VÀ MÔI', 300, 140),
        line('TRƯỜNG', 400, 175),
        line('CỤC LÂM NGHIỆP', 350, 210),
      ),
    ).to.deep.equal(['BỘ NÔNG NGHIỆP VÀ MÔI TRƯỜNG', 'CỤC LÂM NGHIỆP']);
    expect(agencyOf(line('TẬP ĐOÀN', 400, 140), line('ĐIỆN LỰC MIỀN ĐÔNG', 320, 175))).to.deep.equal([
      null,
      'TẬP ĐOÀN ĐIỆN LỰC MIỀN ĐÔNG',
    ]);
    expect(
      agencyOf(line('CÔNG TY ĐIỆN LỰC LÂM HẢI', 300, 140), line('ĐIỆN LỰC KHU VỰC 5', 340, 175)),
    ).to.deep.equal(['CÔNG TY ĐIỆN LỰC LÂM HẢI', 'ĐIỆN LỰC KHU VỰC 5']);
    expect(agencyOf(line('ĐẠI HỌC NÔNG LÂM', 300, 140), line('PHƯƠNG NAM', 350, 175))).to.deep.equal([
      null,
      'ĐẠI HỌC NÔNG LÂM PHƯƠNG NAM',
    ]);
  });

  it('goes on with a name whose second line begins like another agency, and parts two where the second is a school', () => {
    const names = (first: string, second: string, third?: string) =>
      agencyOf(
        line(first, 300, 140),
        line(second, 300, 175),
        ...(third === undefined ? [] : [line(third, 300, 210)]),
      );

    expect(names('UBND TỈNH BÌNH SƠN', 'BAN QUẢN LÝ RỪNG', 'PHÒNG HỘ SÔNG LAM')).to.deep.equal([
      'UBND TỈNH BÌNH SƠN',
      'BAN QUẢN LÝ RỪNG PHÒNG HỘ SÔNG LAM',
    ]);
    expect(names('ỦY BAN MẶT TRẬN', 'TỔ QUỐC VIỆT NAM', 'XÃ HÒA LẠC')).to.deep.equal([
      null,
      'ỦY BAN MẶT TRẬN TỔ QUỐC VIỆT NAM XÃ HÒA LẠC',
    ]);
    expect(names('TRUNG TÂM PHÁT TRIỂN', 'QUỸ ĐẤT')).to.deep.equal([null, 'TRUNG TÂM PHÁT TRIỂN QUỸ ĐẤT']);
    expect(names('HẠT KIỂM LÂM', 'ĐẠI LỘC')).to.deep.equal([null, 'HẠT KIỂM LÂM ĐẠI LỘC']);
    expect(names('VĂN PHÒNG', 'HỘI ĐỒNG NHÂN DÂN', 'VÀ ỦY BAN NHÂN DÂN')).to.deep.equal([
      null,
      'VĂN PHÒNG HỘI ĐỒNG NHÂN DÂN VÀ ỦY BAN NHÂN DÂN',
    ]);
    expect(names('UBND HUYỆN HÒA LẠC', 'TRƯỜNG PTDTBT THCS', 'SƠN KỲ')).to.deep.equal([
      'UBND HUYỆN HÒA LẠC',
      'TRƯỜNG PTDTBT THCS SƠN KỲ',
    ]);
    expect(names('UBND TỈNH BÌNH SƠN', 'PHÒNG Y TẾ')).to.deep.equal(['UBND TỈNH BÌNH SƠN', 'PHÒNG Y TẾ']);
  });

  it('keeps the comma behind the first word of the line a name goes on in', () => {
    expect(
      agencyOf(line('CỤC THỦY LỢI VÀ', 400, 140), line('PHÒNG, CHÔNG THIÊN TAI', 320, 175)),
    ).to.deep.equal([null, 'CỤC THỦY LỢI VÀ PHÒNG, CHỐNG THIÊN TAI']);
  });

  it('ends a subject where a line of its own stands further below, and goes on with a name in its second line', () => {
    const centred = (text: string, y: number) => line(text, 860 - 6 * text.length, y);
    const subjectOf = (...lines: ReadLine[]) =>
      extractFields([
        pageOf([line('SỞ XÂY DỰNG', 300, 140), ...country, centred('THÔNG BÁO', 370), ...lines]),
      ]).subject?.value;
    const first = centred('Về việc đấu giá quyền sử dụng đất tại xã', 406);

    expect(subjectOf(first, centred('Hòa Lạc, huyện Sơn Kỳ', 442))).to.equal(
      'Về việc đấu giá quyền sử dụng đất tại xã Hòa Lạc, huyện Sơn Kỳ',
    );
    expect(subjectOf(first, centred('Thông báo được niêm yết công khai', 458))).to.equal(
      'Về việc đấu giá quyền sử dụng đất tại xã',
    );
    expect(subjectOf(first, centred('của huyện Sơn Kỳ năm nay', 458))).to.equal(
      'Về việc đấu giá quyền sử dụng đất tại xã của huyện Sơn Kỳ năm nay',
    );
    expect(subjectOf(first, centred('Sở Xây dựng trân trọng kính mời Ông Lê Văn A', 442))).to.equal(
      'Về việc đấu giá quyền sử dụng đất tại xã',
    );
  });

  it('keeps what is said of a person written to, and goes on with a list whose first item takes two lines', () => {
    const addressees = (...lines: ReadLine[]) =>
      extractFields([pageOf([line('SỞ XÂY DỰNG', 300, 140), ...country, ...lines])]).addressees?.value;

    expect(addressees(line('Kính gửi: Ông Lê Văn Hòa, sinh năm 1970', 500, 420))).to.deep.equal([
      'Ông Lê Văn Hòa, sinh năm 1970',
    ]);
    expect(addressees(line('Kính gửi: - UBND xã Hòa Lạc; - Công an xã Hòa Lạc.', 400, 420))).to.deep.equal([
      'UBND xã Hòa Lạc',
      'Công an xã Hòa Lạc',
    ]);
    expect(
      addressees(
        line('Kính gửi: Ủy ban nhân dân các tỉnh: Lào Cai, Sơn', 500, 420),
        line('La, Lai Châu, Điện Biên;', 616, 456),
        line('Đài Truyền hình Việt Nam;', 616, 492),
        line('Cục Đường bộ.', 616, 528),
      ),
    ).to.deep.equal([
      'Ủy ban nhân dân các tỉnh: Lào Cai, Sơn La, Lai Châu, Điện Biên',
      'Đài Truyền hình Việt Nam',
      'Cục Đường bộ',
    ]);
  });
});
