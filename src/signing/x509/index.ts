/** X.509: certificates, paths, revocation. */

export { type Certificate, parseCertificate, tryCertificate } from './certificate.ts';
export { type CertificateDescription, describeCertificate } from './describe.ts';
export {
  type Algorithm,
  digestOf,
  isSignedWith,
  keyFacts,
  publicKeyOf,
  readAlgorithm,
  signatureDigest,
  verifyRaw,
} from './keys.ts';
export type { PathLimits } from './path/build.ts';
export type { PathCode } from './path/rules.ts';
export { readBundle, readCertificates, readCrls } from './pem.ts';
export { KEY_PURPOSES } from './purpose.ts';
export {
  type Crl,
  checkOcsps,
  parseCrl,
  parseOcsp,
  type RevocationStatus,
  tryCrl,
  tryOcsp,
} from './revocation/index.ts';
export {
  type ChainLink,
  inspectCertificate,
  type PathResult,
  type Validation,
  type ValidationInput,
  validateCertificate,
} from './validate.ts';
