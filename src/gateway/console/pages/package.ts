/** `/goi-tin/{id}`: one package: heading, recipients, attachments with their verdicts, timeline, evidence. */
import type { EdxmlAttachment, EdxmlDocument } from '../../../packages/index.ts';
import type { VerificationReport } from '../../../signing/index.ts';
import { mayActFor, visibleAgencies } from '../../access/index.ts';
import { type Deadline, deliveryDeadline } from '../../deadlines/index.ts';
import { findAgencies } from '../../directory/index.ts';
import { listEvents, verifyEventChain } from '../../evidence/index.ts';
import { isRecallable, purposeOf } from '../../exchange/index.ts';
import { visibleDeliveries } from '../../http/views.ts';
import {
  type DeliveryRow,
  type EventRow,
  findPackage,
  findPackages,
  listDeliveries,
  listPackagesOf,
  listVerifications,
  type PackageRow,
  type Queries,
  type VerificationRow,
} from '../../store/index.ts';
import { renderReport } from '../assets/report.js';
import { element, html, type SafeHtml } from '../html.ts';
import type { ConsoleDeps, SignedInView } from '../view.ts';
import { clientWords } from '../words.ts';
import { KINDS, PACKAGE_STATES, SYSTEMS } from '../words-codes.ts';
import { answersAfter } from './inbox.ts';
import { pageOf } from './layout.ts';
import { titleOf } from './list.ts';
import {
  codeBadge,
  codeText,
  dateText,
  fact,
  partyName,
  requestMark,
  sizeText,
  timeOf,
  urgencyMark,
  verdictBadge,
} from './parts.ts';
import { arrivalSection, recallBadge, recipientsSection } from './recipients.ts';
import { type Names, stepsOf, timelineSection } from './timeline.ts';

type Metadata = Partial<
  Pick<EdxmlDocument, 'attachments' | 'promulgationInfo' | 'documentType' | 'signerInfo' | 'dueDate'>
>;

function metadataOf(pkg: PackageRow): Metadata {
  const value = JSON.parse(pkg.metadata) as unknown;
  return value !== null && typeof value === 'object' ? (value as Metadata) : {};
}

/** Names of everyone a package's events speak of. */
export async function namesOf(
  tx: Queries,
  pkgs: readonly PackageRow[],
  deliveries: readonly DeliveryRow[],
  actors: readonly string[],
): Promise<Names> {
  const agencies = new Map<string, string>();
  const unknown = [...new Set(actors)].filter((actor) => actor !== 'gateway' && !actor.startsWith('system:'));
  for (const [code, row] of await findAgencies(tx, unknown)) agencies.set(code, row.name);
  for (const pkg of pkgs) agencies.set(pkg.sender, pkg.sender_name);
  for (const delivery of deliveries) agencies.set(delivery.recipient, delivery.recipient_name);
  return { agencies, recipients: new Map(deliveries.map((delivery) => [delivery.id, delivery.recipient])) };
}

/** Asked back from somebody who has not answered: the state alone would say that all is well. */
function openRequest(view: SignedInView, deliveries: readonly DeliveryRow[]): SafeHtml | null {
  const isOpen = ({ recall, state }: DeliveryRow): boolean => recall === 'requested' && state !== 'withdrawn';
  return deliveries.some(isOpen) ? recallBadge(view, { recall: 'requested' }) : null;
}

/** Packages that this one has to do with. */
interface Related {
  /** The document a status, a request or a result belongs to. */
  readonly about: readonly PackageRow[];
  /** What first brought the same document, and what brought it to further agencies: its sender's business alone. */
  readonly before: readonly PackageRow[];
  readonly further: readonly PackageRow[];
}

async function relatedTo({ principal }: SignedInView, tx: Queries, pkg: PackageRow): Promise<Related> {
  const agencies = visibleAgencies(principal);
  const isSenders = agencies === null || agencies.includes(pkg.sender);
  const others = isSenders ? await listPackagesOf(tx, pkg.further_of ?? pkg.id) : [];
  const ids = [...others, pkg.correlates ?? pkg.id].filter((id) => id !== pkg.id);
  const found = ids.length === 0 ? [] : await findPackages(tx, ids);
  return {
    about: found.filter(({ id }) => id === pkg.correlates),
    before: found.filter(({ id }) => id === pkg.further_of),
    further: found.filter(({ id, further_of }) => others.includes(id) && further_of !== null),
  };
}

function linksTo(
  pkgs: readonly PackageRow[],
  label: (pkg: PackageRow) => SafeHtml | string,
): SafeHtml | null {
  if (pkgs.length === 0) return null;
  return html`${pkgs.map((pkg, index) => html`${index === 0 ? '' : ', '}<a href="/goi-tin/${pkg.id}">${label(pkg)}</a>`)}`;
}

function heading(
  view: SignedInView,
  pkg: PackageRow,
  metadata: Metadata,
  deliveries: readonly DeliveryRow[],
  related: Related,
): SafeHtml {
  const { t, lang } = view;
  const { promulgationInfo, documentType, signerInfo, dueDate } = metadata;
  const signer = [signerInfo?.competence, signerInfo?.position, signerInfo?.fullName]
    .filter((part) => part !== undefined && part !== '')
    .join(' · ');
  const date =
    promulgationInfo === undefined
      ? ''
      : [promulgationInfo.place, dateText(promulgationInfo.promulgationDate)]
          .filter((part) => part !== '')
          .join(', ');
  return html`<p class="crumb"><a href="/">${t('nav.packages')}</a></p>
<h1>${titleOf(pkg, lang)} ${urgencyMark(pkg.priority, lang)} ${requestMark(pkg, lang)}</h1>
<p class="lead">${pkg.subject === '' ? t('list.noSubject') : pkg.subject}</p>
<p data-live="state">${codeBadge(PACKAGE_STATES, pkg.state, lang)} ${openRequest(view, deliveries)}</p>
${answerLink(view, pkg, deliveries)}
<dl class="facts wide">
${fact(t('package.from'), html`${partyName(pkg.sender_name, lang)} <small><code>${pkg.sender}</code></small>`)}
${fact(t('package.date'), date)}
${fact(t('package.typeName'), pkg.kind === 'document' ? documentType?.typeName : codeText(KINDS, pkg.kind, lang))}
${fact(t('package.signer'), signer)}
${fact(t('package.due'), dueDate === undefined ? null : dateText(dueDate))}
${fact(t('package.accepted'), timeOf(pkg.accepted_at))}
${fact(t('package.dossier'), pkg.dossier_code === null ? null : html`<a href="/ho-so/${encodeURIComponent(pkg.dossier_code)}">${pkg.dossier_code}</a>`)}
${fact(
  t('package.correlates'),
  linksTo(related.about, (one) => titleOf(one, lang)),
)}
${fact(
  t('package.furtherOf'),
  linksTo(related.before, (one) => timeOf(one.accepted_at)),
)}
${fact(
  t('package.further'),
  linksTo(related.further, (one) => timeOf(one.accepted_at)),
)}
</dl>`;
}

/** Deliveries a recall of which awaits its answer, by what the timeline says; it may stand behind an update that awaits one. */
function recallsAwaited(events: readonly EventRow[]): ReadonlySet<string> {
  const awaited = new Map<string, string>();
  for (const { type, delivery_id, data } of events) {
    if (!RECALL_EVENTS.has(type) || delivery_id === null) continue;
    const { purpose, requestPackageId = '' } = JSON.parse(data) as Record<string, string>;
    const key = `${delivery_id} ${requestPackageId}`;
    if (type !== 'recall-requested') awaited.delete(key);
    else if (purpose === 'recall') awaited.set(key, delivery_id);
  }
  return new Set(awaited.values());
}

const RECALL_EVENTS = new Set(['recall-requested', 'recall-agreed', 'recall-refused']);

/**
 * It is asked back from all who have it: asking once more would only be sent to them again. While an update or replacement is awaited,
 * or after it was agreed to, it may still be taken back.
 */
function isAskedBack(deliveries: readonly DeliveryRow[], recalls: ReadonlySet<string>): boolean {
  const standing = deliveries.filter(({ state }) => !['withdrawn', 'refused'].includes(state));
  return standing.length > 0 && standing.every(({ id }) => recalls.has(id));
}

/** Where its recipient says what becomes of it; null where nothing may be said. */
function answerLink(
  { t, principal }: SignedInView,
  pkg: PackageRow,
  deliveries: readonly DeliveryRow[],
): SafeHtml | null {
  if (pkg.kind !== 'document' || purposeOf(pkg) === 'recall') return null;
  const own = deliveries.find(
    ({ recipient, state, seq, business_status: status, recall }) =>
      principal.agency === recipient &&
      mayActFor(principal, recipient) &&
      seq !== null &&
      state !== 'withdrawn' &&
      answersAfter(status, recall).length > 0,
  );
  return own === undefined
    ? null
    : html`<p><a class="button" href="/hop-den?xem=tat-ca#${own.id}">${t('package.answer')}</a></p>`;
}

/** The sender's way to take the document back; null where there is nothing to take back. */
function recallForm(
  view: SignedInView,
  pkg: PackageRow,
  deliveries: readonly DeliveryRow[],
  recalls: ReadonlySet<string>,
): SafeHtml | null {
  const { t, principal } = view;
  const isPossible = pkg.state !== 'withdrawn' && isRecallable(pkg) && !isAskedBack(deliveries, recalls);
  const isOwn = !Object.hasOwn(SYSTEMS, pkg.origin) || ['api', 'vxp-server'].includes(pkg.origin);
  if (!isPossible || !isOwn || !mayActFor(principal, pkg.sender)) return null;
  return html`<details class="answer"><summary>${t('recall.open')}</summary>
<form method="post" action="/api/v1/packages/${pkg.id}/recall" data-action>
<p>${t('recall.hint')}</p>
<label for="recall-reason">${t('recall.reason')}</label><input type="text" id="recall-reason" name="reason" maxlength="500" required>
<p class="buttons"><button class="danger">${t('recall.do')}</button></p><output role="alert"></output></form></details>`;
}

function technical(view: SignedInView, pkg: PackageRow, recall: SafeHtml | null): SafeHtml {
  const { t, lang, principal } = view;
  const agencies = visibleAgencies(principal);
  const mayProve = agencies === null || agencies.includes(pkg.sender);
  return html`<section class="card"><details class="more"><summary>${t('package.more')}</summary><dl class="facts">
${fact(t('package.id'), html`<code>${pkg.id}</code>`)}
${fact(t('package.documentId'), html`<code>${pkg.document_id}</code>`)}
${fact(t('package.origin'), codeText(SYSTEMS, pkg.origin, lang))}
${fact(t('package.sha256'), html`<code>${pkg.payload_sha256}</code> (${sizeText(pkg.size, lang)})`)}
</dl></details>
<p class="links">${pkg.payload_removed_at === null ? html`<a class="button" href="/api/v1/packages/${pkg.id}/content" download>${t('package.download')}</a>` : null} ${mayProve ? html`<a class="button" href="/api/v1/packages/${pkg.id}/evidence" download="${pkg.id}.json">${t('package.evidence')}</a>` : null}</p>
${recall}</section>`;
}

function reportOf(view: SignedInView, verification: VerificationRow): SafeHtml {
  const report = JSON.parse(verification.report) as VerificationReport;
  return html`<details class="more"><summary>${view.t('files.report')} <small>${view.t('files.checkedAt', { time: '' })}${timeOf(verification.at)}</small></summary>${renderReport<SafeHtml>(element, report, clientWords(view.lang), view.lang)}</details>`;
}

function fileItem(
  view: SignedInView,
  pkg: PackageRow,
  file: Pick<EdxmlAttachment, 'name' | 'sha256' | 'sizeBytes'>,
  verification: VerificationRow | undefined,
): SafeHtml {
  const { t } = view;
  return html`<li data-key="${file.sha256}"><p class="file"><a href="/api/v1/packages/${pkg.id}/attachments/${file.sha256}" download aria-label="${t('files.download', { name: file.name })}"><bdi>${file.name}</bdi></a> <small>${sizeText(file.sizeBytes, view.lang)}</small>
${verification === undefined ? null : verdictBadge(verification.verdict, view.lang)}</p>${verification === undefined ? null : reportOf(view, verification)}</li>`;
}

function filesSection(
  view: SignedInView,
  pkg: PackageRow,
  metadata: Metadata,
  verifications: readonly VerificationRow[],
): SafeHtml | null {
  const { t } = view;
  const attachments = metadata.attachments ?? [];
  if (
    pkg.kind === 'status' ||
    (attachments.length === 0 && verifications.length === 0 && pkg.kind !== 'document')
  )
    return null;
  const verdictOf = (sha256: string, name: string): VerificationRow | undefined =>
    verifications.find((row) => row.sha256 === sha256 && row.name === name) ??
    verifications.find((row) => row.sha256 === sha256);
  const items = attachments.map((file) => fileItem(view, pkg, file, verdictOf(file.sha256, file.name)));
  // Files of a dossier are not attachments of an edXML message: they are named with their verdict, not offered.
  const others = verifications
    .filter((row) => !attachments.some((file) => file.sha256 === row.sha256))
    .map(
      (row) =>
        html`<li data-key="${row.sha256}"><p class="file"><bdi>${row.name}</bdi> ${verdictBadge(row.verdict, view.lang)}</p>${reportOf(view, row)}</li>`,
    );
  const empty = items.length + others.length > 0 ? null : html`<p class="muted">${t('files.none')}</p>`;
  return html`<section class="card" aria-labelledby="files-title"><h2 id="files-title">${t('files.title')}</h2>${empty}<ul class="files" data-live="files" data-keyed>${items}${others}</ul></section>`;
}

/** Only documents that go out from here have a legal limit. */
function clockOf(deps: ConsoleDeps, pkg: PackageRow, delivery: DeliveryRow): Deadline | null {
  const goesOut = pkg.kind === 'document' && !deps.x.counterparties.has(pkg.origin);
  return goesOut ? deliveryDeadline(deps.clock, pkg, delivery, deps.x.now()) : null;
}

/** The page of one package; null when there is none the holder may see. */
export async function packagePage(
  view: SignedInView,
  deps: ConsoleDeps,
  id: string,
  all: boolean,
): Promise<SafeHtml | null> {
  const tx = deps.x.store.read;
  const found = await findPackage(tx, id);
  const deliveries =
    found === undefined ? null : visibleDeliveries(view.principal, found, await listDeliveries(tx, id));
  if (found === undefined || deliveries === null) return null;
  const [verifications, rows] = await Promise.all([listVerifications(tx, id), listEvents(tx, id)]);
  // Read after the events, so that events appended meanwhile are not taken for a break; the head is looked at last.
  const pkg = (await findPackage(tx, id)) ?? found;
  const checked = rows.slice(0, pkg.event_seq);
  const upTo = checked.at(-1);
  const head =
    rows.length < pkg.event_seq && upTo !== undefined && pkg.event_seq > found.event_seq
      ? { seq: upTo.seq, hash: upTo.hash }
      : { seq: pkg.event_seq, hash: pkg.event_head };
  const intact = verifyEventChain(checked, head) === null;
  const visible = new Set(deliveries.map((delivery) => delivery.id));
  const steps = stepsOf(rows.filter((row) => row.delivery_id === null || visible.has(row.delivery_id)));
  const names = await namesOf(
    tx,
    [pkg],
    deliveries,
    rows.map((row) => row.actor),
  );
  const metadata = metadataOf(pkg);
  return pageOf(view, {
    title: titleOf(pkg, view.lang),
    nav: 'packages',
    body: html`${heading(view, pkg, metadata, deliveries, await relatedTo(view, tx, pkg))}
${arrivalSection(view, pkg)}
${deliveries.length === 0 ? null : recipientsSection(view, pkg, deliveries, all, (delivery) => clockOf(deps, pkg, delivery))}
${filesSection(view, pkg, metadata, verifications)}
${timelineSection(view, steps, names, { intact, length: checked.length }, { all, allAddress: `/goi-tin/${pkg.id}?day-du=1` })}
${technical(view, pkg, recallForm(view, pkg, deliveries, recallsAwaited(rows)))}`,
  });
}
