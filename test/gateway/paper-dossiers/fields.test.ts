import { expect } from 'chai';
import { type PaperReading, readFields } from '../../../src/gateway/paper-dossiers/fields.ts';
import type { PrefilledField } from '../../../src/gateway/paper-dossiers/request.ts';
import type { OcrCorrectionRow } from '../../../src/gateway/store/index.ts';
import type { OcrFields } from '../../../src/ocr/index.ts';

type Read = Partial<Record<PrefilledField, [value: string, confidence: number]>>;

function reading(read: Read, said: Partial<Record<PrefilledField, string>> = {}, at = 1): PaperReading {
  const fields = Object.fromEntries(
    ['applicantName', 'identityNumber', 'dateOfBirth', 'permanentAddress', 'phoneNumber', 'purpose'].map(
      (name) => {
        const [value, confidence] = read[name as PrefilledField] ?? [];
        return [name, value === undefined ? null : { value, confidence, page: 1, box: [1, 2, 3, 4] }];
      },
    ),
  ) as unknown as OcrFields;
  const corrections = Object.entries(said).map(
    ([field, value], seq): OcrCorrectionRow => ({
      job_id: 'j',
      seq,
      at,
      actor: 'token-1',
      field,
      page: null,
      word: null,
      was: null,
      value,
    }),
  );
  return { result: { pages: [], fields, barcodes: [], problems: [] }, corrections };
}

const look = (
  readings: PaperReading[],
  wanted: PrefilledField[] = ['applicantName', 'identityNumber'],
  review: 'doubtful' | 'always' = 'doubtful',
) => readFields(readings, { wanted, review, reviewBelow: 0.9 });
const flags = (...args: Parameters<typeof look>) => look(...args).map((field) => field.flag);

describe('what was read from a paper dossier', () => {
  const clear: Read = { applicantName: ['Trần Thị Thử', 0.97], identityNumber: ['012 345 678 901', 0.95] };

  it('is clear when it is sure and of the right shape, with spaces of numbers taken out', () => {
    const fields = look([reading(clear)]);

    expect(fields.map(({ flag, value }) => [flag, value])).to.deep.equal([
      [null, 'Trần Thị Thử'],
      [null, '012345678901'],
    ]);
    expect(fields[0]?.place).to.deep.include({ component: 0, page: 1, box: [1, 2, 3, 4] });
  });

  it('waits for a person when read with doubt, missing, malformed, or asked to', () => {
    const doubtful = reading({ ...clear, applicantName: ['Trần Thị Thử', 0.89] });
    const missing = reading({ applicantName: ['Trần Thị Thử', 0.99] });
    const malformed = reading({ ...clear, identityNumber: ['O12345678901', 0.99] });

    expect(flags([doubtful])).to.deep.equal(['doubtful', null]);
    expect(flags([missing])).to.deep.equal([null, 'missing']);
    expect(flags([malformed])).to.deep.equal([null, 'malformed']);
    expect(flags([reading(clear)], undefined, 'always')).to.deep.equal(['unseen', 'unseen']);
  });

  it('waits when two papers say different things, and not when they only write it differently', () => {
    const same = reading({ applicantName: ['TRẦN THỊ  THỬ', 0.95], identityNumber: ['012345678901', 0.99] });
    const other = reading({ applicantName: ['Trần Thị Thư', 0.99] });

    expect(flags([reading(clear), same])).to.deep.equal([null, null]);
    expect(flags([reading(clear), other])).to.deep.equal(['conflict', null]);
  });

  it('takes the last word of a person, on whichever paper it was said', () => {
    const first = reading(
      { ...clear, applicantName: ['Trần Thị Thư', 0.5] },
      { applicantName: 'Trần Thị Thơ' },
      1,
    );
    const second = reading({}, { applicantName: 'Trần Thị Thử' }, 2);

    const [name] = look([first, second]);

    expect(name).to.include({ value: 'Trần Thị Thử', flag: null, confidence: 1, seenBy: 'token-1' });
  });

  it('lets a person say that something is not on the papers, but never a name', () => {
    const said = reading({}, { applicantName: '', identityNumber: '' });

    expect(flags([said])).to.deep.equal(['missing', null]);
    expect(look([said])[1]?.value).to.equal(null);
  });

  it('does not let a person give what is malformed', () => {
    expect(flags([reading(clear, { identityNumber: '12' })])).to.deep.equal([null, 'malformed']);
  });
});
