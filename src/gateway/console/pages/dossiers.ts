/** `/ho-so` and `/ho-so/{code}`: one-stop dossiers: state here, on the portal and at the ministry, and what led there. No personal data. */
import type { Request } from 'express';
import { maySee, visibleAgencies } from '../../access/index.ts';
import { findAgencies } from '../../directory/index.ts';
import { listEvents } from '../../evidence/index.ts';
import { findDossier, listDeliveries, listDossiers } from '../../store/index.ts';
import { html, type SafeHtml } from '../html.ts';
import { findDossierPackages } from '../queries.ts';
import type { ConsoleDeps, SignedInView } from '../view.ts';
import { DOSSIER_STATES, PACKAGE_STATES } from '../words-codes.ts';
import { pageOf } from './layout.ts';
import { titleOf } from './list.ts';
import { namesOf } from './package.ts';
import { codeBadge, fact, partyName, timeOf, verdictBadge } from './parts.ts';
import { stepsOf, timelineSection } from './timeline.ts';

const PAGE_ROWS = 50;

function stateBadge(view: SignedInView, state: string | number | null): SafeHtml | null {
  return state === null || state === '' ? null : codeBadge(DOSSIER_STATES, String(state), view.lang);
}

/** The list of dossiers. */
export async function dossierListPage(
  view: SignedInView,
  deps: ConsoleDeps,
  query: Request['query'],
): Promise<SafeHtml> {
  const { t } = view;
  const asked = query['truoc'];
  const before = typeof asked === 'string' && asked.length > 0 && asked.length <= 100 ? asked : undefined;
  const rows = await listDossiers(deps.x.store.read, visibleAgencies(view.principal), {
    before,
    limit: PAGE_ROWS,
  });
  const items = rows.map(
    (row) => html`<li data-key="${row.code}"><a class="row" href="/ho-so/${encodeURIComponent(row.code)}">
<span class="row-when">${timeOf(row.updated_at)}</span><span class="row-what"><b>${row.code}</b></span>
<span class="row-who">${t('dossier.procedure')} ${row.procedure_code}</span><span class="row-state">${stateBadge(view, row.state)}</span></a></li>`,
  );
  const older =
    rows.length < PAGE_ROWS
      ? null
      : html`<a class="button" href="/ho-so?truoc=${encodeURIComponent(rows.at(-1)?.code ?? '')}">${t('list.older')}</a>`;
  return pageOf(view, {
    title: t('dossiers.title'),
    nav: 'dossiers',
    body: html`<h1>${t('dossiers.title')}</h1><p><a class="button primary" href="/ho-so-giay">${t('papers.link')}</a> <a class="button" href="/man-hinh">${t('wall.title')}</a> <a class="button" href="/chi-so">${t('nav.indicators')}</a></p><div data-live="empty">${rows.length > 0 ? null : html`<p class="empty">${t('dossiers.empty')}</p>`}</div>
<ul class="rows" data-live="rows" data-keyed>${items}</ul><p class="more-rows">${older}</p>`,
  });
}

/** The page of one dossier; null when there is none the holder may see. */
export async function dossierPage(
  view: SignedInView,
  deps: ConsoleDeps,
  code: string,
  all: boolean,
): Promise<SafeHtml | null> {
  const { t, lang } = view;
  const tx = deps.x.store.read;
  const dossier = await findDossier(tx, code);
  if (dossier === undefined || !maySee(view.principal, dossier.agency)) return null;
  const pkgs = await findDossierPackages(tx, code);
  const deliveries = (await Promise.all(pkgs.map((pkg) => listDeliveries(tx, pkg.id)))).flat();
  const rows = (await Promise.all(pkgs.map((pkg) => listEvents(tx, pkg.id))))
    .flat()
    .sort((a, b) => a.at - b.at);
  const steps = stepsOf(rows).map((step, index) => ({ ...step, row: { ...step.row, seq: index + 1 } }));
  const names = await namesOf(tx, pkgs, deliveries, [...rows.map((row) => row.actor), dossier.agency]);
  const agency = (await findAgencies(tx, [dossier.agency])).get(dossier.agency);
  const none = html`<span class="muted">${t('dossier.none')}</span>`;
  const ministry =
    dossier.ministry_system === null
      ? null
      : html`${partyName(dossier.ministry_system, lang)} ${stateBadge(view, dossier.ministry_state) ?? none}`;
  const packages = pkgs.map(
    (pkg) =>
      html`<li><a href="/goi-tin/${pkg.id}">${titleOf(pkg, lang)}</a> ${codeBadge(PACKAGE_STATES, pkg.state, lang)} <small>${timeOf(pkg.accepted_at)}</small></li>`,
  );
  return pageOf(view, {
    title: t('dossier.title', { code }),
    nav: 'dossiers',
    body: html`<p class="crumb"><a href="/ho-so">${t('nav.dossiers')}</a></p><h1>${t('dossier.title', { code })}</h1>
<dl class="facts wide" data-live="facts">
${fact(t('dossier.state'), stateBadge(view, dossier.state))}
${fact(t('dossier.agency'), agency?.name ?? dossier.agency)}
${fact(t('dossier.procedure'), html`<code>${dossier.procedure_code}</code>`)}
${fact(t('dossier.portal'), stateBadge(view, dossier.portal_state) ?? none)}
${fact(t('dossier.ministry'), ministry)}
${fact(t('dossier.result'), dossier.result_verdict === null ? none : html`${verdictBadge(dossier.result_verdict, lang)} ${dossier.result_sha256 === null ? null : html`<a href="/api/v1/dossiers/${encodeURIComponent(code)}/result" download>${t('dossier.download')}</a>`}`)}
${fact(t('dossier.created'), timeOf(dossier.created_at))}
${fact(t('dossier.updated'), timeOf(dossier.updated_at))}
</dl>
<p><a class="button" href="/api/v1/dossiers/${encodeURIComponent(code)}/receipt" target="_blank">${t('receipt.print')}</a></p>
<section class="card"><h2>${t('dossier.packages')}</h2><ul class="plain-list" data-live="packages">${packages}</ul></section>
${timelineSection(view, steps, names, null, { all, allAddress: `/ho-so/${encodeURIComponent(code)}?day-du=1` })}`,
  });
}
