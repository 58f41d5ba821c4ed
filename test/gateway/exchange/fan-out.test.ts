/** One document to a thousand agencies: all of it or nothing, each recipient once, on both stores. */
import { expect } from 'chai';
import { saveAgencies } from '../../../src/gateway/directory/index.ts';
import { testDatabaseUrl } from '../../support/services.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { AGENCY, letter, wire } from '../support/messages.ts';

const COUNT = 1_000;
const CODES = Array.from({ length: COUNT }, (_, n) => `H99.${Math.floor(n / 100) + 1}.${(n % 100) + 1}`);

for (const kind of ['SQLite', 'PostgreSQL'] as const) {
  describe(`exchange: a document to a thousand, ${kind}`, () => {
    let bare: BareGateway | undefined;
    let world: BareGateway;
    // Before the database goes: hooks run in the order they stand here.
    after(() => bare?.close());
    const databaseUrl = kind === 'SQLite' ? () => '' : testDatabaseUrl();
    before(async () => {
      world = await startBareGateway({ databaseUrl: databaseUrl() });
      bare = world;
      const agencies = CODES.map((code) => ({ code, name: `Cơ quan ${code}`, system: 'inbox' as const }));
      await saveAgencies(world.gateway.deps.x.store, agencies, Date.now());
    });

    async function counted(table: 'packages' | 'deliveries' | 'events' | 'outbox'): Promise<number> {
      const { store } = world.gateway.deps.x;
      return (
        await store.read
          .selectFrom(table)
          .select(({ lit }) => lit(1).as('one'))
          .execute()
      ).length;
    }

    it('comes into every inbox once, in the transaction that keeps it', async () => {
      const api = await world.as(AGENCY.district);
      const { store } = world.gateway.deps.x;

      const answer = await api.postXml(
        await wire(letter(CODES), [{ name: 'a.txt', bytes: Buffer.from('a') }]),
      );

      expect(answer.status).to.equal(202);
      const rows = await store.read
        .selectFrom('deliveries')
        .select(['recipient', 'state', 'seq'])
        .where('package_id', '=', String(answer.json.packageId))
        .execute();
      expect(rows).to.have.length(COUNT);
      expect(
        rows
          .map(({ recipient }) => recipient)
          .sort()
          .join(),
      ).to.equal([...CODES].sort().join());
      // Answered and in the inboxes: nothing is left to be done after the one transaction.
      expect(rows.every(({ state, seq }) => state === 'available' && seq === 1)).to.equal(true);
      expect(await counted('outbox')).to.equal(0);
      const seen = await (await world.as({ code: CODES[999] ?? '' })).call('GET', '/api/v1/inbox');
      expect((seen.json as unknown as { items: unknown[] }).items).to.have.length(1);
    });

    it('comes to nobody when one of them is not in the directory', async () => {
      const api = await world.as(AGENCY.district);
      const before = [await counted('packages'), await counted('deliveries'), await counted('events')];

      const answer = await api.postXml(await wire(letter([...CODES.slice(1), 'H99.99.99'])));

      expect(answer.status).to.equal(422);
      expect(answer.json.errors).to.have.length(1);
      expect([await counted('packages'), await counted('deliveries'), await counted('events')]).to.deep.equal(
        before,
      );
    });

    it('is refused over a thousand, with the number of them', async () => {
      const api = await world.as(AGENCY.district);

      const answer = await api.postXml(await wire(letter([...CODES, AGENCY.commune.code])));

      expect(answer.status).to.equal(422);
      expect(JSON.stringify(answer.json)).to.include('1.000');
    });
  });
}
