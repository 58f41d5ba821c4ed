export { createJudicialRecordsClient } from './client.ts';
export { judicialTime, requestFaults, toDataLgsp } from './mapping.ts';
export type * from './types.ts';
