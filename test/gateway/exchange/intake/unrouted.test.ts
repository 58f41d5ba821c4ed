import { expect } from 'chai';
import { acceptEdxml } from '../../../../src/gateway/exchange/index.ts';
import { applyStatus } from '../../../../src/gateway/exchange/status/track.ts';
import { findPackage, listDeliveries } from '../../../../src/gateway/store/index.ts';
import type { EdxmlStatus } from '../../../../src/packages/index.ts';
import { eventually } from '../../support/eventually.ts';
import { AGENCY, ATTACHED, letter, once, statusOn, wire } from '../../support/messages.ts';
import { startWorld, type World } from '../../support/world.ts';

const FROM_MINISTRY = {
  from: { organId: AGENCY.ministry.code, organName: AGENCY.ministry.name },
  traceHeaders: [{ organId: AGENCY.ministry.code, timestamp: '2026-11-20T08:00:00+07:00' }],
};

describe('exchange: said of a document that is not routed yet', () => {
  let world: World;
  before(async () => {
    world = await startWorld({ recipientsAnswer: false, settings: { direct: false } });
  });
  after(() => world.close());

  it('leaves it to be routed', async () => {
    const { x } = world.gateway.deps;
    const document = letter([AGENCY.commune.code, AGENCY.district.code], FROM_MINISTRY);
    const submitter = { origin: 'vxp', actor: 'test', maySendFor: () => true };
    const { packageId } = await acceptEdxml(x, once(await wire(document, ATTACHED)), submitter);

    const before = await x.store.write(async (tx) => {
      const row = await findPackage(tx, packageId);
      await applyStatus(
        x,
        tx,
        statusOn(document, AGENCY.commune, '03') as EdxmlStatus,
        { id: packageId, origin: 'api' },
        1,
      );
      return row?.state;
    });

    // Otherwise this shows nothing.
    expect(before).to.equal('accepted');
    const deliveries = await eventually(
      () => listDeliveries(x.store.read, packageId),
      (all) => all.every(({ state }) => state === 'available'),
    );
    expect(deliveries.map(({ business_status }) => business_status).sort()).to.deep.equal(['03', null]);
  });
});
