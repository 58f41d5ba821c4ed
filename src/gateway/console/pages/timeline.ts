/** The timeline of a package: who did what and when, in order, in whole sentences. */
import { STATUS_CODES, type StatusCode } from '../../../packages/index.ts';
import type { EventRow } from '../../store/index.ts';
import { signerName } from '../assets/report.js';
import { html, type SafeHtml } from '../html.ts';
import type { SignedInView } from '../view.ts';
import { fill, say } from '../words.ts';
import { DOSSIER_STATES, EVENTS, PROFILES, RECALL_PURPOSES, SYSTEMS, type Tone } from '../words-codes.ts';
import { badge, codeText, partyName, sizeText, timeOf, verdictBadge } from './parts.ts';

/** One event with its data read. */
export interface Step {
  readonly row: EventRow;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Names by agency code, and the recipient of each delivery. */
export interface Names {
  readonly agencies: ReadonlyMap<string, string>;
  readonly recipients: ReadonlyMap<string, string>;
}

/** Runs of at least this many events of one kind fold into one line. */
const FOLD_FROM = 5;
/** Lines shown; a package with a thousand recipients has thousands of events. */
const MOST_LINES = 300;
const HEAD_LINES = 50;

/** Reads the data of stored events; anything unreadable counts as none (the chain check speaks up for it). */
export function stepsOf(rows: readonly EventRow[]): Step[] {
  return rows.map((row) => {
    try {
      const data = JSON.parse(row.data) as unknown;
      return {
        row,
        data: data !== null && typeof data === 'object' ? (data as Record<string, unknown>) : {},
      };
    } catch {
      return { row, data: {} };
    }
  });
}

function str(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Who did it, in words: an agency by name, the gateway, or another system. */
function actorName(view: SignedInView, actor: string, names: Names): string {
  if (actor === 'gateway') return view.t('timeline.gateway');
  if (!actor.startsWith('system:')) return names.agencies.get(actor) ?? actor;
  const name = actor.slice('system:'.length);
  const known = partyName(name, view.lang);
  return known === name ? view.t('timeline.system', { name }) : known;
}

function recipientName(view: SignedInView, { row, data }: Step, names: Names): string {
  const code =
    (row.delivery_id === null ? undefined : names.recipients.get(row.delivery_id)) ?? str(data['recipient']);
  return code === '' ? view.t('timeline.someone') : partyName(names.agencies.get(code) ?? code, view.lang);
}

function statusText(view: SignedInView, code: string): string {
  const label = Object.hasOwn(STATUS_CODES, code) ? STATUS_CODES[code as StatusCode] : undefined;
  return label === undefined ? code : view.t('status.value', { code, text: label[view.lang] });
}

function dossierState(view: SignedInView, value: unknown): string {
  const coded = DOSSIER_STATES[Number(value)];
  return coded === undefined ? str(value) : say(coded.words, view.lang);
}

/** Names of the papers an event speaks of. */
function namesOf(papers: unknown): string {
  if (!Array.isArray(papers)) return '';
  return papers.map((paper) => str((paper as { name?: unknown }).name)).join(', ');
}

/** The sentence of one event. */
export function sentenceOf(view: SignedInView, step: Step, names: Names): string {
  const { row, data } = step;
  const event = Object.hasOwn(EVENTS, row.type) ? EVENTS[row.type as keyof typeof EVENTS] : undefined;
  if (event === undefined) return view.t('timeline.unknown', { type: row.type });
  const recipient = recipientName(view, step, names);
  const system = codeText(SYSTEMS, str(data['system']), view.lang);
  // A system that is itself the recipient is not named twice.
  if (row.type === 'routed' && partyName(str(data['system']), view.lang) === recipient)
    return view.t('timeline.routed', { recipient });
  return fill(say(event.words, view.lang), {
    recipient,
    origin: codeText(SYSTEMS, str(data['origin']), view.lang),
    system,
    size: sizeText(Number(data['sizeBytes'] ?? 0), view.lang),
    name: str(data['name']) || namesOf(data['papers']),
    profile: codeText(PROFILES, str(data['profile']), view.lang),
    attempt: str(data['attempt']),
    remoteId: str(data['remoteId']),
    status: statusText(view, str(data['code'])),
    state: dossierState(view, data['state']),
    level: str(data['level']),
    wantedLevel: str(data['wantedLevel']),
    purpose: codeText(RECALL_PURPOSES, str(data['purpose']), view.lang),
  });
}

interface StoredSignature {
  readonly indication?: string;
  readonly subIndication?: string | null;
  readonly signer?: string | null;
  /** Why it did not pass; absent in events of earlier versions. */
  readonly vi?: string;
  readonly en?: string;
}

function verdictLines(view: SignedInView, data: Step['data']): SafeHtml | null {
  const verdict = str(data['verdict']);
  if (verdict === '') return null;
  const signatures = Array.isArray(data['signatures']) ? (data['signatures'] as StoredSignature[]) : [];
  const lines = signatures.map((signature) => {
    const signer =
      typeof signature.signer === 'string' ? signerName(signature.signer) : view.t('timeline.noSigner');
    const why =
      typeof signature.subIndication === 'string' ? html` <code>${signature.subIndication}</code>` : null;
    const said = str(signature[view.lang]);
    const reason = said === '' ? null : html`<br><small>${said}</small>`;
    return html`<li>${verdictBadge(str(signature.indication), view.lang)} ${signer}${why}${reason}</li>`;
  });
  const skipped = data['reason'] === 'TOO_LARGE' ? html` ${view.t('timeline.skippedLarge')}` : null;
  if (lines.length === 0) return html`<p>${verdictBadge(verdict, view.lang)}${skipped}</p>`;
  return html`<ul class="plain-list">${lines}</ul>`;
}

/** What an answer said, and the package that carried it. */
function answerLine({ t }: SignedInView, data: Step['data']): SafeHtml {
  const said = str(data['description']);
  const id = str(data['statusPackageId']);
  const link = /^pkg_[0-9a-z]+$/.test(id)
    ? html`<a href="/goi-tin/${id}">${t('timeline.statusPackage')}</a>`
    : null;
  return html`<p>${said === '' ? null : t('timeline.note', { text: said })} ${link}</p>`;
}

interface StoredWarning {
  readonly code?: string;
  readonly vi?: string;
  readonly en?: string;
}

/** What was wrong with a package from an axis, which was passed on all the same. */
function warningList({ lang }: SignedInView, warnings: readonly StoredWarning[]): SafeHtml {
  const items = warnings.map(
    (warning) => html`<li>${str(warning[lang])} <code>${str(warning.code)}</code></li>`,
  );
  return html`<ul class="plain-list">${items}</ul>`;
}

/** What is worth adding to the sentence: reason, next attempt, the words of an answer. */
function remarks(view: SignedInView, { row, data }: Step): SafeHtml | null {
  const { t } = view;
  const lines: SafeHtml[] = [];
  if (['held', 'attempt-failed', 'parked', 'refused', 'flagged'].includes(row.type)) {
    const said = view.lang === 'en' && str(data['reasonEn']) !== '' ? data['reasonEn'] : data['reason'];
    const reason = [str(said), str(data['code'])].filter((part) => part !== '');
    const [first, code] = reason;
    if (first !== undefined)
      lines.push(
        html`<p>${t('timeline.reason', { reason: first })}${code === undefined ? null : html` <code>${code}</code>`}</p>`,
      );
  }
  if (row.type === 'arrival-settled' || row.type === 'arrival-reopened')
    lines.push(html`<p>${t('timeline.note', { text: str(data['reason']) })}</p>`);
  if (row.type === 'checked' && Array.isArray(data['warnings']))
    lines.push(warningList(view, data['warnings'] as StoredWarning[]));
  if (row.type === 'signed' && data['level'] !== undefined)
    lines.push(
      html`<p>${t('timeline.lowerLevel', { level: str(data['level']), wanted: str(data['wantedLevel']) })} <code>${str(data['reason'])}</code></p>`,
    );
  if (data['nextInSeconds'] !== undefined)
    lines.push(html`<p>${t('timeline.nextIn', { seconds: str(data['nextInSeconds']) })}</p>`);
  if (row.type.startsWith('status-')) lines.push(answerLine(view, data));
  if (row.type === 'ministry-state' && str(data['note']) !== '')
    lines.push(html`<p>${str(data['note'])}</p>`);
  if (row.type === 'result-received')
    lines.push(html`<p>${str(data['number'])} <bdi>${str(data['name'])}</bdi></p>`);
  return lines.length === 0 ? null : html`${lines}`;
}

function toneOf({ row, data }: Step): Tone {
  const verdict = str(data['verdict']);
  if (verdict === 'TOTAL-FAILED') return 'bad';
  if (verdict === 'TOTAL-PASSED') return 'good';
  if (row.type.startsWith('status-') && data['code'] === '02') return 'bad';
  return Object.hasOwn(EVENTS, row.type) ? EVENTS[row.type as keyof typeof EVENTS].tone : 'plain';
}

/** One step as a list item. `key` is unique on the page. */
export function stepItem(view: SignedInView, step: Step, names: Names, key: string): SafeHtml {
  return html`<li class="step ${toneOf(step)}" data-key="${key}" data-type="${step.row.type}">
<p class="step-head">${timeOf(step.row.at)} <span class="actor">${actorName(view, step.row.actor, names)}</span></p>
<p class="step-what">${sentenceOf(view, step, names)}</p>
${verdictLines(view, step.data)}${remarks(view, step)}</li>`;
}

/** Consecutive events of one kind, by one actor, stand together. */
function runsOf(steps: readonly Step[]): Step[][] {
  const runs: Step[][] = [];
  for (const step of steps) {
    const last = runs.at(-1);
    const [first] = last ?? [];
    const joins =
      first !== undefined &&
      first.row.type === step.row.type &&
      first.row.actor === step.row.actor &&
      step.row.type !== 'verified';
    if (joins) last?.push(step);
    else runs.push([step]);
  }
  return runs.flatMap((run) => (run.length >= FOLD_FROM ? [run] : run.map((step) => [step])));
}

function runItem(view: SignedInView, run: readonly Step[], names: Names, all: boolean): SafeHtml {
  const [first] = run;
  if (first === undefined) return html``;
  const key = `e${first.row.seq}`;
  if (run.length === 1) return stepItem(view, first, names, key);
  const shown = all ? run : run.slice(0, MOST_LINES);
  const inner = shown.map(
    (step) => html`<li>${timeOf(step.row.at)} ${sentenceOf(view, step, names)}${remarks(view, step)}</li>`,
  );
  return html`<li class="step ${toneOf(first)}" data-key="${key}" data-type="${first.row.type}">
<p class="step-head">${timeOf(first.row.at)} <span class="actor">${actorName(view, first.row.actor, names)}</span></p>
<details><summary>${sentenceOf(view, first, names)} <b>${view.t('timeline.group', { n: run.length })}</b></summary><ul class="plain-list">${inner}</ul></details></li>`;
}

/** The timeline section. `chain` null: not checked here (a dossier's events come from several packages). */
export function timelineSection(
  view: SignedInView,
  steps: readonly Step[],
  names: Names,
  chain: { intact: boolean; length: number } | null,
  options: { all: boolean; allAddress: string },
): SafeHtml {
  const { t } = view;
  const runs = runsOf(steps);
  const hidden = options.all ? 0 : Math.max(0, runs.length - MOST_LINES);
  const head = hidden === 0 ? runs : runs.slice(0, HEAD_LINES);
  const tail = hidden === 0 ? [] : runs.slice(HEAD_LINES + hidden);
  const gap =
    hidden === 0
      ? null
      : html`<li class="step plain" data-key="gap"><a href="${options.allAddress}">${t('timeline.hidden', { n: hidden })}</a></li>`;
  const item = (run: readonly Step[]): SafeHtml => runItem(view, run, names, options.all);
  return html`<section class="card" aria-labelledby="timeline-title">
<h2 id="timeline-title">${t('timeline.title')}</h2>
<div data-live="chain">${chain === null ? null : chain.intact ? badge(t('timeline.intact', { n: chain.length }), 'good') : html`<p class="problem" role="alert">${t('timeline.broken')}</p>`}</div>
<ol class="timeline" data-live="timeline" data-keyed>${head.map(item)}${gap}${tail.map(item)}</ol>
</section>`;
}
