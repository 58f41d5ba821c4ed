/** Revocation over the network: questions, answers, and what is kept of them. */

export { NATIONAL_REWRITES, type Rewrites, rewrite } from './addresses.ts';
export { createRevocationClient, type RevocationClientOptions } from './client.ts';
export {
  type AnswerCache,
  type KeptAnswer,
  type KnownAddresses,
  type PkiAnswer,
  type PkiAttempt,
  PkiFault,
  type PkiFaultCode,
  type PkiFetch,
  type PkiRequest,
} from './types.ts';
