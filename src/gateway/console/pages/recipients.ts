/** Recipients of a package: delivery state, QĐ 28 status, the reason when it stopped, and "try again". */
import { STATUS_CODES, type StatusCode } from '../../../packages/index.ts';
import { mayActFor } from '../../access/index.ts';
import type { Deadline } from '../../deadlines/index.ts';
import { arrivalFaults, reasonOf } from '../../exchange/index.ts';
import type { DeliveryRow, PackageRow } from '../../store/index.ts';
import { html, type SafeHtml } from '../html.ts';
import type { SignedInView } from '../view.ts';
import { DELIVERY_STATES, RECALLS, SYSTEMS } from '../words-codes.ts';
import { DEADLINE_STATES } from './deadlines.ts';
import { badge, codeBadge, codeText, partyName, timeOf } from './parts.ts';

/** Rows shown unless all are asked for; those that need somebody come first. */
const MOST_ROWS = 100;
const URGENT_FIRST = ['parked', 'refused', 'retrying'];

/** A QĐ 28 status as a badge. */
export function statusBadge(view: SignedInView, code: string | null): SafeHtml | null {
  if (code === null) return null;
  const label = Object.hasOwn(STATUS_CODES, code) ? STATUS_CODES[code as StatusCode][view.lang] : '';
  return badge(
    view.t('status.value', { code, text: label }),
    code === '02' || code === '16' ? 'bad' : code === '06' || code === '15' ? 'good' : 'plain',
  );
}

/** The sender's request to take the document back, as it stands with this recipient. */
export function recallBadge(view: SignedInView, { recall }: Pick<DeliveryRow, 'recall'>): SafeHtml | null {
  return recall === null ? null : codeBadge(RECALLS, recall, view.lang);
}

function retryForm(view: SignedInView, delivery: DeliveryRow): SafeHtml {
  const { t } = view;
  return html`<form method="post" action="/api/v1/deliveries/${delivery.id}/retry" data-action class="inline">
<button aria-label="${t('recipients.retryFor', { name: partyName(delivery.recipient_name, view.lang) })}">${t('recipients.retry')}</button> <output role="alert"></output></form>`;
}

const STOPPED_OR_WAITING = ['parked', 'retrying', 'queued'];

/** What is kept was told in Vietnamese, the language of the timeline; who reads English gets the code's words first. */
export function reasonLine({ lang }: SignedInView, code: string, reason: string): SafeHtml {
  if (lang === 'vi') return html`<p>${reason} <code>${code}</code></p>`;
  return html`<p>${reasonOf(code).en} <code>${code}</code><br><small class="muted" lang="vi">${reason}</small></p>`;
}

/** What came from outside and goes to nobody: why, each fault with its place, and what to do. Null for every other package. */
export function arrivalSection(view: SignedInView, pkg: PackageRow): SafeHtml | null {
  const { t, lang } = view;
  const found = arrivalFaults(pkg);
  if (found === null) return null;
  const { vi, en, act } = reasonOf(found.code);
  const faults = found.faults.slice(0, 50).map((fault) => {
    const place =
      fault.line === undefined
        ? ''
        : ` (${t('arrival.place', { line: fault.line, column: fault.column ?? 1 })})`;
    return html`<li>${fault[lang]}${place} <code>${fault.code}</code></li>`;
  });
  return html`<section class="card" aria-labelledby="arrival-title"><h2 id="arrival-title">${t('arrival.title')}</h2>
<p>${lang === 'vi' ? vi : en} <code>${found.code}</code></p>
${faults.length === 0 ? null : html`<ul>${faults}</ul>`}
<p><b>${t('recipients.action')}</b> ${act[lang]}</p>
<div data-live="arrival">${pkg.state === 'done' ? html`<p>${t('arrival.settled')}</p>` : null}
${view.principal.role === 'operator' ? settleForm(view, pkg) : null}</div></section>`;
}

/** An operator has dealt with it, or finds that it was not. */
function settleForm({ t }: SignedInView, { id, state }: PackageRow): SafeHtml {
  const isOpen = state === 'attention';
  return html`<details class="answer"><summary>${t(isOpen ? 'arrival.settle' : 'arrival.reopen')}</summary><form method="post" action="/api/v1/arrivals/${id}/${isOpen ? 'settle' : 'reopen'}" data-action>
<label for="arrival-note">${t(isOpen ? 'arrival.note' : 'arrival.why')}</label><input type="text" id="arrival-note" name="note" maxlength="500" required>
<p class="buttons"><button>${t(isOpen ? 'arrival.settle' : 'arrival.reopen')}</button></p><output role="alert"></output></form></details>`;
}

function notes(view: SignedInView, delivery: DeliveryRow): SafeHtml | null {
  const { t } = view;
  const lines: SafeHtml[] = [];
  if (delivery.reason !== null && delivery.reason !== '')
    lines.push(reasonLine(view, delivery.reason_code ?? '', delivery.reason));
  if (STOPPED_OR_WAITING.includes(delivery.state) && delivery.reason_code !== null)
    lines.push(
      html`<p><b>${t('recipients.action')}</b> ${reasonOf(delivery.reason_code).act[view.lang]}</p>`,
    );
  if (delivery.attempts > 1 || delivery.state === 'retrying' || delivery.state === 'parked') {
    const next =
      delivery.state === 'retrying' && delivery.next_attempt_at !== null
        ? html`, ${t('recipients.next', { time: '' })}${timeOf(delivery.next_attempt_at)}`
        : null;
    lines.push(html`<p class="muted">${t('recipients.attempts', { n: delivery.attempts })}${next}</p>`);
  }
  return lines.length === 0 ? null : html`${lines}`;
}

function row(
  view: SignedInView,
  delivery: DeliveryRow,
  mayRetry: boolean,
  deadline: Deadline | null,
): SafeHtml {
  const { t, lang } = view;
  return html`<tr role="row" data-key="${delivery.id}">
<th role="rowheader" scope="row">${partyName(delivery.recipient_name, lang)} <small><code>${delivery.recipient}</code> · ${codeText(SYSTEMS, delivery.system, lang)}</small></th>
<td role="cell" data-label="${t('recipients.state')}">${codeBadge(DELIVERY_STATES, delivery.state, lang)} ${delivery.state === 'withdrawn' ? null : recallBadge(view, delivery)} <small>${timeOf(delivery.updated_at)}</small>${deadlineNote(view, deadline)}</td>
<td role="cell" data-label="${t('recipients.status')}">${statusBadge(view, delivery.business_status) ?? html`<span class="muted">${t('recipients.noStatus')}</span>`}</td>
<td role="cell">${notes(view, delivery)}${mayRetry && delivery.state === 'parked' ? retryForm(view, delivery) : null}</td>
</tr>`;
}

/** Nothing to say about a document that is in time, or left in time. */
function deadlineNote(view: SignedInView, deadline: Deadline | null): SafeHtml | null {
  if (deadline === null || deadline.state === 'running' || deadline.state === 'met') return null;
  return html`<p>${codeBadge(DEADLINE_STATES, deadline.state, view.lang)} <small>${view.t('deadline.latest')} ${timeOf(deadline.latestAt)}</small></p>`;
}

function importance(delivery: DeliveryRow): number {
  const at = URGENT_FIRST.indexOf(delivery.state);
  return at < 0 ? URGENT_FIRST.length : at;
}

/** The recipients section of a package. */
export function recipientsSection(
  view: SignedInView,
  pkg: PackageRow,
  deliveries: readonly DeliveryRow[],
  all: boolean,
  deadlineOf: (delivery: DeliveryRow) => Deadline | null,
): SafeHtml {
  const { t, principal } = view;
  const mayRetry = principal.role === 'operator' || mayActFor(principal, pkg.sender);
  const sorted = [...deliveries].sort((a, b) => importance(a) - importance(b));
  const shown = all ? sorted : sorted.slice(0, MOST_ROWS);
  const rest =
    shown.length === sorted.length
      ? null
      : html`<p><a href="/goi-tin/${pkg.id}?day-du=1">${t('recipients.showAll', { n: sorted.length })}</a></p>`;
  return html`<section class="card" aria-labelledby="recipients-title">
<h2 id="recipients-title">${t('recipients.title')} <small>${deliveries.length}</small></h2>
<table role="table" class="recipients"><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">${t('recipients.agency')}</th><th role="columnheader" scope="col">${t('recipients.state')}</th><th role="columnheader" scope="col">${t('recipients.status')}</th><th role="columnheader" scope="col">${t('recipients.note')}</th></tr></thead>
<tbody role="rowgroup" data-live="recipients" data-keyed>${shown.map((delivery) => row(view, delivery, mayRetry, deadlineOf(delivery)))}</tbody></table>
${rest}</section>`;
}
