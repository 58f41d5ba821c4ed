import type { Label } from '../code-tables.ts';

/** What one field must be. */
export interface Rule {
  /** Path in the message value; `[]` marks a list. */
  json: string;
  /** Path in wire names, lists marked alike. */
  wire: string;
  label: Label;
  kind: 'text' | 'email' | 'agency' | 'date' | 'past-date' | 'timestamp' | 'integer' | 'boolean';
  /** `always`, or only when the group around it is there. */
  required?: 'always' | 'with-group';
  /** Longest text, in characters; or largest number. */
  max?: number;
}

type Row = readonly [
  json: string,
  wire: string,
  kind: Rule['kind'],
  required: Rule['required'] | undefined,
  max: number | undefined,
  vi: string,
  en: string,
];

/**
 * Lengths of QCVN 102 as the axis' own checker enforces them, and of NĐ 30/2020 App. VI for the fields the checker leaves
 * open (FullName 50, PageAmount and IssuedAmount three digits).
 */
const ORGAN_ROWS: readonly Row[] = [
  ['organId', 'OrganId', 'agency', 'always', 35, 'mã định danh', 'agency code'],
  [
    'organizationInCharge',
    'OrganizationInCharge',
    'text',
    undefined,
    500,
    'cơ quan chủ quản',
    'superior agency',
  ],
  ['organName', 'OrganName', 'text', 'always', 200, 'tên cơ quan', 'agency name'],
  ['organAdd', 'OrganAdd', 'text', undefined, 500, 'địa chỉ', 'address'],
  ['email', 'Email', 'email', undefined, 100, 'thư điện tử', 'e-mail address'],
  ['telephone', 'Telephone', 'text', undefined, 20, 'điện thoại', 'telephone'],
  ['fax', 'Fax', 'text', undefined, 20, 'fax', 'fax'],
  ['website', 'Website', 'text', undefined, 100, 'trang tin', 'website'],
];

const STAFF_ROWS: readonly Row[] = [
  ['department', 'Department', 'text', undefined, 200, 'đơn vị', 'department'],
  ['departmentId', 'DepartmentId', 'text', undefined, 100, 'mã đơn vị', 'department identifier'],
  ['staffId', 'StaffId', 'text', undefined, 100, 'mã cán bộ', 'staff identifier'],
  ['staff', 'Staff', 'text', undefined, 100, 'cán bộ', 'staff member'],
  ['email', 'Email', 'email', undefined, 100, 'thư điện tử', 'e-mail address'],
  ['mobile', 'Mobile', 'text', undefined, 20, 'điện thoại di động', 'mobile number'],
];

const RESPONSE_ROWS: readonly Row[] = [
  ['organId', 'OrganId', 'agency', 'with-group', 35, 'mã cơ quan ban hành', 'issuing agency code'],
  ['code', 'Code', 'text', undefined, 50, 'số, ký hiệu', 'number and notation'],
  ['documentId', 'DocumentId', 'text', undefined, 255, 'mã văn bản', 'document identifier'],
  ['promulgationDate', 'PromulgationDate', 'date', undefined, undefined, 'ngày ban hành', 'date of issue'],
];

const HEADER_ROWS: readonly Row[] = [
  ['documentId', 'DocumentId', 'text', 'always', 255, 'mã văn bản', 'document identifier'],
  ['code.codeNumber', 'Code.CodeNumber', 'text', 'always', 11, 'số văn bản', 'document number'],
  ['code.codeNotation', 'Code.CodeNotation', 'text', 'always', 30, 'ký hiệu văn bản', 'document notation'],
  [
    'promulgationInfo.place',
    'PromulgationInfo.Place',
    'text',
    'always',
    50,
    'nơi ban hành',
    'place of issue',
  ],
  [
    'promulgationInfo.promulgationDate',
    'PromulgationInfo.PromulgationDate',
    'past-date',
    'always',
    undefined,
    'ngày ban hành',
    'date of issue',
  ],
  [
    'documentType.type',
    'DocumentType.Type',
    'integer',
    'always',
    undefined,
    'nhóm loại văn bản',
    'document type',
  ],
  [
    'documentType.typeDetail',
    'DocumentType.TypeDetail',
    'integer',
    undefined,
    undefined,
    'loại chi tiết',
    'detailed type',
  ],
  [
    'documentType.typeName',
    'DocumentType.TypeName',
    'text',
    'always',
    100,
    'tên loại văn bản',
    'name of the type',
  ],
  ['subject', 'Subject', 'text', 'always', 500, 'trích yếu', 'subject'],
  ['content', 'Content', 'text', undefined, 500, 'nội dung tóm tắt', 'content'],
  [
    'signerInfo.competence',
    'SignerInfo.Competence',
    'text',
    undefined,
    100,
    'thẩm quyền ký',
    'authority to sign',
  ],
  [
    'signerInfo.position',
    'SignerInfo.Position',
    'text',
    undefined,
    100,
    'chức vụ người ký',
    "signer's position",
  ],
  ['signerInfo.fullName', 'SignerInfo.FullName', 'text', undefined, 50, 'họ tên người ký', "signer's name"],
  ['dueDate', 'DueDate', 'date', undefined, undefined, 'hạn trả lời', 'due date'],
  ['otherInfo.priority', 'OtherInfo.Priority', 'integer', undefined, 4, 'độ khẩn', 'priority'],
  [
    'otherInfo.sphereOfPromulgation',
    'OtherInfo.SphereOfPromulgation',
    'text',
    undefined,
    100,
    'phạm vi lưu hành',
    'circulation',
  ],
  [
    'otherInfo.typerNotation',
    'OtherInfo.TyperNotation',
    'text',
    undefined,
    10,
    'ký hiệu người đánh máy',
    "typist's initials",
  ],
  [
    'otherInfo.promulgationAmount',
    'OtherInfo.PromulgationAmount',
    'integer',
    undefined,
    999,
    'số lượng bản',
    'copies issued',
  ],
  ['otherInfo.pageAmount', 'OtherInfo.PageAmount', 'integer', undefined, 999, 'số trang', 'pages'],
  [
    'otherInfo.replyFors',
    'OtherInfo.ReplyFors',
    'text',
    undefined,
    500,
    'văn bản phúc đáp',
    'documents replied to',
  ],
  [
    'otherInfo.referenceCodes',
    'OtherInfo.ReferenceCodes',
    'text',
    undefined,
    500,
    'văn bản liên quan',
    'documents referred to',
  ],
  [
    'otherInfo.direction',
    'OtherInfo.Direction',
    'boolean',
    undefined,
    undefined,
    'văn bản chỉ đạo',
    'direction flag',
  ],
  [
    'otherInfo.appendixes[]',
    'OtherInfo.Appendixes.Appendix[]',
    'text',
    undefined,
    250,
    'phụ lục',
    'appendix',
  ],
  ['steeringType', 'SteeringType', 'integer', undefined, undefined, 'loại chỉ đạo', 'steering type'],
  ['toPlaces[]', 'ToPlaces.Place[]', 'text', undefined, 150, 'nơi nhận', 'place on the distribution list'],
  ['responseForTask[]', 'ResponseForTask.TaskCode[]', 'text', undefined, 100, 'mã nhiệm vụ', 'task code'],
];

const TRACE_ROWS: readonly Row[] = [
  [
    'traceHeaders[].organId',
    'TraceHeader[].OrganId',
    'text',
    undefined,
    35,
    'mã cơ quan trên đường đi',
    'agency on the way',
  ],
  [
    'traceHeaders[].timestamp',
    'TraceHeader[].Timestamp',
    'timestamp',
    'always',
    undefined,
    'thời điểm',
    'time',
  ],
  [
    'business.documentId',
    'Bussiness.DocumentId',
    'text',
    undefined,
    255,
    'mã văn bản liên quan',
    'related document',
  ],
  [
    'business.businessDocType',
    'Bussiness.BussinessDocType',
    'integer',
    'always',
    3,
    'loại nghiệp vụ',
    'business type',
  ],
  ['business.businessDocReason', 'Bussiness.BussinessDocReason', 'text', undefined, 500, 'lý do', 'reason'],
  ['business.paper', 'Bussiness.Paper', 'integer', undefined, 1, 'kèm bản giấy', 'paper original follows'],
  [
    'business.businessDocumentInfo.documentInfo',
    'Bussiness.BussinessDocumentInfo.DocumentInfo',
    'integer',
    undefined,
    1,
    'đổi thông tin văn bản',
    'data change',
  ],
  [
    'business.businessDocumentInfo.documentReceiver',
    'Bussiness.BussinessDocumentInfo.DocumentReceiver',
    'integer',
    undefined,
    1,
    'đổi nơi nhận',
    'recipients change',
  ],
  [
    'business.businessDocumentInfo.receiverList[].organId',
    'Bussiness.BussinessDocumentInfo.ReceiverList.Receiver[].OrganId',
    'agency',
    'always',
    35,
    'mã nơi nhận',
    'receiver code',
  ],
  [
    'business.businessDocumentInfo.receiverList[].receiverType',
    'Bussiness.BussinessDocumentInfo.ReceiverList.Receiver[].ReceiverType',
    'integer',
    'always',
    1,
    'loại thay đổi nơi nhận',
    'kind of receiver change',
  ],
  [
    'business.replacementInfoList[].documentId',
    'Bussiness.ReplacementInfoList.ReplacementInfo[].DocumentId',
    'text',
    'always',
    255,
    'mã văn bản bị thay thế',
    'document replaced',
  ],
  [
    'business.replacementInfoList[].organIdList[]',
    'Bussiness.ReplacementInfoList.ReplacementInfo[].OrganIdList.OrganId[]',
    'agency',
    undefined,
    35,
    'mã nơi nhận',
    'receiver code',
  ],
];

const ATTACHMENT_ROWS: readonly Row[] = [
  ['contentId', 'ContentId', 'text', 'always', 255, 'mã tệp', 'content identifier'],
  ['name', 'AttachmentName', 'text', 'always', 200, 'tên tệp', 'file name'],
  ['contentType', 'ContentType', 'text', undefined, 255, 'kiểu nội dung', 'content type'],
  ['description', 'Description', 'text', undefined, 500, 'mô tả', 'description'],
];

const STATUS_ROWS: readonly Row[] = [
  ['statusCode', 'StatusCode', 'text', 'always', 2, 'mã trạng thái', 'status code'],
  ['description', 'Description', 'text', undefined, 500, 'mô tả', 'description'],
  ['timestamp', 'Timestamp', 'timestamp', 'always', undefined, 'thời điểm', 'time'],
];

function rules(rows: readonly Row[], json: string, wire: string, of?: Label): Rule[] {
  return rows.map(([key, name, kind, required, max, vi, en]) => ({
    json: json + key,
    wire: wire + name,
    kind,
    label: of === undefined ? { vi, en } : { vi: `${vi} ${of.vi}`, en: `${en} ${of.en}` },
    ...(required === undefined ? {} : { required }),
    ...(max === undefined ? {} : { max }),
  }));
}

const SENDER = { vi: 'bên gửi', en: 'of the sender' };
const RECIPIENT = { vi: 'bên nhận', en: 'of a recipient' };

/** Every field rule of a document. QCVN 102:2016 clauses 1 and 2. */
export const DOCUMENT_RULES: readonly Rule[] = [
  ...rules(ORGAN_ROWS, 'from.', 'MessageHeader.From.', SENDER),
  ...rules(ORGAN_ROWS, 'to[].', 'MessageHeader.To[].', RECIPIENT),
  ...rules(HEADER_ROWS, '', 'MessageHeader.'),
  ...rules(RESPONSE_ROWS, 'responseFor[].', 'MessageHeader.ResponseFor[].'),
  ...rules(TRACE_ROWS, '', 'TraceHeaderList.'),
  ...rules(STAFF_ROWS, 'business.staffInfo.', 'TraceHeaderList.Bussiness.StaffInfo.'),
  ...rules(ATTACHMENT_ROWS, 'attachments[].', 'AttachmentEncoded.Attachment[].'),
];

/** Every field rule of a status message. */
export const STATUS_RULES: readonly Rule[] = [
  ...rules(ORGAN_ROWS, 'from.', 'MessageHeader.From.', SENDER),
  ...rules(RESPONSE_ROWS, 'responseFor.', 'MessageHeader.ResponseFor.').map((rule) =>
    rule.json === 'responseFor.organId' ? { ...rule, required: 'always' as const } : rule,
  ),
  ...rules(STAFF_ROWS, 'staffInfo.', 'MessageHeader.StaffInfo.'),
  ...rules(STATUS_ROWS, '', 'MessageHeader.'),
];
