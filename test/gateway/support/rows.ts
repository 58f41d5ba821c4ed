/** Rows of packages and deliveries for tests of the store alone. */
import { CHAIN_START } from '../../../src/gateway/evidence/index.ts';
import { type DeliveryRow, newId, type PackageRow } from '../../../src/gateway/store/index.ts';

export function packageRow(more: Partial<PackageRow> = {}): PackageRow {
  const id = newId('pkg');
  return {
    id,
    kind: 'document',
    sender: 'A',
    sender_name: 'A',
    origin: 'api',
    document_id: id,
    document_key: id,
    request_sha256: '0',
    payload_sha256: '0',
    size: 1,
    subject: '',
    code: '',
    priority: 0,
    urgency: 'normal',
    state: 'accepted',
    metadata: '{}',
    correlates: null,
    dossier_code: null,
    accepted_at: 1,
    updated_at: 1,
    event_seq: 0,
    event_head: CHAIN_START,
    payload_removed_at: null,
    further_of: null,
    ...more,
  };
}

export function deliveryRow(pkg: Pick<PackageRow, 'id'>, more: Partial<DeliveryRow> = {}): DeliveryRow {
  return {
    id: newId('dlv'),
    package_id: pkg.id,
    seq: null,
    recipient: 'B',
    recipient_name: 'B',
    system: 'vxp',
    state: 'queued',
    urgency: 'normal',
    order_key: pkg.id,
    attempts: 0,
    next_attempt_at: null,
    lease_owner: null,
    lease_until: null,
    remote_id: null,
    business_status: null,
    reason_code: null,
    reason: null,
    first_tried_at: null,
    created_at: 1,
    updated_at: 1,
    recall: null,
    recall_package_id: null,
    handed_over_at: null,
    unclear_until: null,
    ...more,
  };
}
