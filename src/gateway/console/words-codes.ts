/** Words for codes: states, events, systems. A state or event without both languages does not compile. */

import type { AGENCY_SYSTEMS } from '../directory/index.ts';
import type { EventType } from '../evidence/index.ts';

/** Vietnamese, English. */
export type Pair = readonly [vi: string, en: string];

/** How a badge looks: good news, bad news, wait, or nothing special. */
export type Tone = 'good' | 'bad' | 'wait' | 'plain';

/** A code in words with the tone of its badge. */
export interface Coded {
  readonly words: Pair;
  readonly tone: Tone;
}

/** States of a package (exchange/status/track.ts). */
export const PACKAGE_STATES: Readonly<Record<string, Coded>> = {
  accepted: { words: ['Đã tiếp nhận', 'Accepted'], tone: 'wait' },
  'in-progress': { words: ['Đang chuyển', 'On its way'], tone: 'wait' },
  delivered: { words: ['Đã đến nơi nhận', 'Delivered'], tone: 'good' },
  attention: { words: ['Cần xử lý', 'Needs attention'], tone: 'bad' },
  refused: { words: ['Bị từ chối', 'Refused'], tone: 'bad' },
  done: { words: ['Đã xong', 'Done'], tone: 'good' },
  withdrawn: { words: ['Đã rút lại', 'Withdrawn'], tone: 'plain' },
};

/** States of one delivery (store/schema.ts). */
export const DELIVERY_STATES: Readonly<Record<string, Coded>> = {
  accepted: { words: ['Đã tiếp nhận', 'Accepted'], tone: 'wait' },
  queued: { words: ['Chờ gửi', 'Waiting to be sent'], tone: 'wait' },
  sending: { words: ['Đang gửi', 'Being sent'], tone: 'wait' },
  retrying: { words: ['Sẽ gửi lại', 'Will be sent again'], tone: 'wait' },
  sent: { words: ['Đã gửi, chờ xác nhận', 'Sent, not confirmed yet'], tone: 'wait' },
  delivered: { words: ['Đã đến', 'Delivered'], tone: 'good' },
  available: { words: ['Đã vào hộp đến', 'In the inbox'], tone: 'good' },
  fetched: { words: ['Nơi nhận đã lấy', 'Fetched'], tone: 'good' },
  parked: { words: ['Dừng, chờ xử lý', 'Stopped, needs a person'], tone: 'bad' },
  refused: { words: ['Bị từ chối', 'Refused'], tone: 'bad' },
  withdrawn: { words: ['Đã rút lại', 'Withdrawn'], tone: 'plain' },
};

/** A request to take a document back, as it stands with one recipient. */
export const RECALLS: Readonly<Record<string, Coded>> = {
  requested: { words: ['Bên gửi yêu cầu lấy lại', 'Asked back by the sender'], tone: 'wait' },
  agreed: { words: ['Đồng ý yêu cầu của bên gửi', 'Request agreed'], tone: 'good' },
  refused: { words: ['Không đồng ý yêu cầu của bên gửi', 'Request refused'], tone: 'bad' },
};

/** What a sender asks for (exchange/recall/request.ts). */
export const RECALL_PURPOSES: Readonly<Record<string, Pair>> = {
  recall: ['thu hồi', 'take back'],
  update: ['cập nhật', 'update'],
  replacement: ['thay thế', 'replace'],
};

/** Marks of a document that asks something about another one: without them it looks like the document itself. */
export const REQUEST_MARKS: Readonly<Record<string, Coded>> = {
  recall: { words: ['Yêu cầu thu hồi', 'Recall'], tone: 'wait' },
  update: { words: ['Cập nhật', 'Update'], tone: 'plain' },
  replacement: { words: ['Thay thế', 'Replacement'], tone: 'plain' },
};

/** Kinds of package. */
export const KINDS: Readonly<Record<string, Pair>> = {
  document: ['Văn bản', 'Document'],
  status: ['Trả lời', 'Answer'],
  dossier: ['Hồ sơ', 'Dossier'],
  progress: ['Tiến độ hồ sơ', 'Dossier progress'],
  result: ['Kết quả hồ sơ', 'Dossier result'],
  unreadable: ['Gói không chuyển được', 'Not passed on'],
};

/** Verdicts on a file. */
export const VERDICTS: Readonly<Record<string, Coded>> = {
  'TOTAL-PASSED': { words: ['Chữ ký hợp lệ', 'Signatures valid'], tone: 'good' },
  'TOTAL-FAILED': { words: ['Chữ ký không hợp lệ', 'Signature not valid'], tone: 'bad' },
  INDETERMINATE: { words: ['Chưa kết luận được', 'Not conclusive'], tone: 'wait' },
  'NO-SIGNATURE': { words: ['Không có chữ ký', 'No signature'], tone: 'plain' },
  'NOT-VERIFIED': { words: ['Chưa kiểm tra chữ ký', 'Signatures not checked'], tone: 'wait' },
};

/** Systems that carry packages, by the name in `system:<name>`. */
export const SYSTEMS = {
  inbox: ['hộp đến trên trục này', 'the inbox on this gateway'],
  vxp: ['Trục liên thông văn bản quốc gia', 'the national document axis'],
  provincial: ['Trục liên thông của tỉnh', 'the provincial document axis'],
  'national-portal': ['Cổng Dịch vụ công quốc gia', 'the National Public Service Portal'],
  'judicial-records': ['hệ thống lý lịch tư pháp (Bộ Tư pháp)', 'the judicial records system'],
  api: ['API', 'the API'],
  'vxp-server': ['phần mềm quản lý văn bản của cơ quan', "the agency's document system"],
  paper: ['hồ sơ giấy đã số hoá', 'digitised paper'],
} as const satisfies Readonly<
  Record<
    (typeof AGENCY_SYSTEMS)[number] | 'national-portal' | 'judicial-records' | 'api' | 'vxp-server' | 'paper',
    Pair
  >
>;

/** What happened, as one sentence. `{recipient}` and other names are filled from the event. */
export const EVENTS: Readonly<Record<EventType, Coded>> = {
  accepted: {
    words: [
      'Tiếp nhận gói tin qua {origin} ({size}); đã ghi bền vững.',
      'Package accepted through {origin} ({size}) and made durable.',
    ],
    tone: 'plain',
  },
  signed: {
    words: ['Ký số tệp {name} (kiểu ký: {profile}).', 'File {name} signed (profile: {profile}).'],
    tone: 'good',
  },
  'level-completed': {
    words: [
      'Chữ ký trên tệp {name} được nâng lên mức {level} (mức cần có: {wantedLevel}).',
      'The signature on file {name} was raised to level {level} (wanted: {wantedLevel}).',
    ],
    tone: 'good',
  },
  checked: { words: ['Kiểm tra quy cách gói tin.', 'Form of the package checked.'], tone: 'plain' },
  verified: {
    words: ['Kiểm tra chữ ký số trên tệp {name}.', 'Signatures of file {name} checked.'],
    tone: 'plain',
  },
  routed: {
    words: ['Xếp hàng gửi tới {recipient} qua {system}.', 'Queued for {recipient} through {system}.'],
    tone: 'plain',
  },
  available: {
    words: ['Đưa vào hộp đến của {recipient}.', 'Put into the inbox of {recipient}.'],
    tone: 'good',
  },
  fetched: { words: ['{recipient} đã mở lấy văn bản.', '{recipient} fetched the document.'], tone: 'good' },
  held: {
    words: [
      'Tạm chưa gửi tới {recipient} qua {system}.',
      'Sending to {recipient} through {system} is on hold.',
    ],
    tone: 'wait',
  },
  'attempt-failed': {
    words: [
      'Gửi tới {recipient} chưa được (lần {attempt}).',
      'Sending to {recipient} failed (attempt {attempt}).',
    ],
    tone: 'wait',
  },
  sent: {
    words: [
      'Gửi tới {recipient}; hệ thống bên kia cấp mã {remoteId}.',
      'Sent to {recipient}; the other system gave it the id {remoteId}.',
    ],
    tone: 'plain',
  },
  'sent-reconciled': {
    words: [
      'Đối chiếu: hệ thống bên kia đã có gói tin gửi {recipient} (mã {remoteId}); không gửi lần hai.',
      'Reconciled: the other system already has the package for {recipient} (id {remoteId}); not sent twice.',
    ],
    tone: 'plain',
  },
  delivered: { words: ['{recipient} đã nhận được.', '{recipient} has it.'], tone: 'good' },
  'status-received': {
    words: ['{recipient} trả lời: {status}.', '{recipient} answered: {status}.'],
    tone: 'plain',
  },
  'status-late': {
    words: [
      '{recipient} trả lời muộn hoặc lặp lại: {status}; trạng thái giữ nguyên.',
      '{recipient} answered late or again: {status}; the state stays.',
    ],
    tone: 'plain',
  },
  'payload-removed': {
    words: [
      'Nội dung gói tin được xoá sau {days} ngày theo thời hạn lưu; nhật ký và chứng cứ được giữ lại.',
      'The content was removed after {days} days, the end of its retention; timeline and proof stay.',
    ],
    tone: 'plain',
  },
  'status-sent': {
    words: ['Gửi trả lời tới cơ quan gửi: {status}.', 'Answer sent to the sender: {status}.'],
    tone: 'plain',
  },
  'recall-requested': {
    words: [
      'Yêu cầu {recipient} cho {purpose} văn bản; chờ trả lời.',
      'Asked {recipient} to let the document be changed ({purpose}); an answer is awaited.',
    ],
    tone: 'wait',
  },
  'recall-agreed': {
    words: ['{recipient} đồng ý {purpose} văn bản.', '{recipient} agreed ({purpose}).'],
    tone: 'good',
  },
  flagged: {
    words: ['Chữ ký chưa đạt yêu cầu của {recipient}.', 'The signatures are not what {recipient} asks for.'],
    tone: 'bad',
  },
  'recall-refused': {
    words: ['{recipient} không đồng ý {purpose} văn bản.', '{recipient} did not agree ({purpose}).'],
    tone: 'bad',
  },
  withdrawn: {
    words: ['Văn bản gửi {recipient} đã được rút lại.', 'The document for {recipient} was withdrawn.'],
    tone: 'plain',
  },
  refused: { words: ['{recipient} không nhận.', '{recipient} did not take it.'], tone: 'bad' },
  parked: {
    words: [
      'Dừng gửi tới {recipient}; cần người xử lý.',
      'Sending to {recipient} stopped; a person is needed.',
    ],
    tone: 'bad',
  },
  'retried-by-operator': {
    words: ['Yêu cầu gửi lại tới {recipient}.', 'Asked to send again to {recipient}.'],
    tone: 'plain',
  },
  'arrival-settled': {
    words: ['Đã xử lý xong gói tin không chuyển được.', 'The arrival was dealt with.'],
    tone: 'good',
  },
  'arrival-reopened': {
    words: ['Mở lại gói tin không chuyển được.', 'The arrival was taken up again.'],
    tone: 'wait',
  },
  'duplicate-refused': { words: ['Từ chối một bản trùng.', 'A duplicate was refused.'], tone: 'plain' },
  'ocr-done': { words: ['Nhận dạng xong bản quét {name}.', 'Scan {name} read.'], tone: 'plain' },
  'portal-synced': {
    words: ['Đồng bộ lên Cổng Dịch vụ công quốc gia.', 'Synchronised to the National Public Service Portal.'],
    tone: 'good',
  },
  'portal-state': {
    words: [
      'Cập nhật trạng thái trên Cổng Dịch vụ công quốc gia: {state}.',
      'State on the National Public Service Portal: {state}.',
    ],
    tone: 'plain',
  },
  'ministry-received': {
    words: ['Hệ thống của bộ đã nhận hồ sơ.', "The ministry's system has the dossier."],
    tone: 'good',
  },
  'ministry-state': {
    words: ['Hệ thống của bộ báo trạng thái: {state}.', "The ministry's system says: {state}."],
    tone: 'plain',
  },
  'result-received': { words: ['Nhận kết quả giải quyết.', 'The result arrived.'], tone: 'good' },
  'result-verified': {
    words: ['Kiểm tra chữ ký số trên kết quả.', 'Signatures of the result checked.'],
    tone: 'plain',
  },
  'personal-data-read': {
    words: ['Xem thông tin cá nhân của chủ hồ sơ.', "The applicant's personal data were read."],
    tone: 'plain',
  },
};

/** TrangThaiHoSo 1–10 (DongBoHoSoMC). */
export const DOSSIER_STATES: Readonly<Record<number, Coded>> = {
  1: { words: ['Mới đăng ký', 'Newly submitted'], tone: 'wait' },
  2: { words: ['Được tiếp nhận', 'Received'], tone: 'wait' },
  3: { words: ['Không được tiếp nhận', 'Not accepted'], tone: 'bad' },
  4: { words: ['Đang xử lý', 'Being processed'], tone: 'wait' },
  5: { words: ['Yêu cầu bổ sung giấy tờ', 'More papers asked for'], tone: 'wait' },
  6: { words: ['Yêu cầu thực hiện nghĩa vụ tài chính', 'Payment asked for'], tone: 'wait' },
  7: { words: ['Công dân yêu cầu rút hồ sơ', 'Withdrawn by the applicant'], tone: 'plain' },
  8: { words: ['Dừng xử lý', 'Stopped'], tone: 'bad' },
  9: { words: ['Đã xử lý xong', 'Finished'], tone: 'good' },
  10: { words: ['Đã trả kết quả', 'Result returned'], tone: 'good' },
};

/** Signing profiles (exchange/document.ts). */
export const PROFILES: Readonly<Record<string, Pair>> = {
  plain: ['thường', 'plain'],
  leader: ['người có thẩm quyền', 'leader'],
  agency: ['cơ quan', 'agency'],
  copy: ['sao y', 'certified copy'],
  appendix: ['phụ lục', 'appendix'],
  incoming: ['văn bản đến', 'incoming document'],
  issue: ['cấp số, ngày ban hành', 'number and date'],
};
