/** Named leases (one poller per counterparty among all processes), inbox keys and idempotent answers. */
import { sql } from 'kysely';
import type { Queries } from '../database.ts';

/** Takes or renews the lease `name`; false when another process holds it. */
export async function takeLease(
  tx: Queries,
  name: string,
  owner: string,
  now: number,
  until: number,
): Promise<boolean> {
  const row = await tx
    .insertInto('leases')
    .values({ name, owner, until })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ owner, until })
        .where((eb) => eb.or([eb('leases.owner', '=', owner), eb('leases.until', '<', now)])),
    )
    .returning('owner')
    .executeTakeFirst();
  return row?.owner === owner;
}

export async function dropLeases(tx: Queries, owner: string | null): Promise<void> {
  let query = tx.deleteFrom('leases');
  if (owner !== null) query = query.where('owner', '=', owner);
  await query.execute();
}

/** Remembers that `key` was handled. @returns false when it had been already. */
export async function rememberKey(
  tx: Queries,
  key: string,
  packageId: string | null,
  now: number,
): Promise<boolean> {
  const row = await tx
    .insertInto('inbox_keys')
    .values({ key, package_id: packageId, at: now })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('key')
    .executeTakeFirst();
  return row !== undefined;
}

export async function hasKey(tx: Queries, key: string): Promise<boolean> {
  return (
    (await tx.selectFrom('inbox_keys').select('key').where('key', '=', key).executeTakeFirst()) !== undefined
  );
}

/** An answer given before under the same Idempotency-Key. */
export interface StoredAnswer {
  readonly requestSha256: string;
  readonly status: number;
  readonly response: string;
  readonly location: string | null;
}

export async function findAnswer(tx: Queries, scope: string, key: string): Promise<StoredAnswer | undefined> {
  const row = await tx
    .selectFrom('idempotency')
    .selectAll()
    .where('scope', '=', scope)
    .where('key', '=', key)
    .executeTakeFirst();
  return (
    row && {
      requestSha256: row.request_sha256,
      status: row.status,
      response: row.response,
      location: row.location,
    }
  );
}

/** Keeps an answer under its key. @returns false when the key is taken. */
export async function rememberAnswer(
  tx: Queries,
  scope: string,
  key: string,
  answer: StoredAnswer,
  now: number,
): Promise<boolean> {
  const row = await tx
    .insertInto('idempotency')
    .values({
      scope,
      key,
      request_sha256: answer.requestSha256,
      status: answer.status,
      response: answer.response,
      location: answer.location,
      at: now,
    })
    .onConflict((conflict) => conflict.columns(['scope', 'key']).doNothing())
    .returning('key')
    .executeTakeFirst();
  return row !== undefined;
}

/** Deletes answers older than `before`. */
export async function forgetAnswers(tx: Queries, before: number): Promise<void> {
  await sql`DELETE FROM idempotency WHERE at < ${before}`.execute(tx);
}
