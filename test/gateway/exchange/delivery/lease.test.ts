/** A process that stood still longer than its lease sends nothing any more: another one may be sending. */
import { expect } from 'chai';
import { deliverOne, type Exchange } from '../../../../src/gateway/exchange/index.ts';
import { findDelivery, insertDeliveries, insertPackage } from '../../../../src/gateway/store/index.ts';
import { type BareGateway, startBareGateway } from '../../support/bare.ts';
import { deliveryRow, packageRow } from '../../support/rows.ts';

describe('exchange: the lease of a delivery', () => {
  let bare: BareGateway;
  before(async () => {
    bare = await startBareGateway();
  });
  after(() => bare.close());

  it('ends the work when it ran out unrenewed, and the delivery is left to whoever takes it next', async () => {
    const { x } = bare.gateway.deps;
    const pkg = packageRow({ state: 'in-progress' });
    const delivery = deliveryRow(pkg, { system: 'truc', state: 'queued' });
    await x.store.write(async (tx) => {
      await insertPackage(tx, pkg);
      await insertDeliveries(tx, [delivery]);
    });
    let standstill = 0;
    const reasons: unknown[] = [];
    const counterparty = {
      system: 'truc',
      deliver: ({ signal }: { signal: AbortSignal }) =>
        new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason);
            reject(signal.reason);
          });
          standstill = 60_000;
        }),
    };
    const still: Exchange = {
      ...x,
      now: () => Date.now() + standstill,
      counterparties: new Map([['truc', counterparty as never]]),
      settings: { ...x.settings, leaseMs: 3_000 },
    };

    await deliverOne(still, delivery.id, new AbortController().signal);

    const after = await findDelivery(x.store.read, delivery.id);
    expect(reasons.map(String)).to.deep.equal(['Error: lease expired']);
    expect(after?.state).to.equal('sending');
    expect(after?.reason_code).to.equal(null);
    expect(Number(after?.lease_until)).to.be.lessThan(Date.now() + standstill);
  });
});
