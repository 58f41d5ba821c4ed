/**
 * Why the bus did not do what it was asked.
 * BUS_UNROUTABLE no queue takes the routing key · BUS_CONFIRM_TIMEOUT the broker said nothing in time ·
 * BUS_UNAVAILABLE no connection, or it broke before the answer · BUS_BLOCKED the broker refuses publishes (alarm) or
 * the embedded bus is full · BUS_CLOSED close() was called · BUS_TOO_LARGE body over the limit ·
 * BUS_QUEUE_MISSING no such queue · BUS_TOPOLOGY_MISMATCH the broker holds the same name with other settings ·
 * BUS_ACCESS_REFUSED credentials, virtual host or permissions are wrong.
 */
export type BusErrorCode =
  | 'BUS_UNROUTABLE'
  | 'BUS_CONFIRM_TIMEOUT'
  | 'BUS_UNAVAILABLE'
  | 'BUS_BLOCKED'
  | 'BUS_CLOSED'
  | 'BUS_TOO_LARGE'
  | 'BUS_QUEUE_MISSING'
  | 'BUS_TOPOLOGY_MISMATCH'
  | 'BUS_ACCESS_REFUSED';

const TEXTS: Record<BusErrorCode, { vi: string; en: string; retryable: boolean }> = {
  BUS_UNROUTABLE: {
    vi: 'Không có hàng đợi nào nhận thông điệp này.',
    en: 'No queue takes this message.',
    retryable: true,
  },
  BUS_CONFIRM_TIMEOUT: {
    vi: 'Máy chủ hàng đợi không xác nhận đúng hạn.',
    en: 'The broker did not confirm in time.',
    retryable: true,
  },
  BUS_UNAVAILABLE: {
    vi: 'Không kết nối được máy chủ hàng đợi.',
    en: 'The broker cannot be reached.',
    retryable: true,
  },
  BUS_BLOCKED: {
    vi: 'Máy chủ hàng đợi tạm ngừng nhận (cảnh báo đĩa hoặc bộ nhớ).',
    en: 'The broker refuses messages for now (disk or memory alarm).',
    retryable: true,
  },
  BUS_CLOSED: { vi: 'Kênh thông điệp đã đóng.', en: 'The bus is closed.', retryable: false },
  BUS_TOO_LARGE: {
    vi: 'Thông điệp vượt quá giới hạn; hãy gửi phiếu nhận dữ liệu (claim check).',
    en: 'The message is over the limit; send a claim check.',
    retryable: false,
  },
  BUS_QUEUE_MISSING: {
    vi: 'Hàng đợi chưa được khai báo.',
    en: 'The queue was never declared.',
    retryable: true,
  },
  BUS_TOPOLOGY_MISMATCH: {
    vi: 'Hàng đợi hoặc exchange đã có với cấu hình khác.',
    en: 'A queue or exchange of that name exists with other settings.',
    retryable: false,
  },
  BUS_ACCESS_REFUSED: {
    vi: 'Máy chủ hàng đợi từ chối tài khoản, virtual host hoặc quyền.',
    en: 'The broker refuses the account, virtual host or permission.',
    retryable: false,
  },
};

/** The only error the bus throws on purpose (a TypeError is the caller's mistake). */
export class BusError extends Error {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;
  /** True when the same call can succeed later without anybody changing the message. */
  readonly retryable: boolean;
  /** For the operator, in Vietnamese. */
  readonly vi: string;
  /** For the operator, in English. */
  readonly en: string;
  /** Names of queues, codes and counts; no message content. */
  readonly details: Readonly<Record<string, string | number | boolean>>;

  constructor(
    code: BusErrorCode,
    options: { details?: Record<string, string | number | boolean>; cause?: unknown } = {},
  ) {
    const text = TEXTS[code];
    super(`${code}: ${text.en}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = text.retryable;
    this.vi = text.vi;
    this.en = text.en;
    this.details = options.details ?? {};
  }
}

/** True for a BusError, of that code when one is named. */
export function isBusError(error: unknown, code?: BusErrorCode): error is BusError {
  return error instanceof BusError && (code === undefined || error.code === code);
}
