/** Sentences of the report, in both languages: what was found wrong, or worth knowing, about a signature. */
import type { Message } from './facts.ts';

const TEXT = {
  HASH_MISMATCH: ['Nội dung đã bị thay đổi sau khi ký.', 'The content was changed after signing.'],
  SIGNATURE_WRONG: [
    'Giá trị chữ ký không đúng với khóa của người ký.',
    'The signature value does not verify with the signer’s key.',
  ],
  SIGNATURE_UNVERIFIED: ['Không kiểm tra được giá trị chữ ký.', 'The signature value could not be checked.'],
  CONTENT_NOT_COVERED: [
    'Chữ ký không bao phủ tệp được gửi kèm để kiểm tra.',
    'The signature does not cover a file that was given with it.',
  ],
  CONTENT_MISSING: ['Không có nội dung được ký để kiểm tra.', 'The signed content is not at hand.'],
  NO_SIGNER_CERTIFICATE: [
    'Không tìm thấy chứng thư số của người ký.',
    'The signer’s certificate was not found.',
  ],
  KEY_WITHOUT_CERTIFICATE: [
    'Chữ ký chỉ kèm khóa công khai, không có chứng thư số: không biết ai đã ký.',
    'The signature carries a bare public key and no certificate: nobody knows whose it is.',
  ],
  SIGNER_CERTIFICATE_NOT_BOUND: [
    'Thuộc tính được ký chỉ đến một chứng thư số khác.',
    'A signed attribute points at another certificate.',
  ],
  CHANGED_AFTER_SIGNING: [
    'Tệp có thay đổi không được phép sau khi ký.',
    'The file has changes after signing that are not allowed.',
  ],
  CHAIN_CERTIFICATE_INVALID: [
    'Chứng thư số của người ký không đọc được.',
    'The signer’s certificate cannot be decoded.',
  ],
  CHAIN_NO_PATH: [
    'Không có đường dẫn tin cậy từ chứng thư số đến gốc được tin cậy.',
    'No path leads from the certificate to a trust anchor.',
  ],
  CHAIN_SIGNATURE_INVALID: [
    'Chữ ký trên một chứng thư số không đúng.',
    'The signature on a certificate does not verify.',
  ],
  CHAIN_NOT_YET_VALID: [
    'Chứng thư số chưa có hiệu lực vào thời điểm ký.',
    'A certificate was not yet valid at the time of signing.',
  ],
  CHAIN_EXPIRED: [
    'Chứng thư số đã hết hạn vào thời điểm ký.',
    'A certificate had expired by the time of signing.',
  ],
  CHAIN_NAME_CHAINING: [
    'Tên trong chuỗi chứng thư số không khớp.',
    'The names in the certificate chain do not follow each other.',
  ],
  CHAIN_NAME_CONSTRAINTS: [
    'Tên trong chứng thư số nằm ngoài phạm vi được phép.',
    'A name in a certificate is outside what its issuer may certify.',
  ],
  CHAIN_POLICY: [
    'Chính sách chứng thư không đáp ứng yêu cầu.',
    'The certificate policies do not meet what is asked.',
  ],
  CHAIN_NOT_A_CA: [
    'Chứng thư số cấp trên không phải của CA.',
    'An issuing certificate is not a CA certificate.',
  ],
  CHAIN_PATH_LENGTH: [
    'Chuỗi chứng thư số dài hơn mức CA cho phép.',
    'The certificate chain is longer than the CA allows.',
  ],
  CHAIN_KEY_USAGE: [
    'Mục đích sử dụng khóa không cho phép việc này.',
    'The key usage does not allow this use.',
  ],
  CHAIN_KEY_PURPOSE: [
    'Mục đích mở rộng của chứng thư số không phù hợp.',
    'The extended key usage does not fit.',
  ],
  CHAIN_NAME_MISMATCH: [
    'Chứng thư số không mang tên được yêu cầu.',
    'The certificate does not carry the name asked for.',
  ],
  CHAIN_UNKNOWN_CRITICAL_EXTENSION: [
    'Chứng thư số có phần mở rộng bắt buộc không nhận biết được.',
    'A certificate has a critical extension that is not known.',
  ],
  CHAIN_REVOKED: ['Chứng thư số đã bị thu hồi.', 'A certificate has been revoked.'],
  CHAIN_REVOCATION_UNKNOWN: [
    'Chưa biết tình trạng thu hồi của chứng thư số: không có CRL hoặc OCSP dùng được.',
    'The revocation state of a certificate is not known: no usable CRL or OCSP answer.',
  ],
  CHAIN_LIMIT_EXCEEDED: [
    'Chuỗi chứng thư số vượt giới hạn xử lý.',
    'The certificate chain is over the limits of processing.',
  ],
  WEAK_ALGORITHM: [
    'Thuật toán hoặc độ dài khóa không còn an toàn.',
    'An algorithm or key size is no longer secure.',
  ],
  WEAK_ALGORITHM_TOLERATED: [
    'Thuật toán hoặc độ dài khóa đã yếu theo tiêu chuẩn hiện nay; chính sách vẫn chấp nhận.',
    'An algorithm or key size is weak by today’s standard; the policy lets it pass.',
  ],
  REVOCATION_NOT_OFFERED: [
    'CA không công bố nơi tra cứu thu hồi cho chứng thư số này.',
    'The CA names no place where the revocation of this certificate could be looked up.',
  ],
  CERTIFICATE_NOT_BOUND: [
    'Chữ ký không gắn chứng thư số của người ký vào phần được ký.',
    'No signed attribute binds the signer’s certificate.',
  ],
  TIMESTAMP_BAD: ['Dấu thời gian không dùng được.', 'A time-stamp cannot be relied on.'],
  TIMESTAMP_ORDER: ['Thứ tự các dấu thời gian không hợp lý.', 'The order of the time-stamps makes no sense.'],
  NO_PROOF_OF_TIME: [
    'Không có dấu thời gian: thời điểm ký chỉ là lời khai của người ký.',
    'There is no time-stamp: the time of signing is only what the signer claims.',
  ],
  CLAIMED_TIME_LOCAL: [
    'Thời điểm người ký khai nhanh hơn thực tế khoảng 7 giờ: phần mềm ký đã ghi giờ Việt Nam như giờ UTC. Điều này không ảnh hưởng kết quả kiểm tra.',
    'The claimed time is about seven hours ahead: the signing tool wrote Vietnam time as if it were UTC. This does not change the verdict.',
  ],
  CLAIMED_TIME_AHEAD: [
    'Thời điểm người ký khai muộn hơn thời điểm đã chứng thực: lời khai này không đúng.',
    'The claimed time is later than what is proved: the claim is wrong.',
  ],
  PARTLY_COVERED: ['Chữ ký chỉ bao phủ một phần của tệp.', 'The signature covers only a part of the file.'],
  EARLIER_REVISION: ['Tệp có phần được thêm sau chữ ký này.', 'The file has additions after this signature.'],
  FORMAT_UNREADABLE: ['Chữ ký trong tệp không đọc được.', 'The signature in the file cannot be read.'],
  LEVEL_NOT_REACHED: [
    'Chưa đạt được mức chữ ký yêu cầu; sẽ được nâng sau khi dịch vụ hoạt động lại.',
    'The level wanted is not reached yet; the signature can be raised once the service is back.',
  ],
  SEAL_SIZE_ASSUMED: [
    'Tệp ảnh con dấu không ghi kích thước thật; đã vẽ rộng 36 mm. Hãy ghi bề rộng thật (--image-width-mm, imageWidthMm) hoặc quét lại để PNG có pHYs.',
    'The seal’s image does not say its real size; it was drawn 36 mm wide. State the width (--image-width-mm, imageWidthMm) or keep the scale in the PNG (pHYs).',
  ],
  SIGNED_WITH_STATE_UNKNOWN: [
    'Đã ký khi chưa biết tình trạng thu hồi của chứng thư số, theo yêu cầu.',
    'Signed without knowing the revocation state of the certificate, as asked.',
  ],
} as const satisfies Record<string, readonly [vi: string, en: string]>;

/** Codes of the sentences the judge speaks. */
export type ReportCode = keyof typeof TEXT;

/** One sentence of the report; `detail` (English, technical) is added in brackets to both languages. */
export function say(code: ReportCode, level: Message['level'], detail = ''): Message {
  const [vi, en] = TEXT[code];
  const tail = detail === '' ? '' : ` (${detail})`;
  return { code, level, vi: `${vi}${tail}`, en: `${en}${tail}` };
}
