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
    'Chữ ký PDF mang nội dung bên trong.',
    'The PDF signature carries content of its own.',
  ],
  CMS_CERTIFICATE_MISSING: [
    'Chữ ký CAdES không mang chứng thư số mà nó nêu.',
    'The CAdES signature does not carry the certificate it names.',
  ],
  CMS_NO_SIGNERS: ['Chữ ký không có người ký nào.', 'The message has no SignerInfo.'],
} as const satisfies Record<string, readonly [string, string]>;

/** Codes of CMS faults. */
export type CmsFaultCode = keyof typeof TEXT;

/** Builds one fault of level `error`. */
export function cmsFault(code: CmsFaultCode, subIndication?: string): FormatFault {
  const [vi, en] = TEXT[code];
  return { code, level: 'error', vi, en, ...(subIndication === undefined ? {} : { subIndication }) };
}
