/** The one error class of the signing module: a closed list of codes, each with its words in both languages. */

const MESSAGES = {
  KEY_FILE_INVALID: ['Tệp khóa PKCS#12 không đọc được.', 'The PKCS#12 key file cannot be read.'],
  KEY_FILE_TOO_LARGE: ['Tệp khóa vượt giới hạn cho phép.', 'The key file is over the allowed limits.'],
  KEY_WRONG_PASSPHRASE: ['Sai mật khẩu của tệp khóa.', 'The passphrase of the key file is wrong.'],
  KEY_NOT_FOUND: [
    'Tệp khóa không có khóa bí mật cùng chứng thư số.',
    'The key file has no private key with its certificate.',
  ],
  KEY_TOO_WEAK: [
    'Khóa quá yếu (RSA dưới 2048 bit hoặc ECDSA dưới 256 bit).',
    'The key is too weak (RSA under 2048 bits or ECDSA under 256 bits).',
  ],
  KEY_UNSUPPORTED: [
    'Loại khóa hoặc cách mã hóa chưa được hỗ trợ.',
    'The kind of key or its encryption is not supported.',
  ],
  KEY_CLOSED: ['Khóa đã được đóng.', 'The key has been closed.'],
  KEY_URI_INVALID: ['Địa chỉ khóa ký không đúng quy cách.', 'The address of the key is not well formed.'],
  KEY_PIN_IN_URI: [
    'Không nhận mã PIN trong địa chỉ khóa: mã sẽ lộ ra ở dòng lệnh, nhật ký và tệp cấu hình.',
    'A PIN is not taken from the key’s address: it would show in process lists, histories and configuration.',
  ],
  KEY_PIN_MISSING: [
    'Chưa có mật khẩu hoặc mã PIN của khoá: ghi vào tệp (--pass-file, passFile), biến LIENTHONG_KEY_PIN, hoặc chạy lệnh ở cửa sổ dòng lệnh để được hỏi.',
    'There is no passphrase or PIN for the key: put it into a file (--pass-file, passFile) or LIENTHONG_KEY_PIN, or run the command at a terminal to be asked.',
  ],
  KEY_PIN_WRONG: [
    'Sai mã PIN của thiết bị; phần mềm không tự thử lại để tránh khóa thiết bị.',
    'The PIN of the token is wrong; it is not tried again, so as not to lock the token.',
  ],
  KEY_PIN_LAST_TRY: [
    'Thiết bị đã nhận mã PIN sai; nhập sai lần nữa có thể khóa thiết bị nên phần mềm không tự thử.',
    'The token has seen a wrong PIN; one more could lock it, so none is tried here.',
  ],
  KEY_PIN_LOCKED: ['Thiết bị đã bị khóa mã PIN.', 'The PIN of the token is locked.'],
  KEY_PIN_EXPIRED: ['Mã PIN của thiết bị đã hết hạn.', 'The PIN of the token has expired.'],
  KEY_MODULE_UNAVAILABLE: [
    'Không nạp được thư viện PKCS#11 của thiết bị.',
    'The PKCS#11 module of the token cannot be loaded.',
  ],
  KEY_TOKEN_NOT_FOUND: ['Không tìm thấy thiết bị ký.', 'The token was not found.'],
  KEY_AMBIGUOUS: ['Có nhiều khóa hoặc thiết bị phù hợp.', 'More than one key or token matches.'],
  KEY_TOKEN_UNAVAILABLE: [
    'Thiết bị ký không trả lời; hãy thử lại sau.',
    'The token does not answer; try again later.',
  ],
  REMOTE_LOGIN_REFUSED: [
    'Dịch vụ ký số từ xa không chấp nhận tài khoản của phần mềm.',
    'The signing service refuses the account.',
  ],
  REMOTE_AUTHORISATION_NEEDED: [
    'Người ký cần cho phép (mã PIN, mã OTP) trên dịch vụ ký số từ xa.',
    'The signer has to authorise this with the signing service (PIN, one-time code).',
  ],
  REMOTE_OTP_WRONG: ['Mã OTP sai hoặc đã hết hạn.', 'The one-time code is wrong or has expired.'],
  REMOTE_TOO_MANY: [
    'Một lần cho phép không đủ cho số chữ ký này.',
    'One authorisation does not cover that many signatures.',
  ],
  REMOTE_SIGNING_REFUSED: ['Dịch vụ ký số từ xa từ chối ký.', 'The signing service refuses to sign.'],
  REMOTE_SIGNING_UNAVAILABLE: [
    'Không liên lạc được với dịch vụ ký số từ xa; hãy thử lại sau.',
    'The signing service cannot be reached; try again later.',
  ],
  KEY_SIGNATURE_WRONG: [
    'Chữ ký nhận được không khớp với chứng thư số.',
    'The signature received does not fit the certificate.',
  ],
  CMS_INVALID: ['Chữ ký CMS không đọc được.', 'The CMS signature cannot be decoded.'],
  CMS_TOO_LARGE: ['Chữ ký CMS vượt giới hạn cho phép.', 'The CMS signature is over the allowed limits.'],
  PDF_INVALID: ['Tệp PDF hỏng hoặc không đọc được.', 'The PDF file is damaged or cannot be read.'],
  PDF_TOO_LARGE: ['Tệp PDF vượt giới hạn cho phép.', 'The PDF file is over the allowed limits.'],
  PDF_ENCRYPTED: [
    'Tệp PDF có đặt mật khẩu; cần mật khẩu của chủ tệp (hoặc của người dùng được chủ tệp cho ký).',
    'The PDF file is encrypted; the owner’s password is needed, or that of a user whom the owner lets sign.',
  ],
  PDF_FORM_DYNAMIC: [
    'PDF này là biểu mẫu XFA động: điều người đọc thấy do chương trình vẽ lúc mở, không nằm trong tệp được ký. Hãy in ra PDF thường rồi ký.',
    'This PDF is a dynamic XFA form: what people see is drawn when it is opened and is not in what would be signed. Print it to an ordinary PDF and sign that.',
  ],
  PDF_SIGNING_FORBIDDEN: [
    'Chữ ký chứng nhận (DocMDP) trong tệp không cho phép ký thêm.',
    'A certification signature (DocMDP) in the file forbids further signatures.',
  ],
  PDF_PAGE_NOT_FOUND: ['Không có trang được yêu cầu.', 'The page asked for does not exist.'],
  PDF_FIELD_TAKEN: [
    'Trường chữ ký đã được dùng hoặc không phải trường chữ ký.',
    'The field is already signed or is not a signature field.',
  ],
  SIGNING_ANCHOR_NOT_FOUND: [
    'Không tìm thấy họ tên người ký trên trang.',
    'The name of the signer was not found on the page.',
  ],
  SIGNING_NO_LEADER_SIGNATURE: [
    'Văn bản chưa có chữ ký số của người có thẩm quyền.',
    'The document has no signature of the competent person yet.',
  ],
  SIGNING_NUMBER_MISSING: [
    'Văn bản chưa có số; phải cấp số, ngày ban hành trước khi đóng dấu cơ quan.',
    'The document has no number yet; number and date come before the agency’s seal.',
  ],
  SIGNING_NUMBER_CONFLICT: [
    'Số, ký hiệu hoặc ngày khác với điều đã in trên văn bản.',
    'The number, notation or date differs from what is printed on the document.',
  ],
  SIGNING_ORDER_WRONG: [
    'Văn bản đã có dấu cơ quan; người có thẩm quyền phải ký trước khi đóng dấu.',
    'The agency has sealed the document; competent persons sign before the seal.',
  ],
  SIGNING_EARLIER_BROKEN: [
    'Văn bản có chữ ký đã hỏng nên không ký tiếp.',
    'A signature on the document is broken, so nothing more is signed on it.',
  ],
  SIGNING_CONTAINER_TOO_SMALL: [
    'Chữ ký lớn hơn chỗ dành sẵn.',
    'The signature is larger than the room kept for it.',
  ],
  SIGNING_OPTION_INVALID: ['Tùy chọn ký không hợp lệ.', 'A signing option is not valid.'],
  IMAGE_INVALID: ['Ảnh PNG không đọc được.', 'The PNG image cannot be read.'],
  IMAGE_TOO_LARGE: ['Ảnh PNG vượt giới hạn cho phép.', 'The PNG image is over the allowed limits.'],
  IMAGE_UNFIT: [
    'Ảnh không đúng quy định của NĐ 30/2020 (phụ lục I).',
    'The image is not what NĐ 30/2020 App. I asks for.',
  ],
  FONT_INVALID: ['Phông chữ kèm theo bị hỏng.', 'The bundled font is damaged.'],
  CERTIFICATE_INVALID: ['Chứng thư số không đọc được.', 'The certificate cannot be decoded.'],
  CRL_INVALID: [
    'Danh sách chứng thư bị thu hồi (CRL) không đọc được.',
    'The certificate revocation list cannot be decoded.',
  ],
  OCSP_INVALID: ['Trả lời OCSP không đọc được.', 'The OCSP answer cannot be decoded.'],
  TIMESTAMP_INVALID: [
    'Dấu thời gian không đọc được hoặc không đúng.',
    'The time-stamp token cannot be decoded or is not right.',
  ],
  TSA_UNAVAILABLE: [
    'Không liên lạc được với dịch vụ dấu thời gian.',
    'The time-stamping authority cannot be reached.',
  ],
  TSA_REFUSED: ['Dịch vụ dấu thời gian từ chối yêu cầu.', 'The time-stamping authority refused the request.'],
  XML_INVALID: ['Tệp XML hỏng hoặc không được phép.', 'The XML file is damaged or not allowed.'],
  XML_TOO_LARGE: ['Tệp XML vượt giới hạn cho phép.', 'The XML file is over the allowed limits.'],
  SIGNER_EXPIRED: ['Chứng thư số của người ký đã hết hạn.', 'The signer’s certificate has expired.'],
  SIGNER_NOT_YET_VALID: [
    'Chứng thư số của người ký chưa có hiệu lực.',
    'The signer’s certificate is not yet valid.',
  ],
  SIGNER_REVOKED: ['Chứng thư số của người ký đã bị thu hồi.', 'The signer’s certificate has been revoked.'],
  SIGNER_STATE_UNKNOWN: [
    'Chưa biết tình trạng thu hồi của chứng thư số người ký nên không ký.',
    'The revocation state of the signer’s certificate cannot be had, so nothing is signed.',
  ],
  SIGNER_NOT_ALLOWED: [
    'Chứng thư số của người ký không dùng để ký được.',
    'The signer’s certificate may not be used for signing.',
  ],
  SIGNER_CHAIN_INCOMPLETE: [
    'Chuỗi chứng thư số của người ký không dẫn tới gốc tin cậy nào.',
    'The signer’s certificate chain leads to no trust anchor.',
  ],
  EVIDENCE_UNAVAILABLE: [
    'Chưa lấy được đủ bằng chứng thu hồi (OCSP, CRL) để lưu cùng chữ ký.',
    'The revocation evidence (OCSP, CRL) to be kept with the signature cannot be had in full.',
  ],
  SIGNING_NOTHING_TO_EXTEND: [
    'Tệp không có chữ ký nào để nâng mức.',
    'The file has no signature that could be extended.',
  ],
  SIGNING_RESULT_UNSOUND: [
    'Chữ ký vừa tạo không qua được bước kiểm tra nên không được phát hành.',
    'The signature just made did not pass verification, so it is not released.',
  ],
  PDF_PASSWORD_WRONG: ['Mật khẩu của tệp PDF không đúng.', 'The password of the PDF file is wrong.'],
  PDF_OWNER_FORBIDS: [
    'Chủ tệp PDF không cho phép ký; cần mật khẩu của chủ tệp.',
    'The owner of the PDF file does not allow signing; the owner’s password is needed.',
  ],
  SIGNER_NOT_THIS_PERSON: [
    'Chứng thư số không phải của người hoặc cơ quan được giao ký.',
    'The certificate is not that of the person or agency who is to sign.',
  ],
  SIGNING_RESULT_WRONG: [
    'Chữ ký vừa tạo không qua được bước tự kiểm tra nên không được phát hành.',
    'The signature just made did not pass our own check, so it is not released.',
  ],
  ASIC_INVALID: ['Gói ASiC hỏng hoặc không đọc được.', 'The ASiC container is damaged or cannot be read.'],
  ASIC_TOO_LARGE: ['Gói ASiC vượt giới hạn cho phép.', 'The ASiC container is over the allowed limits.'],
  FORMAT_UNSUPPORTED: [
    'Định dạng chữ ký này chưa được hỗ trợ.',
    'This signature format is not supported yet.',
  ],
  POLICY_INVALID: ['Tệp chính sách kiểm tra không hợp lệ.', 'The validation policy is not valid.'],
} as const satisfies Record<string, readonly [vi: string, en: string]>;

/** Every code a `SigningError` can carry. */
export type SigningErrorCode = keyof typeof MESSAGES;

/** Structured facts about an error; never personal data, never secrets. */
export type SigningErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** All codes, for the tests and tables that must stay equal to the union. */
export const SIGNING_ERROR_CODES = Object.keys(MESSAGES) as readonly SigningErrorCode[];

/** A failure of signing, or of reading a signature container at all (a bad signature is a report, not an error). */
export class SigningError extends Error {
  readonly code: SigningErrorCode;
  readonly details: SigningErrorDetails;
  /** The Vietnamese sentence to show. */
  readonly vi: string;
  /** The English sentence to show. */
  readonly en: string;

  /** @param options.cause the error underneath, kept for the log. */
  constructor(code: SigningErrorCode, options: { cause?: unknown; details?: SigningErrorDetails } = {}) {
    const [vi, en] = MESSAGES[code];
    const reason = options.details?.['reason'];
    super(
      reason === undefined ? en : `${en} (${String(reason)})`,
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.name = 'SigningError';
    this.code = code;
    this.details = options.details ?? {};
    this.vi = vi;
    this.en = en;
  }
}
