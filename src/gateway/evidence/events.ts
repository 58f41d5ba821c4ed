/**
 * The append-only log that proves what happened to a package: each event carries the hash of the one before it, so an
 * event altered or taken out later is seen by {@link verifyEventChain}.
 */
import { createHash } from 'node:crypto';
import type { EventRow, Queries } from '../store/index.ts';

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
  'checked',
  'verified',
  'routed',
  'available',
  'fetched',
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
  'duplicate-refused',
  'ocr-done',
  'portal-synced',
  'portal-state',
  'ministry-received',
  'ministry-state',
  'result-received',
  'result-verified',
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

/** Appends events to a package's log in the transaction of the change they tell of. Locks the package's row first. */
export async function appendEvents(
  tx: Queries,
  packageId: string,
  events: readonly NewEvent[],
  now: number,
): Promise<void> {
  const head = await tx
    .updateTable('packages')
    .set((eb) => ({ event_seq: eb('event_seq', '+', 0), updated_at: now }))
    .where('id', '=', packageId)
    .returning(['event_seq', 'event_head'])
    .executeTakeFirstOrThrow();
  const { rows, seq, hash } = chainEvents(
    packageId,
    { seq: head.event_seq, hash: head.event_head },
    events,
    now,
  );
  await tx.insertInto('events').values(rows).execute();
  await tx
    .updateTable('packages')
    .set({ event_seq: seq, event_head: hash })
    .where('id', '=', packageId)
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
