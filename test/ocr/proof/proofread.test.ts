import { expect } from 'chai';
import { judgeCompound } from '../../../src/ocr/proof/compounds.ts';
import { probabilityRight } from '../../../src/ocr/proof/doubt.ts';
import { proofread } from '../../../src/ocr/proof/proofread.ts';
import { isVietnameseSyllable } from '../../../src/ocr/proof/syllable.ts';
import type { OcrWord, ReadLine } from '../../../src/ocr/types.ts';

/** A line of words 20 pixels high with usual blanks; `text@0.8` gives the engine's confidence, 0.96 when left out. */
function line(text: string, top = 0): ReadLine {
  let x = 0;
  const words = text.split(' ').map((token): OcrWord => {
    const [word = '', confidence = '0.96'] = token.split('@');
    const box: OcrWord['box'] = [x, top, x + 10 * word.length, top + 20];
    x += 10 * word.length + 8;
    return { text: word, confidence: Number(confidence), box };
  });
  return { words, box: [0, top, x - 8, top + 20] };
}

function textOf(lines: readonly ReadLine[]): string {
  return lines.map((l) => l.words.map((w) => w.text).join(' ')).join('\n');
}

describe('ocr/proof', () => {
  it('knows which letters can be a Vietnamese syllable', () => {
    for (const good of [
      'nghiêng',
      'quyết',
      'giếng',
      'gì',
      'HƯỞNG',
      'kỳ',
      'ỷ',
      'khuỷu',
      'quốc',
      'đặng',
      'học',
      'Ngọc',
    ])
      expect(isVietnameseSyllable(good), good).to.equal(true);
    for (const bad of ['nhúcc', 'sốlượng', 'hoc', 'kà', 'ngê', 'Blơng', 'ĐÔCX', 'đềẹ', 'fax'])
      expect(isVietnameseSyllable(bad), bad).to.equal(false);
  });

  it('puts the marks of a doubtful syllable right where the lexicon leaves one reading, and says so', () => {
    const [read] = proofread([line('Cơ quan quần@0.8 lý nhà nước')]);

    expect(textOf([read as ReadLine])).to.equal('Cơ quan quản lý nhà nước');
    expect(read?.words[2]?.read).to.equal('quần');
  });

  it('keeps the case and the punctuation of what it puts right', () => {
    expect(textOf(proofread([line('UBND THÀNH PHÔ@0.7'), line('đã sửa đối,@0.8 bổ sung')]))).to.equal(
      'UBND THÀNH PHỐ\nđã sửa đổi, bổ sung',
    );
  });

  it('leaves a syllable alone that the engine is sure of, or that is a word with its other neighbour', () => {
    const sure = 'tiếp nhận quyền lợi';
    expect(textOf(proofread([line(sure)]))).to.equal(sure);
    expect(textOf(proofread([line('hồ sơ@0.8 theo mẫu')]))).to.equal('hồ sơ theo mẫu');
    expect(textOf(proofread([line('phường@0.8 An Khê')]))).to.equal('phường An Khê');
  });

  it('reads one dot behind the number of an item, however it was seen', () => {
    const seen = ['3 . Giới tính: Nữ', '5. . Nơi sinh', '6.. Quốc tịch', '9,. Số', '8 , Nơi thường trú'];
    expect(textOf(proofread(seen.map((text, at) => line(text, 40 * at))))).to.equal(
      '3. Giới tính: Nữ\n5. Nơi sinh\n6. Quốc tịch\n9. Số\n8. Nơi thường trú',
    );
    const [item] = proofread([line('3@0.9 .@0.4 Giới tính')]);
    expect(item?.words[0]).to.include({ text: '3.', read: '3 .' });
    expect(item?.words[0]?.confidence).to.be.below(0.5);
    const left = ['3 . giới', '12,5 triệu', '… . Hết', 'Lưu: VT . A'].join('\n');
    expect(textOf(proofread(left.split('\n').map((text, at) => line(text, 40 * at))))).to.equal(left);
  });

  it('counts an item of which only the dot was read, where its list leaves one number', () => {
    const read = proofread([
      line('„@0.3 Tên tôi là'),
      line('2. Tên gọi khác', 40),
      line('3. Giới tính', 80),
      line('. Ngày sinh', 120),
      line('5. Nơi sinh', 160),
      line('. Hết', 200),
    ]);
    expect(textOf(read)).to.equal(
      '1. Tên tôi là\n2. Tên gọi khác\n3. Giới tính\n4. Ngày sinh\n5. Nơi sinh\n. Hết',
    );
    expect(read[0]?.words[0]?.read).to.equal('„');
    const alone = [line('. Tên tôi là'), line('2. Tên gọi khác', 40)];
    expect(textOf(proofread(alone))).to.equal('. Tên tôi là\n2. Tên gọi khác');
  });

  it('drops a vowel read twice for its marks, where a syllable is left', () => {
    expect(textOf(proofread([line('THÔNG TIN VÀ LƯU TRỮŨ@0.8')]))).to.equal('THÔNG TIN VÀ LƯU TRỮ');
    for (const kept of ['Lee@0.8', 'TRỮŨ@0.96', 'xoong@0.8', 'Rmahhơơ@0.8'])
      expect(textOf(proofread([line(kept)]))).to.equal(kept.split('@')[0]);
  });

  it('reads H. in front of a heading as II., but not after an item G.', () => {
    expect(textOf(proofread([line('H. TỔ CHỨC THỰC HIỆN')]))).to.equal('II. TỔ CHỨC THỰC HIỆN');
    expect(textOf(proofread([line('G. PHỤ LỤC'), line('H. TỔ CHỨC')]))).to.equal('G. PHỤ LỤC\nH. TỔ CHỨC');
  });

  it('reads HI. as III. in front of a heading in small letters, but leaves H. as the initial of a name', () => {
    expect(textOf(proofread([line('HI. Kết luận')]))).to.equal('III. Kết luận');
    expect(textOf(proofread([line('H. Yên Thủy')]))).to.equal('H. Yên Thủy');
  });

  it('trusts less a word with a stop inside a sentence, one too wide for its letters, and a lone bracket', () => {
    const confidence = (lines: ReadLine[], at: number): number =>
      proofread(lines)[0]?.words[at]?.confidence ?? Number.NaN;
    const wide = line('Mai Van Tùng ký thay');
    wide.words[1] = { ...(wide.words[1] as OcrWord), text: 'n' };
    const usual = line('Mai Van Tùng ký thay');
    usual.words[1] = { ...(usual.words[1] as OcrWord), text: 'nha' };

    expect(confidence([line('công dân. tầng một nhà B')], 1)).to.be.below(
      confidence([line('công dân, tầng một nhà B')], 1),
    );
    expect(confidence([wide], 1)).to.be.below(confidence([usual], 1));
    expect(confidence([line('Ký, ghi rõ họ tên)')], 0)).to.be.below(
      confidence([line('(Ký, ghi rõ họ tên)')], 0),
    );
  });

  it('parts the number of an item from its first word, and nothing else that has a dot inside', () => {
    const read = proofread([line('6..Quốc tịch: Việt Nam')])[0] as ReadLine;
    expect(textOf([read])).to.equal('6. Quốc tịch: Việt Nam');
    expect(read.words[0]?.box[2]).to.equal(read.words[1]?.box[0]);
    for (const kept of ['2.Abc xyz là', '12.500 đồng', 'tại 6.Quốc lộ', 'H99.A12 mã'])
      expect(textOf(proofread([line(kept)]))).to.equal(kept);
  });

  it('gives an item of a list its dot back where its sisters have theirs, and leaves numbers of a table alone', () => {
    const list = [
      '6. Quốc tịch: Việt Nam',
      '7. Dân tộc: Kinh',
      '8 Nơi thường trú: Tổ 12',
      '10 Số điện thoại',
    ];
    const table = ['1 Nguyễn Văn An', '2 Trần Thị Bình', '3. Lê Văn Cường'];
    const lay = (texts: string[]): ReadLine[] => texts.map((text, i) => line(text, 40 * i));

    const read = proofread(lay(list));
    expect(read.map((l) => l.words[0]?.text)).to.deep.equal(['6.', '7.', '8.', '10']);
    expect(read[2]?.words[0]?.read).to.equal('8');
    expect(proofread(lay(table)).map((l) => l.words[0]?.text)).to.deep.equal(['1', '2', '3.']);
  });

  it('takes the remains of rulings out', () => {
    expect(textOf(proofread([line('| Họ và tên |')]))).to.equal('Họ và tên');
  });

  it('trusts words of the lexicon more, and impossible syllables less, than the engine alone', () => {
    const [words] = proofread([line('quản@0.93 lý@0.93 nhúkc@0.93 Blơng@0.93')]);

    const [known, , impossible] = words?.words.map((w) => w.confidence) ?? [];
    expect(known).to.be.greaterThan(0.95);
    expect(impossible).to.be.lessThan(0.9);
  });

  it('doubts the item of a list that lacks the semicolon of its sisters', () => {
    const lines = ['- Như trên;', '- Sở Nội vụ', '- Các phòng;', '- Lưu: VT.'].map((t, i) => line(t, 30 * i));

    const ends = proofread(lines).map((l) => l.words.at(-1)?.confidence ?? 0);

    expect(ends[1]).to.be.lessThan(ends[0] as number);
  });

  it('has a scale on which more confidence is more often right', () => {
    const scale = [0, 0.5, 0.9, 0.99, 1].map(probabilityRight);

    expect(scale).to.deep.equal([...scale].sort((a, b) => a - b));
    expect(scale[0]).to.equal(0);
    expect(scale.at(-1)).to.equal(1);
  });

  it('names no word as the correction of itself', () => {
    expect(judgeCompound('quản', 'lý')).to.deep.equal({ kind: 'known' });
    expect(judgeCompound('quần', 'lý')).to.deep.equal({ kind: 'contradicted', as: ['quản', 'lý'] });
    expect(judgeCompound('trăng', 'sao').kind).to.equal('unknown');
  });

  const read = (...texts: string[]): string =>
    textOf(proofread(texts.map((text, at) => line(text, 40 * at))));

  it('mends wording that never varies, and leaves what is as good', () => {
    expect(read('GỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM')).to.equal('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM');
    expect(read('Độc lập - Tụ do - Hạnh phúc')).to.equal('Độc lập - Tự do - Hạnh phúc');
    expect(read('(Ký và ghỉ rõ họ tên)')).to.equal('(Ký và ghi rõ họ tên)');
    expect(read('Nơi nhận.')).to.equal('Nơi nhận:');
    expect(read('UY BẠN NHÂN DÂN', 'của Uy ban nhân dân, xã')).to.equal(
      'ỦY BAN NHÂN DÂN\ncủa Ủy ban nhân dân, xã',
    );
    expect(read('UỶ BAN NHÂN DÂN', 'Hội đồng nhân dân')).to.equal('UỶ BAN NHÂN DÂN\nHội đồng nhân dân');
    const left = [
      'CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM',
      'Độc lập – Tự do – Hạnh phúc',
      'Nơi nhận kết quả',
    ].join('\n');
    expect(read(...left.split('\n'))).to.equal(left);
  });

  it('reads days and months as digits, and a letter O among digits as 0', () => {
    expect(read('ngày 19 tháng 1Ï năm 2025')).to.equal('ngày 19 tháng 11 năm 2025');
    expect(read('ngày 06 tháng 1Ø năm 2025')).to.equal('ngày 06 tháng 10 năm 2025');
    expect(read('ngày 24 tháng Ï ] năm 2015')).to.equal('ngày 24 tháng 11 năm 2015');
    expect(read('Hòa Lạc, ngày J ] tháng 3 năm 2026')).to.equal('Hòa Lạc, ngày 11 tháng 3 năm 2026');
    expect(read('ngày 11] tháng O1 năm 2O25')).to.equal('ngày 11 tháng 01 năm 2025');
    expect(read('trong 1O ngày làm việc')).to.equal('trong 10 ngày làm việc');
    const left = ['ngày nào tháng nào năm nay', 'COVID19 OO'].join('\n');
    expect(read(...left.split('\n'))).to.equal(left);
  });

  it('reads a letter Đ once that the engine gives in both its codes, and twice where it gives one of them twice', () => {
    expect(read('Lưu: VT, T\u00d0\u0110KT')).to.equal('Lưu: VT, TĐKT');
    expect(read('Lưu: VT, QL\u0110\u0110')).to.equal('Lưu: VT, QLĐĐ');
  });

  it('counts headings whose strokes were lost, and begins again under a letter', () => {
    expect(read('I. MỤC ĐÍCH', 'văn bản', 'I. NỘI DUNG', 'II. TỔ CHỨC THỰC HIỆN', 'IV. KINH PHÍ')).to.equal(
      'I. MỤC ĐÍCH\nvăn bản\nII. NỘI DUNG\nIII. TỔ CHỨC THỰC HIỆN\nIV. KINH PHÍ',
    );
    expect(read('L ĐẠI DIỆN XÃ', 'I. ĐẠI DIỆN HỘ')).to.equal('I. ĐẠI DIỆN XÃ\nII. ĐẠI DIỆN HỘ');
    const left = ['A. KẾT QUẢ', 'I. KINH TẾ', 'B. NHIỆM VỤ', 'I. KINH TẾ', 'II. XÃ HỘI'].join('\n');
    expect(read(...left.split('\n'))).to.equal(left);
    expect(read('III. KINH PHÍ', 'IV. TỔ CHỨC')).to.equal('III. KINH PHÍ\nIV. TỔ CHỨC');
  });

  it('spells a name as it is spelt twice elsewhere, in the word that was not sure', () => {
    const page = ['phường Trần Phú', 'tại Trần Phú', 'Trân@0.7 Phú, ngày 10'];
    expect(read(...page)).to.equal('phường Trần Phú\ntại Trần Phú\nTrần Phú, ngày 10');
    expect(read(...page.slice(1))).to.equal('tại Trần Phú\nTrân Phú, ngày 10');
    expect(read('phường Trần Phú', 'tại Trần Phú', 'Trân Phú, ngày 10')).to.contain('Trân Phú');
  });

  it('gives back the tone a circumflex lost, however sure the engine was, and no other', () => {
    expect(read('luật tổ chức chính quyên địa phương')).to.equal('luật tổ chức chính quyền địa phương');
    expect(read('Điêu 2. Hiệu lực')).to.equal('Điều 2. Hiệu lực');
    const left = ['bắt đầu từ 7 giờ', 'cấp đường liên thôn', 'một số hộ chưa'].join('\n');
    expect(read(...left.split('\n'))).to.equal(left);
  });

  it('parts a dash from its item where its sisters have theirs apart, and mends quotes read as question marks', () => {
    expect(read('- Như trên;', '-Lưu: VT.')).to.equal('- Như trên;\n- Lưu: VT.');
    expect(read('-Lưu: VT.')).to.equal('-Lưu: VT.');
    expect(read('Hội thi “Gia đình văn hóa? năm 2026')).to.equal('Hội thi “Gia đình văn hóa” năm 2026');
    expect(read('bà H?Yer Niê')).to.equal('bà H’Yer Niê');
    expect(read('vì sao? Vì')).to.equal('vì sao? Vì');
  });

  it('takes an acute over a circumflex for the hook it was where the lexicon has that word alone', () => {
    expect(read('nhằm kiếm sát việc chi trả', 'quy định mức chỉ hỗ trợ')).to.equal(
      'nhằm kiểm sát việc chi trả\nquy định mức chi hỗ trợ',
    );
    expect(read('tố cáo, số đếm kiếm được')).to.equal('tố cáo, số đếm kiếm được');
  });

  it('takes an acute over a capital for the hook it was, but none over a name or between two words', () => {
    expect(read('BỘ PHẬN TIẾP NHẬN VÀ TRẢ KẾT QUÁ', 'HỒ SƠ Vượt QUÁ HẠN')).to.equal(
      'BỘ PHẬN TIẾP NHẬN VÀ TRẢ KẾT QUẢ\nHỒ SƠ Vượt QUÁ HẠN',
    );
    const left = 'kết quá\nBÀ LÊ THỊ QUÁ\nGIÁ ĐẤT\nCHÍNH PHỦ\nTHÁNG';
    expect(read(...left.split('\n'))).to.equal(left);
  });

  it('parts words at a speck in the blank between them, never a name of the highlands', () => {
    expect(read("UBND'TỈNH Long Biên", "Khu'phố 4, ông K'Brơi và H’Nhung")).to.equal(
      "UBND TỈNH Long Biên\nKhu phố 4, ông K'Brơi và H’Nhung",
    );
  });

  it('leaves out the strokes of a pen', () => {
    expect(read('⁄⁄v@0.02', 'PHÓ CHỦ TỊCH')).to.equal('PHÓ CHỦ TỊCH');
  });

  it('parts what a mark was read without its blank, and takes a speck off the first word of a line', () => {
    expect(read('Lưu:VT. HS,VT', 'Năm sinh:1996')).to.equal('Lưu: VT. HS, VT\nNăm sinh: 1996');
    expect(read("'THẨM PHÁN", '"Thửa đất có')).to.equal('THẨM PHÁN\nThửa đất có');
    const left = [
      'http://a.vn',
      '12:30',
      '12,5',
      "'Gia đình' tốt",
      '"Tuần lễ',
      'áo dài" từ ngày',
      "bà K'Brơi",
    ];
    expect(read(...left)).to.equal(left.join('\n'));
  });

  it('puts words right that their neighbours decide, however sure the engine was', () => {
    expect(read('Sở Tư pháp tính Bình Sơn')).to.equal('Sở Tư pháp tỉnh Bình Sơn');
    expect(read('TÍNH BÌNH SƠN')).to.equal('TỈNH BÌNH SƠN');
    expect(read('03 tháng kế từ ngày ký', 'sáu triệu bồn trăm')).to.equal(
      '03 tháng kể từ ngày ký\nsáu triệu bốn trăm',
    );
    const left = ['Giới tính Nam', 'TÍNH CHẤT CÔNG VIỆC', 'có tính chất'];
    expect(read(...left)).to.equal(left.join('\n'));
  });

  it('doubts a paragraph, a line between closed ones and a lead that end without their mark', () => {
    const sureness = (texts: string[], at: number): number => {
      const lines = texts.map((text, i) => ({ ...line(text, 26 * i) }));
      return proofread(lines)[at]?.words.at(-1)?.confidence ?? 0;
    };
    const long = 'Chủ tịch Ủy ban nhân dân xã báo cáo kết quả thực hiện trong năm qua và';
    const closed = sureness([long, 'các nhiệm vụ được giao.', 'Căn cứ kết quả'], 1);

    expect(sureness([long, 'các nhiệm vụ được giao', 'Căn cứ kết quả'], 1)).to.be.below(closed);
    expect(sureness(['hai bản sao.', 'ba bản chính gốc', 'một tờ đơn.'], 1)).to.be.below(
      sureness(['hai bản sao', 'ba bản chính gốc', 'một tờ đơn'], 1),
    );
  });
});
