/** `/hop-den`: what arrived for an agency, and its answers with QĐ 28 statuses. */
import type { Request } from 'express';
import { isStatusMoveAllowed, STATUS_CODES, type StatusCode } from '../../../packages/index.ts';
import { mayActFor, visibleAgencies } from '../../access/index.ts';
import { findAgencies } from '../../directory/index.ts';
import { purposeOf } from '../../exchange/index.ts';
import { html, type SafeHtml } from '../html.ts';
import { findInboxPage, type InboxLine } from '../queries.ts';
import type { ConsoleDeps, SignedInView } from '../view.ts';
import { pageOf } from './layout.ts';
import { titleOf } from './list.ts';
import { requestMark, timeOf, urgencyMark } from './parts.ts';
import { recallBadge, statusBadge } from './recipients.ts';

const PAGE_ROWS = 50;
/** What a recipient may say; 13 is its sender's word (QĐ 28/2018). */
const ANSWERS: readonly StatusCode[] = ['01', '03', '04', '05', '06', '15', '16', '02'];

/** Answers that may follow the present status, refusing last. */
export function answersAfter(status: string | null, recall: string | null = null): StatusCode[] {
  // A request of the sender is answered before anything else is said.
  if (recall === 'requested') return ['15', '16'];
  return ANSWERS.filter((code) => isStatusMoveAllowed(status ?? undefined, code));
}

function answerForm(view: SignedInView, line: InboxLine): SafeHtml | null {
  const { t, lang } = view;
  const answers = answersAfter(line.business_status, line.recall);
  if (line.state === 'withdrawn' || answers.length === 0 || line.kind !== 'document') return null;
  const note = `note-${line.id}`;
  const buttons = answers.map(
    (code) =>
      html`<button name="statusCode" value="${code}"${code === '02' || code === '16' ? html` class="danger"` : null}>${code} ${STATUS_CODES[code][lang]}</button> `,
  );
  return html`<details class="answer"><summary aria-label="${t('inbox.answerFor', { code: line.code })}">${t('inbox.answer')}</summary>
<form method="post" action="/api/v1/inbox/${line.id}/statuses" data-action>
<label for="${note}">${t('inbox.note')}</label><input type="text" id="${note}" name="description" maxlength="500">
<p class="buttons">${buttons}</p><output role="alert"></output></form></details>`;
}

/** The document it takes back is here: that one is answered, with 15 or 16. */
function answeredElsewhere(line: InboxLine): string | null {
  return line.kind === 'document' && purposeOf(line) === 'recall' ? line.correlates : null;
}

function item(view: SignedInView, line: InboxLine, mayAnswer: boolean): SafeHtml {
  const { t, lang } = view;
  const title = titleOf({ ...line, dossier_code: null }, lang);
  const asked = answeredElsewhere(line);
  const answered =
    line.kind !== 'document' || asked !== null
      ? null
      : (statusBadge(view, line.business_status) ??
        html`<span class="badge wait">${t('inbox.unanswered')}</span>`);
  return html`<li class="inbox-item" id="${line.id}" data-key="${line.id}">
<p class="row-when">${timeOf(line.accepted_at)}</p>
<p class="row-what"><a href="/goi-tin/${line.package_id}"><b>${title}</b></a> ${urgencyMark(line.priority, lang)} ${requestMark(line, lang)} <span class="subject">${line.subject === '' ? t('list.noSubject') : line.subject}</span></p>
<p class="row-who">${line.sender_name}</p>
<p class="row-state">${answered} ${recallBadge(view, line)}</p>
${asked === null ? null : html`<p class="row-note"><a href="/goi-tin/${asked}">${t('inbox.answerThere')}</a></p>`}
${mayAnswer && asked === null ? answerForm(view, line) : null}
</li>`;
}

/** The agency whose inbox is shown: one's own, or for those who see all the one asked for. */
function agencyOf(view: SignedInView, query: Request['query']): string {
  const asked = query['co-quan'];
  if (
    visibleAgencies(view.principal) !== null ||
    typeof asked !== 'string' ||
    asked === '' ||
    asked.length > 35
  )
    return view.principal.agency;
  return asked;
}

/** The inbox page. */
export async function inboxPage(
  view: SignedInView,
  deps: ConsoleDeps,
  query: Request['query'],
): Promise<SafeHtml> {
  const { t } = view;
  const tx = deps.x.store.read;
  const agency = agencyOf(view, query);
  const openOnly = query['xem'] !== 'tat-ca';
  const before =
    typeof query['truoc'] === 'string' && /^\d{1,15}$/.test(query['truoc']) ? Number(query['truoc']) : null;
  const lines = await findInboxPage(tx, agency, { before, limit: PAGE_ROWS, openOnly });
  const name = (await findAgencies(tx, [agency])).get(agency)?.name ?? agency;
  const address = (change: Record<string, string>): string =>
    `/hop-den?${new URLSearchParams({ ...(agency === view.principal.agency ? {} : { 'co-quan': agency }), ...(openOnly ? {} : { xem: 'tat-ca' }), ...change }).toString()}`;
  const older =
    lines.length < PAGE_ROWS
      ? null
      : html`<a class="button" href="${address({ truoc: String(lines.at(-1)?.seq ?? 0) })}">${t('list.older')}</a>`;
  const tab = (current: boolean, href: string, label: string): SafeHtml =>
    html`<li><a href="${href}"${current ? html` aria-current="true"` : null}>${label}</a></li>`;
  return pageOf(view, {
    title: t('inbox.title'),
    nav: 'inbox',
    body: html`<h1>${t('inbox.agency', { name })}</h1>
<ul class="tabs" aria-label="${t('inbox.show')}">${tab(openOnly, address({ xem: 'chua-xong' }), t('inbox.open'))}${tab(!openOnly, address({ xem: 'tat-ca' }), t('inbox.all'))}</ul>
<noscript><p class="note note-wait">${t('inbox.needsScript')}</p></noscript>
<div data-live="empty">${lines.length > 0 ? null : html`<p class="empty">${t(openOnly ? 'inbox.emptyOpen' : 'inbox.empty')}</p>`}</div>
<ul class="rows" data-live="rows" data-keyed>${lines.map((line) => item(view, line, mayActFor(view.principal, agency)))}</ul>
<p class="more-rows">${older}</p>`,
  });
}
