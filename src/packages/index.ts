export {
  type AgencyCode,
  type AgencyCodeForm,
  isAgencyCode,
  isOrganId,
  parseAgencyCode,
  toAgencyCode,
} from './agency-code.ts';
export { formatVietnamTime, parseSpoken, parseWireDate, parseWireTimestamp } from './dates.ts';
export { buildDossier } from './dossier/build.ts';
export { type CheckDossierOptions, checkDossier } from './dossier/check.ts';
export { maskDossierBody, maskText } from './dossier/mask.ts';
export { DEFAULT_DOSSIER_LIMITS, type ParsedDossier, parseDossier } from './dossier/parse.ts';
export { BODIES as DOSSIER_KINDS, DOSSIER_NAMESPACE } from './dossier/spec.ts';
export { DOSSIER_STATES, type DossierState, isDossierMoveAllowed, isDossierState } from './dossier/states.ts';
export type {
  Applicant,
  DossierBodies,
  DossierBody,
  DossierComponent,
  DossierHeader,
  DossierKind,
  DossierMessage,
  Fee,
  FeeBody,
  FileRef,
  Identity,
  OtherPaper,
  Party,
  PaymentBody,
  PostalOrderBody,
  PostalParty,
  ProgressStep,
  QuestionBody,
  RatingBody,
  ResultBody,
  ResultPaper,
  SupplementBody,
} from './dossier/types.ts';
export { buildDossierXsd } from './dossier/xsd.ts';
export {
  type DossierCode,
  isDossierCode,
  isProcedureCode,
  type ProcedureCode,
  parseDossierCode,
  parseProcedureCode,
} from './dossier-code.ts';
export { type AttachmentSource, type BuildEdxmlOptions, buildEdxml } from './edxml/build.ts';
export { type CheckEdxmlOptions, checkEdxml } from './edxml/check/check.ts';
export { agencyCodesOf, type JudgeEdxmlOptions, judgeEdxml } from './edxml/check/judge.ts';
export {
  BUSINESS_DOC_TYPES,
  isStatusCode,
  isStatusMoveAllowed,
  isStatusNews,
  type Label,
  PRIORITIES,
  STATUS_CODES,
} from './edxml/code-tables.ts';
export { documentKey, normalizeDocumentId } from './edxml/document-key.ts';
export { type ParsedEdxml, type ParseEdxmlOptions, parseEdxml } from './edxml/parse.ts';
export type { OpenAttachment } from './edxml/read-attachments.ts';
export type {
  AttachmentSink,
  Business,
  BusinessDocType,
  BusinessDocumentInfo,
  DocumentCode,
  EdxmlAttachment,
  EdxmlDocument,
  EdxmlLimits,
  EdxmlMessage,
  EdxmlStatus,
  Extension,
  Organ,
  OtherInfo,
  ResponseFor,
  SignerInfo,
  StaffInfo,
  StatusCode,
  TraceHeader,
} from './edxml/types.ts';
export { DEFAULT_EDXML_LIMITS } from './edxml/types.ts';
export { EDXML_NAMESPACE } from './edxml/wire-names.ts';
export type { WireOrder } from './edxml/write-header.ts';
export {
  PACKAGE_ERROR_CODES,
  PackageError,
  type PackageErrorCode,
  type PackageErrorDetails,
} from './errors.ts';
export { decodeFileName } from './file-name.ts';
export type { Finding } from './finding.ts';
export { foldVietnamese } from './fold.ts';
export { readXmlTree, type XmlNode } from './xml/node.ts';
