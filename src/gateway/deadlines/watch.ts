/** Which documents are about to be late, or are: the clock over what has not left yet. */
import {
  type DeliveryRow,
  HANDED_OVER_STATES,
  listUnsent,
  type Queries,
  type UnsentLine,
} from '../store/index.ts';
import { createCalendar, parseDays, type WorkCalendar } from './calendar.ts';
import { type ClockSettings, type Deadline, sendingDeadline } from './deadline.ts';

/** A calendar and how near is near. */
export interface LegalClock {
  readonly calendar: WorkCalendar;
  readonly settings: ClockSettings;
}

/** The operator's settings for the clock. */
export interface ClockConfig {
  /** `07:30-17:00` */
  readonly workingHours: string;
  /** As {@link parseDays} reads it. */
  readonly holidays: string;
  readonly urgentMinutes: number;
  readonly deadlineWarnMinutes: number;
}

function minutesOf(text: string): number {
  const [hours = '0', minutes = '0'] = text.split(':');
  return Number(hours) * 60 + Number(minutes);
}

/** Makes the clock of one gateway. */
export function createLegalClock(config: ClockConfig): LegalClock {
  const [opens = '07:30', closes = '17:00'] = config.workingHours.split('-');
  return {
    calendar: createCalendar({
      opensAt: minutesOf(opens),
      closesAt: minutesOf(closes),
      ...parseDays(config.holidays),
    }),
    settings: { urgentMs: config.urgentMinutes * 60_000, warnMs: config.deadlineWarnMinutes * 60_000 },
  };
}

/** A delivery near or over its limit. */
export interface AtRisk {
  readonly line: UnsentLine;
  readonly deadline: Deadline;
}

/** Deliveries looked at: the oldest of each lane, so that what is nearest to its limit is always among them. */
const MOST = 500;

/** What is near or over its limit, the latest first; `agencies` null: of all senders. */
export async function findAtRisk(
  tx: Queries,
  clock: LegalClock,
  agencies: readonly string[] | null,
  now: number,
): Promise<AtRisk[]> {
  const [urgent, normal] = await Promise.all([
    listUnsent(tx, agencies, 'urgent', MOST),
    listUnsent(tx, agencies, 'normal', MOST),
  ]);
  return [...urgent, ...normal]
    .map((line) => ({ line, deadline: deadlineOf(clock, line, null, now) }))
    .filter(({ deadline }) => deadline.state === 'soon' || deadline.state === 'late')
    .sort((a, b) => a.deadline.latestAt - b.deadline.latestAt);
}

/** The clock of one delivery; null where it cannot be told: it left before departures were noted. */
export function deliveryDeadline(
  clock: LegalClock,
  document: { readonly accepted_at: number; readonly priority: number },
  delivery: Pick<DeliveryRow, 'state' | 'handed_over_at'>,
  now: number,
): Deadline | null {
  if (delivery.handed_over_at === null && HANDED_OVER_STATES.includes(delivery.state)) return null;
  return deadlineOf(clock, document, delivery.handed_over_at, now);
}

/** The clock of one document on its way to one recipient. */
function deadlineOf(
  clock: LegalClock,
  document: { readonly accepted_at: number; readonly priority: number },
  handedOverAt: number | null,
  now: number,
): Deadline {
  const item = { acceptedAt: document.accepted_at, isUrgent: document.priority > 0, handedOverAt };
  return sendingDeadline(clock.calendar, clock.settings, item, now);
}
