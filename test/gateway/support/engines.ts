/** The same tests on both databases: SQLite always, PostgreSQL where there is one. */
import type { Context } from 'mocha';
import { openStore, type Store } from '../../../src/gateway/store/index.ts';
import { testDatabaseUrl } from '../../support/services.ts';
import { temporaryFolder } from './folders.ts';

export interface Engine {
  readonly kind: 'sqlite' | 'postgres';
  /** Folder of SQLite. */
  readonly dataDir: string;
  /** Address of PostgreSQL; empty for SQLite. */
  url(): string;
  /** The store under test. */
  store(): Store;
  /** Opens the same data once more, as another process would. */
  again(): Promise<Store>;
}

/** Declares `tests` for each engine. */
export function onEachEngine(title: string, tests: (engine: Engine) => void): void {
  describe(`${title} on SQLite`, () => declare('sqlite', () => '', tests));
  describe(`${title} on PostgreSQL`, () => declare('postgres', testDatabaseUrl(), tests));
}

function declare(kind: Engine['kind'], url: () => string, tests: (engine: Engine) => void): void {
  const dataDir = temporaryFolder();
  const opened: Store[] = [];
  async function again(): Promise<Store> {
    const store = await openStore({ dataDir, databaseUrl: url(), poolSize: 8 });
    opened.push(store);
    return store;
  }
  let store: Store | undefined;
  before(async function open(this: Context) {
    store = await again();
  });
  after(async () => {
    for (const one of opened.reverse()) await one.close();
  });
  tests({
    kind,
    dataDir,
    url,
    again,
    store() {
      if (store === undefined) throw new Error('the store exists only while the suite runs');
      return store;
    },
  });
}
