/** `/han-gui`: documents that are about to be sent too late, or are late already (QĐ 28/2018). */
import { visibleAgencies } from '../../access/index.ts';
import { type AtRisk, type DeadlineState, findAtRisk } from '../../deadlines/index.ts';
import { reasonOf } from '../../exchange/index.ts';
import { html, type SafeHtml } from '../html.ts';
import type { ConsoleDeps, SignedInView } from '../view.ts';
import type { Coded } from '../words-codes.ts';
import { pageOf } from './layout.ts';
import { codeBadge, partyName, timeOf, urgencyMark } from './parts.ts';

/** How a document stands against the legal clock. */
export const DEADLINE_STATES: Readonly<Record<DeadlineState, Coded>> = {
  met: { words: ['Gửi đúng hạn', 'Sent in time'], tone: 'good' },
  missed: { words: ['Gửi trễ hạn', 'Sent too late'], tone: 'bad' },
  running: { words: ['Trong hạn', 'In time'], tone: 'plain' },
  soon: { words: ['Sắp trễ hạn gửi', 'Nearly too late'], tone: 'wait' },
  late: { words: ['Đã trễ hạn gửi', 'Too late'], tone: 'bad' },
};

function item(view: SignedInView, { line, deadline }: AtRisk): SafeHtml {
  const { t, lang } = view;
  const why =
    line.reason_code === null
      ? null
      : html`<p class="muted">${lang === 'vi' ? line.reason : reasonOf(line.reason_code).en} <b>${t('recipients.action')}</b> ${reasonOf(line.reason_code).act[lang]}</p>`;
  return html`<li class="inbox-item" data-key="${line.id}">
<p class="row-when">${t('deadline.latest')} ${timeOf(deadline.latestAt)}</p>
<p class="row-what"><a href="/goi-tin/${line.package_id}"><b>${line.code}</b></a> ${urgencyMark(line.priority, lang)} <span class="subject">${line.subject}</span></p>
<p class="row-who">${line.sender_name} <span class="arrow" aria-hidden="true">→</span> ${partyName(line.recipient_name, lang)}</p>
<p class="row-state">${codeBadge(DEADLINE_STATES, deadline.state, lang)}</p>
${why}
</li>`;
}

/** The page. */
export async function deadlinesPage(view: SignedInView, deps: ConsoleDeps): Promise<SafeHtml> {
  const { t } = view;
  const { x, clock } = deps;
  const found = await findAtRisk(x.store.read, clock, visibleAgencies(view.principal), x.now());
  return pageOf(view, {
    title: t('deadline.title'),
    nav: 'packages',
    body: html`<p class="crumb"><a href="/">${t('nav.packages')}</a></p>
<h1>${t('deadline.title')}</h1>
<p class="lead">${t('deadline.rule', { minutes: clock.settings.urgentMs / 60_000 })}</p>
<div data-live="empty">${found.length > 0 ? null : html`<p class="empty">${t('deadline.none')}</p>`}</div>
<ul class="rows" data-live="rows" data-keyed>${found.map((one) => item(view, one))}</ul>`,
  });
}
