/**
 * A document may be asked back while an answer to its update is still awaited (13 at any time after 01, QĐ 28/2018): 15 and 16 say
 * nothing of which request they answer, so they answer the oldest, and the others wait behind it.
 */
import {
  type DeliveryRow,
  findDeliveryTo,
  lockName,
  type PackageRow,
  type Queries,
} from '../../store/index.ts';
import { putWaiting, takeWaiting } from './waiting.ts';

/** One at a time asks for a document or answers that. */
export function lockRequests(tx: Queries, documentPackage: string): Promise<void> {
  return lockName(tx, `requests:${documentPackage}`);
}

/** Does the recipient of `delivery` have an older request to answer before `request`? One that never went to it is none. */
export async function isBehind(
  tx: Queries,
  request: string,
  { recall, recall_package_id: front, recipient }: DeliveryRow,
): Promise<boolean> {
  if (recall !== 'requested' || front === null || front === request) return false;
  return (await findDeliveryTo(tx, front, [recipient]))?.state !== 'withdrawn';
}

/** Lets a request wait behind the one that `delivery` is frozen for. */
export function putBehind(tx: Queries, request: string, deliveryId: string, now: number): Promise<void> {
  return putWaiting(tx, keyOf(deliveryId), request, now);
}

/** The next request after an answer, for which the delivery stays frozen; null: none. */
export async function takeNext(
  tx: Queries,
  { id, recipient }: DeliveryRow,
  now: number,
): Promise<PackageRow | null> {
  const waiting: PackageRow[] = [];
  for (const request of await takeWaiting(tx, keyOf(id)))
    if ((await findDeliveryTo(tx, request.id, [recipient]))?.state !== 'withdrawn') waiting.push(request);
  const [next = null, ...others] = waiting;
  for (const other of others) await putBehind(tx, other.id, id, now);
  return next;
}

function keyOf(deliveryId: string): string {
  return `request-behind:${deliveryId}`;
}
