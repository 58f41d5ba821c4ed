/** `/quet` and `/quet/{id}`: scans being read, and the page where a person looks a reading over. */
import {
  isOcrErrorCode,
  OCR_ERRORS,
  type OcrField,
  type OcrFields,
  type OcrResult,
} from '../../../ocr/index.ts';
import { maySee, visibleAgencies } from '../../access/index.ts';
import { correctFields } from '../../ocr-jobs/index.ts';
import {
  findOcrJob,
  listOcrCorrections,
  listOcrJobs,
  listOcrPages,
  type OcrJobRow,
} from '../../store/index.ts';
import { html, type SafeHtml } from '../html.ts';
import { pageOf } from '../pages/layout.ts';
import { codeBadge, timeOf } from '../pages/parts.ts';
import type { ConsoleDeps, SignedInView } from '../view.ts';
import { clerkAssets, copySection, handInForm, progressOf } from './clerk.ts';
import { OCR_STATES } from './words.ts';

const PAGE_ROWS = 100;

function nameOf(job: OcrJobRow): string {
  const inputs = JSON.parse(job.inputs) as { name: string }[];
  const more = inputs.length > 1 ? ` (+${inputs.length - 1})` : '';
  return `${inputs[0]?.name ?? job.id}${more}`;
}

/** How far it is read; nothing while nobody knows how many pages it has. */
function pagesOf({ t }: SignedInView, { pages, pages_done: done }: OcrJobRow): string | null {
  return pages === 0 ? null : t('scans.pages', { done, pages });
}

/** Why it stopped, in the reader's language where the code has words, and what to do. */
function failureOf({ t, lang }: SignedInView, job: OcrJobRow): SafeHtml | null {
  const { state, reason_code: code, reason } = job;
  if (reason === null) return null;
  const words = lang === 'en' && code !== null && isOcrErrorCode(code) ? OCR_ERRORS[code].en : null;
  const why = words === null ? html`<p lang="vi">${reason}</p>` : html`<p>${words}</p>`;
  if (state !== 'failed') return why;
  return html`${why}<p>${t('scans.again')} <a href="/quet">${t('scans.title')}</a></p>`;
}

/** The list of scans, newest first. */
export async function scanListPage(view: SignedInView, deps: ConsoleDeps): Promise<SafeHtml> {
  const { t } = view;
  const rows = await listOcrJobs(deps.x.store.read, visibleAgencies(view.principal), PAGE_ROWS);
  const items = rows.map(
    (job) => html`<li data-key="${job.id}"><a class="row" href="/quet/${encodeURIComponent(job.id)}">
<span class="row-when">${timeOf(job.created_at)}</span><span class="row-what"><b>${nameOf(job)}</b></span>
<span class="row-who">${pagesOf(view, job)}</span><span class="row-state">${codeBadge(OCR_STATES, job.state, view.lang)}</span></a></li>`,
  );
  return pageOf(view, {
    title: t('scans.title'),
    nav: 'scans',
    body: html`${clerkAssets(view)}<h1>${t('scans.title')}</h1>${handInForm(view)}<div data-live="empty">${rows.length > 0 ? null : html`<p class="empty">${t('scans.empty')}</p>`}</div>
<ul class="rows" data-live="rows" data-keyed>${items}</ul>`,
  });
}

const LISTS: readonly string[] = ['recipients', 'addressees'];
/** Letters that a line of the column holds; a longer value is shown on several. */
const LINE = 30;
const MOST_LINES = 4;

function fieldRow(
  view: SignedInView,
  name: keyof OcrFields,
  field: OcrField<string | string[]> | null,
): SafeHtml {
  const { t } = view;
  const value = field === null ? '' : [field.value].flat().join('\n');
  const doubtful = field !== null && field.confidence < 0.9;
  const where = field === null ? null : html` data-page="${field.page}" data-box="${field.box.join(',')}"`;
  const label = t(`scan.field.${name}`);
  const id = `field-${name}`;
  const input = LISTS.includes(name)
    ? html`<textarea id="${id}" name="${name}" rows="3"${where}>${value}</textarea>`
    : value.length > LINE
      ? html`<textarea id="${id}" name="${name}" rows="${Math.min(MOST_LINES, Math.ceil(value.length / LINE))}" data-one-line${where}>${value}</textarea>`
      : html`<input id="${id}" name="${name}" value="${value}" placeholder="${t('scan.absent')}" autocomplete="off"${where}>`;
  return html`<p class="${doubtful ? 'scan-field doubtful' : 'scan-field'}"><label for="${id}">${label}${field === null ? null : html` <small>${Math.round(100 * field.confidence)} %</small>`}</label>${input}</p>`;
}

/** The page where one reading is looked over; null when there is none the holder may see. */
export async function scanPage(view: SignedInView, deps: ConsoleDeps, id: string): Promise<SafeHtml | null> {
  const { t } = view;
  const tx = deps.x.store.read;
  const job = await findOcrJob(tx, id);
  if (job === undefined || !maySee(view.principal, job.agency)) return null;
  const head = html`<p class="crumb"><a href="/quet">${t('scans.title')}</a></p><h1>${nameOf(job)}</h1>`;
  if (job.result_sha256 === null)
    return pageOf(view, {
      title: t('scan.title'),
      nav: 'scans',
      body: html`${clerkAssets(view)}${head}${progressOf(view, job)}<div data-live="state"><p>${codeBadge(OCR_STATES, job.state, view.lang)} ${pagesOf(view, job)}</p>${failureOf(view, job)}</div>`,
    });
  const result = JSON.parse((await deps.x.blobs.read(job.result_sha256)).toString('utf8')) as OcrResult;
  const corrections = await listOcrCorrections(tx, id);
  const fields = correctFields(result.fields, corrections);
  const pages = await listOcrPages(tx, id);
  const names = Object.keys(fields) as (keyof OcrFields)[];
  const sorted = [...names.filter((n) => fields[n] !== null), ...names.filter((n) => fields[n] === null)];
  const buttons = pages.map(
    ({ page, doubtful }) =>
      html`<li><button type="button" data-page="${page}" data-doubtful="${doubtful}">${page}${doubtful > 0 ? html` <small>${doubtful}</small>` : null}</button></li>`,
  );
  return pageOf(view, {
    title: t('scan.title'),
    nav: 'scans',
    body: html`${clerkAssets(view)}${head}
<div class="scan" data-review="${job.id}">
<div class="scan-bar"><button type="button" data-do="before" aria-label="${t('scan.before')}">‹</button><output data-at></output><button type="button" data-do="after" aria-label="${t('scan.after')}">›</button>
<button type="button" data-do="next">${t('scan.next')}</button><a class="button" href="/api/v1/ocr-jobs/${job.id}/pdf" download>${t('scan.pdf')}</a>
<button type="button" class="primary" data-do="confirm">${t('scan.confirm')}</button> <small data-count>${t('scan.corrections', { count: String(corrections.length) })}</small></div>
<p class="muted scan-keys">${t('scan.keys')}</p>
<nav class="scan-pages" aria-label="${t('scan.pageList')}"><ol>${buttons}</ol></nav>
<div class="scan-picture" tabindex="0" aria-label="${t('scan.picture', { page: '' })}"><div class="scan-sheet" data-sheet></div></div>
<section class="scan-text" tabindex="0" aria-label="${t('scan.pageText')}" data-text></section>
<form class="scan-fields" data-fields><h2>${t('scan.fields')}</h2>${sorted.map((name) => fieldRow(view, name, fields[name]))}</form>
</div>
${copySection(view, deps, job, fields)}`,
  });
}
