/** Routing keys and headers of contracts.md, and which counterparty reaches whom. */
import { normalizeDocumentId } from '../../packages/index.ts';
import type { NewDelivery, PackageRow } from '../store/index.ts';
import { newId, type OutboxMessage } from '../store/index.ts';

/** Internal system name: work the gateway hands to itself. */
export const GATEWAY_SYSTEM = 'gateway';
/** Agencies connected to us directly. */
export const INBOX_SYSTEM = 'inbox';

export type Urgency = 'urgent' | 'normal';

/** QCVN 102 Priority 1–4 (Khẩn … Hoả tốc hẹn giờ) go ahead of 0 (Thường). */
export function urgencyOf(priority: number): Urgency {
  return priority > 0 ? 'urgent' : 'normal';
}

/** `<system>.<urgency>.<agency>.<kind>`, dots in the agency code written `_` (contracts.md AMQP). */
export function routingKey(system: string, urgency: string, agency: string, kind: string): string {
  return `${system}.${urgency}.${agency.replaceAll('.', '_')}.${kind}`;
}

/** Queue a system reads. */
export function queueName(system: string, urgency: Urgency): string {
  return `to.${system}.${urgency}`;
}

type Routed = Pick<PackageRow, 'id' | 'kind' | 'sender' | 'payload_sha256' | 'urgency' | 'correlates'>;

function headersOf(
  pkg: Routed,
  to: string,
  kind: string,
  deliveryId: string | null,
): Record<string, string | number> {
  return {
    'package-id': pkg.id,
    'correlation-id': pkg.correlates ?? pkg.id,
    from: pkg.sender,
    to,
    kind,
    sha256: pkg.payload_sha256,
    attempt: 1,
    ...(deliveryId === null ? {} : { 'delivery-id': deliveryId }),
  };
}

/** The message that makes the gateway check, verify and route a package. */
export function processMessage(pkg: Routed): OutboxMessage {
  return {
    routingKey: routingKey(GATEWAY_SYSTEM, pkg.urgency, pkg.sender, 'process'),
    packageId: pkg.id,
    deliveryId: null,
    headers: headersOf(pkg, GATEWAY_SYSTEM, 'process', null),
  };
}

/** The message that makes a counterparty's worker send one delivery. */
export function deliveryMessage(
  pkg: Routed,
  delivery: Pick<NewDelivery, 'id' | 'recipient' | 'system'>,
  delaySeconds = 0,
): OutboxMessage {
  return {
    routingKey: routingKey(delivery.system, pkg.urgency, delivery.recipient, pkg.kind),
    packageId: pkg.id,
    deliveryId: delivery.id,
    headers: headersOf(pkg, delivery.recipient, pkg.kind, delivery.id),
    delaySeconds,
  };
}

/**
 * What must go out in order: everything between two agencies about one document, whichever of them speaks. A request of
 * the sender (13) must not overtake the document, nor an answer 03 the 01 before it.
 */
export function orderKey(oneAgency: string, otherAgency: string, documentId: string): string {
  return [...[oneAgency, otherAgency].sort(), normalizeDocumentId(documentId)].join('|');
}

/** A delivery not yet started. */
export function newDelivery(
  pkg: Pick<PackageRow, 'id' | 'urgency'>,
  to: { code: string; name: string; system: string },
  orderKey: string,
  now: number,
): NewDelivery {
  return {
    id: newId('dlv', now),
    package_id: pkg.id,
    seq: null,
    recipient: to.code,
    recipient_name: to.name,
    system: to.system,
    state: 'accepted',
    urgency: pkg.urgency,
    order_key: orderKey,
    attempts: 0,
    next_attempt_at: null,
    lease_owner: null,
    lease_until: null,
    remote_id: null,
    business_status: null,
    reason_code: null,
    reason: null,
    first_tried_at: null,
    created_at: now,
    updated_at: now,
    recall: null,
    recall_package_id: null,
    handed_over_at: null,
    unclear_until: null,
  };
}
