/** Keys in signing services. */
export type { CscAccount, CscFetch } from './client.ts';
export type { Credential } from './credential.ts';
export { type CscConsent, type CscOptions, type CscSigner, openCsc } from './signer.ts';
export { type CscUri, parseCscUri } from './uri.ts';
