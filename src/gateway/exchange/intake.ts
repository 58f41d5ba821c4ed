/** The durable moment: one transaction writes package, deliveries, timeline, outbox and the idempotent answer. */
import { CHAIN_START, chainEvents, type NewEvent } from '../evidence/index.ts';
import {
  enqueue,
  findAnswer,
  findPackageByKey,
  insertDeliveries,
  insertPackage,
  isUniqueViolation,
  type NewDelivery,
  newId,
  type PackageRow,
  type Queries,
  rememberAnswer,
  rememberKey,
  type StoredAnswer,
} from '../store/index.ts';
import { ExchangeError } from './errors.ts';
import type { Exchange } from './ports.ts';
import { processMessage } from './routing.ts';

/** A package ready to be kept; the blob is durable already. */
export interface Intake {
  readonly kind: string;
  readonly sender: string;
  readonly senderName: string;
  readonly origin: string;
  readonly actor: string;
  readonly documentId: string;
  readonly documentKey: string;
  readonly requestSha256: string;
  readonly payloadSha256: string;
  readonly size: number;
  readonly subject: string;
  readonly code: string;
  readonly priority: number;
  readonly urgency: string;
  readonly metadata: unknown;
  readonly correlates?: string | null;
  readonly dossierCode?: string | null;
  readonly events?: readonly NewEvent[];
  /** Remembered so that a repeated arrival from an axis is known. */
  readonly inboxKey?: string;
  readonly idempotency?: { readonly scope: string; readonly key: string };
  deliveries(pkg: PackageRow): NewDelivery[];
  /** More writes of the same transaction. */
  also?(tx: Queries, pkg: PackageRow): Promise<void>;
}

/** What the sender is told. */
export interface Accepted {
  readonly packageId: string;
  readonly documentId: string;
  readonly state: string;
  /** True when this document was accepted before: nothing new was made. */
  readonly repeated: boolean;
}

/**
 * Keeps a package, or recognises it.
 * @throws ExchangeError DOCUMENT_CONFLICT when the same document id came before with other bytes, IDEMPOTENCY_CONFLICT.
 */
export async function keepPackage(x: Exchange, intake: Intake): Promise<Accepted> {
  const now = x.now();
  try {
    const accepted = await x.store.write(async (tx) => {
      const before = await findBefore(tx, intake);
      if (before !== null) {
        await rememberFor(tx, intake, before, now);
        return before;
      }
      const { row, eventRows } = packageRow(intake, now);
      const deliveries = intake.deliveries(row);
      await insertPackage(tx, row);
      await insertDeliveries(tx, deliveries);
      await tx.insertInto('events').values(eventRows).execute();
      await enqueue(tx, [processMessage(row)], now);
      if (intake.inboxKey !== undefined) await rememberKey(tx, intake.inboxKey, row.id, now);
      await intake.also?.(tx, row);
      const answer: Accepted = {
        packageId: row.id,
        documentId: row.document_id,
        state: row.state,
        repeated: false,
      };
      if (!(await rememberFor(tx, intake, answer, now))) throw new KeyTaken();
      return answer;
    });
    x.atPoint('C4');
    if (!accepted.repeated) {
      x.metrics.accepted(intake.kind, intake.origin);
      x.log.info(
        { packageId: accepted.packageId, kind: intake.kind, origin: intake.origin, size: intake.size },
        'package accepted',
      );
      x.wakeRelay();
    }
    return accepted;
  } catch (cause) {
    // Two requests for the same at the same instant: the loser reads what the winner wrote.
    if (!isUniqueViolation(cause) && !(cause instanceof KeyTaken)) throw cause;
    const before = await findBefore(x.store.read, intake);
    if (before === null) throw cause;
    return before;
  }
}

/** Thrown inside the transaction to undo it: another request took the Idempotency-Key meanwhile. */
class KeyTaken extends Error {}

/** The answer given before, under the same Idempotency-Key or to the same document. */
async function findBefore(tx: Queries, intake: Intake): Promise<Accepted | null> {
  const { idempotency } = intake;
  const answer = idempotency && (await findAnswer(tx, idempotency.scope, idempotency.key));
  if (answer !== undefined) return replay(answer, intake.requestSha256);
  const known = await findPackageByKey(tx, intake.documentKey);
  return known === undefined ? null : recognise(known, intake.requestSha256);
}

/** The key stands for another request already. */
export function idempotencyConflict(): ExchangeError {
  return new ExchangeError('IDEMPOTENCY_CONFLICT', {
    vi: 'Idempotency-Key này đã dùng cho một yêu cầu có nội dung khác.',
    en: 'This Idempotency-Key was used for a request with other content.',
  });
}

/** What was answered under a key. @throws ExchangeError IDEMPOTENCY_CONFLICT when the key was used for something else. */
export function replay(answer: StoredAnswer, requestSha256: string): Accepted {
  if (answer.requestSha256 !== requestSha256) throw idempotencyConflict();
  return { ...(JSON.parse(answer.response) as Accepted), repeated: true };
}

/** @returns false when another request holds the key. */
async function rememberFor(tx: Queries, intake: Intake, answer: Accepted, now: number): Promise<boolean> {
  if (intake.idempotency === undefined) return true;
  const { scope, key } = intake.idempotency;
  const stored = {
    requestSha256: intake.requestSha256,
    status: 202,
    response: JSON.stringify(answer),
    location: `/api/v1/packages/${answer.packageId}`,
  };
  return rememberAnswer(tx, scope, key, stored, now);
}

/** The answer to a document kept before. @throws ExchangeError DOCUMENT_CONFLICT when it had other content. */
export function recognise(known: PackageRow, requestSha256: string): Accepted {
  if (known.request_sha256 !== requestSha256) {
    throw new ExchangeError('DOCUMENT_CONFLICT', {
      vi: `Văn bản ${known.document_id} đã được tiếp nhận với nội dung khác; không ghi đè. Nếu cần sửa, hãy gửi bản cập nhật hoặc thay thế.`,
      en: `Document ${known.document_id} was accepted before with other content; nothing was overwritten. To change it, send an update or a replacement.`,
    });
  }
  return { packageId: known.id, documentId: known.document_id, state: known.state, repeated: true };
}

function packageRow(
  intake: Intake,
  now: number,
): { row: PackageRow; eventRows: ReturnType<typeof chainEvents>['rows'] } {
  const id = newId('pkg', now);
  const accepted: NewEvent = {
    type: 'accepted',
    actor: intake.actor,
    data: { origin: intake.origin, sha256: intake.payloadSha256, sizeBytes: intake.size },
  };
  const chained = chainEvents(id, { seq: 0, hash: CHAIN_START }, [accepted, ...(intake.events ?? [])], now);
  return {
    eventRows: chained.rows,
    row: {
      id,
      kind: intake.kind,
      sender: intake.sender,
      sender_name: intake.senderName,
      origin: intake.origin,
      document_id: intake.documentId,
      document_key: intake.documentKey,
      request_sha256: intake.requestSha256,
      payload_sha256: intake.payloadSha256,
      size: intake.size,
      subject: intake.subject,
      code: intake.code,
      priority: intake.priority,
      urgency: intake.urgency,
      state: 'accepted',
      metadata: JSON.stringify(intake.metadata),
      correlates: intake.correlates ?? null,
      dossier_code: intake.dossierCode ?? null,
      accepted_at: now,
      updated_at: now,
      event_seq: chained.seq,
      event_head: chained.hash,
    },
  };
}
