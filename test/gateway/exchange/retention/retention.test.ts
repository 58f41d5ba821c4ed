import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, utimesSync } from 'node:fs';
import { expect } from 'chai';
import { appendEvents, listEvents, verifyEventChain } from '../../../../src/gateway/evidence/index.ts';
import { expireStep, type Retention, sweepOrphans } from '../../../../src/gateway/exchange/index.ts';
import { expiryOf, readRetention } from '../../../../src/gateway/exchange/retention/rules.ts';
import {
  type DiskBlobStore,
  findPackage,
  insertDeliveries,
  insertPackage,
  newId,
  openBlobStore,
  type PackageRow,
  rememberAnswers,
  rememberKey,
} from '../../../../src/gateway/store/index.ts';
import { onEachEngine } from '../../support/engines.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { deliveryRow, packageRow } from '../../support/rows.ts';

const DAY = 86_400_000;
const CHILD = new URL('./killed-child.ts', import.meta.url).pathname;

describe('retention settings', () => {
  it('take days by state, and by kind and state, the latter first', () => {
    const rules = readRetention('status/delivered=90, delivered=3650,refused=365');

    expect(rules).to.have.deep.members([
      { kind: 'status', state: 'delivered', days: 90 },
      { kind: 'document', state: 'delivered', days: 3650 },
      { kind: 'document', state: 'refused', days: 365 },
      { kind: 'status', state: 'refused', days: 365 },
    ]);
    expect(readRetention('')).to.deep.equal([]);
    expect(expiryOf({ kind: 'document', state: 'done', days: 2 }, 10 * DAY).before).to.equal(8 * DAY);
  });

  it('know no state that is not final, and no kind that is not ours to remove', () => {
    for (const text of ['attention=1', 'in-progress=1', 'dossier/delivered=1', 'delivered=0', 'delivered'])
      expect(() => readRetention(text), text).to.throw(TypeError);
  });
});

onEachEngine('retention', (engine) => {
  const dataDir = temporaryFolder();
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const keep = (more: Partial<Retention> = {}): Retention => ({
    rules: readRetention('delivered=30,withdrawn=30'),
    answerDays: 0,
    arrivalDays: 0,
    orphanHours: 24,
    ...more,
  });
  let blobs: DiskBlobStore;

  before(async () => {
    blobs = await openBlobStore(`${dataDir}/blobs`);
  });

  function parts(store = blobs) {
    return { store: engine.store(), blobs: store, log, now: Date.now, atPoint: () => {} };
  }

  /** A package with one event, a delivery per state and its own bytes, last touched `days` ago. */
  async function kept(
    days: number,
    more: {
      pkg?: Partial<PackageRow>;
      deliveries?: readonly Parameters<typeof deliveryRow>[1][];
      bytes?: string;
    } = {},
  ): Promise<PackageRow> {
    const at = Date.now() - days * DAY;
    const blob = await blobs.put(Buffer.from(more.bytes ?? newId('noi-dung')));
    const row = packageRow({ state: 'delivered', payload_sha256: blob.sha256, size: blob.size, ...more.pkg });
    await engine.store().write(async (tx) => {
      await insertPackage(tx, row);
      await insertDeliveries(
        tx,
        (more.deliveries ?? [{ state: 'delivered' }]).map((one) => deliveryRow(row, one)),
      );
      await appendEvents(tx, row.id, [{ type: 'accepted', actor: 'A' }], at);
    });
    return row;
  }

  function isThere(row: PackageRow): boolean {
    return existsSync(blobs.pathOf(row.payload_sha256));
  }

  async function run(retention = keep()): Promise<void> {
    while ((await expireStep(parts(), retention)) > 0);
  }

  it('takes the bytes of what has been finished long enough, and keeps row, timeline and an event that says so', async () => {
    const old = await kept(31);
    const young = await kept(29);

    await run();

    const row = await findPackage(engine.store().read, old.id);
    const events = await listEvents(engine.store().read, old.id);
    expect([isThere(old), isThere(young)]).to.deep.equal([false, true]);
    expect(row?.payload_removed_at).to.be.a('number');
    expect(events.map(({ type }) => type)).to.deep.equal(['accepted', 'payload-removed']);
    expect(JSON.parse(events[1]?.data ?? '')).to.deep.equal({ sha256: old.payload_sha256, days: 30 });
    expect(verifyEventChain(events, { seq: row?.event_seq ?? 0, hash: row?.event_head ?? '' })).to.equal(
      null,
    );
    expect((await findPackage(engine.store().read, young.id))?.payload_removed_at).to.equal(null);
  });

  it('touches nothing that is not finished: not sent, parked, unread, being asked back, or a dossier', async () => {
    const open = await Promise.all([
      kept(99, { pkg: { state: 'in-progress' }, deliveries: [{ state: 'sent' }] }),
      kept(99, { pkg: { state: 'attention' }, deliveries: [{ state: 'parked' }] }),
      kept(99, { deliveries: [{ state: 'delivered' }, { state: 'available' }] }),
      kept(99, { deliveries: [{ state: 'fetched', recall: 'requested' }] }),
      kept(99, { pkg: { kind: 'dossier' } }),
      kept(99, { pkg: { state: 'refused' }, deliveries: [{ state: 'refused' }] }),
    ]);

    await run();

    for (const row of open) {
      expect(isThere(row), `${row.kind} ${row.state}`).to.equal(true);
      expect((await findPackage(engine.store().read, row.id))?.payload_removed_at).to.equal(null);
    }
  });

  it('keeps bytes that another package still has', async () => {
    const word = newId('chung');
    const old = await kept(99, { bytes: word });
    const young = await kept(1, { bytes: word });

    await run();
    const afterOne = isThere(young);
    await engine
      .store()
      .write((tx) => tx.updateTable('packages').set({ updated_at: 1 }).where('id', '=', young.id).execute());
    await run();

    expect(afterOne).to.equal(true);
    expect(isThere(old)).to.equal(false);
  });

  it('forgets answers and arrivals after their time', async () => {
    const now = Date.now();
    await engine.store().write(async (tx) => {
      const answer = { scope: 'A', requestSha256: '0', status: 202, response: '{}', location: null };
      await rememberAnswers(tx, [{ ...answer, key: 'cu' }], now - 91 * DAY);
      await rememberAnswers(tx, [{ ...answer, key: 'moi' }], now - 89 * DAY);
      await rememberKey(tx, 'arrival:cu', null, now - 401 * DAY);
      await rememberKey(tx, 'arrival:moi', null, now - 399 * DAY);
    });

    await run(keep({ answerDays: 90, arrivalDays: 400 }));

    const answers = await engine.store().read.selectFrom('idempotency').select('key').execute();
    const arrivals = await engine.store().read.selectFrom('inbox_keys').select('key').execute();
    expect(answers).to.deep.equal([{ key: 'moi' }]);
    expect(arrivals).to.deep.equal([{ key: 'arrival:moi' }]);
  });

  describe('files that nothing names', () => {
    const twoDaysAgo = (): Date => new Date(Date.now() - 2 * DAY);

    async function file(text: string, when: Date | null = twoDaysAgo()): Promise<string> {
      const { sha256 } = await blobs.put(Buffer.from(text));
      if (when !== null) utimesSync(blobs.pathOf(sha256), when, when);
      return sha256;
    }

    it('go when they are older than a day; what a row names, and what is young, stays', async () => {
      const orphan = await file(newId('mo-coi'));
      const young = await file(newId('moi'), null);
      const payload = await kept(0);
      utimesSync(blobs.pathOf(payload.payload_sha256), twoDaysAgo(), twoDaysAgo());
      const [upload, inDossier, scan, preview] = await Promise.all(
        ['tai-len', 'ho-so', 'ban-quet', 'trang'].map((word) => file(newId(word))),
      );
      await engine.store().write(async (tx) => {
        await tx
          .insertInto('uploads')
          .values({ agency: 'A', sha256: upload as string, size: 1, content_type: 'a/b', at: 1 })
          .execute();
        await insertPackage(
          tx,
          packageRow({ kind: 'dossier', metadata: JSON.stringify({ files: [{ sha256: inDossier }] }) }),
        );
        await tx
          .insertInto('ocr_jobs')
          .values({
            id: newId('ocr'),
            agency: 'A',
            state: 'done',
            stage: '',
            pages: 1,
            pages_done: 1,
            inputs: JSON.stringify([{ name: 'a', sha256: scan }]),
            result_sha256: null,
            pdf_sha256: null,
            reason_code: null,
            reason: null,
            attempts: 1,
            lease_owner: null,
            lease_until: null,
            created_at: 1,
            updated_at: 1,
            urgent: 0,
            started_at: null,
            engine: null,
            copy: null,
          })
          .execute();
        await tx
          .insertInto('ocr_pages')
          .values({
            job_id: newId('ocr'),
            page: 1,
            reading: '',
            preview_sha256: preview as string,
            words: 0,
            doubtful: 0,
          })
          .execute();
      });
      let pauses = 0;

      await sweepOrphans(parts(), 24, async () => {
        pauses += 1;
      });

      const there = (sha256: string | undefined): boolean => existsSync(blobs.pathOf(sha256 ?? ''));
      expect(there(orphan)).to.equal(false);
      for (const sha256 of [young, payload.payload_sha256, upload, inDossier, scan, preview])
        expect(there(sha256)).to.equal(true);
      expect(pauses).to.be.at.least(256);
    });

    it('stay when the same bytes come in at the very moment they would go', async () => {
      const word = newId('dung-luc');
      const sha256 = await file(word);
      const seen: string[] = [];

      const gone = await blobs.remove(sha256, Date.now() - DAY, async () => {
        // The second look: the file stands aside, and its bytes are brought again.
        if (seen.push('look') === 2) await blobs.put(Buffer.from(word));
        return false;
      });

      expect(gone).to.equal(true);
      expect((await blobs.read(sha256)).toString()).to.equal(word);
    });

    it('are put back when they are named while they stand aside', async () => {
      const sha256 = await file(newId('duoc-nhac'));
      let looks = 0;

      const gone = await blobs.remove(sha256, Date.now() - DAY, async () => {
        looks += 1;
        return looks === 2;
      });

      expect(gone).to.equal(false);
      expect(existsSync(blobs.pathOf(sha256))).to.equal(true);
    });
  });

  describe('killed in the middle', () => {
    async function killedAt(work: string, point: string): Promise<string | null> {
      const url = engine.kind === 'sqlite' ? '' : engine.url();
      const args = [
        '--import=tsx',
        CHILD,
        engine.kind === 'sqlite' ? engine.dataDir : dataDir,
        url,
        work,
        point,
      ];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
      const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
      return signal;
    }
    let own: DiskBlobStore;
    before(async () => {
      own = engine.kind === 'sqlite' ? await openBlobStore(`${engine.dataDir}/blobs`) : blobs;
    });

    it('after the rows were marked: the files are swept as files that nothing names', async () => {
      const pkg = await kept(31);
      const { sha256 } = await own.put(await blobs.read(pkg.payload_sha256));

      const signal = await killedAt('expire', 'R1');
      const left = existsSync(own.pathOf(sha256));
      utimesSync(own.pathOf(sha256), new Date(0), new Date(0));
      await sweepOrphans(parts(own), 24, async () => {});

      expect(signal).to.equal('SIGKILL');
      expect(left).to.equal(true);
      expect((await findPackage(engine.store().read, pkg.id))?.payload_removed_at).to.be.a('number');
      expect(existsSync(own.pathOf(sha256))).to.equal(false);
    });

    it('while a file stood aside: the next start puts it back, and a package that has it keeps it', async () => {
      const { sha256, size } = await own.put(Buffer.from(newId('dang-xoa')));
      utimesSync(own.pathOf(sha256), new Date(0), new Date(0));

      const signal = await killedAt('sweep', 'R2');
      const isAside = !existsSync(own.pathOf(sha256));
      await engine.store().write((tx) => insertPackage(tx, packageRow({ payload_sha256: sha256, size })));
      const reopened = await openBlobStore(own.pathOf(sha256).split('/').slice(0, -2).join('/'));
      await sweepOrphans(parts(reopened), 24, async () => {});

      expect(signal).to.equal('SIGKILL');
      expect(isAside).to.equal(true);
      expect((await reopened.read(sha256)).length).to.equal(size);
    });
  });
});
