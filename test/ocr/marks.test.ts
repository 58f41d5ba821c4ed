import { expect } from 'chai';
import { describe, it } from 'mocha';
import { stripMarks } from '../../src/ocr/marks.ts';

describe('ocr: letters without marks', () => {
  it('takes tones, accents and the stroke of đ away, composed or not', () => {
    expect(stripMarks('Cộng hòa xã hội chủ nghĩa Việt Nam')).to.equal('Cong hoa xa hoi chu nghia Viet Nam');
    expect(stripMarks('ĐƯỜNG Ðường đỗ ðỗ'.normalize('NFD'))).to.equal('DUONG Duong do do');
    expect(stripMarks('15/QĐ-UBND')).to.equal('15/QD-UBND');
    expect(stripMarks('')).to.equal('');
  });

  it('leaves of every character what its decomposition (Unicode, NFD) has beside marks', () => {
    const wrong: string[] = [];
    for (let code = 0; code < 0xd800; code++) {
      const letter = String.fromCharCode(code);
      const bare = 'đðĐÐ'.includes(letter) ? 'ddDD'['đðĐÐ'.indexOf(letter)] : letter.normalize('NFD');
      const expected = `a${bare}b`.replace(/\p{M}/gu, '');
      if (stripMarks(`ạ${letter}b`) !== expected) wrong.push(letter);
    }

    expect(wrong).to.deep.equal([]);
  });
});
