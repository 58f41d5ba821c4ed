/** Words of the pages where scans are looked over. */
import type { Coded, Pair } from '../words-codes.ts';

/** Those that their script says. */
export const REVIEW_WORDS = {
  'scan.picture': ['Ảnh trang {page}', 'Picture of page {page}'],
  'scan.noPicture': ['Trang này không có ảnh.', 'There is no picture of this page.'],
  'scan.page': ['Trang {page}/{pages}', 'Page {page} of {pages}'],
  'scan.confirmed': ['Đang làm lại PDF và dữ liệu theo bản đã sửa.', 'PDF and data are being made again.'],
  'scan.saved': ['Đã lưu: “{value}”', 'Saved: “{value}”'],
  'scan.failed': ['Chưa lưu được: {reason}', 'Not saved: {reason}'],
  'scan.network': ['không nối được tới máy chủ', 'the server cannot be reached'],
  'scan.noMore': ['Không còn từ nào cần xem.', 'No more words to look at.'],
  'scan.editWord': ['Sửa từ “{word}”', 'Correct the word “{word}”'],
  'scan.corrections': ['{count} chỗ đã sửa', '{count} corrections'],
} as const satisfies Readonly<Record<string, Pair>>;

export const SCAN_WORDS = {
  ...REVIEW_WORDS,
  'scans.title': ['Hồ sơ quét', 'Scans'],
  'scans.empty': ['Chưa có hồ sơ quét nào.', 'No scans yet.'],
  'scans.again': [
    'Hãy xem lại tệp, quét lại nếu cần, rồi gửi lại:',
    'Look at the file, scan it again where needed, and hand it in again:',
  ],
  'scans.pages': ['{done}/{pages} trang', '{done} of {pages} pages'],
  'scan.title': ['Soát hồ sơ quét', 'Check a scan'],
  'scan.fields': ['Dữ liệu đọc được', 'What was read'],
  'scan.pageList': ['Trang', 'Pages'],
  'scan.pageText': ['Chữ trên trang', 'Text of the page'],
  'scan.absent': ['không có trên giấy', 'not on the paper'],
  'scan.next': ['Từ nghi ngờ tiếp theo', 'Next doubtful word'],
  'scan.before': ['Trang trước', 'Page before'],
  'scan.after': ['Trang sau', 'Page after'],
  'scan.confirm': ['Xong: làm lại PDF và dữ liệu', 'Done: make PDF and data again'],
  'scan.pdf': ['Tải PDF tìm kiếm được', 'Searchable PDF'],
  'scan.keys': [
    'Phím: N từ nghi ngờ tiếp theo · Enter sửa, Enter lưu, Esc bỏ · J/K trang sau/trước · F tới dữ liệu',
    'Keys: N next doubtful word · Enter correct, Enter save, Esc leave · J/K page after/before · F to the fields',
  ],
  'scan.field.issuingAgency': ['Cơ quan ban hành', 'Issuing agency'],
  'scan.field.superiorAgency': ['Cơ quan chủ quản', 'Superior agency'],
  'scan.field.codeNumber': ['Số', 'Number'],
  'scan.field.codeNotation': ['Ký hiệu', 'Notation'],
  'scan.field.place': ['Địa danh', 'Place'],
  'scan.field.promulgationDate': ['Ngày ban hành', 'Date of issue'],
  'scan.field.typeName': ['Loại văn bản', 'Type'],
  'scan.field.subject': ['Trích yếu', 'Subject'],
  'scan.field.signerCompetence': ['Quyền hạn ký', 'Competence'],
  'scan.field.signerPosition': ['Chức vụ', 'Position'],
  'scan.field.signerName': ['Người ký', 'Signer'],
  'scan.field.recipients': ['Nơi nhận', 'Recipients'],
  'scan.field.addressees': ['Kính gửi', 'Addressees'],
  'scan.field.dossierCode': ['Mã hồ sơ', 'Dossier code'],
  'scan.field.applicantName': ['Người nộp', 'Applicant'],
  'scan.field.identityNumber': ['Số định danh', 'Identity number'],
  'scan.field.dateOfBirth': ['Ngày sinh', 'Date of birth'],
  'scan.field.permanentAddress': ['Nơi thường trú', 'Permanent address'],
  'scan.field.phoneNumber': ['Điện thoại', 'Phone'],
  'scan.field.purpose': ['Mục đích', 'Purpose'],
} as const satisfies Readonly<Record<string, Pair>>;

/** States of a scan being read (ocr-jobs/index.ts). */
export const OCR_STATES: Readonly<Record<string, Coded>> = {
  waiting: { words: ['Đang chờ', 'Waiting'], tone: 'wait' },
  running: { words: ['Đang đọc', 'Being read'], tone: 'wait' },
  done: { words: ['Đã đọc xong', 'Read'], tone: 'good' },
  failed: { words: ['Không đọc được', 'Failed'], tone: 'bad' },
  cancelled: { words: ['Đã huỷ', 'Cancelled'], tone: 'plain' },
};
