/** What the revocation client needs from outside: a guarded way out, and a place to keep answers. */

/** One request to a certificate authority. */
export interface PkiRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly body?: Uint8Array;
  /** Media type of `body`. */
  readonly contentType?: string;
  readonly accept: string;
  /** The answer is cut off, and refused, beyond this. */
  readonly maxBytes: number;
}

/** An answer of any status, its body read whole. */
export interface PkiAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Why a request brought nothing. `NOT_ALLOWED`: the operator did not name the host, or it leads to a private address. */
export type PkiFaultCode =
  | 'NOT_ALLOWED'
  | 'PRIVATE_ADDRESS'
  | 'TIMEOUT'
  | 'UNREACHABLE'
  | 'TOO_LARGE'
  | 'TOO_MANY_REDIRECTS'
  | 'BAD_STATUS'
  | 'UNREADABLE';

/** Thrown by a `PkiFetch`. `detail` is English and names no more than the address. */
export class PkiFault extends Error {
  readonly code: PkiFaultCode;

  constructor(code: PkiFaultCode, detail: string, options: { cause?: unknown } = {}) {
    super(detail, options);
    this.name = 'PkiFault';
    this.code = code;
  }
}

/**
 * The way out: only http(s), only to hosts the operator allowed, bounded in time and size.
 * @throws PkiFault
 */
export type PkiFetch = (request: PkiRequest) => Promise<PkiAnswer>;

/** An answer kept. Times are milliseconds since 1970. */
export interface KeptAnswer {
  /** Octets as they were served. */
  readonly body: Uint8Array;
  readonly fetchedAt: number;
  /** Until when it may be used without asking again. */
  readonly freshUntil: number;
}

/** Where answers are kept between runs. Neither method throws: a cache that fails is a cache that is empty. */
export interface AnswerCache {
  get(key: string): Promise<KeptAnswer | null>;
  put(key: string, answer: KeptAnswer): Promise<void>;
}

/** Addresses known for certificates of one issuer, for those that name none themselves. */
export interface KnownAddresses {
  /** SHA-256 of the issuer's certificate, hex, lower case. */
  readonly issuer: string;
  readonly crls: readonly string[];
  readonly ocsps: readonly string[];
}

/** One attempt, for logs and counters. */
export interface PkiAttempt {
  readonly kind: 'ocsp' | 'crl' | 'issuer';
  readonly host: string;
  readonly outcome: 'answered' | 'cached' | PkiFaultCode;
  readonly ms: number;
}
