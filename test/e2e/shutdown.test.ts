/** SIGTERM: what is held is finished or handed back within the time allowed, nothing is lost, and a restart goes on. */
import { expect } from 'chai';
import { type GatewayProcess, startGatewayProcess } from './support/gateway-process.ts';
import {
  assertOracle,
  type Scene,
  setScene,
  submitBoth,
  untilFinal,
  writeScenario,
} from './support/scenario.ts';

describe('shutdown on SIGTERM', () => {
  let scene: Scene;
  let running: GatewayProcess | null = null;

  before(async () => {
    scene = await setScene();
  });

  after(async () => {
    running?.kill('SIGKILL');
    await scene?.close();
  });

  it('ends with code 0 while a counterparty keeps it waiting, and the next start finishes the work', async () => {
    const scenario = await writeScenario(scene);
    // The national axis takes the call and never answers: the delivery is in the middle of its work.
    scene.world.nationalAxis.behaviour.set({ mode: 'silent', path: '/sendEdoc' });
    const first = await startGatewayProcess({ ...scene.settings, shutdownSeconds: 4 });
    running = first;
    let url = first.url;
    const { packageId, dossierPackageId } = await submitBoth(scene, scenario, () => url);
    first.kill('SIGTERM');
    const how = await first.ended;
    scene.world.nationalAxis.behaviour.set({ mode: 'ok' });
    const second = await startGatewayProcess(scene.settings);
    running = second;
    url = second.url;
    await untilFinal(scene, scenario, () => url, packageId, 150_000);

    expect(how, first.log().slice(-3000)).to.equal('0');
    await assertOracle(scene, scenario, [packageId, dossierPackageId]);
  });
});
