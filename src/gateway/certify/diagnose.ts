/** Why a call failed authentication: what its maker most likely did, so that nobody has to guess at an HMAC. */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { parseVxpTimestamp, signVxpHeader, type VxpRequestErrorCode } from '../../connectors/index.ts';
import type { RuleId, Words } from './checks.ts';

const PREFIX = 'xroadvnpt-';
/** UTC+7 and UTC: the zones the protocol's servers take. */
const ZONES = [420, 0];

/** What a call was to be made with. */
export interface Expected {
  readonly systemId: string;
  readonly secret: string;
  readonly now: Date;
}

/** The rule a refused call breaks, and how. */
export function diagnose(
  code: VxpRequestErrorCode,
  headers: IncomingHttpHeaders,
  expected: Expected,
): { rule: RuleId; fault: Words } {
  const header = (name: string): string => String(headers[PREFIX + name] ?? '');
  if (code === 'VXP_BAD_SIGNATURE')
    return {
      rule: 'auth.signature',
      fault: signatureFault(header('sign-header'), header('hash-header'), expected),
    };
  if (code === 'VXP_TIMESTAMP_OUTSIDE_WINDOW')
    return { rule: 'auth.time', fault: timeFault(signedTime(header('sign-header')), expected.now) };
  if (code === 'VXP_SYSTEM_UNKNOWN') {
    const given = header('systemid');
    return {
      rule: 'auth.headers',
      fault: {
        vi: `systemid là "${given}", phải là "${expected.systemId}"`,
        en: `systemid is "${given}" and should be "${expected.systemId}"`,
      },
    };
  }
  return { rule: 'auth.headers', fault: headersFault(headers) };
}

function headersFault(headers: IncomingHttpHeaders): Words {
  const needed = ['systemid', 'sign-header', 'sign-header-key', 'hash-header'];
  const missing = needed.filter((name) => !headers[PREFIX + name]).map((name) => `XroadVnpt-${name}`);
  if (missing.length > 0)
    return { vi: `Thiếu tiêu đề ${missing.join(', ')}`, en: `Missing: ${missing.join(', ')}` };
  const signed = readSigned(String(headers[`${PREFIX}sign-header`]));
  if (signed === null)
    return {
      vi: 'sign-header không phải một đối tượng JSON {"XroadVnpt-tên":"giá trị"}',
      en: 'sign-header is no JSON object {"XroadVnpt-name":"value"}',
    };
  const names = String(headers[`${PREFIX}sign-header-key`])
    .split(';')
    .filter((name) => name !== '');
  const unsigned = names.filter((name) => !signed.has(`${PREFIX}${name}`.toLowerCase()));
  if (unsigned.length > 0)
    return {
      vi: `sign-header-key nêu tên không có trong sign-header: ${unsigned.join(', ')}`,
      en: `sign-header-key names what sign-header has not: ${unsigned.join(', ')}`,
    };
  const different = [...signed].filter(([name, value]) => {
    const sent = headers[name];
    return sent !== undefined && utf8(String(sent)).trim() !== value.trim();
  });
  const list = different.map(([name]) => name).join(', ');
  return {
    vi: `Giá trị gửi khác giá trị đã ký: ${list || 'không rõ'}`,
    en: `Sent otherwise than signed: ${list || 'unknown'}`,
  };
}

function signatureFault(signHeader: string, given: string, { secret }: Expected): Words {
  const bytes = Buffer.from(signHeader, 'latin1');
  const right = signVxpHeader(secret, bytes);
  const hmac = (key: string | Buffer, data: string | Buffer) =>
    createHmac('sha256', key).update(data).digest('hex');
  const is = (hex: string): boolean => given.toLowerCase() === hex;
  if (given === Buffer.from(right, 'hex').toString('base64'))
    return {
      vi: 'hash-header phải viết hệ 16, không phải base64',
      en: 'hash-header is base64 and should be hex',
    };
  if (is(hmac(Buffer.from(secret, 'base64'), bytes)))
    return {
      vi: 'Khoá bí mật dùng nguyên văn từng ký tự, không giải base64',
      en: 'The secret is used as it stands, not decoded from base64',
    };
  if (is(createHash('sha256').update(bytes).digest('hex')))
    return {
      vi: 'Đây là SHA-256 trơn; phải là HMAC với khoá bí mật',
      en: 'That is a plain SHA-256, not an HMAC',
    };
  if (
    is(
      createHash('sha256')
        .update(Buffer.concat([bytes, Buffer.from(secret)]))
        .digest('hex'),
    )
  )
    return {
      vi: 'Đây là SHA-256 của chuỗi nối khoá; phải là HMAC',
      en: 'That is a SHA-256 with the secret appended, not an HMAC',
    };
  if (
    is(hmac(secret, Buffer.from(bytes.toString('latin1'), 'utf8'))) ||
    is(hmac(secret, Buffer.from(utf8(signHeader), 'latin1')))
  )
    return {
      vi: 'Ký trên chuỗi mã hoá khác lúc gửi; cả hai phải là UTF-8',
      en: 'Signed in another encoding than sent; both must be UTF-8',
    };
  if (is(hmac(secret, compact(signHeader))))
    return {
      vi: 'Ký trên JSON viết gọn nhưng gửi JSON có khoảng trắng; phải ký đúng chuỗi gửi đi',
      en: 'Signed compact JSON but sent it with white space: sign the very text that is sent',
    };
  return {
    vi: `hash-header không khớp; với sign-header này và đúng khoá phải là ${right.slice(0, 8)}…`,
    en: `hash-header does not match; with this sign-header and the right secret it begins ${right.slice(0, 8)}…`,
  };
}

function timeFault(text: string, now: Date): Words {
  const times = ZONES.map((zone) => parseVxpTimestamp(text, zone)).filter((at) => at !== undefined);
  if (times.length === 0)
    return {
      vi: `timestamp "${text}" không đúng dạng ddMMyyyy'T'HHmmss+SSSS (phần sau dấu + là mili giây)`,
      en: `timestamp "${text}" is not ddMMyyyy'T'HHmmss+SSSS (milliseconds behind the +)`,
    };
  const offs = times.map((at) => Math.round((at.getTime() - now.getTime()) / 60_000));
  const off = offs.reduce((best, one) => (Math.abs(one) < Math.abs(best) ? one : best));
  return {
    vi: `timestamp "${text}" lệch ${off} phút so với đồng hồ máy này`,
    en: `timestamp "${text}" is ${off} minutes off this machine's clock`,
  };
}

function signedTime(signHeader: string): string {
  return readSigned(signHeader)?.get(`${PREFIX}timestamp`) ?? '';
}

/** Signed values by lower-case header name; null when the text is no such object. */
function readSigned(signHeader: string): Map<string, string> | null {
  try {
    const value: unknown = JSON.parse(utf8(signHeader));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return new Map(Object.entries(value).map(([name, text]) => [name.toLowerCase(), String(text ?? '')]));
  } catch {
    return null;
  }
}

function compact(signHeader: string): string {
  try {
    return JSON.stringify(JSON.parse(utf8(signHeader)));
  } catch {
    return signHeader;
  }
}

/** Header values come one character a byte. */
function utf8(value: string): string {
  return Buffer.from(value, 'latin1').toString('utf8');
}
