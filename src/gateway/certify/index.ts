/** `lienthong certify`: is a document system's VXP client right? */
export type { Line, Report } from './checks.ts';
export type { Party } from './letters.ts';
export { type Session, type SessionOptions, startSession } from './session.ts';
