/** Keys in tokens and HSMs. */
export { openPkcs11, type Pkcs11Options } from './signer.ts';
export { type Pkcs11Uri, parsePkcs11Uri } from './uri.ts';
