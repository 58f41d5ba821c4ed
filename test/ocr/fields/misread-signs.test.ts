import { expect } from 'chai';
import { describe, it } from 'mocha';
import { extractFields } from '../../../src/ocr/fields/extract.ts';
import { line, pageOf } from '../support.ts';
import { COUNTRY, fieldsOf, unsure } from './letterhead.ts';

describe('ocr fields: numbers, days and lists with a misread sign', () => {
  it('is not sure of a number of nothing but zeros, however surely it was read', () => {
    const numbered = (text: string) => fieldsOf(line(text, 320, 240, 0.99)).codeNumber;

    expect(numbered('Số: 00/NQ-HĐQT')).to.deep.include({ value: '00', confidence: 0.5 });
    expect(numbered('Số: 09/NQ-HĐQT')?.confidence).to.be.greaterThan(0.9);
  });

  it('reads a number of the Party with a stroke for a 1', () => {
    const { codeNumber, codeNotation, typeName } = extractFields([
      pageOf([
        line('ĐẢNG BỘ TỈNH BÌNH SƠN', 280, 140),
        line('ĐẢNG ỦY XÃ HÒA LẠC', 300, 180),
        line('ĐẢNG CỘNG SẢN VIỆT NAM', 1050, 140),
        line('Số 4I-KL/ĐU', 350, 290),
        line('KẾT LUẬN', 780, 372),
      ]),
    ]);

    expect([codeNumber?.value, codeNotation?.value]).to.deep.equal(['41', 'KL/ĐU']);
    expect(typeName?.value).to.equal('Kết luận');
  });

  it('reads a number of the Party without a blank before it, and no agency in it', () => {
    const { codeNumber, codeNotation, issuingAgency } = extractFields([
      pageOf([
        line('TỈNH ỦY BÌNH SƠN', 280, 140),
        line('ỦY BAN KIỂM TRA', 300, 180),
        line('ĐẢNG CỘNG SẢN VIỆT NAM', 1050, 140),
        line('Số56-KH/UBKTTU', 300, 246),
        line('KẾ HOẠCH', 780, 372),
      ]),
    ]);

    expect([codeNumber?.value, codeNotation?.value]).to.deep.equal(['56', 'KH/UBKTTU']);
    expect(issuingAgency?.value).to.equal('ỦY BAN KIỂM TRA');
  });

  it('takes the last word of a cooperative for no commune in its initials', () => {
    const { codeNotation } = extractFields([
      pageOf([
        line('LIÊN MINH HỢP TÁC XÃ', 300, 140),
        line('TỈNH BÌNH SƠN', 340, 176),
        ...COUNTRY,
        unsure('Số: 83/GM-LMHTX', 350, 240, { '83/GM-LMHTX': 0.36 }),
        line('GIẤY MỜI', 780, 372),
      ]),
    ]);

    expect(codeNotation?.value).to.equal('GM-LMHTX');
  });

  it('takes a subject that begins like the text for one, and no text', () => {
    const subject = (text: string) =>
      fieldsOf(line('HƯỚNG DẪN', 780, 372), line(text, 860 - 6 * text.length, 408)).subject?.value ?? null;

    expect(subject('Thực hiện liên thông thủ tục đăng ký khai sinh')).to.equal(
      'Thực hiện liên thông thủ tục đăng ký khai sinh',
    );
    expect(subject('Theo dõi thi hành pháp luật')).to.equal('Theo dõi thi hành pháp luật');
    expect(subject('Thực hiện Công văn số 12/SXD-VP của Sở Xây dựng')).to.equal(null);
  });

  it('takes the first item of an authority for no subject', () => {
    const { subject } = fieldsOf(
      line('GIẤY ỦY QUYỀN', 760, 372),
      line('Người ủy quyền: Ông Đoàn Trọng Nhân, Giám đốc.', 570, 408),
    );

    expect(subject).to.equal(null);
  });

  it('names what a conclusion is of where its kind is one', () => {
    const kind = (title: string) => fieldsOf(line(title, 700, 372)).typeName?.value;

    expect(kind('KẾT LUẬN GIÁM ĐỊNH')).to.equal('Kết luận giám định');
    expect(kind('KẾT LUẬN THANH TRA')).to.equal('Kết luận thanh tra');
  });

  it('reads a date past stops behind its words', () => {
    const { place, promulgationDate } = fieldsOf(line('Hòa Lạc, ngày. 29 tháng. 10 năm 2025', 900, 240));

    expect([place?.value, promulgationDate?.value]).to.deep.equal(['Hòa Lạc', '2025-10-29']);
  });

  it('takes a colon or a letter at the end of the first of two aligned addressees for a semicolon', () => {
    const { addressees } = fieldsOf(
      line('Kính gửi: Ban Dân tộc tỉnh:', 460, 530),
      line('Phòng Nội vụ huyện.', 588, 570),
    );

    expect(addressees?.value).to.deep.equal(['Ban Dân tộc tỉnh', 'Phòng Nội vụ huyện']);
    const letter = fieldsOf(
      line('Kính gửi: Các tỉnh, thành phốt', 460, 530),
      line('Cục Cảnh sát kinh tế.', 588, 570),
    );
    expect(letter.addressees?.value).to.deep.equal(['Các tỉnh, thành phố', 'Cục Cảnh sát kinh tế']);
  });

  it('spells articles, bodies of the Party and places of the highlands among recipients', () => {
    const { recipients } = fieldsOf(
      line('Nơi nhận:', 240, 1500),
      line('- Như Điêu 3;', 240, 1540),
      line('- Các chi bộ, đẳng bộ;', 240, 1575),
      line('- Đảng ủy xã la Grai;', 240, 1610),
      line('- Các chỉ hội 0/o);', 240, 1645),
      line('- TTUB: CT. các PCT;', 240, 1680),
      line('- Lưu: VE, NVI, VP.PC.', 240, 1715),
    );

    expect(recipients?.value).to.deep.equal([
      'Như Điều 3',
      'Các chi bộ, đảng bộ',
      'Đảng ủy xã Ia Grai',
      'Các chi hội (b/c)',
      'TTUB: CT, các PCT',
      'Lưu: VT, NV1, VP, PC',
    ]);
  });
});
