import { expect } from 'chai';
import { parseCitizenCard } from '../../../src/ocr/fields/citizen-card.ts';
import { extractFields } from '../../../src/ocr/fields/extract.ts';
import type { Box } from '../../../src/ocr/types.ts';
import { line, pageOf } from '../support.ts';

/** An invented person. */
const CODE = '048194003271|201234567|Trần Thị Hồng Nhung|15091994|Nữ|Tổ 12, Hòa Khánh Bắc, Hải Vân|22072021';
const PLACE: Box = [1200, 1700, 1400, 1900];

const form = (...lines: string[]) => lines.map((text, i) => line(text, 150, 300 + 70 * i)).concat();
const TITLE = 'TỜ KHAI YÊU CẦU CẤP PHIẾU LÝ LỊCH TƯ PHÁP';
const qr = (text: string) => ({ format: 'QR_CODE', text, box: PLACE });

describe('ocr/fields: the QR code of a chip identity card', () => {
  it('gives number, name, dates, sex and residence', () => {
    expect(parseCitizenCard(CODE)).to.deep.equal({
      identityNumber: '048194003271',
      earlierNumber: '201234567',
      fullName: 'Trần Thị Hồng Nhung',
      dateOfBirth: '1994-09-15',
      gender: 'Nữ',
      address: 'Tổ 12, Hòa Khánh Bắc, Hải Vân',
      issuedOn: '2021-07-22',
    });
    expect(parseCitizenCard(`${CODE}||Trần Văn Hùng|Lê Thị Mai|`)?.issuedOn).to.equal('2021-07-22');
    expect(parseCitizenCard(CODE.replace('201234567', ''))?.earlierNumber).to.equal(null);
  });

  it('is none when its number does not hold the sex and the year beside it, or a part is missing', () => {
    for (const other of [
      CODE.replace('15091994', '15091984'),
      CODE.replace('|Nữ|', '|Nam|'),
      CODE.replace('15091994', '31021994'),
      CODE.replace('048194003271', '04819400327'),
      CODE.split('|').slice(0, 5).join('|'),
      'H17.28-261104-0152',
      '||||||',
    ])
      expect(parseCitizenCard(other), other).to.equal(null);
  });

  it('fills in what the form lacks, and confirms its number', () => {
    const page = pageOf(
      form(TITLE, '1. Tên tôi là: TRẦN THỊ HỒNG NHUNG', '9. Số CCCD: 048194003271', '6. Quốc tịch: Việt Nam'),
      [qr(CODE)],
    );

    const fields = extractFields([page]);

    expect(fields.identityNumber).to.include({ value: '048194003271', confidence: 1 });
    expect(fields.applicantName?.value).to.equal('TRẦN THỊ HỒNG NHUNG');
    expect(fields.dateOfBirth).to.deep.equal({ value: '1994-09-15', confidence: 1, page: 1, box: PLACE });
    expect(fields.permanentAddress?.value).to.equal('Tổ 12, Hòa Khánh Bắc, Hải Vân');
  });

  it("leaves the form alone when the card is another person's, or there are two and no number", () => {
    const other = form(TITLE, '1. Tên tôi là: TRẦN THỊ HỒNG NHUNG', '9. Số CCCD: 048194009999');
    const father = '048069001111||Trần Văn Hùng|02031969|Nam|Hải Vân|22072021';

    expect(extractFields([pageOf(other, [qr(CODE)])]).dateOfBirth).to.equal(null);
    expect(extractFields([pageOf(form(TITLE), [qr(CODE), qr(father)])]).identityNumber).to.equal(null);
    expect(extractFields([pageOf(form(TITLE), [qr(CODE)])]).identityNumber?.value).to.equal('048194003271');
  });
});
