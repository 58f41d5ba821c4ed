/** Two gateway processes on one PostgreSQL and one RabbitMQ share the work: one effect each, whoever is killed. */
import { expect } from 'chai';
import { createApiClient } from '../../src/gateway/demo/client.ts';
import { requireServices, testAmqpUrl, testDatabaseUrl } from '../support/services.ts';
import { type GatewayProcess, startGatewayProcess } from './support/gateway-process.ts';
import {
  assertOracle,
  readState,
  type Scenario,
  type Scene,
  setScene,
  submitBoth,
  untilFinal,
  writeScenario,
} from './support/scenario.ts';

const PAIRS = 6;

describe('two gateway processes on one PostgreSQL and one RabbitMQ', () => {
  const databaseUrl = testDatabaseUrl();
  let scene: Scene;
  const running: GatewayProcess[] = [];

  before(async function () {
    requireServices(this, 'AMQP_URL', 'DATABASE_URL');
    scene = await setScene({ databaseUrl: databaseUrl(), amqpUrl: await testAmqpUrl() });
    running.push(
      ...(await Promise.all([startGatewayProcess(scene.settings), startGatewayProcess(scene.settings)])),
    );
  });

  after(async () => {
    for (const gateway of running) gateway.kill('SIGKILL');
    await scene?.close();
  });

  function urlOf(index: number): string {
    return running[index]?.url ?? '';
  }

  it('share the documents of many senders, and either one tells the same story', async () => {
    const scenarios: Scenario[] = [];
    for (let n = 0; n < PAIRS; n += 1) scenarios.push(await writeScenario(scene));

    const sent = await Promise.all(
      scenarios.map((scenario, n) => submitBoth(scene, scenario, () => urlOf(n % 2))),
    );
    await Promise.all(
      scenarios.map((scenario, n) =>
        untilFinal(scene, scenario, () => urlOf((n + 1) % 2), sent[n]?.packageId ?? '', 150_000),
      ),
    );

    for (const [n, scenario] of scenarios.entries()) {
      await assertOracle(scene, scenario, [sent[n]?.packageId ?? '', sent[n]?.dossierPackageId ?? '']);
    }
  });

  it('keep one package when the same request reaches both at once', async () => {
    const scenario = await writeScenario(scene);

    const [first, second] = await Promise.all([
      submitBoth(scene, scenario, () => urlOf(0)),
      submitBoth(scene, scenario, () => urlOf(1)),
    ]);
    await untilFinal(scene, scenario, () => urlOf(0), first.packageId, 150_000);

    expect(second.packageId).to.equal(first.packageId);
    await assertOracle(scene, scenario, [first.packageId, first.dossierPackageId]);
  });

  it('go on when one of them is killed with work in its hands', async () => {
    const scenario = await writeScenario(scene);
    const { packageId, dossierPackageId } = await submitBoth(scene, scenario, () => urlOf(0));

    running[0]?.kill('SIGKILL');
    await untilFinal(scene, scenario, () => urlOf(1), packageId, 150_000);

    await assertOracle(scene, scenario, [packageId, dossierPackageId]);
    const state = await readState(scene, scenario, urlOf(1), packageId);
    expect(state.deliveries.map(({ status }) => status)).to.deep.equal(['03', '03']);
    const ready = await createApiClient(urlOf(1), scene.tokens.district).get<{ status: string }>('/readyz');
    expect(ready.status).to.equal('ready');
  });
});
