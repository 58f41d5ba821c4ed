import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { expireStep } from '../../../../src/gateway/exchange/retention/expire.ts';
import { endRemovals, sweepOrphans } from '../../../../src/gateway/exchange/retention/orphans.ts';
import { readRetention } from '../../../../src/gateway/exchange/retention/rules.ts';
import {
  type BlobStore,
  findPackage,
  openBlobs,
  type StoreError,
} from '../../../../src/gateway/store/index.ts';
import { insertPackage } from '../../../../src/gateway/store/tables/packages.ts';
import { S3_DEFAULTS, type S3Server, startS3Server } from '../../../support/s3-server.ts';
import { onEachEngine } from '../../support/engines.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { packageRow } from '../../support/rows.ts';

const DAY = 86_400_000;
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const never = async (): Promise<boolean> => false;
const pause = async (): Promise<void> => {};

onEachEngine('blobs leaving a bucket', (engine) => {
  let server: S3Server | undefined;
  let blobs: BlobStore;
  let other: BlobStore;
  /** Time of the gateway, ahead of the service's by this, ms: objects are as old as that. */
  let ahead = 0;
  before(async () => {
    server = await startS3Server();
  });
  beforeEach(async () => {
    ahead = 0;
    const open = () => openBlobs({ ...S3_DEFAULTS, dataDir: temporaryFolder(), s3Url: server?.url ?? '' });
    [blobs, other] = await Promise.all([open(), open()]);
  });
  afterEach(() => Promise.all([blobs.close(), other.close()]));
  // Without the engine the suite is skipped before anything was started.
  after(() => server?.stop());

  const parts = () => ({
    store: engine.store(),
    blobs,
    log,
    now: () => Date.now() + ahead,
    atPoint: () => {},
  });

  function bucketOf(): S3Server['bucket'] {
    if (server === undefined) throw new Error('the service runs only while the suite does');
    return server.bucket;
  }

  async function isIn(prefix: string, sha256: string): Promise<boolean> {
    const key = prefix === 'blobs' ? `blobs/${sha256.slice(0, 2)}/${sha256}` : `leaving/${sha256}`;
    return (await bucketOf().head(key)) !== null;
  }

  async function codeOf(call: Promise<unknown>): Promise<string> {
    return call.then(
      () => 'fine',
      (cause: unknown) => (cause as StoreError).code,
    );
  }

  async function kept(state = 'delivered'): Promise<{ id: string; sha256: string }> {
    const { sha256, size } = await blobs.put(randomBytes(300));
    const row = packageRow({ state, payload_sha256: sha256, size });
    await engine.store().write((tx) => insertPackage(tx, row));
    return { id: row.id, sha256 };
  }

  it('stand aside first when their time is over, and are gone a day later', async () => {
    const { id, sha256 } = await kept();
    await other.read(sha256);
    const retention = { rules: readRetention('delivered=1'), answerDays: 0, arrivalDays: 0, orphanHours: 0 };
    const { updated_at: touched } = (await findPackage(engine.store().read, id)) ?? { updated_at: 0 };
    ahead = touched + 2 * DAY - Date.now();

    while ((await expireStep(parts(), retention)) > 0);
    const aside = [await isIn('blobs', sha256), await isIn('leaving', sha256)];
    ahead = 12 * 3_600_000;
    await endRemovals(parts(), 24, pause);
    const soon = await isIn('leaving', sha256);
    ahead = 25 * 3_600_000;
    await endRemovals(parts(), 24, pause);

    expect(aside).to.deep.equal([false, true]);
    expect(soon).to.equal(true);
    expect(await isIn('leaving', sha256)).to.equal(false);
    expect(await codeOf(blobs.read(sha256))).to.equal('BLOB_MISSING');
  });

  it('go as orphans when nothing has named them for a day; what a row names, and what is young, stays', async () => {
    const orphan = (await blobs.put(randomBytes(300))).sha256;
    const named = await kept('accepted');

    await sweepOrphans(parts(), 24, pause);
    const young = await isIn('blobs', orphan);
    ahead = 25 * 3_600_000;
    await sweepOrphans(parts(), 24, pause);
    const aside = [await isIn('blobs', orphan), await isIn('leaving', orphan)];
    ahead = 50 * 3_600_000;
    await sweepOrphans(parts(), 24, pause);

    expect(young).to.equal(true);
    expect(aside).to.deep.equal([false, true]);
    expect([await isIn('blobs', orphan), await isIn('leaving', orphan)]).to.deep.equal([false, false]);
    expect(await isIn('blobs', named.sha256)).to.equal(true);
  });

  it('lose nothing when another gateway brings the same bytes at the moment they go, and names them afterwards', async () => {
    const bytes = randomBytes(300);
    const { sha256, size } = await blobs.put(bytes);
    let looks = 0;

    const gone = await blobs.remove(sha256, Number.POSITIVE_INFINITY, async () => {
      looks += 1;
      // Before the first look nobody named it; the other has put it by the time it is taken away.
      if (looks === 1) await other.put(bytes);
      return false;
    });
    const missing = !(await isIn('blobs', sha256));
    await engine.store().write((tx) => insertPackage(tx, packageRow({ payload_sha256: sha256, size })));
    const late = await openBlobs({ ...S3_DEFAULTS, dataDir: temporaryFolder(), s3Url: server?.url ?? '' });
    const readBack = await late.read(sha256);
    await late.close();
    await bucketOf().remove(`blobs/${sha256.slice(0, 2)}/${sha256}`);
    ahead = 25 * 3_600_000;
    await endRemovals(parts(), 24, pause);

    expect([gone, missing]).to.deep.equal([true, true]);
    expect(readBack.equals(bytes), 'found where it stands aside').to.equal(true);
    expect(await isIn('blobs', sha256), 'put back because it is named').to.equal(true);
    expect(await isIn('leaving', sha256)).to.equal(false);
  });

  it('come back at once when they are named while they go, and are not taken when they are young', async () => {
    const { sha256 } = await blobs.put(randomBytes(300));
    let looks = 0;

    const young = await blobs.remove(sha256, Date.now() - DAY, never);
    const gone = await blobs.remove(sha256, Number.POSITIVE_INFINITY, async () => {
      looks += 1;
      return looks === 2;
    });

    expect([young, gone]).to.deep.equal([false, false]);
    expect(await isIn('blobs', sha256)).to.equal(true);
    expect(await blobs.remove('ab'.repeat(32), Number.POSITIVE_INFINITY, never)).to.equal(false);
  });

  it('cut off by a kill after the copy was made stay where they are, and the copy goes', async () => {
    const atPoint = (point: string): void => {
      if (point === 'R2') throw new Error('killed');
    };
    const doomed = await openBlobs(
      { ...S3_DEFAULTS, dataDir: temporaryFolder(), s3Url: server?.url ?? '' },
      atPoint,
    );
    const { sha256, size } = await doomed.put(randomBytes(300));
    await engine.store().write((tx) => insertPackage(tx, packageRow({ payload_sha256: sha256, size })));

    const outcome = await doomed
      .remove(sha256, Number.POSITIVE_INFINITY, never)
      .catch((cause: Error) => cause);
    const both = [await isIn('blobs', sha256), await isIn('leaving', sha256)];
    ahead = 25 * 3_600_000;
    await endRemovals(parts(), 24, pause);
    await doomed.close();

    expect(outcome).to.have.property('message', 'killed');
    expect(both).to.deep.equal([true, true]);
    expect([await isIn('blobs', sha256), await isIn('leaving', sha256)]).to.deep.equal([true, false]);
    expect((await blobs.read(sha256)).length).to.equal(size);
  });
});
