/**
 * `/XrdAdapter/adapter/*`: the VXP protocol from the server's side, so that a province's document systems connect here
 * by changing one address (samples of the public SDK; vietnam-standards §3.1).
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import express, { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import {
  AXIS_CODES,
  endsWithCrlf,
  matchesHashFile,
  stripSendBody,
  type VxpAnswerBody,
  type VxpReceiveStatus,
  VxpRequestError,
  vxpAnswer,
} from '../../../connectors/index.ts';
import type { VxpSystem } from '../../access/index.ts';
import { acceptEdxml, ExchangeError, openPayload, type Submitter } from '../../exchange/index.ts';
import { drain } from '../body.ts';
import type { GatewayDeps } from '../deps.ts';
import { HttpError, problemOf } from '../problem.ts';
import { answer, authenticator } from './authenticate.ts';
import { addVxpDirectory } from './directory.ts';
import { toDocId } from './doc-ids.ts';
import { acknowledge, countReceived, ownDelivery, received, sent } from './mailbox.ts';
import { sentFile } from './sent-file.ts';

/** One authenticated call. */
export interface VxpCall {
  readonly system: VxpSystem;
  readonly args: Readonly<Record<string, string>>;
  readonly req: Request;
  readonly res: Response;
}

/** Axis codes for our refusals; 22 and 18 as the provincial axis writes them (§3.2). */
const CODE_OF: Readonly<Record<string, string>> = {
  PACKAGE_INVALID: '22',
  RECIPIENT_UNKNOWN: '18',
  SENDER_NOT_ALLOWED: '19',
  DOCUMENT_CONFLICT: '22',
  PACKAGE_TOO_LARGE: '10',
};

/** The router of all operations. */
export function vxpServer(deps: GatewayDeps): Router {
  const router = Router();
  const { x } = deps;
  const authenticate = authenticator(deps);

  /**
   * Outside the window a repeated request is refused; inside it the SDK's own retries repeat requests byte for byte, and every
   * operation has the same effect and answer however often it comes.
   */
  function call(handler: (call: VxpCall) => Promise<void>): express.RequestHandler {
    return async (req, res) => {
      await handler({ ...(await authenticate(req)), req, res });
    };
  }

  router.post(
    '/sendEdoc',
    call((context) => receive(deps, context)),
  );
  router.post(
    '/getReceivedEdocList',
    call(async ({ system, args, res }) => {
      answer(res, vxpAnswer.ok({ data: await received(deps, system, args) }));
    }),
  );
  for (const [path, type] of [
    ['/countReceiveEdoc', 'edoc'],
    ['/countReceiveStatus', 'status'],
  ] as const) {
    // The SDK asks with POST although its own documents say GET.
    router.all(
      path,
      call(async ({ system, res }) =>
        answer(res, vxpAnswer.ok({ count: await countReceived(deps, system, type) })),
      ),
    );
  }
  router.post(
    '/getEdoc',
    call(async ({ system, args, res }) => {
      const found = await ownDelivery(deps, system, args['docId'] ?? '');
      if (found === null) return answer(res, withoutContent(noSuchDocument(args)));
      const content = await openPayload(x, found.pkg);
      res.type('application/json');
      await pipeline(Readable.from(vxpAnswer.edoc(toDocId(found.delivery.id), content)), res);
    }),
  );
  router.get(
    '/downloadEdoc',
    call(async ({ system, args, res }) => {
      const found = await ownDelivery(deps, system, args['docId'] ?? '');
      if (found === null) return refuseDownload(res, 404, NO_SUCH_DOCUMENT);
      const content = await openPayload(x, found.pkg);
      res.type('application/octet-stream').setHeader('Content-Length', found.pkg.size);
      await pipeline(content, res);
    }),
  );
  router.post(
    '/updateStatus',
    call(async ({ system, args, res }) => {
      const status = (args['status'] ?? '').trim().toLowerCase();
      if (!isReceiveStatus(status)) return answer(res, UNKNOWN_STATUS);
      // Of two documents one would be acknowledged that nobody may have taken.
      if (valuesOf(args, 'docid').size > 1) return answer(res, TWO_DOCUMENTS);
      const known = await acknowledge(deps, system, args['docId'] ?? '', status);
      answer(res, known ? vxpAnswer.ok() : noSuchDocument(args));
    }),
  );
  router.post(
    '/getSentEdocList',
    call(async ({ system, args, res }) => {
      answer(res, vxpAnswer.ok({ data: await sent(deps, system, args) }));
    }),
  );
  addVxpDirectory(router, deps, call);
  router.use((req, res) => {
    if (!KNOWN_PATH.test(req.path)) throw new HttpError('NOT_FOUND', { faults: [NO_SUCH_OPERATION] });
    res.setHeader('Allow', /^\/downloadEdoc$/i.test(req.path) ? 'GET, HEAD' : 'POST');
    throw new HttpError('METHOD_NOT_ALLOWED');
  });
  return router;
}

/**
 * Tells every failure under the protocol's path in its own words, those before and outside an operation too (busy, stopping,
 * a full disk, no such operation): the SDK reads `status` and `ErrorCode` from any answer, and breaks on one without them.
 */
export function vxpFaults(deps: GatewayDeps): ErrorRequestHandler {
  // Express tells error handlers by their four parameters.
  return async (cause, req, res, _next) => {
    if (res.headersSent) {
      res.destroy();
      return;
    }
    await drain(req);
    const { status, body, retryAfterSeconds } = refusalOf(cause);
    const operation = req.path.toLowerCase();
    if (status === 500) deps.x.log.error({ err: cause, operation: req.path }, 'VXP call failed');
    if (retryAfterSeconds !== undefined) res.setHeader('Retry-After', retryAfterSeconds);
    if (operation === '/downloadedoc') refuseDownload(res, status, body);
    else answer(res.status(status), operation === '/getedoc' ? withoutContent(body) : body);
  };
}

const OPERATIONS =
  'sendEdoc|getReceivedEdocList|getEdoc|downloadEdoc|updateStatus|getSentEdocList|countReceiveEdoc|countReceiveStatus|' +
  'getAgenciesList|getAgenciesListQD20|getSynchronizeUnit|registerAgency|deleteAgency';
const KNOWN_PATH = new RegExp(`^/(${OPERATIONS})/?$`, 'i');
const NO_SUCH_OPERATION = {
  code: 'BAD_PATH',
  path: '',
  vi: `Giao thức VXP chỉ có: ${OPERATIONS.replaceAll('|', ', ')}.`,
  en: `The VXP protocol has only: ${OPERATIONS.replaceAll('|', ', ')}.`,
};
const LOOSE_PATH = new RegExp(
  `^/+(?:XrdAdapter/+(?:adapter|RestService/+forward)/+)?(${OPERATIONS})[/\\s]*$`,
  'i',
);

/**
 * The SDK puts `/operation` behind whatever address it is given: one that ends in a slash, or the bare host, as of the axis'
 * shared adapter. Both mean the operation, as does the path of the second agent; signed requests only.
 */
export const vxpPaths: express.RequestHandler = (req, _res, next) => {
  if (req.headers['xroadvnpt-systemid'] !== undefined) {
    const operation = LOOSE_PATH.exec(plainPath(req.path))?.[1];
    // A proxy's client names the whole address; the router wants that part left as it is.
    const host = /^https?:\/\/[^/]*/i.exec(req.url)?.[0] ?? '';
    if (operation !== undefined) req.url = `${host}/XrdAdapter/adapter/${operation}`;
  }
  next();
};

/** Percent-coded letters mean themselves, and `/./` nothing (RFC 3986 §6.2.2). */
function plainPath(path: string): string {
  try {
    return decodeURIComponent(path).replace(/\/(?:\.?\/)+/g, '/');
  } catch {
    return path;
  }
}

const NO_SUCH_DOCUMENT = vxpAnswer.fail(AXIS_CODES.notFound, 'Không có văn bản này');
const NO_DOC_ID = vxpAnswer.fail(
  AXIS_CODES.notFound,
  'Thiếu docId trong các tiêu đề đã ký (XroadVnpt-docId); nội dung và tham số của địa chỉ không được đọc',
);

function noSuchDocument(args: Readonly<Record<string, string>>): VxpAnswerBody {
  return (args['docId'] ?? '').trim() === '' ? NO_DOC_ID : NO_SUCH_DOCUMENT;
}

const TWO_DOCUMENTS = vxpAnswer.fail(
  AXIS_CODES.invalidFile,
  'Yêu cầu ký hai tham số docId và docid với giá trị khác nhau (SDK gửi lại cả tham số của lần gọi trước); hãy dùng một tên docId, hoặc tạo lại đối tượng dịch vụ',
);

/** What is signed under a name, however it is written. */
function valuesOf(args: Readonly<Record<string, string>>, name: string): Set<string> {
  const same = Object.entries(args).filter(([written]) => written.toLowerCase() === name);
  return new Set(same.map(([, value]) => value.trim()));
}

const UNKNOWN_STATUS = vxpAnswer.fail(
  AXIS_CODES.invalidFile,
  'status phải là processing, done hoặc fail; trạng thái nghiệp vụ gửi bằng sendEdoc (messagetype=status)',
);

function isReceiveStatus(text: string): text is VxpReceiveStatus {
  return text === 'processing' || text === 'done' || text === 'fail';
}

interface Refusal {
  readonly status: number;
  readonly body: VxpAnswerBody;
  readonly retryAfterSeconds?: number | undefined;
}

/** HTTP status and answer of a refusal; anything nobody named is a fault of ours, code 20, worth another try. */
function refusalOf(cause: unknown): Refusal {
  if (cause instanceof VxpRequestError)
    return { status: 401, body: vxpAnswer.fail(cause.axisCode, cause.vi) };
  if (cause instanceof ExchangeError)
    return { status: 200, body: vxpAnswer.fail(CODE_OF[cause.code] ?? '21', describe(cause)) };
  const { status, detail, faults, retryAfterSeconds } = problemOf(cause);
  const { systemFault, notFound, invalidFile } = AXIS_CODES;
  const code = status >= 500 ? systemFault : status === 404 || status === 405 ? notFound : invalidFile;
  const words = [detail.vi, ...told(faults, ({ vi }) => vi)].join(' | ');
  return { status, body: vxpAnswer.fail(code, words), retryAfterSeconds };
}

/** `getEdoc` answers text in `data`; SDK 2.0.0 reads it as text from refusals too, and throws all away when it is a list. */
function withoutContent(body: VxpAnswerBody): VxpAnswerBody {
  return { ...body, data: '' };
}

/** The SDK saves whatever comes as the package and calls it a success unless it is empty: the reason goes into headers. */
function refuseDownload(res: Response, status: number, body: VxpAnswerBody): void {
  res.setHeader('XroadVnpt-ErrorCode', body.ErrorCode);
  res.status(status).end();
}

function describe(cause: ExchangeError): string {
  const faults = told(cause.faults, (fault) => `${fault.code}: ${fault.vi}${placeOf(fault)}`);
  return [cause.vi, ...faults].join(' | ');
}

/** Faults named in one answer: clients show it in one line. */
const MOST_FAULTS = 10;

function told<F>(faults: readonly F[], write: (fault: F) => string): string[] {
  const more = faults.length - MOST_FAULTS;
  return [...faults.slice(0, MOST_FAULTS).map(write), ...(more > 0 ? [`… và ${more} lỗi khác`] : [])];
}

async function receive(deps: GatewayDeps, { system, args, req, res }: VxpCall): Promise<void> {
  const hashFile = args['hash-file'] ?? '';
  let matches = false;
  let received = { sha256: '', sizeBytes: 0 };
  const body = stripSendBody(sentFile(deps, req, hashFile), (facts) => {
    received = facts;
    const isOwn = endsWithCrlf(hashFile, facts);
    matches = isOwn || matchesHashFile(hashFile, facts.sha256);
    return isOwn;
  });
  const submitter: Submitter = {
    origin: 'vxp-server',
    actor: `system:${system.id}`,
    maySendFor: (code) => system.agencies.includes(code),
    isLenient: deps.config.vxpCheck === 'lenient',
  };
  const accepted = await acceptEdxml(deps.x, body, submitter, {
    inspect() {
      if (!matches) throw wrongHash(hashFile, received);
    },
  });
  answer(res, vxpAnswer.ok({ docId: accepted.packageId }));
}

function wrongHash(
  hashFile: string,
  { sha256, sizeBytes }: { sha256: string; sizeBytes: number },
): ExchangeError {
  const got = {
    vi: `nhận được ${sizeBytes} byte (không kể CRLF ở cuối), SHA-256 ${sha256}`,
    en: `received ${sizeBytes} bytes (without a CRLF at the end), SHA-256 ${sha256}`,
  };
  if (hashFile === '')
    return new ExchangeError('PACKAGE_INVALID', {
      vi: `Thiếu hash-file trong các tiêu đề đã ký (SHA-256 của tệp, hệ 16); ${got.vi}.`,
      en: `hash-file (SHA-256 of the file in hex) is not among the signed headers; ${got.en}.`,
    });
  return new ExchangeError('PACKAGE_INVALID', {
    vi: `Mã băm của tệp (hash-file) không khớp nội dung nhận được: ${got.vi}.`,
    en: `hash-file does not match what was received: ${got.en}.`,
  });
}

/** A line of text has no fields for the place; faults of reading have it in their text. */
function placeOf({ vi, line, column }: ExchangeError['faults'][number]): string {
  return line === undefined || vi.includes(`(dòng ${line},`) ? '' : ` (dòng ${line}, cột ${column ?? 1})`;
}
