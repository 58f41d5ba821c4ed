export { createProvincialAxisClient } from './client.ts';
export type * from './types.ts';
