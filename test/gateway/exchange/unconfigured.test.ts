import { expect } from 'chai';
import { saveAgencies } from '../../../src/gateway/directory/index.ts';
import type { Api } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY, letter, statusOn, wire } from '../support/messages.ts';

/** An axis that is set up and does not answer. */
const AXIS = { vxpUrl: 'http://127.0.0.1:9/a', vxpSystemId: '00.99.W00', vxpSecret: 'khoa-thu-0123456789' };

describe('exchange: what is to go to a system that is not configured', () => {
  let bare: BareGateway;
  afterEach(() => bare.close());

  async function firstDelivery(api: Api, id: string) {
    const { deliveries } = await eventually(
      () => api.package(id),
      (seen) => seen.deliveries[0]?.state !== 'accepted',
    );
    return deliveries[0];
  }

  it('stops at once with its reason, is not let go into nowhere, and goes where the directory says later', async () => {
    bare = await startBareGateway();
    const { store } = bare.gateway.deps.x;
    const { code, name } = AGENCY.department;
    await saveAgencies(store, [{ code, name, system: 'provincial' }], Date.now());
    const commune = await bare.as(AGENCY.commune);
    const operator = await bare.as(AGENCY.district, 'operator');
    const document = letter([AGENCY.commune.code], { from: { organId: code, organName: name } });

    const { packageId } = (await commune.postXml(await wire(statusOn(document, AGENCY.commune, '03')))).json;
    await eventually(
      () => operator.package(packageId),
      (seen) => seen.state === 'attention',
    );
    const stopped = await firstDelivery(operator, packageId);
    const retry = () => operator.postJson(`/api/v1/deliveries/${stopped?.deliveryId}/retry`, {});
    const preview = (await operator.get('/api/v1/parked?system=provincial')).json;
    const refused = await retry();
    await saveAgencies(store, [{ code, name, system: 'inbox' }], Date.now());
    const released = await retry();
    const inbox = await (await bare.as(AGENCY.department)).inbox();

    expect(stopped).to.deep.include({ state: 'parked', system: 'provincial' });
    expect(preview.groups[0]).to.include({ reasonCode: 'SYSTEM_NOT_CONFIGURED', count: 1 });
    expect(preview.groups[0].action.vi).to.include('cấu hình');
    expect([refused.status, released.status]).to.deep.equal([400, 202]);
    expect(refused.json.errors[0].message).to.include('cấu hình');
    expect(inbox.items.map(({ packageId: id }) => id)).to.deep.equal([packageId]);
  });

  it('stops at the start when its system was taken out of the settings, and goes on when it is back', async () => {
    bare = await startBareGateway(AXIS);
    const { dataDir } = bare;
    const sent = (await (await bare.as(AGENCY.district)).postXml(await wire(letter([AGENCY.ministry.code]))))
      .json;
    await bare.close();

    bare = await startBareGateway({ dataDir });
    const without = await bare.as(AGENCY.district, 'operator');
    const stopped = await firstDelivery(without, sent.packageId);
    const bulk = await without.postJson('/api/v1/parked/retry', {
      asOf: new Date(Date.now() + 1_000).toISOString(),
    });
    const events = await without.events(sent.packageId);
    await bare.close();

    bare = await startBareGateway({ ...AXIS, dataDir });
    const again = await bare.as(AGENCY.district, 'operator');
    const released = await again.postJson(`/api/v1/deliveries/${stopped?.deliveryId}/retry`, {});
    const tried = await eventually(
      () => again.package(sent.packageId),
      (seen) => seen.deliveries[0]?.reason?.code === 'CONNECTOR_UNREACHABLE',
    );

    expect(stopped).to.deep.include({ state: 'parked', system: 'vxp' });
    expect(stopped?.reason?.code).to.equal('SYSTEM_NOT_CONFIGURED');
    expect(bulk.json).to.deep.equal({ released: 0 });
    expect(events.map(({ type, data }) => `${type} ${data['code'] ?? ''}`)).to.include(
      'parked SYSTEM_NOT_CONFIGURED',
    );
    expect(released.status).to.equal(202);
    expect(tried.state).to.equal('in-progress');
  });
});
