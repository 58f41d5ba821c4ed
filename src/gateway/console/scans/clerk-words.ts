/** Words of handing scans in and of the digitised copy; their script needs none of them. */
import { type Language, say } from '../words.ts';
import type { Pair } from '../words-codes.ts';

const WORDS = {
  lead: [
    'Chọn các tệp quét của một văn bản hay hồ sơ, theo thứ tự. Hệ thống đọc chữ và làm PDF tìm kiếm được; chỗ chưa chắc được đánh dấu để soát.',
    'Choose the scans of one document, in their order. They are read and made searchable; what is not sure is marked.',
  ],
  files: ['Bản quét (PDF, TIFF, JPEG, PNG)', 'Scans (PDF, TIFF, JPEG, PNG)'],
  urgent: ['Khẩn: đọc trước', 'Urgent: read it first'],
  send: ['Đọc bản quét', 'Read'],
  sending: ['Đang gửi…', 'Sending…'],
  cancel: ['Huỷ', 'Cancel'],
  pages: ['trang', 'pages'],
  noScript: ['Cần bật JavaScript để gửi bản quét.', 'Handing scans in needs JavaScript.'],
  copy: ['Bản số hoá', 'Digitised copy'],
  copyLead: [
    'Xem lại siêu dữ liệu theo Phụ lục VI Nghị định 30/2020/NĐ-CP rồi ký; tệp được đặt tên theo hướng dẫn 7197/BKHCN-CĐSQG. Chỗ đã sửa phải bấm “Xong” trước.',
    'Check the metadata of App. VI of Decree 30/2020, then sign; the file is named after 7197/BKHCN-CDSQG. Confirm corrections first.',
  ],
  docCode: ['Mã tài liệu', 'Document code'],
  docCodeHint: [
    'Mã cơ quan, lĩnh vực, số thứ tự và phiên bản, ví dụ G09.01_CV_000021_V1',
    'Agency, field, ordinal and version, for example G09.01_CV_000021_V1',
  ],
  key: ['Ký bằng khoá', 'Sign with the key'],
  sign: ['Ký bản số hoá', 'Sign the copy'],
  signing: ['Đang ký…', 'Signing…'],
  signed: ['Đã ký', 'Signed'],
  download: ['Tải bản số hoá đã ký', 'Download the signed copy'],
  again: ['Ký lại (thay bản đã ký)', 'Sign again (replaces the copy)'],
  noKey: [
    'Cơ quan chưa có khoá được phép ký bản số hoá (mẫu ký “copy”); quản trị viên thêm khoá trong cấu hình.',
    'The agency has no key that may sign copies (profile “copy”); the operator adds one to the configuration.',
  ],
} as const satisfies Readonly<Record<string, Pair>>;

/** Gives a word in the reader's language. */
export type ClerkTranslate = (word: keyof typeof WORDS) => string;

/** The words of these pages in one language. */
export function clerkWords(lang: Language): ClerkTranslate {
  return (word) => say(WORDS[word], lang);
}
