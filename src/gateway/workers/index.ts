export { type CryptoPool, createCryptoPool } from './pool.ts';
export { openKeyRing, type KeyEntry, type KeyRing } from './key-ring.ts';
export { readTrustSet, type TrustSet } from './trust.ts';
