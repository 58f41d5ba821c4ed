/**
 * The Store port and its two engines behind one query language (Kysely): SQLite (WAL, synchronous=FULL) through
 * libsql, and PostgreSQL through pg.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely';
import Database from 'libsql';
import pg from 'pg';
import { INSIST_ON_DURABLE_COMMITS } from './durability.ts';
import { StoreError } from './errors.ts';
import { asStoreError, isStoreFault } from './faults.ts';
import { migrate } from './migrations.ts';
import type { Schema } from './schema.ts';
import { withStatementCache } from './sql/statement-cache.ts';
import { createTransactions } from './sql/transactions.ts';

/** A handle inside one transaction, or for reading. */
export type Queries = Kysely<Schema>;

/** The durable truth about state. */
export interface Store {
  readonly kind: 'sqlite' | 'postgres';
  /** For reading only; sees what is committed. */
  readonly read: Queries;
  /**
   * Runs `work` in one transaction; resolves when it is durable. `work` must only query (no I/O of its own) and may run again
   * after a serialization failure.
   * @throws StoreError STORE_UNAVAILABLE when the database cannot be reached, otherwise whatever `work` throws.
   */
  write<T>(work: (tx: Queries) => Promise<T>): Promise<T>;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Opens SQLite in `dataDir/lienthong.db` or PostgreSQL at `url`, and migrates it. */
export async function openStore(options: {
  dataDir: string;
  databaseUrl: string;
  poolSize: number;
}): Promise<Store> {
  return options.databaseUrl === ''
    ? openSqlite(options.dataDir)
    : openPostgres(options.databaseUrl, options.poolSize);
}

// ------------------------------------------------------------------------------------------------ SQLite

function connectSqlite(file: string): Database.Database {
  const database = new Database(file, { timeout: 10_000 });
  // FULL: every commit is synced before it is acknowledged; WAL alone would only promise consistency.
  for (const pragma of ['journal_mode=WAL', 'synchronous=FULL', 'foreign_keys=ON', 'busy_timeout=10000'])
    database.exec(`PRAGMA ${pragma}`);
  return database;
}

interface Unit {
  run(tx: Queries): Promise<void>;
  settle(): void;
  fail(cause: unknown): void;
}

/** How long a commit waits for company when the one before had some: about what one fsync costs. */
const GATHER_MS = 2;
/** Most units of work that share one fsync. */
const GROUP_LIMIT = 64;

async function openSqlite(dataDir: string): Promise<Store> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, 'lienthong.db');
  const writer = new Kysely<Schema>({
    dialect: new SqliteDialect({ database: withStatementCache(connectSqlite(file)) }),
  });
  const reader = new Kysely<Schema>({
    dialect: new SqliteDialect({ database: withStatementCache(connectSqlite(file)) }),
  });
  const waiting: Unit[] = [];
  let pumping: Promise<void> | null = null;
  let closed = false;
  let lastGroup = 1;

  async function runGroup(group: Unit[]): Promise<void> {
    await writer.connection().execute(async (connection) => {
      await sql`BEGIN IMMEDIATE`.execute(connection);
      const done: Unit[] = [];
      try {
        for (const unit of group) {
          await sql`SAVEPOINT unit`.execute(connection);
          try {
            await unit.run(connection);
            await sql`RELEASE unit`.execute(connection);
            done.push(unit);
          } catch (cause) {
            await sql`ROLLBACK TO unit`.execute(connection);
            await sql`RELEASE unit`.execute(connection);
            unit.fail(isStoreFault(cause) ? asStoreError(cause) : cause);
          }
        }
        await sql`COMMIT`.execute(connection);
      } catch (cause) {
        await sql`ROLLBACK`.execute(connection).catch(() => undefined);
        for (const unit of group) unit.fail(asStoreError(cause));
        return;
      }
      for (const unit of done) unit.settle();
    });
  }

  /** Lets what is on its way arrive first: this turn's work always, and a little more when commits have had company. */
  function gather(): Promise<void> {
    return new Promise((resume) => {
      if (lastGroup > 1) setTimeout(resume, GATHER_MS);
      else setImmediate(resume);
    });
  }

  async function pump(): Promise<void> {
    while (waiting.length > 0) {
      await gather();
      const group = waiting.splice(0, GROUP_LIMIT);
      lastGroup = group.length;
      try {
        await runGroup(group);
      } catch (cause) {
        for (const unit of group) unit.fail(asStoreError(cause));
      }
    }
    pumping = null;
  }

  function write<T>(work: (tx: Queries) => Promise<T>): Promise<T> {
    if (closed) return Promise.reject(new StoreError('STORE_CLOSED', 'store is closed'));
    return new Promise<T>((resolve, reject) => {
      let value: T;
      waiting.push({
        run: async (tx) => {
          value = await work(tx);
        },
        settle: () => resolve(value),
        fail: reject,
      });
      pumping ??= pump();
    });
  }

  await migrate(write);
  return {
    kind: 'sqlite',
    read: reader,
    write,
    async ping() {
      await sql`SELECT 1`.execute(reader);
    },
    async close() {
      closed = true;
      await pumping;
      await Promise.all([writer.destroy(), reader.destroy()]);
    },
  };
}

// ------------------------------------------------------------------------------------------------ PostgreSQL

/** Advisory lock number of migrations, an arbitrary constant of ours. */
const MIGRATION_LOCK = 7_102_016;

/** serialization_failure, deadlock_detected: the statement may simply be run again. */
const TRANSIENT = new Set(['40001', '40P01']);
const TRIES = 5;

async function openPostgres(url: string, poolSize: number): Promise<Store> {
  pg.types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 60_000,
    application_name: 'lienthong',
    // Statements that are asked together go out together.
    pipeline: true,
  });
  // A client whose server went away emits an error, idle (through the pool) or between two statements of a transaction (by
  // itself); without a listener the process would end. The work under way is told by its own statement, which rejects.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    // Goes out ahead of what the session was opened for; when it fails, so does that.
    client.query(INSIST_ON_DURABLE_COMMITS).catch(() => undefined);
  });
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  const transact = createTransactions<Schema>(pool);

  let closed = false;

  async function write<T>(work: (tx: Queries) => Promise<T>): Promise<T> {
    if (closed) throw new StoreError('STORE_CLOSED', 'store is closed');
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await transact(work);
      } catch (cause) {
        const code = (cause as { code?: string }).code ?? '';
        if (TRANSIENT.has(code) && attempt < TRIES) continue;
        throw isStoreFault(cause) ? asStoreError(cause) : cause;
      }
    }
  }

  await migrate((work) =>
    write(async (tx) => {
      await sql`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(tx);
      return work(tx);
    }),
  );
  return {
    kind: 'postgres',
    read: db,
    write,
    async ping() {
      await sql`SELECT 1`.execute(db).catch((cause: unknown) => {
        throw asStoreError(cause);
      });
    },
    async close() {
      closed = true;
      await db.destroy();
    },
  };
}
