/** Structured logs: one JSON object a line on stderr; secrets and personal fields never get in, and are cut if they do. */
import { pino } from 'pino';
import type { Log } from './exchange/index.ts';

/** Names cut out wherever they stand, as the last guard: nothing logs them on purpose. */
const REDACTED = [
  'authorization',
  'token',
  'secret',
  'password',
  'passphrase',
  'cookie',
  'authKey',
  'session',
  'applicant',
  'identityNumber',
];

export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`, `err.${name}`]), censor: '[cut]' },
      serializers: { err: describeError },
    },
    pino.destination({ fd: 2, sync: false }),
  );
}

/** Class, code and stack of an error and its causes; never structured details, which may quote what an outside system said. */
function describeError(cause: unknown): unknown {
  if (!(cause instanceof Error)) return { type: typeof cause };
  const { code } = cause as { code?: string };
  return {
    type: cause.name,
    code,
    stack: cause.stack,
    ...(cause.cause === undefined ? {} : { cause: describeError(cause.cause) }),
  };
}
