import { createHmac } from 'node:crypto';

/** Prefix of every header the axis reads. */
export const VXP_PREFIX = 'XroadVnpt-';

/** UTC+7, the zone of every Vietnamese clock. */
export const VIETNAM_OFFSET_MINUTES = 7 * 60;

/** Time as the axis writes it: `ddMMyyyy'T'HHmmss+SSSS`, local, the part after `+` being milliseconds, not a zone. */
export function formatVxpTimestamp(at: Date, zoneOffsetMinutes = VIETNAM_OFFSET_MINUTES): string {
  const iso = new Date(at.getTime() + zoneOffsetMinutes * 60_000).toISOString();
  const [, year, month, day, hour, minute, second, ms] =
    /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})Z$/.exec(iso) ?? [];
  return `${day}${month}${year}T${hour}${minute}${second}+0${ms}`;
}

/** What stands behind the seconds tells less than a second, or a zone that is the clock's own. */
const TIMESTAMP = /^(\d\d)(\d\d)(\d{4})T(\d\d)(\d\d)(\d\d)(?:[+.](\d{1,7})|\+\d\d:\d\d)?$/i;

/**
 * Reads {@link formatVxpTimestamp}'s form; undefined when it is not one or names no real instant. Systems that are not the SDK write
 * fractions of another length (.NET's `ffff` are ten-thousandths), none, or their zone: what is over a thousand is no milliseconds
 * and is left out.
 */
export function parseVxpTimestamp(
  text: string,
  zoneOffsetMinutes = VIETNAM_OFFSET_MINUTES,
): Date | undefined {
  const match = TIMESTAMP.exec(text.trim());
  if (!match) return undefined;
  const [day = 0, month = 0, year = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const fraction = Number(match[7] ?? 0);
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second, fraction > 999 ? 0 : fraction));
  const same =
    local.getUTCMonth() === month - 1 && local.getUTCDate() === day && local.getUTCHours() === hour;
  if (!same || minute > 59 || second > 59) return undefined;
  return new Date(local.getTime() - zoneOffsetMinutes * 60_000);
}

/** `yyyy/MM/dd` in the axis' zone. */
export function formatVxpDate(at: Date, zoneOffsetMinutes = VIETNAM_OFFSET_MINUTES): string {
  return new Date(at.getTime() + zoneOffsetMinutes * 60_000).toISOString().slice(0, 10).replaceAll('-', '/');
}

/** Signs the value of `sign-header`: lowercase hex HMAC-SHA256, the secret's characters being the key. */
export function signVxpHeader(secret: string, signHeader: Uint8Array): string {
  return createHmac('sha256', Buffer.from(secret, 'utf8')).update(signHeader).digest('hex');
}

/**
 * Every header of one signed call, in the order of the public SDK. `args` become `XroadVnpt-<name>`; values may hold any
 * Unicode text and travel as UTF-8.
 */
export function buildVxpHeaders(input: {
  systemId: string;
  secret: string;
  args: Record<string, string>;
  contentType: string;
  at: Date;
  zoneOffsetMinutes?: number;
}): Record<string, string> {
  const named: [string, string][] = [
    ['systemid', input.systemId],
    ...Object.entries(input.args),
    ['timestamp', formatVxpTimestamp(input.at, input.zoneOffsetMinutes)],
    ['Content-Type', input.contentType],
  ];
  const signHeader = JSON.stringify(
    Object.fromEntries(named.map(([key, value]) => [VXP_PREFIX + key, value])),
  );
  const headers: Record<string, string> = { 'Content-Type': input.contentType };
  for (const [key, value] of named) headers[VXP_PREFIX + key] = onWire(value);
  headers[`${VXP_PREFIX}sign-header-key`] = named.map(([key]) => key).join(';');
  headers[`${VXP_PREFIX}sign-header`] = onWire(signHeader);
  headers[`${VXP_PREFIX}hash-header`] = signVxpHeader(input.secret, Buffer.from(signHeader, 'utf8'));
  headers[`${VXP_PREFIX}version`] = '3.0.201608';
  headers['User-Agent'] = 'JAVASDKAgent/1.0.0 XRoad/VPCP';
  return headers;
}

/** UTF-8 bytes in the one-byte-per-character form that HTTP header values take in Node. */
function onWire(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
