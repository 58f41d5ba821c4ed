/** SQL that both engines read, for many rows in one statement. */
import { PostgresAdapter, type RawBuilder, sql } from 'kysely';
import type { Queries } from '../database.ts';

/** Column types both engines know. */
export type ValueType = 'TEXT' | 'BIGINT';
/** A value of one cell. */
export type Cell = string | number | null;

/** Rows of one statement: with ten columns under the 32,766 bound values of SQLite. */
export const ROWS_PER_STATEMENT = 500;

/** True on PostgreSQL, where rows can be locked one by one; SQLite has one writer, so nothing is to be locked. */
export function isPostgres(tx: Queries): boolean {
  return tx.getExecutor().adapter instanceof PostgresAdapter;
}

/** `VALUES (…), (…)` to stand in a CTE; the first row states the types, which PostgreSQL takes for the others. */
export function valueRows(
  types: readonly ValueType[],
  rows: readonly (readonly Cell[])[],
): RawBuilder<unknown> {
  const lines = rows.map((row, index) => {
    const cells = row.map((cell, column) =>
      index === 0 ? sql`CAST(${cell} AS ${sql.raw(types[column] ?? 'TEXT')})` : sql`${cell}`,
    );
    return sql`(${sql.join(cells)})`;
  });
  return sql`VALUES ${sql.join(lines)}`;
}

/** `items` in pieces of at most {@link ROWS_PER_STATEMENT}. */
export function* inPieces<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += ROWS_PER_STATEMENT)
    yield items.slice(at, at + ROWS_PER_STATEMENT);
}
