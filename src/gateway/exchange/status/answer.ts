/** A recipient's answer (QĐ 28/2018 status) to a document in its inbox: built as an edXML status message and sent back. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  buildEdxml,
  type EdxmlDocument,
  type EdxmlStatus,
  formatVietnamTime,
  isStatusMoveAllowed,
  STATUS_CODES,
} from '../../../packages/index.ts';
import { findAgencies } from '../../directory/index.ts';
import {
  type DeliveryRow,
  findAnswerSent,
  findDelivery,
  findPackage,
  lockDelivery,
  type PackageRow,
  type Queries,
  updateDelivery,
} from '../../store/index.ts';
import { acceptEdxml, type Submitter } from '../accept.ts';
import { replayed } from '../document.ts';
import { ExchangeError } from '../errors.ts';
import type { Accepted } from '../intake.ts';
import type { Exchange } from '../ports.ts';
import { findAsked, isRecallAnswer } from '../recall/settle.ts';
import { refreshPackageState } from './package-state.ts';
import { noteAnswer } from './track.ts';

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
 * @throws ExchangeError DELIVERY_UNKNOWN, STATUS_NOT_ALLOWED, IDEMPOTENCY_CONFLICT.
 */
export async function answerDelivery(
  x: Exchange,
  deliveryId: string,
  request: StatusRequest,
  submitter: Submitter,
  idempotency?: { scope: string; key: string },
): Promise<Accepted> {
  const requestSha256 = createHash('sha256')
    .update(JSON.stringify([deliveryId, request]))
    .digest('hex');
  const before = await replayed(x, idempotency, requestSha256);
  if (before !== null) return before;
  const { delivery, pkg } = await ownDocument(x, deliveryId, submitter);
  const said = await saidBefore(x, pkg, delivery, request.statusCode);
  if (said !== null) return said;
  await assertMayFollow(x.store.read, delivery, request.statusCode);
  const status = await statusMessage(x, delivery, pkg, request);
  return acceptEdxml(x, buildEdxml(status), submitter, {
    correlates: pkg.id,
    requestSha256,
    ...(idempotency === undefined ? {} : { idempotency }),
    also: (tx, statusPackage) =>
      noteAtOnce(x, tx, pkg, delivery.id, request.statusCode, submitter.actor, statusPackage.id),
  });
}

/** A document that was refused without anybody asking; `also` runs in the transaction that accepts the status. */
export async function answerByPolicy(
  x: Exchange,
  delivery: DeliveryRow,
  pkg: PackageRow,
  request: Pick<StatusRequest, 'statusCode' | 'description'>,
  also: (tx: Queries, statusPackageId: string) => Promise<void>,
): Promise<Accepted> {
  const { recipient, id } = delivery;
  const submitter = { origin: 'api', actor: recipient, maySendFor: (code: string) => code === recipient };
  const status = await statusMessage(x, delivery, pkg, request);
  return acceptEdxml(x, buildEdxml(status), submitter, {
    correlates: pkg.id,
    async also(tx, statusPackage) {
      await also(tx, statusPackage.id);
      await noteAtOnce(x, tx, pkg, id, request.statusCode, recipient, statusPackage.id);
    },
  });
}

/** Not in the inbox, but its recipient decides about it: look, return it with 02, or let it in. */
export function isHeldForSignature(delivery: Pick<DeliveryRow, 'reason_code'>): boolean {
  return delivery.reason_code === 'SIGNATURE_FAILED' || delivery.reason_code === 'SIGNATURE_REFUSED';
}

async function ownDocument(
  x: Exchange,
  deliveryId: string,
  submitter: Submitter,
): Promise<{ delivery: DeliveryRow; pkg: PackageRow }> {
  const delivery = await findDelivery(x.store.read, deliveryId);
  const pkg = delivery === undefined ? undefined : await findPackage(x.store.read, delivery.package_id);
  const isHere = delivery !== undefined && (delivery.seq !== null || isHeldForSignature(delivery));
  const isOwn = isHere && submitter.maySendFor(delivery.recipient);
  if (!isOwn || pkg?.kind !== 'document') {
    throw new ExchangeError('DELIVERY_UNKNOWN', {
      vi: 'Không có văn bản này trong hộp đến.',
      en: 'There is no such document in the inbox.',
    });
  }
  return { delivery, pkg };
}

/** A status that may not be told twice (a second click) gets the first answer; of 15 and 16 each request awaits its own. */
async function saidBefore(
  x: Exchange,
  pkg: PackageRow,
  delivery: DeliveryRow,
  code: StatusRequest['statusCode'],
): Promise<Accepted | null> {
  if (isStatusMoveAllowed(code, code)) return null;
  const isAwaited =
    isRecallAnswer(code) && (await findAsked(x.store.read, pkg.id, [delivery.recipient])).length > 0;
  if (isAwaited) return null;
  const sent = await findAnswerSent(x.store.read, pkg.id, delivery.recipient, code);
  return sent === undefined
    ? null
    : { packageId: sent.id, documentId: sent.document_id, state: sent.state, repeated: true };
}

/**
 * A request of the sender is answered before anything else is said; a document taken back takes no more answers.
 * @throws ExchangeError STATUS_NOT_ALLOWED, naming the present status and what is waited for.
 */
async function assertMayFollow(
  tx: Queries,
  delivery: DeliveryRow,
  code: StatusRequest['statusCode'],
): Promise<void> {
  if (delivery.state === 'withdrawn') {
    throw new ExchangeError('STATUS_NOT_ALLOWED', {
      vi: 'Văn bản này đã được bên gửi thu hồi; không còn gì để trả lời.',
      en: 'The sender has taken this document back; there is nothing left to answer.',
    });
  }
  if (isRecallAnswer(code) && (await findAsked(tx, delivery.package_id, [delivery.recipient])).length > 0)
    return;
  if (delivery.recall === 'requested') {
    throw new ExchangeError('STATUS_NOT_ALLOWED', {
      vi: 'Bên gửi đang yêu cầu lấy lại hoặc sửa văn bản này; hãy trả lời 15 (đồng ý) hoặc 16 (từ chối) trước.',
      en: 'The sender asks for this document back, or to change it; answer 15 (agreed) or 16 (refused) first.',
    });
  }
  if (isStatusMoveAllowed(delivery.business_status ?? undefined, code)) return;
  throw new ExchangeError('STATUS_NOT_ALLOWED', {
    vi: `Văn bản đang ở trạng thái ${delivery.business_status ?? '(chưa có)'}; không thể chuyển sang ${code} (${STATUS_CODES[code].vi}).`,
    en: `The document is in status ${delivery.business_status ?? '(none)'}; ${code} may not follow.`,
  });
}

async function statusMessage(
  x: Exchange,
  delivery: DeliveryRow,
  pkg: PackageRow,
  request: StatusRequest,
): Promise<EdxmlStatus> {
  const document = JSON.parse(pkg.metadata) as EdxmlDocument;
  const agency = (await findAgencies(x.store.read, [delivery.recipient])).get(delivery.recipient);
  const staffInfo = Object.fromEntries(
    Object.entries(request.staff ?? {}).filter(([, value]) => value !== undefined),
  );
  // The sender knows the recipient by the code it wrote, of whichever generation.
  const names = agency === undefined ? [] : [agency.code, agency.other_code];
  const organId = document.to.find((organ) => names.includes(organ.organId))?.organId ?? delivery.recipient;
  return {
    kind: 'status',
    from: { organId, organName: agency?.name ?? delivery.recipient_name },
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
}

/** A document that came from an axis has its status noted here; one of our own senders gets it through `applyStatus`. */
async function noteAtOnce(
  x: Exchange,
  tx: Queries,
  pkg: PackageRow,
  deliveryId: string,
  code: StatusRequest['statusCode'],
  actor: string,
  statusPackageId: string,
): Promise<void> {
  if (!x.counterparties.has(pkg.origin)) return;
  const current = await lockDelivery(tx, deliveryId);
  if (current === undefined) return;
  // Two people may answer at once: the second is judged by what the first said.
  await assertMayFollow(tx, current, code);
  // Held because of its signatures, and now returned: nobody waits for it any more.
  if (code === '02' && current.state === 'parked')
    await updateDelivery(tx, deliveryId, { state: 'refused', updated_at: x.now() });
  await noteAnswer(tx, current, code, actor, statusPackageId, x.now());
  if (code === '02') await refreshPackageState(tx, pkg.id, x.now());
}
