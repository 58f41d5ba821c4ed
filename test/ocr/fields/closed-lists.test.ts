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

  it('spells whom schools are called after', () => {
    expect(repairAgency('TRƯỜNG THCS PHẠM HÔNG THÁI')).to.equal('TRƯỜNG THCS PHẠM HỒNG THÁI');
    expect(repairAgency('TRƯỜNG THCS PHẠM HÔNG QUẢNG')).to.equal('TRƯỜNG THCS PHẠM HÔNG QUẢNG');
  });
});
