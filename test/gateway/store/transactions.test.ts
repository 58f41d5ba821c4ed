import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import {
  insertPackage,
  isUniqueViolation,
  openStore,
  type Queries,
  rememberKey,
  type Store,
  together,
} from '../../../src/gateway/store/index.ts';
import { testDatabaseUrl } from '../../support/services.ts';
import { onEachEngine } from '../support/engines.ts';
import { packageRow } from '../support/rows.ts';

/** Carries bytes to the database, and counts how often the client spoke after the server had answered. */
async function startRelay(target: URL) {
  let passages = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let hasAnswered = true;
    client.on('data', (chunk) => {
      if (hasAnswered) passages += 1;
      hasAnswered = false;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      hasAnswered = true;
      client.write(chunk);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    port,
    passages: () => passages,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const keysLike = async (store: Store, pattern: string): Promise<string[]> =>
  (await store.read.selectFrom('inbox_keys').select('key').where('key', 'like', pattern).execute())
    .map(({ key }) => key)
    .sort();

onEachEngine('a transaction', (engine) => {
  it('undoes all that was asked together when one part fails, and ends only after every part', async () => {
    const pkg = packageRow();
    const ended: string[] = [];
    const slow = async (tx: Queries): Promise<void> => {
      for (const n of [1, 2, 3]) await rememberKey(tx, `cung-luc-${n}`, null, n);
    };
    const outcome = await engine
      .store()
      .write(async (tx) => {
        await insertPackage(tx, pkg);
        const parts = [
          insertPackage(tx, packageRow({ document_key: pkg.document_key })),
          slow(tx).finally(() => ended.push('slow')),
        ];
        await together(...parts).finally(() => ended.push('together'));
      })
      .catch((cause: unknown) => cause);

    expect(isUniqueViolation(outcome), String(outcome)).to.equal(true);
    expect(ended).to.deep.equal(['slow', 'together']);
    expect(await keysLike(engine.store(), 'cung-luc-%')).to.deep.equal([]);
  });

  it('goes on with the next on the same connections after many that failed', async () => {
    const store = engine.store();
    const work = Array.from({ length: 60 }, (_, n) =>
      store.write(async (tx) => {
        await together(rememberKey(tx, `lan-${n}-a`, null, n), rememberKey(tx, `lan-${n}-b`, null, n));
        if (n % 3 !== 0) throw new Error('undo');
      }),
    );
    const kept = (await Promise.allSettled(work)).flatMap(({ status }, n) =>
      status === 'fulfilled' ? [`lan-${n}-a`, `lan-${n}-b`] : [],
    );

    expect(kept).to.have.length(40);
    expect(await keysLike(store, 'lan-%')).to.deep.equal(kept.sort());
  });
});

describe('a transaction on PostgreSQL', () => {
  const databaseUrl = testDatabaseUrl();

  async function withStore(work: (store: Store, passages: () => number) => Promise<void>): Promise<void> {
    const url = new URL(databaseUrl());
    const relay = await startRelay(new URL(url));
    url.hostname = '127.0.0.1';
    url.port = String(relay.port);
    const store = await openStore({ dataDir: '', databaseUrl: url.href, poolSize: 1 });
    try {
      await work(store, relay.passages);
    } finally {
      await store.close();
      relay.close();
    }
  }

  it('sends what is asked together in one passage', () =>
    withStore(async (store, passages) => {
      const names = Array.from({ length: 12 }, (_, n) => `chuyen-${n}`);
      let before = 0;
      await store.write(async (tx) => {
        before = passages();
        for (const name of names) await rememberKey(tx, `${name}-mot`, null, 1);
        expect(passages() - before, 'one after another').to.equal(12);
        before = passages();
        await together(...names.map((name) => rememberKey(tx, `${name}-cung`, null, 1)));
        expect(passages() - before, 'together').to.equal(1);
      });
      expect(await keysLike(store, 'chuyen-%')).to.have.length(24);
    }));

  it('takes no statement after its end', () =>
    withStore(async (store) => {
      let left: Queries | undefined;
      await store.write(async (tx) => {
        left = tx;
      });
      const outcome = await rememberKey(left as Queries, 'qua-muon', null, 1).catch(
        (cause: unknown) => cause,
      );

      expect(String(outcome)).to.contain('the transaction has ended');
      expect(await keysLike(store, 'qua-muon')).to.deep.equal([]);
    }));

  it('is not taken for kept when a failed statement was passed over', () =>
    withStore(async (store) => {
      const pkg = packageRow();
      await store.write((tx) => insertPackage(tx, pkg));
      const outcome = await store
        .write(async (tx) => {
          await rememberKey(tx, 'bo-qua', null, 1);
          await insertPackage(tx, packageRow({ document_key: pkg.document_key })).catch(() => undefined);
        })
        .then(
          () => 'kept',
          (cause: unknown) => String(cause),
        );

      expect(outcome).to.contain('ROLLBACK');
      expect(await keysLike(store, 'bo-qua')).to.deep.equal([]);
    }));
});
