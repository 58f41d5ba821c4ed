/** `/van-hanh`: for those who run the gateway: counterparties, what stopped and why, and what is about to be late. */
import {
  type ArrivalsPreview,
  type CounterpartyState,
  describeCounterparties,
  previewArrivals,
  previewRetry,
  type RetryPreview,
  reasonOf,
} from '../../exchange/index.ts';
import { type LevelCompletionRow, listLevelCompletions } from '../../store/index.ts';
import { html, type SafeHtml } from '../html.ts';
import type { ConsoleDeps, SignedInView } from '../view.ts';
import type { Coded } from '../words-codes.ts';
import { SYSTEMS } from '../words-codes.ts';
import { pageOf } from './layout.ts';
import { codeBadge, codeText, partyName, timeOf } from './parts.ts';

const STATES: Readonly<Record<CounterpartyState['state'], Coded>> = {
  open: { words: ['Đang gửi', 'Sending'], tone: 'good' },
  maintenance: { words: ['Tạm dừng', 'Paused'], tone: 'wait' },
  down: { words: ['Không trả lời', 'Not answering'], tone: 'bad' },
};

function switchForm(view: SignedInView, { system, state }: CounterpartyState): SafeHtml | null {
  const { t, principal } = view;
  if (principal.role !== 'operator') return null;
  const address = `/api/v1/counterparties/${system}`;
  if (state !== 'open') {
    return html`<form method="post" action="${address}/resume" data-action class="inline">
<button>${t('operations.resume')}</button> <output role="alert"></output></form>`;
  }
  const id = `pause-${system}`;
  return html`<details class="answer"><summary>${t('operations.pause')}</summary>
<form method="post" action="${address}/pause" data-action>
<label for="${id}">${t('operations.reason')}</label><input type="text" id="${id}" name="reason" maxlength="200" required>
<p class="buttons"><button class="danger">${t('operations.pauseNow')}</button></p><output role="alert"></output></form></details>`;
}

function counterpartyRow(view: SignedInView, one: CounterpartyState): SafeHtml {
  const { t, lang } = view;
  const until =
    one.until === null
      ? null
      : html` <small>${t(one.state === 'down' ? 'operations.nextTrial' : 'operations.until')} ${timeOf(one.until)}</small>`;
  return html`<tr role="row" data-key="${one.system}">
<th role="rowheader" scope="row">${partyName(one.system, lang)} <small><code>${one.system}</code></small></th>
<td role="cell" data-label="${t('operations.state')}">${codeBadge(STATES, one.state, lang)}${until}${one.reason === null ? null : html`<p class="muted">${one.reason}</p>`}</td>
<td role="cell" data-label="${t('operations.waiting')}">${one.waiting}</td>
<td role="cell">${switchForm(view, one)}</td>
</tr>`;
}

function counterparties(view: SignedInView, states: readonly CounterpartyState[]): SafeHtml {
  const { t } = view;
  if (states.length === 0) return html`<p class="empty">${t('operations.none')}</p>`;
  return html`<table role="table" class="recipients"><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">${t('operations.system')}</th><th role="columnheader" scope="col">${t('operations.state')}</th><th role="columnheader" scope="col">${t('operations.waiting')}</th><th role="columnheader" scope="col">${t('operations.do')}</th></tr></thead>
<tbody role="rowgroup" data-live="counterparties" data-keyed>${states.map((one) => counterpartyRow(view, one))}</tbody></table>`;
}

function parkedGroup(
  view: SignedInView,
  preview: RetryPreview,
  group: RetryPreview['groups'][number],
): SafeHtml {
  const { t, lang, principal } = view;
  const code = group.reason_code ?? '';
  const same = preview.sample.filter((line) => line.system === group.system && line.reason_code === code);
  const examples = same
    .slice(0, 3)
    .map(
      (line) =>
        html`<li><a href="/goi-tin/${line.package_id}">${line.code === '' ? line.package_id : line.code}</a> → ${line.recipient_name} <small>${timeOf(line.updated_at)}</small>${line.reason === null ? null : html`<br><small class="muted">${line.reason}</small>`}</li>`,
    );
  const retry =
    principal.role !== 'operator'
      ? null
      : html`<form method="post" action="/api/v1/parked/retry" data-action class="inline">
<input type="hidden" name="system" value="${group.system}"><input type="hidden" name="reasonCode" value="${code}"><input type="hidden" name="asOf" value="${new Date(preview.asOf).toISOString()}">
<button>${t('operations.retryAll', { n: group.count })}</button> <output role="alert"></output></form>`;
  return html`<li class="card" data-key="${group.system}-${code}">
<h3>${t('operations.group', { n: group.count, system: codeText(SYSTEMS, group.system, lang) })} <code>${code}</code></h3>
<p>${reasonOf(code)[lang]}</p>
<p><b>${t('recipients.action')}</b> ${reasonOf(code).act[lang]}</p>
<p class="muted">${t('operations.oldest')} ${timeOf(group.oldest)}</p>
<ul class="plain-list">${examples}</ul>
${retry}
</li>`;
}

/** Arrivals of one system that go to nobody for one reason: the oldest, what to do, and ticking all of them off. */
function arrivalGroup(
  view: SignedInView,
  preview: ArrivalsPreview,
  { system, reasonCode, count, oldest }: ArrivalsPreview['groups'][number],
): SafeHtml {
  const { t, lang, principal } = view;
  const key = `${system}-${reasonCode}`;
  const examples = preview.sample
    .filter((pkg) => pkg.origin === system && pkg.code === reasonCode)
    .slice(0, 3)
    .map(
      (pkg) =>
        html`<li><a href="/goi-tin/${pkg.id}">${pkg.document_id}</a> <small>${timeOf(pkg.accepted_at)}</small><br><small class="muted">${pkg.subject}</small></li>`,
    );
  const settle =
    principal.role !== 'operator'
      ? null
      : html`<details class="answer"><summary>${t('arrival.settle')}</summary><form method="post" action="/api/v1/arrivals/settle" data-action>
<input type="hidden" name="system" value="${system}"><input type="hidden" name="reasonCode" value="${reasonCode}"><input type="hidden" name="asOf" value="${new Date(preview.asOf).toISOString()}">
<label for="note-${key}">${t('arrival.note')}</label><input type="text" id="note-${key}" name="note" maxlength="500" required>
<p class="buttons"><button>${t('operations.settleAll', { n: count })}</button></p><output role="alert"></output></form></details>`;
  return html`<li class="card" data-key="${key}">
<h3>${t('operations.arrivalGroup', { n: count, system: codeText(SYSTEMS, system, lang) })} <code>${reasonCode}</code></h3>
<p>${reasonOf(reasonCode)[lang]}</p>
<p><b>${t('recipients.action')}</b> ${reasonOf(reasonCode).act[lang]}</p>
<p class="muted">${t('operations.oldest')} ${timeOf(oldest)}</p>
<ul class="plain-list">${examples}</ul>
${settle}
</li>`;
}

function arrivalsSection(view: SignedInView, preview: ArrivalsPreview): SafeHtml {
  const { t } = view;
  return html`<section aria-labelledby="arrivals-title"><h2 id="arrivals-title">${t('operations.arrivals')} <small data-live="arrivals-count">${preview.isCapped ? `≥ ${preview.count}` : preview.count}</small></h2>
<ul class="plain-list" data-live="arrivals" data-keyed data-empty="${t('operations.noArrivals')}">${preview.groups.map((group) => arrivalGroup(view, preview, group))}</ul></section>`;
}

/** Signatures below their level: what is missing, when it is tried again, and the button that tries now. */
function levelSection(view: SignedInView, rows: readonly LevelCompletionRow[]): SafeHtml {
  const { t, principal } = view;
  const items = rows.map((one) => {
    const next =
      one.state === 'waiting'
        ? html`${t('operations.nextTrial')} ${timeOf(one.next_at)}`
        : html`<b class="bad-text">${t('operations.levelStopped')}</b>`;
    const retry =
      principal.role !== 'operator'
        ? null
        : html`<form method="post" action="/api/v1/level-completions/${one.id}/retry" data-action class="inline"><button>${t('operations.levelRetry')}</button> <output role="alert"></output></form>`;
    return html`<li class="card" data-key="${one.id}"><p><b>${one.name}</b> <span class="badge plain">${one.level} → ${one.wanted}</span> <code>${one.reason_code ?? ''}</code></p>
<p class="muted">${next}; ${t('operations.levelAttempts', { n: one.attempts })}</p>${retry}</li>`;
  });
  return html`<section aria-labelledby="levels-title"><h2 id="levels-title">${t('operations.levels')} <small data-live="levels-count">${rows.length}</small></h2>
<ul class="plain-list" data-live="levels" data-keyed data-empty="${t('operations.noLevels')}">${items}</ul></section>`;
}

/** The page; null for those who do not run or audit the gateway. */
export async function operationsPage(view: SignedInView, deps: ConsoleDeps): Promise<SafeHtml | null> {
  const { t, principal } = view;
  if (principal.role !== 'operator' && principal.role !== 'auditor') return null;
  const { x } = deps;
  const [states, preview, arrivals, levels] = await Promise.all([
    describeCounterparties(x.store, [...x.counterparties.keys()], x.now()),
    previewRetry(x, {}),
    previewArrivals(x, {}),
    listLevelCompletions(x.store.read, { agencies: null, states: ['waiting', 'stopped'], limit: 100 }),
  ]);
  return pageOf(view, {
    title: t('operations.title'),
    nav: 'operations',
    body: html`<h1>${t('operations.title')}</h1>
<section class="card" aria-labelledby="counterparties-title"><h2 id="counterparties-title">${t('operations.counterparties')}</h2>${counterparties(view, states)}</section>
<section aria-labelledby="parked-title"><h2 id="parked-title">${t('operations.parked')} <small data-live="parked-count">${preview.isCapped ? `≥ ${preview.count}` : preview.count}</small></h2>
<div data-live="parked-empty">${preview.groups.length > 0 ? null : html`<p class="empty">${t('operations.nothingParked')}</p>`}</div>
<ul class="plain-list" data-live="parked" data-keyed>${preview.groups.map((group) => parkedGroup(view, preview, group))}</ul></section>
${arrivalsSection(view, arrivals)}
${levelSection(view, levels)}`,
  });
}
