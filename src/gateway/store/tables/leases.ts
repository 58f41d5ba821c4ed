/** Named leases (one poller per counterparty among all processes), inbox keys and idempotent answers. */
import { sql } from 'kysely';
import type { Queries } from '../database.ts';
import type { IdempotencyTable } from '../schema.ts';
import { inPieces, isPostgres, valueRows } from '../sql/values.ts';

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

/**
 * Lets one transaction at a time go on with `name`, until it ends; or, `shared`, any number of those that share it, and none that does
 * not. SQLite has one writer at all times.
 */
export async function lockName(tx: Queries, name: string, how: 'alone' | 'shared' = 'alone'): Promise<void> {
  if (!isPostgres(tx)) return;
  const lock = sql.raw(how === 'alone' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared');
  await sql`SELECT ${lock}(hashtextextended(${name}, 0))`.execute(tx);
}

/** Forgets a key. @returns the package it stood for, or null. */
export async function takeKey(tx: Queries, key: string): Promise<string | null> {
  const row = await tx
    .deleteFrom('inbox_keys')
    .where('key', '=', key)
    .returning('package_id')
    .executeTakeFirst();
  return row?.package_id ?? null;
}

/** The package a key stands for: undefined when the key is not known, null when it stands for none. */
export async function findKey(tx: Queries, key: string): Promise<string | null | undefined> {
  const row = await tx
    .selectFrom('inbox_keys')
    .select('package_id')
    .where('key', '=', key)
    .executeTakeFirst();
  return row?.package_id;
}

/** Those of `keys` that are known. */
export async function findKeys(tx: Queries, keys: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const piece of inPieces(keys)) {
    const named = tx
      .selectFrom('inbox_keys')
      .select('key')
      .where('key', 'in', [...piece]);
    for (const { key } of await named.execute()) found.add(key);
  }
  return found;
}

/** An answer given before under the same Idempotency-Key. */
export interface StoredAnswer {
  readonly requestSha256: string;
  readonly status: number;
  readonly response: string;
  readonly location: string | null;
}

/** An operation's key and the scope it counts in. */
export interface AnswerKey {
  readonly scope: string;
  readonly key: string;
}

export async function findAnswer(tx: Queries, scope: string, key: string): Promise<StoredAnswer | undefined> {
  return (await findAnswers(tx, [{ scope, key }])).get(answerName({ scope, key }));
}

/** One text that stands for scope and key. */
export function answerName({ scope, key }: AnswerKey): string {
  return `${scope}\n${key}`;
}

/** Answers given before, by {@link answerName}. */
export async function findAnswers(
  tx: Queries,
  keys: readonly AnswerKey[],
): Promise<Map<string, StoredAnswer>> {
  const found = new Map<string, StoredAnswer>();
  for (const piece of inPieces(keys)) {
    const wanted = valueRows(
      ['TEXT', 'TEXT'],
      piece.map(({ scope, key }) => [scope, key]),
    );
    const { rows } = await sql<IdempotencyTable>`
      SELECT * FROM idempotency WHERE (scope, key) IN (${wanted})`.execute(tx);
    for (const row of rows) {
      found.set(answerName(row), {
        requestSha256: row.request_sha256,
        status: Number(row.status),
        response: row.response,
        location: row.location,
      });
    }
  }
  return found;
}

/** Keeps an answer under its key. @returns false when the key is taken. */
export async function rememberAnswer(
  tx: Queries,
  scope: string,
  key: string,
  answer: StoredAnswer,
  now: number,
): Promise<boolean> {
  return (await rememberAnswers(tx, [{ scope, key, ...answer }], now)) === 1;
}

/** Keeps answers under their keys. @returns how many of the keys were free. */
export async function rememberAnswers(
  tx: Queries,
  answers: readonly (AnswerKey & StoredAnswer)[],
  now: number,
): Promise<number> {
  let kept = 0;
  for (const piece of inPieces(answers)) {
    const rows = await tx
      .insertInto('idempotency')
      .values(
        piece.map(({ scope, key, requestSha256, status, response, location }) => ({
          scope,
          key,
          request_sha256: requestSha256,
          status,
          response,
          location,
          at: now,
        })),
      )
      .onConflict((conflict) => conflict.columns(['scope', 'key']).doNothing())
      .returning('key')
      .execute();
    kept += rows.length;
  }
  return kept;
}

/** Deletes answers older than `before`. */
export async function forgetAnswers(tx: Queries, before: number): Promise<void> {
  await sql`DELETE FROM idempotency WHERE at < ${before}`.execute(tx);
}
