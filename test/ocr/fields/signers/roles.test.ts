import { expect } from 'chai';
import { describe, it } from 'mocha';
import { extractFields } from '../../../../src/ocr/fields/extract.ts';
import type { OcrFields } from '../../../../src/ocr/types.ts';
import { line, pageOf } from '../../support.ts';

const valuesOf = (fields: OcrFields, ...names: (keyof OcrFields)[]) =>
  names.map((name) => fields[name]?.value ?? null);

describe('ocr fields: who signs a form', () => {
  const signed = (...block: [string, number, number][]) =>
    extractFields([pageOf(block.map(([text, x, y]) => line(text, x, y)))]);

  it('reads a role in small letters by the instruction under it, in its own letters', () => {
    const fields = signed(
      ['Làm tại: phường Hòa Lạc, ngày 06 tháng 3 năm 2025', 900, 1500],
      ['Người yêu cầu', 1060, 1560],
      ['(Ký, ghi rõ họ, chữ đệm, tên)', 960, 1600],
      ['Vũ Thị Hoàng Yến', 1040, 1850],
    );

    expect(valuesOf(fields, 'signerPosition', 'signerName', 'place', 'promulgationDate')).to.deep.equal([
      'Người yêu cầu',
      'Vũ Thị Hoàng Yến',
      'phường Hòa Lạc',
      '2025-03-06',
    ]);
  });

  it('reads a date whose year did not fit into its line', () => {
    const fields = signed(
      ['Thượng Trạch Tây, ngày 07 tháng 11 năm', 900, 1500],
      ['2024', 1096, 1535],
      ['Đại diện hộ gia đình', 1060, 1570],
    );

    expect(valuesOf(fields, 'place', 'promulgationDate')).to.deep.equal(['Thượng Trạch Tây', '2024-11-07']);
    expect(signed(['Lùm tại: Liên Bạt, ngày 24 tháng 02 năm 2025', 900, 1500]).place?.value).to.equal(
      'Liên Bạt',
    );
  });

  it('takes words in small letters without such an instruction for no role', () => {
    const fields = signed(['Trân trọng cảm ơn', 1040, 1560], ['Vũ Thị Hoàng Yến', 1040, 1850]);

    expect(fields.signerPosition).to.equal(null);
  });

  it('gives a role in small letters under place and date where a seal hides the name', () => {
    const { signerPosition, signerName } = extractFields([
      pageOf([
        line('Hòa Lạc, ngày 14 tháng 7 năm 2026', 980, 1000),
        line('Người viết đơn', 1080, 1040),
        line('(Ký, ghi rõ họ tên)', 1060, 1080),
      ]),
    ]);

    expect([signerPosition?.value, signerName]).to.deep.equal(['Người viết đơn', null]);
  });
});
