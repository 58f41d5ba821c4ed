/**
 * Working time of Vietnam's agencies: Monday to Friday without public holidays (Labour Code 2019 art. 111–112), in Vietnam time.
 * How Tết and National Day fall is announced each year and days are swapped: the operator's own list goes before ours.
 */
import { lunarDaysOf } from './lunar.ts';

/** A calendar day in Vietnam, yyyy-MM-dd. */
export type Day = string;

export interface CalendarSettings {
  /** Minutes after midnight, Vietnam time. */
  readonly opensAt: number;
  readonly closesAt: number;
  /** Days off beside those we know. */
  readonly holidays: ReadonlySet<Day>;
  /** Days worked although they are a weekend or holiday. */
  readonly workdays: ReadonlySet<Day>;
}

export interface WorkCalendar {
  isWorkday(day: Day): boolean;
  /** The first working day after `day`. */
  nextWorkday(day: Day): Day;
  /** Milliseconds since 1970 of `minutes` after midnight of `day`. */
  at(day: Day, minutes: number): number;
  dayOf(at: number): Day;
  readonly settings: CalendarSettings;
}

const DAY_MS = 86_400_000;
/** UTC+7 without summer time. */
const VIETNAM_MS = 7 * 3_600_000;

function startOf(day: Day): number {
  return Date.parse(`${day}T00:00:00+07:00`);
}

function dayOf(at: number): Day {
  return new Date(at + VIETNAM_MS).toISOString().slice(0, 10);
}

function plusDays(day: Day, count: number): Day {
  return dayOf(startOf(day) + count * DAY_MS);
}

function isWeekend(day: Day): boolean {
  return [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
}

/** Public holidays of a year before days off are made up for. National Day: 2 September and the day before. */
function publicHolidays(year: number): Day[] {
  const fixed = ['01-01', '04-30', '05-01', '09-01', '09-02'].map((day) => `${year}-${day}`);
  const lunar = lunarDaysOf(year);
  if (lunar === null) return fixed;
  // Five days: the last of the old year and the first four of the new one.
  const tet = [-1, 0, 1, 2, 3].map((offset) => plusDays(lunar.tet, offset));
  return [...fixed, ...tet, lunar.ancestors];
}

/** Days off of a year: a holiday on a weekend is made up for on the next working days (art. 111.3). */
function daysOff(year: number): Set<Day> {
  const holidays = publicHolidays(year).sort();
  const off = new Set(holidays);
  for (const holiday of holidays.filter(isWeekend)) {
    let instead = plusDays(holiday, 1);
    while (isWeekend(instead) || off.has(instead)) instead = plusDays(instead, 1);
    off.add(instead);
  }
  return off;
}

/** Makes a calendar; years are worked out when asked about. */
export function createCalendar(settings: CalendarSettings): WorkCalendar {
  const years = new Map<number, Set<Day>>();

  function offIn(year: number): Set<Day> {
    const known = years.get(year) ?? daysOff(year);
    years.set(year, known);
    return known;
  }

  function isWorkday(day: Day): boolean {
    if (settings.workdays.has(day)) return true;
    return !isWeekend(day) && !settings.holidays.has(day) && !offIn(Number(day.slice(0, 4))).has(day);
  }

  return {
    settings,
    isWorkday,
    dayOf,
    nextWorkday(day) {
      let next = plusDays(day, 1);
      while (!isWorkday(next)) next = plusDays(next, 1);
      return next;
    },
    at: (day, minutes) => startOf(day) + minutes * 60_000,
  };
}

/** `2027-02-05,2027-02-08..2027-02-10,+2027-02-13`: days off, ranges, and with a plus days worked. @throws RangeError naming the part. */
export function parseDays(text: string): { holidays: Set<Day>; workdays: Set<Day> } {
  const holidays = new Set<Day>();
  const workdays = new Set<Day>();
  for (const part of text
    .split(',')
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '')) {
    const found = /^(\+?)(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?$/.exec(part);
    const [, plus = '', first = '', last = first] = found ?? [];
    const days = (startOf(last) - startOf(first)) / DAY_MS;
    if (found === null || !(days >= 0 && days <= 60)) throw new RangeError(part);
    for (let day = 0; day <= days; day += 1) (plus === '+' ? workdays : holidays).add(plusDays(first, day));
  }
  return { holidays, workdays };
}
