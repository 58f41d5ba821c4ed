/** Sends status 02 for documents that the recipient's policy refuses, with the reason; only then is the delivery refused. */
import { appendEvents } from '../../evidence/index.ts';
import {
  type DeliveryRow,
  findPackage,
  findRefused,
  lockDelivery,
  type Queries,
  updateDelivery,
} from '../../store/index.ts';
import { ExchangeError } from '../errors.ts';
import type { Exchange } from '../ports.ts';
import { answerByPolicy } from '../status/answer.ts';
import { refreshPackageState } from '../status/package-state.ts';
import { SIGNATURE_REFUSED } from './arrival.ts';

const BATCH = 100;

/** Answers every delivery that waits for it, of one package or (the sweep, after a crash) of all. @returns how many. */
export async function sendRefusals(x: Exchange, packageId?: string): Promise<number> {
  let sent = 0;
  for (const delivery of await findRefused(x.store.read, SIGNATURE_REFUSED, packageId, BATCH)) {
    try {
      await refuseOne(x, delivery);
      sent += 1;
    } catch (cause) {
      if (!(cause instanceof ExchangeError)) throw cause;
      await leaveToPerson(x, delivery, cause);
    }
  }
  return sent;
}

async function refuseOne(x: Exchange, delivery: DeliveryRow): Promise<void> {
  const pkg = await findPackage(x.store.read, delivery.package_id);
  if (pkg === undefined) return;
  const { recipient, id: deliveryId } = delivery;
  const reason = delivery.reason ?? '';
  const request = { statusCode: '02' as const, description: `Từ chối tự động theo chính sách: ${reason}` };
  await answerByPolicy(x, delivery, pkg, request, async (tx, statusPackageId) => {
    const now = x.now();
    // Another process may have answered, or a person let it through.
    const current = await lockDelivery(tx, deliveryId);
    if (current?.state !== 'parked' || current.reason_code !== SIGNATURE_REFUSED) throw stale();
    await updateDelivery(tx, deliveryId, { state: 'refused', updated_at: now });
    const data = { recipient, code: SIGNATURE_REFUSED, reason, statusPackageId };
    await appendEvents(tx, pkg.id, [{ type: 'refused', actor: 'gateway', deliveryId, data }], now);
    await refreshPackageState(tx, pkg.id, now);
  });
}

function stale(): ExchangeError {
  return new ExchangeError('STATUS_NOT_ALLOWED', {
    vi: 'Văn bản này đã có quyết định khác.',
    en: 'Something else was decided about this document meanwhile.',
  });
}

/** The sender can't be told (it is not in the directory, say): a person must look, nothing is dropped. */
async function leaveToPerson(x: Exchange, delivery: DeliveryRow, cause: ExchangeError): Promise<void> {
  x.log.warn({ err: cause, deliveryId: delivery.id }, 'a refusal could not be told to the sender');
  const now = x.now();
  await x.store.write(async (tx) => {
    if (!(await isWaiting(tx, delivery.id))) return;
    const code = 'SIGNATURE_FAILED';
    const reason = `${delivery.reason ?? ''} Không gửi được trạng thái 02: ${cause.vi}`;
    await updateDelivery(tx, delivery.id, { reason_code: code, reason, updated_at: now });
    const data = { recipient: delivery.recipient, code, reason };
    const event = { type: 'parked', actor: 'gateway', deliveryId: delivery.id, data } as const;
    await appendEvents(tx, delivery.package_id, [event], now);
  });
}

async function isWaiting(tx: Queries, deliveryId: string): Promise<boolean> {
  const current = await lockDelivery(tx, deliveryId);
  return current?.state === 'parked' && current.reason_code === SIGNATURE_REFUSED;
}
