/** What is wrong with a field, as the schemas find it, in Vietnamese: the library speaks English. */
import type { z } from 'zod';

/** Kinds of values as zod names them. */
const KINDS: Readonly<Record<string, string>> = {
  string: 'chữ',
  number: 'số',
  int: 'số nguyên',
  boolean: 'true hoặc false',
  array: 'danh sách',
  object: 'nhóm trường',
  record: 'nhóm trường',
  date: 'ngày',
  null: 'null',
};

const FORMATS: Readonly<Record<string, string>> = {
  email: 'thư điện tử',
  url: 'địa chỉ web',
  uuid: 'UUID',
  date: 'ngày yyyy-MM-dd',
  datetime: 'thời điểm ISO 8601',
  base64: 'base64',
};

const UNITS: Readonly<Record<string, string>> = {
  string: ' ký tự',
  array: ' phần tử',
  set: ' phần tử',
  file: ' byte',
};

/** One issue in words, without its path: `thiếu`, `dài quá 35 ký tự`. A schema's own words stay as they are. */
export function issueInVietnamese(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return / received undefined$/.test(issue.message)
        ? 'thiếu'
        : `phải là ${KINDS[issue.expected] ?? issue.expected}`;
    case 'too_small':
      if (issue.origin === 'string' && Number(issue.minimum) === 1) return 'không được để trống';
      return `tối thiểu ${issue.minimum}${UNITS[issue.origin] ?? ''}`;
    case 'too_big':
      return `tối đa ${issue.maximum}${UNITS[issue.origin] ?? ''}`;
    case 'invalid_format':
      return `không đúng dạng${FORMATS[issue.format] === undefined ? '' : ` ${FORMATS[issue.format]}`}`;
    case 'invalid_value':
      return `phải là một trong: ${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return `có trường lạ: ${issue.keys.join(', ')}`;
    case 'not_multiple_of':
      return `phải là bội của ${issue.divisor}`;
    case 'custom':
      return issue.message;
    default:
      return 'không đúng một dạng nào được nhận';
  }
}
