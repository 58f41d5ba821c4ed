/** The signing module's public door. Everything outside imports from here. */
export { SIGNING_ERROR_CODES, SigningError, type SigningErrorCode, type SigningErrorDetails } from './errors.ts';
export type { ChangeAfterSigning, Coverage, Message, SignatureFacts, TimestampFacts } from './facts.ts';
export { openPkcs12 } from './keys/index.ts';
export { assertMaySign, type MaySignOptions } from './may-sign.ts';
export { DEFAULT_POLICY, LEGACY_POLICY, type Policy, readPolicy } from './policy.ts';
export type { RevocationSource, Signer, SigningDigest, TimestampAuthority } from './ports.ts';
export type { Indication, ReportLink, ReportTimestamp, SignatureReport } from './report.ts';
export { type FileFormat, sniffFormat } from './sniff.ts';
export { checkTimestamp, parseTimestampToken, tokenOfResponse } from './timestamp/index.ts';
export { type NamedFile, type VerificationReport, verifyFile, type VerifyInput, type VerifyLimits, type VerifyOptions } from './verify.ts';
export { KEY_PURPOSES, type PathCode, type PathResult, readCertificates, readCrls, validateCertificate, type ValidationInput } from './x509/index.ts';
export { inspectXml, signXml, type XmlSignOptions } from './xml/index.ts';
