export { createMappedClient, parseMapping } from './client.ts';
export { ExpressionError } from './evaluate.ts';
export type * from './types.ts';
