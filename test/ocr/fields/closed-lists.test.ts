import { expect } from 'chai';
import { describe, it } from 'mocha';
import { repairAgency, repairPosition } from '../../../src/ocr/fields/repair.ts';

describe('ocr fields: what is spelt by a list', () => {
  it('knows deputies of every head, and takes an office read whole for no other', () => {
    expect(repairPosition('PHÓ TRƯỞNG ĐOÀN')).to.equal('PHÓ TRƯỞNG ĐOÀN');
    expect(repairPosition('PHÓ KIỂM TOÁN TRƯỞNG')).to.equal('PHÓ KIỂM TOÁN TRƯỞNG');
    expect(repairPosition('TRƯỞNG BẢN')).to.equal('TRƯỞNG BẢN');
    expect(repairPosition('PHÓ TRƯỞNG QUÂN')).to.equal('PHÓ TRƯỞNG QUÂN');
    expect(repairPosition('PHÓ TRƯƠNG ĐOAN')).to.equal('PHÓ TRƯỞNG ĐOÀN');
    expect(repairPosition('PHÓ TRƯỞNQ ĐOÀM')).to.equal('PHÓ TRƯỞNG ĐOÀN');
  });

  it('takes no board for a friend inside a name, and knows the army and the Party in one', () => {
    expect(repairAgency('CHI BỘ BẠN NỘI CHÍNH')).to.equal('CHI BỘ BAN NỘI CHÍNH');
    expect(repairAgency('CÂU LẠC BỘ BẠN ĐỌC')).to.equal('CÂU LẠC BỘ BẠN ĐỌC');
    expect(repairAgency('BỆNH VIỆN QUẦN Y 87')).to.equal('BỆNH VIỆN QUÂN Y 87');
    expect(repairAgency('VIỆN NUÔI TRÔNG THỦY SẢN II')).to.equal('VIỆN NUÔI TRỒNG THỦY SẢN II');
    expect(repairAgency('QUÂN CHỦNG HẢI QUÂN')).to.equal('QUÂN CHỦNG HẢI QUÂN');
    expect(repairAgency('CỤC HÀNG KHÔNG VIỆT NAM')).to.equal('CỤC HÀNG KHÔNG VIỆT NAM');
    expect(repairAgency('CẢNC HÀNG KHÔNG')).to.equal('CẢNG HÀNG KHÔNG');
    expect(repairAgency('ĐẢNG ỦY CÁC CƠ QUAN ĐẲNG')).to.equal('ĐẢNG ỦY CÁC CƠ QUAN ĐẢNG');
  });

  it('spells whom schools are called after', () => {
    expect(repairAgency('TRƯỜNG THCS PHẠM HÔNG THÁI')).to.equal('TRƯỜNG THCS PHẠM HỒNG THÁI');
    expect(repairAgency('TRƯỜNG THCS PHẠM HÔNG QUẢNG')).to.equal('TRƯỜNG THCS PHẠM HÔNG QUẢNG');
  });
});
