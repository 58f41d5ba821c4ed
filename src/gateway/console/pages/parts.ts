/** Small pieces that every page shares: times, sizes, badges. */
import { PRIORITIES } from '../../../packages/index.ts';
import { purposeOf } from '../../exchange/index.ts';
import type { PackageRow } from '../../store/index.ts';
import { vietnamTime } from '../assets/report.js';
import { html, type SafeHtml } from '../html.ts';
import type { Language, Translate } from '../words.ts';
import { say } from '../words.ts';
import { type Coded, type Pair, REQUEST_MARKS, SYSTEMS, type Tone, VERDICTS } from '../words-codes.ts';

/** An instant (milliseconds since 1970) in Vietnam time. */
export function timeOf(at: number): SafeHtml {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${vietnamTime(iso)}</time>`;
}

/** `2026-11-21` as `21/11/2026`; other text as it is. */
export function dateText(date: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  return match === null ? date : `${match[3]}/${match[2]}/${match[1]}`;
}

/** A number as the reader writes it, without a trailing `.0`: `1,5` in Vietnamese, `1.5` in English. */
export function decimalText(value: number, digits: number, lang: Language): string {
  const text = value.toFixed(digits).replace(/\.0+$/, '');
  return lang === 'vi' ? text.replace('.', ',') : text;
}

/** A size as the reader writes it: `1,5 MB`, `1.5 MB`. */
export function sizeText(bytes: number, lang: Language): string {
  const units = ['byte', 'KB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 10 ? 0 : 1;
  return `${decimalText(value, digits, lang)} ${units[unit]}`;
}

/** A badge; the words carry the meaning, the colour only helps. */
export function badge(text: string, tone: Tone): SafeHtml {
  return html`<span class="badge ${tone}">${text}</span>`;
}

/** A badge of a code of one of the tables; an unknown code is shown as it is. */
export function codeBadge(table: Readonly<Record<string, Coded>>, code: string, lang: Language): SafeHtml {
  const coded = Object.hasOwn(table, code) ? table[code] : undefined;
  return coded === undefined ? badge(code, 'plain') : badge(say(coded.words, lang), coded.tone);
}

/** A verdict's badge. */
export function verdictBadge(verdict: string, lang: Language): SafeHtml {
  return codeBadge(VERDICTS, verdict, lang);
}

/** A code in words; an unknown one as it is. */
export function codeText(table: Readonly<Record<string, Pair>>, code: string, lang: Language): string {
  const pair = Object.hasOwn(table, code) ? table[code] : undefined;
  return pair === undefined ? code : say(pair, lang);
}

/** Name of a recipient: systems that are no agency are stored by their code and shown in words. */
export function partyName(name: string, lang: Language): string {
  const words = codeText(SYSTEMS, name, lang);
  return words === name ? name : words.charAt(0).toUpperCase() + words.slice(1);
}

/** Mark of an urgent package (Khẩn … Hoả tốc hẹn giờ); nothing for ordinary ones. */
export function urgencyMark(priority: number, lang: Language): SafeHtml | null {
  const label = PRIORITIES[priority];
  return priority <= 0 || label === undefined ? null : html`<span class="badge urgent">${label[lang]}</span>`;
}

/** Mark of a document that takes back, updates or replaces another; nothing for a new one. */
export function requestMark(
  pkg: Pick<PackageRow, 'kind' | 'metadata' | 'code'>,
  lang: Language,
): SafeHtml | null {
  const purpose = pkg.kind === 'document' ? purposeOf(pkg) : null;
  return purpose === null ? null : codeBadge(REQUEST_MARKS, purpose, lang);
}

/** One term and its value; nothing when there is no value. */
export function fact(label: string, value: SafeHtml | string | null | undefined): SafeHtml | null {
  if (value === null || value === undefined || value === '') return null;
  return html`<div class="fact"><dt>${label}</dt><dd>${value}</dd></div>`;
}

/** Keeps a limit readable in a sentence. */
export function limitText(t: Translate, bytes: number, lang: Language): string {
  return t('verify.hint', { limit: sizeText(bytes, lang) });
}
