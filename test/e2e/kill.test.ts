/** kill -9 at the crash points of the two exchanges, then a restart: the same final state, on both stores. */
import { expect } from 'chai';
import { requireServices, testAmqpUrl, testDatabaseUrl } from '../support/services.ts';
import { type GatewayProcess, startGatewayProcess } from './support/gateway-process.ts';
import {
  assertOracle,
  type Scene,
  setScene,
  submitBoth,
  untilFinal,
  writeScenario,
} from './support/scenario.ts';

/** Crash points of docs/reliability.md. `:n`: at the n-th passing. */
const POINTS = [
  'C1',
  'C2:2',
  'C3',
  'C4',
  'C4:2',
  'C6',
  'C7',
  'C7:3',
  'C8',
  'C9:2',
  'C10',
  'C13',
  'C13:3',
  'C14',
  'C15:2',
];

const LIMIT_MS = 60_000;

function killSuite(title: string, engines: () => Promise<{ databaseUrl?: string; amqpUrl?: string }>): void {
  describe(title, function () {
    this.timeout(120_000);
    let scene: Scene;
    let running: GatewayProcess | null = null;

    before(async () => {
      scene = await setScene(await engines());
    });

    afterEach(() => {
      running?.kill('SIGKILL');
      running = null;
    });

    after(async () => {
      await scene?.close();
    });

    for (const point of POINTS) {
      it(`ends in the same state after kill -9 at ${point}`, async () => {
        const scenario = await writeScenario(scene);
        const doomed = await startGatewayProcess({ ...scene.settings, crashAt: point });
        running = doomed;
        let url = doomed.url;
        const submitted = submitBoth(scene, scenario, () => url);
        const how = await doomed.ended;
        const reborn = await startGatewayProcess(scene.settings);
        running = reborn;
        url = reborn.url;

        const { packageId, dossierPackageId } = await submitted;
        await untilFinal(scene, scenario, () => url, packageId, LIMIT_MS).catch((cause: Error) => {
          throw new Error(`${cause.message}\n--- log\n${reborn.log().slice(-6000)}`);
        });

        expect(how).to.equal('SIGKILL');
        await assertOracle(scene, scenario, [packageId, dossierPackageId]);
      });
    }
  });
}

killSuite('kill -9 with SQLite and the embedded bus', () => Promise.resolve({}));

describe('kill -9 with PostgreSQL and RabbitMQ', () => {
  const databaseUrl = testDatabaseUrl();
  before(function () {
    requireServices(this, 'AMQP_URL', 'DATABASE_URL');
  });
  killSuite('killed processes', async () => ({ databaseUrl: databaseUrl(), amqpUrl: await testAmqpUrl() }));
});
