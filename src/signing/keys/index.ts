/** Private keys: where they come from, behind the `Signer` port. */
export {
  type CscAccount,
  type CscConsent,
  type CscFetch,
  type CscOptions,
  type CscSigner,
  type CscUri,
  openCsc,
  parseCscUri,
} from './csc/index.ts';
export type { OutsideSigner } from './outside.ts';
export { openPkcs11, type Pkcs11Options, type Pkcs11Uri, parsePkcs11Uri } from './pkcs11/index.ts';
export { openPkcs12 } from './pkcs12.ts';
export { DEFAULT_KEY_FILE_LIMITS, type KeyFileLimits } from './pkcs12-crypto.ts';
export { signerFromKey } from './signer.ts';
