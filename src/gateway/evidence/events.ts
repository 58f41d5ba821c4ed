/**
 * The append-only log that proves what happened to a package: each event carries the hash of the one before it, so an
 * event altered or taken out later is seen by {@link verifyEventChain}.
 */
import { createHash } from 'node:crypto';
import {
  type ChainHead,
  type EventRow,
  inPieces,
  lockHeads,
  type Queries,
  saveHeads,
  together,
} from '../store/index.ts';

/** Hash "before" the first event. */
export const CHAIN_START = '0'.repeat(64);

/** What happened. `data` must be free of payload, secrets and personal data: it is shown and logged. */
export interface NewEvent {
  readonly type: EventType;
  /** Who did it: an agency code, `gateway`, or `system:<name>`. */
  readonly actor: string;
  readonly deliveryId?: string | null;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Kinds of event, in the order they usually come. */
export const EVENT_TYPES = [
  'accepted',
  'signed',
  'level-completed',
  'checked',
  'verified',
  'flagged',
  'routed',
  'available',
  'fetched',
  'held',
  'attempt-failed',
  'sent',
  'sent-reconciled',
  'delivered',
  'status-received',
  'status-late',
  'status-sent',
  'recall-requested',
  'recall-agreed',
  'recall-refused',
  'withdrawn',
  'refused',
  'parked',
  'retried-by-operator',
  'arrival-settled',
  'arrival-reopened',
  'duplicate-refused',
  'ocr-done',
  'portal-synced',
  'portal-state',
  'ministry-received',
  'ministry-state',
  'result-received',
  'result-verified',
  'personal-data-read',
  'payload-removed',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

function hashEvent(row: Omit<EventRow, 'hash'>): string {
  const canonical = JSON.stringify([
    row.package_id,
    row.seq,
    row.at,
    row.type,
    row.delivery_id,
    row.actor,
    row.data,
    row.prev_hash,
  ]);
  return createHash('sha256').update(canonical, 'utf8').digest('hex');
}

/** Builds rows for `events` after position `seq` with head `head`. */
export function chainEvents(
  packageId: string,
  head: { seq: number; hash: string },
  events: readonly NewEvent[],
  now: number,
): { rows: EventRow[]; seq: number; hash: string } {
  let { seq, hash } = head;
  const rows = events.map((event) => {
    seq += 1;
    const bare = {
      package_id: packageId,
      seq,
      at: now,
      type: event.type,
      delivery_id: event.deliveryId ?? null,
      actor: event.actor,
      data: JSON.stringify(event.data ?? {}),
      prev_hash: hash,
    };
    hash = hashEvent(bare);
    return { ...bare, hash };
  });
  return { rows, seq, hash };
}

/** Events of one package to append, and the state the package gets with them; null leaves it. */
export interface Append {
  readonly packageId: string;
  readonly events: readonly NewEvent[];
  readonly state?: string | null;
}

/**
 * Appends to many packages' logs in the transaction of the changes they tell of. Locks the packages' rows first.
 * @param locked the heads, by whoever has locked them already because the state they get depends on it
 */
export async function appendToMany(
  tx: Queries,
  appends: readonly Append[],
  now: number,
  locked?: ReadonlyMap<string, ChainHead>,
): Promise<void> {
  const heads = locked ?? (await lockHeads(tx, [...new Set(appends.map(({ packageId }) => packageId))]));
  const rows: EventRow[] = [];
  const moved = new Map<string, ChainHead & { state: string | null }>();
  for (const { packageId, events, state = null } of appends) {
    const head = moved.get(packageId) ?? heads.get(packageId);
    if (head === undefined) throw new TypeError(`no package ${packageId}`);
    const chained = chainEvents(packageId, head, events, now);
    rows.push(...chained.rows);
    const before = moved.get(packageId)?.state ?? null;
    moved.set(packageId, { id: packageId, seq: chained.seq, hash: chained.hash, state: state ?? before });
  }
  await together(insertEvents(tx, rows), saveHeads(tx, [...moved.values()], now));
}

/** Appends events to a package's log in the transaction of the change they tell of. Locks the package's row first. */
export function appendEvents(
  tx: Queries,
  packageId: string,
  events: readonly NewEvent[],
  now: number,
): Promise<void> {
  return appendToMany(tx, [{ packageId, events }], now);
}

/** Writes rows made by {@link chainEvents}. */
export async function insertEvents(tx: Queries, rows: readonly EventRow[]): Promise<void> {
  for (const piece of inPieces(rows))
    await tx
      .insertInto('events')
      .values([...piece])
      .execute();
}

export async function listEvents(tx: Queries, packageId: string): Promise<EventRow[]> {
  return tx.selectFrom('events').selectAll().where('package_id', '=', packageId).orderBy('seq').execute();
}

/** Checks a package's log from the first event to `head`. @returns null when whole, else the first broken position. */
export function verifyEventChain(
  rows: readonly EventRow[],
  head: { seq: number; hash: string },
): number | null {
  let expected = CHAIN_START;
  for (const [index, row] of rows.entries()) {
    const { hash, ...bare } = row;
    if (row.seq !== index + 1 || row.prev_hash !== expected || hashEvent(bare) !== hash) return index + 1;
    expected = hash;
  }
  return rows.length === head.seq && expected === head.hash ? null : rows.length + 1;
}
