/** What is said of a document before it comes here: kept, passed on, and on its timeline when it comes. */
import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { acceptEdxml } from '../../../../src/gateway/exchange/index.ts';
import { type Gateway, startGateway } from '../../../../src/gateway/index.ts';
import { findPackage, listDeliveries } from '../../../../src/gateway/store/index.ts';
import type { EdxmlDocument, EdxmlStatus } from '../../../../src/packages/index.ts';
import { testDatabaseUrl } from '../../../support/services.ts';
import { type Api, acceptedId, type EventSeen } from '../../support/api.ts';
import { eventually } from '../../support/eventually.ts';
import { AGENCY, ATTACHED, letter, once, statusOn, wire } from '../../support/messages.ts';
import { startWorld, type World } from '../../support/world.ts';

const FROM_MINISTRY = {
  from: { organId: AGENCY.ministry.code, organName: AGENCY.ministry.name },
  traceHeaders: [{ organId: AGENCY.ministry.code, timestamp: '2026-11-20T08:00:00+07:00' }],
};

function suite(direct: boolean, databaseUrl: () => string): void {
  let world: World;
  let second: Gateway;
  let district: Api;
  let commune: Api;
  before(async () => {
    world = await startWorld({ recipientsAnswer: false, settings: { direct, databaseUrl: databaseUrl() } });
    second = databaseUrl() === '' ? world.gateway : await startGateway(world.config);
    [district, commune] = await Promise.all([world.as(AGENCY.district), world.as(AGENCY.commune)]);
  });
  after(async () => {
    if (second !== world.gateway) await second.stop();
    await world.close();
  });

  /** Hands a message in over a way of its own, and waits until it took effect. */
  async function bring(
    message: EdxmlDocument | EdxmlStatus,
    origin: string,
    at = world.gateway,
  ): Promise<string> {
    const { x } = at.deps;
    const files = message.kind === 'document' ? ATTACHED : [];
    const taken = await acceptEdxml(x, once(await wire(message, files)), {
      origin,
      actor: 'test',
      maySendFor: () => true,
    });
    await eventually(
      () => findPackage(x.store.read, taken.packageId),
      (pkg) => pkg !== undefined && pkg.state !== 'accepted',
    );
    return taken.packageId;
  }

  const statuses = (events: readonly EventSeen[]): string[] =>
    events
      .filter(({ type }) => type.startsWith('status-'))
      .map(({ type, data }) => `${type} ${data['code']} ${data['heardAt'] === undefined ? 'now' : 'before'}`);

  it('notes what an own agency said of a document from an axis, and passes it on at once', async () => {
    const document = letter([AGENCY.commune.code], FROM_MINISTRY);
    const word = await bring(statusOn(document, AGENCY.commune, '01'), 'vxp-server');
    await bring(statusOn(document, AGENCY.commune, '03', { timestamp: '2026-11-20T09:30:00+07:00' }), 'api');
    const sentOn = await listDeliveries(world.gateway.deps.x.store.read, word);

    const id = await bring(document, 'vxp');
    const late = await bring(statusOn(document, AGENCY.commune, '05'), 'vxp-server');

    expect(sentOn.map(({ system }) => system)).to.deep.equal(['vxp']);
    expect(statuses(await commune.events(id))).to.deep.equal([
      'status-received 01 before',
      'status-received 03 before',
      'status-received 05 now',
    ]);
    const [delivery] = (await commune.package(id)).deliveries;
    expect(delivery).to.include({ state: 'available', status: '05' });
    for (const status of [word, late])
      expect(await findPackage(world.gateway.deps.x.store.read, status)).to.include({ correlates: id });
  });

  it('finds the document by its number when the status has an identifier of its own', async () => {
    const document = letter([AGENCY.commune.code], {
      ...FROM_MINISTRY,
      documentId: randomUUID(),
    });
    const status = statusOn(document, AGENCY.commune, '03');
    const { documentId: _, ...responseFor } = status.responseFor;
    await bring({ ...status, responseFor }, 'vxp-server');

    const id = await bring(document, 'vxp');
    // Its other name is used up with it.
    const again = await bring(
      { ...document, documentId: randomUUID(), business: { businessDocType: 2, businessDocReason: 'Sửa' } },
      'vxp',
    );

    expect(statuses(await commune.events(id))).to.deep.equal(['status-received 03 before']);
    expect(statuses(await commune.events(again))).to.deep.equal([]);
  });

  it('notes what one of two own agencies said of a document of the other', async () => {
    const document = letter([AGENCY.commune.code]);
    await bring(statusOn(document, AGENCY.commune, '03'), 'api');

    const id = acceptedId(await district.postXml(await wire(document, ATTACHED)));

    const seen = await eventually(
      () => district.package(id),
      (pkg) => pkg.deliveries[0]?.status === '03',
    );
    expect(seen.deliveries[0]).to.include({ state: 'available' });
    expect(statuses(await district.events(id))).to.deep.equal(['status-received 03 before']);
  });

  it('takes it for no receipt of what is still to be sent, nor for its return, and lets a held status go on', async () => {
    const taken = letter([AGENCY.ministry.code]);
    const returned = letter([AGENCY.ministry.code]);
    const held = await bring(statusOn(taken, AGENCY.ministry, '03'), 'vxp');
    await bring(statusOn(returned, AGENCY.ministry, '02'), 'vxp');
    const { x } = world.gateway.deps;
    const before = await listDeliveries(x.store.read, held);

    const ids = [taken, returned].map(async (document) =>
      acceptedId(await district.postXml(await wire(document, ATTACHED))),
    );
    const [first = '', second = ''] = await Promise.all(ids);

    for (const id of [first, second])
      await eventually(
        () => district.package(id),
        (pkg) => pkg.deliveries[0]?.state === 'sent',
      );
    expect(before[0]).to.include({ state: 'parked', reason_code: 'STATUS_FOR_UNKNOWN_DOCUMENT' });
    expect((await listDeliveries(x.store.read, held))[0]).to.include({
      state: 'available',
      reason_code: null,
    });
    expect((await district.package(first)).deliveries[0]?.status).to.equal('03');
    expect((await district.package(second)).deliveries[0]?.status).to.equal(null);
    expect(statuses(await district.events(first))).to.deep.equal(['status-received 03 before']);
    expect(statuses(await district.events(second))).to.deep.equal(['status-late 02 before']);
  });

  it('waits for the recipient who said it, when the document goes to others first', async () => {
    const document = letter([AGENCY.district.code], FROM_MINISTRY);
    await bring(statusOn(document, AGENCY.commune, '03'), 'api');

    const first = await bring(document, 'vxp');
    const further = await bring(
      { ...document, to: [{ organId: AGENCY.commune.code, organName: AGENCY.commune.name }] },
      'vxp',
    );

    expect(statuses(await district.events(first))).to.deep.equal([]);
    expect(statuses(await commune.events(further))).to.deep.equal(['status-received 03 before']);
  });

  it('asks a document back whose sender did so before, naming its number only', async () => {
    const document = letter([AGENCY.commune.code], { ...FROM_MINISTRY, documentId: randomUUID() });
    const thirteen = statusOn(document, AGENCY.ministry, '13');
    const responseFor = { ...thirteen.responseFor, organId: AGENCY.commune.code };
    const { documentId: _, ...numbered } = responseFor;
    const asked = await bring({ ...thirteen, responseFor: numbered }, 'vxp', second);

    const id = await bring(document, 'vxp');
    // Its other name is used up with it.
    const again = await bring(
      { ...document, documentId: randomUUID(), business: { businessDocType: 2, businessDocReason: 'Sửa' } },
      'vxp',
    );

    const { x } = world.gateway.deps;
    const [delivery] = await listDeliveries(x.store.read, id);
    expect(delivery).to.include({ recall: 'requested', recall_package_id: asked });
    expect((await listDeliveries(x.store.read, asked))[0]).to.include({
      state: 'available',
      reason_code: null,
    });
    expect((await listDeliveries(x.store.read, again))[0]).to.include({ recall: null });
  });

  it('misses none of what comes at the same instant as its document', async () => {
    const documents = Array.from({ length: 12 }, () => letter([AGENCY.commune.code], FROM_MINISTRY));

    const ids = await Promise.all(
      documents.flatMap((document) => [
        bring(document, 'vxp', second),
        bring(statusOn(document, AGENCY.commune, '03'), 'api').then(() => ''),
      ]),
    );

    for (const id of ids.filter((one) => one !== '')) {
      const told = statuses(await commune.events(id)).map((text) => text.replace(/ \w+$/, ''));
      expect(told).to.deep.equal(['status-received 03']);
    }
  });
}

for (const direct of [true, false]) {
  describe(`exchange: said before the document came, ${direct ? 'routed with its intake' : 'routed later'}`, () => {
    suite(direct, () => '');
  });
}

describe('exchange: said before the document came, at two gateways', () => {
  const databaseUrl = testDatabaseUrl();
  describe('on one PostgreSQL', () => suite(true, databaseUrl));
  describe('on one PostgreSQL, routed later', () => suite(false, databaseUrl));
});
