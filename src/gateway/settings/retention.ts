/** Settings of how long things are kept. */
import { z } from 'zod';
import { readRetention } from '../exchange/retention/rules.ts';
import { count, setting } from './setting.ts';

function isRetention(text: string): boolean {
  try {
    readRetention(text);
    return true;
  } catch {
    return false;
  }
}

/** Part of the settings table. */
export const RETENTION_SETTINGS = {
  retention: setting(
    'LIENTHONG_RETENTION',
    z.string().refine(isRetention, 'e.g. delivered=3650,refused=365,status/delivered=90 (days)'),
    '',
    'days after which the bytes of a finished package go, by state (delivered, done, refused, withdrawn) or kind/state; what is not named stays',
  ),
  answerDays: setting(
    'LIENTHONG_ANSWER_DAYS',
    count,
    90,
    'days an answer is kept under its Idempotency-Key; 0: for ever',
  ),
  arrivalDays: setting(
    'LIENTHONG_ARRIVAL_DAYS',
    count,
    400,
    'days it is remembered by its id that something was fetched from an axis; 0: for ever',
  ),
  orphanHours: setting(
    'LIENTHONG_ORPHAN_HOURS',
    count,
    24,
    'age at which a stored file that nothing names is removed; looked for once a day; 0: never',
  ),
} as const;
