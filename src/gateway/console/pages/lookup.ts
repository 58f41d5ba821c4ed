/** `/tra-cuu`: anyone who has a dossier's code (typed, or from the receipt's barcode or QR) sees its state, and nothing of who applied. */
import { isDossierCode } from '../../../packages/index.ts';
import { findAgencies } from '../../directory/index.ts';
import { type DossierRow, findDossier, listDossierNews } from '../../store/index.ts';
import { html, type SafeHtml } from '../html.ts';
import type { ConsoleDeps, View } from '../view.ts';
import { DOSSIER_STATES } from '../words-codes.ts';
import { pageOf } from './layout.ts';
import { badge, codeBadge, fact, timeOf } from './parts.ts';

/** A state the dossier reached, nothing of who did it. */
export interface Step {
  readonly at: number;
  readonly state: number;
}

/** What was asked and found. `wait`: too many codes that do not exist were tried from this address. */
export type Lookup =
  | { readonly kind: 'form' }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'none'; readonly code: string }
  | {
      readonly kind: 'found';
      readonly dossier: DossierRow;
      readonly agencyName: string;
      readonly steps: readonly Step[];
      readonly isLate: boolean;
    };

/** The code in what was typed or scanned: spaces are taken off, letters made capital, a QR's address reduced to its `ma`. */
export function codeIn(asked: unknown): string {
  if (typeof asked !== 'string' || asked.length > 300) return '';
  const url = URL.canParse(asked.trim()) ? new URL(asked.trim()).searchParams.get('ma') : null;
  return (url ?? asked).replace(/\s+/g, '').toUpperCase();
}

/** Looks a dossier up. */
export async function lookUp(deps: ConsoleDeps, code: string): Promise<Lookup> {
  if (code === '') return { kind: 'form' };
  const dossier = isDossierCode(code) ? await findDossier(deps.x.store.read, code) : undefined;
  if (dossier === undefined) return { kind: 'none', code: code.slice(0, 60) };
  const agency = (await findAgencies(deps.x.store.read, [dossier.agency])).get(dossier.agency);
  const news = await listDossierNews(deps.x.store.read, dossier.code);
  const steps = news.flatMap((row) => {
    const { from, state } = JSON.parse(row.data) as { from?: number; state?: number };
    return state === undefined || from === state ? [] : [{ at: Number(row.at), state }];
  });
  const isLate = dossier.due_at !== null && (dossier.finished_at ?? deps.x.now()) > dossier.due_at;
  return { kind: 'found', dossier, agencyName: agency?.name ?? dossier.agency, steps, isLate };
}

function resultOf(view: View, found: Lookup): SafeHtml | null {
  const { t, lang } = view;
  switch (found.kind) {
    case 'form':
      return null;
    case 'wait':
      return html`<p class="problem" role="alert">${t('signin.wait', { seconds: found.seconds })}</p>`;
    case 'none':
      return html`<p class="problem" role="alert">${t('lookup.none', { code: found.code })} ${t('lookup.noneHint')}</p>`;
    case 'found':
      return html`<section class="card"><h2>${t('dossier.title', { code: found.dossier.code })}</h2><dl class="facts">
${fact(t('dossier.state'), codeBadge(DOSSIER_STATES, String(found.dossier.state), lang))}
${fact(t('dossier.agency'), found.agencyName)}
${fact(t('lookup.procedure'), found.dossier.procedure_name)}
${fact(t('lookup.received'), timeOf(found.dossier.received_at))}
${fact(t('lookup.due'), found.dossier.due_at === null ? null : html`${timeOf(found.dossier.due_at)}${found.isLate ? html` ${badge(t('lookup.late'), 'bad')}` : null}`)}
${fact(t('dossier.updated'), timeOf(found.dossier.updated_at))}
</dl>${found.steps.length === 0 ? null : html`<h3>${t('lookup.steps')}</h3><ol class="plain-list">${found.steps.map((step) => html`<li>${timeOf(step.at)} ${codeBadge(DOSSIER_STATES, String(step.state), lang)}</li>`)}</ol>`}</section>`;
  }
}

/** The code that was asked for, to be mended in its place. */
function codeOf(found: Lookup): string {
  if (found.kind === 'found') return found.dossier.code;
  return found.kind === 'none' ? found.code : '';
}

/** The look-up page. */
export function lookupPage(view: View, found: Lookup): SafeHtml {
  const { t } = view;
  return pageOf(view, {
    title: t('lookup.title'),
    body: html`<h1>${t('lookup.title')}</h1>
<form method="get" action="/tra-cuu" class="filter"><label>${t('lookup.code')} <input type="text" name="ma" value="${codeOf(found)}" required maxlength="300" autocomplete="off" autocapitalize="characters" spellcheck="false"></label><button class="primary">${t('lookup.go')}</button>
<button type="button" data-scan hidden data-start="${t('lookup.scan')}" data-stop="${t('lookup.stop')}">${t('lookup.scan')}</button></form>
<video data-scan-video hidden muted playsinline width="320"></video><script type="module" src="${view.assets.base}/scan.js"></script>
<p class="hint">${t('lookup.hint')}</p>
${resultOf(view, found)}`,
  });
}
