/** One signed request to an S3 service, with retries and time limits. Signing (AWS Signature Version 4) is aws4's. */
import { createHash } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import aws4 from 'aws4';
import { readXmlTree, type XmlNode } from '../../../packages/index.ts';
import { StoreError } from '../errors.ts';
import type { Addressing, BucketAddress } from './address.ts';

/** What a client needs to know. */
export interface S3Settings {
  readonly address: BucketAddress;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  readonly addressing: Addressing;
  /** Certificates (PEM) trusted for TLS; undefined: those Node trusts. */
  readonly ca: string | undefined;
  /** Server-side encryption asked for with each object; empty: what the bucket does by itself. */
  readonly encryption: '' | 'AES256' | 'aws:kms';
  /** Longest silence on a connection, ms. */
  readonly timeoutMs: number;
}

/** A body that can be read anew for each attempt. */
export interface Body {
  readonly size: number;
  /** Hex; the server refuses other bytes. */
  readonly sha256: string;
  open(): Readable;
}

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Key in the bucket, without the prefix; empty: the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** Default 4. */
  readonly attempts?: number;
  readonly timeoutMs?: number;
}

/** Counts since the start. */
export interface S3Figures {
  requests: number;
  retries: number;
  failures: number;
}

export interface S3Client {
  readonly settings: S3Settings;
  readonly figures: Readonly<S3Figures>;
  /**
   * The answer to a request, its body unread: read it, or destroy it. A 404 for a key is an answer, not an error.
   * @throws StoreError BLOBS_UNAVAILABLE when the service does not answer or is not well, BLOBS_REFUSED when it says no.
   */
  send(request: S3Request): Promise<IncomingMessage>;
  close(): void;
}

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 100;
/** Largest answer that is read whole: 1,000 keys of a list, or an error. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const EMPTY = createHash('sha256').digest('hex');
/** Connections at the same time; more requests wait for one. */
const MOST_SOCKETS = 64;

/** Whom to connect to, what to write as `Host`, and what paths begin with. */
export function targetOf(
  address: BucketAddress,
  addressing: Addressing,
): { readonly hostname: string; readonly host: string; readonly root: string } {
  const isVirtual = addressing === 'virtual';
  const hostname = isVirtual ? `${address.bucket}.${address.hostname}` : address.hostname;
  const bracketed = hostname.includes(':') ? `[${hostname}]` : hostname;
  const isUsual = address.port === (address.isTls ? 443 : 80);
  const host = isUsual ? bracketed : `${bracketed}:${address.port}`;
  return { hostname, host, root: isVirtual ? '' : `/${address.bucket}` };
}

/** Octets at hand as a body. */
export function bodyOf(bytes: Uint8Array, sha256 = createHash('sha256').update(bytes).digest('hex')): Body {
  return { size: bytes.length, sha256, open: () => Readable.from(bytes.length === 0 ? [] : [bytes]) };
}

/** Makes a client; nothing is connected before the first request. */
export function createS3Client(settings: S3Settings): S3Client {
  const { address, addressing } = settings;
  const options = { keepAlive: true, maxSockets: MOST_SOCKETS, maxFreeSockets: 8 };
  const agent = address.isTls
    ? new HttpsAgent({ ...options, ...(settings.ca === undefined ? {} : { ca: settings.ca }) })
    : new HttpAgent(options);
  const figures: S3Figures = { requests: 0, retries: 0, failures: 0 };
  const { hostname, host, root } = targetOf(address, addressing);

  function pathOf({ key, query = {} }: S3Request): string {
    const path = key === '' ? root || '/' : `${root}/${address.prefix}${key}`;
    const search = Object.entries(query)
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join('&');
    return search === '' ? path : `${path}?${search}`;
  }

  async function once(request: S3Request): Promise<IncomingMessage> {
    const { method, body } = request;
    const { headers = {}, path = '/' } = aws4.sign(
      {
        service: 's3',
        region: settings.region,
        method,
        path: pathOf(request),
        headers: {
          Host: host,
          'X-Amz-Content-Sha256': body?.sha256 ?? EMPTY,
          ...(body === undefined ? {} : { 'Content-Length': body.size }),
          ...request.headers,
        },
      },
      { accessKeyId: settings.accessKey, secretAccessKey: settings.secretKey },
    );
    const send = address.isTls ? httpsRequest : httpRequest;
    const timeout = request.timeoutMs ?? settings.timeoutMs;
    const outgoing = send({ hostname, port: address.port, method, path, headers, agent, timeout });
    outgoing.on('timeout', () =>
      outgoing.destroy(Object.assign(new Error(`no answer within ${timeout} ms`), { code: 'ETIMEDOUT' })),
    );
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      outgoing.once('error', reject);
    });
    // Whoever reads the answer hears of what breaks later.
    outgoing.on('error', () => undefined);
    if (body === undefined) outgoing.end();
    // A server that refuses early answers while we still write: its answer counts.
    else pipeline(body.open(), outgoing).catch(() => undefined);
    return answered;
  }

  async function send(request: S3Request): Promise<IncomingMessage> {
    const attempts = request.attempts ?? ATTEMPTS;
    for (let attempt = 1; ; attempt += 1) {
      figures.requests += 1;
      const outcome = await judged(() => once(request), request);
      if (!(outcome instanceof StoreError)) return outcome;
      if (outcome.code === 'BLOBS_REFUSED' || attempt >= attempts) {
        figures.failures += 1;
        throw outcome;
      }
      figures.retries += 1;
      // Half of it by chance, so that gateways that failed together do not come again together.
      await delay(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
    }
  }

  return { settings, figures, send, close: () => agent.destroy() };
}

/** Answers that pass by themselves; everything else that is no success is a no. */
const PASSING_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);
const PASSING_CODE = /^(RequestTimeout|SlowDown|InternalError|ServiceUnavailable|OperationAborted)$/;

async function judged(
  call: () => Promise<IncomingMessage>,
  { key }: S3Request,
): Promise<IncomingMessage | StoreError> {
  let answer: IncomingMessage;
  try {
    answer = await call();
  } catch (cause) {
    return unreachable(cause);
  }
  const { statusCode: status = 0 } = answer;
  if (status >= 200 && status < 300) return answer;
  const error = await readAnswer(answer).catch(() => null);
  const code = error?.text('Code') ?? '';
  if (status === 404 && key !== '' && code !== 'NoSuchBucket') return answer;
  if (PASSING_STATUS.has(status) || PASSING_CODE.test(code))
    return new StoreError('BLOBS_UNAVAILABLE', `the object store answers ${status} ${code}`.trim());
  return new StoreError('BLOBS_REFUSED', `the object store refuses: ${status} ${code || reasonOf(status)}`);
}

function reasonOf(status: number): string {
  if (status === 404) return 'NoSuchBucket';
  return status === 403 ? 'AccessDenied' : '';
}

/** A fault of the way to the service. */
export function unreachable(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const { code = '', message = '' } = (cause ?? {}) as { code?: string; message?: string };
  return new StoreError('BLOBS_UNAVAILABLE', `the object store does not answer (${code || message})`, {
    cause,
  });
}

/** A small answer, read whole. @throws StoreError BLOBS_UNAVAILABLE when it is cut short, or not small. */
export async function readWhole(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of answer) {
      size += (chunk as Uint8Array).length;
      if (size > MAX_ANSWER_BYTES) throw new Error('answer too large');
      chunks.push(chunk as Uint8Array);
    }
    return Buffer.concat(chunks);
  } catch (cause) {
    throw unreachable(cause);
  }
}

/** A small XML answer, read whole. @throws StoreError BLOBS_UNAVAILABLE when it is none. */
export async function readAnswer(answer: IncomingMessage): Promise<XmlNode> {
  const bytes = await readWhole(answer);
  return readXmlTree(bytes, MAX_ANSWER_BYTES).catch((cause: unknown) => {
    throw unreachable(cause);
  });
}
