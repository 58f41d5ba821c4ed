/**
 * The signature report as nested elements, one renderer for both sides: `h(tag, attributes, ...children)` makes markup on
 * the server and nodes in the browser; children that are text are always shown as text.
 */

import { chainOf, hasProvedTime, rulesOf, stampChainOf } from './explain.js';

const VIETNAM_OFFSET_MS = 7 * 3_600_000;

/** Fills `{name}` places of a sentence; an unknown word shows its fallback. */
export function tell(words, key, values = {}, fallback = key) {
  return (words[key] ?? fallback).replace(/\{(\w+)\}/g, (_place, name) => String(values[name] ?? ''));
}

/** `14:05:09 21/11/2026`, Vietnam time, of an ISO instant; other text comes back as it is. */
export function vietnamTime(iso) {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return String(iso);
  const local = new Date(at + VIETNAM_OFFSET_MS).toISOString();
  return `${local.slice(11, 19)} ${local.slice(8, 10)}/${local.slice(5, 7)}/${local.slice(0, 4)}`;
}

/**
 * Where in a PDF a change stands, in the reader's words: the report keeps `12 0 R (field A)`, `object 12`, `page 2 /Annots`,
 * `offset 900`. Names of fields and entries stay as the file has them.
 */
export function placeText(place, words) {
  const [whole, before, name, after] = /^(.*?)\bfield (.+?)(\)?)$/.exec(place) ?? [place, place];
  const plain = before
    .replace(/\b(\d+) \d+ R\b/g, 'object $1')
    .replace('page tree node object', 'page tree node')
    .replace(/\b(object|offset|page|page tree node) (\d+)/g, (_all, what, n) =>
      tell(words, `place.${what}`, { n }),
    );
  if (name !== undefined) return plain + tell(words, 'place.field', { name }) + after;
  return tell(words, `place.${whole}`, {}, plain);
}

/** Attributes of an RFC 4514 name: `{ CN: ['…'], O: ['…'] }`. */
export function nameParts(text) {
  const parts = {};
  for (const piece of text.match(/(?:\\.|[^,+\\])+/gs) ?? []) {
    const at = piece.indexOf('=');
    if (at < 1) continue;
    const name = piece.slice(0, at).trim();
    parts[name] ??= [];
    parts[name].push(piece.slice(at + 1).replace(/\\(.)/gs, '$1'));
  }
  return parts;
}

/** Who signed, shortest form: the common name, else the whole name. */
export function signerName(subject) {
  return nameParts(subject).CN?.[0] ?? subject;
}

function pick(message, lang) {
  return lang === 'en' ? message.en : message.vi;
}

/** The message that explains a verdict: an error before a warning, a remark never. */
function reasonOf(signature, words, lang) {
  const messages = signature?.messages ?? [];
  const said =
    messages.find((message) => message.level === 'error') ??
    messages.find((message) => message.level === 'warning');
  if (said !== undefined) return pick(said, lang);
  return signature?.subIndication ?? tell(words, 'reason.unknown');
}

/** The verdict on a file in one sentence. */
export function verdictSentence(report, words, lang) {
  if (report.verdict === 'NO-SIGNATURE') return tell(words, 'sentence.none');
  if (report.verdict === 'TOTAL-PASSED') return tell(words, 'sentence.passed');
  const deciding = report.signatures.find((signature) => signature.indication === report.verdict);
  const key = report.verdict === 'TOTAL-FAILED' ? 'sentence.failed' : 'sentence.indeterminate';
  return tell(words, key, { reason: reasonOf(deciding, words, lang) });
}

/** Tone of a verdict's badge. */
export function verdictTone(verdict) {
  return { 'TOTAL-PASSED': 'good', 'TOTAL-FAILED': 'bad', INDETERMINATE: 'wait' }[verdict] ?? 'plain';
}

function line(h, words, key, ...content) {
  return h('div', { class: 'fact' }, h('dt', {}, tell(words, key)), h('dd', {}, ...content));
}

function timeNode(h, iso) {
  return h('time', { datetime: iso }, vietnamTime(iso));
}

/** A proved time when a time-stamp passed, and beside it what the signer claims. */
function timeLines(h, signature, words) {
  const claimed = signature.claimedSigningTime;
  const claim = line(
    h,
    words,
    'report.claimedTime',
    claimed === null ? tell(words, 'report.noTime') : timeNode(h, claimed),
  );
  if (!hasProvedTime(signature)) return [claim];
  return [line(h, words, 'report.trustedTime', timeNode(h, signature.bestSignatureTime)), claim];
}

function changeNode(h, change, words) {
  const what = tell(words, `change.${change.kind}`, {}, change.kind);
  const allowed = tell(words, change.allowed ? 'change.allowed' : 'change.forbidden');
  return h(
    'li',
    { class: change.allowed ? 'note' : 'note note-bad' },
    `${what} (${allowed}): `,
    h('span', { class: 'where' }, placeText(change.object, words)),
  );
}

/** Picture of the chain: the anchor on top, each certificate below the one that issued it. */
function chainNode(h, links, words) {
  return h(
    'ol',
    { class: 'chain' },
    ...links.map((link) =>
      h(
        'li',
        { class: `link ${{ good: 'good', revoked: 'bad', unknown: 'wait' }[link.revocation] ?? 'anchor'}` },
        h('strong', {}, signerName(link.subject)),
        h('span', { class: 'link-source' }, tell(words, `source.${link.source}`, {}, link.source)),
        h('span', {}, tell(words, `revocation.${link.revocation}`, {}, link.revocation)),
        link.notBefore === undefined
          ? null
          : h(
              'span',
              { class: 'where' },
              tell(words, 'report.validity', {
                from: vietnamTime(link.notBefore).slice(9),
                until: vietnamTime(link.notAfter).slice(9),
              }),
            ),
        link.evidenceTime === undefined || link.evidenceTime === null
          ? null
          : h(
              'span',
              { class: 'where' },
              tell(words, 'report.evidence', {
                kind: link.evidence.toUpperCase(),
                time: vietnamTime(link.evidenceTime),
              }),
            ),
        link.sha256 === undefined ? null : h('code', { class: 'print' }, `SHA-256 ${link.sha256}`),
      ),
    ),
  );
}

function ruleNode(h, rule, words, lang) {
  return h(
    'li',
    { class: `rule rule-${rule.outcome}` },
    h('span', { class: 'rule-outcome' }, tell(words, `outcome.${rule.outcome}`)),
    h('span', {}, tell(words, `rule.${rule.id}`)),
    h('small', { class: 'where' }, rule.clause),
    ...rule.messages.map((message) => h('small', { class: 'rule-note' }, pick(message, lang))),
  );
}

function technical(h, report, signature, words, lang) {
  const stamps = signature.timestamps.map((stamp, index) =>
    h(
      'li',
      {},
      `${tell(words, `stamp.${stamp.type}`, {}, stamp.type)} ${stamp.time === null ? '' : vietnamTime(stamp.time)} `,
      tell(words, `stamp.${stamp.indication}`, {}, stamp.indication),
      ...stampChainOf(report, signature, index)
        .slice(-1)
        .map((link) => h('span', { class: 'where' }, ` ${signerName(link.subject)}`)),
    ),
  );
  return h(
    'details',
    { class: 'more' },
    h('summary', {}, tell(words, 'report.more')),
    h('h3', {}, tell(words, 'report.rules')),
    h(
      'ol',
      { class: 'rules plain-list' },
      ...rulesOf(signature).map((rule) => ruleNode(h, rule, words, lang)),
    ),
    signature.chain.length === 0 ? null : h('h3', {}, tell(words, 'report.chain')),
    signature.chain.length === 0 ? null : chainNode(h, chainOf(report, signature), words),
    h(
      'dl',
      { class: 'facts' },
      line(
        h,
        words,
        'report.format',
        [signature.format, signature.indication, signature.subIndication]
          .filter((text) => text !== null)
          .join(' · '),
      ),
      signature.signer === null ? null : line(h, words, 'report.issuer', signerName(signature.signer.issuer)),
      signature.signer === null
        ? null
        : line(h, words, 'report.serial', h('code', {}, signature.signer.serialNumber)),
      stamps.length === 0
        ? null
        : line(h, words, 'report.timestamps', h('ul', { class: 'plain-list' }, ...stamps)),
    ),
    ...signature.messages
      .filter((message) => message.level === 'info')
      .map((message) => h('p', { class: 'note' }, pick(message, lang))),
  );
}

function signatureNode(h, report, signature, number, words, lang) {
  const who = signature.signer === null ? {} : nameParts(signature.signer.subject);
  const notes = signature.messages.filter((message) => message.level !== 'info');
  const changes = signature.changesAfterSigning;
  return h(
    'li',
    { class: 'signature' },
    h(
      'p',
      { class: 'signature-head' },
      h('strong', {}, tell(words, 'report.signature', { n: number })),
      ' ',
      h(
        'span',
        { class: `badge ${verdictTone(signature.indication)}` },
        tell(words, `verdict.${signature.indication}`, {}, signature.indication),
      ),
    ),
    h(
      'dl',
      { class: 'facts' },
      line(
        h,
        words,
        'report.signer',
        signature.signer === null ? tell(words, 'report.noTime') : signerName(signature.signer.subject),
      ),
      who.O === undefined ? null : line(h, words, 'report.organisation', who.O.join(', ')),
      who.UID === undefined ? null : line(h, words, 'report.uid', who.UID.join(', ')),
      ...timeLines(h, signature, words),
      line(
        h,
        words,
        'report.coverage',
        tell(words, `coverage.${signature.coverage}`, {}, signature.coverage),
      ),
      line(
        h,
        words,
        'report.changes',
        changes.length === 0
          ? tell(words, 'report.noChanges')
          : h('ul', { class: 'plain-list' }, ...changes.map((change) => changeNode(h, change, words))),
      ),
    ),
    ...notes.map((message) =>
      h('p', { class: `note note-${message.level === 'error' ? 'bad' : 'wait'}` }, pick(message, lang)),
    ),
    technical(h, report, signature, words, lang),
  );
}

/** The whole report of one file. */
export function renderReport(h, report, words, lang) {
  return h(
    'article',
    { class: `report ${verdictTone(report.verdict)}` },
    h('p', { class: 'report-file' }, h('bdi', {}, report.file), ` · ${report.format}`),
    h('p', { class: 'report-sentence' }, verdictSentence(report, words, lang)),
    h(
      'ol',
      { class: 'signatures' },
      ...report.signatures.map((signature, index) =>
        signatureNode(h, report, signature, index + 1, words, lang),
      ),
    ),
  );
}
