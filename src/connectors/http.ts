import { Readable } from 'node:stream';
import type { ZodType } from 'zod';
import { ConnectorError, type ConnectorErrorCode, remoteText } from './errors.ts';
import { startWatch, type Watch, watchedBody, watchedSource } from './watch.ts';
import { CONNECT_TIMEOUT, type Exchanged, exchange } from './wire.ts';

/** Limits and outside parts of every client. */
export interface HttpOptions {
  /** Sends in place of node:http, for installations that need another way out. */
  fetch?: typeof fetch;
  /** No byte up or down for this long ends the call. Default 30,000. */
  timeoutMs?: number;
  /** No connection for this long ends the call, and nothing was sent. Default 10,000. */
  connectTimeoutMs?: number;
  /** Longest whole call, body included. Default 15 minutes. */
  totalTimeoutMs?: number;
  /**
   * Largest answer held in memory (after decompression). Default 8 MiB, axes 128 MiB, portal 64 MiB; streamed answers have
   * their own limit.
   */
  maxAnswerBytes?: number;
  /** Ends every call of the client. */
  signal?: AbortSignal;
  /** `Authorization` header of an API gateway in between; a 401 drops it and the call is made once more. */
  authorization?: { header(): Promise<string>; drop(header: string): void };
}

/** A request body that can be read more than once and whose length is known. */
export interface SizedBody {
  open(): AsyncIterable<Uint8Array>;
  sizeBytes: number;
}

/** One request. Header names keep their case on the wire. */
export interface HttpCall {
  operation: string;
  method: 'GET' | 'POST' | 'PUT';
  url: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array | SizedBody;
}

/** An answer whose body is still on its way; not reading it to the end needs `cancel()`. */
export interface StreamedAnswer {
  status: number;
  headers: Headers;
  body: AsyncIterable<Uint8Array>;
  cancel(): void;
}

/** The one way connectors talk HTTP. Throws {@link ConnectorError}; an error of the body's own source passes as it is. */
export interface Http {
  /** Answer of any status, body read whole (bounded). */
  text(call: HttpCall): Promise<{ status: number; headers: Headers; text: string }>;
  /** Answer of any status, body streamed. */
  stream(call: HttpCall): Promise<StreamedAnswer>;
  /** A {@link ConnectorError} of this system. */
  fail(code: ConnectorErrorCode, operation: string, more?: FailMore): ConnectorError;
}

interface FailMore {
  status?: number;
  remoteCode?: string;
  remoteMessage?: string;
  retryAfterMs?: number;
  network?: string;
  fields?: string[];
  cause?: unknown;
  effect?: 'none' | 'unknown';
  retryable?: boolean;
}

const DEFAULT_MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** Failures before a connection stood: the request never left. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  CONNECT_TIMEOUT,
  'ERR_INVALID_URL',
  'ERR_INVALID_PROTOCOL',
  'ERR_INVALID_CHAR',
  'ERR_HTTP_INVALID_HEADER_VALUE',
]);

/** Makes the fetch wrapper of one outside system: timeouts, size limits, no redirects, failures as ConnectorError. */
export function createHttp(system: string, options: HttpOptions = {}): Http {
  function fail(code: ConnectorErrorCode, operation: string, more: FailMore = {}): ConnectorError {
    const { cause, effect, retryable, remoteMessage, ...facts } = more;
    const details = { system, operation, ...facts };
    return new ConnectorError(
      code,
      remoteMessage ? { ...details, remoteMessage: remoteText(remoteMessage) } : details,
      { cause, ...(effect && { effect }), ...(retryable !== undefined && { retryable }) },
    );
  }

  /** A gateway's 401 means the call went no further, so making it again doubles nothing. */
  async function stream(call: HttpCall): Promise<StreamedAnswer> {
    const { authorization } = options;
    if (!authorization) return once(call);
    const withHeader = async (header: string) =>
      once({ ...call, headers: { ...call.headers, Authorization: header } });
    const header = await authorization.header();
    const answer = await withHeader(header);
    if (answer.status !== 401) return answer;
    answer.cancel();
    authorization.drop(header);
    return withHeader(await authorization.header());
  }

  async function once(call: HttpCall): Promise<StreamedAnswer> {
    const watch = startWatch(options);
    try {
      const response = await send(call, watch);
      if (response.status >= 300 && response.status < 400) {
        watch.stop();
        response.discard();
        throw fail('CONNECTOR_REDIRECTED', call.operation, { status: response.status });
      }
      return {
        status: response.status,
        headers: response.headers,
        body: watchedBody(response, watch, (error) => mapFailure(error, call, watch)),
        cancel: () => {
          if (!watch.stopped()) watch.abort('cancelled');
          watch.stop();
        },
      };
    } catch (error) {
      watch.stop();
      throw mapFailure(error, call, watch);
    }
  }

  function send(call: HttpCall, watch: Watch): Promise<Exchanged> {
    return options.fetch === undefined
      ? exchange(call, watch, options.connectTimeoutMs)
      : fetched(options.fetch, call, watch);
  }

  function mapFailure(error: unknown, call: HttpCall, watch: Watch): ConnectorError {
    if (error instanceof ConnectorError) return error;
    if (watch.reason() === 'timeout') return fail('CONNECTOR_TIMEOUT', call.operation, { cause: error });
    if (watch.reason() === 'cancelled') return fail('CONNECTOR_CANCELLED', call.operation, { cause: error });
    if (watch.sourceError()) throw watch.sourceError();
    if (isRefusedRedirect(error)) return fail('CONNECTOR_REDIRECTED', call.operation, { cause: error });
    const network = networkCode(error);
    const effect = network && NEVER_SENT.has(network) ? 'none' : 'unknown';
    return fail('CONNECTOR_UNREACHABLE', call.operation, {
      cause: error,
      effect,
      ...(network && { network }),
    });
  }

  async function text(call: HttpCall) {
    const answer = await stream(call);
    const limit = options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES;
    const bytes = await readBounded(answer, limit, () =>
      fail('CONNECTOR_BAD_ANSWER', call.operation, {
        status: answer.status,
        remoteMessage: `answer over ${limit} bytes`,
      }),
    );
    return { status: answer.status, headers: answer.headers, text: bytes.toString('utf8') };
  }

  return { text, stream, fail };
}

/** The same by a `fetch` of the caller's. */
async function fetched(by: typeof fetch, call: HttpCall, watch: Watch): Promise<Exchanged> {
  const { body } = call;
  // With any other `redirect`, or with a window, undici tees the body for a possible second request and so keeps every
  // uploaded byte in memory (measured on Node 20.20: 50 MB sent, 50 MB held).
  const init: RequestInit & { duplex?: 'half'; window: null } = {
    method: call.method,
    redirect: 'error',
    window: null,
    signal: watch.signal,
    headers: { ...call.headers },
  };
  if (typeof body === 'string') init.body = body;
  else if (body instanceof Uint8Array) {
    init.headers = { ...call.headers, 'Content-Length': String(body.length) };
    init.body = body as Uint8Array<ArrayBuffer>;
  } else if (body) {
    init.headers = { ...call.headers, 'Content-Length': String(body.sizeBytes) };
    init.body = Readable.toWeb(
      Readable.from(watchedSource(body.open(), watch)),
    ) as ReadableStream<Uint8Array>;
    init.duplex = 'half';
  }
  const response = await by(call.url, init);
  return {
    status: response.status,
    headers: response.headers,
    body: response.body,
    discard: () => void response.body?.cancel(),
  };
}

async function readBounded(
  answer: StreamedAnswer,
  limit: number,
  tooLarge: () => ConnectorError,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    size += chunk.length;
    if (size > limit) {
      answer.cancel();
      throw tooLarge();
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function isRefusedRedirect(error: unknown): boolean {
  return (
    error instanceof Error && error.cause instanceof Error && error.cause.message === 'unexpected redirect'
  );
}

function networkCode(error: unknown): string | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const code = (at as NodeJS.ErrnoException).code;
    if (typeof code === 'string') return code;
  }
  return undefined;
}

/** HTTP status → code, for answers that say nothing more precise (RFC 9110 §15). */
export function codeOfStatus(status: number): ConnectorErrorCode {
  if (status === 401 || status === 403) return 'CONNECTOR_AUTH_FAILED';
  if (status === 408 || status === 504) return 'CONNECTOR_TIMEOUT';
  if (status === 413) return 'CONNECTOR_TOO_LARGE';
  if (status === 429) return 'CONNECTOR_RATE_LIMITED';
  if (status === 409) return 'CONNECTOR_ALREADY_EXISTS';
  return status >= 500 ? 'CONNECTOR_REMOTE_FAULT' : 'CONNECTOR_REFUSED';
}

/** `Retry-After` in milliseconds (seconds or an HTTP date, RFC 9110 §10.2.3), at most one day. */
export function retryAfter(headers: Headers, now: Date): { retryAfterMs?: number } {
  const value = headers.get('retry-after');
  if (!value) return {};
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now.getTime();
  return Number.isFinite(ms) ? { retryAfterMs: Math.min(Math.max(ms, 0), 86_400_000) } : {};
}

/** The error that an answer's HTTP status alone means, with the wait it asks for. */
export function statusFailure(
  http: Http,
  operation: string,
  answer: { status: number; headers: Headers },
  now: Date,
): ConnectorError {
  return http.fail(codeOfStatus(answer.status), operation, {
    status: answer.status,
    ...retryAfter(answer.headers, now),
  });
}

/**
 * The JSON value of an answer, undefined when it is none. .NET services put a byte order mark before it, and some write the whole
 * object as one JSON string.
 */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
    return typeof value === 'string' && /^\s*[[{]/.test(value) ? JSON.parse(value) : value;
  } catch {
    return undefined;
  }
}

/** Holds a JSON value against its schema; undefined (no JSON) and misfits are CONNECTOR_BAD_ANSWER with the field paths. */
export function readValue<T>(
  http: Http,
  operation: string,
  status: number,
  value: unknown,
  schema: ZodType<T>,
): T {
  if (value === undefined)
    throw http.fail('CONNECTOR_BAD_ANSWER', operation, { status, remoteMessage: 'not JSON' });
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.slice(0, 20).map((issue) => issue.path.join('.'));
  throw http.fail('CONNECTOR_BAD_ANSWER', operation, { status, fields, remoteMessage: 'schema' });
}

/** {@link parseJson} and {@link readValue} in one. */
export function readJson<T>(
  http: Http,
  operation: string,
  answer: { status: number; text: string },
  schema: ZodType<T>,
): T {
  return readValue(http, operation, answer.status, parseJson(answer.text), schema);
}
