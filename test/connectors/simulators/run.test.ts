import { expect } from 'chai';
import {
  createVxpClient,
  isSimulatorName,
  runSimulator,
  SIMULATOR_NAMES,
} from '../../../src/connectors/index.ts';

describe('starting a simulator by name', () => {
  for (const name of SIMULATOR_NAMES) {
    it(`starts ${name} with invented agencies and tells how to connect`, async () => {
      const simulator = await runSimulator(name);

      const ledger = (await (await fetch(`${simulator.url}/__sim/ledger`)).json()) as { entries: unknown[] };

      expect(ledger.entries).to.deep.equal([]);
      expect(simulator.settings['baseUrl']).to.match(/^http:\/\/127\.0\.0\.1:\d+/);
      await simulator.close();
    });
  }

  it('takes a client that uses the settings told', async () => {
    const simulator = await runSimulator('vxp', { secret: 'khoa' });
    const { baseUrl = '', ...rest } = simulator.settings;

    const agencies = await createVxpClient({ baseUrl, systemId: '00.99.W00', secret: 'khoa' }).agencies();

    expect(agencies).to.have.length(3);
    expect(Object.values(rest)).to.deep.equal(['khoa', 'khoa', 'khoa']);
    await simulator.close();
  });

  it('gives another secret every time when none is given', async () => {
    const first = await runSimulator('judicial-records');
    const second = await runSimulator('judicial-records');

    expect(first.settings['authKey']).to.have.length(24).and.not.equal(second.settings['authKey']);
    await Promise.all([first.close(), second.close()]);
  });

  it('knows its own names only', () => {
    expect(['vxp', 'judicial-records', 'axis', ''].map(isSimulatorName)).to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
  });

  it('reports a port that is taken', async () => {
    const first = await runSimulator('vxp');
    const port = Number(new URL(first.url).port);

    const thrown = await runSimulator('vxp', { port }).catch((error: NodeJS.ErrnoException) => error.code);

    expect(thrown).to.equal('EADDRINUSE');
    await first.close();
  });
});
