/** Structural faults of a CMS message, each with its sentence in both languages. */
import type { SignatureFacts } from '../facts.ts';

/** A fault as `SignatureFacts` carries it. */
export type FormatFault = SignatureFacts['formatFaults'][number];

const TEXT = {
  CMS_NO_SIGNED_ATTRIBUTES: [
    'Chữ ký không có thuộc tính được ký.',
    'The signature has no signed attributes.',
  ],
  CMS_ATTRIBUTE_REPEATED: [
    'Một thuộc tính được ký xuất hiện nhiều lần.',
    'A signed attribute appears more than once.',
  ],
  CMS_CONTENT_TYPE_MISMATCH: [
    'Thuộc tính contentType thiếu hoặc sai.',
    'The contentType attribute is missing or wrong.',
  ],
  CMS_NO_MESSAGE_DIGEST: ['Thiếu thuộc tính messageDigest.', 'The messageDigest attribute is missing.'],
  CMS_DIGEST_UNKNOWN: ['Thuật toán băm không được hỗ trợ.', 'The digest algorithm is not supported.'],
  CMS_SIGNATURE_ALGORITHM_UNKNOWN: [
    'Thuật toán ký không được hỗ trợ.',
    'The signature algorithm is not supported.',
  ],
  CMS_ALGORITHMS_DISAGREE: [
    'Thuật toán băm khai báo khác với thuật toán ký.',
    'The declared digest algorithm disagrees with the signature algorithm.',
  ],
  CMS_CONTENT_LOOKS_LIKE_ATTRIBUTES: [
    'Nội dung có dạng thuộc tính được ký của một chữ ký khác.',
    'The content has the form of another signature’s signed attributes.',
  ],
  CMS_MULTIPLE_SIGNERS: [
    'Nhiều người ký trong một chữ ký PDF.',
    'More than one SignerInfo in a PDF signature.',
  ],
  CMS_CONTENT_NOT_DETACHED: [
    'Chữ ký mang nội dung bên trong, trong khi nội dung được ký phải nằm bên ngoài.',
    'The signature carries content of its own where what it signs must be outside.',
  ],
  CMS_CERTIFICATE_MISSING: [
    'Chữ ký CAdES không mang chứng thư số mà nó nêu.',
    'The CAdES signature does not carry the certificate it names.',
  ],
  CMS_NO_SIGNERS: ['Chữ ký không có người ký nào.', 'The message has no SignerInfo.'],
} as const satisfies Record<string, readonly [string, string]>;

const REMARKS = {
  CMS_EVIDENCE_RECORD: [
    'Có hồ sơ bằng chứng lưu trữ (RFC 4998); phần mềm chưa dùng nó làm chứng cứ thời gian.',
    'There is an evidence record (RFC 4998); it is not used as a proof of time.',
  ],
  CMS_OLD_ARCHIVE_TIMESTAMP: [
    'Có dấu thời gian lưu trữ kiểu đầu tiên (archive-time-stamp); không dùng làm chứng cứ thời gian.',
    'There is an archive time-stamp of the first form; it is not used as a proof of time.',
  ],
} as const satisfies Record<string, readonly [string, string]>;

/** Something found that changes no verdict. */
export function cmsRemark(code: keyof typeof REMARKS): Omit<FormatFault, 'subIndication'> {
  const [vi, en] = REMARKS[code];
  return { code, level: 'info', vi, en };
}

/** Codes of CMS faults. */
export type CmsFaultCode = keyof typeof TEXT;

/** Builds one fault of level `error`. */
export function cmsFault(code: CmsFaultCode, subIndication?: string): FormatFault {
  const [vi, en] = TEXT[code];
  return { code, level: 'error', vi, en, ...(subIndication === undefined ? {} : { subIndication }) };
}
