import { expect } from 'chai';
import { ConnectorError, createVnpostClient, startVnpost } from '../../../src/connectors/index.ts';
import { until } from '../../support/until.ts';

const end = { provinceCode: 72, address: '1 Lê Lợi', name: 'Sở', phone: '02763822000' };
const order = { orderNumber: 'VD-7', sender: end, receiver: end, codAmountVnd: 0, description: 'Kết quả' };

describe('simulators told to misbehave', () => {
  it('an answer cut in the middle leaves the work done, an old answer does none', async () => {
    const simulator = await startVnpost({ customerCode: 'H99', apiKey: 'k' });
    const client = createVnpostClient({ baseUrl: simulator.url, customerCode: 'H99', apiKey: 'k' });

    simulator.behaviour.set({ mode: 'partial', count: 1 });
    const cut = await client.order(order).then(
      () => null,
      (error: unknown) => error,
    );
    const again = await client.order(order);
    const first = await client.track('VD-7');
    simulator.behaviour.set({ mode: 'stale', count: 2 });
    const stale = [await client.track('VD-7'), await client.track('VD-7')];

    expect(cut).to.be.instanceOf(ConnectorError).and.include({ effect: 'unknown', retryable: true });
    expect(again.existed).to.equal(true);
    expect(stale).to.deep.equal([first, first]);
    expect((await client.track('VD-7'))?.state).to.equal(2);
    await simulator.close();
  });

  it('work done later is done though the caller is gone', async () => {
    const simulator = await startVnpost({ customerCode: 'H99', apiKey: 'k' });
    const settings = { baseUrl: simulator.url, customerCode: 'H99', apiKey: 'k' };
    const client = createVnpostClient(settings);
    const leaving = new AbortController();

    simulator.behaviour.set({ mode: 'late', count: 1, delayMs: 1_000 });
    const gone = createVnpostClient({ ...settings, signal: leaving.signal }).order(order);
    await until(() => simulator.behaviour.state().mode === 'ok');
    leaving.abort();
    const code = await gone.then(
      () => null,
      (error: unknown) => (error as ConnectorError).code,
    );
    await until(async () => (await client.track('VD-7')) !== undefined);

    expect(code).to.equal('CONNECTOR_CANCELLED');
    expect(simulator.ledger.entries().map(({ kind }) => kind)).to.have.length(1);
    await simulator.close();
  });
});
