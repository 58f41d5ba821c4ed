/** Words of handing scans in and of the digitised copy; what their script says is handed to it by the page. */
import { fill, type Language, say } from '../words.ts';
import type { Pair } from '../words-codes.ts';
import { REVIEW_WORDS } from './words.ts';

/** Said by the script about the files chosen. */
const LIST = {
  up: ['Đưa “{name}” lên trước', 'Move “{name}” up'],
  down: ['Đưa “{name}” xuống sau', 'Move “{name}” down'],
  remove: ['Bỏ “{name}”', 'Leave “{name}” out'],
  kind: [
    '“{name}” không phải PDF, TIFF, JPEG hay PNG nên không thêm. Ảnh HEIC của điện thoại: hãy lưu thành JPEG.',
    '“{name}” is no PDF, TIFF, JPEG or PNG and was left out. Pictures in HEIC: save them as JPEG first.',
  ],
  empty: ['“{name}” là tệp rỗng nên không thêm.', '“{name}” is empty and was left out.'],
  large: [
    '“{name}” lớn hơn mức cho phép nên không thêm.',
    '“{name}” is larger than allowed and was left out.',
  ],
  twice: ['“{name}” đã có trong danh sách.', '“{name}” is in the list already.'],
  none: ['Hãy chọn ít nhất một tệp quét.', 'Choose at least one scan.'],
  sent: ['Đang gửi: {percent} %', 'Sending: {percent} %'],
  network: [
    'Mất kết nối khi gửi; danh sách còn nguyên, hãy bấm gửi lại.',
    'The connection was lost; the list is still here, send it again.',
  ],
} as const satisfies Readonly<Record<string, Pair>>;

function inOne(words: Readonly<Record<string, Pair>>, lang: Language): Record<string, string> {
  return Object.fromEntries(Object.entries(words).map(([word, pair]) => [word, say(pair, lang)]));
}

/** What the script says about the files chosen, in one language. */
export function listWords(lang: Language): Record<string, string> {
  return inOne(LIST, lang);
}

/** What the script of looking over says, in one language. */
export function reviewWords(lang: Language): Record<string, string> {
  return inOne(REVIEW_WORDS, lang);
}

const WORDS = {
  lead: [
    'Chọn các tệp quét của một văn bản hay hồ sơ. Hệ thống đọc chữ và làm PDF tìm kiếm được; chỗ chưa chắc được đánh dấu để soát.',
    'Choose the scans of one document or dossier. They are read and made searchable; what is not sure is marked.',
  ],
  files: ['Bản quét (PDF, TIFF, JPEG, PNG)', 'Scans (PDF, TIFF, JPEG, PNG)'],
  order: [
    'Chọn hoặc kéo thả vào đây, nhiều lần cũng được. Tệp xếp theo tên; dùng mũi tên để đổi thứ tự. Mỗi tệp tối đa {limit}.',
    'Choose files or drop them here, as often as you like. They are put in the order of their names; the arrows change it. At most {limit} each.',
  ],
  chosen: ['Tệp đã chọn, theo thứ tự', 'Chosen files, in order'],
  fileCount: ['{count} tệp, theo thứ tự', '{count} files, in order'],
  queued: ['Đang chờ đến lượt', 'Waiting for its turn'],
  opening: ['Đang mở tệp', 'Opening the files'],
  progress: ['Tiến độ đọc', 'How far it is read'],
  leave: [
    'Có thể rời trang này; việc đọc vẫn tiếp tục và hồ sơ nằm trong danh sách.',
    'You may leave this page: reading goes on, and the scan is in the list.',
  ],
  over: ['Đã làm xong. Tải lại trang để xem bản mới.', 'It is done. Load the page again to see it.'],
  'again.read': ['Đọc lại phần chưa đọc được', 'Read again what was not read'],
  unread: ['Có phần chưa đọc được.', 'Not everything could be read.'],
  unreadAgain: [
    'Trang không có chữ sẽ không tìm kiếm được. Hãy đọc lại; nếu vẫn lỗi, quét lại trang đó rồi gửi lại.',
    'A page without text cannot be searched. Read it again; where that fails, scan it again and hand it in anew.',
  ],
  unreadFiles: [
    'Hãy quét lại những phần này rồi gửi lại cả hồ sơ.',
    'Scan these again and hand the whole dossier in anew.',
  ],
  more: ['và {count} chỗ nữa', 'and {count} more'],
  urgent: ['Khẩn: đọc trước', 'Urgent: read it first'],
  send: ['Đọc bản quét', 'Read'],
  sending: ['Đang gửi…', 'Sending…'],
  cancel: ['Huỷ', 'Cancel'],
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
export type ClerkTranslate = (
  word: keyof typeof WORDS,
  values?: Readonly<Record<string, string | number>>,
) => string;

/** The words of these pages in one language. */
export function clerkWords(lang: Language): ClerkTranslate {
  return (word, values = {}) => fill(say(WORDS[word], lang), values);
}
