export { createDocumentStoreClient } from './client.ts';
export type * from './types.ts';
