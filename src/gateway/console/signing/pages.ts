/** `/ky-so`: what waits for an officer's signature; `/ky-so/{id}`: one document to see, sign or refuse. */
import type { Request } from 'express';
import { maySee, visibleAgencies } from '../../access/index.ts';
import {
  findSigningJob,
  findSigningRequest,
  isBelow,
  listSigningRequests,
  type SigningRequestRow,
} from '../../store/index.ts';
import { html, type SafeHtml } from '../html.ts';
import { pageOf } from '../pages/layout.ts';
import { fact, timeOf } from '../pages/parts.ts';
import type { ConsoleDeps, SignedInView } from '../view.ts';
import type { SigningFiles } from './files.ts';
import { type SigningTranslate, type SigningWord, signingWords } from './words.ts';

const PAGE_ROWS = 100;
/** Documents of one order (`POST /api/v1/signing-requests/signatures`). */
const MOST_AT_ONCE = 1000;
const TABS = ['waiting', 'signing', 'signed', 'refused'] as const;

type SigningKey = NonNullable<ConsoleDeps['keyRing']>['keys'][number];

function profileWord(profile: string): SigningWord {
  return `profile.${profile}` as SigningWord;
}

/** Keys this officer may use: of the agency, for one of the profiles, and not another person's. */
function keysFor(view: SignedInView, deps: ConsoleDeps, profiles: readonly string[]): SigningKey[] {
  const { agency, person } = view.principal;
  const isOthers = ({ subjectId = 'MST:' }: SigningKey): boolean =>
    !subjectId.startsWith('MST:') &&
    person?.id != null &&
    person.id.toUpperCase() !== subjectId.toUpperCase();
  return (deps.keyRing?.keys ?? []).filter(
    (key) => key.agency === agency && !isOthers(key) && profiles.some((profile) => maySign(key, profile)),
  );
}

function maySign({ profiles }: SigningKey, profile: string): boolean {
  return profiles.includes(profile as 'plain');
}

function keyChoice(w: SigningTranslate, keys: readonly SigningKey[]): SafeHtml {
  if (keys.length === 0) return html`<p class="muted">${w('noKey')}</p>`;
  const options = keys.map(
    (key) =>
      html`<option value="${key.id}" data-profiles="${key.profiles.join(' ')}">${key.holder ?? key.agencyName ?? key.id} (${w(`key.${key.kind}`)})</option>`,
  );
  return html`<label for="key">${w('key')}</label> <select id="key" name="key">${options}</select><span class="key-name muted" data-key-name aria-hidden="true" hidden></span>`;
}

function frame(view: SignedInView, files: SigningFiles, title: string, body: SafeHtml): SafeHtml {
  const plugin = files.hasPlugin ? html`<script src="${files.base}/plugin.js"></script>` : null;
  return pageOf(view, {
    title,
    nav: 'signing',
    body: html`<link rel="stylesheet" href="${files.base}/sign.css">${plugin}<script type="module" src="${files.base}/sign.js"></script>
${body}${consentDialog(signingWords(view.lang))}`,
  });
}

function consentDialog(w: SigningTranslate): SafeHtml {
  return html`<dialog data-consent aria-labelledby="consent-title"><form method="dialog">
<h2 id="consent-title">${w('consent')}</h2><p data-consent-hint></p>
<p data-pin hidden><label for="pin">${w('pin')}</label><input id="pin" type="password" autocomplete="off" maxlength="64"></p>
<p data-otp hidden><label for="otp">${w('otp')}</label><input id="otp" inputmode="numeric" autocomplete="one-time-code" maxlength="64"> <button type="button" data-send-otp>${w('sendOtp')}</button></p>
<output role="alert"></output>
<p class="buttons"><button type="submit" value="ok">${w('sign')}</button> <button type="submit" value="cancel" formnovalidate>${w('cancel')}</button></p></form></dialog>`;
}

/** What is still missing of a signature made while an authority was down. */
function levelLine(w: SigningTranslate, request: SigningRequestRow): SafeHtml | null {
  const { level, wanted_level: wantedLevel } = request;
  if (level === null || wantedLevel === null || !isBelow({ level, wantedLevel })) return null;
  return html`<p class="wait-text" data-level-pending>${w('level.pending', { level, wanted: wantedLevel })}</p>`;
}

/** One choice for all that wait, where they do not stand on one page. */
function everything(w: SigningTranslate, all: readonly SigningRequestRow[]): SafeHtml | null {
  if (all.length <= PAGE_ROWS) return null;
  const chosen = all.slice(0, MOST_AT_ONCE);
  const words = w(all.length > MOST_AT_ONCE ? 'everythingMost' : 'everything', { count: chosen.length });
  return html` <label><input type="checkbox" data-everything="${chosen.map(({ id }) => id).join(' ')}"> ${words}</label>`;
}

function pager(
  w: SigningTranslate,
  tab: string,
  before: string | undefined,
  last: string | undefined,
): SafeHtml | null {
  if (before === undefined && last === undefined) return null;
  const first = before === undefined ? null : html`<a href="/ky-so?xem=${tab}">${w('newest')}</a> `;
  const next =
    last === undefined ? null : html`<a href="/ky-so?xem=${tab}&amp;truoc=${last}">${w('more')}</a>`;
  return html`<p class="buttons">${first}${next}</p>`;
}

/** Requests from which a job that waits for its key's holder can be taken up again, one of each job: somebody closed the page. */
async function heldJobs(deps: ConsoleDeps, rows: readonly SigningRequestRow[]): Promise<Set<string>> {
  const firsts = new Map<string, string>();
  for (const { id, job_id: job } of rows) if (job !== null && !firsts.has(job)) firsts.set(job, id);
  const jobs = await Promise.all([...firsts.keys()].map((id) => findSigningJob(deps.x.store.read, id)));
  return new Set(jobs.flatMap((job) => (job?.state === 'consent' ? [firsts.get(job.id) ?? ''] : [])));
}

function row(w: SigningTranslate, request: SigningRequestRow, held: ReadonlySet<string>): SafeHtml {
  const box =
    request.state === 'waiting'
      ? html`<input type="checkbox" name="id" value="${request.id}" aria-label="${w('choose', { title: request.title })}" data-profile="${request.profile}">`
      : null;
  return html`<li class="sign-row" data-key="${request.id}">${box}
<p class="sign-what"><a href="/ky-so/${request.id}"><b>${request.title}</b></a> <span class="muted">${request.document_code}</span></p>
<p class="sign-who">${request.signer_name ?? ''} <span class="badge plain">${w(profileWord(request.profile))}</span></p>
<p class="sign-when">${timeOf(request.created_at)}</p>
${request.reason === null ? null : html`<p class="bad-text">${request.reason}</p>`}${levelLine(w, request)}${resume(w, request, held)}</li>`;
}

function resume(
  w: SigningTranslate,
  { id, job_id: job }: SigningRequestRow,
  held: ReadonlySet<string>,
): SafeHtml | null {
  if (job === null || !held.has(id)) return null;
  return html`<p class="wait-text"><button type="button" data-resume="${job}">${w('goOn')}</button></p>`;
}

/** Number and date, for who seals. */
function issueFields(w: SigningTranslate, { profile }: SigningRequestRow): SafeHtml | null {
  if (profile !== 'agency' && profile !== 'issue') return null;
  return html`<p><label for="issue-number">${w('issueNumber')}</label><input id="issue-number" inputmode="numeric" maxlength="10" autocomplete="off">
<label for="issue-date">${w('issueDate')}</label><input id="issue-date" type="date"></p><p class="muted">${w('issueHint')}</p>`;
}

/** What is done with the chosen ones of the list. */
function bar(
  view: SignedInView,
  deps: ConsoleDeps,
  files: SigningFiles,
  w: SigningTranslate,
  all: readonly SigningRequestRow[],
  before: string | undefined,
): SafeHtml {
  const profiles = [...new Set(all.map(({ profile }) => profile))];
  const keys = keysFor(view, deps, profiles);
  const eachSignsAll = keys.every((key) => profiles.every((profile) => maySign(key, profile)));
  const sign = keys.length === 0 ? null : html`<button>${w('signChosen')}</button>`;
  const plugin = files.hasPlugin
    ? html` <button type="button" data-plugin-many>${w('plugin')}</button>`
    : null;
  return html`<div class="sign-bar"><label><input type="checkbox" data-all> ${w('all')}</label>${before === undefined && eachSignsAll ? everything(w, all) : null} ${keyChoice(w, keys)}
${sign}${plugin}</div>`;
}

/** The list. */
export async function signingListPage(
  view: SignedInView,
  deps: ConsoleDeps,
  files: SigningFiles,
  query: Request['query'],
): Promise<SafeHtml> {
  const w = signingWords(view.lang);
  const asked = TABS.find((tab) => tab === query['xem']) ?? 'waiting';
  const { person } = view.principal;
  const before = typeof query['truoc'] === 'string' ? query['truoc'].slice(0, 60) : undefined;
  const all = await listSigningRequests(deps.x.store.read, {
    agencies: visibleAgencies(view.principal),
    states: [asked],
    // All that one order can take are known to the page, so that one authorisation can be for all of them.
    limit: before === undefined ? MOST_AT_ONCE + 1 : PAGE_ROWS + 1,
    ...(before === undefined ? {} : { before }),
    ...(person === undefined ? {} : { person }),
  });
  const rows = all.slice(0, PAGE_ROWS);
  const held = asked === 'signing' ? await heldJobs(deps, rows) : new Set<string>();
  const tabs = TABS.map(
    (tab) =>
      html`<li><a href="/ky-so?xem=${tab}"${tab === asked ? html` aria-current="true"` : null}>${w(tab)}</a></li>`,
  );
  const mayAct = ['officer', 'clerk'].includes(view.principal.role);
  const batch =
    asked === 'waiting' && rows.length > 0 && mayAct ? bar(view, deps, files, w, all, before) : null;
  const list =
    rows.length === 0
      ? html`<p class="muted">${w('none')}</p>`
      : html`<ul class="sign-list">${rows.map((one) => row(w, one, held))}</ul>${pager(w, asked, before, all.length > rows.length ? rows.at(-1)?.id : undefined)}`;
  const heading = person === undefined ? w('title') : w('mine', { name: person.name });
  return frame(
    view,
    files,
    w('title'),
    html`<h1>${heading}</h1><ul class="tabs">${tabs}</ul>
<form data-batch>${batch}<output role="status" data-progress></output>${list}</form>`,
  );
}

function actions(
  view: SignedInView,
  deps: ConsoleDeps,
  w: SigningTranslate,
  request: SigningRequestRow,
): SafeHtml | null {
  const mayAct =
    ['officer', 'clerk'].includes(view.principal.role) && view.principal.agency === request.agency;
  if (request.state !== 'waiting' || !mayAct) return null;
  const keys = keysFor(view, deps, [request.profile]);
  return html`<form data-sign><fieldset><legend>${w('sign')}</legend>${keyChoice(w, keys)}
<p><button type="button" data-place aria-pressed="false">${w('place')}</button></p><p class="muted">${w('place.hint')}</p>
${issueFields(w, request)}<p class="buttons">${keys.length === 0 ? null : html`<button class="primary">${w('sign')}</button>`} <button type="button" data-plugin>${w('plugin')}</button></p>
<output role="status" data-progress></output></fieldset></form>
<form data-refuse><fieldset><legend>${w('refuse')}</legend><label for="reason">${w('reason')}</label>
<textarea id="reason" name="reason" rows="2" maxlength="500"></textarea><p class="buttons"><button class="danger">${w('refuse')}</button></p><output role="alert"></output></fieldset></form>`;
}

/** One document; null: there is none for this person. */
export async function signingPage(
  view: SignedInView,
  deps: ConsoleDeps,
  files: SigningFiles,
  id: string,
): Promise<SafeHtml | null> {
  const request = await findSigningRequest(deps.x.store.read, id);
  if (request === undefined || !maySee(view.principal, request.agency)) return null;
  const w = signingWords(view.lang);
  const address = `/api/v1/signing-requests/${request.id}/file`;
  const facts = html`<dl class="facts">${fact(w('code'), request.document_code)}${fact(w('signer'), request.signer_name)}${fact(w('profile'), w(profileWord(request.profile)))}${fact(w('laidAt'), timeOf(request.created_at))}${request.level === null ? null : fact(w('level'), request.level)}</dl>${levelLine(w, request)}`;
  return frame(
    view,
    files,
    request.title,
    html`<p><a href="/ky-so">${w('back')}</a></p><h1>${request.title}</h1>
<div class="sign-desk" data-request="${request.id}" data-state="${request.state}" data-place="${request.place ?? ''}">
<section class="viewer" data-viewer="${address}" data-worker="${files.base}/pdf.worker.mjs" aria-label="${request.name}">
<p class="viewer-bar"><button type="button" data-previous>${w('previous')}</button> <span data-page role="status">${w('loading')}</span> <button type="button" data-next>${w('next')}</button></p>
<div class="sheet" data-sheet><canvas></canvas><div class="frame" data-frame tabindex="0" role="group" aria-label="${w('place.frame')}" hidden></div></div></section>
<aside class="sign-side"><p><span class="badge plain">${w(request.state as 'waiting')}</span></p>${request.reason === null ? null : html`<p class="bad-text">${request.state === 'refused' ? html`<b>${w('reason')}:</b> ` : null}${request.reason}</p>`}${facts}
<p><a class="button" href="${address}" download>${w('download')}</a></p>${actions(view, deps, w, request)}</aside></div>`,
  );
}
