export { createVnpostClient } from './client.ts';
export type * from './types.ts';
