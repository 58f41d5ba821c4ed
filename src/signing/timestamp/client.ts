/** RFC 3161 client over HTTP (§3.4): several authorities in order, tries, nonce, and a check of what comes back. */
import { randomBytes } from 'node:crypto';
import { boolean, integer, nullValue, octetString, oid, sequence } from '../cms/der-write.ts';
import { digestOf } from '../cms/index.ts';
import { SigningError } from '../errors.ts';
import type { SigningDigest, TimestampAuthority } from '../ports.ts';
import { checkAnswer, wrong } from './answer.ts';
import { checkImprintStamp, type TimestampTrust } from './check.ts';
import { tokenOfResponse } from './token.ts';

/** What the client needs of `fetch`. */
export type TsaFetch = (
  url: string,
  init: { method: 'POST'; headers: Record<string, string>; body: Uint8Array; signal: AbortSignal },
) => Promise<Response>;

/** Anchors and evidence an authority is judged by. */
export type TsaTrust = Omit<TimestampTrust, 'at' | 'knownAt'>;

/** How to reach the authorities. */
export interface TsaClientOptions {
  /** Tried in this order. */
  readonly urls: readonly string[];
  readonly fetch: TsaFetch;
  /** For one try; default 180,000: tsa.ca.gov.vn has been measured at 2 to 131 s. */
  readonly timeoutMs?: number;
  /** Tries at each address before the next; default 3. A refusal or a wrong answer is not tried again at the same address. */
  readonly tries?: number;
  /** Requests under way at a time; default 4. */
  readonly concurrency?: number;
  /** reqPolicy OID to ask for; an answer under another one is refused. */
  readonly policy?: string;
  /** How far the authority's clock may be from ours; default 5 minutes. */
  readonly maxSkewMs?: number;
  /** Our clock, milliseconds since 1970; default the system's. */
  readonly now?: () => number;
  /**
   * Anchors the authority must lead to. With them, an authority that leads nowhere, or is revoked, is refused and the next one
   * tried; a state that cannot be had right now is left to whoever verifies. Without, the address named is trusted.
   */
  readonly trust?: TsaTrust | (() => Promise<TsaTrust>);
  /** 8 random octets for the nonce; default node:crypto. */
  readonly nonce?: () => Uint8Array;
  /** Waits before another try; default a timer. */
  readonly wait?: (ms: number) => Promise<void>;
}

const DIGEST_OIDS: Readonly<Record<SigningDigest, string>> = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};

/** Largest answer read; real ones are 1 to 10 KiB. */
const MAX_ANSWER_BYTES = 256 * 1024;
const FIRST_WAIT_MS = 1000;
const MAX_SKEW_MS = 5 * 60 * 1000;

/** A TimeStampReq and the nonce in it (INTEGER octets, hex). */
export function buildTimestampRequest(
  imprint: Uint8Array,
  digest: SigningDigest,
  nonce: Uint8Array,
  policy?: string,
): { readonly der: Uint8Array; readonly nonce: string } {
  const number = integer(nonce);
  const algorithm = sequence(oid(DIGEST_OIDS[digest]), nullValue());
  const der = sequence(
    integer(1),
    sequence(algorithm, octetString(imprint)),
    ...(policy === undefined ? [] : [oid(policy)]),
    number,
    boolean(true),
  );
  return { der, nonce: Buffer.from(number.subarray(2)).toString('hex') };
}

/** An authority that can also be given a digest, where the data are elsewhere (another thread). */
export interface TsaClient extends TimestampAuthority {
  stampImprint(imprint: Uint8Array, digest: SigningDigest): Promise<Uint8Array>;
}

/** The authority against the anchors, when there are some. */
async function checkTrust(token: Uint8Array, imprint: Uint8Array, options: TsaClientOptions): Promise<void> {
  if (options.trust === undefined) return;
  const at = new Date((options.now ?? Date.now)());
  const trust = typeof options.trust === 'function' ? await options.trust() : options.trust;
  const verdict = await checkImprintStamp(token, imprint, { ...trust, at, knownAt: at });
  const { reason } = verdict.validation?.result ?? {};
  if (verdict.indication === 'PASSED' || reason === 'REVOCATION_UNKNOWN') return;
  throw wrong(verdict.reason);
}

async function readBounded(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MAX_ANSWER_BYTES) throw wrong('answer too large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function ask(url: string, body: Uint8Array, options: TsaClientOptions): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(options.timeoutMs ?? 180_000);
  const headers = { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' };
  const response = await options.fetch(url, { method: 'POST', headers, body, signal });
  if (!response.ok) {
    await response.body?.cancel();
    throw new SigningError('TSA_UNAVAILABLE', { details: { status: response.status } });
  }
  return readBounded(response);
}

async function oneTry(
  url: string,
  imprint: Uint8Array,
  digest: SigningDigest,
  options: TsaClientOptions,
): Promise<Uint8Array> {
  const request = buildTimestampRequest(
    imprint,
    digest,
    (options.nonce ?? (() => randomBytes(8)))(),
    options.policy,
  );
  const clock = options.now ?? Date.now;
  const askedAt = clock();
  const token = tokenOfResponse(await ask(url, request.der, options));
  checkAnswer(token, {
    imprint,
    digest,
    nonce: request.nonce,
    askedAt,
    answeredAt: clock(),
    maxSkewMs: options.maxSkewMs ?? MAX_SKEW_MS,
    ...(options.policy === undefined ? {} : { policy: options.policy }),
  });
  await checkTrust(token, imprint, options);
  return token;
}

function timer(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function atAddress(
  url: string,
  imprint: Uint8Array,
  digest: SigningDigest,
  options: TsaClientOptions,
): Promise<Uint8Array> {
  const tries = options.tries ?? 3;
  for (let number = 1; ; number += 1) {
    try {
      return await oneTry(url, imprint, digest, options);
    } catch (error) {
      const final = error instanceof SigningError && error.code !== 'TSA_UNAVAILABLE';
      if (final || number >= tries) throw error;
      await (options.wait ?? timer)(FIRST_WAIT_MS * 2 ** (number - 1));
    }
  }
}

function asSigningError(error: unknown): SigningError {
  return error instanceof SigningError ? error : new SigningError('TSA_UNAVAILABLE', { cause: error });
}

/** Lets at most `limit` pieces of work run at a time, the others wait their turn. */
function limiter(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

/**
 * A TimestampAuthority that asks the given addresses in order.
 * `timestamp` and `stampImprint` throw SigningError TSA_REFUSED, TIMESTAMP_INVALID or TSA_UNAVAILABLE: that of the last address tried.
 */
export function createTsaClient(options: TsaClientOptions): TsaClient {
  if (options.urls.length === 0) throw new TypeError('at least one address is needed');
  const limited = limiter(options.concurrency ?? 4);
  async function stamp(imprint: Uint8Array, digest: SigningDigest): Promise<Uint8Array> {
    let last: SigningError | null = null;
    for (const url of options.urls) {
      try {
        return await atAddress(url, imprint, digest, options);
      } catch (error) {
        last = asSigningError(error);
      }
    }
    throw last ?? new SigningError('TSA_UNAVAILABLE');
  }
  return {
    timestamp: (data, digest) => {
      const imprint = digestOf(digest, data instanceof Uint8Array ? [data] : data);
      return limited(() => stamp(imprint, digest));
    },
    stampImprint: (imprint, digest) => limited(() => stamp(imprint, digest)),
  };
}
