import type { ZodType } from 'zod';
import type { ConnectorError } from './errors.ts';
import { codeOfStatus, createHttp, type Http, type HttpOptions, readJson, retryAfter } from './http.ts';

/** Settings every JSON client has. */
export interface JsonClientOptions extends HttpOptions {
  /** Without trailing slash. */
  baseUrl: string;
  now?: () => Date;
}

/** One JSON call of a system. */
export interface JsonCall<T> {
  operation: string;
  method?: 'GET' | 'POST' | 'PUT';
  /** Path and query after `baseUrl`. */
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** What the answer must look like. */
  schema: ZodType<T>;
}

/** Calls of one system: status codes become ConnectorErrors, answers go past their schema. */
export interface JsonClient {
  http: Http;
  now(): Date;
  call<T>(call: JsonCall<T>): Promise<T>;
  /** Refuses a request that breaks the receiver's rules before it is sent. */
  refuseFaults(operation: string, faults: readonly [field: string, broken: boolean][]): void;
}

/** Makes the caller of one system. */
export function createJsonClient(system: string, options: JsonClientOptions): JsonClient {
  const http = createHttp(system, options);
  const now = options.now ?? (() => new Date());
  return {
    http,
    now,
    async call({ operation, method = 'POST', path, body, headers, schema }) {
      const answer = await http.text({
        operation,
        method,
        url: options.baseUrl.replace(/\/+$/, '') + path,
        headers: {
          Accept: 'application/json',
          ...(body === undefined ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (answer.status < 200 || answer.status >= 300) {
        const facts = { status: answer.status, ...retryAfter(answer.headers, now()) };
        throw http.fail(codeOfStatus(answer.status), operation, facts);
      }
      return readJson(http, operation, answer, schema);
    },
    refuseFaults(operation, faults) {
      const fields = faults.filter(([, broken]) => broken).map(([field]) => field);
      if (fields.length > 0)
        throw http.fail('CONNECTOR_INVALID_DOCUMENT', operation, {
          fields,
          remoteMessage: fields.join(', '),
        });
    },
  };
}

/** The words of a refusal as a code: the systems share no numbers, so what they say decides. */
export function refusalOf(
  http: Http,
  operation: string,
  remoteCode: string,
  remoteMessage: string,
): ConnectorError {
  const words = remoteMessage.normalize('NFC').toLowerCase();
  const code = /token|xác thực|authkey|hết hạn phiên|unauthori[sz]ed/.test(words)
    ? 'CONNECTOR_AUTH_FAILED'
    : /đã tồn tại|already exists/.test(words)
      ? 'CONNECTOR_ALREADY_EXISTS'
      : /không tồn tại|không tìm thấy|not found/.test(words)
        ? 'CONNECTOR_NOT_FOUND'
        : /lỗi hệ thống|internal/.test(words)
          ? 'CONNECTOR_REMOTE_FAULT'
          : 'CONNECTOR_REFUSED';
  return http.fail(code, operation, { remoteCode, remoteMessage });
}

/** An instant as `yyyyMMddHHmmss` on Vietnam's 24-hour clock. */
export function compactTime(at: Date): string {
  return vietnam(at).slice(0, 19).replace(/\D/g, '');
}

/** An instant as `dd/MM/yyyy HH:mm:ss` in Vietnam. */
export function slashTime(at: Date): string {
  const [date = '', time = ''] = vietnam(at).slice(0, 19).split('T');
  return `${date.split('-').reverse().join('/')} ${time}`;
}

function vietnam(at: Date): string {
  return new Date(at.getTime() + 7 * 3_600_000).toISOString();
}
