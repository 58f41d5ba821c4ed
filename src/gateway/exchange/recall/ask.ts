/** A sender's "take it back": the gateway builds the recall (BussinessDocType 1) from the document itself and sends it. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { buildEdxml, type EdxmlDocument, formatVietnamTime } from '../../../packages/index.ts';
import { findPackage, type PackageRow } from '../../store/index.ts';
import { acceptEdxml, type Submitter } from '../accept.ts';
import { replayed } from '../document.ts';
import { ExchangeError } from '../errors.ts';
import type { Accepted } from '../intake.ts';
import type { Exchange } from '../ports.ts';
import { isRecallable } from './request.ts';

/** Body of `POST /api/v1/packages/{id}/recall`. */
export const recallRequest = z.object({
  reason: z.string().trim().min(1).max(500).describe('why, shown to every recipient (BussinessDocReason)'),
});
export type RecallRequest = z.infer<typeof recallRequest>;

/**
 * Asks every recipient of a document to give it back; what has not left yet is withdrawn at once. Asking twice for one
 * document gives the first answer.
 * @throws ExchangeError RECALL_NOT_POSSIBLE, SENDER_NOT_ALLOWED, IDEMPOTENCY_CONFLICT, DOCUMENT_CONFLICT (asked before with another reason).
 */
export async function askRecall(
  x: Exchange,
  packageId: string,
  request: RecallRequest,
  submitter: Submitter,
  idempotency?: { scope: string; key: string },
): Promise<Accepted> {
  const requestSha256 = createHash('sha256')
    .update(JSON.stringify(['recall', packageId, request]))
    .digest('hex');
  const before = await replayed(x, idempotency, requestSha256);
  if (before !== null) return before;
  const pkg = await findPackage(x.store.read, packageId);
  if (pkg === undefined || x.counterparties.has(pkg.origin) || !submitter.maySendFor(pkg.sender)) {
    throw new ExchangeError('SENDER_NOT_ALLOWED', {
      vi: 'Chỉ cơ quan gửi mới được thu hồi văn bản.',
      en: 'Only the agency that sent a document may take it back.',
    });
  }
  assertRecallable(pkg);
  return acceptEdxml(x, buildEdxml(recallOf(pkg, request, x.now())), submitter, {
    requestSha256,
    correlates: pkg.id,
    ...(idempotency === undefined ? {} : { idempotency }),
  });
}

function assertRecallable(pkg: PackageRow): void {
  if (pkg.state !== 'withdrawn' && isRecallable(pkg)) return;
  throw new ExchangeError('RECALL_NOT_POSSIBLE', {
    vi: 'Chỉ thu hồi được văn bản đã gửi và chưa bị thu hồi.',
    en: 'Only a document that was sent and not taken back yet can be recalled.',
  });
}

/** The recall names the document by its own DocumentId, as the axis' samples do, and carries no file. */
function recallOf(pkg: PackageRow, { reason }: RecallRequest, now: number): EdxmlDocument {
  const { signatureXml: _signature, ...document } = JSON.parse(pkg.metadata) as EdxmlDocument;
  return {
    ...document,
    business: { businessDocType: 1, businessDocReason: reason, documentId: document.documentId, paper: 0 },
    traceHeaders: [{ organId: document.from.organId, timestamp: formatVietnamTime(new Date(now)) }],
    attachments: [],
  };
}
