/** Why a certificate is not taken into, or out of, a trust set. */

const MESSAGES = {
  TRUST_FILE_UNREADABLE: [
    'Tệp không chứa chứng thư số đọc được (DER, PEM hoặc .p7b).',
    'The file holds no certificate that can be read (DER, PEM or .p7b).',
  ],
  TRUST_NOT_PINNED: [
    'Chứng thư số này không có trong danh sách ghim (certs/anchors.json). Hãy lấy dấu vân tay SHA-256 từ cơ quan cấp qua một kênh khác, đối chiếu, rồi nhập lại với --fingerprint.',
    'This certificate is not among the pinned ones (certs/anchors.json). Obtain its SHA-256 fingerprint from the authority by another way, compare, and give it with --fingerprint.',
  ],
  TRUST_FINGERPRINT_MISMATCH: [
    'Dấu vân tay SHA-256 đã gõ không phải của chứng thư số trong tệp. Không nhập gì.',
    'The SHA-256 fingerprint typed is not that of the certificate in the file. Nothing was imported.',
  ],
  TRUST_SET_NAME_INVALID: [
    'Tên bộ tin cậy chỉ gồm chữ thường không dấu, chữ số và gạch nối, ví dụ public-service.',
    'The name of a trust set is made of a-z, 0-9 and hyphens, for example public-service.',
  ],
  TRUST_SET_NEEDED: [
    'Chứng thư số không được ghim: hãy nói nhập vào bộ nào (--set).',
    'The certificate is not pinned: say which set it goes into (--set).',
  ],
  TRUST_OTHER_SET: [
    'Chứng thư số được ghim thuộc bộ khác; muốn đưa vào bộ này phải xác nhận bằng --fingerprint.',
    'The certificate is pinned for another set; to put it into this one confirm it with --fingerprint.',
  ],
  TRUST_TEST_ONLY: [
    'Chứng thư số của PKI thử nghiệm chỉ được nhập vào bộ "test".',
    'A certificate of the test PKI may only go into the set "test".',
  ],
  TRUST_NOT_A_CA: [
    'Chứng thư số này không phải của một CA nên không thể làm neo tin cậy.',
    'This is not the certificate of a CA and can be no trust anchor.',
  ],
  TRUST_NOT_FOUND: [
    'Không có chứng thư số nào như vậy trong các bộ tin cậy.',
    'There is no such certificate in the trust sets.',
  ],
} as const satisfies Record<string, readonly [vi: string, en: string]>;

/** Codes of {@link TrustError}. */
export type TrustErrorCode = keyof typeof MESSAGES;

/** A refusal, with its words in both languages. */
export class TrustError extends Error {
  readonly code: TrustErrorCode;
  readonly vi: string;
  readonly en: string;

  constructor(code: TrustErrorCode, options: { cause?: unknown } = {}) {
    const [vi, en] = MESSAGES[code];
    super(en, options);
    this.name = 'TrustError';
    this.code = code;
    this.vi = vi;
    this.en = en;
  }
}
