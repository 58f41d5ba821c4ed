/** The Cloud Signature Consortium API v2 on the wire: calls, access tokens, and refusals in words of ours. */
import { SigningError, type SigningErrorCode } from '../../errors.ts';

/** The part of `fetch` that is used. */
export type CscFetch = (
  url: string,
  init: { method: 'POST'; headers: Record<string, string>; body: string; signal: AbortSignal },
) => Promise<{ readonly status: number; text(): Promise<string> }>;

/** What opens the account (CSC §8.2, §8.3). */
export type CscAccount =
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | {
      readonly type: 'client';
      readonly clientId: string;
      readonly clientSecret: string;
      /** Default: the `oauth2` address of `info`, else the base. */
      readonly tokenUrl?: string;
    }
  | { readonly type: 'token'; readonly accessToken: string };

/** How the service is called. */
export interface CscClientOptions {
  readonly baseUrl: string;
  readonly account: CscAccount;
  readonly fetch: CscFetch;
  readonly now: () => number;
  /** Default 30 s. */
  readonly timeoutMs?: number;
}

/** A JSON object of an answer. */
export type Json = Readonly<Record<string, unknown>>;

/** A client that keeps its access token. */
export interface CscClient {
  /** Calls with authorization; a token that ran out is renewed once. */
  call(method: string, body: Json): Promise<Json>;
}

/** An answer no larger than this is read: a thousand RSA-4096 signatures are 700 KB. */
const MAX_ANSWER = 4 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
/** A token is renewed this long before it ends. */
const EARLY_MS = 30_000;

/** Error words of CSC §10.1 and OAuth 2.0 that mean something to the one who signs. */
const CODES: Readonly<Record<string, SigningErrorCode>> = {
  invalid_otp: 'REMOTE_OTP_WRONG',
  invalid_pin: 'KEY_PIN_WRONG',
  locked_pin: 'KEY_PIN_LOCKED',
  expired_otp: 'REMOTE_OTP_WRONG',
  expired_sad: 'REMOTE_AUTHORISATION_NEEDED',
  invalid_sad: 'REMOTE_AUTHORISATION_NEEDED',
  invalid_client: 'REMOTE_LOGIN_REFUSED',
  invalid_grant: 'REMOTE_LOGIN_REFUSED',
  authentication_error: 'REMOTE_LOGIN_REFUSED',
  unauthorized_client: 'REMOTE_LOGIN_REFUSED',
  access_denied: 'REMOTE_SIGNING_REFUSED',
};

/** How services say that a SAD is no good: the standard gives one word, `invalid_request`, for every bad parameter. */
const SAD_TROUBLE = /\bSAD\b/;
const OTP_TROUBLE = /\bOTP\b/i;
const PIN_TROUBLE = /\bPIN\b/i;

/** The refusal as an error of ours. The service's own words are kept as the reason: they are no secret, and often the only hint. */
function refused(status: number, answer: Json): SigningError {
  const word = typeof answer['error'] === 'string' ? answer['error'] : `HTTP ${status}`;
  const words = typeof answer['error_description'] === 'string' ? answer['error_description'] : '';
  const details = { reason: `${word}${words === '' ? '' : `: ${words.slice(0, 300)}`}`, status };
  const coded = CODES[word];
  if (coded !== undefined) return new SigningError(coded, { details });
  if (status === 401 || word === 'invalid_token')
    return new SigningError('REMOTE_LOGIN_REFUSED', { details });
  if (status >= 500 || status === 429 || status === 408)
    return new SigningError('REMOTE_SIGNING_UNAVAILABLE', { details });
  if (SAD_TROUBLE.test(words)) return new SigningError('REMOTE_AUTHORISATION_NEEDED', { details });
  if (OTP_TROUBLE.test(words)) return new SigningError('REMOTE_OTP_WRONG', { details });
  if (PIN_TROUBLE.test(words)) return new SigningError('KEY_PIN_WRONG', { details });
  return new SigningError('REMOTE_SIGNING_REFUSED', { details });
}

function parsed(text: string): Json | null {
  try {
    const value: unknown = text === '' ? {} : JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
  } catch {
    return null;
  }
}

async function send(
  options: CscClientOptions,
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<Json> {
  let status: number;
  let text: string;
  try {
    const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
    const answer = await options.fetch(url, { method: 'POST', headers, body, signal });
    status = answer.status;
    text = await answer.text();
  } catch (cause) {
    throw new SigningError('REMOTE_SIGNING_UNAVAILABLE', {
      cause,
      details: { reason: (cause as Error).name === 'TimeoutError' ? 'timeout' : 'no connection' },
    });
  }
  const answer = text.length > MAX_ANSWER ? null : parsed(text);
  if (status >= 200 && status < 300 && answer !== null) return answer;
  if (status >= 200 && status < 300)
    throw new SigningError('REMOTE_SIGNING_UNAVAILABLE', { details: { reason: 'the answer is not JSON' } });
  throw refused(status, answer ?? {});
}

interface AccessToken {
  readonly value: string;
  readonly until: number;
}

function tokenOf(options: CscClientOptions, answer: Json): AccessToken {
  const value = answer['access_token'];
  if (typeof value !== 'string')
    throw new SigningError('REMOTE_SIGNING_UNAVAILABLE', { details: { reason: 'no access_token' } });
  const seconds = typeof answer['expires_in'] === 'number' ? answer['expires_in'] : 3600;
  return { value, until: options.now() + seconds * 1000 - EARLY_MS };
}

async function logIn(options: CscClientOptions): Promise<AccessToken> {
  const { account, baseUrl } = options;
  if (account.type === 'token') return { value: account.accessToken, until: Number.POSITIVE_INFINITY };
  if (account.type === 'basic') {
    const basic = Buffer.from(`${account.username}:${account.password}`, 'utf8').toString('base64');
    const headers = { 'Content-Type': 'application/json', Authorization: `Basic ${basic}` };
    return tokenOf(options, await send(options, `${baseUrl}/auth/login`, headers, '{}'));
  }
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: account.clientId,
    client_secret: account.clientSecret,
    scope: 'service',
  });
  const url = account.tokenUrl ?? `${baseUrl}/oauth2/token`;
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return tokenOf(options, await send(options, url, headers, form.toString()));
}

/** Makes a client; nothing is called yet. */
export function createCscClient(options: CscClientOptions): CscClient {
  let token: AccessToken | null = null;
  let pending: Promise<AccessToken> | null = null;

  async function access(): Promise<AccessToken> {
    if (token !== null && token.until > options.now()) return token;
    pending ??= logIn(options).finally(() => {
      pending = null;
    });
    token = await pending;
    return token;
  }

  async function once(method: string, body: Json): Promise<Json> {
    const { value } = await access();
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${value}` };
    return send(options, `${options.baseUrl}/${method}`, headers, JSON.stringify(body));
  }

  return {
    async call(method, body) {
      const before = token;
      try {
        return await once(method, body);
      } catch (cause) {
        const isOld = cause instanceof SigningError && cause.details['status'] === 401 && before !== null;
        if (!isOld) throw cause;
        token = null;
        return once(method, body);
      }
    },
  };
}
