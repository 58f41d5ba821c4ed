export { type KeyEntry, PROFILES } from './key-entries.ts';
export { type Consent, type KeyRing, type LevelPolicy, openKeyRing, type SignOrder } from './key-ring.ts';
export { type CryptoPool, createCryptoPool, type RaiseJob } from './pool.ts';
export type { Raised } from './raise-task.ts';
export type { Signed } from './sign-task.ts';
