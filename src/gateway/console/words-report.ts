/** Words of the signature report and of the scripts; the browser gets them as one small module per language. */
import type { Pair } from './words-codes.ts';

/** Sentences of assets/*.js and of the report on both sides. */
export const REPORT_WORDS = {
  'sentence.passed': [
    'Hợp lệ: chữ ký số trên tệp đúng, nội dung không bị sửa sau khi ký.',
    'Valid: the signatures are right and the content was not changed after signing.',
  ],
  'sentence.failed': ['Không hợp lệ: {reason}', 'Not valid: {reason}'],
  'sentence.indeterminate': ['Chưa kết luận được: {reason}', 'Not conclusive: {reason}'],
  'sentence.none': ['Tệp này không có chữ ký số nào.', 'This file carries no digital signature.'],
  'reason.unknown': ['không rõ lý do.', 'no reason given.'],
  'verdict.TOTAL-PASSED': ['Hợp lệ', 'Valid'],
  'verdict.TOTAL-FAILED': ['Không hợp lệ', 'Not valid'],
  'verdict.INDETERMINATE': ['Chưa kết luận được', 'Not conclusive'],
  'verdict.NO-SIGNATURE': ['Không có chữ ký', 'No signature'],
  'report.signature': ['Chữ ký {n}', 'Signature {n}'],
  'report.signer': ['Người ký', 'Signer'],
  'report.organisation': ['Cơ quan, tổ chức', 'Organisation'],
  'report.uid': ['Mã định danh (UID)', 'Identifier (UID)'],
  'report.issuer': ['Nơi cấp chứng thư', 'Certificate issued by'],
  'report.serial': ['Số chứng thư', 'Certificate number'],
  'report.format': ['Dạng chữ ký', 'Signature format'],
  'report.trustedTime': [
    'Thời điểm ký (có dấu thời gian chứng thực)',
    'Time of signing (proved by a time-stamp)',
  ],
  'report.claimedTime': ['Thời điểm ký (người ký tự khai)', 'Time of signing (as claimed by the signer)'],
  'report.noTime': ['không có', 'none'],
  'report.coverage': ['Phạm vi ký', 'What is covered'],
  'coverage.whole-document': ['toàn bộ tệp', 'the whole file'],
  'coverage.earlier-revision': [
    'toàn bộ tệp lúc ký; sau đó tệp có phần thêm vào',
    'the whole file as it was when signed; something was added later',
  ],
  'coverage.partial': ['chỉ một phần của tệp', 'only a part of the file'],
  'coverage.external': ['nội dung nằm ngoài tệp chữ ký', 'content outside the signature file'],
  'report.changes': ['Thay đổi sau khi ký', 'Changes after signing'],
  'report.noChanges': ['không có', 'none'],
  'change.allowed': ['được phép', 'allowed'],
  'change.forbidden': ['không được phép', 'not allowed'],
  'change.signature-added': ['thêm chữ ký', 'signature added'],
  'change.dss-added': ['thêm dữ liệu xác minh', 'validation data added'],
  'change.timestamp-added': ['thêm dấu thời gian', 'time-stamp added'],
  'change.form-filled': ['điền biểu mẫu', 'form filled in'],
  'change.annotation-added': ['thêm chú thích', 'annotation added'],
  'change.page-content-changed': ['sửa nội dung trang', 'page content changed'],
  'change.trailing-bytes': ['thêm dữ liệu ở cuối tệp', 'bytes added at the end'],
  'report.chain': ['Chuỗi chứng thư', 'Certificate chain'],
  'report.timestamps': ['Dấu thời gian', 'Time-stamps'],
  'revocation.good': ['còn hiệu lực', 'not revoked'],
  'revocation.revoked': ['đã bị thu hồi', 'revoked'],
  'revocation.unknown': ['chưa rõ tình trạng thu hồi', 'revocation not known'],
  'revocation.not-needed': ['gốc tin cậy', 'trust anchor'],
  'report.more': ['Chi tiết kỹ thuật', 'Technical details'],
  'report.file': ['Tệp', 'File'],
  'verify.working': ['Đang kiểm tra {name}…', 'Checking {name}…'],
  'verify.tooLarge': [
    'Tệp {name} lớn hơn giới hạn {limit}.',
    'File {name} is larger than the limit of {limit}.',
  ],
  'verify.tooMany': [
    'Mỗi lần kiểm tra được nhiều nhất {n} tệp; các tệp sau bị bỏ qua.',
    'At most {n} files at a time; the rest were left out.',
  ],
  'verify.failed': ['Không kiểm tra được {name}: {reason}', '{name} could not be checked: {reason}'],
  'error.network': ['không liên lạc được với máy chủ.', 'the server could not be reached.'],
  'refresh.lost': [
    'Mất liên lạc với máy chủ; đang thử lại. Nội dung dưới đây có thể đã cũ.',
    'The server cannot be reached; trying again. What is shown may be old.',
  ],
  'action.done': ['Đã gửi yêu cầu.', 'Done.'],
  'action.failed': ['Chưa thực hiện được: {reason}', 'Not done: {reason}'],
  'action.needsReason': ['Hãy ghi lý do từ chối.', 'Give the reason for refusing.'],
} as const satisfies Readonly<Record<string, Pair>>;

/** Keys of {@link REPORT_WORDS}. */
export type ReportWord = keyof typeof REPORT_WORDS;
