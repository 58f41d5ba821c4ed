import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { ReadLine } from '../../../../src/ocr/types.ts';
import { line } from '../../support.ts';
import { fieldsOf, unsure } from '../letterhead.ts';

describe('ocr fields: signers half hidden', () => {
  const signed = (...lines: ReadLine[]) => {
    const { signerCompetence, signerPosition, signerName } = fieldsOf(
      line('Nơi nhận:', 240, 1500),
      line('- Lưu: VT.', 240, 1540),
      ...lines,
      line('Huỳnh Lệ Hằng', 1120, 1760),
    );
    return [signerCompetence?.value, signerPosition?.value, signerName?.value];
  };

  it('reads the deputy past a word a stroke of the pen made, and a speck before the authority', () => {
    expect(
      signed(
        unsure('_KT. CHỦ TỊCH', 1110, 1500, { '_KT.': 0.11 }),
        unsure('PHÓ CHỦ SiẾH THƯỜNG TRỰC', 1040, 1540, { SiẾH: 0 }),
      ),
    ).to.deep.equal(['KT. CHỦ TỊCH', 'PHÓ CHỦ TỊCH THƯỜNG TRỰC', 'Huỳnh Lệ Hằng']);
  });

  it('reads an authority glued to the head it stands for, and a stroke in front of it', () => {
    expect(
      signed(
        unsure('-KT.TRƯỞNG BAN', 1100, 1500, { '-KT.TRƯỞNG': 0.15 }),
        line('PHÓ TRƯỞNG BAN', 1100, 1536),
      ).slice(0, 2),
    ).to.deep.equal(['KT. TRƯỞNG BAN', 'PHÓ TRƯỞNG BAN']);
  });

  it('gives no rest of a name for the name, and a name of the highlands in the middle', () => {
    const name = (text: string, x: number) =>
      fieldsOf(line('GIÁM ĐỐC', 1100, 1500), line(text, x, 1760)).signerName?.value;

    expect(name('Viết Sơn Tùng', 1160)).to.equal(undefined);
    expect(name('Viết Sơn Tùng', 1075)).to.equal('Viết Sơn Tùng');
    expect(name('Lê Viết Sơn', 1160)).to.equal('Lê Viết Sơn');
  });

  it('reads an authority whose last short word stands in a line of its own', () => {
    expect(
      signed(
        line('TM. THƯỜNG TRỰC HỘI ĐỒNG NHÂN', 1010, 1500),
        line('DÂN', 1181, 1536),
        line('CHỦ TỊCH', 1149, 1572),
      ).slice(0, 2),
    ).to.deep.equal(['TM. THƯỜNG TRỰC HỘI ĐỒNG NHÂN DÂN', 'CHỦ TỊCH']);
  });

  it('puts a letter that came off back to its word', () => {
    expect(
      signed(line('TM. HỘI ĐỒNG QUẢN LÝ', 1080, 1500), line('CHỦ TỊC H HỘI ĐỒNG QUẢN LÝ', 1090, 1536))[1],
    ).to.equal('CHỦ TỊCH HỘI ĐỒNG QUẢN LÝ');
  });

  it('leaves the authority of the Party without its full stop', () => {
    expect(signed(line('K/T TRƯỞNG BAN', 1105, 1500), line('PHÓ TRƯỞNG BAN', 1100, 1536))[0]).to.equal(
      'K/T TRƯỞNG BAN',
    );
  });

  it('reads a family name whose i lost its foot, and the degree of an artist', () => {
    const name = (text: string) =>
      fieldsOf(line('GIÁM ĐỐC', 1150, 1500), line(text, 1090, 1760)).signerName?.value;

    expect(name('Bù: Hùng Thiện')).to.equal('Bùi Hùng Thiện');
    expect(name('NSND. Phạm Văn Tuấn')).to.equal('NSND. Phạm Văn Tuấn');
    expect(name('Bñi Quang Hùng')).to.equal('Bùi Quang Hùng');
    expect(name('Ksor Thanh Hùng')).to.equal('Ksor Thanh Hùng');
    expect(name('Chuẩn Đô đốc Bùi Oai')).to.equal('Chuẩn Đô đốc Bùi Oai');
    expect(name('Lường Văn Ún')).to.equal('Lường Văn Ún');
    expect(name('Thượng tá, BSCKII. Đỗ Lộc')).to.equal('Thượng tá, BSCKII. Đỗ Lộc');
  });
});
