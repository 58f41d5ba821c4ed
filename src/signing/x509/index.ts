/** X.509: certificates, paths, revocation. */
export type { PathLimits } from './build.ts';
export { type Certificate, parseCertificate, tryCertificate } from './certificate.ts';
export { type Algorithm, digestOf, keyFacts, publicKeyOf, readAlgorithm, signatureDigest, verifySignature } from './keys.ts';
export type { PathCode } from './path.ts';
export { readCertificates, readCrls } from './pem.ts';
export { KEY_PURPOSES } from './purpose.ts';
export { parseCrl, parseOcsp, type RevocationStatus } from './revocation/index.ts';
export {
  type ChainLink,
  inspectCertificate,
  type PathResult,
  validateCertificate,
  type Validation,
  type ValidationInput,
} from './validate.ts';
