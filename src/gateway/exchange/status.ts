/** A recipient's answer (QĐ 28/2018 status) to a document in its inbox: built as an edXML status message and sent back. */
import { z } from 'zod';
import {
  buildEdxml,
  type EdxmlDocument,
  type EdxmlStatus,
  formatVietnamTime,
  isStatusMoveAllowed,
  STATUS_CODES,
} from '../../packages/index.ts';
import { findAgencies } from '../directory/index.ts';
import { appendEvents } from '../evidence/index.ts';
import { findDelivery, findPackage, updateDelivery } from '../store/index.ts';
import { acceptEdxml, type Submitter } from './accept.ts';
import { ExchangeError } from './errors.ts';
import type { Accepted } from './intake.ts';
import type { Exchange } from './ports.ts';

/** Body of `POST /api/v1/inbox/{deliveryId}/statuses`. */
export const statusRequest = z.object({
  statusCode: z.enum(['01', '02', '03', '04', '05', '06', '13', '15', '16']),
  description: z.string().max(500).optional(),
  staff: z
    .object({
      department: z.string().max(200).optional(),
      staff: z.string().max(100).optional(),
      mobile: z.string().max(20).optional(),
      email: z.string().max(100).optional(),
    })
    .optional(),
  timestamp: z.iso.datetime({ offset: true }).optional().describe('default: now'),
});
export type StatusRequest = z.infer<typeof statusRequest>;

/**
 * Sends a status for the document of `deliveryId`.
 * @throws ExchangeError DELIVERY_UNKNOWN, STATUS_NOT_ALLOWED.
 */
export async function answerDelivery(
  x: Exchange,
  deliveryId: string,
  request: StatusRequest,
  submitter: Submitter,
  idempotency?: { scope: string; key: string },
): Promise<Accepted> {
  const delivery = await findDelivery(x.store.read, deliveryId);
  const pkg = delivery === undefined ? undefined : await findPackage(x.store.read, delivery.package_id);
  if (
    delivery === undefined ||
    pkg === undefined ||
    pkg.kind !== 'document' ||
    delivery.seq === null ||
    !submitter.maySendFor(delivery.recipient)
  ) {
    throw new ExchangeError('DELIVERY_UNKNOWN', {
      vi: 'Không có văn bản này trong hộp đến.',
      en: 'There is no such document in the inbox.',
    });
  }
  if (
    !isStatusMoveAllowed(delivery.business_status ?? undefined, request.statusCode) &&
    delivery.business_status !== request.statusCode
  ) {
    throw new ExchangeError('STATUS_NOT_ALLOWED', {
      vi: `Văn bản đang ở trạng thái ${delivery.business_status ?? '(chưa có)'}; không thể chuyển sang ${request.statusCode} (${STATUS_CODES[request.statusCode].vi}).`,
      en: `The document is in status ${delivery.business_status ?? '(none)'}; ${request.statusCode} may not follow.`,
    });
  }
  const document = JSON.parse(pkg.metadata) as EdxmlDocument;
  const agency = (await findAgencies(x.store.read, [delivery.recipient])).get(delivery.recipient);
  const staffInfo = Object.fromEntries(
    Object.entries(request.staff ?? {}).filter(([, value]) => value !== undefined),
  );
  const status: EdxmlStatus = {
    kind: 'status',
    from: { organId: delivery.recipient, organName: agency?.name ?? delivery.recipient_name },
    responseFor: {
      organId: document.from.organId,
      code: pkg.code,
      documentId: document.documentId,
      promulgationDate: document.promulgationInfo.promulgationDate,
    },
    ...(Object.keys(staffInfo).length === 0 ? {} : { staffInfo }),
    statusCode: request.statusCode,
    description: request.description ?? STATUS_CODES[request.statusCode].vi,
    timestamp: formatVietnamTime(new Date(request.timestamp ?? x.now())),
  };
  const accepted = await acceptEdxml(x, buildEdxml(status), submitter, {
    correlates: pkg.id,
    ...(idempotency === undefined ? {} : { idempotency }),
  });
  await noteAnswer(x, pkg.id, pkg.origin, delivery.id, request, submitter.actor, accepted);
  return accepted;
}

/** A document that came from an axis has its status noted here; one of our own senders gets it through `applyStatus`. */
async function noteAnswer(
  x: Exchange,
  packageId: string,
  origin: string,
  deliveryId: string,
  request: StatusRequest,
  actor: string,
  accepted: Accepted,
): Promise<void> {
  if (!x.counterparties.has(origin) || accepted.repeated) return;
  const now = x.now();
  await x.store.write(async (tx) => {
    await updateDelivery(tx, deliveryId, { business_status: request.statusCode, updated_at: now });
    await appendEvents(
      tx,
      packageId,
      [
        {
          type: 'status-sent',
          actor,
          deliveryId,
          data: {
            code: request.statusCode,
            meaning: STATUS_CODES[request.statusCode].vi,
            statusPackageId: accepted.packageId,
          },
        },
      ],
      now,
    );
  });
}
