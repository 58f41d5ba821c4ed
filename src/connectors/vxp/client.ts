import { Readable } from 'node:stream';
import type { ZodType } from 'zod';
import { AXIS_CODES, codeOfAxis } from '../axis-codes.ts';
import { ConnectorError } from '../errors.ts';
import { createHttp, type Http, parseJson, readValue, type SizedBody, statusFailure } from '../http.ts';
import { openEdocStream } from './edoc-stream.ts';
import { sdkHex } from './hash-file.ts';
import { buildVxpHeaders, formatVxpDate } from './headers.ts';
import { rowPages } from './rows.ts';
import {
  type VxpHead,
  vxpAgencies,
  vxpAgency,
  vxpCount,
  vxpHead,
  vxpReceivedList,
  vxpSent,
  vxpSentList,
  vxpUnit,
} from './schema.ts';
import type {
  VxpAgency,
  VxpClient,
  VxpClientOptions,
  VxpReceivedItem,
  VxpSendInput,
  VxpUnit,
} from './types.ts';

const SERVICE_TYPE = 'eDoc';
const CRLF = Buffer.from('\r\n');
const DEFAULT_MAX_EDOC_BYTES = 1024 ** 3;
/** The national directory alone is 123,000 agencies at some 200 bytes each; sent lists grow without end. */
const DEFAULT_MAX_ANSWER_BYTES = 128 * 1024 ** 2;

type Call = {
  operation: string;
  args?: Record<string, string>;
  body?: string | Uint8Array | SizedBody;
  contentType?: string;
};
type Ask = <T>(call: Call, schema: ZodType<T>) => Promise<T>;

/** Client of the national document axis (public SDK 2.0.1's wire protocol). One attempt per call; the caller retries. */
export function createVxpClient(options: VxpClientOptions): VxpClient {
  const http = createHttp('vxp', { maxAnswerBytes: DEFAULT_MAX_ANSWER_BYTES, ...options });
  const request = (call: Call) => signedRequest(options, call);
  const now = options.now ?? (() => new Date());

  async function ask<T>(call: Call, schema: ZodType<T>): Promise<T> {
    const answer = await http.text(request(call));
    const value = parseJson(answer.text);
    assertOk(http, call.operation, answer, value, now());
    return readValue(http, call.operation, answer.status, value, schema);
  }

  async function* pages<S extends ZodType, T>(
    operation: string,
    row: S,
    map: (row: S['_output']) => T & { code: string },
  ): AsyncGenerator<T[]> {
    const answer = await http.stream(request({ operation }));
    const maxBytes = options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES;
    const check = (head: unknown): void => assertOk(http, operation, answer, head, now());
    const input = { http, operation, answer, row, check, maxBytes, pageRows: PAGE_ROWS };
    try {
      for await (const rows of rowPages(input)) yield rows.map(map).filter(({ code }) => code !== '');
    } catch (error) {
      const isPage = error instanceof ConnectorError && error.code === 'CONNECTOR_BAD_ANSWER';
      throw isPage && !isSuccess(answer.status) ? statusFailure(http, operation, answer, now()) : error;
    }
  }
  const agencyPages = () => pages('getAgenciesList', vxpAgency, toAgency);
  const unitPages = () => pages('getSynchronizeUnit', vxpUnit, toUnit);

  return {
    sendEdoc: (input) => sendEdoc(ask, input, options),
    getEdoc: (docId) => getEdoc(http, request, docId, options, now),
    async updateStatus(docId, status) {
      await ask({ operation: 'updateStatus', args: { docId, status }, body: '{}' }, vxpHead);
    },
    async listReceived(query) {
      const args = {
        servicetype: SERVICE_TYPE,
        messagetype: query.messageType,
        ...(query.fromDate && { fromDate: formatVxpDate(query.fromDate, options.zoneOffsetMinutes) }),
        ...(query.toDate && { toDate: formatVxpDate(query.toDate, options.zoneOffsetMinutes) }),
      };
      const { data } = await ask({ operation: 'getReceivedEdocList', args }, vxpReceivedList);
      return data.map((row) => toReceived(row, query.messageType));
    },
    async listSent(query) {
      const args = {
        servicetype: SERVICE_TYPE,
        messagetype: query.messageType,
        ...(query.docId && { docId: query.docId }),
      };
      return (await ask({ operation: 'getSentEdocList', args }, vxpSentList)).data;
    },
    agencies: () => gathered(agencyPages()),
    agencyPages,
    async agenciesQd20(level) {
      const args = { level: String(level) };
      return (await ask({ operation: 'getAgenciesListQD20', args }, vxpAgencies)).data.map(toAgency);
    },
    synchronizeUnits: () => gathered(unitPages()),
    unitPages,
    async countReceived(messageType) {
      const operation = messageType === 'status' ? 'countReceiveStatus' : 'countReceiveEdoc';
      return (await ask({ operation, body: '{}' }, vxpCount)).count;
    },
    downloadEdoc: (docId) => downloadEdoc(http, request, docId, options, now),
    async registerAgency(agency) {
      const { code, name, mail = '', mobile = '', fax = '' } = agency;
      const body = JSON.stringify({ id: '', pcode: agency.parentCode, code, name, mail, mobile, fax });
      await ask({ operation: 'registerAgency', body }, vxpHead);
    },
    async deleteAgency(code) {
      await ask({ operation: 'deleteAgency', args: { AgencyCode: code }, body: '{}' }, vxpHead);
    },
  };
}

/** Rows handled at a time, some 100 KB of a directory. */
const PAGE_ROWS = 500;

async function gathered<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

async function downloadEdoc(
  http: Http,
  request: (call: Call) => ReturnType<typeof signedRequest>,
  docId: string,
  options: VxpClientOptions,
  now: () => Date,
): Promise<Readable> {
  const operation = 'downloadEdoc';
  const { body: _, ...call } = request({ operation, args: { docId } });
  const answer = await http.stream({ ...call, method: 'GET' });
  if (!isSuccess(answer.status)) {
    answer.cancel();
    if (answer.status === 404) throw http.fail('CONNECTOR_NOT_FOUND', operation, { status: 404 });
    throw statusFailure(http, operation, answer, now());
  }
  const maxBytes = options.maxEdocBytes ?? DEFAULT_MAX_EDOC_BYTES;
  async function* bounded(): AsyncGenerator<Uint8Array> {
    let sizeBytes = 0;
    for await (const chunk of answer.body) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes)
        throw http.fail('CONNECTOR_BAD_ANSWER', operation, {
          remoteMessage: `package over ${maxBytes} bytes`,
        });
      yield chunk;
    }
  }
  return Readable.from(bounded(), { objectMode: false });
}

function signedRequest(options: VxpClientOptions, call: Call) {
  const headers = buildVxpHeaders({
    systemId: options.systemId,
    secret: options.secret,
    args: call.args ?? {},
    contentType: call.contentType ?? 'application/json',
    at: (options.now ?? (() => new Date()))(),
    ...(options.zoneOffsetMinutes !== undefined && { zoneOffsetMinutes: options.zoneOffsetMinutes }),
  });
  const url = `${options.baseUrl.replace(/\/+$/, '')}/${call.operation}`;
  return { operation: call.operation, method: 'POST' as const, url, headers, body: call.body ?? '' };
}

async function sendEdoc(
  ask: Ask,
  input: VxpSendInput,
  options: VxpClientOptions,
): Promise<{ docId: string }> {
  const digest = Buffer.from(input.sha256, 'hex');
  if (digest.length !== 32) throw new TypeError('sha256 must be 64 hex digits');
  const args = {
    servicetype: SERVICE_TYPE,
    messagetype: input.messageType,
    'hash-file': options.hashFileStyle === 'padded' ? digest.toString('hex') : sdkHex(digest),
    from: input.from,
  };
  const body =
    input.bytes === undefined
      ? { open: () => withCrlf(input.body()), sizeBytes: input.sizeBytes + CRLF.length }
      : Buffer.concat([input.bytes, CRLF]);
  const sent = await ask(
    { operation: 'sendEdoc', args, body, contentType: 'application/octet-stream' },
    vxpSent,
  );
  return { docId: sent.DocId };
}

/** The SDK ends the body with CRLF, outside the file's digest; servers may rely on it. */
async function* withCrlf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* body;
  yield CRLF;
}

async function getEdoc(
  http: Http,
  request: (call: Call) => ReturnType<typeof signedRequest>,
  docId: string,
  options: VxpClientOptions,
  now: () => Date,
): Promise<Readable> {
  const operation = 'getEdoc';
  const answer = await http.stream(request({ operation, args: { docId, filePath: 'xml' }, body: '{}' }));
  return openEdocStream({
    http,
    operation,
    answer,
    path: ['data'],
    maxBytes: options.maxEdocBytes ?? DEFAULT_MAX_EDOC_BYTES,
    check: (rest) => assertOk(http, operation, answer, rest, now()),
  }).catch((error: ConnectorError) => {
    if (error.code !== 'CONNECTOR_BAD_ANSWER' || isSuccess(answer.status)) throw error;
    throw statusFailure(http, operation, answer, now());
  });
}

/** An answer is good when HTTP says 200 or 201 and the body says `OK`/`0`; the body's own code wins over HTTP's status. */
function assertOk(
  http: Http,
  operation: string,
  answer: { status: number; headers: Headers },
  value: unknown,
  now: Date,
): void {
  const head = vxpHead.safeParse(value).data;
  if (head && isSuccess(answer.status) && isOk(head)) return;
  if (head && !isOk(head) && Number(head.ErrorCode) !== 0) {
    throw http.fail(codeOfAxis(head.ErrorCode), operation, {
      status: answer.status,
      remoteCode: head.ErrorCode,
      remoteMessage: head.ErrorDesc,
    });
  }
  if (!isSuccess(answer.status)) throw statusFailure(http, operation, answer, now);
  if (!head)
    throw http.fail('CONNECTOR_BAD_ANSWER', operation, { status: answer.status, remoteMessage: 'no status' });
  throw http.fail('CONNECTOR_REFUSED', operation, { status: answer.status, remoteMessage: head.ErrorDesc });
}

function isSuccess(status: number): boolean {
  return status === 200 || status === 201;
}

function isOk(head: VxpHead): boolean {
  return (
    head.status.toUpperCase() === 'OK' &&
    (head.ErrorCode === '' || Number(head.ErrorCode) === Number(AXIS_CODES.ok))
  );
}

function toReceived(
  row: ReturnType<typeof vxpReceivedList.parse>['data'][number],
  asked: VxpReceivedItem['messageType'],
): VxpReceivedItem {
  const { docId, from, to, messageType, status } = row;
  return {
    docId,
    from,
    to,
    messageType: messageType || asked,
    status,
    createdTime: row.created_time,
    updatedTime: row.updated_time,
  };
}

function toAgency(row: ReturnType<typeof vxpAgency.parse>): VxpAgency {
  const { id, code, name, mail } = row;
  return { id, parentId: row.pid, code, otherCode: row.oldCode || row.code102, name, mail };
}

function toUnit(row: ReturnType<typeof vxpUnit.parse>): VxpUnit {
  const { id, code, name, mail, version, centerCode, deleted, modifyDate, isAgency } = row;
  return {
    id,
    parentId: row.pid,
    code,
    otherCode: row.oldCode,
    name,
    mail,
    version,
    centerCode,
    deleted,
    modifyDate,
    isAgency,
  };
}
