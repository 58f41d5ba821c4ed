export { type KeyEntry, PROFILES } from './key-entries.ts';
export { type Consent, type KeyRing, openKeyRing, type SignOrder } from './key-ring.ts';
export { type CryptoPool, createCryptoPool } from './pool.ts';
export type { Signed } from './sign-task.ts';
