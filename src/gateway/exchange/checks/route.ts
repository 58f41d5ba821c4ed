/** Route: where each delivery of a checked package goes, in the transaction that decides it. */
import { appendToMany, type NewEvent } from '../../evidence/index.ts';
import {
  type DeliveryRow,
  enqueue,
  holdDeliveries,
  listDeliveries,
  makeAllAvailable,
  type PackageRow,
  type Queries,
  queueDeliveries,
} from '../../store/index.ts';
import type { Exchange } from '../ports.ts';
import { deliveryMessage, INBOX_SYSTEM } from '../routing.ts';
import { refreshPackageState } from '../status/package-state.ts';
import type { Checked } from './verify.ts';

/** Why deliveries are not handed on until a person has looked. */
export interface Hold {
  readonly code: string;
  readonly vi: string;
}

/** A status without a document: a person must look. */
export const UNKNOWN_DOCUMENT: Hold = {
  code: 'STATUS_FOR_UNKNOWN_DOCUMENT',
  vi: 'Trạng thái này nói về một văn bản chưa từng gửi qua trục; chờ người kiểm tra.',
};

/** The reason an inbound package is not handed on, when the operator's policy says so. */
export function refusal(
  x: Exchange,
  pkg: Pick<PackageRow, 'origin'>,
  checked: readonly Checked[],
): Hold | null {
  if (x.settings.verifyInbound !== 'refuse' || !x.counterparties.has(pkg.origin)) return null;
  const failed = checked.find((item) => item.report?.verdict === 'TOTAL-FAILED');
  if (failed === undefined) return null;
  return {
    code: 'SIGNATURE_FAILED',
    vi: `Chữ ký của tệp ${failed.name} không hợp lệ; theo chính sách, văn bản chờ người có thẩm quyền quyết định.`,
  };
}

/** What the timeline says about where a delivery went. */
export function routeEvent(
  delivery: Pick<DeliveryRow, 'id' | 'recipient' | 'system'>,
  hold: Hold | null,
): NewEvent {
  const { id: deliveryId, recipient, system } = delivery;
  const actor = 'gateway';
  if (hold !== null)
    return { type: 'parked', actor, deliveryId, data: { code: hold.code, reason: hold.vi, recipient } };
  if (system === INBOX_SYSTEM) return { type: 'available', actor, deliveryId, data: { recipient } };
  return { type: 'routed', actor, deliveryId, data: { recipient, system } };
}

/** Routes every delivery that is still `accepted`, however many, in a few statements. @returns how many messages were written. */
export async function route(
  x: Exchange,
  tx: Queries,
  pkg: PackageRow,
  events: readonly NewEvent[],
  hold: Hold | null,
  now: number,
): Promise<number> {
  const open = (await listDeliveries(tx, pkg.id)).filter((delivery) => delivery.state === 'accepted');
  const local = hold === null ? open.filter((delivery) => delivery.system === INBOX_SYSTEM) : [];
  const remote = hold === null ? open.filter((delivery) => delivery.system !== INBOX_SYSTEM) : [];
  if (hold !== null) await holdDeliveries(tx, open, hold.code, hold.vi, now);
  await makeAllAvailable(tx, local, now);
  await queueDeliveries(tx, remote, now + x.settings.redriveMs, now);
  await enqueue(
    tx,
    remote.map((delivery) => deliveryMessage(pkg, delivery)),
    now,
  );
  const told = [...events, ...open.map((delivery) => routeEvent(delivery, hold))];
  if (told.length > 0) await appendToMany(tx, [{ packageId: pkg.id, events: told }], now);
  await refreshPackageState(tx, pkg.id, now);
  return remote.length;
}
