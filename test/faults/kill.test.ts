/** kill -9 in the middle of load, at every crash point, on both stores; LIENTHONG_FAULTS=long kills at all of them, several times. */
import { requireServices, type TestDatabase, testAmqpUrl, testDatabase } from '../support/services.ts';
import { startLoad } from './support/load.ts';
import { judge } from './support/oracle.ts';
import { note, writeReport } from './support/report.ts';
import { type Engines, type Stage, setStage } from './support/stage.ts';

const LONG = process.env['LIENTHONG_FAULTS'] === 'long';
/** `direct` false: every document takes the way over outbox and bus, where these points lie. */
const POINTS: readonly { point: string; direct: boolean }[] = [
  ...['C1', 'C2', 'C3', 'C4', 'C5', 'C10', 'C13', 'C14', 'C15'].map((point) => ({ point, direct: true })),
  ...['C6', 'C7', 'C8', 'C9', 'C10', 'C13', 'C14', 'C15'].map((point) => ({ point, direct: false })),
];
const SHORT = new Set(['C4 true', 'C13 true', 'C8 false']);
const RUNS = LONG ? 3 : 1;
/** The passing at which the point kills: when load is well under way. */
const PASSING = 20;

function killSuite(engines: () => Promise<Engines>, name: string): void {
  let stage: Stage | undefined;

  afterEach(async () => {
    await stage?.close();
    stage = undefined;
  });

  for (const { point, direct } of POINTS) {
    if (!LONG && !SHORT.has(`${point} ${direct}`)) continue;
    for (let run = 1; run <= RUNS; run += 1) {
      it(`loses and doubles nothing at ${point}${direct ? '' : ' over the bus'}, run ${run}`, async () => {
        const scene = await setStage(await engines());
        stage = scene;
        // C5 is the network: the answer has left, nothing else has happened.
        const crashAt = point === 'C5' ? '' : `${point}:${PASSING}`;
        const doomed = await scene.start({ crashAt, direct });
        let url = doomed.url;
        const load = startLoad({ urls: () => [url], token: scene.token });
        if (point === 'C5') {
          await load.more(PASSING);
          doomed.kill('SIGKILL');
        }
        await doomed.ended;

        url = (await scene.start({ direct })).url;
        await load.more(10);
        await load.stop();

        const findings = await judge(scene, load.sent);
        note(`kill -9 at ${point}${direct ? '' : ', over the bus'}`, name, findings);
      });
    }
  }
}

describe('faults: kill -9 under load, SQLite and embedded bus', () => {
  killSuite(() => Promise.resolve({ databaseUrl: '', amqpUrl: '' }), 'SQLite');
  after(writeReport);
});

describe('faults: kill -9 under load, PostgreSQL and RabbitMQ', () => {
  const databases: TestDatabase[] = [];
  before(function () {
    requireServices(this, 'AMQP_URL', 'DATABASE_URL');
  });
  killSuite(async () => {
    const database = await testDatabase();
    databases.push(database);
    return { databaseUrl: database.url, amqpUrl: await testAmqpUrl() };
  }, 'PostgreSQL + RabbitMQ');
  after(async () => {
    for (const database of databases) await database.drop();
    writeReport();
  });
});
