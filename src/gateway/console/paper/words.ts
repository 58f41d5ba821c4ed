/** Words of the pages where paper dossiers are handed in and looked over. */
import { fill, type Language, say } from '../words.ts';
import type { Coded, Pair } from '../words-codes.ts';

const WORDS = {
  title: ['Hồ sơ giấy', 'Paper dossiers'],
  lead: [
    'Chọn các bản quét của một hồ sơ. Hệ thống đọc, điền sẵn, chỉ hỏi lại chỗ chưa chắc, ký bản số hoá bằng khoá của cơ quan rồi tiếp nhận hồ sơ.',
    "Choose the scans of one dossier. They are read and filled in, you are asked only where reading was in doubt, the copies are signed with the agency's key and the dossier is taken in.",
  ],
  scans: [
    'Bản quét (PDF, TIFF, JPEG, PNG; mỗi tệp một giấy tờ)',
    'Scans (PDF, TIFF, JPEG, PNG; one file per paper)',
  ],
  procedure: ['Mã thủ tục', 'Procedure code'],
  procedureHint: ['Gõ tên thủ tục không cần dấu để tìm', 'Type a name to search; diacritics not needed'],
  procedureName: ['Tên thủ tục', 'Name of the procedure'],
  fieldCode: ['Mã lĩnh vực', 'Field code'],
  fieldName: ['Lĩnh vực', 'Field'],
  dueAt: ['Ngày hẹn trả', 'Due'],
  key: ['Khoá ký bản số hoá', 'Key that signs the copies'],
  noKey: [
    'Cơ quan chưa có khoá ký sao y (profile copy); xem tài liệu vận hành, mục Khoá ký.',
    'The agency has no key for copies (profile copy); see the operator guide.',
  ],
  always: ['Luôn hỏi lại mọi trường', 'Ask about every field'],
  send: ['Nộp', 'Hand in'],
  sending: ['Đang tải lên…', 'Uploading…'],
  noScript: ['Trang này cần JavaScript để tải bản quét lên.', 'This page needs JavaScript to upload scans.'],
  list: ['Đã nộp', 'Handed in'],
  empty: ['Chưa có hồ sơ giấy nào.', 'No paper dossiers yet.'],
  pages: ['{done}/{pages} trang', '{done} of {pages} pages'],
  open: ['{count} trường cần soát', '{count} fields to look at'],
  fields: ['Dữ liệu đọc được', 'What was read'],
  fieldsHint: [
    'Chưa có gì được gửi đi. Soát các trường đánh dấu; để trống nếu giấy tờ không ghi.',
    'Nothing has been sent. Look at the marked fields; leave empty what the papers do not say.',
  ],
  confirm: ['Đúng, tiếp nhận hồ sơ', 'Right, take it in'],
  papers: ['Giấy tờ', 'Papers'],
  look: ['Xem và sửa từng chữ', 'See it word by word'],
  dossier: ['Hồ sơ đã tiếp nhận', 'Taken in as'],
  copy: ['đã ký bản số hoá', 'copy signed'],
  retry: ['Làm tiếp', 'Go on'],
  cancel: ['Huỷ', 'Cancel'],
  picture: ['Ảnh chỗ này trên giấy', 'This place on the paper'],
  'flag.doubtful': ['đọc chưa chắc', 'read with doubt'],
  'flag.missing': ['không đọc thấy', 'not found'],
  'flag.malformed': ['sai dạng', 'malformed'],
  'flag.conflict': ['các giấy tờ ghi khác nhau', 'papers differ'],
  'flag.unseen': ['cần người xem', 'to be seen'],
  seen: ['đã có người xem', 'seen by a person'],
} as const satisfies Readonly<Record<string, Pair>>;

/** Keys of the words. */
export type PaperWord = keyof typeof WORDS;
/** Says one, with places filled. */
export type PaperTranslate = (word: PaperWord, values?: Readonly<Record<string, string | number>>) => string;

/** The words in one language. */
export function paperWords(lang: Language): PaperTranslate {
  return (word, values = {}) => fill(say(WORDS[word], lang), values);
}

/** States of a paper dossier (paper-dossiers/advance.ts). */
export const PAPER_STATES: Readonly<Record<string, Coded>> = {
  reading: { words: ['Đang đọc', 'Being read'], tone: 'wait' },
  review: { words: ['Chờ người soát', 'Waits for a person'], tone: 'wait' },
  signing: { words: ['Đang ký và tiếp nhận', 'Being signed and taken in'], tone: 'wait' },
  done: { words: ['Đã tiếp nhận', 'Taken in'], tone: 'good' },
  refused: { words: ['Bị từ chối', 'Refused'], tone: 'bad' },
  failed: { words: ['Lỗi', 'Failed'], tone: 'bad' },
  cancelled: { words: ['Đã huỷ', 'Cancelled'], tone: 'plain' },
};
