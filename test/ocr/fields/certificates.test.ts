import { expect } from 'chai';
import { describe, it } from 'mocha';
import { extractFields } from '../../../src/ocr/fields/extract.ts';
import type { OcrFields, ReadLine } from '../../../src/ocr/types.ts';
import { line, pageOf } from '../support.ts';

const valuesOf = (fields: OcrFields, ...names: (keyof OcrFields)[]) =>
  names.map((name) => fields[name]?.value ?? null);

describe('ocr fields: heads of certificates and forms', () => {
  it('finds the number under the title, leaves it out of the type, and takes a first registration for no place', () => {
    const fields = extractFields([
      pageOf([
        line('UBND TỈNH NINH GIANG', 300, 140),
        line('SỞ XÂY DỰNG', 360, 185),
        line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
        line('GIẤY PHÉP XÂY DỰNG', 730, 370),
        line('Số: 52/GPXD', 780, 405),
        line('Đăng ký lần đầu, ngày 12 tháng 5 năm 2025', 640, 450),
      ]),
    ]);

    expect(
      valuesOf(fields, 'typeName', 'codeNumber', 'codeNotation', 'superiorAgency', 'issuingAgency', 'place'),
    ).to.deep.equal(['Giấy phép xây dựng', '52', 'GPXD', 'UBND TỈNH NINH GIANG', 'SỞ XÂY DỰNG', null]);
  });

  it('names requests and confirmations by their whole titles, and no confirmation of others under a form', () => {
    const type = (title: string) =>
      extractFields([pageOf([line(title, Math.round(860 - 6 * title.length), 300)])]).typeName?.value ?? null;

    expect(type('ĐỀ NGHỊ HƯỞNG TRỢ CẤP THẤT NGHIỆP')).to.equal('Đề nghị hưởng trợ cấp thất nghiệp');
    expect(type('XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ')).to.equal('Xác nhận thông tin về cư trú');
    expect(type('XÁC NHẬN CỦA CÔNG AN XÃ')).to.equal(null);
  });

  it('reads whose residence is confirmed', () => {
    const { identityNumber } = extractFields([
      pageOf([
        line('XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ', 660, 300),
        line('Số định danh cá nhân: 062187000943', 220, 420),
      ]),
    ]);

    expect(identityNumber?.value).to.equal('062187000943');
  });

  it('reads what a form is for under a title of its kind alone, and the last comma of a first line', () => {
    const titled = (...title: [string, number][]) =>
      extractFields([
        pageOf([
          line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 560, 140),
          ...title.map(([text, x], i) => line(text, x, 300 + 38 * i)),
        ]),
      ]);

    expect(
      valuesOf(titled(['TỜ KHAI', 790], ['Đề nghị cấp hộ chiếu phổ thông', 680]), 'typeName', 'subject'),
    ).to.deep.equal(['Tờ khai', 'Đề nghị cấp hộ chiếu phổ thông']);
    expect(titled(['TỜ KHAI ĐĂNG KÝ THAY ĐỔI,', 680], ['CẢI CHÍNH HỘ TỊCH', 740]).typeName?.value).to.equal(
      'Tờ khai đăng ký thay đổi, cải chính hộ tịch',
    );
    expect(titled(['TỜ KHAI CƯ TRÚ', 760], ['Mã hồ sơ: H07.05-251127-0140', 680]).subject).to.equal(null);
  });

  it('reads the one who gives an authority as a person, and no person of an agency that gives one', () => {
    const items = ['Họ tên: Trịnh Công Danh', 'Ngày sinh: 13/09/1957', 'Số CCCD: 037057000843'].map(
      (text, i) => line(text, 220, 460 + 50 * i),
    );
    const authority = (x: number, ...head: ReadLine[]) =>
      extractFields([
        pageOf([
          ...head,
          line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', x, 140),
          line('GIẤY ỦY QUYỀN', 780, 300),
          ...items,
        ]),
      ]);

    expect(valuesOf(authority(560), 'identityNumber', 'dateOfBirth')).to.deep.equal([
      '037057000843',
      '1957-09-13',
    ]);
    expect(
      valuesOf(authority(1000, line('SỞ Y TẾ', 300, 140)), 'identityNumber', 'dateOfBirth'),
    ).to.deep.equal([null, null]);
  });

  it('reads the person a certificate is about when it begins with a name, and none of a business', () => {
    const certificate = (title: string, ...items: string[]) =>
      extractFields([
        pageOf([
          line('TRƯỜNG THPT PHÚC SƠN', 300, 140),
          line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
          line('Số: 186/GXN-PS', 320, 200),
          line(title, 780, 300),
          line('Học sinh đang theo học tại trường', 660, 345),
          ...items.map((text, i) => line(text, 220, 460 + 50 * i)),
        ]),
      ]);
    const person = ['Họ và tên: Trịnh Thu Trang', 'Ngày sinh: 14/03/2009', 'Số căn cước: 037309004518'];
    const names = ['subject', 'applicantName', 'dateOfBirth', 'identityNumber'] as const;

    expect(valuesOf(certificate('GIẤY XÁC NHẬN', ...person), ...names)).to.deep.equal([
      'Học sinh đang theo học tại trường',
      'Trịnh Thu Trang',
      '2009-03-14',
      '037309004518',
    ]);
    const business = ['Tên thương nhân: Hộ kinh doanh Phúc Sơn', 'Người đại diện: Trịnh Công Danh'];
    expect(
      valuesOf(certificate('GIẤY CHỨNG NHẬN', ...business, ...person.slice(1)), ...names).slice(1),
    ).to.deep.equal([null, null, null]);
  });

  it('spells the words of a form for an allowance', () => {
    const [typeName] = valuesOf(
      extractFields([
        pageOf([
          line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 560, 140),
          line('ĐƠN ĐỀ NGHỊ HƯỚNG TRỢ CẤP XÃ HỘI', 640, 300),
        ]),
      ]),
      'typeName',
    );

    expect(typeName).to.equal('Đơn đề nghị hưởng trợ cấp xã hội');
  });
});
