/** `/quet` and `/quet/{id}`: scans being read, and the page where a person looks a reading over. */
import type { OcrField, OcrFields, OcrResult } from '../../../ocr/index.ts';
import { mayActFor, maySee, visibleAgencies } from '../../access/index.ts';
import { correctFields } from '../../ocr-jobs/index.ts';
import {
  countOcrPages,
  findOcrJob,
  listOcrCorrections,
  listOcrJobs,
  listOcrPages,
  type OcrJobRow,
} from '../../store/index.ts';
import { html, type SafeHtml } from '../html.ts';
import { pageOf } from '../pages/layout.ts';
import { badge, codeBadge, timeOf } from '../pages/parts.ts';
import type { ConsoleDeps, SignedInView } from '../view.ts';
import { clerkAssets, copySection, handInForm } from './clerk.ts';
import { reviewWords } from './clerk-words.ts';
import { changesOf } from './history.ts';
import { failureOf, filesOf, pagesOf, problemsOf, progressOf } from './state.ts';
import { OCR_STATES } from './words.ts';

const PAGE_ROWS = 100;

function nameOf(job: OcrJobRow): string {
  const inputs = JSON.parse(job.inputs) as { name: string }[];
  const more = inputs.length > 1 ? ` (+${inputs.length - 1})` : '';
  return `${inputs[0]?.name ?? job.id}${more}`;
}

/** The list of scans, newest first. */
export async function scanListPage(view: SignedInView, deps: ConsoleDeps): Promise<SafeHtml> {
  const { t } = view;
  const rows = await listOcrJobs(deps.x.store.read, visibleAgencies(view.principal), PAGE_ROWS);
  const counts = await countOcrPages(
    deps.x.store.read,
    rows.map((job) => job.id),
  );
  const items = rows.map((job) => {
    const { pages: read, doubtful } = counts.get(job.id) ?? { pages: 0, doubtful: 0 };
    const isOver = job.state === 'done';
    const unread = isOver ? Math.max(0, job.pages - read) : 0;
    const doubts = isOver && doubtful > 0 ? ` · ${t('scans.doubtful', { count: doubtful })}` : '';
    return html`<li data-key="${job.id}"><a class="row" href="/quet/${encodeURIComponent(job.id)}">
<span class="row-when">${timeOf(job.created_at)}</span><span class="row-what"><b>${nameOf(job)}</b></span>
<span class="row-who">${pagesOf(view, job)}${doubts}</span><span class="row-state">${codeBadge(OCR_STATES, job.state, view.lang)}${unread > 0 ? badge(t('scans.unread', { count: unread }), 'bad') : null}${job.copy === null ? null : badge(t('scans.copied'), 'good')}</span></a></li>`;
  });
  return pageOf(view, {
    title: t('scans.title'),
    nav: 'scans',
    body: html`${clerkAssets(view)}<h1>${t('scans.title')}</h1>${handInForm(view, deps)}<div data-live="empty">${rows.length > 0 ? null : html`<p class="empty">${t('scans.empty')}</p>`}</div>
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
  mayChange: boolean,
): SafeHtml {
  const { t } = view;
  const value = field === null ? '' : [field.value].flat().join('\n');
  const doubtful = field !== null && field.confidence < 0.9;
  const place = field === null ? null : html` data-page="${field.page}" data-box="${field.box.join(',')}"`;
  const where = html`${place}${mayChange ? null : html` readonly`}`;
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
  const head = html`<p class="crumb"><a href="/quet">${t('scans.title')}</a></p><h1>${nameOf(job)}</h1>${filesOf(view, job)}`;
  const isOver = job.state === 'done';
  const state = isOver
    ? null
    : html`<div data-live="state"><p>${codeBadge(OCR_STATES, job.state, view.lang)}</p>${failureOf(view, job)}</div>${progressOf(view, job)}`;
  if (job.result_sha256 === null)
    return pageOf(view, {
      title: t('scan.title'),
      nav: 'scans',
      body: html`${clerkAssets(view)}${head}${state}`,
    });
  const result = JSON.parse((await deps.x.blobs.read(job.result_sha256)).toString('utf8')) as OcrResult;
  const corrections = await listOcrCorrections(tx, id);
  const fields = correctFields(result.fields, corrections);
  const read = new Map((await listOcrPages(tx, id)).map((page) => [page.page, page.doubtful]));
  const names = Object.keys(fields) as (keyof OcrFields)[];
  const sorted = [...names.filter((n) => fields[n] !== null), ...names.filter((n) => fields[n] === null)];
  const buttons = result.pages.map(({ number }) => pageButton(view, number, read.get(number)));
  const mayChange = mayActFor(view.principal, job.agency);
  const open = corrections.filter(({ at }) => at >= (job.started_at ?? 0)).length;
  return pageOf(view, {
    title: t('scan.title'),
    nav: 'scans',
    body: html`${clerkAssets(view)}${head}${state}${isOver ? problemsOf(view, job, result) : null}
<div class="scan" data-review="${job.id}"${mayChange ? null : html` data-read-only`} data-words="${JSON.stringify(reviewWords(view.lang))}">
<div class="scan-bar"><button type="button" data-do="before" aria-label="${t('scan.before')}">‹</button><output data-at></output><button type="button" data-do="after" aria-label="${t('scan.after')}">›</button>
<button type="button" data-do="smaller" aria-label="${t('scan.smaller')}">−</button><button type="button" data-do="larger" aria-label="${t('scan.larger')}">+</button>
<button type="button" data-do="next">${t('scan.next')}</button><a class="button" href="/api/v1/ocr-jobs/${job.id}/pdf" download>${t('scan.pdf')}</a>
${mayChange ? html`<button type="button" class="primary" data-do="confirm">${t('scan.confirm')}</button>` : null} <small data-count>${t('scan.corrections', { count: String(corrections.length) })}</small>
<small class="wait-text" data-open${open === 0 ? html` hidden` : null}>${t('scan.open')}</small><output class="scan-told" role="status" data-told></output></div>
<p class="muted scan-keys">${t('scan.keys')}</p>
<nav class="scan-pages" aria-label="${t('scan.pageList')}"><ol>${buttons}</ol></nav>
<div class="scan-picture" tabindex="0" role="group" aria-label="${t('scan.picture', { page: '' })}"><div class="scan-sheet" data-sheet></div></div>
<section class="scan-text" tabindex="0" aria-label="${t('scan.pageText')}" data-text></section>
<form class="scan-fields" data-fields><h2>${t('scan.fields')}</h2>${sorted.map((name) => fieldRow(view, name, fields[name], mayChange))}</form>
</div>
${await changesOf(view, tx, corrections, mayChange)}${copySection(view, deps, job, fields)}`,
  });
}

/** Turns to a page: with its words of doubt, or marked when it could not be read. */
function pageButton({ t }: SignedInView, page: number, doubtful: number | undefined): SafeHtml {
  if (doubtful === undefined)
    return html`<li><button type="button" data-page="${page}" data-doubtful="0" data-unread aria-label="${t('scan.unreadPage', { page })}">${page} <small class="bad-text">✕</small></button></li>`;
  const count = html` <small aria-label="${t('scans.doubtful', { count: doubtful })}">${doubtful}</small>`;
  return html`<li><button type="button" data-page="${page}" data-doubtful="${doubtful}">${page}${doubtful > 0 ? count : null}</button></li>`;
}
