/** Broker and database fail and come back while documents pour in; several gateways share them, and some of those die. */
import { expect } from 'chai';
import {
  killBroker,
  rabbitmqctl,
  requireServices,
  restartPostgres,
  startBroker,
  startPostgres,
  type TestDatabase,
  testAmqpUrl,
  testDatabase,
} from '../support/services.ts';
import { type Load, startLoad } from './support/load.ts';
import { judge } from './support/oracle.ts';
import { note, writeReport } from './support/report.ts';
import { type Stage, setStage } from './support/stage.ts';

const LONG = process.env['LIENTHONG_FAULTS'] === 'long';
const ENGINES = 'PostgreSQL + RabbitMQ';

describe('faults: servers that fail under load', () => {
  let database: TestDatabase | undefined;
  let stage: Stage | undefined;

  before(function () {
    requireServices(this, 'AMQP_URL', 'DATABASE_URL', 'LIENTHONG_TEST_CONTROL');
  });

  afterEach(async () => {
    await startBroker();
    await startPostgres();
    await stage?.close();
    stage = undefined;
    await database?.drop();
    database = undefined;
  });

  after(writeReport);

  /** Load over `gateways` processes; `direct` false so that everything goes over the broker. */
  async function begin(gateways: number, direct: boolean): Promise<{ scene: Stage; load: Load }> {
    database = await testDatabase();
    const scene = await setStage({ databaseUrl: database.url, amqpUrl: await testAmqpUrl() });
    stage = scene;
    for (let n = 0; n < gateways; n += 1) await scene.start({ direct });
    const urls = (): string[] => scene.running.map(({ url }) => url);
    return { scene, load: startLoad({ urls, token: scene.token }) };
  }

  async function finish(fault: string, scene: Stage, load: Load): Promise<void> {
    await load.stop();
    note(fault, ENGINES, await judge(scene, load.sent, 150_000));
  }

  it('the broker is killed and comes back: accepting never stops, nothing is lost or doubled', async () => {
    const { scene, load } = await begin(1, false);
    await load.more(15);

    await killBroker();
    await load.more(15);
    await startBroker();
    await load.more(10);

    expect([...load.answers.keys()], 'answers while the broker was away').to.deep.equal([202]);
    await finish('broker killed', scene, load);
  });

  it('the broker is killed as soon as queues are declared', async () => {
    const { scene, load } = await begin(1, false);

    await killBroker();
    await load.more(10);
    await startBroker();
    await load.more(10);

    await finish('broker killed just after queues were declared', scene, load);
  });

  it('the broker raises its disk alarm: accepting goes on, mail goes out when it ends', async () => {
    const { scene, load } = await begin(1, false);
    await load.more(10);

    await rabbitmqctl(['set_disk_free_limit', '90000GB']);
    await load.more(15);
    await rabbitmqctl(['set_disk_free_limit', '50MB']);
    await load.more(5);

    expect([...load.answers.keys()], 'answers under the alarm').to.deep.equal([202]);
    await finish('broker disk alarm', scene, load);
  });

  for (const direct of [true, false]) {
    it(`the database stops at once and comes back${direct ? '' : ', over the broker'}: no false 202`, async () => {
      const { scene, load } = await begin(1, direct);
      await load.more(20);

      await restartPostgres();
      await load.more(20);

      const refused = [...load.answers.keys()].filter((status) => status !== 202);
      expect(refused.filter((status) => status !== 503 && status !== 0)).to.deep.equal([]);
      await finish(`PostgreSQL immediate stop${direct ? '' : ', over the broker'}`, scene, load);
    });
  }

  for (const [count, direct] of LONG
    ? ([
        [2, true],
        [2, false],
        [3, true],
        [3, false],
      ] as const)
    : ([[3, true]] as const)) {
    it(`one of ${count} gateways is killed${direct ? '' : ', over the broker'}; the others finish its work`, async () => {
      const { scene, load } = await begin(count, direct);
      await load.more(20);

      scene.running[0]?.kill('SIGKILL');
      await load.more(20);

      expect(scene.running).to.have.length(count - 1);
      await finish(`one of ${count} gateways killed${direct ? '' : ', over the broker'}`, scene, load);
    });
  }
});
