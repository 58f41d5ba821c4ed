import { expect } from 'chai';
import { describe, it } from 'mocha';
import { extractFields } from '../../../src/ocr/fields/extract.ts';
import { isoDate } from '../../../src/ocr/fields/place-date.ts';
import { line, pageOf } from '../support.ts';

describe('ocr fields of documents of other kinds', () => {
  /** A head of two columns with what stands under the left one. */
  const head = (agency: string, ...below: string[]) => [
    line(agency, 300, 140),
    line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
    line('Độc lập - Tự do - Hạnh phúc', 1060, 185),
    ...below.map((text, i) => line(text, 320, 240 + 45 * i)),
  ];
  const numberOf = (...below: string[]) => {
    const { codeNumber, codeNotation, issuingAgency } = extractFields([
      pageOf(head('SỞ XÂY DỰNG', ...below)),
    ]);
    return [codeNumber?.value ?? null, codeNotation?.value ?? null, issuingAgency?.value ?? null];
  };

  it('reads the number where its colon was misread, a seal left letters in front of it, or it came apart', () => {
    expect(numberOf('Sốt 1879/SXD-QLĐĐ')).to.deep.equal(['1879', 'SXD-QLĐĐ', 'SỞ XÂY DỰNG']);
    expect(numberOf('Số: 18 79/ SXD-QLĐĐ')).to.deep.equal(['1879', 'SXD-QLĐĐ', 'SỞ XÂY DỰNG']);
    expect(numberOf('Số: li 1879/SXD-QLĐĐ')).to.deep.equal(['1879', 'SXD-QLĐĐ', 'SỞ XÂY DỰNG']);
  });

  it('spells an unsure notation by the initials of the agency, and leaves a sure or another one', () => {
    const notationOf = (text: string, confidence: number) => {
      const lines = [...head('ĐẠI HỌC KỸ THUẬT PHƯƠNG NAM'), line(text, 320, 240, confidence)];
      return extractFields([pageOf(lines)]).codeNotation?.value;
    };

    expect(notationOf('Số: 2089/QĐ-PHKTPN', 0.4)).to.equal('QĐ-ĐHKTPN');
    expect(notationOf('Số: 2089/QĐ-ĐPHKTPN', 0.4)).to.equal('QĐ-ĐHKTPN');
    expect(notationOf('Số: 2089/QĐ-PHKTPN', 0.99)).to.equal('QĐ-PHKTPN');
    expect(notationOf('Số: 2089/QĐ-ĐHKTP', 0.4)).to.equal('QĐ-ĐHKTP');
    expect(notationOf('Số: 2089/QĐ-PHKTPN', 0.9)).to.equal('QĐ-ĐHKTPN');
    expect(notationOf('Số: 2089/QĐ-KHKTPN', 0.9)).to.equal('QĐ-KHKTPN');
  });

  it('takes no tone from the name of an agency into its notation, and nothing of its place', () => {
    const notationOf = (agency: string, text: string) =>
      extractFields([pageOf([...head(agency), line(text, 320, 240, 0.4)])]).codeNotation?.value;

    expect(notationOf('ỦY BAN NHÂN DÂN', 'Số: 2089/QĐ-UBND')).to.equal('QĐ-UBND');
    expect(notationOf('BẢO HIỂM XÃ HỘI TỈNH HÒA LẠC', 'Số: 2089/QĐ-BHXN')).to.equal('QĐ-BHXH');
  });

  it('gives the notation, and no number and no date, where both were left blank for the pen', () => {
    const blank = pageOf([
      ...head('PHÒNG VĂN HÓA - XÃ HỘI'),
      line('Số:', 300, 250),
      line('/KH-VHXH', 440, 252),
      line('Hòa Lạc, ngày', 1000, 252),
      line('tháng 02 năm 2026', 1240, 252),
    ]);
    const { issuingAgency, codeNumber, codeNotation, place, promulgationDate } = extractFields([blank]);

    expect(issuingAgency?.value).to.equal('PHÒNG VĂN HÓA - XÃ HỘI');
    expect([codeNumber, codeNotation?.value]).to.deep.equal([null, 'KH-VHXH']);
    expect([place?.value, promulgationDate]).to.deep.equal(['Hòa Lạc', null]);
  });

  it('reads the head and the signer of a document of the Party', () => {
    const fields = extractFields([
      pageOf([
        line('ĐẢNG BỘ TỈNH BÌNH SƠN', 300, 140),
        line('ĐẢNG ỦY XÃ HÒA LẠC', 310, 185),
        line('Số 27-KH/ĐU', 340, 290),
        line('ĐẢNG CỘNG SẢN VIỆT NAM', 1050, 140),
        line('KẾ HOẠCH', 760, 370),
        line('T/M BAN THƯỜNG VỤ', 1060, 1600),
        line('PHÓ BÍ THƯ', 1100, 1640),
        line('Lê Văn Đạt', 1100, 1860),
      ]),
    ]);

    expect([fields.superiorAgency?.value, fields.issuingAgency?.value]).to.deep.equal([
      'ĐẢNG BỘ TỈNH BÌNH SƠN',
      'ĐẢNG ỦY XÃ HÒA LẠC',
    ]);
    expect([fields.codeNumber?.value, fields.codeNotation?.value]).to.deep.equal(['27', 'KH/ĐU']);
    expect([
      fields.signerCompetence?.value,
      fields.signerPosition?.value,
      fields.signerName?.value,
    ]).to.deep.equal(['T/M BAN THƯỜNG VỤ', 'PHÓ BÍ THƯ', 'Lê Văn Đạt']);
  });

  it('finds the number of a contract under its title', () => {
    const { codeNumber, codeNotation } = extractFields([
      pageOf([
        line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 620, 140),
        line('Độc lập - Tự do - Hạnh phúc', 680, 190),
        line('HỢP ĐỒNG', 780, 280),
        line('Tư vấn lập báo cáo kinh tế - kỹ thuật', 640, 330),
        line('Số: 12/2025/HĐ-TVTK', 730, 400),
        line('Căn cứ Quyết định số 96/QĐ-UBND ngày 02 tháng 4 năm 2025;', 300, 470),
      ]),
    ]);

    expect([codeNumber?.value, codeNotation?.value]).to.deep.equal(['12', '2025/HĐ-TVTK']);
  });

  it('takes addressees one per dash, the first beside the label, past a stamp of arrival', () => {
    const { addressees, subject } = extractFields([
      pageOf([
        ...head('SỞ XÂY DỰNG', 'Số: 5/SXD-VP', 'V/v hướng dẫn xử lý hồ sơ'),
        line('_Kính gửi: - Ủy ban nhân dân các xã, phường;', 420, 400),
        line('- Văn phòng Đăng ký đất đai tính Bình Sơn;', 568, 440),
        line('1024', 240, 462),
        line('- Chi nhánh các khu vực.', 568, 480),
        line('Thực hiện Nghị định số 151/2025/NĐ-CP', 300, 520),
      ]),
    ]);

    expect(addressees?.value).to.deep.equal([
      'Ủy ban nhân dân các xã, phường',
      'Văn phòng Đăng ký đất đai tỉnh Bình Sơn',
      'Chi nhánh các khu vực',
    ]);
    expect(subject?.value).to.equal('hướng dẫn xử lý hồ sơ');
  });

  it('reads an office of two lines, and none of what a seal left under or before it', () => {
    const signer = (...office: string[]) =>
      extractFields([
        pageOf([
          ...office.map((text, i) => line(text, 1040, 1600 + 34 * i)),
          line('Bùi Xuân Thắng', 1060, 1850),
        ]),
      ]).signerPosition?.value;

    expect(signer('TL. GIÁM ĐỐC', 'TRƯỞNG PHÒNG', 'TỔ CHỨC - HÀNH CHÍNH')).to.equal(
      'TRƯỞNG PHÒNG TỔ CHỨC - HÀNH CHÍNH',
    );
    expect(signer('TRƯỞNG PHÒNG', 'ĐƯBNDX')).to.equal('TRƯỞNG PHÒNG');
    expect(signer('ồ CHỦ TỊCH')).to.equal('CHỦ TỊCH');
    expect(signer('KT TRƯỞNG CÔNG AN XÃ', 'PHÓ TRƯỞNG CÔNG AN XÃ')).to.equal('PHÓ TRƯỞNG CÔNG AN XÃ');
  });

  it('reads by whose authority, where its full stop or stroke was read as a letter', () => {
    const signer = (...office: string[]) => {
      const { signerCompetence, signerPosition } = extractFields([
        pageOf([...office.map((text, i) => line(text, 1040, 1600 + 34 * i)), line('Lê Văn Đạt', 1060, 1850)]),
      ]);
      return [signerCompetence?.value ?? null, signerPosition?.value ?? null];
    };

    expect(signer('KTL GIÁM ĐỐC', 'PHÓ GIÁM ĐỐC')).to.deep.equal(['KT. GIÁM ĐỐC', 'PHÓ GIÁM ĐỐC']);
    expect(signer('TMI BAN THƯỜNG VỤ', 'PHÓ BÍ THƯ')).to.deep.equal(['T/M BAN THƯỜNG VỤ', 'PHÓ BÍ THƯ']);
    expect(signer('KTV TRƯỞNG')).to.deep.equal([null, null]);
  });

  it('takes a sentence that leads to a list for no part of the subject', () => {
    const { subject } = extractFields([
      pageOf([
        ...head('SỞ XÂY DỰNG', 'Số: 73/BC-SXD'),
        line('BÁO CÁO', 780, 370),
        line('Kết quả thực hiện chính sách giảm nghèo năm 2018', 560, 415),
        line('Phòng Lao động báo cáo kết quả thực hiện như sau:', 560, 450),
      ]),
    ]);

    expect(subject?.value).to.equal('Kết quả thực hiện chính sách giảm nghèo năm 2018');
  });

  it('takes a dossier code whole or not at all', () => {
    const code = (text: string) =>
      extractFields([
        pageOf([line('GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ', 400, 300), line(text, 220, 420)]),
      ]).dossierCode?.value ?? null;

    expect(code('Mã hồ sơ: H08.31-250911-0457')).to.equal('H08.31-250911-0457');
    expect(code('Mã hồ sơ: H08.31-25091 1-0457')).to.equal('H08.31-250911-0457');
    expect(code('Mã hồ sơ: H08.31-25091')).to.equal(null);
  });

  it('spells a name of the agency as the place does where that reading is the surer', () => {
    const { superiorAgency } = extractFields([
      pageOf([
        line('THÀNH PHỐ CÂN GIANG', 300, 140, 0.6),
        line('VĂN PHÒNG', 400, 180),
        line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
        line('Số: 1/TB-VP', 320, 240),
        line('Cần Giang, ngày 17 tháng 02 năm 2026', 1000, 240),
      ]),
    ]);

    expect(superiorAgency?.value).to.equal('THÀNH PHỐ CẦN GIANG');
  });

  it('takes a first line of the subject as wide as the body where a short one follows about the same middle', () => {
    const wide =
      'Hướng dẫn thực hiện chế độ phụ cấp đối với công chức làm việc tại bộ phận tiếp nhận và trả kết quả của';
    const { subject } = extractFields([
      pageOf([
        ...head('BỘ NỘI VỤ', 'Số: 14/TT-BNV'),
        line('THÔNG TƯ', 780, 380),
        line(wide, 212, 420),
        line('một cửa các cấp', 750, 460),
        line(
          'Thông tư này hướng dẫn chế độ phụ cấp của công chức tại trung tâm, gồm các mức sau đây:',
          300,
          560,
        ),
      ]),
    ]);

    expect(subject?.value).to.equal(`${wide} một cửa các cấp`);
  });

  it('parts a team from the agency it is of, and takes a line that sells for no form', () => {
    const team = extractFields([pageOf(head('UBND XÃ PHÚ THỊNH', 'TỔ CÔNG TÁC SỐ HÓA', 'Số: 03/BB-TCT'))]);
    const invoice = extractFields([
      pageOf([line('Đơn vị bán hàng: CÔNG TY CỔ PHẦN THIẾT BỊ GIÁO DỤC', 560, 240)]),
    ]);

    expect([team.superiorAgency?.value, team.issuingAgency?.value]).to.deep.equal([
      'UBND XÃ PHÚ THỊNH',
      'TỔ CÔNG TÁC SỐ HÓA',
    ]);
    expect(invoice.typeName).to.equal(null);
  });

  it('takes an agency above an office, or a line that says who signs, for no part of the office', () => {
    const signedBy = (...above: string[]) => {
      const office = [...above, 'GIÁM ĐỐC'].map((text, i) => line(text, 1000, 1600 + 40 * i));
      return extractFields([pageOf([...office, line('Tạ Quang Bửu', 1020, 1900)])]).signerPosition?.value;
    };

    expect(signedBy('CHI NHÁNH VĂN PHÒNG ĐĂNG KÝ ĐẤT', 'ĐAI AN LẠC')).to.equal('GIÁM ĐỐC');
    expect(signedBy('NGƯỜI KÝ GIẤY KHAI SINH')).to.equal('GIÁM ĐỐC');
    expect(signedBy('CHI NHÁNH VĂN PHÒNG ĐĂNG KÝ')).to.equal('GIÁM ĐỐC');
  });

  it('reads figures that hang below the line where only figures can stand', () => {
    const fields = extractFields([
      pageOf([
        ...head('PHÒNG VĂN HÓA - XÃ HỘI', 'Số: 3I8/VHXH-HT', 'VẤy rà soát dữ liệu hộ tịch'),
        line('Phú Thịnh, ngày 21 tháng ÿ năm 2026', 1000, 260),
      ]),
    ]);

    expect([fields.codeNumber?.value, fields.promulgationDate?.value]).to.deep.equal(['318', '2026-05-21']);
    expect(fields.subject?.value).to.equal('rà soát dữ liệu hộ tịch');
    expect(isoDate('1Ó', '9', '2026')).to.equal('2026-09-16');
  });

  it('finds a name and a number on the picture of a card, in a sentence, and beside a label far from it', () => {
    const card = extractFields([
      pageOf([
        line('Số /No.:036088004127', 600, 500),
        line('Họ và tên / Full name:', 600, 540),
        line('TRẦN QUỐC ĐẠT', 600, 575),
        line('Ngày sinh / Date of birth: 14/08/1988', 600, 610),
      ]),
    ]);
    const receipt = extractFields([
      pageOf([line('Trung tâm Phục vụ hành chính công xã tiếp nhận hồ sơ của: Trần Quốc Đạt', 200, 500)]),
    ]);
    const boxes = extractFields([
      pageOf([line('Số định danh cá nhân:', 200, 500), line('036088004127', 700, 500)]),
    ]);

    expect([card.applicantName?.value, card.identityNumber?.value, card.dateOfBirth?.value]).to.deep.equal([
      'TRẦN QUỐC ĐẠT',
      '036088004127',
      '1988-08-14',
    ]);
    expect(receipt.applicantName?.value).to.equal('Trần Quốc Đạt');
    expect(boxes.identityNumber?.value).to.equal('036088004127');
  });

  it('names certificates, books and letters of thanks by their titles, and no number of a register', () => {
    const typeOf = (title: string) =>
      extractFields([pageOf([...head('SỞ Y TẾ'), line(title, 827 - 6 * title.length, 380)])]).typeName
        ?.value ?? null;

    expect(typeOf('CHỨNG CHỈ HÀNH NGHỀ KẾ TOÁN')).to.equal('Chứng chỉ hành nghề kế toán');
    expect(typeOf('SỔ ĐĂNG KÝ VĂN BẢN ĐẾN')).to.equal('Sổ đăng ký văn bản đến');
    expect(typeOf('THƯ CẢM ƠN')).to.equal('Thư cảm ơn');
    expect(typeOf('SỐ ĐĂNG KÝ: 0412')).to.equal(null);
  });

  it('names a paper of whose title a vowel was read twice', () => {
    const { typeName } = extractFields([
      pageOf([...head('SỞ Y TẾ'), line('CHÚỨNG CHỈ HÀNH NGHỀ KẾ TOÁN', 650, 380)]),
    ]);

    expect(typeName?.value).to.equal('Chứng chỉ hành nghề kế toán');
  });

  it('reads the letterhead of a paper without the country’s name, its title beside it, and no sender of a bare letter', () => {
    const slip = (...above: string[]) =>
      extractFields([
        pageOf([
          ...above.map((text, i) => line(text, 200, 140 + 45 * i)),
          line('Số: 0412/PTN-PC', 260, 140 + 45 * above.length),
          line('PHIẾU TIẾP NHẬN YÊU CẦU', 1000, 150),
        ]),
      ]);
    const company = slip('TỔNG CÔNG TY CẤP NƯỚC', 'CÔNG TY CẤP NƯỚC BÌNH SƠN');

    expect(company.typeName?.value).to.equal('Phiếu tiếp nhận yêu cầu');
    expect([company.superiorAgency?.value, company.issuingAgency?.value]).to.deep.equal([
      'TỔNG CÔNG TY CẤP NƯỚC',
      'CÔNG TY CẤP NƯỚC BÌNH SƠN',
    ]);
    expect(slip('LIÊN 2: GIAO KHÁCH HÀNG').issuingAgency).to.equal(null);
  });

  it('parts a province run together, reads its word at the end of a line, and keeps a word that looks like it', () => {
    const agency = (...lines: string[]) =>
      extractFields([pageOf(head(lines[0] as string, ...lines.slice(1)))]).issuingAgency?.value;

    expect(agency('THI HÀNH ÁN DÂN SỰ TỈNH ĐĂKLĂK')).to.equal('THI HÀNH ÁN DÂN SỰ TỈNH ĐẮK LẮK');
    expect(agency('LIÊN ĐOÀN LAO ĐỘNG TĨNH', 'TÂY NINH')).to.equal('LIÊN ĐOÀN LAO ĐỘNG TỈNH TÂY NINH');
    expect(agency('CÔNG TY CHẾ BIẾN TINH BỘT')).to.equal('CÔNG TY CHẾ BIẾN TINH BỘT');
  });

  it('takes a date that stands alone at the left where no other does', () => {
    const dated = (...dates: [string, number][]) =>
      extractFields([pageOf(dates.map(([text, x], i) => line(text, x, 1500 + 40 * i)))]).promulgationDate
        ?.value ?? null;

    expect(dated(['Ngày 05 tháng 02 năm 2026', 250])).to.equal('2026-02-05');
    expect(dated(['Ngày 05 tháng 02 năm 2026', 250], ['Ngày 07 tháng 02 năm 2026', 1050])).to.equal(
      '2026-02-07',
    );
    expect(dated(['Ngày 05 tháng 02 năm 2026', 250], ['Ngày 07 tháng 02 năm 2026', 250])).to.equal(null);
  });

  it('keeps an abbreviation one letter off one of the list, and reads a number once that was read twice', () => {
    expect(numberOf('Số: 219/GTT-CSĐT').slice(0, 2)).to.deep.equal(['219', 'GTT-CSĐT']);
    expect(numberOf('Số: 31 31/NQ-HĐND').slice(0, 2)).to.deep.equal(['31', 'NQ-HĐND']);
    expect(numberOf('Số: 31/Ttr-SXD').slice(0, 2)).to.deep.equal(['31', 'TTr-SXD']);
  });

  it('takes a sure abbreviation one letter off that of the type for another, and an unsure one for misread', () => {
    const notationOf = (confidence: number) => {
      const lines = [...head('SỞ TƯ PHÁP'), line('Số: 06/CN-STP', 320, 240, confidence)];
      return extractFields([pageOf([...lines, line('GIẤY CHỨNG NHẬN', 760, 370)])]).codeNotation?.value;
    };

    expect([notationOf(0.97), notationOf(0.5)]).to.deep.equal(['CN-STP', 'GCN-STP']);
  });

  it('reads a date whose words of one letter were misread, and place with it', () => {
    const dated = (text: string) => {
      const { place, promulgationDate } = extractFields([pageOf([line(text, 1000, 260)])]);
      return [place?.value ?? null, promulgationDate?.value ?? null];
    };

    expect(dated('Hòa Lạc, ngùy 02 tháng 10 năm 2026')).to.deep.equal(['Hòa Lạc', '2026-10-02']);
    expect(dated('Hòa Lạc, ngày 02 tháng 10 hăm 2026')).to.deep.equal(['Hòa Lạc', '2026-10-02']);
    expect(dated('Ngày } ] tháng 4 năm 2026')).to.deep.equal([null, '2026-04-11']);
  });

  it('goes on with addressees without dashes right under the first', () => {
    const { addressees } = extractFields([
      pageOf([
        line('Kính gửi: Các đồng chí Ủy viên Ban Chấp hành;', 380, 400),
        line('Chủ tịch Công đoàn cơ sở.', 500, 440),
        line('Ban Thường vụ trân trọng mời dự hội nghị tổng kết.', 280, 500),
      ]),
    ]);

    expect(addressees?.value).to.deep.equal([
      'Các đồng chí Ủy viên Ban Chấp hành',
      'Chủ tịch Công đoàn cơ sở',
    ]);
  });

  it('reads a comma behind an abbreviation of recipients, and what is asked of them', () => {
    const { recipients } = extractFields([
      pageOf([
        line('Nơi nhận:', 220, 1500),
        ...[
          '- Như Điều 3 (Ưh);',
          '- CVP. các PCVP;',
          '- GD, các PGD Sở;',
          '- TT. HĐND xã;',
          '- Lưu:VL, TH.',
        ].map((text, i) => line(text, 220, 1540 + 32 * i)),
      ]),
    ]);

    expect(recipients?.value).to.deep.equal([
      'Như Điều 3 (t/h)',
      'CVP, các PCVP',
      'GĐ, các PGĐ Sở',
      'TT. HĐND xã',
      'Lưu: VT, TH',
    ]);
  });
});
