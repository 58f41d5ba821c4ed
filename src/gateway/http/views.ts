/** What the API shows of packages, deliveries and events, and the schemas that say so. */
import { z } from 'zod';
import { STATUS_CODES, type StatusCode } from '../../packages/index.ts';
import { type Principal, visibleAgencies } from '../access/index.ts';
import type { Deadline } from '../deadlines/index.ts';
import { actionFor, isHeldForSignature } from '../exchange/index.ts';
import type { DeliveryRow, EventRow, InboxRow, PackageRow, VerificationRow } from '../store/index.ts';

const instant = z.iso.datetime().describe('UTC');

export const acceptedView = z.object({ packageId: z.string(), documentId: z.string(), state: z.string() });

export const deliveryView = z.object({
  deliveryId: z.string(),
  recipient: z.string(),
  recipientName: z.string(),
  system: z.string(),
  state: z.string(),
  status: z.string().nullable().describe('QĐ 28/2018 status, 01…16'),
  statusText: z.string().nullable(),
  remoteId: z.string().nullable(),
  recall: z
    .enum(['requested', 'agreed', 'refused'])
    .nullable()
    .describe('the sender asked for it back, or to change it: answered with 15 or 16'),
  attempts: z.int(),
  nextAttemptAt: instant.nullable(),
  reason: z
    .object({ code: z.string(), text: z.string(), action: z.object({ vi: z.string(), en: z.string() }) })
    .nullable()
    .describe('why it waits or stopped, and what a person does about it'),
  deadline: z
    .object({
      dueAt: instant,
      latestAt: instant,
      state: z.enum(['met', 'missed', 'running', 'soon', 'late']),
    })
    .nullable()
    .describe('time the law gives for sending it (QĐ 28/2018); null for what is no document'),
  updatedAt: instant,
});

/** How a document stands against the legal clock. */
export const deadlineView = deliveryView.shape.deadline.unwrap();

export const packageView = z.object({
  packageId: z.string(),
  kind: z.string(),
  from: z.string(),
  fromName: z.string(),
  documentId: z.string(),
  code: z.string(),
  subject: z.string(),
  priority: z.int(),
  state: z.string(),
  origin: z.string(),
  dossierCode: z.string().nullable(),
  correlates: z.string().nullable(),
  sha256: z.string(),
  sizeBytes: z.int(),
  acceptedAt: instant,
  updatedAt: instant,
  contentRemovedAt: instant
    .nullable()
    .describe('when retention took the bytes away; metadata and proof stay'),
});

export const packageDetail = packageView.extend({
  deliveries: z.array(deliveryView),
  verifications: z.array(
    z.object({
      name: z.string().describe('of the file; `edXML`: the package itself'),
      sha256: z.string(),
      verdict: z.string(),
      at: instant,
      evidence: z
        .array(z.object({ kind: z.enum(['certificate', 'crl', 'ocsp']), sha256: z.string() }))
        .describe('what the verdict stands on: GET /api/v1/packages/{id}/evidence/{sha256}'),
    }),
  ),
});

export const eventView = z.object({
  seq: z.int(),
  at: instant,
  type: z.string(),
  actor: z.string(),
  deliveryId: z.string().nullable(),
  recipient: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
  hash: z.string(),
});

export const timelineView = z.object({
  packageId: z.string(),
  chainIntact: z.boolean(),
  events: z.array(eventView),
});

export const inboxItem = z.object({
  deliveryId: z.string(),
  cursor: z.string(),
  packageId: z.string(),
  kind: z.string(),
  from: z.string(),
  fromName: z.string(),
  documentId: z.string(),
  code: z.string(),
  subject: z.string(),
  state: z.string(),
  status: z.string().nullable(),
  correlates: z.string().nullable(),
  recall: z
    .enum(['requested', 'agreed', 'refused'])
    .nullable()
    .describe('`requested`: answer 15 (agreed) or 16 (refused) before anything else'),
  arrivedAt: instant,
});

function iso(at: number): string {
  return new Date(at).toISOString();
}

export function viewPackage(row: PackageRow): z.infer<typeof packageView> {
  return {
    packageId: row.id,
    kind: row.kind,
    from: row.sender,
    fromName: row.sender_name,
    documentId: row.document_id,
    code: row.code,
    subject: row.subject,
    priority: row.priority,
    state: row.state,
    origin: row.origin,
    dossierCode: row.dossier_code,
    correlates: row.correlates,
    sha256: row.payload_sha256,
    sizeBytes: row.size,
    acceptedAt: iso(row.accepted_at),
    updatedAt: iso(row.updated_at),
    contentRemovedAt: row.payload_removed_at === null ? null : iso(row.payload_removed_at),
  };
}

function recallOf({ recall }: Pick<DeliveryRow, 'recall'>): 'requested' | 'agreed' | 'refused' | null {
  return recall === 'requested' || recall === 'agreed' || recall === 'refused' ? recall : null;
}

function viewDeadline({ dueAt, latestAt, state }: Deadline): z.infer<typeof deadlineView> {
  return { dueAt: iso(dueAt), latestAt: iso(latestAt), state };
}

export function viewDelivery(row: DeliveryRow, deadline: Deadline | null): z.infer<typeof deliveryView> {
  return {
    deliveryId: row.id,
    recipient: row.recipient,
    recipientName: row.recipient_name,
    system: row.system,
    state: row.state,
    status: row.business_status,
    statusText:
      row.business_status === null ? null : (STATUS_CODES[row.business_status as StatusCode]?.vi ?? null),
    remoteId: row.remote_id,
    recall: recallOf(row),
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at === null ? null : iso(row.next_attempt_at),
    reason:
      row.reason_code === null
        ? null
        : { code: row.reason_code, text: row.reason ?? '', action: actionFor(row.reason_code) },
    deadline: deadline === null ? null : viewDeadline(deadline),
    updatedAt: iso(row.updated_at),
  };
}

/** One item a verdict stands on. */
export interface EvidenceSeen {
  readonly kind: 'certificate' | 'crl' | 'ocsp';
  readonly sha256: string;
}

export function viewVerification(row: VerificationRow): {
  name: string;
  sha256: string;
  verdict: string;
  at: string;
  evidence: EvidenceSeen[];
} {
  const evidence = row.evidence === null ? [] : (JSON.parse(row.evidence) as EvidenceSeen[]);
  return { name: row.name, sha256: row.sha256, verdict: row.verdict, at: iso(row.at), evidence };
}

export function viewEvents(
  rows: readonly EventRow[],
  deliveries: readonly DeliveryRow[],
): z.infer<typeof eventView>[] {
  const recipients = new Map(deliveries.map((delivery) => [delivery.id, delivery.recipient]));
  return rows.map((row) => ({
    seq: row.seq,
    at: iso(row.at),
    type: row.type,
    actor: row.actor,
    deliveryId: row.delivery_id,
    recipient: row.delivery_id === null ? null : (recipients.get(row.delivery_id) ?? null),
    data: JSON.parse(row.data) as Record<string, unknown>,
    hash: row.hash,
  }));
}

export function viewInboxItem(row: InboxRow): z.infer<typeof inboxItem> {
  return {
    deliveryId: row.id,
    cursor: String(row.seq),
    packageId: row.package_id,
    kind: row.kind,
    from: row.sender,
    fromName: row.sender_name,
    documentId: row.document_id,
    code: row.code,
    subject: row.subject,
    state: row.state,
    status: row.business_status,
    correlates: row.correlates,
    recall: recallOf(row),
    arrivedAt: iso(row.created_at),
  };
}

/** Deliveries of a package that `principal` may see: the sender sees all, a recipient its own. */
export function visibleDeliveries(
  principal: Principal,
  pkg: PackageRow,
  deliveries: readonly DeliveryRow[],
): DeliveryRow[] | null {
  const agencies = visibleAgencies(principal);
  if (agencies === null || agencies.includes(pkg.sender)) return [...deliveries];
  const own = deliveries.filter(
    (delivery) =>
      agencies.includes(delivery.recipient) && (delivery.seq !== null || isHeldForSignature(delivery)),
  );
  return own.length === 0 ? null : own;
}
