/** What the document systems connected to us have received and sent, as the VXP protocol lists it. */
import type { VxpSystem } from '../../access/index.ts';
import { appendEvents } from '../../evidence/index.ts';
import { refreshPackageState } from '../../exchange/index.ts';
import { findDelivery, findPackage, listInbox, updateDelivery } from '../../store/index.ts';
import type { GatewayDeps } from '../deps.ts';

const LIST_LIMIT = 500;
const VIETNAM_MS = 7 * 3_600_000;

/** `yyyy/MM/dd HH:mm:ss` at UTC+7, as the axis lists times. */
export function axisTime(at: number): string {
  const local = new Date(at + VIETNAM_MS).toISOString();
  return `${local.slice(0, 10).replaceAll('-', '/')} ${local.slice(11, 19)}`;
}

/** What waits for the system's agencies: not yet acknowledged as done, oldest first. */
export async function received(
  deps: GatewayDeps,
  system: VxpSystem,
  messageType: string,
): Promise<Record<string, string>[]> {
  const lines: Record<string, string>[] = [];
  for (const agency of system.agencies) {
    const rows = await listInbox(
      deps.x.store.read,
      agency,
      0,
      LIST_LIMIT,
      messageType === 'status' ? 'status' : 'document',
      ['available', 'fetched'],
    );
    for (const row of rows) {
      lines.push({
        docId: row.id,
        serviceType: 'eDoc',
        messageType,
        created_time: axisTime(row.created_at),
        updated_time: axisTime(row.updated_at),
        from: row.sender,
        to: row.recipient,
        status: row.state === 'available' ? 'initial' : 'processing',
        status_desc: '',
      });
    }
  }
  return lines;
}

/** A delivery in the inbox of one of the system's agencies, with its package. */
export async function ownDelivery(deps: GatewayDeps, system: VxpSystem, id: string) {
  const delivery = await findDelivery(deps.x.store.read, id);
  if (delivery === undefined || delivery.seq === null || !system.agencies.includes(delivery.recipient))
    return null;
  // Taken back by its sender: it is not handed out any more.
  if (delivery.state === 'withdrawn') return null;
  const pkg = await findPackage(deps.x.store.read, delivery.package_id);
  return pkg === undefined ? null : { delivery, pkg };
}

/** What an acknowledgement may still change; a repeat changes nothing. */
const MAY_BECOME: Readonly<Record<string, readonly string[]>> = {
  available: ['fetched', 'delivered', 'refused'],
  fetched: ['delivered', 'refused'],
};

/** Transport acknowledgement: `done` takes the item off the list; it is not a business status. */
export async function acknowledge(
  deps: GatewayDeps,
  system: VxpSystem,
  id: string,
  status: string,
): Promise<boolean> {
  const found = await ownDelivery(deps, system, id);
  if (found === null) return false;
  const state = status === 'done' ? 'delivered' : status === 'fail' ? 'refused' : 'fetched';
  const { now: clock, store } = deps.x;
  const now = clock();
  await store.write(async (tx) => {
    const current = await findDelivery(tx, id);
    if (current === undefined || !(MAY_BECOME[current.state] ?? []).includes(state)) return;
    const actor = `system:${system.id}`;
    await updateDelivery(tx, id, { state, updated_at: now });
    await appendEvents(
      tx,
      current.package_id,
      [{ type: state, actor, deliveryId: id, data: { transport: status } }],
      now,
    );
    await refreshPackageState(tx, current.package_id, now);
  });
  return true;
}

/** What the system's agencies sent, newest first: one line per recipient. */
export async function sent(
  deps: GatewayDeps,
  system: VxpSystem,
  args: Readonly<Record<string, string>>,
): Promise<Record<string, string>[]> {
  const kind = args['messagetype'] === 'status' ? 'status' : 'document';
  let query = deps.x.store.read
    .selectFrom('deliveries')
    .innerJoin('packages', 'packages.id', 'deliveries.package_id')
    .selectAll('deliveries')
    .select([
      'packages.subject',
      'packages.code',
      'packages.accepted_at',
      'packages.document_id',
      'packages.payload_sha256',
      'packages.sender',
    ])
    .where('packages.kind', '=', kind)
    .where('packages.sender', 'in', [...system.agencies])
    .orderBy('packages.id', 'desc')
    .limit(LIST_LIMIT);
  if (args['docId'] !== undefined && args['docId'] !== '')
    query = query.where('packages.id', '=', args['docId']);
  return (await query.execute()).map((row) => ({
    senderDocId: row.package_id,
    receiverDocId: row.id,
    fromCode: row.sender,
    toCode: row.recipient,
    title: row.subject,
    notation: row.code,
    sentTime: axisTime(row.accepted_at),
    receivedTime: row.state === 'delivered' ? axisTime(row.updated_at) : '',
    sendStatus: 'done',
    sendStatusDesc: '',
    receiveStatus: row.state === 'delivered' ? 'done' : 'initial',
    receiveStatusDesc: '',
    serviceType: 'eDoc',
    messageType: args['messagetype'] ?? 'edoc',
    documentId: row.document_id,
    sha256: row.payload_sha256,
  }));
}
