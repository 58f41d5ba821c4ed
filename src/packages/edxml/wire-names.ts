/**
 * Every name the wire uses, spelled as the axis library spells it (`Bussiness` with three s, `TyperNotation`), once.
 * SOURCE: element names and order of the EdXML102 library's sample messages (QCVN 102:2016/BTTTT).
 */

/** Namespace of QCVN 102, default on the root and bound to `edXML:` below it. */
export const EDXML_NAMESPACE = 'http://www.mic.gov.vn/TBT/QCVN_102_2016';
/** Namespace some senders put on `Signature`; others leave it in {@link EDXML_NAMESPACE}. */
export const XMLDSIG_NAMESPACE = 'http://www.w3.org/2000/09/xmldsig#';

/**
 * Content type of a wrapped file. The axis library unzips exactly the attachments that carry it: with any other type its
 * users would be handed the archive.
 */
export const ZIP_CONTENT_TYPE = 'application/zip';

export const WIRE = {
  root: 'edXML',
  envelope: 'edXMLEnvelope',
  header: 'edXMLHeader',
  body: 'edXMLBody',
  manifest: 'edXMLManifest',
  reference: 'Reference',
  attachmentEncoded: 'AttachmentEncoded',
  attachment: 'Attachment',
  content: 'ContentTransferEncoded',
  signature: 'Signature',
  digitalSignature: 'DigitalSignature',
  messageHeader: 'MessageHeader',
  traceHeaderList: 'TraceHeaderList',
  traceHeader: 'TraceHeader',
  business: 'Bussiness',
  from: 'From',
  to: 'To',
  documentId: 'DocumentId',
  code: 'Code',
  codeNumber: 'CodeNumber',
  codeNotation: 'CodeNotation',
  promulgationInfo: 'PromulgationInfo',
  place: 'Place',
  promulgationDate: 'PromulgationDate',
  documentType: 'DocumentType',
  type: 'Type',
  typeDetail: 'TypeDetail',
  typeName: 'TypeName',
  subject: 'Subject',
  contentText: 'Content',
  signerInfo: 'SignerInfo',
  dueDate: 'DueDate',
  otherInfo: 'OtherInfo',
  priority: 'Priority',
  sphereOfPromulgation: 'SphereOfPromulgation',
  typerNotation: 'TyperNotation',
  promulgationAmount: 'PromulgationAmount',
  pageAmount: 'PageAmount',
  replyFors: 'ReplyFors',
  direction: 'Direction',
  referenceCodes: 'ReferenceCodes',
  appendixes: 'Appendixes',
  appendix: 'Appendix',
  responseFor: 'ResponseFor',
  steeringType: 'SteeringType',
  toPlaces: 'ToPlaces',
  responseForTask: 'ResponseForTask',
  taskCode: 'TaskCode',
  applicationType: 'ApplicationType',
  organId: 'OrganId',
  timestamp: 'Timestamp',
  businessDocType: 'BussinessDocType',
  businessDocReason: 'BussinessDocReason',
  paper: 'Paper',
  businessDocumentInfo: 'BussinessDocumentInfo',
  documentInfo: 'DocumentInfo',
  documentReceiver: 'DocumentReceiver',
  receiverList: 'ReceiverList',
  receiver: 'Receiver',
  receiverType: 'ReceiverType',
  replacementInfoList: 'ReplacementInfoList',
  replacementInfo: 'ReplacementInfo',
  organIdList: 'OrganIdList',
  staffInfo: 'StaffInfo',
  statusCode: 'StatusCode',
  description: 'Description',
  contentId: 'ContentId',
  contentType: 'ContentType',
  attachmentName: 'AttachmentName',
  fieldName: 'FieldName',
  mimeType: 'MimeType',
  format: 'Format',
} as const;

/** Namespace of the links that senders in the standard's order put on `Reference`. */
export const XLINK_NAMESPACE = 'http://www.w3.org/1999/xlink';

/** Children of From and To, in wire order. */
export const ORGAN_FIELDS = [
  ['organId', 'OrganId'],
  ['organizationInCharge', 'OrganizationInCharge'],
  ['organName', 'OrganName'],
  ['organAdd', 'OrganAdd'],
  ['email', 'Email'],
  ['telephone', 'Telephone'],
  ['fax', 'Fax'],
  ['website', 'Website'],
] as const;

/** Children of SignerInfo, in wire order. */
export const SIGNER_FIELDS = [
  ['competence', 'Competence'],
  ['position', 'Position'],
  ['fullName', 'FullName'],
] as const;

/** Children of StaffInfo, in the axis library's order. */
export const STAFF_FIELDS = [
  ['department', 'Department'],
  ['departmentId', 'DepartmentId'],
  ['staff', 'Staff'],
  ['staffId', 'StaffId'],
  ['email', 'Email'],
  ['mobile', 'Mobile'],
] as const;

/** Children of StaffInfo in the order QCVN 102 lists them: Mobile before Email. */
export const STAFF_FIELDS_QCVN = [...STAFF_FIELDS.slice(0, 4), STAFF_FIELDS[5], STAFF_FIELDS[4]] as const;

/** Attributes of TraceHeaderList that some senders set, after SOAP headers. */
export const TRACE_ATTRIBUTES = ['id', 'version', 'mustUnderstand', 'actor'] as const;
