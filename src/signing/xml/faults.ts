/** Structural faults of XML signatures, each with its sentence in both languages. */
import type { SignatureFacts } from '../facts.ts';

/** A fault as `SignatureFacts` carries it. */
export type XmlFault = SignatureFacts['formatFaults'][number];

const TEXT = {
  XML_SIGNATURE_STRUCTURE: [
    'Cấu trúc phần tử chữ ký sai quy định.',
    'The structure of the Signature element is wrong.',
  ],
  XML_SIGNATURE_NAMESPACE: [
    'Phần tử chữ ký không thuộc không gian tên XML-DSig.',
    'The Signature element is not in the XML-DSig namespace.',
  ],
  XML_ALGORITHM_UNKNOWN: ['Thuật toán không được hỗ trợ.', 'An algorithm is not supported.'],
  XML_SHARED_SECRET: [
    'Mã xác thực dùng khóa chung (HMAC) không phải chữ ký của một người.',
    'A code made with a shared secret (HMAC) is nobody’s signature.',
  ],
  XML_TRANSFORM_REFUSED: ['Phép biến đổi không được phép.', 'A transform is not allowed.'],
  XML_TOO_MANY_TRANSFORMS: [
    'Quá nhiều phép biến đổi trong một tham chiếu.',
    'Too many transforms in one reference.',
  ],
  XML_TOO_MANY_REFERENCES: ['Quá nhiều tham chiếu trong chữ ký.', 'Too many references in the signature.'],
  XML_ID_REPEATED: [
    'Định danh được tham chiếu xuất hiện nhiều lần.',
    'The identifier referred to is used more than once.',
  ],
  XML_REFERENCE_NOT_FOUND: [
    'Không tìm thấy phần tử được tham chiếu.',
    'The element referred to does not exist.',
  ],
  XML_REFERENCE_EXTERNAL: [
    'Tham chiếu ra ngoài tệp không được phép.',
    'A reference outside the file is not allowed.',
  ],
  XML_REFERENCE_MISSING_CONTENT: [
    'Không có tệp nội dung được tham chiếu.',
    'The file referred to is not at hand.',
  ],
  XML_CANONICALIZATION: [
    'Không chuẩn hóa được nội dung được ký.',
    'The signed content cannot be canonicalised.',
  ],
  XML_UNSIGNED_TWIN: [
    'Có phần tử cùng tên không được ký bên cạnh phần tử được ký.',
    'An element of the same name as the signed one is not signed.',
  ],
  XML_REFERENCE_TYPE: [
    'Phần tử được tham chiếu không đúng loại đã khai báo.',
    'The element referred to is not of the declared type.',
  ],
  XML_DOCTYPE: [
    'Tệp XML có khai báo DOCTYPE, không được phép.',
    'The XML file has a document type declaration, which is not allowed.',
  ],
  XADES_COUNTER_SIGNATURE: [
    'Chữ ký đối chứng không ký lên giá trị của chữ ký chính.',
    'The counter-signature does not cover the signature it stands on.',
  ],
  XML_NOTHING_SIGNED: ['Chữ ký không bao phủ nội dung nào.', 'The signature covers no content.'],
  XADES_PROPERTIES_NOT_SIGNED: [
    'Thuộc tính XAdES không được chữ ký bao phủ.',
    'The XAdES properties are not covered by the signature.',
  ],
  XADES_PROPERTIES_STRUCTURE: [
    'Cấu trúc thuộc tính XAdES sai quy định.',
    'The structure of the XAdES properties is wrong.',
  ],
  XADES_MANIFEST: ['Một mục trong bản kê (Manifest) không khớp.', 'An entry of the Manifest does not match.'],
} as const satisfies Record<string, readonly [vi: string, en: string]>;

const REMARKS = {
  XML_PART_NOT_SIGNED: [
    'Trong phần tử chữ ký có nội dung không được ký.',
    'There is content inside the Signature element that is not signed.',
  ],
  XML_MANIFEST_UNCHECKED: [
    'Một mục trong bản kê (Manifest) không kiểm tra được, coi như không được ký.',
    'An entry of the Manifest cannot be checked and counts as not signed.',
  ],
  XML_FILE_RENAMED: [
    'Tệp mang tên khác với tên được ký.',
    'The file has another name than the one that was signed.',
  ],
} as const satisfies Record<string, readonly [vi: string, en: string]>;

/** Something found that changes no verdict by itself; `detail` is technical English or a name. */
export function xmlRemark(code: keyof typeof REMARKS, detail: string): SignatureFacts['remarks'][number] {
  const [vi, en] = REMARKS[code];
  return { code, level: 'warning', vi: `${vi} (${detail})`, en: `${en} (${detail})` };
}

/** Codes of XML faults. */
export type XmlFaultCode = keyof typeof TEXT;

/** Builds one fault of level `error`; `detail` is technical English. */
export function xmlFault(code: XmlFaultCode, detail = '', subIndication?: string): XmlFault {
  const [vi, en] = TEXT[code];
  const tail = detail === '' ? '' : ` (${detail})`;
  const message = { code, level: 'error', vi: `${vi}${tail}`, en: `${en}${tail}` } as const;
  return subIndication === undefined ? message : { ...message, subIndication };
}

/** Stops reading of one signature with a fault; never leaves this folder. */
export class FaultSignal extends Error {
  readonly fault: XmlFault;

  constructor(code: XmlFaultCode, detail = '', subIndication?: string) {
    super(code);
    this.fault = xmlFault(code, detail, subIndication);
  }
}
