/**
 * A cluster of three RabbitMQ nodes with quorum queues loses one node while documents pour in, and gets it back. Three Erlang machines are
 * too much for every run: LIENTHONG_FAULTS=long.
 */
import { expect } from 'chai';
import { AGENCY } from '../gateway/support/messages.ts';
import {
  clusterCtl,
  endCluster,
  killClusterNode,
  requireServices,
  startClusterNode,
  type TestDatabase,
  testCluster,
  testDatabase,
} from '../support/services.ts';
import { until } from '../support/until.ts';
import { startLoad } from './support/load.ts';
import { judge } from './support/oracle.ts';
import { note, writeReport } from './support/report.ts';
import { type Stage, setStage } from './support/stage.ts';

const LONG = process.env['LIENTHONG_FAULTS'] === 'long';
const ENGINES = 'PostgreSQL + 3 RabbitMQ, quorum';
const LIMIT_MS = 240_000;

describe('faults: a cluster of three brokers', function () {
  this.timeout(600_000);
  let urls: string[] = [];
  let database: TestDatabase | undefined;
  let stage: Stage | undefined;

  before(function () {
    if (!LONG) this.skip();
    requireServices(this, 'AMQP_URL', 'DATABASE_URL', 'LIENTHONG_TEST_CONTROL');
  });

  beforeEach(async () => {
    urls = await testCluster();
    database = await testDatabase();
    stage = await setStage({ databaseUrl: database.url, amqpUrl: urls.join(',') });
  });

  afterEach(async () => {
    await stage?.close();
    await database?.drop();
    for (const n of [0, 1, 2]) await startClusterNode(n);
  });

  after(async () => {
    if (LONG) await endCluster();
    writeReport();
  });

  /** Every queue of ours has a leader and a majority. */
  async function isWhole(at: number): Promise<boolean> {
    const vhost = decodeURIComponent(new URL(urls[0] ?? '').pathname.slice(1));
    const lines = await clusterCtl(at, [
      'list_queues',
      '-p',
      vhost,
      '--no-table-headers',
      'name',
      'type',
      'leader',
      'online',
    ]);
    const quorum = lines.split('\n').filter((line) => line.includes('\tquorum\t'));
    return quorum.length > 0 && quorum.every((line) => !line.includes('\t\t'));
  }

  for (const gateways of [1, 2]) {
    for (const lost of [0, 1]) {
      it(`loses node ${lost} under the load of ${gateways} gateway${gateways === 1 ? '' : 's'}: nothing is lost or doubled`, async () => {
        const scene = stage as Stage;
        const settings = { direct: false, queueType: 'quorum' };
        for (let n = 0; n < gateways; n += 1) await scene.start(settings);
        const load = startLoad({ urls: () => scene.running.map(({ url }) => url), token: scene.token });
        await load.more(20);
        expect(await isWhole(2), 'queues are quorum queues').to.equal(true);

        await killClusterNode(lost);
        await load.more(30);
        await startClusterNode(lost);
        await load.more(10);
        await load.stop();

        expect([...load.answers.keys()], 'answers while a node was away').to.deep.equal([202]);
        const findings = await judge(scene, load.sent, LIMIT_MS);
        await until(() => isWhole(2), LIMIT_MS);
        note(
          `one of three brokers killed${gateways === 1 ? '' : `, ${gateways} gateways`}`,
          ENGINES,
          findings,
        );
      });
    }
  }

  it('is entered by whichever node answers: the first of the list is down when the gateway starts', async () => {
    const scene = stage as Stage;
    await killClusterNode(0);

    await scene.start({ direct: false, queueType: 'quorum' });
    const load = startLoad({
      urls: () => scene.running.map(({ url }) => url),
      token: scene.token,
      recipients: [[AGENCY.ministry.code]],
    });
    await load.more(10);
    await load.stop();

    note('gateway starts while a broker of three is down', ENGINES, await judge(scene, load.sent, LIMIT_MS));
  });
});
