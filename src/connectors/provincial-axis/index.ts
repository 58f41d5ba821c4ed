export { createProvincialAxisClient } from './client.ts';
export { createProvincialLogin, type ProvincialLoginOptions } from './login.ts';
export type * from './types.ts';
