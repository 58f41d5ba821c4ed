import { randomBytes } from 'node:crypto';
import type { ZodType } from 'zod';
import { codeOfAxis } from '../axis-codes.ts';
import type { ConnectorError } from '../errors.ts';
import {
  createHttp,
  type Http,
  type HttpCall,
  parseJson,
  readValue,
  type SizedBody,
  statusFailure,
} from '../http.ts';
import { openEdocStream } from '../vxp/edoc-stream.ts';
import { formatVxpDate } from '../vxp/headers.ts';
import {
  provincialHead,
  provincialReceivedList,
  provincialRefusal,
  provincialSent,
  provincialSentList,
} from './schema.ts';
import type { ProvincialAxisClient, ProvincialAxisClientOptions, ProvincialSendInput } from './types.ts';

const DEFAULT_MAX_EDOC_BYTES = 1024 ** 3;
/** Lists cover whole days, taken-over documents included. */
const DEFAULT_MAX_ANSWER_BYTES = 128 * 1024 ** 2;

type Call = Omit<HttpCall, 'url'> & { query?: Record<string, string> };

/** Client of the provincial LGSP document API. One attempt per call; the caller retries. */
export function createProvincialAxisClient(options: ProvincialAxisClientOptions): ProvincialAxisClient {
  const http = createHttp('provincial-axis', { maxAnswerBytes: DEFAULT_MAX_ANSWER_BYTES, ...options });
  const now = options.now ?? (() => new Date());
  const day = (at: Date) => formatVxpDate(at, options.zoneOffsetMinutes);

  async function ask<T>(call: Call, schema: ZodType<T>): Promise<T> {
    const answer = await http.text(toRequest(options, call));
    const value = parseJson(answer.text);
    assertSuccess(http, call.operation, answer, value, now());
    return readValue(http, call.operation, answer.status, value, schema);
  }

  return {
    sendEdoc: (input) => sendEdoc(ask, input),
    async listReceived({ messageType, fromDate, toDate }) {
      const query = { messageType, fromDate: day(fromDate), toDate: day(toDate) };
      const operation = 'syncReceivedEdocList';
      const { data } = await ask({ operation, method: 'GET', query }, provincialReceivedList);
      return data.map((row) => ({ ...row, messageType: row.messageType || messageType }));
    },
    async getEdoc(docId) {
      const operation = 'getEdoc';
      const answer = await http.stream(toRequest(options, { operation, method: 'GET', query: { docId } }));
      return openEdocStream({
        http,
        operation,
        answer,
        path: ['data', 'edxml'],
        encoding: 'sniff',
        maxBytes: options.maxEdocBytes ?? DEFAULT_MAX_EDOC_BYTES,
        check: (rest) => assertSuccess(http, operation, answer, rest, now()),
      }).catch((error: ConnectorError) => {
        if (error.code !== 'CONNECTOR_BAD_ANSWER' || answer.status < 300) throw error;
        throw statusFailure(http, operation, answer, now());
      });
    },
    async updateStatus(docId, status) {
      const headers = { 'Content-Type': 'application/json' };
      const body = JSON.stringify({ docId, status });
      await ask({ operation: 'updateStatus', method: 'POST', headers, body }, provincialHead);
    },
    async listSent({ documentId, messageType }) {
      const query = { messageType, ...(documentId && { documentId }) };
      return (await ask({ operation: 'getSentEdocList', method: 'GET', query }, provincialSentList)).data;
    },
  };
}

function toRequest(options: ProvincialAxisClientOptions, call: Call): HttpCall {
  const { query, ...rest } = call;
  const search = query ? `?${new URLSearchParams(query)}` : '';
  return {
    ...rest,
    url: `${options.baseUrl.replace(/\/+$/, '')}/v1/${call.operation}${search}`,
    headers: {
      Accept: 'application/json',
      'X-SystemId': options.systemId,
      'X-SecretKey': options.secret,
      ...call.headers,
    },
  };
}

async function sendEdoc(
  ask: <T>(call: Call, schema: ZodType<T>) => Promise<T>,
  input: ProvincialSendInput,
): Promise<{ docId: string }> {
  const fileName = input.fileName ?? 'package.edxml';
  if (!/^[\w.-]{1,100}\.edxml$/.test(fileName))
    throw new TypeError('fileName must be a plain name ending in .edxml');
  const boundary = `lienthong-${randomBytes(16).toString('hex')}`;
  const body = multipart(boundary, { messageType: input.messageType }, fileName, input);
  const headers = { 'Content-Type': `multipart/form-data; boundary=${boundary}` };
  const sent = await ask({ operation: 'sendEdoc', method: 'POST', headers, body }, provincialSent);
  return { docId: sent.docId };
}

/** RFC 7578 body with one file, streamed; the length is known beforehand. */
function multipart(
  boundary: string,
  fields: Record<string, string>,
  fileName: string,
  file: { body: () => AsyncIterable<Uint8Array>; sizeBytes: number },
): SizedBody {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const disposition = `Content-Disposition: form-data; name="edocFile"; filename="${fileName}"`;
  const head = Buffer.from(
    `${parts.join('')}--${boundary}\r\n${disposition}\r\nContent-Type: application/xml\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  async function* open(): AsyncGenerator<Uint8Array> {
    yield head;
    yield* file.body();
    yield tail;
  }
  return { open, sizeBytes: head.length + file.sizeBytes + tail.length };
}

/** Good only when HTTP says 2xx and `success` is true; the body's own code wins over HTTP's status. */
function assertSuccess(
  http: Http,
  operation: string,
  answer: { status: number; headers: Headers },
  value: unknown,
  now: Date,
): void {
  const head = provincialHead.safeParse(value).data;
  const good = answer.status >= 200 && answer.status < 300;
  if (head?.success && good) return;
  const refusal = head ? provincialRefusal.safeParse(head.data).data : undefined;
  if (refusal?.errorCode) {
    throw http.fail(codeOfAxis(refusal.errorCode), operation, {
      status: answer.status,
      remoteCode: refusal.errorCode,
      remoteMessage: refusal.errorDesc,
    });
  }
  if (answer.status === 404) throw http.fail('CONNECTOR_NOT_FOUND', operation, { status: 404 });
  if (!good) throw statusFailure(http, operation, answer, now);
  if (!head)
    throw http.fail('CONNECTOR_BAD_ANSWER', operation, {
      status: answer.status,
      remoteMessage: 'no success flag',
    });
  throw http.fail('CONNECTOR_REFUSED', operation, { status: answer.status, remoteMessage: head.message });
}
