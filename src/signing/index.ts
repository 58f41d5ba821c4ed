/** The signing module's public door. Everything outside imports from here. */

export { assumedSealMm, drawSealPng, drawSignaturePng } from './appearance/index.ts';
export { buildCms, type CmsBuildOptions } from './cms/index.ts';
export {
  SIGNING_ERROR_CODES,
  SigningError,
  type SigningErrorCode,
  type SigningErrorDetails,
} from './errors.ts';
export { collectEvidence, type Evidence, type EvidenceOptions } from './evidence/index.ts';
export type { ChangeAfterSigning, Coverage, Message, SignatureFacts, TimestampFacts } from './facts.ts';
export {
  type CscAccount,
  type CscFetch,
  type CscSigner,
  type OutsideSigner,
  openCsc,
  openPkcs11,
  openPkcs12,
  parseCscUri,
  parsePkcs11Uri,
} from './keys/index.ts';
export { reaches, SIGNATURE_LEVELS, type SignatureLevel } from './levels.ts';
export {
  extendFile,
  type FilesToSign,
  type FormatOptions,
  inspectFile,
  isPassingFault,
  levelOf,
  lowestLevel,
  raiseFile,
  type SignedFile,
  type SignedInput,
  type SignFileOptions,
  type SigningFormat,
  signFile,
  signOnce,
} from './make/index.ts';
export {
  assertMaySign,
  assertSubject,
  type MaySignOptions,
  type SignerCheck,
  subjectIds,
} from './may-sign.ts';
export { declareMapped, inPieces } from './octets/large-files.ts';
export { addedSince, CHANGE_KINDS, type ChangeKind, type PdfSignOptions, signPdf } from './pdf/index.ts';
export {
  DEFAULT_POLICY,
  LEGACY_POLICY,
  LEGAL_ARCHIVE_POLICY,
  POLICIES,
  type Policy,
  readPolicy,
  STRICT_POLICY,
} from './policy.ts';
export type {
  IssuerSource,
  RevocationSource,
  Signer,
  SigningDigest,
  TimestampAuthority,
} from './ports.ts';
export { type Diagnostic, diagnosticOf } from './report/diagnostic.ts';
export type {
  EvidenceItem,
  Indication,
  ReportCertificate,
  ReportLink,
  ReportTimestamp,
  SignatureReport,
  VerificationReport,
} from './report-types.ts';
export {
  type AnswerCache,
  createRevocationClient,
  type KeptAnswer,
  type KnownAddresses,
  NATIONAL_REWRITES,
  type PkiAnswer,
  type PkiAttempt,
  PkiFault,
  type PkiFaultCode,
  type PkiFetch,
  type PkiRequest,
  type RevocationClientOptions,
} from './revocation/index.ts';
export { type FileFormat, sniffFormat } from './sniff.ts';
export { createTestPki, issueCertificate, openTestKey, type TestPki } from './test-pki/index.ts';
export {
  checkTimestamp,
  createTsaClient,
  parseTimestampToken,
  type TimestampVerdict,
  type TsaClient,
  type TsaClientOptions,
  tokenOfResponse,
} from './timestamp/index.ts';
export {
  type NamedFile,
  type VerifyInput,
  type VerifyLimits,
  type VerifyOptions,
  verifyFile,
} from './verify.ts';
export {
  type CertificateDescription,
  describeCertificate,
  KEY_PURPOSES,
  type PathCode,
  type PathResult,
  readBundle,
  readCertificates,
  readCrls,
  type ValidationInput,
  validateCertificate,
  verifyRaw,
} from './x509/index.ts';
export { inspectXml, signXml, type XmlSignOptions } from './xml/index.ts';
