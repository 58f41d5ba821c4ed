/** The recipient's answer to a request: 15 agreed, 16 refused (QĐ 28/2018). Only now is what was asked carried out. */
import { appendEvents } from '../../evidence/index.ts';
import {
  type DeliveryRow,
  findDeliveryTo,
  findPackage,
  findRecallBy,
  type Queries,
  updateDelivery,
} from '../../store/index.ts';
import { refreshPackageState } from '../status/package-state.ts';
import { purposeOf } from './request.ts';

/** Is this status an answer to a request? */
export function isRecallAnswer(code: string): code is '15' | '16' {
  return code === '15' || code === '16';
}

/**
 * The delivery a 15 or 16 of `recipients` (codes of one agency) about the package `documentPackage` decides on: that
 * package's own, or the one it asked back. Undefined: nobody waits for such an answer.
 */
export async function findAsked(
  tx: Queries,
  documentPackage: string,
  recipients: readonly string[],
): Promise<DeliveryRow | undefined> {
  const own = await findDeliveryTo(tx, documentPackage, recipients);
  return own?.recall === 'requested' ? own : findRecallBy(tx, documentPackage, recipients);
}

/** Writes the answer onto the document asked back and withdraws it when agreed; an agreed update leaves it where it is. */
export async function settleRecall(
  tx: Queries,
  asked: DeliveryRow,
  code: '15' | '16',
  actor: string,
  now: number,
): Promise<void> {
  const request =
    asked.recall_package_id === null ? undefined : await findPackage(tx, asked.recall_package_id);
  const purpose = (request === undefined ? null : purposeOf(request)) ?? 'recall';
  const isWithdrawn = code === '15' && purpose !== 'update';
  const data = { recipient: asked.recipient, purpose, requestPackageId: asked.recall_package_id };
  await updateDelivery(tx, asked.id, {
    recall: code === '15' ? 'agreed' : 'refused',
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
  const own = request && (await findDeliveryTo(tx, request.id, [asked.recipient]));
  if (own !== undefined) await updateDelivery(tx, own.id, { business_status: code, updated_at: now });
  await refreshPackageState(tx, asked.package_id, now);
}
