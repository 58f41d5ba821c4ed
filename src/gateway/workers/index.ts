export { type KeyEntry, type KeyRing, openKeyRing } from './key-ring.ts';
export { type CryptoPool, createCryptoPool } from './pool.ts';
