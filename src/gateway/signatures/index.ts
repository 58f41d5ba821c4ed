/** Signatures the gateway makes: single ones, jobs of many, and what waits for an officer. */
export { BRIDGE_FUNCTIONS, type Bridge, createBridge, MOST_BRIDGED } from './bridge.ts';
export { authoriseJob, consentFor } from './consent.ts';
export { reasonOf } from './faults.ts';
export { type SigningJobs, startSigningJobs } from './jobs.ts';
export { findRequest, isFor, layBefore, refuseRequest, signRequests } from './requests.ts';
export { type Kept, type KeptEvidence, keepResult } from './results.ts';
export { type SingleRequest, signSingle } from './single.ts';
export type { Asker, FileToSign, NewJob } from './types.ts';
