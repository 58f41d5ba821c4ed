/** What the document systems connected to us have received and sent, as the VXP protocol lists it. */
import { parseSpoken, parseWireDate } from '../../../packages/index.ts';
import type { VxpSystem } from '../../access/index.ts';
import { appendEvents } from '../../evidence/index.ts';
import { refreshPackageState } from '../../exchange/index.ts';
import { findDelivery, findPackage, lockDelivery, updateDelivery } from '../../store/index.ts';
import type { GatewayDeps } from '../deps.ts';
import { fromDocId, toDocId } from './doc-ids.ts';

const LIST_LIMIT = 500;
const VIETNAM_MS = 7 * 3_600_000;

/** `yyyy/MM/dd HH:mm:ss` at UTC+7, as the axis lists times. */
export function axisTime(at: number): string {
  const local = new Date(at + VIETNAM_MS).toISOString();
  return `${local.slice(0, 10).replaceAll('-', '/')} ${local.slice(11, 19)}`;
}

const RECEIVE_STATUS: Readonly<Record<string, string>> = {
  available: 'initial',
  fetched: 'processing',
  delivered: 'done',
  refused: 'fail',
};
const OPEN_STATES = ['available', 'fetched'];

/**
 * What waits for the system's agencies: not yet acknowledged, unseen before seen, oldest first. With `fromDate` or `toDate`
 * (whole days, yyyy/MM/dd): everything of those days, acknowledged or not. `pageSize` and `pageIndex` (from 1) cut the list.
 */
export async function received(
  deps: GatewayDeps,
  system: VxpSystem,
  args: Readonly<Record<string, string>>,
): Promise<Record<string, string>[]> {
  if (system.agencies.length === 0) return [];
  const messageType = args['messagetype'] === 'status' ? 'status' : 'edoc';
  const { from, until } = daysOf(args);
  const page = pageOf(args, LIST_LIMIT);
  let query = inboxOf(deps, system, messageType)
    .select([
      'deliveries.id',
      'deliveries.recipient',
      'deliveries.state',
      'deliveries.created_at',
      'deliveries.updated_at',
      'packages.sender',
    ])
    .limit(page.size)
    .offset(page.offset);
  // `available` comes before `fetched`: what a system takes and never acknowledges must not hide what it has not seen.
  if (from === null && until === null)
    query = query.where('deliveries.state', 'in', OPEN_STATES).orderBy('deliveries.state');
  query = query.orderBy('deliveries.created_at').orderBy('deliveries.id');
  if (from !== null) query = query.where('deliveries.created_at', '>=', from);
  if (until !== null) query = query.where('deliveries.created_at', '<', until);
  return (await query.execute()).map((row) => ({
    docId: toDocId(row.id),
    serviceType: 'eDoc',
    messageType,
    created_time: axisTime(row.created_at),
    updated_time: axisTime(row.updated_at),
    from: row.sender,
    to: row.recipient,
    status: RECEIVE_STATUS[row.state] ?? 'processing',
    status_desc: '',
  }));
}

/** What a caller asks for by `pageSize` and `pageIndex` (from 1), as some do; without `pageSize`, and at most, `most`. */
export function pageOf(
  args: Readonly<Record<string, string>>,
  most: number,
): { size: number; offset: number } {
  const whole = (text: string | undefined, otherwise: number): number =>
    /^[1-9]\d{0,6}$/.test(text?.trim() ?? '') ? Number(text) : otherwise;
  const size = Math.min(whole(args['pageSize'], most), most);
  return { size, offset: (whole(args['pageIndex'], 1) - 1) * size };
}

/** How many wait; unlike the list without a limit. */
export async function countReceived(
  deps: GatewayDeps,
  system: VxpSystem,
  messageType: 'edoc' | 'status',
): Promise<number> {
  if (system.agencies.length === 0) return 0;
  const row = await inboxOf(deps, system, messageType)
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('deliveries.state', 'in', OPEN_STATES)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

function inboxOf(deps: GatewayDeps, system: VxpSystem, messageType: 'edoc' | 'status') {
  return deps.x.store.read
    .selectFrom('deliveries')
    .innerJoin('packages', 'packages.id', 'deliveries.package_id')
    .where('deliveries.recipient', 'in', [...system.agencies])
    .where('deliveries.seq', '>', 0)
    .where('packages.kind', '=', messageType === 'status' ? 'status' : 'document');
}

/** Whole days of Vietnam's zone as instants, the end exclusive; the day may come first. A date that can't be read does not narrow. */
function daysOf(args: Readonly<Record<string, string>>): { from: number | null; until: number | null } {
  const start = (text = ''): number | null => {
    const date = parseWireDate(text) ?? parseSpoken(text, parseWireDate);
    return date === undefined ? null : Date.parse(`${date}T00:00:00+07:00`);
  };
  const last = start(args['toDate']);
  return { from: start(args['fromDate']), until: last === null ? null : last + 86_400_000 };
}

/** A delivery in the inbox of one of the system's agencies, with its package. */
export async function ownDelivery(deps: GatewayDeps, system: VxpSystem, docId: string) {
  const delivery = await findDelivery(deps.x.store.read, fromDocId(docId));
  if (delivery === undefined || delivery.seq === null || !system.agencies.includes(delivery.recipient))
    return null;
  // Taken back by its sender: it is not handed out any more.
  if (delivery.state === 'withdrawn') return null;
  const pkg = await findPackage(deps.x.store.read, delivery.package_id);
  return pkg === undefined ? null : { delivery, pkg };
}

/** What an acknowledgement may still change; a repeat changes nothing, and `done` after `fail` says that it went well after all. */
const MAY_BECOME: Readonly<Record<string, readonly string[]>> = {
  available: ['fetched', 'delivered', 'refused'],
  fetched: ['delivered', 'refused'],
  refused: ['delivered'],
};
/** Status by which its recipient returned the document: no acknowledgement undoes it. */
const RETURNED = '02';

/** Transport acknowledgement: `done` takes the item off the list; it is not a business status. */
export async function acknowledge(
  deps: GatewayDeps,
  system: VxpSystem,
  docId: string,
  status: string,
): Promise<boolean> {
  const found = await ownDelivery(deps, system, docId);
  if (found === null) return false;
  const { id } = found.delivery;
  const state = status === 'done' ? 'delivered' : status === 'fail' ? 'refused' : 'fetched';
  const { now: clock, store } = deps.x;
  const now = clock();
  await store.write(async (tx) => {
    const current = await lockDelivery(tx, id);
    if (current === undefined || !(MAY_BECOME[current.state] ?? []).includes(state)) return;
    if (current.state === 'refused' && current.business_status === RETURNED) return;
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

/**
 * What the system's agencies sent, newest first: one line per recipient. A `docId` narrows the list to that package, unless
 * it names something the system received: then the SDK left it in its headers from `getEdoc` or `updateStatus`. `pageSize` and
 * `pageIndex` cut the list as in {@link received}: a document may go to a thousand.
 */
export async function sent(
  deps: GatewayDeps,
  system: VxpSystem,
  args: Readonly<Record<string, string>>,
): Promise<Record<string, string>[]> {
  if (system.agencies.length === 0) return [];
  const kind = args['messagetype'] === 'status' ? 'status' : 'document';
  const docId = (args['docId'] ?? '').trim();
  const page = pageOf(args, LIST_LIMIT);
  const isStale = docId !== '' && (await ownDelivery(deps, system, docId)) !== null;
  const { from, until } = daysOf(args);
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
    .orderBy('deliveries.id')
    .limit(page.size)
    .offset(page.offset);
  if (docId !== '' && !isStale) query = query.where('packages.id', '=', docId);
  if (from !== null) query = query.where('packages.accepted_at', '>=', from);
  if (until !== null) query = query.where('packages.accepted_at', '<', until);
  return (await query.execute()).map((row) => ({
    senderDocId: row.package_id,
    receiverDocId: toDocId(row.id),
    fromCode: row.sender,
    toCode: row.recipient,
    title: row.subject,
    notation: row.code,
    sentTime: axisTime(row.accepted_at),
    receivedTime: ['delivered', 'refused'].includes(row.state) ? axisTime(row.updated_at) : '',
    ...sendStates(row),
    serviceType: 'eDoc',
    messageType: args['messagetype'] ?? 'edoc',
    documentId: row.document_id,
    sha256: row.payload_sha256,
  }));
}

/** The two halves of a delivery as the axis words them: what became of our sending, and of the other side's taking. */
function sendStates(row: { state: string; reason: string | null }): Record<string, string> {
  const failed = row.state === 'parked';
  const handedOver = ['sent', 'available', 'fetched', 'delivered', 'refused'].includes(row.state);
  const sendStatus = failed ? 'fail' : handedOver ? 'done' : 'processing';
  const receiveStatus = RECEIVE_STATUS[row.state] ?? 'initial';
  return {
    sendStatus,
    sendStatusDesc: failed ? (row.reason ?? '') : SEND_WORDS[sendStatus],
    receiveStatus,
    receiveStatusDesc: RECEIVE_WORDS[receiveStatus] ?? '',
  };
}

const SEND_WORDS = { processing: 'Đang gửi', done: 'Đã gửi', fail: 'Không gửi được' } as const;
const RECEIVE_WORDS: Readonly<Record<string, string>> = {
  initial: 'Chưa nhận',
  processing: 'Đang nhận',
  done: 'Đã nhận',
  fail: 'Từ chối nhận',
};
