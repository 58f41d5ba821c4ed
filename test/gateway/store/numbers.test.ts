/** Documents found by their number and day of issue, as statuses without a DocumentId name them. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { CompiledQuery, sql } from 'kysely';
import {
  findNumberedDocuments,
  insertPackages,
  numberedDocuments,
  type PackageRow,
  type Store,
} from '../../../src/gateway/store/index.ts';
import { onEachEngine } from '../support/engines.ts';
import { packageRow } from '../support/rows.ts';

const SENDER = '000.00.00.H99';
const DAY = '2026-11-20';

function document(code: string, more: Partial<PackageRow> = {}, day = DAY): PackageRow {
  const metadata = JSON.stringify({ kind: 'document', promulgationInfo: { promulgationDate: day } });
  return packageRow({ sender: SENDER, code, metadata, ...more });
}

onEachEngine('documents by number', (engine) => {
  async function keep(...rows: PackageRow[]): Promise<string[]> {
    await engine.store().write((tx) => insertPackages(tx, rows));
    return rows.map(({ id }) => id);
  }

  async function found(code: string, day = DAY, store: Store = engine.store()): Promise<string[]> {
    const rows = await findNumberedDocuments(store.read, [SENDER, 'H99'], code, day);
    return rows.map(({ id }) => id);
  }

  /** How the database means to answer. */
  async function plan(store: Store, senders: readonly string[], code: string): Promise<string> {
    const { sql: text, parameters } = numberedDocuments(store.read, senders, code).compile();
    const explain = store.kind === 'postgres' ? 'EXPLAIN' : 'EXPLAIN QUERY PLAN';
    const asked = CompiledQuery.raw(`${explain} ${text}`, [...parameters]);
    return JSON.stringify((await store.read.executeQuery(asked)).rows);
  }

  it('are found however the number is written, of that day, that sender and no status, oldest first', async () => {
    const same = await keep(
      document('12/QĐ-UBND'),
      document('12 / qđ-ubnd'),
      document('12/QĐ-UBND'.normalize('NFD')),
    );
    await keep(
      document('12/QĐ-UBND', {}, '2026-11-21'),
      document('12/QĐ-UBND', { sender: '000.00.01.H99' }),
      document('12/QĐ-UBND', { kind: 'status' }),
      document('112/QĐ-UBND'),
    );

    for (const written of ['12/QĐ-UBND', '12/qđ-ubnd', ' 12 /QĐ-UBND', '12/QĐ-UBND'.normalize('NFD')])
      expect(await found(written), written).to.deep.equal(same);
    expect(await found('1/QĐ-UBND')).to.deep.equal([]);
  });

  it('are found long after their day of issue', async () => {
    const kept = await keep(document('13/QĐ-UBND', {}, '2019-01-02'));

    expect(await found('13/QĐ-UBND', '2019-01-02')).to.deep.equal(kept);
  });

  it('are kept and found with a number of any length', async () => {
    const code = randomBytes(6_000).toString('base64');
    const kept = await keep(document(code));

    expect(await found(code)).to.deep.equal(kept);
  });

  it('come with the upgrade of an installation that has some, along an index', async () => {
    const store = engine.store();
    await store.write(async (tx) => {
      await sql`DROP INDEX packages_number`.execute(tx);
      await sql`DELETE FROM migrations WHERE version = 19`.execute(tx);
    });
    const rows = Array.from({ length: 3_000 }, (_, at) => document(`${at}/TB-UBND`));
    const ids = await keep(...rows);

    const upgraded = await engine.again();

    if (upgraded.kind === 'postgres') await sql`ANALYZE packages`.execute(upgraded.read);
    // SQLite explains by the tables it knew when it last ran a question.
    expect(await found('2999/TB-UBND', DAY, upgraded)).to.deep.equal([ids[2_999]]);
    for (const senders of [[SENDER], [SENDER, 'H99'], [SENDER, 'H99', 'H99.0']])
      for (const code of ['7/TB', '7/qđ-ubnd', '7/QĐ-UBND', '7/Tb-ubnd'])
        expect(await plan(upgraded, senders, code), `${senders} ${code}`).to.include('packages_number');
  });
});
