export { createLandTaxClient } from './client.ts';
export { parseTaxNotice } from './notice.ts';
export { noticeEnvelope } from './schema.ts';
export type * from './types.ts';
