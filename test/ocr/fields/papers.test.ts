import { expect } from 'chai';
import { describe, it } from 'mocha';
import { extractFields } from '../../../src/ocr/fields/extract.ts';
import { line, pageOf } from '../support.ts';

/** A head of two columns with a title under it, and what follows. */
const paper = (title: string, ...below: ReturnType<typeof line>[]) =>
  extractFields([
    pageOf([
      line('UBND XÃ ĐẠI ĐỒNG', 300, 140),
      line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
      line('Độc lập - Tự do - Hạnh phúc', 1060, 185),
      line(title, Math.round(860 - 6 * title.length), 370),
      ...below,
    ]),
  ]);

const valuesOf = (fields: ReturnType<typeof paper>, ...names: (keyof typeof fields)[]) =>
  names.map((name) => fields[name]?.value ?? null);

describe('ocr fields of papers that are not of the list of documents', () => {
  it('names a paper of the one-stop office, accents and a letter misread', () => {
    const types = ['GIẤY BIÊN NHẬN HÔ SƠ', 'PHIẾU KIÊM SOÁT QUÁ TRÌNH GIẢI QUYẾT HỒ SƠ', 'GIẤY TRIỆU TẬP'];

    expect(types.map((title) => paper(title).typeName?.value)).to.deep.equal([
      'Giấy biên nhận hồ sơ',
      'Phiếu kiểm soát quá trình giải quyết hồ sơ',
      'Giấy triệu tập',
    ]);
  });

  it('names a paper no list has by its whole title, without what stands in brackets', () => {
    expect(paper('PHIẾU CUNG CẤP THÔNG TIN (LẦN ĐẦU)').typeName?.value).to.equal('Phiếu cung cấp thông tin');
    expect(paper('NỘI DUNG TRÌNH').typeName).to.equal(null);
  });

  it('takes the type from the front of a title, and the rest for its subject where none stands under it', () => {
    expect(valuesOf(paper('BIÊN BẢN LÀM VIỆC'), 'typeName', 'subject')).to.deep.equal([
      'Biên bản',
      'Làm việc',
    ]);
  });

  it('gives the address of who holds a permit to nobody, and no date as its subject', () => {
    const fields = paper(
      'GIẤY PHÉP XÂY DỰNG',
      line('Ngày 22 tháng 4 năm 2026', 716, 410),
      line('Địa chỉ: Số 6 đường Lê Lai, phường Tân Lập', 300, 520),
    );

    expect(valuesOf(fields, 'subject', 'permanentAddress', 'promulgationDate')).to.deep.equal([
      null,
      null,
      '2026-04-22',
    ]);
  });

  it('takes no other person of a form for the applicant, and a place without its label', () => {
    const fields = paper(
      'TỜ KHAI ĐĂNG KÝ KHAI TỬ',
      line('Họ, chữ đệm, tên người yêu cầu: Kiều Thanh Bình', 220, 450),
      line('Đề nghị đăng ký khai tử cho người có tên dưới đây:', 220, 500),
      line('Ngày, tháng, năm sinh: 02/02/1944', 220, 550),
      line('Làm tại: Tân Lập, ngày 30 tháng 4 năm 2026', 900, 900),
    );

    expect(valuesOf(fields, 'applicantName', 'dateOfBirth', 'place')).to.deep.equal([
      'Kiều Thanh Bình',
      null,
      'Tân Lập',
    ]);
  });

  it('reads a date whose blanks were lost, and none of a sentence', () => {
    const date = (text: string) => paper('BIÊN LAI THU TIỀN', line(text, 1000, 700)).promulgationDate?.value;

    expect(date('Ngày 05 tháng 3năm 2026')).to.equal('2026-03-05');
    expect(date('Ngày 05 tháng 3 năm 2026, Sở Y tế có văn bản')).to.equal(undefined);
  });
});

describe('ocr fields of documents issued together', () => {
  it('gives all who issue a joint plan, a branch with the body it is of, and no superior', () => {
    const fields = extractFields([
      pageOf([
        line('HỘI NÔNG DÂN TỈNH SƠN HÀ', 260, 140),
        line('NGÂN HÀNG CHÍNH SÁCH XÃ HỘI', 250, 185),
        line('CHI NHÁNH TỈNH SƠN HÀ', 280, 230),
        line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
        line('Số: 09/KHLT-HND-NHCSXH', 300, 290),
        line('KẾ HOẠCH LIÊN TỊCH', 760, 370),
      ]),
    ]);

    expect(valuesOf(fields, 'issuingAgency', 'superiorAgency')).to.deep.equal([
      'HỘI NÔNG DÂN TỈNH SƠN HÀ - NGÂN HÀNG CHÍNH SÁCH XÃ HỘI CHI NHÁNH TỈNH SƠN HÀ',
      null,
    ]);
  });
});

describe('ocr fields: what print runs together or misreads in the head', () => {
  const head = (agency: string, number: string) =>
    extractFields([
      pageOf([
        line(agency, 300, 140),
        line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
        line(number, 320, 240),
      ]),
    ]);

  it('parts syllables in capitals where there is but one way to, or one after a kind of place, and drops a comma inside a phrase', () => {
    const names = [
      'SỞY TẾ TỈNH KIẾNAN',
      'PHÒNG QUẢN, LÝ ĐÔ THỊ',
      'CÔNG TY TNHH MTV HOAN',
      'SỞ Y TẾ TỈNHAN HÒA',
    ];

    expect(names.map((name) => head(name, 'Số: 1/X-Y').issuingAgency?.value)).to.deep.equal([
      'SỞ Y TẾ TỈNH KIẾN AN',
      'PHÒNG QUẢN LÝ ĐÔ THỊ',
      'CÔNG TY TNHH MTV HOAN',
      'SỞ Y TẾ TỈNH AN HÒA',
    ]);
  });

  it('spells the unit that drafted a letter in its recipients as in its notation', () => {
    const recipients = (...items: string[]) =>
      extractFields([
        pageOf([
          line('BỆNH VIỆN SẢN - NHI', 300, 140),
          line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
          line('Số: 739/BVSN-KHTH', 320, 240),
          line('Nơi nhận:', 220, 1600),
          ...items.map((item, i) => line(item, 220, 1640 + 35 * i)),
        ]),
      ]).recipients?.value;

    expect(recipients('- Như trên;', '- Lưu: VỊ, KHIH.')).to.deep.equal(['Như trên', 'Lưu: VT, KHTH']);
    expect(recipients('- Như trên;', 'kữu: VT, TCKT.')).to.deep.equal(['Như trên', 'Lưu: VT, TCKT']);
  });

  it('takes who takes over for no recipients, and reads what is asked of recipients past misread marks', () => {
    const recipients = (label: string, ...items: string[]) =>
      extractFields([
        pageOf([line(label, 220, 1600), ...items.map((item, i) => line(item, 220, 1640 + 35 * i))]),
      ]).recipients?.value ?? null;

    expect(recipients('BÊN NHẬN', 'Bà Lang Thị Khuyên - Kiểm lâm viên;')).to.equal(null);
    expect(recipients('2. Nhận: Phòng Khoáng sản', 'cửa')).to.equal(null);
    expect(
      recipients('Nơi nhận:', '- Bộ Y tế (đế b/c);', '- UBND xã (th);', '- Sở Y tế (b/);'),
    ).to.deep.equal(['Bộ Y tế (để b/c)', 'UBND xã (t/h)', 'Sở Y tế (b/c)']);
  });

  it('keeps a committee with what it is of', () => {
    const fields = extractFields([
      pageOf([
        line('ĐOÀN TNCS HỒ CHÍ MINH', 300, 140),
        line('TỈNH LONG BIÊN', 340, 180),
        line('BAN CHẤP HÀNH', 350, 220),
        line('ĐOÀN XÃ VĨNH THUẬN', 320, 260),
        line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
        line('Số: 05-NQ/ĐTN', 320, 320),
      ]),
    ]);

    expect(valuesOf(fields, 'superiorAgency', 'issuingAgency')).to.deep.equal([
      'ĐOÀN TNCS HỒ CHÍ MINH TỈNH LONG BIÊN',
      'BAN CHẤP HÀNH ĐOÀN XÃ VĨNH THUẬN',
    ]);
  });

  it('tells a word from the first of an agency that differs by its marks, and a union from its federation', () => {
    const agencies = (...names: string[]) =>
      valuesOf(
        extractFields([
          pageOf([
            ...names.map((name, i) => line(name, 300, 140 + 40 * i)),
            line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
            line('Số: 73⁄GXN-PTDTBT', 320, 330),
          ]),
        ]),
        'superiorAgency',
        'issuingAgency',
        'codeNumber',
      );

    expect(agencies('UBND XÃ IA RTÔ', 'TRƯỜNG PHỔ THÔNG DÂN TỘC', 'BÁN TRÚ TRUNG HỌC CƠ SỞ')).to.deep.equal([
      'UBND XÃ IA RTÔ',
      'TRƯỜNG PHỔ THÔNG DÂN TỘC BÁN TRÚ TRUNG HỌC CƠ SỞ',
      '73',
    ]);
    expect(agencies('LIÊN ĐOÀN LAO ĐỘNG TỈNH AN KHÊ', 'CÔNG ĐOÀN CÁC KHU CÔNG NGHIỆP')).to.deep.equal([
      'LIÊN ĐOÀN LAO ĐỘNG TỈNH AN KHÊ',
      'CÔNG ĐOÀN CÁC KHU CÔNG NGHIỆP',
      '73',
    ]);
    expect(agencies('BAN TUYÊN. GIÁO VÀ DÂN VẬN')[1]).to.equal('BAN TUYÊN GIÁO VÀ DÂN VẬN');
  });

  it('reads a place of the highlands whose first letter was read as an l', () => {
    const { place } = paper('BÁO CÁO', line('la Rtô, ngày 12 tháng 5 năm 2026', 1000, 250));

    expect(place?.value).to.equal('Ia Rtô');
  });

  it('gives the address of who a letter is sent to to nobody', () => {
    const fields = extractFields([
      pageOf([
        line('THUẾ TỈNH LONG BIÊN', 300, 140),
        line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
        line('Số: 2281/LBI-QLDN1', 320, 240),
        line('V/v trả lời chính sách thuế', 310, 280),
        line('(Địa chỉ: Ấp Long Hòa, phường Mỹ Bình)', 300, 450),
      ]),
    ]);

    expect(valuesOf(fields, 'typeName', 'permanentAddress')).to.deep.equal(['Công văn', null]);
  });

  it('reads an organ one letter of which was misread, and a number whose stroke was lost', () => {
    const numbers = ['Số:: 04/CĐ-DBND', 'Số: 44HDHS', 'Số: 15B'];

    expect(
      numbers.map((number) => valuesOf(head('UBND XÃ ĐẠI ĐỒNG', number), 'codeNumber', 'codeNotation')),
    ).to.deep.equal([
      ['04', 'CĐ-UBND'],
      ['44', 'HDHS'],
      ['15B', null],
    ]);
  });
});

describe('ocr fields: heads of many lines', () => {
  const head = (left: ReturnType<typeof line>[], ...below: ReturnType<typeof line>[]) =>
    extractFields([
      pageOf([
        ...left,
        line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
        line('Độc lập - Tự do - Hạnh phúc', 1060, 185),
        ...below,
      ]),
    ]);
  const agencies = (...left: string[]) =>
    valuesOf(
      head([
        ...left.map((text, i) => line(text, 300, 140 + 44 * i)),
        line('Số: 12/TB-HC', 300, 140 + 44 * left.length + 20),
      ]),
      'superiorAgency',
      'issuingAgency',
    );

  it('keeps the kind of an institution with its name, though the name begins like an agency', () => {
    expect(agencies('UBND PHƯỜNG TÂN AN', 'TRƯỜNG TRUNG HỌC CƠ SỞ', 'TÔ HIỆU')).to.deep.equal([
      'UBND PHƯỜNG TÂN AN',
      'TRƯỜNG TRUNG HỌC CƠ SỞ TÔ HIỆU',
    ]);
  });

  it('knows agencies a syllable of whose first words was lost, and puts the parts of their row together', () => {
    expect(agencies('VIỆN KIỂM SÁT NHÂN DÂN TỐI CAO', 'VIỆN M SÁT NHÂN DÂN', 'TỈNH BÌNH SƠN')).to.deep.equal([
      'VIỆN KIỂM SÁT NHÂN DÂN TỐI CAO',
      'VIỆN KIỂM SÁT NHÂN DÂN TỈNH BÌNH SƠN',
    ]);
    const parted = head([
      line('BẢO HIỂM XÃ HỘI VIỆT NAM', 300, 140),
      line('BẢO', 280, 184),
      line('M XÃ HỘI TỈNH BÌNH SƠN', 380, 186),
      line('Số: 12/TB-BHXH', 300, 240),
    ]);
    expect(valuesOf(parted, 'superiorAgency', 'issuingAgency')).to.deep.equal([
      'BẢO HIỂM XÃ HỘI VIỆT NAM',
      'BẢO HIỂM XÃ HỘI TỈNH BÌNH SƠN',
    ]);
  });

  it('drops marks no name has, and reads Roman numbers by their strokes', () => {
    expect(agencies('UBND.TỈNH BÌNH SƠN', 'PHÒNG CẢNH: SÁT GIAO THÔNG.')).to.deep.equal([
      'UBND TỈNH BÌNH SƠN',
      'PHÒNG CẢNH SÁT GIAO THÔNG',
    ]);
    expect(agencies('CỤC HẢI QUAN', 'CHI CỤC HẢI QUAN KHU VỰC VIH')).to.deep.equal([
      'CỤC HẢI QUAN',
      'CHI CỤC HẢI QUAN KHU VỰC VIII',
    ]);
  });

  it('believes the surer of place and agency where a letter differs, and takes a comma for no letter of a place', () => {
    const unsure = line('ỦY BAN NHÂN DÂN TỈNH LAN GIANG', 200, 140);
    const words = unsure.words.map((word) => (word.text === 'LAN' ? { ...word, confidence: 0.4 } : word));
    const fields = head(
      [{ ...unsure, words }, line('BAN TIẾP CÔNG DÂN', 300, 184), line('Số: 8/PC-BTCD', 300, 240)],
      line('An Giang, ngày 18 tháng 6 năm 2026', 1000, 250),
    );

    expect(valuesOf(fields, 'superiorAgency', 'place')).to.deep.equal([
      'ỦY BAN NHÂN DÂN TỈNH AN GIANG',
      'An Giang',
    ]);
    expect(head([], line('Huết ngày 15 tháng 6 năm 2026', 1000, 250)).place?.value).to.equal('Huế');
  });

  it('goes on with the day of what a subject is about, and ends no sentence in it', () => {
    const fields = paper(
      'THÔNG TƯ',
      line('Sửa đổi. bổ sung Thông tư số 02/2023/TT-BNV', 602, 410),
      line('ngày 08 tháng 5 năm 2023 về lưu trữ', 650, 442),
    );

    expect(fields.subject?.value).to.equal(
      'Sửa đổi, bổ sung Thông tư số 02/2023/TT-BNV ngày 08 tháng 5 năm 2023 về lưu trữ',
    );
  });

  it('drops what a stamp left behind the notation', () => {
    const { codeNotation } = head([line('Số: 19/CĐ-UBND ah', 300, 240)]);

    expect(codeNotation?.value).to.equal('CĐ-UBND');
  });

  it('joins an item parted at a comma, and parts abbreviations run together', () => {
    const { recipients } = paper(
      'THÔNG BÁO',
      line('Nơi nhận:', 220, 1600),
      line('- CT, các PCTUBND tỉnh;', 220, 1640),
      line('- UBND các phường: Tân An, Hưng Phú,', 220, 1675),
      line('Thới An;', 240, 1710),
      line('- Ông Trần Văn Bảy (để biến);', 220, 1745),
      line('- BGP;Phòng KTr 1,QLHT;', 220, 1780),
      line('- Lưu: VT.', 220, 1815),
    );

    expect(recipients?.value).to.deep.equal([
      'CT, các PCT UBND tỉnh',
      'UBND các phường: Tân An, Hưng Phú, Thới An',
      'Ông Trần Văn Bảy (để biết)',
      'BGĐ; Phòng KTr 1, QLHT',
      'Lưu: VT',
    ]);
  });

  it('ends the subject of a letter before a stamp of urgency, and reads the quarter of a year in it', () => {
    const { subject } = head([
      line('Số: 612/SYT-NVY', 300, 240),
      line('V/v báo cáo quý 1\u20442026', 300, 284),
      line('THƯỢNG KHẨN', 330, 330),
    ]);

    expect(subject?.value).to.equal('báo cáo quý I/2026');
  });

  it('spells provinces as they are, and no other place', () => {
    expect(agencies('CÔNG AN THÀNH PHỐ HUÊ', 'PHÒNG KỸ THUẬT')[0]).to.equal('CÔNG AN THÀNH PHỐ HUẾ');
    expect(agencies('CÔNG AN THÀNH PHỐ HUÊ LÂM', 'PHÒNG KỸ THUẬT')[0]).to.equal('CÔNG AN THÀNH PHỐ HUÊ LÂM');
  });

  it('goes on with an addressee in a short line about the same middle, and with none in the text', () => {
    const to = (...below: ReturnType<typeof line>[]) =>
      head([], line('Kính gửi: Các tổ chức tín dụng, chi nhánh trên địa bàn', 500, 500), ...below).addressees
        ?.value;

    expect(to(line('Khu vực 9', 762, 540))).to.deep.equal([
      'Các tổ chức tín dụng, chi nhánh trên địa bàn Khu vực 9',
    ]);
    expect(to(line('Qua theo dõi báo cáo', 300, 540))).to.deep.equal([
      'Các tổ chức tín dụng, chi nhánh trên địa bàn',
    ]);
  });

  it('takes an unsure dash behind the label of addressees for the first of a list', () => {
    const first = line('Kính gửi: - Sở Du lịch;', 400, 500);
    const words = first.words.map((word) => (word.text === '-' ? { ...word, confidence: 0.4 } : word));
    const { addressees } = head([], { ...first, words }, line('- Hiệp hội Du lịch.', 522, 544));

    expect(addressees?.value).to.deep.equal(['Sở Du lịch', 'Hiệp hội Du lịch']);
  });

  it('mends what stands in brackets behind recipients', () => {
    const { recipients } = paper(
      'THÔNG BÁO',
      line('Nơi nhận:', 220, 1600),
      line('- Sở Y tế (để b/o);', 220, 1640),
      line('- UBND xã Tân Lập (niêm yến);', 220, 1675),
      line('- Lưu:VT, VP 2).', 220, 1710),
    );

    expect(recipients?.value).to.deep.equal([
      'Sở Y tế (để b/c)',
      'UBND xã Tân Lập (niêm yết)',
      'Lưu: VT, VP (2)',
    ]);
  });
});
