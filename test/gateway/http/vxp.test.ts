import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { ConnectorError, createVxpClient, type VxpClient } from '../../../src/connectors/index.ts';
import { addVxpSystem } from '../../../src/gateway/access/index.ts';
import { type Api, acceptedId } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY, letter, once, sha256, statusOn, wire } from '../support/messages.ts';

const SECRET = 'khoa-he-thong-van-ban-0123456789';

describe('http: /XrdAdapter/adapter for document systems', () => {
  let bare: BareGateway;
  let district: Api;
  let client: VxpClient;
  let baseUrl = '';
  before(async () => {
    bare = await startBareGateway();
    district = await bare.as(AGENCY.district);
    baseUrl = `${bare.gateway.url}/XrdAdapter/adapter`;
    const { x, sealer } = bare.gateway.deps;
    // Registered under the other generation of the code than the directory's: both must do.
    await x.store.write((tx) =>
      tx
        .updateTable('agencies')
        .set({ other_code: AGENCY.commune.other })
        .where('code', '=', AGENCY.commune.code)
        .execute(),
    );
    await addVxpSystem(
      x.store,
      sealer,
      { id: 'qlvb-phuong', secret: SECRET, agencies: [AGENCY.commune.other] },
      Date.now(),
    );
    client = createVxpClient({ baseUrl, systemId: 'qlvb-phuong', secret: SECRET });
  });
  after(() => bare.close());

  const from = { organId: AGENCY.commune.code, organName: AGENCY.commune.name };

  function send(
    bytes: Buffer,
    more: { sha256?: string; messageType?: 'edoc' | 'status'; with?: VxpClient } = {},
  ): Promise<{ docId: string }> {
    return (more.with ?? client).sendEdoc({
      body: () => once(bytes),
      sizeBytes: bytes.length,
      sha256: more.sha256 ?? sha256(bytes),
      from: AGENCY.commune.code,
      messageType: more.messageType ?? 'edoc',
    });
  }

  async function refused(call: Promise<unknown>): Promise<ConnectorError> {
    const error = await call.then(
      (value) => expect.fail(`should have been refused, but gave ${JSON.stringify(value)}`),
      (cause: unknown) => cause,
    );
    expect(error).to.be.instanceOf(ConnectorError);
    return error as ConnectorError;
  }

  it('takes a document in, once however often it is sent, and lists it as sent', async () => {
    const message = letter([AGENCY.district.code], { from, documentId: 'phuong-1' });
    const bytes = await wire(message, [{ name: 'a.txt', bytes: Buffer.from('a') }]);

    const first = await send(bytes);
    const second = await send(bytes);

    expect(second.docId).to.equal(first.docId);
    const items = await client.listSent({ messageType: 'edoc', docId: first.docId });
    expect(items).to.have.length(1);
    expect(items[0]).to.include({
      senderDocId: first.docId,
      fromCode: AGENCY.commune.code,
      toCode: AGENCY.district.code,
      documentId: 'phuong-1',
      sha256: sha256(bytes),
    });
    expect(items[0]?.sentTime).to.match(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d$/);
    await eventually(
      async () => (await district.inbox()).items.map((item) => item['packageId']),
      (ids) => ids.includes(first.docId),
    );
  });

  it('hands a document out: listed, fetched byte for byte, acknowledged, gone from the list', async () => {
    const bytes = await wire(letter([AGENCY.commune.code]), [{ name: 'a.bin', bytes: randomBytes(40_000) }]);
    const id = acceptedId(await district.postXml(bytes));
    const item = await eventually(
      async () => (await client.listReceived({ messageType: 'edoc' })).at(-1),
      (seen) => seen?.status === 'initial',
    );

    const chunks: Uint8Array[] = [];
    for await (const chunk of await client.getEdoc(item?.docId ?? '')) chunks.push(chunk as Uint8Array);
    await client.updateStatus(item?.docId ?? '', 'processing');
    await client.updateStatus(item?.docId ?? '', 'done');
    await client.updateStatus(item?.docId ?? '', 'done');

    expect(item).to.include({ from: AGENCY.district.code, to: AGENCY.commune.code });
    expect(item?.createdTime).to.match(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d$/);
    expect(sha256(Buffer.concat(chunks))).to.equal(sha256(bytes));
    const left = await client.listReceived({ messageType: 'edoc' });
    expect(left.map((seen) => seen.docId)).to.not.include(item?.docId);
    const types = (await district.events(id)).map((event) => event.type);
    expect(types.slice(-3)).to.deep.equal(['available', 'fetched', 'delivered']);
    expect((await district.package(id)).state).to.equal('delivered');
  });

  it('counts what waits, and gives a document as bare octets', async () => {
    const documents = await client.countReceived('edoc');
    const statuses = await client.countReceived('status');
    const bytes = await wire(letter([AGENCY.commune.code]), [{ name: 'b.bin', bytes: randomBytes(9_000) }]);
    await district.postXml(bytes);
    const item = await eventually(
      async () => (await client.listReceived({ messageType: 'edoc' })).at(-1),
      (seen) => seen?.status === 'initial',
    );
    const counted = await client.countReceived('edoc');

    const chunks: Uint8Array[] = [];
    for await (const chunk of await client.downloadEdoc(item?.docId ?? '')) chunks.push(chunk as Uint8Array);
    const stranger = await refused(client.downloadEdoc('dlv_khong_co'));
    await client.updateStatus(item?.docId ?? '', 'done');

    expect(counted).to.equal(documents + 1);
    expect(sha256(Buffer.concat(chunks))).to.equal(sha256(bytes));
    expect(stranger.code).to.equal('CONNECTOR_NOT_FOUND');
    expect(await client.countReceived('edoc')).to.equal(documents);
    expect(await client.countReceived('status')).to.equal(statuses);
  });

  it('does not take back an acknowledgement', async () => {
    const id = acceptedId(await district.postXml(await wire(letter([AGENCY.commune.code]))));
    const item = await eventually(
      async () => (await client.listReceived({ messageType: 'edoc' })).at(-1),
      (seen) => seen?.status === 'initial',
    );
    await client.updateStatus(item?.docId ?? '', 'done');

    await client.updateStatus(item?.docId ?? '', 'fail');
    await client.updateStatus(item?.docId ?? '', 'processing');

    expect((await district.package(id)).deliveries[0]?.state).to.equal('delivered');
  });

  it('takes back a failure that went well after all, and no return of the document', async () => {
    const messages = [letter([AGENCY.commune.code]), letter([AGENCY.commune.code])] as const;
    const ids: string[] = [];
    for (const message of messages) ids.push(acceptedId(await district.postXml(await wire(message))));
    const items = await eventually(
      async () =>
        (await client.listReceived({ messageType: 'edoc' })).filter((one) => one.status === 'initial'),
      (seen) => seen.length >= 2,
    );
    const state = async (at: number) => (await district.package(ids[at] ?? '')).deliveries[0]?.state;
    const returned = await wire(statusOn(messages[1], AGENCY.commune, '02'));

    await client.updateStatus(items.at(-2)?.docId ?? '', 'fail');
    const failed = await state(0);
    await client.updateStatus(items.at(-2)?.docId ?? '', 'done');
    await send(returned, { messageType: 'status' });
    await eventually(
      () => state(1),
      (seen) => seen === 'refused',
    );
    await client.updateStatus(items.at(-1)?.docId ?? '', 'done');

    expect(failed).to.equal('refused');
    expect(await state(0)).to.equal('delivered');
    expect(await state(1)).to.equal('refused');
  });

  it('carries statuses both ways', async () => {
    const message = letter([AGENCY.commune.code]);
    const id = acceptedId(await district.postXml(await wire(message)));
    await eventually(
      () => district.package(id),
      (seen) => seen.deliveries[0]?.state === 'available',
    );

    const status = await wire(statusOn(message, AGENCY.commune, '03'));
    await send(status, { messageType: 'status' });

    await eventually(
      () => district.package(id),
      (seen) => seen.deliveries[0]?.status === '03',
    );
    const own = letter([AGENCY.district.code], { from, documentId: 'phuong-trang-thai' });
    const { docId } = await send(await wire(own));
    const item = await eventually(
      async () => (await district.inbox('?limit=500')).items.find((seen) => seen['packageId'] === docId),
      (seen) => seen !== undefined,
    );
    acceptedId(
      await district.postJson(`/api/v1/inbox/${item?.['deliveryId']}/statuses`, { statusCode: '01' }),
    );
    await eventually(
      () => client.listReceived({ messageType: 'status' }),
      (items) => items.length === 1,
    );
  });

  it('refuses a wrong secret, an unknown system and a time far off, without saying which agencies exist', async () => {
    const bytes = await wire(letter([AGENCY.district.code], { from, documentId: 'phuong-2' }));
    const wrong = createVxpClient({ baseUrl, systemId: 'qlvb-phuong', secret: 'khoa-sai-0123456789' });
    const stranger = createVxpClient({ baseUrl, systemId: 'la-mat', secret: SECRET });
    const late = createVxpClient({
      baseUrl,
      systemId: 'qlvb-phuong',
      secret: SECRET,
      now: () => new Date(Date.now() - 6 * 60_000),
    });

    for (const someone of [wrong, stranger, late]) {
      expect((await refused(someone.listReceived({ messageType: 'edoc' }))).code).to.equal(
        'CONNECTOR_AUTH_FAILED',
      );
      expect((await refused(someone.agencies())).code).to.equal('CONNECTOR_AUTH_FAILED');
    }
    expect((await refused(send(bytes, { with: wrong }))).code).to.equal('CONNECTOR_AUTH_FAILED');
  });

  it('refuses bytes that are not those of hash-file, and keeps nothing', async () => {
    const bytes = await wire(letter([AGENCY.district.code], { from, documentId: 'phuong-3' }));

    const error = await refused(send(bytes, { sha256: sha256(Buffer.from('khác')) }));

    expect(error.code).to.equal('CONNECTOR_INVALID_DOCUMENT');
    const kept = await bare.gateway.deps.x.store.read
      .selectFrom('packages')
      .select('id')
      .where('document_id', '=', 'phuong-3')
      .execute();
    expect(kept).to.have.length(0);
  });

  it('refuses a sender that is not its own, an unknown recipient and a faulty package in the axis codes', async () => {
    const foreign = await wire(letter([AGENCY.commune.code]));
    const nowhere = await wire(letter(['000.00.77.H99'], { from, documentId: 'phuong-4' }));
    const faulty = Buffer.from('<edXML/>');

    expect((await refused(send(foreign))).code).to.equal('CONNECTOR_SENDER_UNKNOWN');
    expect((await refused(send(nowhere))).code).to.equal('CONNECTOR_RECIPIENT_UNKNOWN');
    expect((await refused(send(faulty))).code).to.equal('CONNECTOR_INVALID_DOCUMENT');
  });

  it('shows one system nothing of another', async () => {
    const { x, sealer } = bare.gateway.deps;
    await addVxpSystem(
      x.store,
      sealer,
      { id: 'qlvb-khac', secret: SECRET, agencies: ['000.99.99.H99'] },
      Date.now(),
    );
    const other = createVxpClient({ baseUrl, systemId: 'qlvb-khac', secret: SECRET });
    acceptedId(await district.postXml(await wire(letter([AGENCY.commune.code]))));
    const item = await eventually(
      async () => (await client.listReceived({ messageType: 'edoc' })).at(-1),
      (seen) => seen?.status === 'initial',
    );

    expect(await other.listReceived({ messageType: 'edoc' })).to.deep.equal([]);
    expect(await other.listSent({ messageType: 'edoc' })).to.deep.equal([]);
    expect((await refused(other.getEdoc(item?.docId ?? ''))).code).to.equal('CONNECTOR_NOT_FOUND');
    expect((await refused(other.updateStatus(item?.docId ?? '', 'done'))).code).to.equal(
      'CONNECTOR_NOT_FOUND',
    );
  });

  it('lists the directory under both generations of code, without centres among the recipients', async () => {
    const agencies = await client.agencies();
    const units = await client.synchronizeUnits();

    expect(agencies.map((agency) => agency.code)).to.include.members([
      AGENCY.district.code,
      AGENCY.commune.code,
    ]);
    expect(agencies.find((agency) => agency.code === AGENCY.commune.code)?.otherCode).to.equal(
      AGENCY.commune.other,
    );
    expect(units.length).to.be.at.least(agencies.length);
  });

  it('lets a system rename its agency, and add and take back agencies below it, but none elsewhere', async () => {
    const below = '001.21.32.H99';
    await client.registerAgency({ code: AGENCY.commune.code, parentCode: '', name: 'Phường đổi tên' });
    await client.registerAgency({ code: below, parentCode: AGENCY.commune.code, name: 'Trạm y tế' });

    const names = new Map((await client.agencies()).map((agency) => [agency.code, agency.name]));
    expect(names.get(AGENCY.commune.code)).to.equal('Phường đổi tên');
    expect(names.get(below)).to.equal('Trạm y tế');
    const from = { organId: below, organName: 'Trạm y tế' };
    await send(await wire(letter([AGENCY.district.code], { from, documentId: 'tram-1' })));
    for (const code of ['000.00.99.H99', '000.00.00.G22', AGENCY.district.code, 'không phải mã'])
      await refused(client.registerAgency({ code, parentCode: '', name: 'Cơ quan lạ' }));
    await client.deleteAgency(below);
    const gone = (await client.synchronizeUnits()).find((unit) => unit.code === below);
    expect(gone?.deleted).to.equal(true);
    await refused(client.deleteAgency(below));
    await refused(client.deleteAgency(AGENCY.commune.code));
    await refused(client.deleteAgency(AGENCY.district.code));
  });
});
