/** Keeps prepared statements: the gateway runs the same few dozen texts again and again, and preparing one costs more than running it. */
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import type Database from 'libsql';

/** Texts kept; bulk inserts of many sizes would otherwise fill memory. */
const LIMIT = 300;

/** A database for Kysely that prepares each text once. One connection runs one statement at a time, so sharing is safe. */
export function withStatementCache(database: Database.Database): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  return {
    close: () => {
      kept.clear();
      database.close();
    },
    prepare(text) {
      const known = kept.get(text);
      if (known !== undefined) return known;
      const statement = database.prepare(text) as unknown as SqliteStatement;
      if (kept.size >= LIMIT) {
        const [oldest] = kept.keys();
        if (oldest !== undefined) kept.delete(oldest);
      }
      kept.set(text, statement);
      return statement;
    },
  };
}
