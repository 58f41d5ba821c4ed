import { expect } from 'chai';
import { ConnectorError, createVnpostClient, startVnpost } from '../../../src/connectors/index.ts';

describe('simulators told to misbehave', () => {
  it('an answer cut in the middle leaves the work done, an old answer does none', async () => {
    const simulator = await startVnpost({ customerCode: 'H99', apiKey: 'k' });
    const client = createVnpostClient({ baseUrl: simulator.url, customerCode: 'H99', apiKey: 'k' });
    const end = { provinceCode: 72, address: '1 Lê Lợi', name: 'Sở', phone: '02763822000' };
    const order = {
      orderNumber: 'VD-7',
      sender: end,
      receiver: end,
      codAmountVnd: 0,
      description: 'Kết quả',
    };

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
});
