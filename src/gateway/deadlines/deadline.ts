/**
 * The legal clock of a document. Sending: the day it is issued, at the latest the next working day's morning; urgent ones at
 * once (QĐ 28/2018; NĐ 30/2020 art. 4, 18). Receiving: the recipient says so the same day (NĐ 30/2020 art. 21.2).
 */
import type { WorkCalendar } from './calendar.ts';

/** `met`/`missed`: done, in time or not. `running`: there is time. `soon`: little is left. `late`: over, and not done. */
export type DeadlineState = 'met' | 'missed' | 'running' | 'soon' | 'late';

export interface Deadline {
  /** When it should be done. */
  readonly dueAt: number;
  /** When it must be done. */
  readonly latestAt: number;
  readonly state: DeadlineState;
}

export interface ClockSettings {
  /** How long an urgent document may take, ms. */
  readonly urgentMs: number;
  /** How long before the latest moment it is told to be near, ms. */
  readonly warnMs: number;
}

/** End of the "next morning", minutes after midnight. */
const NOON = 12 * 60;

function limitsOf(
  calendar: WorkCalendar,
  clock: ClockSettings,
  from: number,
  isUrgent: boolean,
): Pick<Deadline, 'dueAt' | 'latestAt'> {
  if (isUrgent) return { dueAt: from + clock.urgentMs, latestAt: from + clock.urgentMs };
  const day = calendar.dayOf(from);
  const closes = calendar.at(day, calendar.settings.closesAt);
  // What comes after hours or on a day off counts as of the next working day's opening.
  const counts = calendar.isWorkday(day) && from < closes ? day : calendar.nextWorkday(day);
  return {
    dueAt: calendar.at(counts, calendar.settings.closesAt),
    latestAt: calendar.at(calendar.nextWorkday(counts), NOON),
  };
}

function stateOf(latestAt: number, warnFrom: number, doneAt: number | null, now: number): DeadlineState {
  if (doneAt !== null) return doneAt <= latestAt ? 'met' : 'missed';
  if (now > latestAt) return 'late';
  return now >= warnFrom ? 'soon' : 'running';
}

/** How a document accepted at `acceptedAt` stands on its way to one recipient; `handedOverAt` null: still here. */
export function sendingDeadline(
  calendar: WorkCalendar,
  clock: ClockSettings,
  item: { acceptedAt: number; isUrgent: boolean; handedOverAt: number | null },
  now: number,
): Deadline {
  const { dueAt, latestAt } = limitsOf(calendar, clock, item.acceptedAt, item.isUrgent);
  // Once the day is over only the next morning is left: that is near enough. Urgent ones warn at half their time.
  const warnFrom = item.isUrgent
    ? latestAt - clock.urgentMs / 2
    : Math.min(dueAt - clock.warnMs, latestAt - clock.warnMs);
  return { dueAt, latestAt, state: stateOf(latestAt, warnFrom, item.handedOverAt, now) };
}

/** How a document that arrived at `arrivedAt` stands until its recipient has said anything (`answeredAt`). */
export function receiptDeadline(
  calendar: WorkCalendar,
  clock: ClockSettings,
  item: { arrivedAt: number; isUrgent: boolean; answeredAt: number | null },
  now: number,
): Deadline {
  const { dueAt } = limitsOf(calendar, clock, item.arrivedAt, item.isUrgent);
  const warnFrom = item.isUrgent ? dueAt - clock.urgentMs / 2 : dueAt - clock.warnMs;
  return { dueAt, latestAt: dueAt, state: stateOf(dueAt, warnFrom, item.answeredAt, now) };
}
