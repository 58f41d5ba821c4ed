import { expect } from 'chai';
import { describe, it } from 'mocha';
import { extractFields } from '../../../../src/ocr/fields/extract.ts';
import type { OcrFields, ReadLine } from '../../../../src/ocr/types.ts';
import { line, pageOf } from '../../support.ts';

function fieldsOf(...lines: ReadLine[]): OcrFields {
  return extractFields([pageOf(lines)]);
}

describe('ocr: the office of a deputy under a seal', () => {
  /** A line whose words stand at these pixels from the left. */
  const placed = (
    y: number,
    ...parts: [text: string, from: number, to: number, sure?: number][]
  ): ReadLine => ({
    words: parts.map(([text, from, to, confidence = 0.95]) => ({
      text,
      confidence,
      box: [from, y, to, y + 28],
    })),
    box: [parts[0]?.[1] ?? 0, y, parts.at(-1)?.[2] ?? 0, y + 28],
  });
  const office = (...under: ReadLine[]) => {
    const { signerCompetence, signerPosition } = fieldsOf(
      line('Nơi nhận:', 240, 1500),
      placed(1500, ['KT.', 1050, 1095], ['GIÁM', 1105, 1195], ['ĐỐC', 1205, 1270]),
      ...under,
      line('Nguyễn Văn An', 1080, 1750),
    );
    return [signerCompetence?.value, signerPosition?.value ?? null];
  };

  it('is made whole from its last words where they stand in their place', () => {
    const whole = ['KT. GIÁM ĐỐC', 'PHÓ GIÁM ĐỐC'];

    expect(
      office(placed(1536, ['Ó', 1070, 1090, 0.6], ['GIÁM', 1105, 1195], ['ĐỐC', 1205, 1275])),
    ).to.deep.equal(whole);
    expect(
      office(
        placed(
          1536,
          ['_"PHÓ', 1040, 1090, 0.05],
          ['GIÁM', 1105, 1195, 0.3],
          ['Ga”', 1197, 1203, 0.01],
          ['ĐÔC', 1205, 1275, 0.6],
        ),
      ),
    ).to.deep.equal(whole);
    expect(office(placed(1536, ['GIÁM', 1105, 1195], ['ĐỐC', 1205, 1275]))).to.deep.equal(whole);
  });

  it('is not made of another office, nor of the same words in the middle, nor of nothing', () => {
    expect(
      office(
        placed(1536, ['TRỢ', 1040, 1090], ['LÝ', 1100, 1120], ['GIÁM', 1130, 1195], ['ĐỐC', 1205, 1275]),
      )[1],
    ).to.not.equal('PHÓ GIÁM ĐỐC');
    expect(office(placed(1536, ['GIÁM', 1077, 1167], ['ĐỐC', 1177, 1243]))[1]).to.equal(null);
    expect(office()[1]).to.equal(null);
  });

  it('is the one word ministers have for theirs', () => {
    const { signerPosition } = fieldsOf(
      line('Nơi nhận:', 240, 1500),
      placed(1500, ['KT.', 1050, 1095], ['BỘ', 1105, 1145], ['TRƯỞNG', 1155, 1290]),
      placed(1536, ['VỤ', 1078, 1115, 0.4], ['TRƯỞNG', 1130, 1265]),
      line('Nguyễn Văn An', 1080, 1750),
    );

    expect(signerPosition?.value).to.equal('THỨ TRƯỞNG');
    expect(signerPosition?.confidence).to.be.lessThan(0.7);
  });

  it('stands over the second name of a woman and the degree of a physician', () => {
    const signed = (name: string) =>
      fieldsOf(line('Nơi nhận:', 240, 1500), line('GIÁM ĐỐC', 1160, 1500), line(name, 1100, 1700)).signerName
        ?.value;

    expect(signed('Huỳnh 1hị Ánh Sương')).to.equal('Huỳnh Thị Ánh Sương');
    expect(signed('BSCKL. Tô Hồng Ưng')).to.equal('BSCKI. Tô Hồng Ưng');
  });

  it('tells that the head over it is stood in for where the authority is hidden, and not where the line is whole', () => {
    const authorityOf = (from: number) => {
      const { signerCompetence, signerPosition } = fieldsOf(
        line('Nơi nhận:', 240, 1500),
        placed(1500, ['-', from - 20, from - 10], ['CHỦ', from, from + 75], ['TỊCH', from + 85, from + 180]),
        placed(1536, ['PHÓ', 1060, 1125], ['CHỦ', 1135, 1210], ['TỊCH', 1220, 1315]),
        line('Nguyễn Văn An', 1080, 1750),
      );
      return [signerCompetence?.value ?? null, signerPosition?.value];
    };

    expect(authorityOf(1135)).to.deep.equal(['KT. CHỦ TỊCH', 'PHÓ CHỦ TỊCH']);
    expect(authorityOf(1098)[0]).to.equal(null);
  });
});
