/** What a clerk does with scans besides looking them over: hands them in, waits for them, signs the digitised copy. */
import type { OcrField, OcrFields } from '../../../ocr/index.ts';
import { mayActFor } from '../../access/index.ts';
import type { OcrJobRow } from '../../store/index.ts';
import { html, type SafeHtml } from '../html.ts';
import { sizeText, timeOf } from '../pages/parts.ts';
import type { ConsoleDeps, SignedInView } from '../view.ts';
import { type ClerkTranslate, clerkWords, listWords } from './clerk-words.ts';

/** Style and script of these pages. */
export function clerkAssets(view: SignedInView): SafeHtml {
  const { base } = view.assets;
  return html`<link rel="stylesheet" href="${base}/paper.css"><link rel="stylesheet" href="${base}/scans.css"><script type="module" src="${base}/scans.js"></script>`;
}

/** The form that takes scans; null for those who only look. */
export function handInForm(view: SignedInView, deps: Pick<ConsoleDeps, 'config'>): SafeHtml | null {
  const w = clerkWords(view.lang);
  if (!mayActFor(view.principal, view.principal.agency)) return null;
  return html`<form class="card paper-form" data-scan-form data-sending="${w('sending')}" data-limit="${deps.config.maxFileBytes}" data-words="${JSON.stringify(listWords(view.lang))}">
<p class="lead">${w('lead')}</p>
<div class="scan-drop"><label for="scan-file">${w('files')}</label><input type="file" id="scan-file" name="file" multiple accept=".pdf,.tif,.tiff,.jpg,.jpeg,.png,application/pdf,image/tiff,image/jpeg,image/png" aria-describedby="scan-hint">
<p class="hint" id="scan-hint">${w('order', { limit: sizeText(deps.config.maxFileBytes, view.lang) })}</p>
<ol class="scan-list" data-scan-list aria-label="${w('chosen')}"></ol></div>
<p><label class="paper-check"><input type="checkbox" name="urgent"> ${w('urgent')}</label></p>
<p><button class="primary">${w('send')}</button> <output role="status"></output></p>
<noscript><p class="problem">${w('noScript')}</p></noscript></form>`;
}

/** Metadata of NĐ 30/2020 App. VI a person may change, by the field it is read from. */
const METADATA: readonly (readonly [name: string, field: keyof OcrFields, required: boolean])[] = [
  ['TypeName', 'typeName', true],
  ['CodeNumber', 'codeNumber', true],
  ['CodeNotation', 'codeNotation', true],
  ['IssuedDate', 'promulgationDate', true],
  ['OrganName', 'issuingAgency', true],
  ['Subject', 'subject', true],
  ['Position', 'signerPosition', false],
  ['FullName', 'signerName', false],
  ['Place', 'place', false],
];

/** Values that are mostly too long for a third of the width. */
const WIDE: ReadonlySet<string> = new Set(['OrganName', 'Subject']);
/** Letters a box holds in one line: a third of the width, and all of it. A longer value gets a wide box, then more lines. */
const NARROW_LINE = 18;
const WIDE_LINE = 60;

function metadataInput(
  view: SignedInView,
  [name, field, required]: (typeof METADATA)[number],
  read: OcrField<string | string[]> | null,
): SafeHtml {
  const value = read === null ? '' : String(read.value);
  const doubtful = required && (read === null || read.confidence < 0.9);
  const must = required ? html` required` : null;
  const isWide = WIDE.has(name) || value.length > NARROW_LINE;
  const rows = Math.ceil(Math.max(1, value.length) / WIDE_LINE);
  const input =
    name === 'IssuedDate'
      ? html`<input type="date" id="copy-${name}" name="${name}" value="${value}"${must}>`
      : html`<textarea id="copy-${name}" name="${name}" rows="${rows}" maxlength="500" autocomplete="off" data-one-line${must}>${value}</textarea>`;
  return html`<p class="${doubtful ? 'paper-field doubtful' : 'paper-field'}${isWide ? ' wide' : ''}"><label for="copy-${name}">${view.t(`scan.field.${field}`)} <small>${name}</small></label>
${input}</p>`;
}

function signedCopy(job: OcrJobRow, w: ClerkTranslate): SafeHtml | null {
  if (job.copy === null) return null;
  const { fileName } = JSON.parse(job.copy) as { fileName: string };
  return html`<p><span class="badge good">${w('signed')}</span> <b>${fileName}</b></p>
<p><a class="button" href="/api/v1/ocr-jobs/${job.id}/digitised-copy" download="${fileName}">${w('download')}</a></p>`;
}

/** The digitised copy of a scan that was read: its metadata, its name, its signature. */
export function copySection(
  view: SignedInView,
  deps: ConsoleDeps,
  job: OcrJobRow,
  fields: OcrFields,
): SafeHtml | null {
  const w = clerkWords(view.lang);
  const signed = signedCopy(job, w);
  const keys = (deps.keyRing?.keys ?? []).filter(
    (key) => key.agency === job.agency && key.profiles.includes('copy'),
  );
  const options = keys.map(
    (key) => html`<option value="${key.id}">${key.agencyName ?? key.holder ?? key.id}</option>`,
  );
  const inputs = METADATA.map((entry) => metadataInput(view, entry, fields[entry[1]]));
  const form = !mayActFor(view.principal, job.agency)
    ? null
    : keys.length === 0
      ? html`<p class="problem">${w('noKey')}</p>`
      : html`<form class="paper-form" data-copy-form="/api/v1/ocr-jobs/${job.id}/digitised-copy" data-sending="${w('signing')}">
<p>${w('copyLead')}</p>
<p><label for="copy-code">${w('docCode')}</label><input id="copy-code" name="docCode" required maxlength="40" autocomplete="off" placeholder="G09.01_CV_000021_V1" aria-describedby="copy-hint"></p>
<p class="hint" id="copy-hint">${w('docCodeHint')}</p>
<div class="paper-two">${inputs}</div>
<p><label for="copy-key">${w('key')}</label><select id="copy-key" name="key">${options}</select></p>
<p><button class="primary">${job.copy === null ? w('sign') : w('again')}</button> <output role="status"></output></p></form>`;
  if (signed === null && form === null) return null;
  const since = job.copy === null ? null : html` <small>${timeOf(job.updated_at)}</small>`;
  return html`<section class="card" id="ban-so-hoa"><h2>${w('copy')}${since}</h2>${signed}${form}</section>`;
}
