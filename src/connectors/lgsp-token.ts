import { z } from 'zod';
import { codeOfStatus, createHttp, type HttpOptions, readJson } from './http.ts';

/** Settings of the token endpoint of an LGSP/NGSP gateway (WSO2 API Manager, client-credentials grant). */
export interface LgspTokenOptions extends Omit<HttpOptions, 'authorization'> {
  /** e.g. `https://lgsp.example/token` */
  tokenUrl: string;
  consumerKey: string;
  consumerSecret: string;
  now?: () => Date;
}

/** Gives the `Authorization` header of every call that goes through the gateway. */
export interface Authorization {
  header(): Promise<string>;
  /** The gateway refused this header: get another one next time. */
  drop(header: string): void;
}

const EARLY_MS = 60_000;
const tokenAnswer = z.object({
  access_token: z.string().min(1).max(8192),
  expires_in: z.coerce.number().positive().optional(),
});

/** A header to send, and for how long it is good. */
export interface Granted {
  header: string;
  lifeMs: number;
}

/** Keeps what `request` gives until a minute before it ends; callers that come together share one request. */
export function holdToken(request: () => Promise<Granted>, now: () => Date): Authorization {
  let held: { header: string; until: number } | undefined;
  let running: Promise<string> | undefined;

  async function renew(): Promise<string> {
    const { header, lifeMs } = await request();
    held = { header, until: now().getTime() + lifeMs - EARLY_MS };
    return header;
  }

  return {
    async header() {
      if (held && now().getTime() < held.until) return held.header;
      running ??= renew().finally(() => {
        running = undefined;
      });
      return running;
    },
    drop(header) {
      if (held?.header === header) held = undefined;
    },
  };
}

/** Bearer tokens by client credentials (RFC 6749 §4.4). Throws ConnectorError. */
export function createLgspToken(options: LgspTokenOptions): Authorization {
  const http = createHttp('lgsp', options);

  async function request(): Promise<Granted> {
    const operation = 'token';
    const basic = Buffer.from(`${options.consumerKey}:${options.consumerSecret}`, 'utf8').toString('base64');
    const headers = { Authorization: `Basic ${basic}`, 'Content-Type': 'application/x-www-form-urlencoded' };
    const call = {
      operation,
      method: 'POST' as const,
      url: options.tokenUrl,
      headers,
      body: 'grant_type=client_credentials',
    };
    const answer = await http.text(call);
    // RFC 6749 §5.2: a refused client is 401, or 400 with `invalid_client`.
    if (answer.status === 400) throw http.fail('CONNECTOR_AUTH_FAILED', operation, { status: 400 });
    if (answer.status >= 300)
      throw http.fail(codeOfStatus(answer.status), operation, { status: answer.status });
    const { access_token, expires_in = 3600 } = readJson(http, operation, answer, tokenAnswer);
    return { header: `Bearer ${access_token}`, lifeMs: expires_in * 1000 };
  }

  return holdToken(request, options.now ?? (() => new Date()));
}
