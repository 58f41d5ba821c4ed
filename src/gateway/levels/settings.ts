/** Settings of signature levels: the time-stamping authorities, and what happens while they are down. */
import { z } from 'zod';
import { positive, setting, text } from '../settings/setting.ts';

/** Addresses of a list, in order. */
export function addressesOf(list: string): string[] {
  return list.split(/[\s,]+/).filter((address) => address !== '');
}

function isAddressList(list: string): boolean {
  return addressesOf(list).every(
    (address) => URL.canParse(address) && /^https?:$/.test(new URL(address).protocol),
  );
}

/** Part of the settings table. */
export const LEVEL_SETTINGS = {
  signLevel: setting(
    'LIENTHONG_SIGN_LEVEL',
    z.enum(['B', 'T', 'LT', 'LTA']),
    'B',
    'level of signatures the gateway makes where a request names none: B, T, LT or LTA; above B needs LIENTHONG_TSA_URLS',
  ),
  signWhenUnavailable: setting(
    'LIENTHONG_SIGN_WHEN_UNAVAILABLE',
    z.enum(['lower', 'refuse']),
    'lower',
    'when no time-stamp or evidence can be had: lower signs below the level and completes it later; refuse does not sign',
  ),
  tsaUrls: setting(
    'LIENTHONG_TSA_URLS',
    z.string().refine(isAddressList, 'http or https addresses, comma separated'),
    '',
    'time-stamping authorities (RFC 3161), tried in this order, comma separated, e.g. http://tsa.ca.gov.vn/',
  ),
  tsaPolicy: setting(
    'LIENTHONG_TSA_POLICY',
    z.string().regex(/^(\d+(\.\d+)+)?$/, 'an OID'),
    '',
    'policy OID time-stamps must be under; empty: any',
  ),
  tsaTimeoutSeconds: setting(
    'LIENTHONG_TSA_TIMEOUT_SECONDS',
    z.coerce.number().positive().max(600),
    180,
    'longest wait for one answer of a time-stamping authority (tsa.ca.gov.vn was seen to take 2 to 131 s)',
  ),
  tsaTries: setting('LIENTHONG_TSA_TRIES', positive, 3, 'tries at each authority before the next one'),
  levelRetrySeconds: setting(
    'LIENTHONG_LEVEL_RETRY_SECONDS',
    text.regex(/^ *[1-9]\d{0,6} *(, *[1-9]\d{0,6} *)*$/, 'whole seconds, comma separated'),
    '60,300,900,3600',
    'how long a signature below its level waits before each further attempt, seconds; the last one repeats',
  ),
  levelRetryDays: setting(
    'LIENTHONG_LEVEL_RETRY_DAYS',
    positive,
    30,
    'days after which completing a level stops and waits for a person',
  ),
} as const;
