/** `/tra-cuu`: anyone who has a dossier's code (typed, or from the receipt's barcode or QR) sees its state, and nothing of who applied. */
import { isDossierCode } from '../../../packages/index.ts';
import { findAgencies } from '../../directory/index.ts';
import { type DossierRow, findDossier } from '../../store/index.ts';
import { html, type SafeHtml } from '../html.ts';
import type { ConsoleDeps, View } from '../view.ts';
import { DOSSIER_STATES } from '../words-codes.ts';
import { pageOf } from './layout.ts';
import { codeBadge, fact, timeOf } from './parts.ts';

/** What was asked and found. `wait`: too many codes that do not exist were tried from this address. */
export type Lookup =
  | { readonly kind: 'form' }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'none'; readonly code: string }
  | { readonly kind: 'found'; readonly dossier: DossierRow; readonly agencyName: string };

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
  return { kind: 'found', dossier, agencyName: agency?.name ?? dossier.agency };
}

function resultOf(view: View, found: Lookup): SafeHtml | null {
  const { t, lang } = view;
  switch (found.kind) {
    case 'form':
      return null;
    case 'wait':
      return html`<p class="problem" role="alert">${t('signin.wait', { seconds: found.seconds })}</p>`;
    case 'none':
      return html`<p class="problem" role="alert">${t('lookup.none', { code: found.code })}</p>`;
    case 'found':
      return html`<section class="card"><h2>${t('dossier.title', { code: found.dossier.code })}</h2><dl class="facts">
${fact(t('dossier.state'), codeBadge(DOSSIER_STATES, String(found.dossier.state), lang))}
${fact(t('dossier.agency'), found.agencyName)}
${fact(t('dossier.created'), timeOf(found.dossier.created_at))}
${fact(t('dossier.updated'), timeOf(found.dossier.updated_at))}
</dl></section>`;
  }
}

/** The look-up page. */
export function lookupPage(view: View, found: Lookup): SafeHtml {
  const { t } = view;
  return pageOf(view, {
    title: t('lookup.title'),
    body: html`<h1>${t('lookup.title')}</h1>
<form method="get" action="/tra-cuu" class="filter"><label>${t('lookup.code')} <input type="text" name="ma" required maxlength="300" autocomplete="off" autocapitalize="characters" spellcheck="false"></label><button class="primary">${t('lookup.go')}</button></form>
<p class="hint">${t('lookup.hint')}</p>
${resultOf(view, found)}`,
  });
}
