/**
 * Dates and times of the axis. The wire writes `yyyy/MM/dd` and `yyyy/MM/dd HH:mm:ss` without a zone, which means
 * Vietnam's (UTC+7, no daylight saving); other senders use `-`, `T`, a zone or fractions of a second.
 */

const VIETNAM_OFFSET_MINUTES = 7 * 60;
/** A zone (xsd:date) says nothing about which day it is. */
const DATE = /^(\d{4})[/-](\d{1,2})[/-](\d{1,2})\s*(?:Z|[+-]\d{2}:?\d{2})?$/i;
const TIME =
  /^(\d{4})[/-](\d{1,2})[/-](\d{1,2})[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d{1,9})?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

interface Clock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

function isRealDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1000 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, '0');
}

function parseClock(text: string): { clock: Clock; offsetMinutes: number } | undefined {
  const match = TIME.exec(text.trim());
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const clock = {
    year: year ?? 0,
    month: month ?? 0,
    day: day ?? 0,
    hour: hour ?? 0,
    minute: minute ?? 0,
    second: second ?? 0,
  };
  if (!isRealDate(clock.year, clock.month, clock.day)) return undefined;
  if (clock.hour > 23 || clock.minute > 59 || clock.second > 59) return undefined;
  const offsetMinutes = offsetOf(match[7]);
  return offsetMinutes === undefined ? undefined : { clock, offsetMinutes };
}

function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined) return VIETNAM_OFFSET_MINUTES;
  if (zone.toUpperCase() === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  // Databases write whole hours alone: +07.
  const minutes = Number(zone.slice(3).replace(':', ''));
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** `yyyy-MM-dd` from any spelling of a date (or of a time: its date in Vietnam), undefined when it is none. */
export function parseWireDate(text: string): string | undefined {
  const match = DATE.exec(text.trim());
  if (match === null) return parseWireTimestamp(text)?.slice(0, 10);
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return isRealDate(year, month, day) ? `${pad(year, 4)}-${pad(month)}-${pad(day)}` : undefined;
}

/** `yyyy-MM-ddTHH:mm:ss+07:00` from any spelling of a time (fractions dropped), undefined when it is none. */
export function parseWireTimestamp(text: string): string | undefined {
  const found = parseClock(text);
  if (found === undefined) return undefined;
  const { year, month, day, hour, minute, second } = found.clock;
  const utc = Date.UTC(year, month - 1, day, hour, minute, second) - found.offsetMinutes * 60_000;
  return formatVietnamTime(new Date(utc));
}

/** As people write it here, and machines that are set up so: the day first, `SA` and `CH` for the halves of the day. */
const SPOKEN =
  /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[T ,]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d{1,9})?)?\s*(AM|PM|SA|CH)?)?$/i;

/** In the wire's order, with dots, half of the day, or milliseconds behind another colon, as formats of programs have them. */
const YEAR_FIRST =
  /^(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[T ,]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,:]\d{1,9})?)?\s*(AM|PM|SA|CH)?)?$/i;

/** ISO 8601 without its marks. */
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/;

/**
 * A date without marks, one with other marks, or a date or time whose year stands last, in the wire's form (`yyyy/MM/dd`, `yyyy/MM/dd HH:mm:ss`); undefined when it is none, or could be one of two.
 * The day comes first, unless that can't be; beside `AM` and `PM`, which are no words of Vietnam's, only where it must.
 */
function fromSpokenTime(text: string): string | undefined {
  const written = text.trim();
  const compact = COMPACT.exec(written);
  if (compact !== null) return compact.slice(1).join('/');
  const [, year = '', month = '', day = '', ...clock] = YEAR_FIRST.exec(written) ?? [];
  if (year !== '') return withClock(`${year}/${pad(Number(month))}/${pad(Number(day))}`, clock);
  const [, first = '', second = '', last = '', ...time] = SPOKEN.exec(written) ?? [];
  const [one, two] = [Number(first), Number(second)];
  const isAmbiguous = one <= 12 && two <= 12 && one !== two;
  if (last === '' || (isAmbiguous && /^[AP]M$/i.test(time[3] ?? ''))) return undefined;
  const [ofMonth, ofYear] = two > 12 ? [two, one] : [one, two];
  return withClock(`${last}/${pad(ofYear)}/${pad(ofMonth)}`, time);
}

/** The date, and the time of day beside it: hours, minutes, seconds, half of the day; without hours there is none. */
function withClock(date: string, clock: readonly (string | undefined)[]): string {
  const [hour, minute = '0', seconds = '0', half = ''] = clock;
  if (hour === undefined) return date;
  const hours = half === '' ? Number(hour) : (Number(hour) % 12) + (/^(?:PM|CH)$/i.test(half) ? 12 : 0);
  return `${date} ${pad(hours)}:${pad(Number(minute))}:${pad(Number(seconds))}`;
}

/** What `parse` reads from a date or time in an order that is not the wire's (the day first, or without marks); undefined when it is none. */
export function parseSpoken(text: string, parse: (wire: string) => string | undefined): string | undefined {
  const turned = fromSpokenTime(text);
  return turned === undefined ? undefined : parse(turned);
}

/** An instant as `yyyy-MM-ddTHH:mm:ss+07:00`. */
export function formatVietnamTime(instant: Date): string {
  const local = new Date(instant.getTime() + VIETNAM_OFFSET_MINUTES * 60_000);
  return `${local.toISOString().slice(0, 19)}+07:00`;
}

/** The wire's `yyyy/MM/dd`; text that is no date goes out as it is. */
export function toWireDate(text: string): string {
  return parseWireDate(text)?.replaceAll('-', '/') ?? text;
}

/** The wire's `yyyy/MM/dd HH:mm:ss` in Vietnam time; text that is no time goes out as it is. */
export function toWireTimestamp(text: string): string {
  const iso = parseWireTimestamp(text);
  return iso === undefined ? text : `${iso.slice(0, 10).replaceAll('-', '/')} ${iso.slice(11, 19)}`;
}
