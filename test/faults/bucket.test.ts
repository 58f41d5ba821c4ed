/** Blobs in a bucket: a process killed around the put, a bucket that goes away, gateways on folders of their own that share one. */
import { createHash } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { temporaryFolder } from '../gateway/support/folders.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { requireServices, type TestDatabase, testAmqpUrl, testDatabase } from '../support/services.ts';
import { until } from '../support/until.ts';
import { startLoad } from './support/load.ts';
import { judge } from './support/oracle.ts';
import { note, writeReport } from './support/report.ts';
import { type Engines, type Stage, setStage } from './support/stage.ts';

const LONG = process.env['LIENTHONG_FAULTS'] === 'long';
/** Larger than what is kept in memory: it goes out as the bucket has it. */
const FILE_BYTES = 300_000;
const PASSING = 12;

describe('faults: blobs in a bucket', () => {
  let server: S3Server | undefined;
  let stage: Stage | undefined;

  afterEach(async () => {
    await stage?.close();
    stage = undefined;
    await server?.stop();
    server = undefined;
  });

  after(writeReport);

  async function set(engines: Partial<Engines> = {}): Promise<{ scene: Stage; bucket: S3Server }> {
    const bucket = await startS3Server();
    server = bucket;
    const scene = await setStage({ databaseUrl: '', amqpUrl: '', ...engines, s3Url: bucket.url });
    stage = scene;
    return { scene, bucket };
  }

  for (const point of LONG ? ['C1', 'C2', 'C3', 'C4', 'C13', 'C14'] : ['C3']) {
    it(`kill -9 at ${point} loses and doubles nothing`, async () => {
      const { scene } = await set();
      const doomed = await scene.start({ crashAt: `${point}:${PASSING}` });
      let { url } = doomed;
      const load = startLoad({ urls: () => [url], token: scene.token, lanes: 4, fileBytes: FILE_BYTES });
      await doomed.ended;

      url = (await scene.start()).url;
      await load.more(6);
      await load.stop();

      note(`kill -9 at ${point}`, 'SQLite, blobs in a bucket', await judge(scene, load.sent));
    });
  }

  it('the bucket goes away under load and comes back: refused meanwhile, nothing lost or doubled', async () => {
    const { scene, bucket } = await set();
    const { url } = await scene.start();
    const load = startLoad({ urls: () => [url], token: scene.token, lanes: 4, fileBytes: FILE_BYTES });
    await load.more(10);

    await bucket.stop();
    const before = load.sent.length;
    await until(() => (load.answers.get(503) ?? 0) >= 5);
    await bucket.start();
    await load.more(10);
    await load.stop();

    expect(load.sent.length).to.be.greaterThan(before);
    expect([...load.answers.keys()].sort()).to.deep.equal([202, 503]);
    note('bucket away', 'SQLite, blobs in a bucket', await judge(scene, load.sent));
  });

  describe('on PostgreSQL and RabbitMQ', () => {
    let database: TestDatabase | undefined;
    before(async function () {
      requireServices(this, 'AMQP_URL', 'DATABASE_URL');
      database = await testDatabase();
    });
    after(async () => {
      await database?.drop();
    });

    it('two gateways with folders of their own: what one took in the other delivers and hands out, also when the first is gone', async () => {
      const { scene } = await set({ databaseUrl: database?.url ?? '', amqpUrl: await testAmqpUrl() });
      // Everything over the broker, so that either may get it.
      const folders = [temporaryFolder(), temporaryFolder()] as const;
      const first = await scene.start({ direct: false, dataDir: folders[0] });
      cpSync(join(folders[0], 'keys'), join(folders[1], 'keys'), { recursive: true });
      const second = await scene.start({ direct: false, dataDir: folders[1] });
      let urls = [first.url, second.url];
      const load = startLoad({ urls: () => urls, token: scene.token, lanes: 4, fileBytes: FILE_BYTES });
      await load.more(10);

      first.kill('SIGKILL');
      await first.ended;
      urls = [second.url];
      await load.more(6);
      await load.stop();
      const findings = await judge(scene, load.sent, 150_000);

      for (const { packageId } of load.sent) {
        const authorization = `Bearer ${scene.token}`;
        const at = `${second.url}/api/v1/packages/${packageId}`;
        const about = (await (await fetch(at, { headers: { authorization } })).json()) as { sha256: string };
        const content = await fetch(`${at}/content`, { headers: { authorization } });
        const digest = createHash('sha256')
          .update(Buffer.from(await content.arrayBuffer()))
          .digest('hex');
        expect(digest).to.equal(about.sha256);
      }
      note(
        'one of two gateways with folders of their own killed',
        'PostgreSQL + RabbitMQ + bucket',
        findings,
      );
    });
  });
});
