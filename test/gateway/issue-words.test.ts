import { expect } from 'chai';
import { z } from 'zod';
import { issueInVietnamese } from '../../src/gateway/issue-words.ts';

describe('issues of a schema in Vietnamese', () => {
  const schema = z.strictObject({
    name: z.string().min(1).max(5),
    count: z.number().int().min(2),
    kind: z.enum(['a', 'b']),
    mail: z.email(),
    list: z.array(z.string()).max(1),
    either: z.union([z.string(), z.number()]),
    own: z.string().refine(() => false, { message: 'của lược đồ' }),
  });

  function words(value: object): Record<string, string> {
    const { error } = schema.safeParse(value);
    return Object.fromEntries(
      (error?.issues ?? []).map((issue) => [issue.path.join('.') || '-', issueInVietnamese(issue)]),
    );
  }

  it('says what is missing, of the wrong kind, too short or long, no choice, or unknown', () => {
    expect(words({})).to.include({ name: 'thiếu', count: 'thiếu', list: 'thiếu' });
    const wrong = {
      name: '',
      count: 1,
      kind: 'c',
      mail: 'x',
      list: ['a', 'b'],
      either: true,
      own: '',
      la: 1,
    };
    expect(words(wrong)).to.deep.equal({
      name: 'không được để trống',
      count: 'tối thiểu 2',
      kind: 'phải là một trong: a, b',
      mail: 'không đúng dạng thư điện tử',
      list: 'tối đa 1 phần tử',
      either: 'không đúng một dạng nào được nhận',
      own: 'của lược đồ',
      '-': 'có trường lạ: la',
    });
    expect(words({ name: 'dài quá', count: '3' })).to.include({
      name: 'tối đa 5 ký tự',
      count: 'phải là số',
    });
  });
});
