import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { extractFields } from '../../../src/ocr/fields/extract.ts';
import { isoDate } from '../../../src/ocr/fields/place-date.ts';
import { repairAgency, repairName, repairPosition } from '../../../src/ocr/fields/repair.ts';
import { line, pageOf } from '../support.ts';

/** A decision as OCR gives it: accents lost in the head, `;` read as `:`. */
const DECISION = pageOf([
  line('ỦY BAN NHÂN DÂN', 340, 140),
  line('TÍNH TRƯỜNG GIANG', 320, 185),
  line('SỞ NỘI VỤ', 410, 230),
  line('Số: 1274/QÐ-SNV', 360, 290),
  line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
  line('Độc lập - Tự do - Hạnh phúc', 1060, 185),
  line('Trường Giang, ngày 14 tháng 3 năm 2025', 1000, 250),
  line('QUYÊT ĐỊNH', 780, 370),
  line('Về việc phê duyệt danh mục tài liệu', 640, 425),
  line('Căn cứ Luật Lưu trữ ngày 21 tháng 6 năm 2024;', 300, 520),
  line('Nơi nhận:', 220, 1600),
  line('- Như Điều 5:', 220, 1640),
  line('- UBND tỉnh (b/c);', 220, 1675),
  line('- Lưu: VT.', 220, 1710),
  line('KT. GIÁM ĐÔC', 1080, 1600),
  line('PHÓ GIÁM ĐỐC', 1080, 1640),
  line('Đỗ Quang Khải', 1080, 1880),
]);

describe('ocr fields', () => {
  it('reads a decision, restoring accents from the closed lists', () => {
    const fields = extractFields([DECISION]);
    const value = Object.fromEntries(
      Object.entries(fields).map(([key, field]) => [key, field?.value ?? null]),
    );

    expect(value).to.deep.include({
      superiorAgency: 'ỦY BAN NHÂN DÂN TỈNH TRƯỜNG GIANG',
      issuingAgency: 'SỞ NỘI VỤ',
      codeNumber: '1274',
      codeNotation: 'QĐ-SNV',
      place: 'Trường Giang',
      promulgationDate: '2025-03-14',
      typeName: 'Quyết định',
      subject: 'Về việc phê duyệt danh mục tài liệu',
      signerCompetence: 'KT. GIÁM ĐỐC',
      signerPosition: 'PHÓ GIÁM ĐỐC',
      signerName: 'Đỗ Quang Khải',
      recipients: ['Như Điều 5', 'UBND tỉnh (b/c)', 'Lưu: VT'],
      applicantName: null,
      dossierCode: null,
    });
  });

  it('believes a bar code more than print for the dossier code', () => {
    const page = pageOf(
      [
        line('GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ', 560, 300),
        line('Mã hồ sơ: H17.25-250411-0887', 220, 420),
      ],
      [{ format: 'CODE_128', text: 'H17.25-250411-0387', box: [1, 2, 3, 4] }],
    );

    const { dossierCode } = extractFields([page]);

    expect(dossierCode).to.deep.equal({
      value: 'H17.25-250411-0387',
      confidence: 1,
      page: 1,
      box: [1, 2, 3, 4],
    });
  });

  it('reads past what specks, seals and strokes leave in the head and beside the signer', () => {
    const fields = extractFields([
      pageOf([
        line('SỞ Y TẾ HẢI VÂN .. CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 200, 140),
        line('Độc lập - Tự do - Hạnh phúc', 1060, 185),
        line('Số: 433/BC-SYT', 260, 235),
        line('Hỏi Vân, sf, ngày. 30 tháng 11 năm 2024', 1000, 250),
        line('BÁO CÁO', 760, 370),
        line('Nơi nhận:', 220, 1600),
        line('- Cục Quản lý thị trường tính;', 220, 1640),
        line('- CVP, PCVP Mai Thanh Tùng', 220, 1675),
        line('Lưu: VT, KGVX.', 220, 1710),
        line('|ĐỐ', 1150, 1640),
        line('BS.CKIHI. Võ Thị Bích Ngọc', 1050, 1880),
      ]),
    ]);

    expect(fields.issuingAgency?.value).to.equal('SỞ Y TẾ HẢI VÂN');
    expect(fields.place?.value).to.equal('Hải Vân');
    expect(fields.promulgationDate?.value).to.equal('2024-11-30');
    expect(fields.recipients?.value).to.deep.equal([
      'Cục Quản lý thị trường tỉnh',
      'CVP, PCVP Mai Thanh Tùng',
      'Lưu: VT, KGVX',
    ]);
    expect([fields.signerPosition, fields.signerName?.value]).to.deep.equal([
      null,
      'BS.CKII. Võ Thị Bích Ngọc',
    ]);
  });

  const form = (...lines: string[]) =>
    extractFields([
      pageOf([
        line('TỜ KHAI YÊU CẦU CẤP PHIẾU LÝ LỊCH TƯ PHÁP', 400, 300),
        ...lines.map((text, i) => line(text, 220, 420 + 60 * i, 0.7)),
      ]),
    ]);

  it('takes a long line in capitals under the title for no part of it', () => {
    const { typeName, subject } = extractFields([
      pageOf([
        line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 850, 180),
        line('GIẤY CHỨNG NHẬN', 700, 380),
        line('GIÁM ĐỐC SỞ CÔNG THƯƠNG CHỨNG NHẬN', 560, 430),
      ]),
    ]);

    expect(typeName?.value).to.equal('Giấy chứng nhận');
    expect(subject?.value ?? '').to.not.include('Nghị quyết');
  });

  it('tells an honorific from the family name Ông', () => {
    const names = ['ÔNG NGỌC HẠNH', 'ÔNG ĐẶNG TRẦN PHONG', 'Ong Đặng Trần Phong'];

    expect(names.map((name) => form(`1. Tên tôi là: ${name}`).applicantName?.value)).to.deep.equal([
      'ÔNG NGỌC HẠNH',
      'ĐẶNG TRẦN PHONG',
      'Đặng Trần Phong',
    ]);
  });

  it('is surer of a citizen number that agrees with the date of birth', () => {
    const confidence = (number: string) =>
      form('4. Ngày, tháng, năm sinh: 15/09/1994', `9. Số CCCD: ${number}`).identityNumber?.confidence;

    const plain = confidence('048195003271') ?? Number.NaN;
    expect(plain).to.be.within(0.75, 0.9);
    expect([confidence('048394003271'), confidence('000194003271')]).to.deep.equal([plain, plain]);
    expect(confidence('048194003271')).to.be.closeTo((1 + plain) / 2, 0.005);
  });

  it('puts the punctuation of recipients right where the list decides it', () => {
    const items = ['- Các thôn. tổ dân phố;', '- TP. Hải Vân;', '- UBND tỉnh (b/c);', '- Lưu:: V[, KHNV.'];
    const page = pageOf([
      line('Nơi nhận:', 220, 1600),
      ...items.map((text, at) => line(text, 220, 1640 + 36 * at)),
    ]);

    expect(extractFields([page]).recipients?.value).to.deep.equal([
      'Các thôn, tổ dân phố',
      'TP. Hải Vân',
      'UBND tỉnh (b/c)',
      'Lưu: VT, KHNV',
    ]);
  });

  it('takes a name under a seal beside the label of the recipients, but none where that label is misread itself', () => {
    const named = (label: string, name: string) =>
      extractFields([
        pageOf([
          line(label, 220, 1600),
          line('- Lưu: VT.', 220, 1640),
          line('|ĐỐ', 1150, 1640),
          line(name, 1060, 1880),
        ]),
      ]).signerName?.value ?? null;

    for (const name of ['Võ Thị Bích Ngọc', 'BS.CKII. Võ Thị Bích Ngọc', 'Lâm K’Brơi Hà'])
      expect(named('Nơi nhận:', name)).to.equal(name);
    expect(named('Xơi nhận:', 'Võ Thị Bích Ngọc')).to.equal(null);
    expect(named('Nơi nhận:', 'CKC Thị Bích Ngọc'), 'what a seal left of a name').to.equal(null);
  });

  it('reads authority and office where a seal hides the name, but no half of an office', () => {
    const sealed = (...signer: string[]) =>
      extractFields([
        pageOf([
          line('Xơi nhận:', 220, 1600),
          line('- Lưu: VT.', 220, 1640),
          ...signer.map((text, at) => line(text, 1060, 1596 + 40 * at)),
          line('cử ê Thị', 1060, 1880),
        ]),
      ]);
    const values = (fields: ReturnType<typeof extractFields>) => [
      fields.signerCompetence?.value ?? null,
      fields.signerPosition?.value ?? null,
      fields.signerName?.value ?? null,
    ];

    expect(values(sealed('KT. GIÁM ĐÔC', 'PHÓ GIÁM ĐỐC'))).to.deep.equal([
      'KT. GIÁM ĐỐC',
      'PHÓ GIÁM ĐỐC',
      null,
    ]);
    expect(values(sealed('GIÁM ĐỐC'))).to.deep.equal([null, 'GIÁM ĐỐC', null]);
    expect(values(sealed('TL. CHỦ TỊCH', 'KT. CHÁNH VĂN PHÒNG', 'PHÓ CHÁNH VĂN PHÒNG'))).to.deep.equal([
      'TL. CHỦ TỊCH KT. CHÁNH VĂN PHÒNG',
      'PHÓ CHÁNH VĂN PHÒNG',
      null,
    ]);
    expect(values(sealed('KT. BỘ TRƯỞNG', 'TRƯỞNG'))).to.deep.equal(['KT. BỘ TRƯỞNG', null, null]);
    expect(values(sealed('CÔNG TY CỔ PHẦN'))).to.deep.equal([null, null, null]);
  });

  it('takes no two words for a signer whose office cannot be read: a third may be hidden too', () => {
    const page = pageOf([
      line('Nơi nhận:', 220, 1600),
      line('- Lưu: VT.', 220, 1640),
      line('Quang Khải', 1100, 1880),
    ]);

    expect(extractFields([page]).signerName).to.equal(null);
  });

  it('leaves a place as read that is not the agency’s', () => {
    const page = pageOf([
      line('CỤC HẢI QUAN', 300, 140),
      line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
      line('Số: 12/TB-CHQ', 300, 230),
      line('Hà Nội, ngày 3 tháng 2 năm 2025', 1000, 250),
    ]);

    expect(extractFields([page]).place?.value).to.equal('Hà Nội');
  });

  it('finds nothing on a page that is no document', () => {
    const fields = extractFields([
      pageOf([line('một hai ba bốn', 300, 900), line('năm sáu bảy tám', 300, 950)]),
    ]);

    expect(Object.values(fields).filter((field) => field !== null)).to.deep.equal([]);
  });

  it('takes any words without failing, and every value carries its evidence', () => {
    const word = fc
      .string({ minLength: 1, maxLength: 12 })
      .filter((text) => text.trim() !== '' && !/\s/.test(text));
    const lines = fc.array(
      fc.tuple(fc.array(word, { minLength: 1, maxLength: 6 }), fc.nat(1500), fc.nat(2300)),
      { maxLength: 25 },
    );
    fc.assert(
      fc.property(lines, (list) => {
        const fields = extractFields([pageOf(list.map(([words, x, y]) => line(words.join(' '), x, y)))]);
        for (const field of Object.values(fields)) {
          if (field !== null) expect(field.box.every(Number.isFinite) && field.page === 1).to.equal(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('ocr repairs', () => {
  it('touch accents only: the letters under them stay', () => {
    expect(repairAgency('UY BAN NHAN DAN TINH HẢI VÂN')).to.equal('ỦY BAN NHÂN DÂN TỈNH HẢI VÂN');
    expect(repairAgency('CÔNG TY ABC')).to.equal('CÔNG TY ABC');
    expect(repairPosition('PHÓ CHU TICH')).to.equal('PHÓ CHỦ TỊCH');
    expect(repairName('Nguyên Thị Hoa')).to.equal('Nguyễn Thị Hoa');
  });

  it('read dates only when they exist', () => {
    expect(isoDate('29', '02', '2024')).to.equal('2024-02-29');
    expect(isoDate('29', '02', '2025')).to.equal(null);
    expect(isoDate('l4', '0]', '2O25')).to.equal('2025-01-14');
    expect(isoDate('14', 'xx', '2025')).to.equal(null);
  });
});

describe('ocr fields: names of the highlands and of numbered agencies', () => {
  it('reads two strokes taken for one letter where agencies are numbered so', () => {
    const { issuingAgency } = extractFields([
      pageOf([
        line('KHO BẠC NHÀ NƯỚC KHU VỰC H', 200, 140),
        line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
        line('Số: 12/KB-KT', 300, 240),
      ]),
    ]);

    expect(issuingAgency?.value).to.equal('KHO BẠC NHÀ NƯỚC KHU VỰC II');
  });

  it('puts back the apostrophe of a name, and none into an abbreviation', () => {
    const { addressees, signerName } = extractFields([
      pageOf([
        line('Kính gửi: Bà HRinh Niê Kđăm; Phòng HCTH', 500, 400),
        line('GIÁM ĐỐC', 1150, 1600),
        line('HBia Êban', 1150, 1850),
      ]),
    ]);

    expect(addressees?.value).to.deep.equal(["Bà H'Rinh Niê Kđăm", 'Phòng HCTH']);
    expect(signerName?.value).to.equal("H'Bia Êban");
  });

  it('reads the word before the number of an agency, and a mark behind cities for no letter', () => {
    const { issuingAgency, addressees } = extractFields([
      pageOf([
        line('PHÒNG CÔNG CHỨNG SÔ 1', 250, 140),
        line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 1000, 140),
        line('Số: 12/PCC-HC', 300, 240),
        line('Kính gửi: - Sở Tư pháp các tỉnh, thành phốt', 430, 400),
      ]),
    ]);

    expect(issuingAgency?.value).to.equal('PHÒNG CÔNG CHỨNG SỐ 1');
    expect(addressees?.value).to.deep.equal(['Sở Tư pháp các tỉnh, thành phố']);
  });
});
