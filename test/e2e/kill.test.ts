/** kill -9 at the crash points of the two exchanges, then a restart: the same final state, on both stores. */
import { expect } from 'chai';
import { createApiClient, until as waitFor } from '../../src/gateway/demo/client.ts';
import { DEFAULT_APPLICATION, makeScannedApplication } from '../../src/ocr/index.ts';
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

const LIMIT_MS = 150_000;

function killSuite(title: string, engines: () => Promise<{ databaseUrl?: string; amqpUrl?: string }>): void {
  describe(title, () => {
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

    it('reads a scan again after kill -9 at C17, when its pages were read and nothing was stored', async () => {
      const form = new FormData();
      const scan = await makeScannedApplication(1);
      form.set('file', new Blob([new Uint8Array(scan)], { type: 'application/pdf' }), 'quet.pdf');
      const doomed = await startGatewayProcess({ ...scene.settings, crashAt: 'C17' });
      running = doomed;
      const { id } = await createApiClient(doomed.url, scene.tokens.commune).send<{ id: string }>(
        '/api/v1/ocr-jobs',
        form,
      );
      const how = await doomed.ended;
      const reborn = await startGatewayProcess(scene.settings);
      running = reborn;
      const api = createApiClient(reborn.url, scene.tokens.commune);
      const path = `/api/v1/ocr-jobs/${id}`;
      const ask = () =>
        api.get<{ state: string; result: { fields: Record<string, { value: string } | null> } | null }>(path);

      const job = await waitFor(ask, ({ state }) => state === 'done' || state === 'failed', LIMIT_MS);

      expect(how).to.equal('SIGKILL');
      expect(job.state).to.equal('done');
      expect(job.result?.fields['identityNumber']?.value).to.equal(DEFAULT_APPLICATION.identityNumber);
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
