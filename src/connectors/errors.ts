/**
 * How calls to outside systems fail. One table says, for every code, whether trying again can help, whether the outside
 * system may already have done the work, and the words a person reads.
 */

/** What the outside system may have done before the failure: nothing, or nobody can tell (ask before sending again). */
export type ConnectorEffect = 'none' | 'unknown';

interface ConnectorErrorRow {
  readonly retryable: boolean;
  readonly effect: ConnectorEffect;
  readonly vi: string;
  readonly en: string;
}

/** Code → retry or not, effect, words. A test keeps this table and the code union equal. */
export const CONNECTOR_ERRORS = {
  CONNECTOR_UNREACHABLE: {
    retryable: true,
    effect: 'unknown',
    vi: 'Không kết nối được tới hệ thống bên ngoài',
    en: 'The outside system could not be reached',
  },
  CONNECTOR_TIMEOUT: {
    retryable: true,
    effect: 'unknown',
    vi: 'Hệ thống bên ngoài không trả lời kịp thời hạn',
    en: 'The outside system did not answer in time',
  },
  CONNECTOR_CANCELLED: {
    retryable: true,
    effect: 'unknown',
    vi: 'Cuộc gọi đã bị huỷ trước khi có trả lời',
    en: 'The call was cancelled before an answer came',
  },
  CONNECTOR_RATE_LIMITED: {
    retryable: true,
    effect: 'none',
    vi: 'Hệ thống bên ngoài yêu cầu giảm tốc độ gửi',
    en: 'The outside system asks us to slow down',
  },
  CONNECTOR_REMOTE_FAULT: {
    retryable: true,
    effect: 'unknown',
    vi: 'Hệ thống bên ngoài gặp lỗi nội bộ',
    en: 'The outside system has an internal fault',
  },
  CONNECTOR_BAD_ANSWER: {
    retryable: true,
    effect: 'unknown',
    vi: 'Trả lời của hệ thống bên ngoài không đúng quy cách',
    en: 'The answer of the outside system breaks its own format',
  },
  /** The fault is in our settings or clock, never in the document: it waits until someone mends them. */
  CONNECTOR_AUTH_FAILED: {
    retryable: true,
    effect: 'none',
    vi: 'Hệ thống bên ngoài không chấp nhận thông tin xác thực của ta',
    en: 'The outside system refuses our credentials',
  },
  CONNECTOR_REFUSED: {
    retryable: false,
    effect: 'none',
    vi: 'Hệ thống bên ngoài từ chối yêu cầu',
    en: 'The outside system refuses the request',
  },
  CONNECTOR_INVALID_DOCUMENT: {
    retryable: false,
    effect: 'none',
    vi: 'Hệ thống bên ngoài cho rằng gói tin không hợp lệ',
    en: 'The outside system holds the document to be invalid',
  },
  CONNECTOR_RECIPIENT_UNKNOWN: {
    retryable: false,
    effect: 'none',
    vi: 'Đơn vị nhận không có trên hệ thống bên ngoài',
    en: 'The outside system does not know the recipient',
  },
  CONNECTOR_RECIPIENT_LOCKED: {
    retryable: false,
    effect: 'none',
    vi: 'Đơn vị nhận đang bị khoá trên hệ thống bên ngoài',
    en: 'The recipient is locked at the outside system',
  },
  CONNECTOR_SENDER_UNKNOWN: {
    retryable: false,
    effect: 'none',
    vi: 'Đơn vị gửi chưa đăng ký với hệ thống bên ngoài',
    en: 'The sender is not registered at the outside system',
  },
  CONNECTOR_NOT_FOUND: {
    retryable: false,
    effect: 'none',
    vi: 'Hệ thống bên ngoài không có đối tượng được hỏi',
    en: 'The outside system does not hold what was asked for',
  },
  CONNECTOR_ALREADY_EXISTS: {
    retryable: false,
    effect: 'none',
    vi: 'Hệ thống bên ngoài đã có đối tượng này',
    en: 'The outside system holds this already',
  },
  CONNECTOR_TOO_LARGE: {
    retryable: false,
    effect: 'none',
    vi: 'Dữ liệu vượt quá giới hạn cho phép',
    en: 'The data is larger than allowed',
  },
  CONNECTOR_REDIRECTED: {
    retryable: false,
    effect: 'none',
    vi: 'Hệ thống bên ngoài chuyển hướng tới địa chỉ khác; ta không đi theo',
    en: 'The outside system redirects elsewhere; redirects are not followed',
  },
} as const satisfies Record<string, ConnectorErrorRow>;

/** Closed list of the ways a connector fails. */
export type ConnectorErrorCode = keyof typeof CONNECTOR_ERRORS;

/** Facts about one failed call. No personal data: long digit runs of remote texts are masked. */
export interface ConnectorErrorDetails {
  /** Outside system: `vxp`, `provincial-axis`, … */
  system: string;
  /** Call of that system: `sendEdoc`, `DongBoHoSoMC`, … */
  operation: string;
  /** HTTP status, when an answer came. */
  status?: number;
  /** The outside system's own code, as written by it. */
  remoteCode?: string;
  /** The outside system's own words, at most 300 characters, digit runs of nine or more masked. */
  remoteMessage?: string;
  /** How long the outside system asks us to wait. */
  retryAfterMs?: number;
  /** Name of the network failure (`ECONNREFUSED`, …). */
  network?: string;
  /** Field paths that broke the answer's schema. */
  fields?: string[];
}

/** A failed call to an outside system: `code` says what, `retryable` and `effect` say what to do next. */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  readonly code: ConnectorErrorCode;
  readonly retryable: boolean;
  /** `unknown`: the work may have been done; look it up before sending again. */
  readonly effect: ConnectorEffect;
  readonly vi: string;
  readonly en: string;
  readonly details: ConnectorErrorDetails;

  constructor(
    code: ConnectorErrorCode,
    details: ConnectorErrorDetails,
    options: { cause?: unknown; effect?: ConnectorEffect; retryable?: boolean } = {},
  ) {
    const row = CONNECTOR_ERRORS[code];
    const remote = describeRemote(details);
    super(`${row.en} (${details.system} ${details.operation}${remote})`, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? row.retryable;
    this.effect = options.effect ?? row.effect;
    this.vi = `${row.vi} (${details.system} ${details.operation}${remote})`;
    this.en = this.message;
    this.details = details;
  }
}

/**
 * Whether the outside system may be at work on the call even now: it was cut off before an answer came, by us, by the network
 * or by something between. Asked at once whether it has done the work it would say no, and do it afterwards.
 */
export function mayStillWork({ code, effect, details }: ConnectorError): boolean {
  if (effect === 'none') return false;
  if (details.status === 502) return true;
  return code === 'CONNECTOR_TIMEOUT' || code === 'CONNECTOR_CANCELLED' || code === 'CONNECTOR_UNREACHABLE';
}

function describeRemote(details: ConnectorErrorDetails): string {
  const parts = [
    details.network,
    details.status && `HTTP ${details.status}`,
    details.remoteCode,
    details.remoteMessage,
  ];
  const said = parts.filter((part) => part !== undefined && part !== '' && part !== 0);
  return said.length === 0 ? '' : `: ${said.join(', ')}`;
}

/** Makes a remote text fit for errors and logs: one line, 300 characters, runs of nine or more digits masked. */
export function remoteText(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\d{9,}/g, '#########')
    .slice(0, 300);
}
