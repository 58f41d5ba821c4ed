/** Errors on the wire: RFC 9457 `application/problem+json`, one table from code to status, Vietnamese or English. */
import type { ErrorRequestHandler, Request, Response } from 'express';
import { z } from 'zod';
import { ConnectorError } from '../../connectors/index.ts';
import { OcrError } from '../../ocr/index.ts';
import { PackageError } from '../../packages/index.ts';
import { SigningError } from '../../signing/index.ts';
import type { Log } from '../exchange/index.ts';
import { ExchangeError, type ExchangeErrorCode, type Fault } from '../exchange/index.ts';
import { issueInVietnamese } from '../issue-words.ts';
import { asStoreError, isAway, isStoreFault, isUnstorableText } from '../store/index.ts';

/** Errors born in the HTTP layer. */
export type HttpErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'BAD_REQUEST'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'BODY_TOO_LARGE'
  | 'BUSY'
  | 'SHUTTING_DOWN'
  | 'TOO_MANY_REQUESTS'
  | 'UPLOAD_INCOMPLETE'
  | 'INTERNAL';

/** Faults of authorities, tokens and services outside that pass by themselves: try again later. */
const PASSING = /^(TSA_UNAVAILABLE|EVIDENCE_UNAVAILABLE|KEY_TOKEN_UNAVAILABLE|REMOTE_SIGNING_UNAVAILABLE)$/;

interface Row {
  readonly status: number;
  readonly vi: string;
  readonly en: string;
  readonly retryAfterSeconds?: number;
}

/** Code → status and words. A test keeps it equal to the code unions and to docs/errors.md. */
export const PROBLEMS: Readonly<Record<HttpErrorCode | ExchangeErrorCode | 'STORE' | 'BLOBS', Row>> = {
  UNAUTHENTICATED: {
    status: 401,
    vi: 'Thiếu hoặc sai mã truy cập (Authorization: Bearer …).',
    en: 'The access token is missing or wrong (Authorization: Bearer …).',
  },
  FORBIDDEN: { status: 403, vi: 'Không được phép thực hiện việc này.', en: 'You may not do this.' },
  NOT_FOUND: { status: 404, vi: 'Không tìm thấy.', en: 'Not found.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    vi: 'Địa chỉ này không nhận phương thức đó.',
    en: 'This address does not take that method.',
  },
  BAD_REQUEST: { status: 400, vi: 'Yêu cầu không đúng quy cách.', en: 'The request is not well formed.' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    vi: 'Kiểu nội dung không được nhận ở địa chỉ này.',
    en: 'This content type is not taken here.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    vi: 'Nội dung gửi lên vượt quá giới hạn.',
    en: 'What was sent is larger than the limit.',
  },
  BUSY: {
    status: 503,
    vi: 'Hệ thống đang bận; hãy gửi lại sau ít giây.',
    en: 'The gateway is busy; send again in a few seconds.',
    retryAfterSeconds: 5,
  },
  SHUTTING_DOWN: {
    status: 503,
    vi: 'Hệ thống đang dừng để bảo trì; hãy gửi lại sau.',
    en: 'The gateway is shutting down; send again later.',
    retryAfterSeconds: 10,
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    vi: 'Quá nhiều yêu cầu; hãy chờ rồi thử lại.',
    en: 'Too many requests; wait, then try again.',
    retryAfterSeconds: 30,
  },
  UPLOAD_INCOMPLETE: {
    status: 400,
    vi: 'Nội dung gửi lên bị ngắt giữa chừng; chưa có gì được tiếp nhận.',
    en: 'The upload was cut short; nothing was accepted.',
  },
  INTERNAL: {
    status: 500,
    vi: 'Lỗi bên trong hệ thống; sự cố đã được ghi lại.',
    en: 'An internal fault; it was recorded.',
  },
  PACKAGE_INVALID: { status: 422, vi: 'Gói tin không hợp lệ.', en: 'The package is not valid.' },
  PACKAGE_TOO_LARGE: {
    status: 413,
    vi: 'Gói tin lớn hơn giới hạn.',
    en: 'The package is larger than the limit.',
  },
  SENDER_NOT_ALLOWED: {
    status: 403,
    vi: 'Không được gửi thay cho cơ quan này.',
    en: 'You may not send in the name of this agency.',
  },
  RECIPIENT_UNKNOWN: { status: 422, vi: 'Có cơ quan nhận không tồn tại.', en: 'A recipient is not known.' },
  DOCUMENT_CONFLICT: {
    status: 409,
    vi: 'Văn bản đã có với nội dung khác.',
    en: 'The document exists with other content.',
  },
  IDEMPOTENCY_CONFLICT: {
    status: 409,
    vi: 'Idempotency-Key đã dùng cho một yêu cầu khác.',
    en: 'The Idempotency-Key was used for another request.',
  },
  HUB_LOOP: {
    status: 422,
    vi: 'Gói tin đã đi qua trung tâm này.',
    en: 'The package has already passed this centre.',
  },
  STATUS_NOT_ALLOWED: {
    status: 409,
    vi: 'Không được chuyển sang trạng thái này.',
    en: 'This status may not follow the present one.',
  },
  DOSSIER_MOVE_NOT_ALLOWED: {
    status: 409,
    vi: 'Hồ sơ không được chuyển sang trạng thái này.',
    en: 'The dossier may not move to this state.',
  },
  DOSSIER_ACT_NOT_ALLOWED: {
    status: 409,
    vi: 'Việc này không phù hợp với trạng thái hồ sơ.',
    en: 'This does not fit the state of the dossier.',
  },
  DOSSIER_UNKNOWN: { status: 404, vi: 'Không có hồ sơ này.', en: 'There is no such dossier.' },
  DELIVERY_UNKNOWN: { status: 404, vi: 'Không có lượt gửi này.', en: 'There is no such delivery.' },
  DOCUMENT_WITHDRAWN: {
    status: 410,
    vi: 'Văn bản đã được bên gửi thu hồi.',
    en: 'The sender has taken this document back.',
  },
  CONTENT_EXPIRED: {
    status: 410,
    vi: 'Nội dung gói tin đã được xoá theo thời hạn lưu.',
    en: 'The content of this package was removed at the end of its retention.',
  },
  RECALL_NOT_POSSIBLE: {
    status: 409,
    vi: 'Không thu hồi được văn bản này.',
    en: 'This document cannot be taken back.',
  },
  SIGNER_MISMATCH: {
    status: 422,
    vi: 'Khoá ký không phải của người ký ghi trên văn bản.',
    en: 'The key is not that of the signer named on the document.',
  },
  BRIDGE_TOKEN: {
    status: 403,
    vi: 'Lượt ký qua phần mềm trên máy đã hết hạn hoặc đã dùng.',
    en: 'The pass for the plugin has expired or was used.',
  },
  BRIDGE_FILE: {
    status: 422,
    vi: 'Tệp phần mềm ký gửi về không nhận được.',
    en: 'The file the plugin returned cannot be taken.',
  },
  KEY_UNKNOWN: {
    status: 422,
    vi: 'Không có khoá ký này cho cơ quan.',
    en: 'The agency has no such signing key.',
  },
  SYSTEM_UNKNOWN: {
    status: 422,
    vi: 'Hệ thống này chưa được cấu hình.',
    en: 'This system is not configured.',
  },
  STORE: {
    status: 503,
    vi: 'Kho lưu trữ tạm thời không sẵn sàng; chưa có gì được tiếp nhận, hãy gửi lại.',
    en: 'The store is not available; nothing was accepted, send again.',
    retryAfterSeconds: 5,
  },
  BLOBS: {
    status: 503,
    vi: 'Kho đối tượng (S3) của trục tạm thời không sẵn sàng; chưa có gì được tiếp nhận, hãy gửi lại.',
    en: 'The object store (S3) of the gateway is not available; nothing was accepted, send again.',
    retryAfterSeconds: 5,
  },
};

/** An error of the HTTP layer. */
export class HttpError extends Error {
  readonly code: HttpErrorCode;
  readonly faults: readonly Fault[];

  constructor(
    code: HttpErrorCode,
    options: { cause?: unknown; faults?: readonly Fault[]; message?: string } = {},
  ) {
    super(options.message ?? PROBLEMS[code].en, { cause: options.cause });
    this.name = 'HttpError';
    this.code = code;
    this.faults = options.faults ?? [];
  }
}

/** What compressed bodies may be written in; told with the refusal of another coding (RFC 7694). */
export const CONTENT_CODINGS = 'gzip, deflate, br';

/** The refusal of a body by its media type, with the types that are taken. */
export function unsupportedType(given: string, taken: string): HttpError {
  const named = given === '' ? '' : ` "${given.slice(0, 80)}"`;
  return new HttpError('UNSUPPORTED_MEDIA_TYPE', {
    faults: [
      {
        code: 'BAD_HEADER.Content-Type',
        path: 'Content-Type',
        vi: `Không nhận Content-Type${named} ở đây; cần ${taken}.`,
        en: `Content-Type${named} is not taken here; wanted: ${taken}.`,
      },
    ],
  });
}

/** An error as it is told outside. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: { vi: string; en: string };
  readonly detail: { vi: string; en: string };
  readonly faults: readonly Fault[];
  readonly retryAfterSeconds?: number | undefined;
}

/** Faults of a zod check with the path of each field. */
export function faultsOf(error: z.ZodError): Fault[] {
  return error.issues.map((issue) => {
    const path = issue.path.join('.');
    return {
      code: `BAD_FIELD.${path}`,
      path,
      vi: `Trường ${path || '(gốc)'}: ${issueInVietnamese(issue)}`,
      en: `${path || '(root)'}: ${issue.message}`,
    };
  });
}

/** XML and PostgreSQL hold no such character, and nothing honest sends it. */
const NUL_CHARACTER: Fault = {
  code: 'BAD_TEXT',
  path: '',
  vi: 'Yêu cầu có ký tự NUL (U+0000); hãy bỏ ký tự này.',
  en: 'The request holds a NUL character (U+0000); leave it out.',
};

/** The escape of that character in JSON: behind no other backslash, or an even number of them. */
const NUL_IN_JSON = /(?<!\\)(?:\\\\)*\\u0000/;

/** Refuses the text of an address (`%00`) or of JSON that has that character, on whichever store. @throws HttpError BAD_REQUEST */
export function refuseNul(text: string, kind: 'address' | 'json'): void {
  const isThere = kind === 'json' ? NUL_IN_JSON.test(text) : text.includes('%00');
  if (isThere) throw new HttpError('BAD_REQUEST', { faults: [NUL_CHARACTER] });
}

/** How any error is told: status, code, words, faults. What nobody named is INTERNAL. */
export function problemOf(cause: unknown): Problem {
  if (cause instanceof HttpError) return fromRow(cause.code, PROBLEMS[cause.code], cause.faults);
  if (cause instanceof z.ZodError) return fromRow('BAD_REQUEST', PROBLEMS.BAD_REQUEST, faultsOf(cause));
  if (cause instanceof ExchangeError) {
    const row = PROBLEMS[cause.code];
    return { ...fromRow(cause.code, row, cause.faults), detail: { vi: cause.vi, en: cause.message } };
  }
  if (isStoreFault(cause)) {
    const { code } = asStoreError(cause);
    if (code === 'BLOB_TOO_LARGE') return fromRow('BODY_TOO_LARGE', PROBLEMS.BODY_TOO_LARGE, []);
    return fromRow(code, isAway(cause) ? PROBLEMS.BLOBS : PROBLEMS.STORE, []);
  }
  if (isUnstorableText(cause)) return fromRow('BAD_REQUEST', PROBLEMS.BAD_REQUEST, [NUL_CHARACTER]);
  if (cause instanceof PackageError)
    return { ...fromRow(cause.code, PROBLEMS.PACKAGE_INVALID, []), detail: { vi: cause.vi, en: cause.en } };
  if (cause instanceof SigningError || cause instanceof OcrError) {
    const {
      vi = cause.message,
      en = cause.message,
      details = {},
    } = cause as { vi?: string; en?: string; details?: { reason?: unknown } };
    const faults =
      details.reason === undefined
        ? []
        : [{ code: cause.code, vi: String(details.reason), en: String(details.reason) }];
    const isPassing = PASSING.test(cause.code);
    return {
      status: isPassing ? 503 : 422,
      ...(isPassing ? { retryAfterSeconds: 30 } : {}),
      code: cause.code,
      title: { vi: 'Không thực hiện được.', en: 'It could not be done.' },
      detail: { vi, en },
      faults,
    };
  }
  if (cause instanceof ConnectorError)
    return {
      status: 502,
      code: cause.code,
      title: { vi: 'Hệ thống bên ngoài gặp lỗi.', en: 'An outside system failed.' },
      detail: { vi: cause.vi, en: cause.en },
      faults: [],
    };
  const { type = '', status } = cause as { type?: string; status?: number };
  if (type === 'entity.too.large') return fromRow('BODY_TOO_LARGE', PROBLEMS.BODY_TOO_LARGE, []);
  if (type.startsWith('entity.') || (status !== undefined && status >= 400 && status < 500))
    return fromRow('BAD_REQUEST', PROBLEMS.BAD_REQUEST, []);
  return fromRow('INTERNAL', PROBLEMS.INTERNAL, []);
}

function fromRow(code: string, row: Row, faults: readonly Fault[]): Problem {
  return {
    status: row.status,
    code,
    title: row,
    detail: row,
    faults,
    retryAfterSeconds: row.retryAfterSeconds,
  };
}

function languageOf(req: Request): 'vi' | 'en' {
  return req.acceptsLanguages('vi', 'en') === 'en' ? 'en' : 'vi';
}

/** Writes one problem. */
export function sendProblem(req: Request, res: Response, cause: unknown): number {
  const problem = problemOf(cause);
  const language = languageOf(req);
  if (problem.retryAfterSeconds !== undefined) res.setHeader('Retry-After', problem.retryAfterSeconds);
  if (problem.status === 415 && req.get('content-encoding') !== undefined)
    res.setHeader('Accept-Encoding', CONTENT_CODINGS);
  if (problem.status === 401) res.setHeader('WWW-Authenticate', 'Bearer');
  res
    .status(problem.status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: `https://lienthong.invalid/loi/${problem.code}`,
        title: problem.title[language],
        status: problem.status,
        code: problem.code,
        detail: problem.detail[language],
        errors: problem.faults.map((fault) => ({
          code: fault.code,
          path: fault.path,
          message: fault[language],
          line: fault.line,
          column: fault.column,
        })),
      }),
    );
  return problem.status;
}

/** Last handler of the app: every error becomes a problem; what nobody named is logged as our bug. */
export function problemHandler(log: Log): ErrorRequestHandler {
  // Express tells error handlers by their four parameters.
  return (cause, req, res, _next) => {
    if (res.headersSent) {
      // The answer was under way: all that is left is to cut it short, so that nobody takes it for whole.
      log.warn({ err: cause, method: req.method }, 'an answer was cut short');
      res.destroy();
      return;
    }
    const status = sendProblem(req, res, cause);
    // What still comes is read and dropped: a sender that writes first and listens later gets its answer.
    req.resume();
    if (status >= 500)
      log.error(
        {
          err: cause,
          method: req.method,
          route: req.route?.path ?? req.path.split('/').slice(0, 4).join('/'),
        },
        'request failed',
      );
  };
}
