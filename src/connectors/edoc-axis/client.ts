import type { Readable } from 'node:stream';
import type { ZodType } from 'zod';
import type { ConnectorError, ConnectorErrorCode } from '../errors.ts';
import { createHttp, type Http, type HttpCall, parseJson, readValue, statusFailure } from '../http.ts';
import { openEdocStream } from '../vxp/edoc-stream.ts';
import { type EdocHead, edocHead, edocOrganizations, edocPending, edocSent } from './schema.ts';
import type { EdocAxisClient, EdocAxisClientOptions } from './types.ts';

const DEFAULT_MAX_EDOC_BYTES = 1024 ** 3;
const DEFAULT_MAX_ANSWER_BYTES = 128 * 1024 ** 2;

/** Client of an eDoc axis' REST service. One attempt per call; the caller retries. */
export function createEdocAxisClient(options: EdocAxisClientOptions): EdocAxisClient {
  const http = createHttp('edoc-axis', { maxAnswerBytes: DEFAULT_MAX_ANSWER_BYTES, ...options });
  const now = options.now ?? (() => new Date());

  function toRequest(operation: string, method: 'GET' | 'POST', more: Partial<HttpCall> = {}): HttpCall {
    return {
      operation,
      method,
      url: `${options.baseUrl.replace(/\/+$/, '')}/${operation}`,
      ...(method === 'POST' ? { body: '' } : {}),
      ...more,
      headers: { organId: options.organId, Authorization: options.token, ...more.headers },
    };
  }

  async function ask<T>(call: HttpCall, schema: ZodType<T>): Promise<T> {
    const answer = await http.text(call);
    const value = parseJson(answer.text);
    assertSuccess(http, call.operation, answer, value, now());
    return readValue(http, call.operation, answer.status, value, schema);
  }

  return {
    async sendDocument({ body, sizeBytes, sha256, messageType }) {
      const headers = { 'Content-Type': 'application/octet-stream', type: messageType, 'hash-edoc': sha256 };
      return ask(toRequest('sendDocument', 'POST', { headers, body: { open: body, sizeBytes } }), edocSent);
    },
    async pendingDocIds(type) {
      return (await ask(toRequest('getPendingDocIds', 'GET', { headers: { type } }), edocPending)).data;
    },
    async getDocument(docId, type): Promise<Readable> {
      const operation = 'getDocument';
      const answer = await http.stream(toRequest(operation, 'POST', { headers: { docId, type } }));
      const check = (rest: unknown): void => assertSuccess(http, operation, answer, rest, now());
      const maxBytes = options.maxEdocBytes ?? DEFAULT_MAX_EDOC_BYTES;
      return openEdocStream({ http, operation, answer, path: ['data'], maxBytes, check }).catch(
        (error: ConnectorError) => {
          if (error.code !== 'CONNECTOR_BAD_ANSWER' || answer.status < 300) throw error;
          throw statusFailure(http, operation, answer, now());
        },
      );
    },
    async confirmReceived({ docId, organId }, type) {
      await ask(toRequest('confirmReceived', 'POST', { headers: { docId, organId, type } }), edocHead);
    },
    async organizations() {
      const { organizations } = await ask(toRequest('getOrganizations', 'GET'), edocOrganizations);
      return organizations.map((row) => ({
        code: row.domain || row.organId || row.code,
        name: row.name || row.organName,
        mail: row.email,
      }));
    },
  };
}

/** Good only with HTTP 2xx, `Success` and code 0: the axis answers some failures with code 0. */
function assertSuccess(
  http: Http,
  operation: string,
  answer: { status: number; headers: Headers },
  value: unknown,
  now: Date,
): void {
  const head = edocHead.safeParse(value).data;
  const good = answer.status >= 200 && answer.status < 300;
  if (good && head?.status === 'Success' && Number(head.code) === 0) return;
  if (!good) throw statusFailure(http, operation, answer, now);
  if (!head)
    throw http.fail('CONNECTOR_BAD_ANSWER', operation, { status: answer.status, remoteMessage: 'no status' });
  const first = head.errors[0];
  throw http.fail(codeOf(head), operation, {
    status: answer.status,
    remoteCode: first?.code || head.code,
    remoteMessage: head.errors.map((error) => error.description).join('; ') || head.status,
  });
}

/** The axis has words instead of numbers: those of its checker (`N.`, `R.`, `M.`, `T.` and a path) speak of the package. */
function codeOf({ errors, code }: EdocHead): ConnectorErrorCode {
  const words = errors.map((error) => error.code);
  if (words.includes('ExistDoc')) return 'CONNECTOR_ALREADY_EXISTS';
  if (
    words.some((word) =>
      /^(InternalServer|SendDocument|GetPending|GetDocument\w*|ConfirmReceived|Exception)$/.test(word),
    )
  )
    return 'CONNECTOR_REMOTE_FAULT';
  if (words.some((word) => /^(Permission|CheckPermission|CheckSignature|Authorization|Token)/i.test(word)))
    return 'CONNECTOR_AUTH_FAILED';
  if (words.some((word) => /^([NRMT]\.|MessageHeader|TraceHeaderList|DocumentId)/.test(word)))
    return 'CONNECTOR_INVALID_DOCUMENT';
  if (words.includes('DocID')) return 'CONNECTOR_NOT_FOUND';
  // "Error" without a reason and with code 0: the axis gave up half-way.
  return words.length === 0 && Number(code) === 0 ? 'CONNECTOR_REMOTE_FAULT' : 'CONNECTOR_REFUSED';
}
