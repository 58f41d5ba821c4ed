/** `/chi-so`: indicators by agency and month; each number leads to the dossiers behind it. */
import type { Request } from 'express';
import { visibleAgencies } from '../../access/index.ts';
import { findAgencies } from '../../directory/index.ts';
import { countIndicators, listIndicatorDossiers, MEASURE_NAMES, type Measure } from '../../store/index.ts';
import { html, type SafeHtml } from '../html.ts';
import { pageOf } from '../pages/layout.ts';
import { codeBadge, decimalText, timeOf } from '../pages/parts.ts';
import type { ConsoleDeps, SignedInView } from '../view.ts';
import { DOSSIER_STATES } from '../words-codes.ts';

const VIETNAM_MS = 7 * 3_600_000;
const PAGE_ROWS = 100;

function monthOf(query: Request['query'], now: number): string {
  const asked = query['thang'];
  if (typeof asked === 'string' && /^20\d{2}-(0[1-9]|1[0-2])$/.test(asked)) return asked;
  return new Date(now + VIETNAM_MS).toISOString().slice(0, 7);
}

function spanOf(month: string): { from: number; to: number } {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return { from: Date.UTC(year, number - 1, 1) - VIETNAM_MS, to: Date.UTC(year, number, 1) - VIETNAM_MS };
}

/** The page: the table, or with `chi-so` and `co-quan` the dossiers of one cell. */
export async function indicatorsPage(
  view: SignedInView,
  deps: ConsoleDeps,
  query: Request['query'],
): Promise<SafeHtml> {
  const { t } = view;
  const month = monthOf(query, deps.x.now());
  const measure = MEASURE_NAMES.find((name) => name === query['chi-so']);
  const title = t('indicators.title', { month: month.split('-').reverse().join('/') });
  const form = html`<form method="get" action="/chi-so" class="filter"><label>${t('indicators.month')} <input type="month" name="thang" value="${month}"></label><button class="primary">${t('indicators.show')}</button> <a class="button" href="/api/v1/indicators?month=${month}&amp;format=csv" download>${t('indicators.csv')}</a></form>`;
  const body =
    measure === undefined ? await table(view, deps, month) : await behind(view, deps, month, measure, query);
  return pageOf(view, { title, nav: 'dossiers', body: html`<h1>${title}</h1>${form}${body}` });
}

async function table(view: SignedInView, deps: ConsoleDeps, month: string): Promise<SafeHtml> {
  const { t } = view;
  const rows = await countIndicators(deps.x.store.read, {
    ...spanOf(month),
    agencies: visibleAgencies(view.principal),
  });
  if (rows.length === 0) return html`<p class="empty">${t('indicators.none')}</p>`;
  const names = await findAgencies(
    deps.x.store.read,
    rows.map((row) => row.agency),
  );
  const cell = (agency: string, name: Measure, { of, among }: { of: number; among: number }): SafeHtml =>
    among === 0
      ? html`<td class="muted">–</td>`
      : html`<td><a href="/chi-so?thang=${month}&amp;chi-so=${name}&amp;co-quan=${encodeURIComponent(agency)}">${decimalText((100 * of) / among, 1, view.lang)} %</a> <small>${of}/${among}</small></td>`;
  const lines = rows.map(
    (row) =>
      html`<tr><th scope="row">${names.get(row.agency)?.name ?? row.agency}</th><td>${row.received}</td>${MEASURE_NAMES.map((name) => cell(row.agency, name, row.measures[name]))}</tr>`,
  );
  const heads = MEASURE_NAMES.map((name) => html`<th scope="col">${t(`measure.${name}`)}</th>`);
  return html`<div class="scroll"><table class="figures"><thead><tr><th scope="col">${t('wall.agency')}</th><th scope="col">${t('indicators.received')}</th>${heads}</tr></thead><tbody>${lines}</tbody></table></div>`;
}

async function behind(
  view: SignedInView,
  deps: ConsoleDeps,
  month: string,
  measure: Measure,
  query: Request['query'],
): Promise<SafeHtml> {
  const { t, lang } = view;
  const visible = visibleAgencies(view.principal);
  const agency = typeof query['co-quan'] === 'string' ? query['co-quan'] : '';
  const agencies = visible !== null && !visible.includes(agency) ? visible : [agency];
  const list = async (part: 'of' | 'others'): Promise<SafeHtml> => {
    const page = { after: '', limit: PAGE_ROWS };
    const rows = await listIndicatorDossiers(
      deps.x.store.read,
      measure,
      part,
      { ...spanOf(month), agencies },
      page,
    );
    const items = rows.map(
      (row) =>
        html`<li><a class="row" href="/ho-so/${encodeURIComponent(row.code)}"><span class="row-when">${timeOf(row.received_at)}</span><span class="row-what"><b>${row.code}</b></span><span class="row-who">${row.procedure_name}</span><span class="row-state">${codeBadge(DOSSIER_STATES, String(row.state), lang)}</span></a></li>`,
    );
    return html`<section class="card"><h2>${t(`measure.${measure}`)}: ${t(`indicators.${part}`)} (${rows.length}${rows.length === PAGE_ROWS ? '+' : ''})</h2><ul class="rows">${items}</ul></section>`;
  };
  return html`<p class="crumb"><a href="/chi-so?thang=${month}">${t('nav.indicators')}</a></p>${await list('of')}${await list('others')}`;
}
