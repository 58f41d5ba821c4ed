import { FOREIGN_REASONS_VI } from './xml/foreign.ts';

/** Why a package can't be read or built: what is wrong with the XML itself. */
const XML_MESSAGES = {
  NOT_WELL_FORMED: ['Tệp XML không đúng cú pháp', 'The XML is not well formed'],
  BAD_ENCODING: [
    'Bảng mã của tệp không đọc được: cần UTF-8, hoặc UTF-16 có khai báo đúng',
    'The encoding of the file can’t be read: UTF-8 is wanted, or UTF-16 that is declared rightly',
  ],
  DTD_REFUSED: ['Không chấp nhận khai báo DOCTYPE trong gói tin', 'A DOCTYPE declaration is not accepted'],
  TOO_DEEP: ['Các phần tử lồng nhau quá sâu', 'Elements are nested too deeply'],
  TOO_MANY_ELEMENTS: ['Gói tin có quá nhiều phần tử', 'There are too many elements'],
  TOO_MANY_ATTRIBUTES: ['Một phần tử có quá nhiều thuộc tính', 'An element has too many attributes'],
  FIELD_TOO_LONG: ['Một trường vượt quá độ dài cho phép', 'A field is longer than allowed'],
  TOO_LARGE: ['Gói tin vượt quá dung lượng cho phép', 'The package is larger than allowed'],
  BAD_CHARACTER: ['Giá trị chứa ký tự không được phép trong XML', 'A value holds a character XML forbids'],
  BAD_FIELD: ['Giá trị của một trường không đúng kiểu', 'A field has the wrong type of value'],
} as const satisfies Record<string, readonly [vi: string, en: string]>;

const EDXML_MESSAGES = {
  EDXML_NOT_EDXML: ['Tệp không phải gói tin edXML (QCVN 102)', 'The file is not an edXML package (QCVN 102)'],
  EDXML_BAD_BASE64: ['Nội dung tệp đính kèm không phải base64 hợp lệ', 'The attachment is not valid base64'],
  EDXML_TOO_MANY_ATTACHMENTS: ['Gói tin có quá nhiều tệp đính kèm', 'There are too many attachments'],
  EDXML_ZIP_BOMB: ['Tệp nén giãn nở quá mức cho phép', 'The compressed attachment expands beyond the limit'],
  EDXML_ZIP_UNSAFE_NAME: [
    'Tên tệp trong tệp nén không an toàn: hãy nén riêng tệp, không kèm thư mục, tên không có / \\ : và ký tự điều khiển',
    'The name inside the archive is unsafe: put the file into it without folders, and without / \\ : or control characters in its name',
  ],
  EDXML_ZIP_ENTRIES: [
    'Tệp nén phải chứa đúng một tệp: hãy gửi mỗi tệp thành một tệp đính kèm, hoặc đặt tên tệp đính kèm có đuôi .zip',
    'The archive must hold exactly one file: send each file as an attachment of its own, or name the attachment .zip',
  ],
  EDXML_ZIP_BROKEN: ['Tệp nén bị hỏng hoặc bị cắt cụt', 'The archive is damaged or cut short'],
  EDXML_ZIP_UNSUPPORTED: [
    'Tệp nén dùng mã hóa hoặc phương pháp nén không hỗ trợ',
    'The archive is encrypted or uses an unsupported method',
  ],
  EDXML_ATTACHMENT_MISSING: ['Thiếu nội dung của tệp đính kèm', 'The content of an attachment is missing'],
  EDXML_ATTACHMENT_MISMATCH: [
    'Nội dung tệp đính kèm không khớp với mô tả',
    'The attachment is not the one its metadata describes',
  ],
} as const satisfies Record<string, readonly [vi: string, en: string]>;

const DOSSIER_MESSAGES = {
  DOSSIER_NOT_DOSSIER: ['Tệp không phải gói tin hồ sơ', 'The file is not a dossier package'],
} as const satisfies Record<string, readonly [vi: string, en: string]>;

/** Vietnamese for the reasons people meet most; the parser's own reasons stay in English. */
const REASONS_VI: Record<string, string> = {
  ...FOREIGN_REASONS_VI,
  'the file is empty': 'tệp rỗng',
  'the file is a SOAP envelope: send the <edXML> element as a file of its own':
    'tệp là phong bì SOAP: gửi riêng phần tử <edXML> thành một tệp',
  'edXML of the first generation (CV 2803/BTTTT-THH); the axis takes QCVN 102:2016':
    'edXML thế hệ đầu (CV 2803/BTTTT-THH); trục nhận gói tin theo QCVN 102:2016',
  'text before the XML declaration': 'có ký tự trước khai báo XML',
  'unexpected end of file': 'tệp bị cắt cụt',
  'unclosed tag': 'thẻ chưa đóng',
  'text data outside of root node.': 'có ký tự nằm ngoài phần tử gốc',
  'element missing': 'thiếu phần tử',
  'unexpected end.': 'tệp bị cắt cụt',
  'disallowed character.': 'có ký tự không được phép',
  'disallowed character in attribute name.': 'tên thuộc tính có ký tự không được phép',
  'disallowed character in attribute value.': 'giá trị thuộc tính có ký tự không được phép',
  'disallowed character in tag name.': 'tên thẻ có ký tự không được phép',
  'unquoted attribute value.': 'giá trị thuộc tính thiếu dấu nháy',
  'attribute without value.': 'thuộc tính không có giá trị',
  'no whitespace between attributes.': 'thiếu khoảng trắng giữa các thuộc tính',
  'unexpected close tag.': 'thừa thẻ đóng',
  'the string "]]>" is disallowed in char data.': 'có chuỗi ]]> trong văn bản',
  'an & that is not written &amp;': 'dấu & phải viết là &amp;',
  'undefined entity.': 'thực thể chưa khai báo',
  'an XML declaration must be at the start of the document.': 'có ký tự trước khai báo XML',
  'processing instructions are not allowed before root.': 'có chỉ thị xử lý trước phần tử gốc',
  'malformed character entity.': 'tham chiếu ký tự sai',
  'malformed comment.': 'chú thích sai cú pháp',
  'forward-slash in opening tag not followed by >.': 'thẻ mở sai cú pháp',
  'version number must match /^1\\.[0-9]+$/.': 'số phiên bản XML sai',
  'unknown entity reference': 'thực thể chưa khai báo',
  'markup inside the encoded content': 'có thẻ nằm trong nội dung mã hóa',
  'document must contain a root element.': 'không có phần tử gốc',
  'documents may contain only one root.': 'có nhiều hơn một phần tử gốc',
  'an attachment with two contents': 'một tệp đính kèm có hai nội dung',
  'data after the padding': 'có dữ liệu sau ký tự đệm',
  'too much padding': 'thừa ký tự đệm',
  'a character outside the alphabet': 'có ký tự ngoài bảng mã base64',
  'spaces in the place of +: a form takes + for a space unless it is written %2B':
    'có dấu cách ở chỗ của dấu +: biểu mẫu đọc + thành dấu cách nếu không viết là %2B',
  'no directory': 'thiếu mục lục của tệp nén',
  'too much after the file': 'thừa dữ liệu sau tệp',
  'bytes after the end record': 'thừa dữ liệu sau phần kết',
  'the directory describes another file': 'mục lục của tệp nén nói về tệp khác',
  'stored without size': 'không ghi kích thước',
  'cut short': 'bị cắt cụt',
  'size or checksum does not match': 'kích thước hoặc mã kiểm tra không khớp',
  'sha256 or sizeBytes': 'sai sha256 hoặc sizeBytes',
  encrypted: 'có mật khẩu',
};

/** Which package was being read or built; the first half of an XML error code. */
export type PackageFamily = 'EDXML' | 'DOSSIER';
export type XmlProblem = keyof typeof XML_MESSAGES;

/** The closed list of codes of {@link PackageError}. */
export type PackageErrorCode =
  | `${PackageFamily}_${XmlProblem}`
  | keyof typeof EDXML_MESSAGES
  | keyof typeof DOSSIER_MESSAGES;

/** Facts about a failure; never the content of a field. */
export interface PackageErrorDetails {
  /** 1-based line of the input. */
  line?: number;
  /** 1-based column, in UTF-16 code units. */
  column?: number;
  /** Dotted path of the field, e.g. `MessageHeader.From.OrganId`. */
  path?: string;
  /** The limit that was passed, in the unit the limit is named after. */
  limit?: number;
  /** A short technical reason in English. */
  reason?: string;
}

function messagesOf(code: PackageErrorCode): readonly [vi: string, en: string] {
  const own: Record<string, readonly [string, string]> = { ...EDXML_MESSAGES, ...DOSSIER_MESSAGES };
  for (const [problem, messages] of Object.entries(XML_MESSAGES)) {
    own[`EDXML_${problem}`] = messages;
    own[`DOSSIER_${problem}`] = messages;
  }
  return own[code] ?? [code, code];
}

/** Every code of {@link PackageError}, for tables and documents that must stay complete. */
export const PACKAGE_ERROR_CODES: readonly PackageErrorCode[] = [
  ...Object.keys(XML_MESSAGES).flatMap((problem) => [
    `EDXML_${problem as XmlProblem}` as const,
    `DOSSIER_${problem as XmlProblem}` as const,
  ]),
  ...(Object.keys(EDXML_MESSAGES) as (keyof typeof EDXML_MESSAGES)[]),
  ...(Object.keys(DOSSIER_MESSAGES) as (keyof typeof DOSSIER_MESSAGES)[]),
];

/**
 * A package that can't be read, or a value that can't be written as one. The document is wrong: answer its sender,
 * trying again won't help.
 */
export class PackageError extends Error {
  override readonly name = 'PackageError';
  readonly code: PackageErrorCode;
  /** The message for people, Vietnamese. */
  readonly vi: string;
  /** The message for people, English. */
  readonly en: string;
  readonly details: PackageErrorDetails;

  constructor(code: PackageErrorCode, details: PackageErrorDetails = {}, cause?: unknown) {
    const [vi, en] = messagesOf(code);
    const at = whereText(details);
    super(`${en}${at.en}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.vi = `${vi}${at.vi}`;
    this.en = `${en}${at.en}`;
    this.details = details;
  }
}

/** Reasons that quote a name; the name stays as it is. */
const QUOTING_REASONS: readonly (readonly [RegExp, string])[] = [
  [/^the root element is <(.*)> and not <(.*)>$/, 'phần tử gốc là <$1>, phải là <$2>'],
  [/^the namespace is "(.*)" and not "(.*)"$/, 'không gian tên là "$1", phải là "$2"'],
  [/^unbound namespace prefix: "(.*)"\.$/, 'tiền tố không gian tên chưa khai báo: "$1"'],
  [/^malformed name: (.*)\.$/, 'tên sai cú pháp: $1'],
  [/^the end tag does not close <(.*)> of line (\d+)$/, 'thẻ đóng không khớp với <$1> mở ở dòng $2'],
  [/^unclosed tag: (.*)$/, 'thẻ chưa đóng: $1'],
  [/^unmatched closing tag: (.*)\.$/, 'thẻ đóng không khớp: $1'],
  [/^unexpected closing tag: (.*)$/, 'thẻ đóng không khớp: $1'],
  [/^duplicate attribute: (.*)\.$/, 'thuộc tính lặp lại: $1'],
  [
    /^the declaration says (.*), the file is (.*): correct one of them$/,
    'khai báo XML ghi $1 nhưng tệp viết bằng $2: hãy sửa một trong hai',
  ],
  [
    /^the declaration says (.*): write the file and its declaration in UTF-8$/,
    'khai báo XML ghi $1, bảng mã không được nhận: hãy ghi tệp và khai báo bằng UTF-8',
  ],
  [/^disallowed character (U\+[0-9A-F]+)$/, 'có ký tự không được phép: $1'],
  [/^in <(.*)>$/, 'trong <$1>'],
  [/^method (\d+)$/, 'phương pháp nén $1'],
];

function reasonInVietnamese(reason: string): string {
  const known = REASONS_VI[reason];
  if (known !== undefined) return known;
  const quoting = QUOTING_REASONS.find(([pattern]) => pattern.test(reason));
  return quoting === undefined ? reason : reason.replace(quoting[0], quoting[1]);
}

function whereText({ line, column, path, reason }: PackageErrorDetails): { vi: string; en: string } {
  const place =
    line === undefined
      ? undefined
      : { vi: `dòng ${line}, cột ${column ?? 1}`, en: `line ${line}, column ${column ?? 1}` };
  const vi = [place?.vi, path, reason === undefined ? undefined : reasonInVietnamese(reason)].filter(
    (part) => part !== undefined,
  );
  const en = [place?.en, path, reason].filter((part) => part !== undefined);
  return { vi: vi.length > 0 ? ` (${vi.join('; ')})` : '', en: en.length > 0 ? ` (${en.join('; ')})` : '' };
}
