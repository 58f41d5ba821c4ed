/** Words of the officers' pages, Vietnamese and English. */

import { fill, type Language, say } from '../words.ts';
import type { Pair } from '../words-codes.ts';

const WORDS = {
  title: ['Ký số', 'Signing'],
  waiting: ['Chờ ký', 'Waiting'],
  signed: ['Đã ký', 'Signed'],
  refused: ['Từ chối', 'Refused'],
  signing: ['Đang ký', 'Being signed'],
  cancelled: ['Đã rút', 'Withdrawn'],
  mine: ['Văn bản trình {name} ký', 'Documents laid before {name}'],
  none: ['Không có văn bản nào.', 'There is no document.'],
  choose: ['Chọn {title}', 'Choose {title}'],
  all: ['Chọn tất cả', 'Choose all'],
  everything: ['Chọn cả {count} văn bản đang chờ', 'Choose all {count} that wait'],
  everythingMost: [
    'Chọn {count} văn bản mới nhất (mỗi lần nhiều nhất {count})',
    'Choose the newest {count} (the most at a time)',
  ],
  more: ['Xem tiếp', 'Further'],
  newest: ['Mới nhất', 'Newest'],
  goOn: ['Tiếp tục ký', 'Go on signing'],
  issueNumber: ['Số văn bản', 'Number'],
  issueDate: ['Ngày ban hành', 'Date of issue'],
  issueHint: [
    'Điền vào chỗ trống “Số: …/…” và “ngày … tháng … năm …” của trang 1 trước khi đóng dấu. Bỏ trống nếu văn bản đã có số và ngày.',
    'Put into the blanks of page 1 before the seal. Leave empty where number and date are printed already.',
  ],
  issueBoth: ['Hãy ghi cả số và ngày ban hành.', 'Give both number and date.'],
  key: ['Khoá ký', 'Key'],
  'key.pkcs12': ['tệp trên máy chủ', 'file on the server'],
  'key.pkcs11': ['thiết bị của máy chủ', 'token of the server'],
  'key.csc': ['ký số từ xa', 'signing service'],
  otherKinds: [
    '{count} văn bản đã chọn cần kiểu ký mà khoá này không ký được. Hãy đổi khoá hoặc bỏ chọn các văn bản đó.',
    '{count} of the chosen documents need a kind of signature this key may not make. Choose another key, or leave them out.',
  ],
  noKey: [
    'Cơ quan chưa có khoá dùng được cho kiểu ký này; hãy ký bằng phần mềm trên máy.',
    'The agency has no key for this kind of signature; sign with the plugin.',
  ],
  signChosen: ['Ký các văn bản đã chọn', 'Sign the chosen documents'],
  sign: ['Ký', 'Sign'],
  plugin: ['Ký bằng phần mềm trên máy', 'Sign with the plugin on this computer'],
  'plugin.done': [
    'Đã ký {signed}/{total} bằng phần mềm trên máy.',
    '{signed} of {total} signed with the plugin.',
  ],
  'plugin.missing': [
    'Trình duyệt chưa có phần mềm ký (VGCA Sign Service). Hãy cài đặt và mở phần mềm rồi tải lại trang.',
    'The signing plugin (VGCA Sign Service) is not there. Install and start it, then load the page again.',
  ],
  refuse: ['Từ chối ký', 'Refuse'],
  reason: ['Lý do từ chối', 'Reason'],
  'reason.needed': ['Hãy ghi lý do từ chối.', 'Give a reason.'],
  place: ['Chọn vị trí chữ ký', 'Choose the place'],
  'place.hint': [
    'Kéo khung đến chỗ ký, hoặc dùng phím mũi tên; Shift và mũi tên để đổi cỡ. Không chọn thì phần mềm tự tìm theo họ tên.',
    'Drag the frame to the place, or use the arrow keys; Shift and arrows change its size. Without a choice it is found by the name.',
  ],
  'place.auto': ['Để phần mềm tự tìm', 'Let it be found'],
  'place.frame': ['Khung chữ ký', 'Signature frame'],
  page: ['Trang {page}/{pages}', 'Page {page} of {pages}'],
  previous: ['Trang trước', 'Previous page'],
  next: ['Trang sau', 'Next page'],
  download: ['Tải tệp', 'Download'],
  loading: ['Đang mở văn bản…', 'Opening the document…'],
  unreadable: ['Không mở được văn bản này.', 'This document cannot be shown.'],
  code: ['Số, ký hiệu', 'Number'],
  signer: ['Trình ký', 'Laid before'],
  profile: ['Kiểu ký', 'Kind'],
  'profile.leader': ['Người có thẩm quyền', 'Competent person'],
  'profile.agency': ['Cơ quan (con dấu)', 'Agency (seal)'],
  'profile.copy': ['Sao y', 'Copy'],
  'profile.appendix': ['Phụ lục', 'Appendix'],
  'profile.incoming': ['Văn bản đến', 'Incoming'],
  'profile.plain': ['Thường', 'Plain'],
  'profile.issue': ['Cấp số, ngày ban hành', 'Number and date'],
  level: ['Mức chữ ký', 'Level'],
  'level.pending': [
    'Mức {level}, chưa đạt mức {wanted}: dịch vụ dấu thời gian hoặc tình trạng chứng thư chưa lấy được. Hệ thống tự nâng mức khi có lại.',
    'Level {level}, still below {wanted}: no time-stamp or evidence could be had. It is completed by itself when they are back.',
  ],
  'level.stopped': [
    'Mức {level}: việc nâng lên mức {wanted} đã dừng ({reason}); cần người vận hành xem.',
    'Level {level}: raising it to {wanted} has stopped ({reason}); an operator has to look.',
  ],
  laidAt: ['Trình lúc', 'Laid at'],
  progress: [
    'Đã ký {signed}/{total}, lỗi {failed}; {queue} văn bản đang chờ khoá.',
    '{signed} of {total} signed, {failed} failed; {queue} waiting at the key.',
  ],
  done: ['Đã ký xong {signed} văn bản.', '{signed} documents are signed.'],
  someFailed: ['{failed} văn bản chưa ký được: {reason}', '{failed} documents were not signed: {reason}'],
  stopped: ['Việc ký dừng lại: {reason}', 'Signing stopped: {reason}'],
  consent: ['Cho phép ký', 'Authorise'],
  'consent.hint': [
    'Dịch vụ ký số từ xa cần mã của người giữ khoá, một lần cho cả {total} văn bản.',
    'The signing service needs the holder’s codes, once for all {total} documents.',
  ],
  pin: ['Mã PIN', 'PIN'],
  otp: ['Mã OTP', 'One-time code'],
  sendOtp: ['Gửi mã OTP', 'Send a code'],
  otpSent: ['Đã gửi mã OTP.', 'A code was sent.'],
  cancel: ['Thôi', 'Cancel'],
  network: ['Mất kết nối; hãy thử lại.', 'The connection was lost; try again.'],
  nothingChosen: ['Hãy chọn ít nhất một văn bản.', 'Choose at least one document.'],
  back: ['Về danh sách', 'Back to the list'],
} as const satisfies Readonly<Record<string, Pair>>;

/** Keys of the words. */
export type SigningWord = keyof typeof WORDS;

/** Says a word of these pages. */
export type SigningTranslate = (
  word: SigningWord,
  values?: Readonly<Record<string, string | number>>,
) => string;

/** The words in one language. */
export function signingWords(lang: Language): SigningTranslate {
  return (word, values = {}) => fill(say(WORDS[word], lang), values);
}

/** All words for the browser's script. */
export function allSigningWords(lang: Language): Record<string, string> {
  return Object.fromEntries(Object.entries(WORDS).map(([word, pair]) => [word, say(pair, lang)]));
}
