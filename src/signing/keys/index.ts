/** Private keys: where they come from, behind the `Signer` port. */
export { openPkcs12 } from './pkcs12.ts';
export { DEFAULT_KEY_FILE_LIMITS, type KeyFileLimits } from './pkcs12-crypto.ts';
export { signerFromKey } from './signer.ts';
