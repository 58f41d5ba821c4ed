import { expect } from 'chai';
import { createVxpClient, startNationalAxis } from '../../../src/connectors/index.ts';
import { vxpDirectory } from '../../../src/gateway/counterparties/directory.ts';
import {
  expireAgencies,
  findAgencies,
  type ListedAgency,
  saveAgencies,
  searchAgencies,
  syncAgencies,
  synchroniseWhenDue,
} from '../../../src/gateway/directory/index.ts';
import { startBareGateway } from '../support/bare.ts';
import { onEachEngine } from '../support/engines.ts';
import { AGENCY } from '../support/messages.ts';

function listed(code: string, more: Partial<ListedAgency> = {}): ListedAgency {
  return { code, otherCode: '', name: `Đơn vị ${code}`, parent: '', mail: '', deleted: false, ...more };
}

async function* pagesOf(...pages: ListedAgency[][]): AsyncGenerator<ListedAgency[]> {
  yield* pages;
}

onEachEngine('directory taken over from an axis', (engine) => {
  const sync = (now: number, ...pages: ListedAgency[][]) =>
    syncAgencies(engine.store(), pagesOf(...pages), { system: 'vxp', now });

  beforeEach(async () => {
    await engine.store().write((tx) => tx.deleteFrom('agencies').execute());
  });

  async function found(code: string) {
    return (await findAgencies(engine.store().read, [code])).get(code);
  }

  it('adds what is new, changes what changed, and writes nothing for the rest', async () => {
    const first = await sync(
      1_000,
      [listed('H99.01', { otherCode: '000.00.01.H99' }), listed('H99.02')],
      [listed('H99.03')],
    );

    const second = await sync(2_000, [
      listed('H99.01', { otherCode: '000.00.01.H99' }),
      listed('H99.02', { name: 'Tên  mới' }),
      listed('H99.03'),
    ]);

    expect(first).to.deep.equal({ listed: 3, added: 3, changed: 0, removed: 0, heldBack: 0 });
    expect(second).to.deep.equal({ listed: 3, added: 0, changed: 1, removed: 0, heldBack: 0 });
    expect(await found('000.00.01.H99')).to.include({ code: 'H99.01', updated_at: 1_000, system: 'vxp' });
    expect(await found('H99.02')).to.include({ name: 'Tên mới', updated_at: 2_000 });
  });

  it('leaves what people entered as it is, under whichever code, and only fills it in', async () => {
    const own = { code: '000.00.05.H99', name: 'Sở của ta', system: 'inbox' as const };
    await saveAgencies(engine.store(), [own], 1);

    await sync(1_000, [
      listed('H99.05', { otherCode: '000.00.05.H99', name: 'Tên trên trục', mail: 'a@b.vn' }),
    ]);
    const gone = await sync(2_000, [listed('H99.06')]);

    for (const code of ['000.00.05.H99', 'H99.05'])
      expect(await found(code)).to.include({
        code: '000.00.05.H99',
        name: 'Sở của ta',
        system: 'inbox',
        other_code: 'H99.05',
        mail: 'a@b.vn',
      });
    expect(gone.removed + gone.heldBack).to.equal(0);
  });

  it('takes out what the axis deleted or no longer lists, and back in what it lists again', async () => {
    const many = Array.from({ length: 10 }, (_, at) => listed(`H99.1${at}`));
    await sync(1_000, many);

    const marked = await sync(2_000, many, [
      listed('H99.10', { deleted: true }),
      listed('H99.77', { deleted: true }),
    ]);
    const missing = await sync(3_000, many.slice(2));
    const back = await sync(4_000, many);

    expect(marked).to.include({ added: 0, removed: 1 });
    expect(missing).to.include({ removed: 1, heldBack: 0 });
    expect(back).to.include({ changed: 2, removed: 0 });
    expect(await found('H99.10')).to.include({ active: 1 });
  });

  it('removes nothing when the list breaks off, or leaves out so many that it must be wrong', async () => {
    const many = Array.from({ length: 10 }, (_, at) => listed(`H99.2${at}`));
    await sync(1_000, many);
    async function* broken(): AsyncGenerator<ListedAgency[]> {
      yield many.slice(0, 3);
      throw new Error('mạng đứt');
    }

    const failed = await syncAgencies(engine.store(), broken(), { system: 'vxp', now: 2_000 }).catch(
      (cause: Error) => cause.message,
    );
    const poor = await sync(3_000, many.slice(0, 3));
    const kept = await searchAgencies(engine.store().read, 'H99.2', { limit: 50 });
    const forced = await syncAgencies(engine.store(), pagesOf(many.slice(0, 3)), {
      system: 'vxp',
      now: 4_000,
      maxRemovedShare: 1,
    });

    expect(failed).to.equal('mạng đứt');
    expect(poor).to.include({ removed: 0, heldBack: 7 });
    expect(kept).to.have.length(10);
    expect(forced).to.include({ removed: 7, heldBack: 0 });
  });

  it('follows mergers: an old code leads to its successor, however the list is ordered', async () => {
    const old = ['H99.41', 'H99.42', 'H99.43'].map((code) => listed(code));
    const successor = listed('H99.40', { otherCode: 'H99.41', name: 'Phường mới sau sáp nhập' });
    const ended = old.map((agency) => ({ ...agency, deleted: true }));
    const orders = [
      [[successor, ...ended]],
      [[...ended, successor]],
      [ended, [successor]],
      [[successor], ended],
    ];
    for (const [at, order] of orders.entries()) {
      await engine.store().write((tx) => tx.deleteFrom('agencies').execute());
      await sync(1_000 + at * 10, old);
      for (const again of [1, 2]) {
        await sync(1_000 + at * 10 + again, ...order);

        for (const code of ['H99.40', 'H99.41'])
          expect(await found(code), `${at} ${again} ${code}`).to.include({ name: 'Phường mới sau sáp nhập' });
        expect(await found('H99.42'), `${at} ${again}`).to.equal(undefined);
      }
    }
  });

  it('keeps agencies apart that share an old code, or whose old code lives on beside them', async () => {
    const shared = ['H99.51', 'H99.52', 'H99.53'].map((code) => listed(code, { otherCode: 'H99.50' }));
    const orders = [
      [shared],
      [[...shared, listed('H99.50')]],
      [[listed('H99.50')], shared],
      [shared, [listed('H99.50')]],
    ];
    for (const [at, order] of orders.entries()) {
      await engine.store().write((tx) => tx.deleteFrom('agencies').execute());
      await sync(1_000 + at * 10, [listed('H99.50')]);
      for (const again of [1, 2]) await sync(1_000 + at * 10 + again, ...order);

      for (const code of ['H99.51', 'H99.52', 'H99.53'])
        expect(await found(code), `${at} ${code}`).to.include({ name: `Đơn vị ${code}` });
      if (at > 0) expect(await found('H99.50'), String(at)).to.include({ name: 'Đơn vị H99.50' });
    }
  });

  it('takes one agency listed under both its codes for one, whichever comes first', async () => {
    const both = [
      listed('H99.60', { otherCode: '000.00.60.H99' }),
      listed('000.00.60.H99', { otherCode: 'H99.60' }),
    ];
    for (const order of [both, both.toReversed()]) {
      await engine.store().write((tx) => tx.deleteFrom('agencies').execute());
      await sync(1_000, order);
      const again = await sync(2_000, order);

      expect(await searchAgencies(engine.store().read, '60', { limit: 10 })).to.have.length(1);
      expect((await found('H99.60'))?.code).to.equal((await found('000.00.60.H99'))?.code);
      expect(again).to.include({ added: 0, changed: 0, removed: 0 });
    }
  });

  it('finds agencies by any words of code and name, marks aside, and never offers a centre', async () => {
    await sync(1_000, [
      listed('H99.30', { name: 'Sở Tư pháp tỉnh Mẫu', otherCode: '000.00.30.H99' }),
      listed('H99.31', { name: 'Sở Đường sắt' }),
      listed('00.99.W00', { name: 'Trung tâm tích hợp Sở' }),
    ]);
    const codes = async (text: string): Promise<string[]> =>
      (await searchAgencies(engine.store().read, text, { limit: 10 })).map((row) => row.code);

    expect(await codes('so tu PHAP')).to.deep.equal(['H99.30']);
    expect(await codes('000.00.30')).to.deep.equal(['H99.30']);
    expect(await codes('đường')).to.deep.equal(['H99.31']);
    expect(await codes('Sở')).to.deep.equal(['H99.30', 'H99.31']);
    expect(await codes('%')).to.deep.equal(['H99.30', 'H99.31']);
    expect(await codes('không có')).to.deep.equal([]);
  });

  it('ends an agency with its last day', async () => {
    const agency = { code: 'H98.01', name: 'Đã sáp nhập', system: 'vxp' as const, validUntil: '2025-06-30' };
    await saveAgencies(engine.store(), [agency], 1);

    expect(await expireAgencies(engine.store(), '2025-06-30', 2)).to.equal(0);
    expect(await expireAgencies(engine.store(), '2025-07-01', 3)).to.equal(1);
    expect(await found('H98.01')).to.equal(undefined);
  });

  it('is looked at once in a while, by one process', async () => {
    let asked = 0;
    const schedule = (owner: string, now: number) => ({
      store: engine.store(),
      source: {
        system: 'vxp' as const,
        pages() {
          asked += 1;
          return pagesOf([listed('H99.40')]);
        },
      },
      owner,
      log: { info: () => undefined, warn: () => undefined },
      now: () => now,
      everyMs: 1_000_000,
    });
    const { signal } = new AbortController();

    const first = await synchroniseWhenDue(schedule('a', 10_000_000), signal);
    const soon = await synchroniseWhenDue(schedule('a', 10_500_000), signal);
    const other = await synchroniseWhenDue(schedule('b', 11_000_001), signal);
    const later = await synchroniseWhenDue(schedule('a', 11_000_001), signal);

    expect([first?.added, soon, other, later?.listed]).to.deep.equal([1, null, null, 1]);
    expect(asked).to.equal(2);
  });
});

describe('directory over HTTP', () => {
  it('finds recipients for any token, page by page', async () => {
    const bare = await startBareGateway();
    const district = await bare.as(AGENCY.district);
    try {
      const all = await district.get('/api/v1/agencies?q=mau&limit=1');
      const next = await district.get(`/api/v1/agencies?q=m%E1%BA%ABu&after=${AGENCY.district.code}`);
      const nobody = await fetch(`${bare.gateway.url}/api/v1/agencies`);

      expect(all.json.items).to.deep.equal([
        {
          code: AGENCY.district.code,
          otherCode: null,
          name: AGENCY.district.name,
          parent: null,
          system: 'inbox',
        },
      ]);
      expect((next.json.items as { code: string }[]).map((item) => item.code)).to.deep.equal([
        AGENCY.commune.code,
      ]);
      expect(nobody.status).to.equal(401);
    } finally {
      await bare.close();
    }
  });
});

describe('directory of the national axis', () => {
  it('comes with both codes and the deletions, through the client', async () => {
    const agencies = [
      { code: 'H99.50', name: 'Sở Một', otherCode: '000.00.50.H99' },
      { code: 'H99.51', name: 'Sở Hai', otherCode: '' },
    ];
    const axis = await startNationalAxis({ systems: [{ systemId: 'bo', secret: 'b', agencies }] });
    const client = createVxpClient({ baseUrl: axis.baseUrl, systemId: 'bo', secret: 'b' });
    await client.deleteAgency('H99.51');

    const rows: ListedAgency[] = [];
    for await (const page of vxpDirectory(client).pages()) rows.push(...page);

    await axis.close();
    expect(rows.map(({ code, otherCode, deleted }) => [code, otherCode, deleted])).to.deep.equal([
      ['H99.50', '000.00.50.H99', false],
      ['H99.51', '', true],
    ]);
  });
});
