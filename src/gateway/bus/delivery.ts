import type { BusLogger, Envelope, Handler, Received } from './ports.ts';
import { type BusSettings, rungAfterAttempt } from './topology.ts';

/** What is to happen to a message after its handler ended. */
export type Outcome =
  | { kind: 'done' }
  | { kind: 'retry'; delaySeconds: number; headers: Record<string, string | number> }
  | { kind: 'park'; headers: Record<string, string | number> };

/** A message as a transport hands it over, before the handler's view of it is made. */
export type Incoming = Omit<Received, 'park' | 'attempt'>;

/** Runs the handler and decides: done, retry with a longer wait, or parked after the last attempt. Never rejects. */
export async function decide(
  incoming: Incoming,
  handler: Handler,
  settings: BusSettings,
  logger?: BusLogger,
): Promise<Outcome> {
  const attempt = attemptOf(incoming.headers);
  let parkReason: string | null = null;
  const received: Received = {
    ...incoming,
    attempt,
    park(reason) {
      parkReason = reason;
    },
  };
  try {
    await handler(received);
    return parkReason === null ? { kind: 'done' } : parked(incoming, parkReason);
  } catch (error) {
    const reason = reasonOf(error);
    const fields = { queue: incoming.queue, messageId: incoming.messageId, attempt, reason };
    if (parkReason !== null) return parked(incoming, parkReason);
    if (attempt >= settings.maxAttempts) {
      logger?.error(fields, 'message parked after its last attempt');
      return parked(incoming, reason);
    }
    logger?.warn(fields, 'handler failed, message will be tried again');
    return {
      kind: 'retry',
      delaySeconds: rungAfterAttempt(attempt, settings.rungs),
      headers: { ...incoming.headers, attempt: attempt + 1, 'last-error': reason },
    };
  }
}

/** Headers under which a message that was moved remembers who published it and who waits for an answer. */
export const SUBMITTED_BY = 'submitted-by';
export const REPLY_TO = 'submitted-reply-to';
export const REPLY_ID = 'submitted-correlation-id';

/** The envelope that carries a message on after `outcome`, same id and same key. */
export function carryOn(incoming: Incoming, headers: Record<string, string | number>): Envelope {
  return {
    routingKey: incoming.routingKey,
    messageId: incoming.messageId,
    headers: { ...headers, ...originHeaders(incoming) },
    contentType: incoming.contentType,
    body: incoming.body,
  };
}

function originHeaders({ submittedBy, replyTo }: Incoming): Record<string, string> {
  if (submittedBy === null) return {};
  const answer = replyTo === null ? {} : { [REPLY_TO]: replyTo.queue, [REPLY_ID]: replyTo.correlationId };
  return { [SUBMITTED_BY]: submittedBy, ...answer };
}

/** The `attempt` header, 1 when it is missing or nonsense (an outside publisher may write anything). */
export function attemptOf(headers: Record<string, string | number>): number {
  const attempt = Number(headers['attempt']);
  return Number.isInteger(attempt) && attempt >= 1 ? attempt : 1;
}

/** Keeps what fits {@link Received.headers}; booleans become text, everything else that is no scalar is left out. */
export function scalarHeaders(headers: object): Record<string, string | number> {
  const kept: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string' || typeof value === 'number') kept[name] = value;
    else if (typeof value === 'boolean') kept[name] = String(value);
  }
  return kept;
}

function parked(incoming: Incoming, reason: string): Outcome {
  return {
    kind: 'park',
    headers: {
      ...incoming.headers,
      'parked-from': incoming.queue,
      'parked-reason': reason.slice(0, 200),
    },
  };
}

/** An error's code or class name: messages may quote documents, so they stay out of headers and logs. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : error.name;
}
