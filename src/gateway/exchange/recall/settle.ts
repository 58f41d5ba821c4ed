/** The recipient's answer to a request: 15 agreed, 16 refused (QĐ 28/2018). Only now is what was asked carried out. */
import { normalizeDocumentId } from '../../../packages/index.ts';
import { appendEvents } from '../../evidence/index.ts';
import {
  type DeliveryRow,
  findDeliveryTo,
  findPackage,
  findRecallsBy,
  lockDelivery,
  lockHeads,
  type PackageRow,
  type Queries,
  recordAnswers,
  updateDelivery,
} from '../../store/index.ts';
import { refreshPackageState } from '../status/package-state.ts';
import { lockRequests, takeNext } from './queue.ts';
import { purposeOf } from './request.ts';

/** Is this status an answer to a request? */
export function isRecallAnswer(code: string): code is '15' | '16' {
  return code === '15' || code === '16';
}

/**
 * The deliveries a 15 or 16 of `recipients` (codes of one agency) about the package `documentPackage` decides on: that package's
 * own, with the others under its identifier that were asked back with it (a document and its update); or all it asked back itself.
 * None: nobody waits for such an answer.
 */
export async function findAsked(
  tx: Queries,
  documentPackage: string,
  recipients: readonly string[],
): Promise<readonly DeliveryRow[]> {
  const own = await findDeliveryTo(tx, documentPackage, recipients);
  if (own?.recall !== 'requested') return findRecallsBy(tx, documentPackage, recipients);
  const together =
    own.recall_package_id === null ? [] : await findRecallsBy(tx, own.recall_package_id, recipients);
  const named = await nameOf(tx, documentPackage);
  const same: DeliveryRow[] = [];
  for (const other of together) {
    if (other.id === own.id || (await nameOf(tx, other.package_id)) === named) same.push(other);
  }
  return same.length > 0 ? same : [own];
}

/** The identifier of a package's document as it is compared. */
async function nameOf(tx: Queries, packageId: string): Promise<string> {
  return normalizeDocumentId((await findPackage(tx, packageId))?.document_id ?? '');
}

/** Writes the answer onto the documents asked back and withdraws them when agreed; an agreed update leaves them where they are. */
export async function settleRecall(
  tx: Queries,
  asked: readonly DeliveryRow[],
  code: '15' | '16',
  actor: string,
  now: number,
): Promise<void> {
  for (const delivery of asked) await settleOne(tx, delivery, code, actor, now);
}

async function settleOne(
  tx: Queries,
  found: DeliveryRow,
  code: '15' | '16',
  actor: string,
  now: number,
): Promise<void> {
  const asked = await lockDelivery(tx, found.id);
  // Another answer has settled it since it was found.
  if (asked?.recall !== 'requested' || asked.recall_package_id !== found.recall_package_id) return;
  await lockRequests(tx, asked.package_id);
  const request =
    asked.recall_package_id === null ? undefined : await findPackage(tx, asked.recall_package_id);
  const purpose = (request === undefined ? null : purposeOf(request)) ?? 'recall';
  const isWithdrawn = code === '15' && purpose !== 'update';
  const data = { recipient: asked.recipient, purpose, requestPackageId: asked.recall_package_id };
  const next = await takeNext(tx, asked, now);
  const awaited = isWithdrawn || next === null ? null : { recall: 'requested', recall_package_id: next.id };
  await updateDelivery(tx, asked.id, {
    ...(awaited ?? { recall: code === '15' ? 'agreed' : 'refused' }),
    business_status: code,
    ...(isWithdrawn ? { state: 'withdrawn', next_attempt_at: null } : {}),
    updated_at: now,
  });
  await appendEvents(
    tx,
    asked.package_id,
    [
      { type: code === '15' ? 'recall-agreed' : 'recall-refused', actor, deliveryId: asked.id, data },
      ...(isWithdrawn ? [{ type: 'withdrawn' as const, actor, deliveryId: asked.id, data }] : []),
    ],
    now,
  );
  if (request !== undefined) await noteOnRequest(tx, request, asked.recipient, code, actor, now);
  await refreshPackageState(tx, asked.package_id, now);
}

/** The answer is the recipient's own word that it has the request, too. */
async function noteOnRequest(
  tx: Queries,
  request: PackageRow,
  recipient: string,
  code: '15' | '16',
  actor: string,
  now: number,
): Promise<void> {
  await lockHeads(tx, [request.id]);
  const own = await findDeliveryTo(tx, request.id, [recipient]);
  if (own === undefined) return;
  const isReceipt = own.state === 'sent' || own.state === 'sending';
  const state = isReceipt ? 'delivered' : null;
  await recordAnswers(tx, [{ id: own.id, isReceipt, state, businessStatus: code }], now);
  if (!isReceipt) return;
  const receipt = { type: 'delivered', actor, deliveryId: own.id, data: { by: `status ${code}` } } as const;
  await appendEvents(tx, request.id, [receipt], now);
  await refreshPackageState(tx, request.id, now);
}
