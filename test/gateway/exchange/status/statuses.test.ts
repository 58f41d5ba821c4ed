import { expect } from 'chai';
import { type Api, acceptedId } from '../../support/api.ts';
import { type BareGateway, startBareGateway } from '../../support/bare.ts';
import { eventually } from '../../support/eventually.ts';
import { AGENCY, ATTACHED, letter, statusOn, wire } from '../../support/messages.ts';

describe('exchange: what recipients say', () => {
  let bare: BareGateway;
  let district: Api;
  let commune: Api;
  before(async () => {
    bare = await startBareGateway();
    district = await bare.as(AGENCY.district);
    commune = await bare.as(AGENCY.commune);
  });
  after(() => bare.close());

  async function inboxItem(api: Api, packageId: string): Promise<Record<string, string>> {
    const items = await eventually(
      async () => (await api.inbox('?limit=500')).items.filter((item) => item['packageId'] === packageId),
      (found) => found.length > 0,
    );
    expect(items).to.have.length(1);
    return items[0] ?? {};
  }

  it('answers a status posted twice under one key once, and refuses the key for another status', async () => {
    const id = acceptedId(await district.postXml(await wire(letter([AGENCY.commune.code]), ATTACHED)));
    const item = await inboxItem(commune, id);
    const path = `/api/v1/inbox/${item['deliveryId']}/statuses`;
    const key = { 'idempotency-key': 'tra-loi-1' };

    const first = await commune.postJson(path, { statusCode: '01' }, key);
    const second = await commune.postJson(path, { statusCode: '01' }, key);
    const other = await commune.postJson(path, { statusCode: '03' }, key);

    expect(second.json).to.deep.equal(first.json);
    expect(second.headers.get('idempotent-replay')).to.equal('true');
    expect(other.status).to.equal(409);
  });

  it('takes a second click on the same answer for the first', async () => {
    const id = acceptedId(await district.postXml(await wire(letter([AGENCY.commune.code]), ATTACHED)));
    const item = await inboxItem(commune, id);
    const path = `/api/v1/inbox/${item['deliveryId']}/statuses`;

    const first = await commune.postJson(path, { statusCode: '03' });
    const second = await commune.postJson(path, { statusCode: '03' });

    expect(acceptedId(second)).to.equal(acceptedId(first));
  });

  it('refuses a status that may not follow, naming both', async () => {
    const id = acceptedId(await district.postXml(await wire(letter([AGENCY.commune.code]), ATTACHED)));
    const item = await inboxItem(commune, id);
    const path = `/api/v1/inbox/${item['deliveryId']}/statuses`;
    acceptedId(
      await commune
        .postJson(path, { statusCode: '06' })
        .then((answer) => (answer.status === 409 ? commune.postJson(path, { statusCode: '02' }) : answer)),
    );
    await eventually(
      () => district.package(id),
      (pkg) => pkg.deliveries[0]?.status === '02',
    );

    const answer = await commune.postJson(path, { statusCode: '05' });

    expect(answer.status).to.equal(409);
    expect(answer.json.code).to.equal('STATUS_NOT_ALLOWED');
    expect(answer.json.detail).to.include('02').and.to.include('05');
    expect((await district.package(id)).state).to.equal('refused');
  });

  it('answers only what is in the own inbox', async () => {
    const id = acceptedId(await district.postXml(await wire(letter([AGENCY.commune.code]), ATTACHED)));
    const item = await inboxItem(commune, id);

    const answer = await district.postJson(`/api/v1/inbox/${item['deliveryId']}/statuses`, {
      statusCode: '01',
    });

    expect(answer.status).to.equal(404);
    expect(answer.json.code).to.equal('DELIVERY_UNKNOWN');
  });

  it('records a late and a repeated status without moving the state back', async () => {
    const message = letter([AGENCY.commune.code]);
    const id = acceptedId(await district.postXml(await wire(message, ATTACHED)));
    await inboxItem(commune, id);
    const say = async (code: string, timestamp: string): Promise<void> => {
      acceptedId(await commune.postXml(await wire(statusOn(message, AGENCY.commune, code, { timestamp }))));
    };

    await say('01', '2026-11-20T09:00:00+07:00');
    await say('05', '2026-11-20T11:00:00+07:00');
    await say('03', '2026-11-20T10:00:00+07:00');
    await say('01', '2026-11-20T09:00:01+07:00');
    const events = await eventually(
      () => district.events(id),
      (list) => list.filter((event) => event.type.startsWith('status-')).length === 4,
    );

    const statuses = events.filter((event) => event.type.startsWith('status-'));
    expect(statuses.map((event) => `${event.type} ${event.data['code']}`)).to.deep.equal([
      'status-received 01',
      'status-received 05',
      'status-late 03',
      'status-late 01',
    ]);
    expect((await district.package(id)).deliveries[0]?.status).to.equal('05');
  });

  it('applies statuses in the order they were accepted when they come all at once', async () => {
    const message = letter([AGENCY.commune.code]);
    const id = acceptedId(await district.postXml(await wire(message, ATTACHED)));
    await inboxItem(commune, id);
    const codes = ['01', '03', '04', '05', '06'];

    for (const [at, code] of codes.entries()) {
      const timestamp = `2026-11-20T10:0${at}:00+07:00`;
      acceptedId(await commune.postXml(await wire(statusOn(message, AGENCY.commune, code, { timestamp }))));
    }
    const events = await eventually(
      () => district.events(id),
      (list) => list.filter((event) => event.type.startsWith('status-')).length === codes.length,
    );

    const statuses = events.filter((event) => event.type.startsWith('status-'));
    expect(statuses.map((event) => `${event.type} ${event.data['code']}`)).to.deep.equal(
      codes.map((code) => `status-received ${code}`),
    );
  });

  it('lets a crowd of statuses on many documents take effect, recalls among them, without a gap in the sender’s inbox', async () => {
    const letters = Array.from({ length: 8 }, () => letter([AGENCY.commune.code]));
    const ids = await Promise.all(
      letters.map(async (message) => acceptedId(await district.postXml(await wire(message, ATTACHED)))),
    );
    for (const id of ids) await inboxItem(commune, id);
    const say = async (api: Api, xml: Uint8Array): Promise<string> => acceptedId(await api.postXml(xml));
    const stranger = wire(statusOn(letter([AGENCY.commune.code]), AGENCY.commune, '01'));

    await Promise.all([
      ...letters.map(async (message, at) => {
        for (const code of ['01', '03'])
          await say(commune, await wire(statusOn(message, AGENCY.commune, code)));
        // Of every other document the sender asks something, in the middle of it all.
        if (at % 2 === 0) await say(district, await wire(statusOn(message, AGENCY.district, '13')));
        await say(commune, await wire(statusOn(message, AGENCY.commune, at % 2 === 0 ? '15' : '06')));
      }),
      stranger.then((xml) => say(commune, xml)),
    ]);
    const packages = await eventually(
      () => Promise.all(ids.map((id) => district.package(id))),
      (all) => all.every((pkg, at) => pkg.deliveries[0]?.status === (at % 2 === 0 ? '15' : '06')),
    );
    const timelines = await Promise.all(ids.map((id) => district.events(id)));
    const { items, cursor } = await district.inbox('?limit=500');

    expect(packages.map((pkg) => pkg.state)).to.deep.equal(
      ids.map((_, at) => (at % 2 === 0 ? 'withdrawn' : 'delivered')),
    );
    for (const [at, events] of timelines.entries()) {
      const received = events.filter((event) => event.type === 'status-received');
      expect(received.map((event) => event.data['code'])).to.deep.equal([
        '01',
        '03',
        at % 2 === 0 ? '15' : '06',
      ]);
    }
    // The cursor is the last position.
    expect(cursor).to.equal(String(items.length));
  });
});
