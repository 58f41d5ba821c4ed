import { isUtf8 } from 'node:buffer';
import { timingSafeEqual } from 'node:crypto';
import { formatVietnamTime } from '../../packages/index.ts';
import { AXIS_CODES } from '../axis-codes.ts';
import { parseVxpTimestamp, signVxpHeader, VIETNAM_OFFSET_MINUTES, VXP_PREFIX } from './headers.ts';

const WORDS = {
  VXP_HEADERS_MISSING: [
    'Thiếu tiêu đề bắt buộc của giao thức VXP',
    'A header the VXP protocol needs is missing',
  ],
  VXP_HEADERS_TOO_LARGE: ['Tiêu đề VXP vượt quá giới hạn', 'The VXP headers are larger than allowed'],
  VXP_SYSTEM_UNKNOWN: ['Hệ thống chưa được đăng ký', 'The system is not registered'],
  VXP_BAD_SIGNATURE: ['Mã xác thực của yêu cầu không đúng', 'The request authentication code does not match'],
  VXP_HEADERS_CHANGED: ['Tiêu đề không khớp với nội dung đã ký', 'The headers differ from what was signed'],
  VXP_TIMESTAMP_OUTSIDE_WINDOW: [
    'Thời điểm của yêu cầu nằm ngoài khoảng cho phép',
    'The time of the request is outside the window',
  ],
  VXP_REPLAYED: ['Yêu cầu đã được dùng rồi', 'The request has been used before'],
} as const;

/** Closed list of reasons to refuse a VXP request before looking at its body. */
export type VxpRequestErrorCode = keyof typeof WORDS;

/** A request that fails authentication. All reasons answer ErrorCode 15, so that an outsider learns nothing from them. */
export class VxpRequestError extends Error {
  override readonly name = 'VxpRequestError';
  readonly code: VxpRequestErrorCode;
  readonly vi: string;
  readonly en: string;
  /** What {@link vxpAnswer} should carry. */
  readonly axisCode = AXIS_CODES.badCredentials;

  /** `more`: what a caller whose key was right may know beyond the reason. */
  constructor(
    code: VxpRequestErrorCode,
    options: { cause?: unknown } = {},
    more?: { readonly vi: string; readonly en: string },
  ) {
    const [vi, en] = WORDS[code];
    super(en, options);
    this.code = code;
    this.vi = more === undefined ? vi : `${vi}: ${more.vi}`;
    this.en = more === undefined ? en : `${en}: ${more.en}`;
  }
}

/** Input of {@link verifyVxpRequest}. */
export interface VxpVerifyInput {
  /** As node gives them (`request.headers`: lower-case names, one character per byte), or with any case. */
  headers: Record<string, string | readonly string[] | undefined>;
  /** The shared key of a system, undefined when it is not known. */
  secretFor: (systemId: string) => string | undefined;
  now: Date;
  /** Largest distance between the request's time and ours, either way. */
  windowMs: number;
  /** Remembers authentication codes; true when this one was seen before. Asked last, for authentic requests only. */
  seenNonce?: (systemId: string, nonce: string) => boolean;
  /**
   * Zones the request's time may be written in, minutes east of UTC: the SDK writes its machine's local time, and machines
   * run in UTC as well as in Vietnam's zone. Default 420 (UTC+7) only.
   */
  zoneOffsetsMinutes?: readonly number[];
}

/** `to` with a thousand agencies takes 20 KiB. */
const MAX_SIGN_HEADER_CHARS = 64 * 1024;

/**
 * Authenticates one request of the VXP protocol. Only signed values are returned: unsigned `XroadVnpt-*` headers are
 * ignored, extra signed ones are tolerated (the SDK leaves stale keys in its header map). `args` has the names as signed,
 * without prefix, `systemid`, `timestamp` and `Content-Type` included.
 * @throws VxpRequestError
 */
export function verifyVxpRequest(input: VxpVerifyInput): { systemId: string; args: Record<string, string> } {
  const sent = lowerNames(input.headers);
  const [signHeader, code, systemId] = ['sign-header', 'hash-header', 'systemid'].map((name) =>
    only(sent, name),
  );
  if (!signHeader || !code || !systemId) throw new VxpRequestError('VXP_HEADERS_MISSING');
  if (signHeader.length > MAX_SIGN_HEADER_CHARS) throw new VxpRequestError('VXP_HEADERS_TOO_LARGE');
  const bytes = Buffer.from(signHeader, 'latin1');
  assertAuthentic(input.secretFor(systemId), bytes, code);
  const args = readSigned(bytes);
  assertSameAsSent(args, sent);
  if (signedAs(args, 'systemid') !== systemId.trim()) throw new VxpRequestError('VXP_HEADERS_CHANGED');
  assertFresh(signedAs(args, 'timestamp'), input);
  if (input.seenNonce?.(systemId, code.toLowerCase())) throw new VxpRequestError('VXP_REPLAYED');
  return { systemId, args };
}

/** The value signed under a name, in whatever capitals that is written. @throws VxpRequestError when there are two. */
function signedAs(args: Readonly<Record<string, string>>, name: string): string {
  const all = Object.entries(args).flatMap(([key, value]) =>
    key.toLowerCase() === name ? value.trim() : [],
  );
  const [first = '', ...others] = new Set(all);
  if (others.length > 0) throw new VxpRequestError('VXP_HEADERS_CHANGED');
  return first;
}

/** Every value of a header, by its name in small letters. */
type Sent = ReadonlyMap<string, readonly string[]>;

function lowerNames(headers: VxpVerifyInput['headers']): Sent {
  const sent = new Map<string, string[]>();
  for (const [name, value] of Object.entries(headers)) {
    const values = typeof value === 'string' ? [value] : [...(value ?? [])];
    if (values.length > 0) sent.set(name.toLowerCase(), [...(sent.get(name.toLowerCase()) ?? []), ...values]);
  }
  return sent;
}

function only(sent: Sent, name: string): string | undefined {
  return sent.get(`${VXP_PREFIX}${name}`.toLowerCase())?.join(', ');
}

function assertAuthentic(secret: string | undefined, bytes: Buffer, code: string): void {
  const expected = Buffer.from(signVxpHeader(secret ?? 'no such system', bytes), 'hex');
  const given = /^[0-9a-f]{64}$/i.test(code) ? Buffer.from(code, 'hex') : Buffer.alloc(32);
  const same = timingSafeEqual(expected, given);
  if (secret === undefined) throw new VxpRequestError('VXP_SYSTEM_UNKNOWN');
  if (!same) throw new VxpRequestError('VXP_BAD_SIGNATURE', {}, isUtf8(bytes) ? undefined : LOST_LETTERS);
}

/** Java and .NET write one byte for each letter of a header: what is signed is another text than what arrives. */
const LOST_LETTERS = {
  vi: 'chữ có dấu trong tham số bị mất khi gửi trong tiêu đề; hãy ghi tham số không dấu và tạo lại đối tượng dịch vụ của SDK',
  en: 'accented letters of an argument were lost on their way in a header: write arguments without accents, and make the service object of the SDK anew',
};

function readSigned(bytes: Buffer): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new VxpRequestError('VXP_HEADERS_CHANGED', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new VxpRequestError('VXP_HEADERS_CHANGED');
  const args: Record<string, string> = Object.create(null);
  for (const [name, text] of Object.entries(value)) {
    // Clients in other languages sign numbers as numbers, and what they have no value for as null.
    if (typeof text === 'object' && text !== null) throw new VxpRequestError('VXP_HEADERS_CHANGED');
    // No header holds it, and no store of every kind.
    if (typeof text === 'string' && text.includes('\0')) throw new VxpRequestError('VXP_HEADERS_CHANGED');
    args[bareName(name)] = String(text ?? '');
  }
  return args;
}

/** A name without the prefix; names of headers have no case. */
function bareName(name: string): string {
  return name.toLowerCase().startsWith(VXP_PREFIX.toLowerCase()) ? name.slice(VXP_PREFIX.length) : name;
}

/**
 * A signed name that also travels as a header must say the same there, and the list of names must hold no other. Names that differ
 * by their capitals alone are one header with several values: a service object of the SDK that was given `docId` and later `docid`
 * signs and sends both ever after.
 */
function assertSameAsSent(args: Record<string, string>, sent: Sent): void {
  const signed = new Map<string, string[]>();
  for (const [name, text] of Object.entries(args)) {
    const key = `${VXP_PREFIX}${name}`.toLowerCase();
    signed.set(key, [...(signed.get(key) ?? []), text.trim()]);
  }
  for (const [key, texts] of signed) {
    // Clients and proxies may write values of one header in one line (RFC 9110 §5.3).
    const values = sent
      .get(key)
      ?.map((value) => Buffer.from(value, 'latin1').toString('utf8').trim())
      .flatMap((value) => (texts.length === 1 || texts.includes(value) ? [value] : value.split(/, */)));
    if (values === undefined) continue;
    if (!values.every((value) => texts.includes(value)) || !texts.every((text) => values.includes(text)))
      throw new VxpRequestError('VXP_HEADERS_CHANGED');
  }
  // What counts is signed; the list only repeats its names, and makers write it as they like.
  const names = (only(sent, 'sign-header-key') ?? '').split(/[;,]/).map((name) => bareName(name.trim()));
  const isUnsigned = (name: string): boolean =>
    name !== '' && !signed.has(`${VXP_PREFIX}${name}`.toLowerCase());
  if (names.some(isUnsigned)) throw new VxpRequestError('VXP_HEADERS_CHANGED');
}

function assertFresh(timestamp: string, input: VxpVerifyInput): void {
  const zones = input.zoneOffsetsMinutes ?? [VIETNAM_OFFSET_MINUTES];
  const offsets = zones
    .map((zone) => parseVxpTimestamp(timestamp, zone)?.getTime())
    .filter((at) => at !== undefined)
    .map((at) => at - input.now.getTime())
    .sort((a, b) => Math.abs(a) - Math.abs(b));
  const [nearest] = offsets;
  if (nearest !== undefined && Math.abs(nearest) <= input.windowMs) return;
  throw new VxpRequestError('VXP_TIMESTAMP_OUTSIDE_WINDOW', {}, clockWords(timestamp, nearest, input.now));
}

/** How far the clocks are apart, for who mends the client's: its key was right, so it may know our time. */
function clockWords(timestamp: string, offMs: number | undefined, now: Date): { vi: string; en: string } {
  const ours = formatVietnamTime(now);
  const stated = timestamp.slice(0, 40);
  if (offMs === undefined)
    return {
      vi: `giờ máy chủ ${ours}; timestamp "${stated}" không đúng dạng ddMMyyyy'T'HHmmss+SSSS`,
      en: `our time is ${ours}; the timestamp "${stated}" is not of the form ddMMyyyy'T'HHmmss+SSSS`,
    };
  const minutes = Math.max(1, Math.round(Math.abs(offMs) / 60_000));
  if (offMs > 0)
    return {
      vi: `giờ máy chủ ${ours}; yêu cầu ghi ${stated}, nhanh ${minutes} phút`,
      en: `our time is ${ours}; the request says ${stated}, ${minutes} min ahead`,
    };
  // A service object that lives as long as its program, as several document systems have it, is late for ever.
  return {
    vi: `giờ máy chủ ${ours}; yêu cầu ghi ${stated}, chậm ${minutes} phút (SDK giữ giờ lúc tạo đối tượng dịch vụ: hãy tạo lại trước mỗi lượt, hoặc đề nghị quản trị trục đặt --clock-window cho hệ thống)`,
    en: `our time is ${ours}; the request says ${stated}, ${minutes} min behind (the SDK keeps the time its service object was made at: make it anew for each round, or ask for a --clock-window of the system)`,
  };
}
