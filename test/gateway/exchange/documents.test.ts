import { expect } from 'chai';
import { type Api, acceptedId, type PackageSeen } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY, letter, sha256, wire } from '../support/messages.ts';
import { startWorld, type World } from '../support/world.ts';

describe('exchange: a document on its way', () => {
  let world: World;
  let district: Api;
  before(async () => {
    world = await startWorld();
    district = await world.as(AGENCY.district);
  });
  after(() => world.close());

  async function settled(id: string): Promise<PackageSeen> {
    return eventually(
      () => district.package(id),
      (seen) => seen.deliveries.length > 0 && seen.deliveries.every((delivery) => delivery.status === '03'),
    );
  }

  it('goes to both axes, is delivered by the recipients own word, and shows 01 before 03', async () => {
    const bytes = await wire(letter([AGENCY.department.code, AGENCY.ministry.code]), [
      { name: 'cong-van.txt', bytes: Buffer.from('nội dung') },
    ]);

    const accepted = await district.postXml(bytes);
    const id = acceptedId(accepted);
    const seen = await settled(id);

    expect(accepted.headers.get('location')).to.equal(`/api/v1/packages/${id}`);
    expect(seen.sha256).to.equal(sha256(bytes));
    expect(seen.state).to.equal('delivered');
    for (const recipient of [AGENCY.department.code, AGENCY.ministry.code]) {
      const own = (await district.events(id)).filter((event) => event.recipient === recipient);
      const types = own.map((event) =>
        event.type.startsWith('status') ? `${event.type} ${event.data['code']}` : event.type,
      );
      expect(types, recipient).to.deep.equal([
        'routed',
        'sent',
        'delivered',
        'status-received 01',
        'status-received 03',
      ]);
    }
    const statuses = await district.inbox('?kind=status');
    expect(statuses.items.filter((item) => item['correlates'] === id)).to.have.length(4);
  });
});
