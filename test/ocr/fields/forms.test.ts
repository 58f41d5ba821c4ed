import { expect } from 'chai';
import { describe, it } from 'mocha';
import { extractFields } from '../../../src/ocr/fields/extract.ts';
import type { OcrFields, ReadLine } from '../../../src/ocr/types.ts';
import { line, pageOf } from '../support.ts';

/** A form whose items stand under each other from the left margin. */
const form = (...items: (string | ReadLine)[]): OcrFields =>
  extractFields([
    pageOf([
      line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 560, 140),
      line('TỜ KHAI ĐĂNG KÝ CƯ TRÚ', 680, 270),
      ...items.map((item, i) => (typeof item === 'string' ? line(item, 220, 420 + 50 * i) : item)),
    ]),
  ]);

const valuesOf = (fields: OcrFields, ...names: (keyof OcrFields)[]) =>
  names.map((name) => fields[name]?.value ?? null);

describe('ocr fields: items of a form', () => {
  it('reads several items of one line, and a date that has no colon in front', () => {
    const fields = form(
      '1. Họ và tên: MAI THỊ NHUNG 2. Giới tính: Nữ',
      '3. Sinh ngày 16 tháng 10 năm 1989 Nơi sinh (tỉnh, thành phố): Ninh Giang',
      '5. Dân tộc: Kinh 6. Tôn giáo: Không 7. Số điện thoại: 0918 224 507',
      '8. Địa chỉ thường trú: Xóm 4, xã Khánh Thiện; Email: nhung@example.vn',
    );

    expect(valuesOf(fields, 'applicantName', 'dateOfBirth', 'phoneNumber', 'permanentAddress')).to.deep.equal(
      ['MAI THỊ NHUNG', '1989-10-16', '0918224507', 'Xóm 4, xã Khánh Thiện'],
    );
  });

  it('takes the stop before the next level of an address for a comma', () => {
    const address = (text: string) => form('Họ và tên: MAI THỊ NHUNG', text).permanentAddress?.value;

    expect(address('Địa chỉ: Số 47 đường Trần Phú, phường Long Hòa. tỉnh Ninh Giang')).to.equal(
      'Số 47 đường Trần Phú, phường Long Hòa, tỉnh Ninh Giang',
    );
    expect(address('Địa chỉ: Số 2 đường Q. Trung, phường Long Hòa')).to.equal(
      'Số 2 đường Q. Trung, phường Long Hòa',
    );
  });

  it('reads cells beside their labels, labels and values of two lines among them', () => {
    const fields = form(
      line('Tên tổ chức, cá nhân nộp hồ', 235, 600),
      line('sơ', 235, 640),
      line('CÔNG TY CỔ PHẦN XÂY LẮP ĐẠI THÀNH', 700, 600),
      line('PHÁT', 700, 640),
      line('Số CCCD/CMND', 235, 720),
      line('037085009412', 700, 720),
      line('Số điện thoại', 235, 800),
      line('0229 3886 214', 700, 800),
      line('Địa chỉ', 235, 900),
      line('Lô B5, Khu công nghiệp Phúc Sơn, thành phố Hoa', 700, 880),
      line('Lâm, tỉnh Ninh Giang', 700, 920),
      line('Ngày tiếp nhận', 235, 1000),
      line('03/06/2024', 700, 1000),
    );

    expect(
      valuesOf(fields, 'applicantName', 'identityNumber', 'phoneNumber', 'permanentAddress'),
    ).to.deep.equal([
      'CÔNG TY CỔ PHẦN XÂY LẮP ĐẠI THÀNH PHÁT',
      '037085009412',
      '02293886214',
      'Lô B5, Khu công nghiệp Phúc Sơn, thành phố Hoa Lâm, tỉnh Ninh Giang',
    ]);
  });

  it('reads values under their labels', () => {
    const fields = form(
      line('Người nộp hồ sơ', 235, 600),
      line('Đổng Thị Hương Trà', 235, 630),
      line('Số căn cước', 900, 600),
      line('020191006640', 900, 630),
    );

    expect(valuesOf(fields, 'applicantName', 'identityNumber')).to.deep.equal([
      'Đổng Thị Hương Trà',
      '020191006640',
    ]);
  });

  it('takes no role of who signs for a name, and leaves what nobody filled in', () => {
    const fields = form(
      'Địa chỉ:',
      'Số điện thoại: Email:',
      line('NGƯỜI NỘP HỒ SƠ', 300, 1200),
      line('NGƯỜI TIẾP NHẬN HỒ SƠ', 1000, 1200),
    );

    expect(valuesOf(fields, 'applicantName', 'permanentAddress', 'phoneNumber')).to.deep.equal([
      null,
      null,
      null,
    ]);
  });

  it('passes over the raised number of a note, however it is read', () => {
    const address = (note: string) =>
      form(`Nơi cư trú: ${note} Thôn Tây Hạ, xã Bình Lâm`).permanentAddress?.value;
    const addressees = (text: string) => form(`Kính gửi: ${text}`).addressees?.value;

    for (const note of ['(2)', '®', '0)', 'Š}']) expect(address(note)).to.equal('Thôn Tây Hạ, xã Bình Lâm');
    expect(form('Nơi cư trú: Ấp 3, xã Hòa Ân').permanentAddress?.value).to.equal('Ấp 3, xã Hòa Ân');
    expect(addressees('(1) Ủy ban nhân dân xã Bình Lâm')).to.deep.equal(['Ủy ban nhân dân xã Bình Lâm']);
    expect(addressees('(ÌỦy ban nhân dân xã Bình Lâm')).to.deep.equal(['Ủy ban nhân dân xã Bình Lâm']);
  });

  it('tells who applies from relatives, representatives and whom it is about', () => {
    const name = (...items: string[]) => form(...items).applicantName?.value ?? null;

    expect(name('Họ, chữ đệm, tên người mẹ: Bùi Thị Nhàn', 'Họ tên cha: Dương Hữu Đạt')).to.equal(null);
    expect(
      name('- Người đại diện: Ông Bạch Ngọc Toàn', '- Tên chủ đầu tư: Công ty TNHH Bao bì Hưng Thịnh'),
    ).to.equal('Công ty TNHH Bao bì Hưng Thịnh');
    expect(name('Họ và tên người khiếu nại: Tống Phước Lộc')).to.equal('Tống Phước Lộc');
    expect(name('Ông/bà: Lục Minh Hoàng')).to.equal('Lục Minh Hoàng');
    expect(name('a) Tên²: Ông Khuất Duy Tiến')).to.equal('Khuất Duy Tiến');
  });

  it('takes a tax number for no number of a person, and a stroke between digits for a one', () => {
    const fields = form(
      'Căn cước công dân hoặc mã số thuế: 2701184396',
      'Số điện thoại: 0984 66] 350',
      'Địa chỉ: Số 4] đường Trần Khánh Dư, phường Tân Thịnh',
    );

    expect(valuesOf(fields, 'identityNumber', 'phoneNumber', 'permanentAddress')).to.deep.equal([
      null,
      '0984661350',
      'Số 41 đường Trần Khánh Dư, phường Tân Thịnh',
    ]);
  });

  it('goes on with a name of a place that was parted, and with no item under it', () => {
    const address =
      'Nơi cư trú: Phòng 1204, chung cư Hồng Hà, số 15 đường Yên Ninh, phường Hòa Lạc, thành phố Hải';

    expect(form(address, 'Vân').permanentAddress?.value).to.match(/thành phố Hải Vân$/);
    expect(form(address, 'Đề nghị cấp giấy xác nhận').permanentAddress?.value).to.match(/thành phố Hải$/);
  });

  it('reads a value past a note that stands alone between it and its label', () => {
    const fields = form(
      line('Nơi cư trú:', 220, 600),
      line('2:', 398, 592),
      line('Thôn Phai Lừa, xã Vạn Linh', 427, 600),
    );

    expect(fields.permanentAddress?.value).to.equal('Thôn Phai Lừa, xã Vạn Linh');
  });

  it('spells a name as where it was read the surest, and a family name as it is known', () => {
    const fields = form(
      line('Họ, chữ đệm, tên người yêu cầu: ĐĂNG VĂN TUẦN', 220, 450, 0.6),
      line('Đăng Văn Tuấn', 1040, 1850, 0.9),
    );

    expect(fields.applicantName?.value).to.equal('ĐẶNG VĂN TUẤN');
    expect(
      form(line('Kính gửi: Ông Chu Tuần Thanh', 600, 400, 0.7), 'giấy phép của ông Chu Tuấn Thanh,')
        .addressees?.value,
    ).to.deep.equal(['Ông Chu Tuấn Thanh']);
  });

  it('takes the first of a person and a body, and none of whom a request is for', () => {
    const request = form(
      '1. Tên doanh nghiệp: Công ty TNHH Giày da Sunrise',
      'Đề nghị cấp giấy phép lao động đối với:',
      '5. Họ và tên: CHEN WEI MING',
      '6. Ngày, tháng, năm sinh: 11/03/1985',
    );

    expect(valuesOf(request, 'applicantName', 'dateOfBirth')).to.deep.equal([
      'Công ty TNHH Giày da Sunrise',
      null,
    ]);
  });

  it('takes a householder for who applies, but neither who builds nor who is looked after', () => {
    const permit = form(
      '1. Tên chủ hộ: Ong Khắc Tiệp',
      '6. Tên đơn vị thi công: Công ty TNHH Xây dựng Tân Mỹ',
    );
    const ward = form(
      'Họ, chữ đệm, tên người yêu cầu: NGHIÊM XUÂN ĐỨC',
      'Đề nghị đăng ký việc giám hộ giữa những người có tên dưới đây:',
      'Ngày, tháng, năm sinh: 10/10/1975',
    );

    expect(permit.applicantName?.value).to.equal('Ong Khắc Tiệp');
    expect(valuesOf(ward, 'applicantName', 'dateOfBirth')).to.deep.equal(['NGHIÊM XUÂN ĐỨC', null]);
  });

  it('reads any paper as a form that a person addresses to an agency under the country’s name alone', () => {
    const report = (x: number, ...head: ReadLine[]) =>
      extractFields([
        pageOf([
          ...head,
          line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', x, 140),
          line('PHIẾU BÁO THAY ĐỔI NHÂN KHẨU', 690, 300),
          line('Kính gửi: Công an xã Liên Bạt', 700, 360),
          line('Họ và tên chủ hộ: Đào Bá Lộc', 220, 460),
        ]),
      ]).applicantName?.value ?? null;

    expect(report(560)).to.equal('Đào Bá Lộc');
    expect(report(1000, line('CÔNG AN TỈNH', 300, 140))).to.equal(null);
  });

  it('gives the day a pupil was born to nobody else, and reads one behind a name in small letters', () => {
    const born = (text: string) => form(text).dateOfBirth?.value ?? null;

    expect(born('Là phụ huynh của học sinh: Lưu Gia Bảo Sinh ngày: 18/10/2012')).to.equal(null);
    expect(born('Tên tôi là: Nguyễn Hữu Cầu sinh ngày 25 tháng 5 năm 1993 Nam')).to.equal('1993-05-25');
  });

  it('reads rows set close, addresses under long labels, and a dossier code parted at a hyphen', () => {
    const rows = form(
      line('Họ và tên người nộp:', 229, 468),
      line('Chỗ ở hiện nay:', 229, 508),
      line('Số ĐT:', 229, 548),
      line('Phan Thị Sương Mai', 671, 468),
      line('Thôn Tây, xã Võ Ninh Hạ', 671, 508),
      line('0354.880.917', 671, 548),
    );
    const long = form('Nơi ở đăng ký hộ khẩu thường trú hiện nay: Số 29 đường Hữu Nghị, phường Bắc Lý');
    const parted = form('hồ sơ của Quý Công ty, mã hồ sơ: H46.33-', '250825-0012.');

    expect(valuesOf(rows, 'applicantName', 'permanentAddress', 'phoneNumber')).to.deep.equal([
      'Phan Thị Sương Mai',
      'Thôn Tây, xã Võ Ninh Hạ',
      '0354880917',
    ]);
    expect(long.permanentAddress?.value).to.equal('Số 29 đường Hữu Nghị, phường Bắc Lý');
    expect(parted.dossierCode?.value).to.equal('H46.33-250825-0012');
  });

  it('takes addressees in the middle of the page under their label', () => {
    const { addressees } = form(
      line('Kính gửi:', 800, 400),
      line('- Hiệu trưởng Trường THCS Đồng Phú;', 540, 440),
      line('- Hiệu trưởng Trường THCS Nam Lý.', 552, 480),
    );

    expect(addressees?.value).to.deep.equal([
      'Hiệu trưởng Trường THCS Đồng Phú',
      'Hiệu trưởng Trường THCS Nam Lý',
    ]);
  });

  it('takes who an apology is addressed to for who applied', () => {
    const slip = (addressee: string) =>
      extractFields([
        pageOf([
          line('PHIẾU XIN LỖI VÀ HẸN LẠI NGÀY TRẢ KẾT QUẢ', 580, 270),
          line(`Kính gửi: ${addressee}`, 600, 400),
        ]),
      ]).applicantName?.value ?? null;

    expect(slip('Bà Vương Thị Ngọc Bích')).to.equal('Vương Thị Ngọc Bích');
    expect(slip('Ủy ban nhân dân xã Bình Lâm')).to.equal(null);
  });

  it('knows customers, owners and payers for who applies', () => {
    const paid = extractFields([
      pageOf([
        line('GIẤY NỘP TIỀN VÀO NGÂN SÁCH NHÀ NƯỚC', 600, 200),
        line('Người nộp thuế: Công ty TNHH Vận tải Hòa Lạc', 220, 400),
        line('Người nộp thay: Không', 220, 440),
      ]),
    ]);

    expect(form('Tên chủ phương tiện: Đào Bá Lộc').applicantName?.value).to.equal('Đào Bá Lộc');
    expect(form('Khách hàng: Phan Thị Sương Mai').applicantName?.value).to.equal('Phan Thị Sương Mai');
    expect(paid.applicantName?.value).to.equal('Công ty TNHH Vận tải Hòa Lạc');
  });

  it('gives the address and telephone of the office above the title to nobody', () => {
    const receipt = extractFields([
      pageOf([
        line('Địa chỉ: Phố Mới, xã Hòa Lạc, tỉnh Bình Sơn - ĐT: 0204 3884 119', 400, 200),
        line('GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ', 590, 300),
        ...['Người nộp hồ sơ', 'Số định danh', 'Điện thoại'].map((text, i) => line(text, 229, 468 + 39 * i)),
        ...['Phan Thị Sương Mai', '024067009226', '0973 205 448'].map((text, i) =>
          line(text, 671, 468 + 39 * i),
        ),
      ]),
    ]);

    expect(
      valuesOf(receipt, 'applicantName', 'identityNumber', 'permanentAddress', 'phoneNumber'),
    ).to.deep.equal(['Phan Thị Sương Mai', '024067009226', null, '0973205448']);
  });

  it('takes a heading that speaks of owners for no name', () => {
    const named = form('A. PHẦN CHỦ XE TỰ KÊ KHAI', 'Tên chủ xe: Đào Bá Lộc');

    expect(named.applicantName?.value).to.equal('Đào Bá Lộc');
  });
});
