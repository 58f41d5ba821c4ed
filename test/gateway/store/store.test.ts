import { expect } from 'chai';
import { sql } from 'kysely';
import {
  enqueue,
  findDelivery,
  findEarlierUnsent,
  findOverdue,
  insertDeliveries,
  insertPackage,
  isStoreFault,
  isUniqueViolation,
  leaseDelivery,
  leaseOutbox,
  listInbox,
  listPackages,
  makeAvailable,
  nextValue,
  rememberAnswer,
  rememberKey,
  renewLease,
  returnOutbox,
  SCHEMA_VERSION,
  StoreError,
  settleOutbox,
  takeLease,
  updateDelivery,
} from '../../../src/gateway/store/index.ts';
import { onEachEngine } from '../support/engines.ts';
import { deliveryRow, packageRow } from '../support/rows.ts';

onEachEngine('store', (engine) => {
  const write = <T>(work: Parameters<ReturnType<typeof engine.store>['write']>[0]): Promise<T> =>
    engine.store().write(work) as Promise<T>;

  describe('transactions', () => {
    it('roll back a failing unit of work alone; those that share its commit stay', async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 40 }, (_, at) =>
          write(async (tx) => {
            await rememberKey(tx, `nhom-${at}`, null, at);
            if (at % 4 === 3) throw new Error(`đơn vị ${at}`);
          }),
        ),
      );

      const kept = await engine
        .store()
        .read.selectFrom('inbox_keys')
        .select('key')
        .where('key', 'like', 'nhom-%')
        .execute();
      const expected = results
        .map((result, at) => [result.status, `nhom-${at}`] as const)
        .filter(([status]) => status === 'fulfilled');
      expect(expected).to.have.length(30);
      expect(kept.map((row) => row.key).sort()).to.deep.equal(expected.map(([, key]) => key).sort());
      const failed = results.find((result) => result.status === 'rejected') as PromiseRejectedResult;
      expect((failed.reason as Error).message).to.equal('đơn vị 3');
    });

    it('roll back everything a failing unit wrote', async () => {
      const pkg = packageRow();

      const outcome = await write(async (tx) => {
        await insertPackage(tx, pkg);
        await insertPackage(tx, packageRow({ document_key: pkg.document_key }));
      }).catch((cause: unknown) => cause);

      expect(isUniqueViolation(outcome)).to.equal(true);
      const rows = await engine
        .store()
        .read.selectFrom('packages')
        .select('id')
        .where('id', '=', pkg.id)
        .execute();
      expect(rows).to.deep.equal([]);
    });

    it('tell a taken key from every other fault', async () => {
      await write((tx) => insertPackage(tx, packageRow({ id: 'pkg_trung' })));

      const samePrimary = await write((tx) => insertPackage(tx, packageRow({ id: 'pkg_trung' }))).catch(
        (cause: unknown) => cause,
      );
      const foreign = await write((tx) => insertDeliveries(tx, [deliveryRow({ id: 'pkg_khong_co' })])).catch(
        (cause: unknown) => cause,
      );
      const missing = await write((tx) => sql`INSERT INTO leases (name) VALUES ('x')`.execute(tx)).catch(
        (cause: unknown) => cause,
      );

      expect(isUniqueViolation(samePrimary)).to.equal(true);
      expect(isUniqueViolation(foreign), String(foreign)).to.equal(false);
      expect(isUniqueViolation(missing), String(missing)).to.equal(false);
      for (const cause of [samePrimary, foreign, missing]) expect(isStoreFault(cause)).to.equal(false);
    });

    it('are refused with a code once the store is closed', async () => {
      const other = await engine.again();
      await other.close();

      const cause = await other.write(async () => 1).catch((error: unknown) => error);

      expect(isStoreFault(cause), String(cause)).to.equal(true);
    });
  });

  describe('migrations', () => {
    it('change nothing the second time, and may be run by several at once', async () => {
      await Promise.all([engine.again(), engine.again(), engine.again()]);

      const { rows } = await sql<{
        version: number;
      }>`SELECT version FROM migrations ORDER BY version`.execute(engine.store().read);
      expect(rows.map((row) => Number(row.version))).to.deep.equal(
        Array.from({ length: SCHEMA_VERSION }, (_, at) => at + 1),
      );
    });
  });

  describe('the outbox', () => {
    async function put(count: number): Promise<void> {
      const message = { routingKey: 'vxp.normal.B.document', packageId: 'p', deliveryId: null, headers: {} };
      await write(async (tx) => {
        await tx.deleteFrom('outbox').execute();
        await enqueue(tx, Array(count).fill(message), 1_000);
      });
    }

    it('leases each row to one of many at once', async () => {
      await put(60);
      const other = await engine.again();

      const taken = await Promise.all(
        Array.from({ length: 12 }, (_, at) =>
          leaseOutbox(at % 2 === 0 ? engine.store() : other, `ai-${at}`, 2_000, 9_000, 10),
        ),
      );

      const ids = taken.flat().map((row) => row.id);
      expect(new Set(ids).size).to.equal(ids.length);
      let left = await leaseOutbox(engine.store(), 'sau-cùng', 2_000, 9_000, 100);
      left = [...left, ...(await leaseOutbox(engine.store(), 'sau-cùng', 2_000, 9_000, 100))];
      expect(ids.length + left.length).to.equal(60);
    });

    it('gives a row to another when its lease has run out, not before', async () => {
      await put(1);
      const [row] = await leaseOutbox(engine.store(), 'một', 2_000, 5_000, 10);

      const early = await leaseOutbox(engine.store(), 'hai', 5_000, 9_000, 10);
      const late = await leaseOutbox(engine.store(), 'hai', 5_001, 9_000, 10);

      expect(early).to.deep.equal([]);
      expect(late.map((one) => one.id)).to.deep.equal([row?.id]);
      expect(late[0]?.attempts).to.equal(2);
    });

    it('holds back a returned row until it is due, and forgets a settled one', async () => {
      await put(2);
      const rows = await leaseOutbox(engine.store(), 'một', 2_000, 5_000, 10);
      const [first, second] = rows.map((row) => row.id);
      await write(async (tx) => {
        await settleOutbox(tx, [first ?? '']);
        await returnOutbox(tx, [second ?? ''], 7_000);
      });

      expect(await leaseOutbox(engine.store(), 'một', 6_999, 9_000, 10)).to.deep.equal([]);
      expect((await leaseOutbox(engine.store(), 'một', 7_000, 9_000, 10)).map((row) => row.id)).to.deep.equal(
        [second],
      );
    });
  });

  describe('deliveries', () => {
    async function keep(more: Parameters<typeof deliveryRow>[1] = {}) {
      const pkg = packageRow();
      const delivery = deliveryRow(pkg, more);
      await write(async (tx) => {
        await insertPackage(tx, pkg);
        await insertDeliveries(tx, [delivery]);
      });
      return { pkg, delivery };
    }

    it('are leased to one worker of many, stolen only after expiry, and renewed only by their holder', async () => {
      const { delivery } = await keep();
      const lease = (owner: string, now: number) =>
        engine
          .store()
          .write((tx) =>
            leaseDelivery(tx, delivery.id, { owner, until: now + 1_000, unclearUntil: now + 5_000 }, now),
          );

      const all = await Promise.all(Array.from({ length: 10 }, (_, at) => lease(`ai-${at}`, 100)));
      const [holder] = all.filter((row) => row !== null);
      const renewed = await engine
        .store()
        .write((tx) => renewLease(tx, delivery.id, holder?.lease_owner ?? '', 2_000));
      const foreign = await engine.store().write((tx) => renewLease(tx, delivery.id, 'kẻ khác', 9_000));
      const early = await lease('kẻ khác', 2_000);
      const late = await lease('kẻ khác', 2_001);
      const lost = await engine
        .store()
        .write((tx) => renewLease(tx, delivery.id, holder?.lease_owner ?? '', 9_000));

      expect(all.filter((row) => row !== null)).to.have.length(1);
      expect([renewed, foreign, lost]).to.deep.equal([true, false, false]);
      expect(early).to.equal(null);
      expect(holder?.unclear_until).to.equal(null);
      expect(late).to.include({
        lease_owner: 'kẻ khác',
        attempts: 2,
        first_tried_at: 100,
        state: 'sending',
        unclear_until: 7_001,
      });
    });

    for (const state of ['sent', 'delivered', 'parked', 'refused', 'available']) {
      it(`are not worked on when ${state}`, async () => {
        const { delivery } = await keep({ state });

        const row = await engine
          .store()
          .write((tx) => leaseDelivery(tx, delivery.id, { owner: 'x', until: 200, unclearUntil: 300 }, 100));

        expect(row).to.equal(null);
      });
    }

    it('wait for earlier ones of their key and system that are not handed over', async () => {
      const { pkg } = await keep();
      const [first, second, elsewhere] = [
        deliveryRow(pkg, { order_key: 'khoá', state: 'retrying' }),
        deliveryRow(pkg, { order_key: 'khoá' }),
        deliveryRow(pkg, { order_key: 'khoá', system: 'provincial' }),
      ];
      await write((tx) => insertDeliveries(tx, [first, second, elsewhere]));
      const { read } = engine.store();

      const blocked = await findEarlierUnsent(read, second);
      const free = await findEarlierUnsent(read, elsewhere);
      await write((tx) => updateDelivery(tx, first.id, { state: 'sent' }));

      expect(blocked?.id).to.equal(first.id);
      expect(free).to.equal(undefined);
      expect(await findEarlierUnsent(read, second)).to.equal(undefined);
    });

    it('are found overdue when their time or lease is over and nothing in the outbox will wake them', async () => {
      await write((tx) => tx.updateTable('deliveries').set({ state: 'sent' }).execute());
      const late = (await keep({ state: 'retrying', next_attempt_at: 500 })).delivery;
      const dead = (await keep({ state: 'sending', lease_until: 500 })).delivery;
      const awaited = (await keep({ state: 'queued', next_attempt_at: 500 })).delivery;
      await keep({ state: 'queued', next_attempt_at: 5_000 });
      const message = { routingKey: 'k', packageId: awaited.package_id, deliveryId: awaited.id, headers: {} };
      await write((tx) => enqueue(tx, [message], 1));

      const found = await findOverdue(engine.store().read, 1_000, 10);

      expect(found.map((row) => row.id).sort()).to.deep.equal([late.id, dead.id].sort());
    });

    it('get inbox positions without a gap, readable in the order of commits', async () => {
      const kept = await Promise.all(
        Array.from({ length: 30 }, () => keep({ recipient: 'HỘP', system: 'inbox' })),
      );
      const other = await engine.again();

      const seqs = await Promise.all(
        kept.map(({ delivery }, at) =>
          (at % 2 === 0 ? engine.store() : other).write((tx) => makeAvailable(tx, delivery, 5)),
        ),
      );

      expect([...seqs].sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 30 }, (_, at) => at + 1));
      const pages: number[] = [];
      for (let cursor = 0; ; ) {
        const page = await listInbox(engine.store().read, 'HỘP', cursor, 7);
        if (page.length === 0) break;
        pages.push(...page.map((row) => Number(row.seq)));
        cursor = Number(page.at(-1)?.seq);
      }
      expect(pages).to.deep.equal(Array.from({ length: 30 }, (_, at) => at + 1));
    });

    it('give back no number of a transaction that failed', async () => {
      const next = () => engine.store().write((tx) => nextValue(tx, 'dãy'));
      const first = await next();
      await write(async (tx) => {
        await nextValue(tx, 'dãy');
        throw new Error('hỏng');
      }).catch(() => undefined);

      expect(await next()).to.equal(first + 1);
    });

    it('take a thousand recipients in one transaction', async () => {
      const pkg = packageRow();

      await write(async (tx) => {
        await insertPackage(tx, pkg);
        await insertDeliveries(
          tx,
          Array.from({ length: 1_000 }, (_, at) => deliveryRow(pkg, { recipient: `R${at}` })),
        );
      });

      const { count } = await engine
        .store()
        .read.selectFrom('deliveries')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('package_id', '=', pkg.id)
        .executeTakeFirstOrThrow();
      expect(Number(count)).to.equal(1_000);
      expect(await findDelivery(engine.store().read, 'dlv_khong_co')).to.equal(undefined);
    });
  });

  it('lists packages newest first, page by page, of the asked agencies only', async () => {
    const own = Array.from({ length: 5 }, () => packageRow({ sender: 'CƠ QUAN' }));
    const received = packageRow({ sender: 'NGƯỜI KHÁC' });
    const foreign = packageRow({ sender: 'NGƯỜI KHÁC' });
    await write(async (tx) => {
      for (const pkg of [...own, received, foreign]) await insertPackage(tx, pkg);
      await insertDeliveries(tx, [
        deliveryRow(received, { recipient: 'CƠ QUAN', system: 'inbox', seq: 1, state: 'available' }),
        deliveryRow(foreign, { recipient: 'CƠ QUAN', system: 'inbox' }),
      ]);
    });

    const ids: string[] = [];
    for (let before: string | undefined; ; ) {
      const page = await listPackages(engine.store().read, { agencies: ['CƠ QUAN'] }, { before, limit: 2 });
      if (page.length === 0) break;
      ids.push(...page.map((row) => row.id));
      before = page.at(-1)?.id;
    }

    expect(ids).to.deep.equal([received.id, ...own.map((pkg) => pkg.id).reverse()]);
  });

  it('gives a named lease to one process until it runs out', async () => {
    const take = (owner: string, now: number) =>
      engine.store().write((tx) => takeLease(tx, 'poll:x', owner, now, now + 100));

    const both = await Promise.all([take('một', 0), take('hai', 0)]);
    const holder = both[0] ? 'một' : 'hai';
    const outside = both[0] ? 'hai' : 'một';

    expect(both.filter(Boolean)).to.have.length(1);
    expect(await take(holder, 50)).to.equal(true);
    expect(await take(outside, 150)).to.equal(false);
    expect(await take(outside, 151)).to.equal(true);
  });

  it('keeps the first answer under a key', async () => {
    const answer = (requestSha256: string) => ({
      requestSha256,
      status: 202,
      response: '{}',
      location: null,
    });

    const first = await engine.store().write((tx) => rememberAnswer(tx, 'A:POST', 'k', answer('1'), 1));
    const second = await engine.store().write((tx) => rememberAnswer(tx, 'A:POST', 'k', answer('2'), 2));

    expect([first, second]).to.deep.equal([true, false]);
  });
});

describe('store faults', () => {
  for (const [cause, expected] of [
    [Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' }), true],
    [Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_WRITE' }), true],
    [Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' }), true],
    [Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), true],
    [Object.assign(new Error('terminating connection'), { code: '57P01' }), true],
    [new Error('Connection terminated unexpectedly'), true],
    [new StoreError('STORE_CLOSED', 'closed'), true],
    [Object.assign(new Error('no such table'), { code: 'SQLITE_ERROR' }), false],
    [Object.assign(new Error('syntax error'), { code: '42601' }), false],
    [new TypeError('x is not a function'), false],
    [undefined, false],
  ] as const) {
    it(`${expected ? 'are' : 'are not'} "${String((cause as Error | undefined)?.message)}"`, () => {
      expect(isStoreFault(cause)).to.equal(expected);
    });
  }
});
