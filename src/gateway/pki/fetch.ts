/**
 * The guarded way out to certificate authorities. A name is resolved once, its addresses are checked, and the connection
 * goes to a checked address: a name that changes its mind between check and connect (DNS rebinding) gains nothing.
 */
import { lookup as systemLookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type PkiAnswer, PkiFault, type PkiFetch, type PkiRequest } from '../../signing/index.ts';
import type { AddressRule } from './addresses.ts';
import type { HostRule } from './hosts.ts';

/** Resolves a name to addresses. */
export type Resolve = (
  host: string,
  done: (error: Error | null, addresses: readonly { address: string; family: number }[]) => void,
) => void;

/** What the way out is bound by. */
export interface GuardedFetchOptions {
  readonly mayAsk: HostRule;
  readonly mayConnect: AddressRule;
  /** Longest silence, and longest whole time for a small answer; a list may take six times as long. Default 10,000. */
  readonly timeoutMs?: number;
  /** Default: the system's resolver. */
  readonly resolve?: Resolve;
}

const TIMEOUT_MS = 10_000;
const MAX_REDIRECTS = 3;
/** Answers up to this size must be there within one timeout. */
const SMALL_BYTES = 1024 * 1024;
const LARGE_FACTOR = 6;

const bySystem: Resolve = (host, done) => {
  systemLookup(host, { all: true }, (error, addresses) => done(error, addresses ?? []));
};

/** `lookup` of a connection that yields checked addresses only. */
function checkedLookup(mayConnect: AddressRule, resolve: Resolve): LookupFunction {
  return (host, options, callback) => {
    resolve(host, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const allowed = addresses.filter(({ address }) => mayConnect(address));
      const [first] = allowed;
      if (first === undefined)
        return callback(
          new PkiFault('PRIVATE_ADDRESS', `${host} leads to an address that is not allowed`),
          '',
          0,
        );
      if (options.all === true) callback(null, [...allowed]);
      else callback(null, first.address, first.family);
    });
  };
}

function asFault(error: unknown): PkiFault {
  if (error instanceof PkiFault) return error;
  const { code = 'error' } = error as { code?: string };
  return new PkiFault('UNREACHABLE', `not reachable (${code})`, { cause: error });
}

function assertAllowed(url: URL, options: GuardedFetchOptions): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new PkiFault('NOT_ALLOWED', 'only http and https are asked');
  if (url.username !== '' || url.password !== '')
    throw new PkiFault('NOT_ALLOWED', 'an address with a password is not asked');
  if (!options.mayAsk(url)) throw new PkiFault('NOT_ALLOWED', `${url.host} is not among LIENTHONG_PKI_HOSTS`);
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !options.mayConnect(literal))
    throw new PkiFault('PRIVATE_ADDRESS', `${url.host} is a private address`);
}

/** Reads a body up to `maxBytes`. */
async function readBody(response: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  if (Number(response.headers['content-length'] ?? 0) > maxBytes)
    throw new PkiFault('TOO_LARGE', `the answer is larger than ${maxBytes} octets`);
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw new PkiFault('UNREADABLE', 'a compressed answer was not asked for');
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBytes) throw new PkiFault('TOO_LARGE', `the answer is larger than ${maxBytes} octets`);
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** One exchange without following redirects. */
function exchange(
  url: URL,
  request: PkiRequest,
  options: GuardedFetchOptions,
): Promise<{ location: string | null } & PkiAnswer> {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const wholeMs = request.maxBytes <= SMALL_BYTES ? timeoutMs : timeoutMs * LARGE_FACTOR;
  const settings: RequestOptions = {
    method: request.method,
    agent: false,
    lookup: checkedLookup(options.mayConnect, options.resolve ?? bySystem),
    headers: {
      accept: request.accept,
      'user-agent': 'lienthong',
      connection: 'close',
      ...(request.body === undefined
        ? {}
        : {
            'content-type': request.contentType ?? 'application/octet-stream',
            'content-length': request.body.length,
          }),
    },
  };
  return new Promise((resolve, reject) => {
    const slow = () => new PkiFault('TIMEOUT', `no answer within ${timeoutMs / 1000} s`);
    const call = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, settings);
    const whole = setTimeout(() => call.destroy(slow()), wholeMs);
    const fail = (error: unknown) => {
      clearTimeout(whole);
      call.destroy();
      reject(asFault(error));
    };
    call.setTimeout(timeoutMs, () => call.destroy(slow()));
    call.on('error', fail);
    call.on('response', (response) => {
      const status = response.statusCode ?? 0;
      const isRedirect = status >= 300 && status < 400;
      const location = isRedirect ? (response.headers.location ?? null) : null;
      const body = status === 200 ? readBody(response, request.maxBytes) : Promise.resolve(new Uint8Array());
      body.then((octets) => {
        clearTimeout(whole);
        if (status !== 200) call.destroy();
        resolve({ status, body: octets, location });
      }, fail);
    });
    call.end(request.body);
  });
}

/** A redirect keeps a POST only when it says so (RFC 9110 §15.4). */
function mayFollow(status: number, method: PkiRequest['method']): boolean {
  return method === 'GET' ? [301, 302, 303, 307, 308].includes(status) : status === 307 || status === 308;
}

/** Makes the guarded fetch. Each redirect, at most three, is checked like the first address. */
export function createGuardedFetch(options: GuardedFetchOptions): PkiFetch {
  return async (request) => {
    let url = new URL(request.url);
    for (let redirects = 0; ; redirects += 1) {
      assertAllowed(url, options);
      const answer = await exchange(url, request, options);
      if (answer.location === null || !mayFollow(answer.status, request.method)) return answer;
      if (redirects >= MAX_REDIRECTS) throw new PkiFault('TOO_MANY_REDIRECTS', 'too many redirects');
      if (!URL.canParse(answer.location, url.href)) throw new PkiFault('BAD_STATUS', 'redirect to nowhere');
      url = new URL(answer.location, url);
    }
  };
}
