/** What became of a scan besides its text: how far it is, why it stopped, which pages and files could not be read. */
import { isOcrErrorCode, OCR_ERRORS, type OcrResult } from '../../../ocr/index.ts';
import { mayActFor } from '../../access/index.ts';
import type { OcrJobRow } from '../../store/index.ts';
import { html, type SafeHtml } from '../html.ts';
import type { SignedInView } from '../view.ts';
import { clerkWords } from './clerk-words.ts';

/** Pages and files named one by one; the rest is counted. */
const MOST_NAMED = 12;
/** What reading once more may mend: nothing is wrong with the scans. */
const PASSING: ReadonlySet<string> = new Set([
  'OCR_GAVE_UP',
  'OCR_CANCELLED',
  'OCR_PAGE_TIMEOUT',
  'OCR_TIMEOUT',
]);

function isPassing(code: string): boolean {
  return PASSING.has(code) || (isOcrErrorCode(code) && OCR_ERRORS[code].kind === 'unavailable');
}

function inputsOf(job: OcrJobRow): { name: string }[] {
  return JSON.parse(job.inputs) as { name: string }[];
}

/** Reads again what was not read; for those who may. */
function againButton(view: SignedInView, job: OcrJobRow): SafeHtml | null {
  if (!mayActFor(view.principal, job.agency)) return null;
  return html`<p><button type="button" data-again="/api/v1/ocr-jobs/${job.id}/confirm">${clerkWords(view.lang)('again.read')}</button></p>`;
}

/** How far it is read; nothing while nobody knows how many pages it has. */
export function pagesOf({ t }: SignedInView, { pages, pages_done: done }: OcrJobRow): string | null {
  return pages === 0 ? null : t('scans.pages', { done, pages });
}

/** The files of a dossier in their order, when it has several. */
export function filesOf(view: SignedInView, job: OcrJobRow): SafeHtml | null {
  const inputs = inputsOf(job);
  if (inputs.length < 2) return null;
  const w = clerkWords(view.lang);
  const items = inputs.map(({ name }) => html`<li><bdi>${name}</bdi></li>`);
  return html`<details class="scan-files"><summary>${w('fileCount', { count: inputs.length })}</summary><ol>${items}</ol></details>`;
}

/** How far a scan is, which goes on by itself, with a way to give it up. */
export function progressOf(view: SignedInView, job: OcrJobRow): SafeHtml | null {
  const w = clerkWords(view.lang);
  if (job.state !== 'waiting' && job.state !== 'running') return null;
  const cancel = mayActFor(view.principal, job.agency)
    ? html`<p><button type="button" data-cancel="/api/v1/ocr-jobs/${job.id}">${w('cancel')}</button></p>`
    : null;
  const value = job.pages === 0 ? null : html` max="${job.pages}" value="${job.pages_done}"`;
  const said =
    job.pages > 0
      ? view.t('scans.pages', { done: job.pages_done, pages: job.pages })
      : w(job.state === 'waiting' ? 'queued' : 'opening');
  // Read before, and put right by a person since.
  const again = job.result_sha256 === null ? null : html`<p>${view.t('scan.confirmed')}</p>`;
  return html`${again}<div data-scan-wait="/api/v1/ocr-jobs/${job.id}/events" data-pages="${view.t('scans.pages', { done: '{done}', pages: '{pages}' })}" data-opening="${w('opening')}" data-over="${w('over')}"><progress aria-label="${w('progress')}"${value}></progress>
<p role="status" data-scan-count>${said}</p><p class="hint">${w('leave')}</p>${cancel}</div>`;
}

/** Why it stopped, in the reader's language where the code has words, and what to do. */
export function failureOf(view: SignedInView, job: OcrJobRow): SafeHtml | null {
  const { t, lang } = view;
  const { state, reason_code: code, reason } = job;
  if (reason === null) return null;
  const words = lang === 'en' && code !== null && isOcrErrorCode(code) ? OCR_ERRORS[code].en : null;
  const why = words === null ? html`<p lang="vi">${reason}</p>` : html`<p>${words}</p>`;
  if (code !== null && isPassing(code)) return html`${why}${againButton(view, job)}`;
  if (state !== 'failed') return why;
  return html`${why}<p>${t('scans.again')} <a href="/quet">${t('scans.title')}</a></p>`;
}

/** Pages and files of a reading that have no text, why, and what to do about it; nothing when all was read. */
export function problemsOf(view: SignedInView, job: OcrJobRow, { problems }: OcrResult): SafeHtml | null {
  if (problems.length === 0) return null;
  const w = clerkWords(view.lang);
  const names = inputsOf(job).map(({ name }) => name);
  const items = problems.slice(0, MOST_NAMED).map(({ file, page, code, vi, en }) => {
    const text = view.lang === 'vi' ? vi : en;
    const place = page === null ? (names[file ?? 0] ?? '') : view.t('scan.onePage', { page });
    return html`<li data-code="${code}"><b><bdi>${place}</bdi></b>: ${text}</li>`;
  });
  const more = problems.length - items.length;
  const pages = problems.some(({ page, code }) => page !== null && isPassing(code));
  return html`<section class="problem scan-problems" aria-label="${w('unread')}"><p><b>${w('unread')}</b> ${w(pages ? 'unreadAgain' : 'unreadFiles')}</p><ul>${items}${more > 0 ? html`<li>${w('more', { count: more })}</li>` : null}</ul>${pages ? againButton(view, job) : null}</section>`;
}
