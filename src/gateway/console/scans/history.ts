/** What people changed of a reading: what it was, what it is, who, when; and taking it back. */
import { findHolders, type Principal } from '../../access/index.ts';
import type { OcrCorrectionRow, Queries } from '../../store/index.ts';
import { html, type SafeHtml } from '../html.ts';
import { timeOf } from '../pages/parts.ts';
import type { SignedInView } from '../view.ts';
import type { Word } from '../words.ts';

/** Shown at most, newest first; all are in the lineage of the API. */
const MOST = 200;

function nameOf(view: SignedInView, holder: Principal | undefined, id: string): string {
  if (holder === undefined) return id;
  const role = view.t(`role.${holder.role}`);
  if (holder.person !== undefined) return `${holder.person.name} (${role})`;
  return holder.tokenId === view.principal.tokenId ? `${role} (${view.t('scan.you')})` : `${role} ${id}`;
}

function quoted(view: SignedInView, value: string | null): SafeHtml {
  return value === null || value === '' ? html`<i>${view.t('scan.nothing')}</i>` : html`“${value}”`;
}

/** The list, closed until somebody wants it; nothing when nothing was changed. */
export async function changesOf(
  view: SignedInView,
  tx: Queries,
  corrections: readonly OcrCorrectionRow[],
  mayChange: boolean,
): Promise<SafeHtml | null> {
  if (corrections.length === 0) return null;
  const { t } = view;
  const newest = [...corrections].reverse().slice(0, MOST);
  const holders = await findHolders(tx, [...new Set(newest.map(({ actor }) => actor))]);
  const items = newest.map(({ at, actor, field, page, word, was, value }) => {
    const place = field === null ? t('scan.onePage', { page: page ?? 0 }) : t(`scan.field.${field}` as Word);
    const back = field === null ? { page, word, value: was ?? '' } : { field, value: was ?? '' };
    const button = html` <button type="button" class="quiet" data-back="${JSON.stringify(back)}" aria-label="${t('scan.backTo', { value: was ?? '' })}">${t('scan.back')}</button>`;
    return html`<li>${timeOf(at)} · ${nameOf(view, holders.get(actor), actor)} · ${place}: ${quoted(view, was)} → ${quoted(view, value)}${mayChange ? button : null}</li>`;
  });
  return html`<details class="card scan-changes"><summary>${t('scan.changes', { count: corrections.length })}</summary><ol>${items}</ol></details>`;
}
