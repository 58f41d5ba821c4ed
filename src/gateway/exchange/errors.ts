/** Why the exchange did not take something in. Shown to people: Vietnamese first. */
export type ExchangeErrorCode =
  | 'PACKAGE_INVALID'
  | 'PACKAGE_TOO_LARGE'
  | 'SENDER_NOT_ALLOWED'
  | 'RECIPIENT_UNKNOWN'
  | 'DOCUMENT_CONFLICT'
  | 'IDEMPOTENCY_CONFLICT'
  | 'HUB_LOOP'
  | 'STATUS_NOT_ALLOWED'
  | 'DOSSIER_MOVE_NOT_ALLOWED'
  | 'DOSSIER_ACT_NOT_ALLOWED'
  | 'DOSSIER_UNKNOWN'
  | 'DELIVERY_UNKNOWN'
  | 'DOCUMENT_WITHDRAWN'
  | 'CONTENT_EXPIRED'
  | 'RECALL_NOT_POSSIBLE'
  | 'BRIDGE_TOKEN'
  | 'BRIDGE_FILE'
  | 'KEY_UNKNOWN'
  | 'SIGNER_MISMATCH'
  | 'SYSTEM_UNKNOWN';

/** One wrong place in what was handed in. */
export interface Fault {
  readonly code: string;
  readonly path?: string | undefined;
  readonly vi: string;
  readonly en: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

export class ExchangeError extends Error {
  readonly code: ExchangeErrorCode;
  readonly vi: string;
  readonly faults: readonly Fault[];

  constructor(
    code: ExchangeErrorCode,
    text: { vi: string; en: string },
    options: { cause?: unknown; faults?: readonly Fault[] } = {},
  ) {
    super(text.en, { cause: options.cause });
    this.name = 'ExchangeError';
    this.code = code;
    this.vi = text.vi;
    this.faults = options.faults ?? [];
  }
}
