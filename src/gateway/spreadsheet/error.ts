/** Why a list could not be read. */
export type SpreadsheetErrorCode =
  | 'SHEET_UNREADABLE'
  | 'SHEET_TOO_LARGE'
  | 'SHEET_OLD_EXCEL'
  | 'SHEET_BAD_ENCODING';

const WORDS: Readonly<Record<SpreadsheetErrorCode, { vi: string; en: string }>> = {
  SHEET_UNREADABLE: {
    vi: 'Không đọc được bảng CSV hoặc XLSX.',
    en: 'This is no CSV or XLSX list that can be read.',
  },
  SHEET_TOO_LARGE: {
    vi: 'Bảng có quá nhiều dòng, cột hoặc bung ra quá lớn.',
    en: 'The list has too many rows or columns, or unpacks to too much.',
  },
  SHEET_OLD_EXCEL: {
    vi: 'Tệp .xls cũ không được nhận; hãy lưu thành .xlsx.',
    en: 'Old .xls files are not taken; save as .xlsx.',
  },
  SHEET_BAD_ENCODING: {
    vi: 'Tệp CSV phải dùng bảng mã UTF-8 (trong Excel: "CSV UTF-8").',
    en: 'The CSV file must be UTF-8 (in Excel: "CSV UTF-8").',
  },
};

/** A list that could not be read, with words for people. */
export class SpreadsheetError extends Error {
  readonly code: SpreadsheetErrorCode;
  readonly vi: string;
  readonly en: string;

  constructor(code: SpreadsheetErrorCode, options: { cause?: unknown } = {}) {
    super(WORDS[code].en, options);
    this.name = 'SpreadsheetError';
    this.code = code;
    this.vi = WORDS[code].vi;
    this.en = WORDS[code].en;
  }
}
