/**
 * Transactions on PostgreSQL whose statements need not wait for one another: what is asked together goes out together and
 * costs one passage to the server, where Kysely's own transactions hold each statement back until the one before is answered.
 */
import type { Writable } from 'node:stream';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type pg from 'pg';

/** Runs one transaction. */
export type Transact<DB> = <T>(work: (tx: Kysely<DB>) => Promise<T>) => Promise<T>;

/**
 * Makes a function that runs `work` in a transaction on a client of `pool`, which must be made with `pipeline: true`; resolves
 * when it is committed, and undoes it when `work` throws. Ask for statements together through {@link together}.
 */
export function createTransactions<DB>(pool: pg.Pool): Transact<DB> {
  const connections = new WeakMap<pg.PoolClient, { connection: ClientConnection; tx: Kysely<DB> }>();

  function handleOf(client: pg.PoolClient) {
    let handle = connections.get(client);
    if (handle === undefined) {
      const connection = new ClientConnection(client);
      handle = { connection, tx: queriesOn<DB>(connection) };
      connections.set(client, handle);
    }
    return handle;
  }

  return async (work) => {
    const client = await pool.connect();
    const { connection, tx } = handleOf(client);
    let isBroken = false;
    try {
      // Not sent with what follows: were it to fail, the rest would be written statement by statement.
      await client.query('BEGIN');
      connection.isOpen = true;
      const value = await work(tx);
      connection.isOpen = false;
      const { command } = await client.query('COMMIT');
      if (command !== 'COMMIT') throw new Error(`the transaction ended with ${command}`);
      return value;
    } catch (cause) {
      connection.isOpen = false;
      await client.query('ROLLBACK').catch(() => {
        isBroken = true;
      });
      throw cause;
    } finally {
      client.release(isBroken);
    }
  };
}

/**
 * What all of `parts` give, asked at the same time. Unlike `Promise.all` it ends only when each has ended, so that none of them
 * asks anything of a transaction that was undone for another's sake. @throws what the first of them in their order threw
 */
export async function together<const P extends readonly Promise<unknown>[]>(
  ...parts: P
): Promise<{ -readonly [K in keyof P]: Awaited<P[K]> }> {
  await Promise.allSettled(parts);
  return (await Promise.all(parts)) as { -readonly [K in keyof P]: Awaited<P[K]> };
}

function queriesOn<DB>(connection: DatabaseConnection): Kysely<DB> {
  const done = async (): Promise<void> => undefined;
  const refuse = (): Promise<void> => Promise.reject(new TypeError('a transaction inside a transaction'));
  const driver: Driver = {
    init: done,
    acquireConnection: async () => connection,
    releaseConnection: done,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    destroy: done,
  };
  return new Kysely<DB>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (db) => new PostgresIntrospector(db),
    },
  });
}

/** One client of the pool, as Kysely asks it. */
class ClientConnection implements DatabaseConnection {
  /** A transaction is under way; what is asked outside would be kept at once, whatever becomes of the rest. */
  isOpen = false;
  readonly #client: pg.PoolClient;
  readonly #socket: Writable | undefined;
  #isCorked = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
    this.#socket = (client as { connection?: { stream?: Writable } }).connection?.stream;
  }

  /** What is asked at the same time leaves by one write, and wakes the server once. */
  #cork(): void {
    if (this.#isCorked || this.#socket === undefined) return;
    this.#isCorked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      this.#socket?.uncork();
    });
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    if (!this.isOpen) throw new TypeError('the transaction has ended');
    this.#cork();
    const { command, rowCount, rows } = await this.#client.query(sql, [...parameters]);
    const isWrite = command !== 'SELECT';
    return { rows: rows as R[], ...(isWrite ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}) };
  }

  // biome-ignore lint/correctness/useYield: nothing is streamed out of a transaction
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new TypeError('rows are not streamed inside a transaction');
  }
}
