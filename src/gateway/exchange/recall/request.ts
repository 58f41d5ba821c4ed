/**
 * A sender asks for a document back, corrects or replaces it: status 13, or a document with BussinessDocType 1–3
 * (QCVN 102 §2.2.1, QĐ 28/2018, NĐ 30/2020 art. 18.4). What has not left is kept from leaving; what has left is frozen
 * until the recipient answers 15 or 16.
 */
import {
  type BusinessDocType,
  documentKey,
  type EdxmlDocument,
  type EdxmlStatus,
} from '../../../packages/index.ts';
import { codesOf, codesOfEach } from '../../directory/index.ts';
import { appendEvents, type NewEvent } from '../../evidence/index.ts';
import {
  type DeliveryRow,
  findCorrelated,
  findPackages,
  listDeliveries,
  listDeliveriesOf,
  listPackagesOf,
  lockDeliveries,
  lockHeads,
  mayHaveLeft,
  type PackageRow,
  type Queries,
  setCorrelates,
  UNSENT_STATES,
  updateDeliveries,
  withdrawUnsent,
} from '../../store/index.ts';
import type { Exchange } from '../ports.ts';
import type { Releaser } from '../release.ts';
import {
  answeredDocumentId,
  answeredNumber,
  type DocumentNumber,
  findAnsweredDocuments,
  numberOf,
} from '../status/answered.ts';
import { refreshPackageState } from '../status/package-state.ts';
import { isBehind, lockRequests, putBehind } from './queue.ts';
import { handOn, lockKeys, numberedKey, putWaiting, takeWaiting, waitingKey } from './waiting.ts';

/** What the sender wants done with the document it names. */
export type RecallPurpose = 'recall' | 'update' | 'replacement';

/** One document named by a request; `recipients` null: all of the document's. */
interface Target {
  readonly documentId: string;
  readonly recipients: readonly string[] | null;
  /** Looked for where no document bears the identifier. */
  readonly number?: DocumentNumber | null;
}

const PURPOSES: Readonly<Partial<Record<BusinessDocType, RecallPurpose>>> = {
  1: 'recall',
  2: 'update',
  3: 'replacement',
};
/** Business types a request may be about: a recall itself is not recalled. */
const RECALLABLE_TYPES: readonly BusinessDocType[] = [0, 2, 3];

/** What `pkg` asks for, or null when it is no request. */
export function purposeOf(pkg: Pick<PackageRow, 'kind' | 'metadata' | 'code'>): RecallPurpose | null {
  if (pkg.kind === 'status') return pkg.code === '13' ? 'recall' : null;
  if (pkg.kind !== 'document') return null;
  return PURPOSES[(JSON.parse(pkg.metadata) as EdxmlDocument).business.businessDocType] ?? null;
}

/** Whether a package is a document that can be asked back: a recall itself can not. */
export function isRecallable(pkg: Pick<PackageRow, 'kind' | 'metadata' | 'code'>): boolean {
  return pkg.kind === 'document' && purposeOf(pkg) !== 'recall';
}

function targetsOf(pkg: PackageRow, purpose: RecallPurpose): Target[] {
  if (pkg.kind === 'status') {
    const status = JSON.parse(pkg.metadata) as EdxmlStatus;
    const named = status.responseFor.organId;
    // Some senders write their own code there, as in every other status: then all recipients are meant.
    const recipients = named === undefined || named === status.from.organId ? null : [named];
    return [{ documentId: answeredDocumentId(status), recipients, number: answeredNumber(status) }];
  }
  const document = JSON.parse(pkg.metadata) as EdxmlDocument;
  const to = document.to.map((organ) => organ.organId);
  const replaced = document.business.replacementInfoList ?? [];
  if (purpose === 'replacement' && replaced.length > 0)
    return replaced.map(({ documentId, organIdList }) => ({
      documentId,
      recipients: organIdList.length > 0 ? organIdList : to,
    }));
  // Systems write fields they have nothing for as empty elements.
  return [{ documentId: document.business.documentId || document.documentId, recipients: to }];
}

/**
 * Carries out the gateway's part of a request, in the transaction that routes it: deliveries of the request that are not
 * needed any more are settled before routing looks at them.
 * @returns the package asked back (the first, when several are named), or null: not a request, or no such document here.
 */
export async function applyRequest(
  x: Pick<Exchange, 'counterparties'>,
  tx: Queries,
  pkg: PackageRow,
  now: number,
): Promise<string | null> {
  const purpose = purposeOf(pkg);
  if (purpose === null) return null;
  let first: string | null = null;
  const asked = nobodyAsked();
  for (const target of targetsOf(pkg, purpose)) {
    const { origin, sender } = pkg;
    const numbered = target.number ? [numberedKey(origin, sender, target.number)] : [];
    const keys = [waitingKey(origin, sender, target.documentId), ...numbered];
    const fromAxis = x.counterparties.has(origin);
    if (fromAxis) await lockKeys(tx, keys);
    const originals = await originalsOf(x, tx, pkg, target);
    first ??= originals[0]?.id ?? null;
    // Newest first: of an update that has not left nothing is waited for any more.
    for (const original of originals.toReversed())
      await askBack(tx, pkg, purpose, original, await recipientsOf(tx, pkg, target), asked, now);
    if (originals.length > 0 || !fromAxis) continue;
    for (const key of keys) await putWaiting(tx, key, pkg.id, now);
  }
  if (purpose === 'recall') await dropRequests(tx, pkg, asked, now);
  if (first !== null) await noteDocument(tx, pkg, first);
  return first;
}

async function noteDocument(tx: Queries, { id, correlates }: PackageRow, document: string): Promise<void> {
  if (correlates === null) await setCorrelates(tx, [{ id, correlates: document }]);
}

/** Codes of those a request is about, as deliveries bear them; null: all who have the document. */
async function recipientsOf(
  tx: Queries,
  request: PackageRow,
  { recipients }: Target,
): Promise<ReadonlySet<string> | null> {
  if (recipients === null) return null;
  const all = new Set(recipients.flatMap(await codesOfEach(tx, recipients)));
  if (request.further_of === null) return all;
  // The others were asked by the package before.
  const own = (await listDeliveries(tx, request.id)).map(({ recipient }) => recipient);
  return new Set(own.filter((code) => all.has(code)));
}

/**
 * Carries out requests that came over an axis before the document they name, now that it is in its inboxes; in the transaction
 * that put it there. A request answers once: one that found its document is forgotten here, and takes effect on no other one but on
 * what brings the same to further agencies.
 */
export async function applyEarlierRequests(
  x: Releaser,
  tx: Queries,
  pkg: PackageRow,
  now: number,
): Promise<void> {
  if (!x.counterparties.has(pkg.origin) || !isRecallable(pkg)) return;
  const senders = await codesOf(tx, pkg.sender);
  const names = senders.map((sender) => waitingKey(pkg.origin, sender, pkg.document_id));
  const number = numberOf(pkg);
  const keys = [...names, ...senders.map((sender) => numberedKey(pkg.origin, sender, number))];
  await lockKeys(tx, keys);
  const earlier: PackageRow[] = [];
  for (const key of keys) {
    // One that waited under its document's other name, too, has found it.
    const waiting = await takeWaiting(tx, key);
    earlier.push(...waiting.filter(({ kind, correlates }) => kind !== 'status' || correlates === null));
  }
  if (pkg.further_of !== null) earlier.push(...(await requestsAbout(tx, pkg.further_of)));
  for (const request of new Map(earlier.map((row) => [row.id, row])).values()) {
    const purpose = purposeOf(request);
    if (purpose === null || request.id === pkg.id) continue;
    const targets = targetsOf(request, purpose);
    const named = targets.find(({ documentId }) =>
      names.includes(waitingKey(pkg.origin, request.sender, documentId)),
    );
    // One that names one document was found by its number.
    const target = named ?? (targets.length === 1 ? targets[0] : undefined);
    if (target === undefined) continue;
    const asked = nobodyAsked();
    await askBack(tx, request, purpose, pkg, await recipientsOf(tx, request, target), asked, now);
    if (purpose === 'recall') await dropRequests(tx, request, asked, now);
    await noteDocument(tx, request, pkg.id);
    if (request.kind === 'status') await handOn(x, tx, request, now);
  }
}

/** The requests about a document that took effect on the package `first`, or on what brought it to further agencies. */
async function requestsAbout(tx: Queries, first: string): Promise<PackageRow[]> {
  const deliveries = await listDeliveriesOf(tx, await listPackagesOf(tx, first));
  const ids = new Set(deliveries.flatMap(({ recall_package_id: id }) => id ?? []));
  return [...(await findCorrelated(tx, first)), ...(await findPackages(tx, [...ids]))];
}

/** Documents of the same sender under `documentId` that came the same way: an axis cannot take back what our own agency sent. */
async function originalsOf(
  x: Pick<Exchange, 'counterparties'>,
  tx: Queries,
  pkg: PackageRow,
  { documentId, number = null }: Target,
): Promise<PackageRow[]> {
  const senders = await codesOf(tx, pkg.sender);
  const fromAxis = x.counterparties.has(pkg.origin);
  const keys = senders
    .flatMap((sender) => RECALLABLE_TYPES.map((type) => documentKey(sender, documentId, type)))
    .map((key) => (fromAxis ? `in:${pkg.origin}:${key}` : key));
  const found = await findAnsweredDocuments(tx, { senders, documentId, keys }, number);
  return found.filter((row) => {
    const sameWay = fromAxis ? row.origin === pkg.origin : !x.counterparties.has(row.origin);
    return row.id !== pkg.id && sameWay && (fromAxis || isEarlier(row, pkg)) && purposeOf(row) !== 'recall';
  });
}

/**
 * What our own agencies hand in is asked back by what they hand in later only: a document that follows under the same number,
 * sent at once after the recall, is the right one. (An axis may bring a request before its document.)
 */
function isEarlier(row: PackageRow, request: PackageRow): boolean {
  if (row.accepted_at !== request.accepted_at) return row.accepted_at < request.accepted_at;
  return row.id < request.id;
}

/** What became of one request, by recipient: several documents may bear the identifier it names. */
interface Asked {
  /** Has a document that is frozen until it answers. */
  readonly frozen: Set<string>;
  /** Was to get a document that has not left. */
  readonly spared: Set<string>;
}

function nobodyAsked(): Asked {
  return { frozen: new Set(), spared: new Set() };
}

async function askBack(
  tx: Queries,
  pkg: PackageRow,
  purpose: RecallPurpose,
  original: PackageRow,
  recipients: ReadonlySet<string> | null,
  asked: Asked,
  now: number,
): Promise<void> {
  await lockHeads(tx, [original.id]);
  await lockRequests(tx, original.id);
  const found = (await listDeliveries(tx, original.id)).filter(
    ({ recipient, state }) =>
      (recipients === null || recipients.has(recipient)) && state !== 'withdrawn' && state !== 'refused',
  );
  const ids = found.map(({ id }) => id);
  // An update leaves what has not left alone: it goes out first, the update after it.
  const kept = purpose === 'update' ? new Set() : await withdrawUnsent(tx, ids, pkg.id, now);
  // Whoever sends takes a delivery without asking for the package: it may have been taken since it was found.
  const rest = await lockDeliveries(
    tx,
    ids.filter((id) => !kept.has(id)),
  );
  const told: NewEvent[] = [];
  const left: DeliveryRow[] = [];
  for (const { id, recipient } of found) {
    const about = { actor: pkg.sender, deliveryId: id };
    const data = { recipient, purpose, requestPackageId: pkg.id };
    const delivery = rest.get(id);
    if (kept.has(id)) {
      asked.spared.add(recipient);
      told.push({ type: 'withdrawn', ...about, data: { ...data, beforeSending: true } });
    } else if (delivery !== undefined && mayHaveLeft(delivery)) {
      left.push(delivery);
      asked.frozen.add(recipient);
      told.push({ type: 'recall-requested', ...about, data });
    }
  }
  await freeze(tx, pkg, left, now);
  if (told.length > 0) await appendEvents(tx, original.id, told, now);
  await refreshPackageState(tx, original.id, now);
}

/** Nothing to ask a recipient who got none of the documents; what has left has left. */
async function dropRequests(tx: Queries, pkg: PackageRow, asked: Asked, now: number): Promise<void> {
  const needless = (await listDeliveries(tx, pkg.id)).filter(
    ({ recipient }) => asked.spared.has(recipient) && !asked.frozen.has(recipient),
  );
  const gone = await updateDeliveries(
    tx,
    needless.map(({ id }) => id),
    { state: 'withdrawn', next_attempt_at: null, updated_at: now },
    UNSENT_STATES,
  );
  const told = needless
    .filter(({ id }) => gone.has(id))
    .map(({ id, recipient }): NewEvent => {
      const data = { recipient, purpose: 'recall', notNeeded: true };
      return { type: 'withdrawn', actor: 'gateway', deliveryId: id, data };
    });
  if (told.length > 0) await appendEvents(tx, pkg.id, told, now);
}

/** Freezes deliveries until their recipients have answered; requests are answered in the order in which they reach them. */
async function freeze(
  tx: Queries,
  pkg: PackageRow,
  deliveries: readonly DeliveryRow[],
  now: number,
): Promise<void> {
  const asked: string[] = [];
  for (const delivery of deliveries) {
    if (await isBehind(tx, pkg.id, delivery)) await putBehind(tx, pkg.id, delivery.id, now);
    else asked.push(delivery.id);
  }
  await updateDeliveries(tx, asked, { recall: 'requested', recall_package_id: pkg.id, updated_at: now });
}
