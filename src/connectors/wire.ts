/**
 * One HTTP exchange over node:http, streamed both ways. The global `fetch` does the same at several times the cost: its
 * bodies are web streams, which took a tenth of the event loop's time under load.
 */
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { HttpCall } from './http.ts';
import { type Watch, watchedSource } from './watch.ts';

/** An answer whose body is still on its way. */
export interface Exchanged {
  readonly status: number;
  readonly headers: Headers;
  /** Decompressed; null when there is none. */
  readonly body: AsyncIterable<Uint8Array> | null;
  /** Leaves the rest of the body, and of the request, where it is. */
  discard(): void;
}

/** Unused connections are closed before most servers would (5 s), so that no request meets a connection just being closed. */
const IDLE = { keepAlive: true, timeout: 4_000, scheduling: 'lifo' } as const;
const plain = new HttpAgent(IDLE);
const secure = new HttpsAgent(IDLE);

/** `code` of the error when no connection stood in time. */
export const CONNECT_TIMEOUT = 'CONNECT_TIMEOUT';
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Sends `call` and resolves when the head of the answer is there; redirects are answers like any other. Ends when the watch's
 * signal aborts. @throws what node:http and the body's source throw; the source's error is kept in the watch as well.
 */
export function exchange(
  call: HttpCall,
  watch: Watch,
  connectTimeoutMs = CONNECT_TIMEOUT_MS,
): Promise<Exchanged> {
  const url = new URL(call.url);
  const isSecure = url.protocol === 'https:';
  const { body } = call;
  const sizeBytes = bodySize(body);
  return new Promise((resolve, reject) => {
    const outgoing = (isSecure ? httpsRequest : httpRequest)(url, {
      method: call.method,
      agent: isSecure ? secure : plain,
      signal: watch.signal,
      headers: {
        Accept: '*/*',
        'Accept-Encoding': 'gzip, deflate, br',
        'User-Agent': 'lienthong',
        ...call.headers,
        ...(sizeBytes === undefined ? {} : { 'Content-Length': String(sizeBytes) }),
      },
    });
    outgoing.on('error', reject);
    outgoing.on('socket', (socket) => {
      if (socket.connecting)
        limitConnecting(outgoing, socket, isSecure ? 'secureConnect' : 'connect', connectTimeoutMs);
    });
    // An answer that is none (101, say) closes the connection without an error.
    outgoing.on('close', () => reject(new Error('the connection was closed without an answer')));
    outgoing.on('response', (incoming) => {
      watch.touch();
      try {
        resolve({
          status: incoming.statusCode ?? 0,
          headers: headersOf(incoming),
          body: bodyOf(incoming),
          discard: () => outgoing.destroy(),
        });
      } catch (error) {
        outgoing.destroy();
        reject(error);
      }
    });
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) outgoing.end(body);
    else pipeline(Readable.from(watchedSource(body.open(), watch), { objectMode: false }), outgoing, ignore);
  });
}

/** A host that drops packets would otherwise look like one that took the request and is silent. */
function limitConnecting(outgoing: ClientRequest, socket: Socket, connected: string, limitMs: number): void {
  const timer = setTimeout(() => {
    const error = new Error(`no connection within ${limitMs} ms`);
    outgoing.destroy(Object.assign(error, { code: CONNECT_TIMEOUT }));
  }, limitMs);
  const stop = (): void => clearTimeout(timer);
  socket.once(connected, stop);
  socket.once('close', stop);
}

/** What goes wrong with a body is told by the request's own error. */
function ignore(): void {}

function bodySize(body: HttpCall['body']): number | undefined {
  if (body === undefined) return undefined;
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.byteLength : body.sizeBytes;
}

function headersOf(incoming: IncomingMessage): Headers {
  const headers = new Headers();
  const { rawHeaders } = incoming;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  return headers;
}

/** RFC 9110 §8.4: codings in the order they were applied; one we did not ask for is left as it is. */
function bodyOf(incoming: IncomingMessage): AsyncIterable<Uint8Array> {
  const codings = (incoming.headers['content-encoding'] ?? '').toLowerCase().split(',').reverse();
  const decoders: Transform[] = [];
  for (const coding of codings) {
    const decoder = decoderOf(coding.trim());
    if (decoder === null) break;
    decoders.push(decoder);
  }
  const [last] = decoders.slice(-1);
  if (last === undefined) return incoming;
  pipeline([incoming, ...decoders], ignore);
  return last;
}

function decoderOf(coding: string): Transform | null {
  if (coding === 'gzip' || coding === 'x-gzip') return createGunzip();
  if (coding === 'deflate') return createInflate();
  return coding === 'br' ? createBrotliDecompress() : null;
}
