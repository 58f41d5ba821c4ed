export { createBusinessRegistryClient } from './client.ts';
export type * from './types.ts';
