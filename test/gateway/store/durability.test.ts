import { expect } from 'chai';
import { sql } from 'kysely';
import { loadConfig } from '../../../src/gateway/config.ts';
import { examine } from '../../../src/gateway/doctor/index.ts';
import { findDurabilityGaps, openStore, type Store } from '../../../src/gateway/store/index.ts';
import { testDatabaseUrl } from '../../support/services.ts';
import { temporaryFolder } from '../support/folders.ts';

const SETTING = sql<{ setting: string }>`SELECT current_setting('synchronous_commit') AS setting`;

describe('what is committed stays', () => {
  const databaseUrl = testDatabaseUrl();
  const dataDir = temporaryFolder();

  async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const store = await openStore({ dataDir, databaseUrl: databaseUrl(), poolSize: 3 });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  /** How sessions of a store wait for the disk when the database is set to `given`. */
  async function commitsUnder(given: string): Promise<(string | undefined)[]> {
    const name = new URL(databaseUrl()).pathname.slice(1);
    await withStore((store) =>
      sql`ALTER DATABASE ${sql.id(name)} SET synchronous_commit = ${sql.lit(given)}`.execute(store.read),
    );
    return withStore(async (store) => {
      const asked = [SETTING.execute(store.read), SETTING.execute(store.read)];
      const written = store.write((tx) => SETTING.execute(tx));
      return (await Promise.all([...asked, written])).map(({ rows }) => rows[0]?.setting);
    });
  }

  it('waits for the disk where the database would not, and leaves a stricter or local setting alone', async () => {
    expect(await commitsUnder('off')).to.deep.equal(['on', 'on', 'on']);
    expect(await commitsUnder('local')).to.deep.equal(['local', 'local', 'local']);
    expect(await commitsUnder('remote_apply')).to.deep.equal(Array(3).fill('remote_apply'));
  });

  it('says of a server that would tear pages what it would lose, and how to mend it', async () => {
    const doctor = async () => {
      const { config } = loadConfig({ env: {}, flags: { dataDir, databaseUrl: databaseUrl() } });
      return (await examine(config, Date.now())).find(({ check }) => check === 'database');
    };
    await withStore(async (store) => {
      const reload = async (gaps: number) => {
        await sql`SELECT pg_reload_conf()`.execute(store.read);
        for (let tries = 0; (await findDurabilityGaps(store)).length !== gaps; tries += 1)
          if (tries > 2_000) throw new Error('the server did not take its settings up');
      };
      expect((await doctor())?.level).to.equal('ok');
      await sql`ALTER SYSTEM SET full_page_writes = off`.execute(store.read);
      try {
        await reload(1);
        const finding = await doctor();
        expect(finding?.level).to.equal('fail');
        expect(finding?.vi).to.include('full_page_writes=off').and.include('mất điện');
        expect(finding?.en).to.include('full_page_writes=off').and.include('power cut');
      } finally {
        await sql`ALTER SYSTEM RESET full_page_writes`.execute(store.read);
        await reload(0);
      }
    });
  });
});
