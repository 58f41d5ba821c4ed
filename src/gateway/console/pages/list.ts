/** `/` for someone signed in: packages with their state, newest first, and what needs attention. */
import type { Request } from 'express';
import { type EdxmlStatus, STATUS_CODES, type StatusCode } from '../../../packages/index.ts';
import { visibleAgencies } from '../../access/index.ts';
import { findAtRisk } from '../../deadlines/index.ts';
import type { PackageRow } from '../../store/index.ts';
import { html, type SafeHtml } from '../html.ts';
import {
  type AttentionCounts,
  COUNT_LIMIT,
  countAttention,
  countRecipients,
  findPackages,
  type PackageFilter,
  type RecipientSummary,
  worstVerdicts,
} from '../queries.ts';
import type { ConsoleDeps, SignedInView } from '../view.ts';
import type { Language, Word } from '../words.ts';
import { say } from '../words.ts';
import { KINDS, PACKAGE_STATES } from '../words-codes.ts';
import { pageOf } from './layout.ts';
import { codeBadge, codeText, partyName, requestMark, timeOf, urgencyMark, verdictBadge } from './parts.ts';
import { dropZone } from './sign-in.ts';

const STEP = 50;
/** Rows shown at once at most; older ones are on the next page. */
const MOST_ROWS = 300;

function text(value: unknown, pattern: RegExp): string {
  return typeof value === 'string' && pattern.test(value) ? value : '';
}

/** The filter a request asks for; what is not understood counts as not asked. */
export function filterOf(query: Request['query']): PackageFilter {
  const direction = text(query['chieu'], /^(sent|received)$/) as 'sent' | 'received' | '';
  const rows = Number(text(query['so'], /^\d{1,4}$/) || STEP);
  return {
    direction: direction === '' ? 'both' : direction,
    kind: text(query['loai'], /^[a-z]{1,20}$/) || 'main',
    state: text(query['trang-thai'], /^[a-z-]{1,20}$/),
    before: text(query['truoc'], /^pkg_[0-9a-z]{1,40}$/) || null,
    limit: Math.min(Math.max(rows, 1), MOST_ROWS),
    search: text(query['tim'], /^.{1,200}$/s).trim(),
  };
}

function addressOf(filter: PackageFilter, change: Partial<Record<'so' | 'truoc', string>>): string {
  const query = new URLSearchParams();
  if (filter.direction !== 'both') query.set('chieu', filter.direction);
  if (filter.kind !== 'main') query.set('loai', filter.kind);
  if (filter.state !== '') query.set('trang-thai', filter.state);
  if (filter.search !== '') query.set('tim', filter.search);
  if (filter.before !== null) query.set('truoc', filter.before);
  for (const [name, value] of Object.entries(change)) query.set(name, value);
  return `/?${query.toString()}`;
}

/** Counts of what needs a person, each leading to where it can be done. */
function attentionBar(view: SignedInView, counts: AttentionCounts, atRisk: number): SafeHtml {
  const { t } = view;
  const shown = (n: number): string => (n >= COUNT_LIMIT ? `${COUNT_LIMIT - 1}+` : String(n));
  const items: [number, string, Word, string][] = [
    [counts.parked, '/?trang-thai=attention&loai=all', 'attention.parked', 'bad'],
    [counts.unreadable, '/?trang-thai=attention&loai=unreadable', 'attention.unreadable', 'bad'],
    [atRisk, '/han-gui', 'attention.atRisk', 'bad'],
    [counts.unanswered, '/hop-den', 'attention.unanswered', 'wait'],
    [counts.retrying, '/?trang-thai=in-progress&loai=all', 'attention.retrying', 'wait'],
  ];
  const links = items
    .filter(([n]) => n > 0)
    .map(
      ([n, href, word, tone]) =>
        html`<li><a class="count ${tone}" href="${href}"><b>${shown(n)}</b> ${t(word)}</a></li>`,
    );
  const content =
    links.length === 0
      ? html`<p class="all-well">${t('attention.none')}</p>`
      : html`<ul class="counts">${links}</ul>`;
  return html`<section class="attention" aria-label="${t('attention.label')}" data-live="attention">${content}</section>`;
}

function option(value: string, label: string, selected: string): SafeHtml {
  return html`<option value="${value}"${value === selected ? html` selected` : null}>${label}</option>`;
}

function filterForm(view: SignedInView, filter: PackageFilter): SafeHtml {
  const { t, lang } = view;
  const kinds = Object.entries(KINDS).map(([kind, words]) => option(kind, say(words, lang), filter.kind));
  const states = Object.entries(PACKAGE_STATES).map(([state, { words }]) =>
    option(state, say(words, lang), filter.state),
  );
  const direction = filter.direction === 'both' ? '' : filter.direction;
  return html`<form method="get" action="/" class="filter" role="search" aria-label="${t('filter.title')}">
<label class="words">${t('filter.words')} <input type="search" name="tim" maxlength="200" value="${filter.search}" placeholder="${t('filter.wordsHint')}"></label>
<label>${t('filter.direction')} <select name="chieu">${option('', t('filter.both'), direction)}${option('sent', t('filter.sent'), direction)}${option('received', t('filter.received'), direction)}</select></label>
<label>${t('filter.kind')} <select name="loai">${option('main', t('filter.kindsMain'), filter.kind)}${kinds}${option('all', t('filter.kindsAll'), filter.kind)}</select></label>
<label>${t('filter.state')} <select name="trang-thai">${option('', t('filter.anyState'), filter.state)}${states}</select></label>
<button>${t('filter.go')}</button>
</form>`;
}

/** Number and notation of the document that a status answers; empty when it names none. */
function answeredCode(metadata: string): string {
  const { responseFor } = JSON.parse(metadata) as Partial<EdxmlStatus>;
  return responseFor?.code ?? '';
}

/** What a package is called: its number and notation, or what its kind says. */
export function titleOf(
  pkg: Pick<PackageRow, 'kind' | 'code' | 'dossier_code' | 'metadata'>,
  lang: Language,
): string {
  if (pkg.kind === 'status') {
    const meaning = STATUS_CODES[pkg.code as StatusCode]?.[lang] ?? '';
    const answered = answeredCode(pkg.metadata);
    return `${answered === '' ? '' : `${answered} · `}${codeText(KINDS, 'status', lang)} ${pkg.code} – ${meaning}`;
  }
  if (pkg.kind === 'document') return pkg.code;
  return `${codeText(KINDS, pkg.kind, lang)} ${pkg.dossier_code ?? pkg.code}`.trim();
}

function row(
  view: SignedInView,
  pkg: PackageRow,
  recipients: RecipientSummary | undefined,
  verdict: string | undefined,
): SafeHtml {
  const { t, lang, principal } = view;
  const agencies = visibleAgencies(principal);
  const sent = agencies === null ? ['api', 'vxp-server'].includes(pkg.origin) : agencies.includes(pkg.sender);
  // A recipient sees only its own delivery, so only itself here.
  const to =
    agencies !== null && !agencies.includes(pkg.sender)
      ? { count: 1, firstName: view.agencyName }
      : recipients;
  const toText =
    to === undefined
      ? t('list.noRecipient')
      : to.count === 1
        ? partyName(to.firstName, lang)
        : t('list.recipients', { n: to.count });
  return html`<li data-key="${pkg.id}"><a class="row" href="/goi-tin/${pkg.id}">
<span class="row-when">${timeOf(pkg.accepted_at)} <small><span class="dot">· </span>${t(sent ? 'filter.sent' : 'filter.received')}</small></span>
<span class="row-what"><b>${titleOf(pkg, lang)}</b> ${urgencyMark(pkg.priority, lang)} ${requestMark(pkg, lang)} <span class="subject">${pkg.subject === '' ? t('list.noSubject') : pkg.subject}</span></span>
<span class="row-who">${partyName(pkg.sender_name, lang)} <span class="arrow" aria-hidden="true">→</span> ${toText}</span>
<span class="row-state">${codeBadge(PACKAGE_STATES, pkg.state, lang)}${verdict === undefined ? null : verdictBadge(verdict, lang)}</span>
</a></li>`;
}

function moreLink(view: SignedInView, filter: PackageFilter, next: string | null, shown: number): SafeHtml {
  const { t } = view;
  const links: SafeHtml[] = [];
  if (next !== null) {
    // A search that stopped looking for now goes on from where it stopped.
    if (filter.limit < MOST_ROWS && shown === filter.limit)
      links.push(
        html`<a class="button" data-more href="${addressOf(filter, { so: String(Math.min(filter.limit + STEP, MOST_ROWS)) })}">${t('list.more')}</a>`,
      );
    else
      links.push(
        html`<a class="button" href="${addressOf(filter, { truoc: next, so: String(STEP) })}">${t('list.older')}</a>`,
      );
  }
  if (filter.before !== null)
    links.push(
      html`<a class="button" href="${addressOf({ ...filter, before: null }, {})}">${t('list.newest')}</a>`,
    );
  return html`<p class="more-rows" data-live="more">${links}</p>`;
}

/** The list page. */
export async function listPage(
  view: SignedInView,
  deps: ConsoleDeps,
  query: Request['query'],
): Promise<SafeHtml> {
  const { t } = view;
  const tx = deps.x.store.read;
  const filter = filterOf(query);
  const { rows, next } = await findPackages(tx, visibleAgencies(view.principal), filter);
  const ids = rows.map((pkg) => pkg.id);
  const [counts, atRisk, recipients, verdicts] = await Promise.all([
    countAttention(tx, view.principal),
    findAtRisk(tx, deps.clock, visibleAgencies(view.principal), deps.x.now()),
    countRecipients(tx, ids),
    worstVerdicts(tx, ids),
  ]);
  const isFiltered =
    filter.search !== '' ||
    filter.state !== '' ||
    filter.kind !== 'main' ||
    filter.direction !== 'both' ||
    filter.before !== null;
  const empty =
    rows.length > 0
      ? null
      : isFiltered
        ? html`<p class="empty">${t('list.emptyFilter')} <a href="/">${t('list.clear')}</a></p>`
        : html`<p class="empty">${t('list.empty')}</p>`;
  return pageOf(view, {
    title: t('list.title'),
    nav: 'packages',
    body: html`<h1>${t(visibleAgencies(view.principal) === null ? 'list.titleAll' : 'list.title')}</h1>
${attentionBar(view, counts, atRisk.length)}
${filterForm(view, filter)}
<div data-live="empty">${empty}</div>
<ul class="rows" data-live="rows" data-keyed>${rows.map((pkg) => row(view, pkg, recipients.get(pkg.id), verdicts.get(pkg.id)))}</ul>
${moreLink(view, filter, next, rows.length)}
${dropZone(view, deps)}`,
  });
}
