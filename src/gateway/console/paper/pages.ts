/** `/ho-so-giay`: hand a paper dossier in; `/ho-so-giay/{id}`: how far it is, and the fields a person has to look at. */
import { maySee, visibleAgencies } from '../../access/index.ts';
import { fieldsOf, type Paper, type PaperField, papersOf } from '../../paper-dossiers/index.ts';
import { findPaperDossier, listPaperDossiers, type PaperDossierRow } from '../../store/index.ts';
import { html, type SafeHtml } from '../html.ts';
import { pageOf } from '../pages/layout.ts';
import { codeBadge, timeOf } from '../pages/parts.ts';
import type { ConsoleDeps, SignedInView } from '../view.ts';
import { PAPER_STATES, type PaperTranslate, paperWords } from './words.ts';

const PAGE_ROWS = 100;
const HANDLERS: ReadonlySet<string> = new Set(['clerk', 'officer', 'system']);
/** Pixels of paper shown around what was read. */
const AROUND = { x: 30, y: 14 } as const;

function frame(view: SignedInView, title: string, body: SafeHtml): SafeHtml {
  const { base } = view.assets;
  return pageOf(view, {
    title,
    nav: 'dossiers',
    body: html`<link rel="stylesheet" href="${base}/paper.css"><script type="module" src="${base}/paper.js"></script>
${body}`,
  });
}

function handInForm(view: SignedInView, deps: ConsoleDeps, w: PaperTranslate): SafeHtml | null {
  const { agency, role } = view.principal;
  if (!HANDLERS.has(role)) return null;
  const keys = (deps.keyRing?.keys ?? []).filter(
    (key) => key.agency === agency && key.profiles.includes('copy'),
  );
  if (keys.length === 0) return html`<p class="problem">${w('noKey')}</p>`;
  const options = keys.map(
    (key) => html`<option value="${key.id}">${key.agencyName ?? key.holder ?? key.id}</option>`,
  );
  const text = (name: string, label: string, more: SafeHtml | null = null): SafeHtml =>
    html`<p><label for="paper-${name}">${label}</label><input id="paper-${name}" name="${name}" required maxlength="1000" autocomplete="off"${more}></p>`;
  return html`<form class="card paper-form" data-paper-form data-sending="${w('sending')}">
<p class="lead">${w('lead')}</p>
<p><label for="paper-file">${w('scans')}</label><input type="file" id="paper-file" name="file" multiple required accept=".pdf,.tif,.tiff,.jpg,.jpeg,.png"></p>
${text('procedureCode', w('procedure'), html` list="paper-procedures" aria-describedby="paper-hint"`)}
<p class="hint" id="paper-hint">${w('procedureHint')}</p><datalist id="paper-procedures"></datalist>
${text('procedureName', w('procedureName'))}
<div class="paper-two">${text('fieldCode', w('fieldCode'))}${text('fieldName', w('fieldName'))}</div>
<div class="paper-two"><p><label for="paper-due">${w('dueAt')}</label><input type="date" id="paper-due" name="dueAt"></p>
<p><label for="paper-key">${w('key')}</label><select id="paper-key" name="key">${options}</select></p></div>
<p><label class="paper-check"><input type="checkbox" name="always"> ${w('always')}</label></p>
<p><button class="primary">${w('send')}</button> <output role="status"></output></p>
<noscript><p class="problem">${w('noScript')}</p></noscript>
</form>`;
}

/** The form and the list, newest first. */
export async function paperListPage(view: SignedInView, deps: ConsoleDeps): Promise<SafeHtml> {
  const w = paperWords(view.lang);
  const rows = await listPaperDossiers(deps.x.store.read, visibleAgencies(view.principal), PAGE_ROWS);
  const items = rows.map((row) => {
    const names = papersOf(row).map((paper) => paper.name);
    const open =
      row.state === 'review'
        ? w('open', { count: row.open_fields })
        : w('pages', { done: row.pages_done, pages: row.pages });
    return html`<li data-key="${row.id}"><a class="row" href="/ho-so-giay/${row.id}">
<span class="row-when">${timeOf(row.created_at)}</span><span class="row-what"><b>${row.code ?? names.join(', ')}</b></span>
<span class="row-who">${open}</span><span class="row-state">${codeBadge(PAPER_STATES, row.state, view.lang)}</span></a></li>`;
  });
  return frame(
    view,
    w('title'),
    html`<p class="crumb"><a href="/ho-so">${view.t('nav.dossiers')}</a></p><h1>${w('title')}</h1>
${handInForm(view, deps, w)}
<h2>${w('list')}</h2><div data-live="empty">${rows.length > 0 ? null : html`<p class="empty">${w('empty')}</p>`}</div>
<ul class="rows" data-live="rows" data-keyed>${items}</ul>`,
  );
}

/** The piece of the scan a field was read from, cut out by the browser. */
function cutOut(field: PaperField, papers: readonly Paper[], w: PaperTranslate): SafeHtml | null {
  const { place } = field;
  const job = place === null ? null : (papers[place.component]?.jobId ?? null);
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = place?.box ?? [];
  if (place === null || job === null || x1 <= x0 || place.width === 0) return null;
  const [x, y] = [Math.max(0, x0 - AROUND.x), Math.max(0, y0 - AROUND.y)];
  const size = [x1 - x0 + 2 * AROUND.x, y1 - y0 + 2 * AROUND.y].map(Math.ceil).join(' ');
  return html`<svg class="paper-cut" viewBox="${Math.floor(x)} ${Math.floor(y)} ${size}" role="img" aria-label="${w('picture')}"><image href="/api/v1/ocr-jobs/${job}/pages/${place.page}/image" width="${place.width}" height="${place.height}" preserveAspectRatio="none"/></svg>`;
}

function fieldRow(
  view: SignedInView,
  field: PaperField,
  papers: readonly Paper[],
  w: PaperTranslate,
): SafeHtml {
  const id = `paper-${field.name}`;
  const percent = field.value === null ? null : html` <small>${Math.round(100 * field.confidence)} %</small>`;
  const flag =
    field.flag === null
      ? field.seenBy === null
        ? null
        : html` <span class="badge good">${w('seen')}</span>`
      : html` <span class="badge wait">${w(`flag.${field.flag}`)}</span>`;
  return html`<div class="${field.flag === null ? 'paper-field' : 'paper-field doubtful'}">
<label for="${id}">${view.t(`scan.field.${field.name}`)}${percent}${flag}</label>
${cutOut(field, papers, w)}
<input id="${id}" name="${field.name}" value="${field.value ?? ''}" maxlength="1000" autocomplete="off"></div>`;
}

async function fieldsForm(
  view: SignedInView,
  deps: ConsoleDeps,
  row: PaperDossierRow,
  w: PaperTranslate,
): Promise<SafeHtml | null> {
  const { sealer, paperDossiers } = deps;
  const { role, agency } = view.principal;
  if (row.state !== 'review' || sealer === undefined || !HANDLERS.has(role) || agency !== row.agency)
    return null;
  const fields = await fieldsOf(deps.x, sealer, row);
  if (fields === null) return null;
  await paperDossiers?.noteReader(view.principal, row);
  const papers = papersOf(row);
  const first = [...fields].sort((a, b) => Number(a.flag === null) - Number(b.flag === null));
  return html`<form class="card" data-paper-fields="/api/v1/paper-dossiers/${row.id}/fields">
<h2>${w('fields')}</h2><p class="hint">${w('fieldsHint')}</p>
${first.map((field) => fieldRow(view, field, papers, w))}
<p><button class="primary">${w('confirm')}</button> <output role="status"></output></p></form>`;
}

function paperItem(paper: Paper, w: PaperTranslate): SafeHtml {
  const look = paper.jobId === null ? null : html` · <a href="/quet/${paper.jobId}">${w('look')}</a>`;
  const copy = paper.copy === null ? null : html` <span class="badge good">${w('copy')}</span>`;
  return html`<li><b>${paper.name}</b> <small>${paper.input.name}</small>${copy}${look}</li>`;
}

/** One paper dossier; null when there is none the holder may see. */
export async function paperPage(view: SignedInView, deps: ConsoleDeps, id: string): Promise<SafeHtml | null> {
  const w = paperWords(view.lang);
  const row = await findPaperDossier(deps.x.store.read, id);
  if (row === undefined || !maySee(view.principal, row.agency)) return null;
  const act = (path: string, word: 'retry' | 'cancel', method: string): SafeHtml =>
    html`<button type="button" data-paper-do="/api/v1/paper-dossiers/${row.id}${path}" data-method="${method}">${w(word)}</button> `;
  const mayAct = HANDLERS.has(view.principal.role);
  const isStuck = row.state === 'refused' || row.state === 'failed';
  const faults = (JSON.parse(row.faults ?? '[]') as { vi: string; en: string }[]).map(
    (fault) => html`<li>${view.lang === 'vi' ? fault.vi : fault.en}</li>`,
  );
  return frame(
    view,
    w('title'),
    html`<p class="crumb"><a href="/ho-so-giay">${w('title')}</a></p>
<h1>${row.code ?? papersOf(row)[0]?.name ?? row.id}</h1>
<div data-live="state"><p>${codeBadge(PAPER_STATES, row.state, view.lang)} ${w('pages', { done: row.pages_done, pages: row.pages })}</p>
${row.pages > 0 && row.state === 'reading' ? html`<progress max="${row.pages}" value="${row.pages_done}"></progress>` : null}
${row.reason === null ? null : html`<p class="problem">${row.reason}</p>`}${faults.length === 0 ? null : html`<ul>${faults}</ul>`}
${row.code === null ? null : html`<p>${w('dossier')} <a href="/ho-so/${encodeURIComponent(row.code)}"><b>${row.code}</b></a></p>`}
<p>${isStuck && mayAct ? act('/retry', 'retry', 'POST') : null}${mayAct && (isStuck || row.state === 'reading' || row.state === 'review') ? act('', 'cancel', 'DELETE') : null}</p></div>
<div data-live="fields">${await fieldsForm(view, deps, row, w)}</div>
<section class="card"><h2>${w('papers')}</h2><ul class="plain-list" data-live="papers">${papersOf(row).map((paper) => paperItem(paper, w))}</ul></section>`,
  );
}
