/** Closed set of reasons a dossier can fail for. */
export type OcrErrorCode =
  | 'OCR_UNSUPPORTED_FORMAT'
  | 'OCR_DAMAGED_FILE'
  | 'OCR_TOO_MANY_PAGES'
  | 'OCR_TOO_LARGE'
  | 'OCR_PASSWORD_REQUIRED'
  | 'OCR_SIGNED_DOCUMENT'
  | 'OCR_NOT_ARCHIVABLE'
  | 'OCR_PAGE_TIMEOUT'
  | 'OCR_TIMEOUT'
  | 'OCR_CANCELLED'
  | 'OCR_ENGINE_FAILED'
  | 'OCR_CLOSED';

interface Explanation {
  vi: string;
  en: string;
  /** `rejected`: the input is wrong; `unavailable`: try again; `cancelled`: the caller's wish. */
  kind: 'rejected' | 'unavailable' | 'cancelled';
}

/** What each code means, for people, and which of the three kinds of failure it is. */
export const OCR_ERRORS: Readonly<Record<OcrErrorCode, Explanation>> = {
  OCR_UNSUPPORTED_FORMAT: {
    vi: 'Tệp không phải PDF, TIFF, JPEG hoặc PNG.',
    en: 'The file is not a PDF, TIFF, JPEG or PNG.',
    kind: 'rejected',
  },
  OCR_DAMAGED_FILE: {
    vi: 'Tệp bị hỏng hoặc không đọc được.',
    en: 'The file is damaged and cannot be read.',
    kind: 'rejected',
  },
  OCR_TOO_MANY_PAGES: {
    vi: 'Hồ sơ có quá nhiều trang.',
    en: 'The dossier has too many pages.',
    kind: 'rejected',
  },
  OCR_TOO_LARGE: {
    vi: 'Tệp hoặc trang vượt quá kích thước cho phép.',
    en: 'The file or a page is larger than allowed.',
    kind: 'rejected',
  },
  OCR_PASSWORD_REQUIRED: {
    vi: 'Tệp PDF được bảo vệ bằng mật khẩu; hãy gỡ mật khẩu rồi nộp lại.',
    en: 'The PDF is protected by a password; remove it and submit again.',
    kind: 'rejected',
  },
  OCR_SIGNED_DOCUMENT: {
    vi: 'Tệp PDF đã được ký số; thêm lớp chữ sẽ làm hỏng chữ ký.',
    en: 'The PDF is digitally signed; adding a text layer would break the signature.',
    kind: 'rejected',
  },
  OCR_NOT_ARCHIVABLE: {
    vi: 'Tệp PDF gốc có phần không được phép trong PDF/A-2b (ví dụ phông chữ không nhúng); hãy bỏ yêu cầu PDF/A hoặc nộp bản quét.',
    en: 'The original PDF holds something PDF/A-2b forbids (a font that is not embedded, for example); ask without PDF/A, or submit a scan.',
    kind: 'rejected',
  },
  OCR_PAGE_TIMEOUT: {
    vi: 'Một trang xử lý quá thời gian cho phép.',
    en: 'A page took longer than allowed.',
    kind: 'rejected',
  },
  OCR_TIMEOUT: {
    vi: 'Hồ sơ xử lý quá thời gian cho phép.',
    en: 'The dossier took longer than allowed.',
    kind: 'rejected',
  },
  OCR_CANCELLED: {
    vi: 'Đã hủy nhận dạng.',
    en: 'Recognition was cancelled.',
    kind: 'cancelled',
  },
  OCR_ENGINE_FAILED: {
    vi: 'Bộ nhận dạng gặp lỗi; hãy thử lại.',
    en: 'The recogniser failed; try again.',
    kind: 'unavailable',
  },
  OCR_CLOSED: {
    vi: 'Dịch vụ nhận dạng đã dừng.',
    en: 'The recognition service is closed.',
    kind: 'unavailable',
  },
};

/** Facts about a failure, free of personal data. */
export interface OcrErrorDetails {
  /** 0-based index of the input file. */
  file?: number;
  /** 1-based page number in the dossier. */
  page?: number;
  limit?: number;
  actual?: number;
  reason?: string;
}

/** The only error this module throws on purpose; `message` is English, `vi` Vietnamese. */
export class OcrError extends Error {
  override readonly name = 'OcrError';
  readonly code: OcrErrorCode;
  readonly details: OcrErrorDetails;
  /** Vietnamese text for the user. */
  readonly vi: string;
  /** English text for the user. */
  readonly en: string;
  readonly kind: Explanation['kind'];

  constructor(code: OcrErrorCode, details: OcrErrorDetails = {}, cause?: unknown) {
    const explanation = OCR_ERRORS[code];
    super(`${explanation.en}${details.reason ? ` (${details.reason})` : ''}`, { cause });
    this.code = code;
    this.details = details;
    this.vi = explanation.vi;
    this.en = explanation.en;
    this.kind = explanation.kind;
  }
}

/** Whether a string is one of the codes above. */
export function isOcrErrorCode(value: unknown): value is OcrErrorCode {
  return typeof value === 'string' && Object.hasOwn(OCR_ERRORS, value);
}
