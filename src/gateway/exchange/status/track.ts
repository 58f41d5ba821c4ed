/** Track: what a status says about a document sent before, and the state of a package from its deliveries. */
import {
  BUSINESS_DOC_TYPES,
  documentKey,
  type EdxmlStatus,
  isStatusMoveAllowed,
  STATUS_CODES,
  type StatusCode,
} from '../../../packages/index.ts';
import { codesOf } from '../../directory/index.ts';
import { appendEvents } from '../../evidence/index.ts';
import {
  type DeliveryRow,
  findDeliveryTo,
  findSentDocument,
  type PackageRow,
  type Queries,
  setPackageState,
  updateDelivery,
} from '../../store/index.ts';
import { answeredDocumentId } from '../accept.ts';

const BUSINESS_TYPES = Object.keys(BUSINESS_DOC_TYPES).map(Number);

/**
 * Writes a received status onto the timeline of the document it answers. A late or repeated status is recorded, never
 * lost, and does not move the state back.
 * @returns the document's package id, or null when we never sent such a document.
 */
export async function applyStatus(
  tx: Queries,
  status: EdxmlStatus,
  statusPackage: Pick<PackageRow, 'id' | 'origin'>,
  now: number,
): Promise<string | null> {
  const senders = await codesOf(tx, status.responseFor.organId ?? '');
  const documentId = answeredDocumentId(status);
  const keys = senders.flatMap((sender) =>
    BUSINESS_TYPES.map((type) => documentKey(sender, documentId, type)),
  );
  const document = await findSentDocument(tx, senders, documentId, keys);
  if (document === undefined) return null;
  const delivery = await findDeliveryTo(tx, document.id, await codesOf(tx, status.from.organId));
  if (delivery === undefined) return null;
  const moves = isStatusMoveAllowed(delivery.business_status ?? undefined, status.statusCode);
  const data = {
    code: status.statusCode,
    meaning: STATUS_CODES[status.statusCode as StatusCode].vi,
    description: status.description ?? null,
    statedAt: status.timestamp,
    from: status.from.organId,
    statusPackageId: statusPackage.id,
  };
  const delivered = ['sent', 'sending', 'queued', 'retrying', 'parked'].includes(delivery.state);
  await appendEvents(
    tx,
    document.id,
    [
      // The recipient's own word is the receipt: only now is it delivered (never from the axis' transport answer).
      ...(delivered
        ? [
            {
              type: 'delivered' as const,
              actor: status.from.organId,
              deliveryId: delivery.id,
              data: { by: `status ${status.statusCode}` },
            },
          ]
        : []),
      {
        type: moves ? ('status-received' as const) : ('status-late' as const),
        actor: status.from.organId,
        deliveryId: delivery.id,
        data,
      },
    ],
    now,
  );
  await updateDelivery(tx, delivery.id, {
    ...(delivered ? { state: 'delivered', next_attempt_at: null, lease_owner: null, lease_until: null } : {}),
    ...(moves ? { business_status: status.statusCode } : {}),
    ...(moves && status.statusCode === '02' ? { state: 'refused' } : {}),
    updated_at: now,
  });
  await refreshPackageState(tx, document.id, now);
  return document.id;
}

/** A package's state from its deliveries: anything parked needs attention; all handed over is delivered. */
export function packageStateOf(states: readonly string[]): string {
  if (states.length === 0) return 'done';
  if (states.includes('parked')) return 'attention';
  if (states.every((state) => state === 'refused')) return 'refused';
  if (states.every((state) => ['delivered', 'available', 'fetched', 'refused'].includes(state)))
    return 'delivered';
  return 'in-progress';
}

/** Recomputes and stores it. */
export async function refreshPackageState(tx: Queries, packageId: string, now: number): Promise<void> {
  const rows = await tx
    .selectFrom('deliveries')
    .select('state')
    .distinct()
    .where('package_id', '=', packageId)
    .execute();
  await setPackageState(
    tx,
    packageId,
    packageStateOf(rows.map((row: Pick<DeliveryRow, 'state'>) => row.state)),
    now,
  );
}
