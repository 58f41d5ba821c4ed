/** An agency as a message names it. QCVN 102 clauses 1.1 and 1.2. */
export interface Organ {
  organId: string;
  organizationInCharge?: string;
  organName: string;
  organAdd?: string;
  email?: string;
  telephone?: string;
  fax?: string;
  website?: string;
}

/** Metadata of one attached file; its bytes travel apart. */
export interface EdxmlAttachment {
  /** Without the `cid:` prefix. */
  contentId: string;
  name: string;
  /**
   * Type of the file where the sender told it, else as it stands on the wire: often `application/zip` whatever the file
   * is. A zipped file of another type goes out as `application/zip` with this in `MimeType`.
   */
  contentType: string;
  description?: string;
  /** Lowercase hex, of the file itself (after unzipping). */
  sha256: string;
  /** Of the file itself (after unzipping). */
  sizeBytes: number;
  /** The wire carried base64(zip(file)), not base64(file). */
  wasZipped: boolean;
  fieldName?: string;
  mimeType?: string;
  format?: string;
}

export interface DocumentCode {
  codeNumber: string;
  codeNotation: string;
}

export interface StaffInfo {
  department?: string;
  departmentId?: string;
  staff?: string;
  staffId?: string;
  email?: string;
  mobile?: string;
}

/** The document answered or reported on. QCVN 102 clause 1.12. */
export interface ResponseFor {
  organId?: string;
  /** Number and notation as one text, e.g. `7816/VPCP-TTĐT`. */
  code?: string;
  documentId?: string;
  /** yyyy-MM-dd, or the raw text when it is no date. */
  promulgationDate?: string;
}

export interface SignerInfo {
  competence?: string;
  position?: string;
  fullName?: string;
}

export interface OtherInfo {
  /** 0 to 4, see PRIORITIES. */
  priority?: number;
  sphereOfPromulgation?: string;
  typerNotation?: string;
  promulgationAmount?: number;
  pageAmount?: number;
  /** Documents this one replies to, as one text. */
  replyFors?: string;
  direction?: boolean;
  /** Documents it refers to, as one text. */
  referenceCodes?: string;
  appendixes?: string[];
}

/** One stop on the way. `timestamp` is ISO 8601 with `+07:00`, or the raw text when it is no time. */
export interface TraceHeader {
  organId: string;
  timestamp: string;
}

/** 0 new, 1 revoke, 2 update, 3 replace; -1 means absent or unreadable on the wire, which `checkEdxml` refuses. */
export type BusinessDocType = -1 | 0 | 1 | 2 | 3;

export interface BusinessDocumentInfo {
  /** 1: the document's own data change. */
  documentInfo?: number;
  /** 1: its recipients change. */
  documentReceiver?: number;
  receiverList?: { organId: string; receiverType: number }[];
}

/** What the sender wants done. QCVN 102 clause 2.2. */
export interface Business {
  /** The document revoked, updated or replaced. */
  documentId?: string;
  businessDocType: BusinessDocType;
  businessDocReason?: string;
  /** 1: a paper original follows. */
  paper?: number;
  businessDocumentInfo?: BusinessDocumentInfo;
  replacementInfoList?: { documentId: string; organIdList: string[] }[];
  staffInfo?: StaffInfo;
}

/** An element we do not know, kept as it came. `xml` stands alone: it declares every prefix it uses. */
export interface Extension {
  /** Path of the parent in wire names, positions where it repeats: `MessageHeader.To[2]`. */
  path: string;
  xml: string;
}

/** A document on its way between agencies. Dates yyyy-MM-dd; a date the wire spells wrongly stays as raw text. */
export interface EdxmlDocument {
  kind: 'document';
  from: Organ;
  to: Organ[];
  documentId: string;
  code: DocumentCode;
  promulgationInfo: { place: string; promulgationDate: string };
  /** `type` -1: absent or unreadable. `typeName` is the one to trust. */
  documentType: { type: number; typeDetail?: number; typeName: string };
  subject: string;
  content?: string;
  signerInfo?: SignerInfo;
  dueDate?: string;
  otherInfo?: OtherInfo;
  responseFor: ResponseFor[];
  steeringType?: number;
  toPlaces?: string[];
  /** Codes of tasks assigned by the Prime Minister that this document answers. */
  responseForTask?: string[];
  applicationType?: string;
  /** Attributes of the trace (`id`, `version`, `mustUnderstand`, `actor`), where a sender set them. */
  traceAttributes?: Record<string, string>;
  traceHeaders: TraceHeader[];
  business: Business;
  attachments: EdxmlAttachment[];
  /** Dates and times the sender spelled in another way than the axis does, as written, by path in wire names. */
  rawDates?: Record<string, string>;
  extensions?: Extension[];
  /** The enveloped `Signature` element, standing alone; for keeping, not for verifying (verify the file itself). */
  signatureXml?: string;
}

/** Codes of QĐ 28/2018 statuses that travel on the axis. */
export type StatusCode = '01' | '02' | '03' | '04' | '05' | '06' | '13' | '15' | '16';

/** What a receiver (or, for 13, the sender) says about a document. */
export interface EdxmlStatus {
  kind: 'status';
  from: Organ;
  responseFor: ResponseFor;
  staffInfo?: StaffInfo;
  /** Two digits. A code outside {@link StatusCode} is kept and refused by `checkEdxml`. */
  statusCode: StatusCode | (string & {});
  description?: string;
  /** ISO 8601 with `+07:00`, or the raw text when it is no time. */
  timestamp: string;
  /** As in {@link EdxmlDocument}. */
  rawDates?: Record<string, string>;
  extensions?: Extension[];
  signatureXml?: string;
}

export type EdxmlMessage = EdxmlDocument | EdxmlStatus;

/** Where the bytes of one attachment go. An error thrown here ends the parse and reaches the caller unchanged. */
export interface AttachmentSink {
  write(chunk: Uint8Array): Promise<void> | void;
  /** The file is complete and its metadata known. */
  end(attachment: EdxmlAttachment): Promise<void> | void;
  /** The package turned out bad while this file was open: drop what was written. */
  abort(): Promise<void> | void;
}

/** Every bound of `parseEdxml`; sizes in bytes, lengths in UTF-16 code units. */
export interface EdxmlLimits {
  maxPackageBytes: number;
  maxDepth: number;
  maxElements: number;
  maxAttributes: number;
  /** One text field, one start tag, one comment. */
  maxFieldChars: number;
  /** All of the package that is not attachment content: text, tags, comments, white space. */
  maxTextChars: number;
  maxAttachments: number;
  /** One file, after unzipping. */
  maxAttachmentBytes: number;
  /** All files, after unzipping. */
  maxTotalAttachmentBytes: number;
  /** Unzipped : zipped, looked at past the first `zipRatioFreeBytes`. */
  maxZipRatio: number;
  zipRatioFreeBytes: number;
}

/**
 * Defaults: packages to 2 GiB; a file to 1 GiB. Deflate can reach 1032:1; office files and scans stay under 100:1, so
 * 200:1 past 16 MiB is refused.
 */
export const DEFAULT_EDXML_LIMITS: EdxmlLimits = {
  maxPackageBytes: 2 * 1024 ** 3,
  maxDepth: 64,
  maxElements: 10_000,
  maxAttributes: 64,
  maxFieldChars: 64 * 1024,
  maxTextChars: 8 * 1024 * 1024,
  maxAttachments: 200,
  maxAttachmentBytes: 1024 ** 3,
  maxTotalAttachmentBytes: 4 * 1024 ** 3,
  maxZipRatio: 200,
  zipRatioFreeBytes: 16 * 1024 ** 2,
};
