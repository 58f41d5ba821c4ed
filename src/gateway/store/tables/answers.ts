/** What statuses look up and write, for many of them in one statement. */
import { sql } from 'kysely';
import { readTogether } from '../batch.ts';
import type { Queries } from '../database.ts';
import type { DeliveryRow, PackageRow } from '../schema.ts';
import { inPieces, valueRows } from '../sql/values.ts';
import { findDocumentsOf } from './packages.ts';

/** The statuses on the same document that were accepted before this one and have not taken effect. */
export const findEarlierStatuses = readTogether<
  Queries,
  Pick<PackageRow, 'id' | 'document_id'>,
  readonly string[]
>(async (tx, statuses) => {
  const rows = await tx
    .selectFrom('packages')
    .select(['id', 'document_id'])
    .where('document_id', 'in', [...new Set(statuses.map(({ document_id }) => document_id))])
    .where('kind', '=', 'status')
    .where('state', '=', 'accepted')
    .orderBy('id')
    .execute();
  return statuses.map(({ id, document_id }) =>
    rows.filter((row) => row.document_id === document_id && row.id < id).map((row) => row.id),
  );
});

/** What names one document. */
export interface DocumentName {
  readonly senders: readonly string[];
  readonly documentId: string;
  /** Document keys it may bear. */
  readonly keys: readonly string[];
}

/** The document of each of `names`, asked for all at once; undefined where none or several bear a name: `applyStatus` tells those apart. */
export async function findSentDocumentOfEach(
  tx: Queries,
  names: readonly DocumentName[],
): Promise<(PackageRow | undefined)[]> {
  if (names.length === 0) return [];
  const unique = (all: readonly string[]): string[] => [...new Set(all)];
  const rows = await findDocumentsOf(
    tx,
    unique(names.flatMap(({ senders }) => senders)),
    unique(names.map(({ documentId }) => documentId)),
    unique(names.flatMap(({ keys }) => keys)),
  );
  return names.map(({ senders, documentId, keys }) => {
    const named = rows.filter(
      (row) =>
        keys.includes(row.document_key) || (row.document_id === documentId && senders.includes(row.sender)),
    );
    const ids = named.map(({ id }) => id);
    const [first, second] = rows.filter(
      ({ id, further_of }) => ids.includes(id) || (further_of !== null && ids.includes(further_of)),
    );
    return second === undefined ? first : undefined;
  });
}

/** {@link findDeliveryTo} for each of `wanted`, asked for all of them at once. */
export async function findDeliveryToEach(
  tx: Queries,
  wanted: readonly { readonly packageId: string; readonly recipients: readonly string[] }[],
): Promise<(DeliveryRow | undefined)[]> {
  if (wanted.length === 0) return [];
  const rows = await tx
    .selectFrom('deliveries')
    .selectAll()
    .where('package_id', 'in', [...new Set(wanted.map(({ packageId }) => packageId))])
    .where('recipient', 'in', [...new Set(wanted.flatMap(({ recipients }) => recipients))])
    .orderBy('id')
    .execute();
  return wanted.map(({ packageId, recipients }) =>
    rows.find((row) => row.package_id === packageId && recipients.includes(row.recipient)),
  );
}

/** What recipients said of one delivery. */
export interface AnsweredDelivery {
  readonly id: string;
  /** Their word was the receipt: nothing more is to be sent. */
  readonly isReceipt: boolean;
  /** The state it comes into; null leaves it. */
  readonly state: string | null;
  /** The business status it comes into; null leaves it. */
  readonly businessStatus: string | null;
}

/** Writes what recipients said of deliveries. */
export async function recordAnswers(
  tx: Queries,
  answers: readonly AnsweredDelivery[],
  now: number,
): Promise<void> {
  for (const piece of inPieces(answers)) {
    const rows = valueRows(
      ['TEXT', 'BIGINT', 'TEXT', 'TEXT'],
      piece.map(({ id, isReceipt, state, businessStatus }) => [id, isReceipt ? 1 : 0, state, businessStatus]),
    );
    await sql`
      WITH v (id, receipt, state, business_status) AS (${rows})
      UPDATE deliveries SET state = COALESCE(v.state, deliveries.state),
        business_status = COALESCE(v.business_status, deliveries.business_status), updated_at = ${now},
        next_attempt_at = CASE WHEN v.receipt = 0 THEN deliveries.next_attempt_at END,
        lease_owner = CASE WHEN v.receipt = 0 THEN deliveries.lease_owner END,
        lease_until = CASE WHEN v.receipt = 0 THEN deliveries.lease_until END,
        handed_over_at = CASE WHEN v.receipt = 0 THEN deliveries.handed_over_at
          ELSE COALESCE(deliveries.handed_over_at, ${now}) END
      FROM v WHERE deliveries.id = v.id`.execute(tx);
  }
}

/** Notes for each of `pairs` the document package that the status package `id` speaks of. */
export async function setCorrelates(
  tx: Queries,
  pairs: readonly { readonly id: string; readonly correlates: string }[],
): Promise<void> {
  for (const piece of inPieces(pairs)) {
    const rows = valueRows(
      ['TEXT', 'TEXT'],
      piece.map(({ id, correlates }) => [id, correlates]),
    );
    await sql`
      WITH v (id, correlates) AS (${rows})
      UPDATE packages SET correlates = v.correlates FROM v WHERE packages.id = v.id`.execute(tx);
  }
}
