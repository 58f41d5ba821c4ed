export { createEdocAxisClient } from './client.ts';
export type * from './types.ts';
