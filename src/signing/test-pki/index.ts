/** The test PKI: for trials and tests only. */
export {
  type CertificateRequest,
  type CrlRequest,
  encodeName,
  issueCertificate,
  issueCrl,
  type RevokedCertificate,
  type TestAuthority,
} from './certificate.ts';
export {
  createTestPki,
  openTestKey,
  type TestIdentity,
  type TestPki,
  type TestPkiOptions,
} from './create.ts';
export { TEST_MARK, TEST_SUBJECTS, type TestSubject } from './people.ts';
export { writePkcs12 } from './pkcs12-write.ts';
