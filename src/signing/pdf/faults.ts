/** Faults and remarks of PDF signatures, each with its sentence in both languages. */
import type { Message, SignatureFacts } from '../facts.ts';

const TEXT = {
  PDF_BYTERANGE_INVALID: ['/ByteRange thiếu hoặc không hợp lệ.', '/ByteRange is missing or not valid.'],
  PDF_BYTERANGE_HOLE: [
    'Vùng không được ký không trùng khít với /Contents.',
    'The unsigned gap is not exactly the /Contents string.',
  ],
  PDF_CONTENTS_INVALID: ['/Contents rỗng hoặc không hợp lệ.', '/Contents is empty or not valid.'],
  PDF_KEYS_REPEATED: ['Từ điển chữ ký có khóa lặp lại.', 'The signature dictionary repeats a key.'],
  PDF_COVERAGE_BROKEN: [
    'Phần được ký không phải là một phiên bản trọn vẹn của tệp.',
    'The signed octets are not a complete revision of the file.',
  ],
  PDF_RANGES_OVERLAP: ['Hai chữ ký dùng chung một vùng chữ ký.', 'Two signatures share one gap.'],
  PDF_SUBFILTER_UNKNOWN: [
    'Loại chữ ký (SubFilter) không được hỗ trợ.',
    'The kind of signature (SubFilter) is not supported.',
  ],
  PDF_CMS_INVALID: [
    'Không giải mã được chữ ký trong /Contents.',
    'The signature in /Contents cannot be decoded.',
  ],
  PDF_CHANGED_AFTER_SIGNING: [
    'Tệp bị thay đổi sau khi ký, ngoài phạm vi được phép.',
    'The file was changed after signing beyond what is allowed.',
  ],
  PDF_STRUCTURE_BROKEN: [
    'Cấu trúc tệp PDF bị hỏng sau phần được ký.',
    'The structure of the file is damaged after the signed part.',
  ],
  PDF_DIGEST_IN_CONTENT: ['Chữ ký kiểu cũ adbe.pkcs7.sha1.', 'An old adbe.pkcs7.sha1 signature.'],
  PDF_NOT_PADES: [
    'Chữ ký không gắn chứng thư số theo ESS nên không phải PAdES cơ bản.',
    'No ESS attribute binds the certificate, so it is not a PAdES baseline signature.',
  ],
  PDF_SIGNING_TIME_IN_CMS: [
    'CMS có thuộc tính signingTime mà PAdES không cho phép.',
    'The CMS holds a signingTime attribute, which PAdES forbids.',
  ],
  PDF_TIMESTAMP_UNUSABLE: [
    'Dấu thời gian tài liệu không dùng được.',
    'A document time-stamp cannot be used.',
  ],
} as const satisfies Record<string, readonly [string, string]>;

/** Codes of PDF faults and remarks. */
export type PdfFaultCode = keyof typeof TEXT;

/** A fault of level `error`. */
export function pdfFault(code: PdfFaultCode, subIndication?: string): SignatureFacts['formatFaults'][number] {
  const [vi, en] = TEXT[code];
  return { code, level: 'error', vi, en, ...(subIndication === undefined ? {} : { subIndication }) };
}

/** A remark. */
export function pdfRemark(code: PdfFaultCode, level: Message['level'] = 'warning'): Message {
  const [vi, en] = TEXT[code];
  return { code, level, vi, en };
}
