import { expect } from 'chai';
import {
  createVxpClient,
  formatVxpTimestamp,
  type NationalAxis,
  startNationalAxis,
  type VxpClient,
} from '../../../src/connectors/index.ts';
import { signedVxpHeaders } from '../../gateway/support/vxp-request.ts';
import { failsWith } from '../support/fails.ts';
import {
  buildPackage,
  collect,
  DISTRICT,
  MINISTRY,
  PROVINCE,
  packageOf,
  sampleDocument,
  sampleStatus,
} from '../support/messages.ts';

const FILE = Buffer.from('%PDF-1.4 nội dung thử');

describe('VXP client against the national axis', () => {
  let axis: NationalAxis;
  let ministry: VxpClient;
  let province: VxpClient;

  function client(systemId: string, secret: string, more = {}): VxpClient {
    return createVxpClient({ baseUrl: axis.baseUrl, systemId, secret, ...more });
  }

  beforeEach(async () => {
    axis = await startNationalAxis({
      systems: [
        { systemId: '00.00.G22', secret: 'khoa-cua-bo', agencies: [agency(MINISTRY)] },
        { systemId: '00.41.W00', secret: 'khoa-cua-tinh', agencies: [agency(PROVINCE), agency(DISTRICT)] },
      ],
      recipients: [{ code: '000.00.00.H99', name: 'Đơn vị bị khoá', locked: true }],
    });
    ministry = client('00.00.G22', 'khoa-cua-bo');
    province = client('00.41.W00', 'khoa-cua-tinh');
  });

  afterEach(() => axis.close());

  it('carries a document from sender to recipient byte for byte', async () => {
    const sent = await buildPackage(sampleDocument(), { 'cong-van.pdf': FILE });

    const { docId } = await ministry.sendEdoc({ ...sent, from: MINISTRY.organId, messageType: 'edoc' });
    const [item] = await province.listReceived({ messageType: 'edoc' });
    const received = await collect(await province.getEdoc(item?.docId ?? ''));

    expect(docId).to.match(/^[0-9a-f]{24}$/);
    expect(item).to.include({ from: MINISTRY.organId, to: PROVINCE.organId, status: 'initial' });
    expect(received.equals(sent.bytes)).to.equal(true);
  });

  it('takes a document off the list once the receiver is done with it, and shows so to the sender', async () => {
    await send(sampleDocument());
    const [item] = await province.listReceived({ messageType: 'edoc' });

    await province.updateStatus(item?.docId ?? '', 'done');

    expect(await province.listReceived({ messageType: 'edoc' })).to.have.length(0);
    const [row] = await ministry.listSent({ messageType: 'edoc' });
    expect(row).to.include({
      toCode: PROVINCE.organId,
      receiveStatus: 'done',
      documentId: sampleDocument().documentId,
    });
  });

  it('serves a client that writes docid in one call after docId in another, and sends both', async () => {
    await send(sampleDocument());
    const [item] = await province.listReceived({ messageType: 'edoc' });
    const docId = item?.docId ?? '';
    const signed = signedVxpHeaders(
      {
        systemid: '00.41.W00',
        timestamp: formatVxpTimestamp(new Date()),
        docId,
        docid: docId,
        status: 'done',
      },
      'khoa-cua-tinh',
    );
    const answer = await fetch(`${axis.baseUrl}/updateStatus`, {
      method: 'POST',
      // To fetch both names are one header, which it writes in one line.
      headers: Object.entries(signed),
      body: '{}',
    });

    expect(await answer.json()).to.include({ status: 'OK' });
    expect(await province.listReceived({ messageType: 'edoc' })).to.have.length(0);
  });

  it('lists by whole days in UTC+7', async () => {
    await send(sampleDocument());
    const today = new Date();
    const yesterday = new Date(today.getTime() - 86_400_000);

    const found = await province.listReceived({ messageType: 'edoc', fromDate: yesterday, toDate: today });
    const old = await province.listReceived({
      messageType: 'edoc',
      fromDate: new Date(0),
      toDate: new Date(86_400_000),
    });

    expect(found).to.have.length(1);
    expect(old).to.have.length(0);
  });

  it('carries a status message back to the sender of the document', async () => {
    const status = await buildPackage(sampleStatus('03'));

    await province.sendEdoc({ ...status, from: PROVINCE.organId, messageType: 'status' });
    const [item] = await ministry.listReceived({ messageType: 'status' });
    const received = await collect(await ministry.getEdoc(item?.docId ?? ''));

    expect(received.equals(status.bytes)).to.equal(true);
  });

  it('gives every recipient a line of its own in the sent list', async () => {
    const { docId } = await send(sampleDocument({ to: [PROVINCE, DISTRICT] }));

    const rows = await ministry.listSent({ messageType: 'edoc', docId });

    expect(rows.map((row) => row.toCode)).to.deep.equal([PROVINCE.organId, DISTRICT.organId]);
    expect(await province.listReceived({ messageType: 'edoc' })).to.have.length(2);
  });

  it('shows a second send of the same document as a second effect', async () => {
    const first = await send(sampleDocument());
    await send(sampleDocument());

    const entries = axis.ledger.entries();

    expect(entries).to.have.length(2);
    expect(entries[0]?.duplicateOf).to.equal(undefined);
    expect(entries[1]?.duplicateOf).to.equal(first.docId);
  });

  it('takes the same document for another recipient as another effect', async () => {
    await send(sampleDocument({ to: [PROVINCE] }));
    await send(sampleDocument({ to: [DISTRICT] }));
    const third = await send(sampleDocument({ to: [PROVINCE, DISTRICT] }));

    expect(axis.ledger.entries().map((entry) => entry.to)).to.deep.equal([
      [PROVINCE.organId],
      [DISTRICT.organId],
      [PROVINCE.organId],
      [DISTRICT.organId],
    ]);
    expect(axis.ledger.duplicates().map((entry) => entry.id)).to.deep.equal([third.docId, third.docId]);
  });

  it('accepts the digest in either habit', async () => {
    const padded = client('00.00.G22', 'khoa-cua-bo', { hashFileStyle: 'padded' });
    const sent = await buildPackage(sampleDocument());

    await padded.sendEdoc({ ...sent, from: MINISTRY.organId, messageType: 'edoc' });

    expect(axis.ledger.entries()[0]?.sha256).to.equal(sent.sha256);
  });

  it('keeps a package that ends with a line break as it was', async () => {
    const sent = packageOf(
      Buffer.concat([(await buildPackage(sampleDocument())).bytes, Buffer.from('\r\n')]),
    );

    await ministry.sendEdoc({ ...sent, from: MINISTRY.organId, messageType: 'edoc' });

    const [item] = await province.listReceived({ messageType: 'edoc' });
    expect((await collect(await province.getEdoc(item?.docId ?? ''))).equals(sent.bytes)).to.equal(true);
  });

  it('refuses a package whose digest is another', async () => {
    const sent = await buildPackage(sampleDocument());

    const error = await failsWith(
      'CONNECTOR_INVALID_DOCUMENT',
      ministry.sendEdoc({ ...sent, sha256: 'ab'.repeat(32), from: MINISTRY.organId, messageType: 'edoc' }),
    );

    expect(error).to.include({ retryable: false, effect: 'none' });
    expect(axis.ledger.entries()).to.have.length(0);
  });

  it('names the recipient nobody knows', async () => {
    const error = await failsWith(
      'CONNECTOR_RECIPIENT_UNKNOWN',
      send(sampleDocument({ to: [PROVINCE, { organId: '000.00.00.X99', organName: 'Không có' }] })),
    );

    expect(error.details.remoteMessage).to.contain('000.00.00.X99').and.not.contain(PROVINCE.organId);
    expect(error.vi).to.contain('Đơn vị nhận không có');
  });

  it('tells a locked recipient from an unknown one', () =>
    failsWith(
      'CONNECTOR_RECIPIENT_LOCKED',
      send(sampleDocument({ to: [{ organId: '000.00.00.H99', organName: 'Khoá' }] })),
    ));

  it('refuses a sender that belongs to another system', () =>
    failsWith('CONNECTOR_SENDER_UNKNOWN', send(sampleDocument({ from: PROVINCE }))));

  it('refuses what is not edXML', async () => {
    const junk = packageOf(Buffer.from('<không phải edXML'));

    await failsWith(
      'CONNECTOR_INVALID_DOCUMENT',
      ministry.sendEdoc({ ...junk, from: MINISTRY.organId, messageType: 'edoc' }),
    );
  });

  it('refuses a wrong secret without saying more', async () => {
    const error = await failsWith('CONNECTOR_AUTH_FAILED', client('00.00.G22', 'sai').agencies());

    expect(error).to.include({ retryable: true, effect: 'none' });
    expect(error.details.remoteCode).to.equal('15');
  });

  it('refuses a clock far off', () =>
    failsWith(
      'CONNECTOR_AUTH_FAILED',
      client('00.00.G22', 'khoa-cua-bo', { now: () => new Date(Date.now() + 3_600_000) }).agencies(),
    ));

  it('gives nobody a document that is another system’s', async () => {
    await send(sampleDocument());
    const [item] = await province.listReceived({ messageType: 'edoc' });

    await failsWith('CONNECTOR_NOT_FOUND', ministry.getEdoc(item?.docId ?? ''));
    await failsWith('CONNECTOR_NOT_FOUND', ministry.updateStatus(item?.docId ?? '', 'done'));
  });

  it('lists, registers and deletes agencies', async () => {
    await province.registerAgency({ code: '000.00.02.H41', parentCode: '00.41.W00', name: 'Sở Mới' });
    const listed = (await ministry.agencies()).map((row) => row.code);
    await province.deleteAgency('000.00.02.H41');
    const after = (await ministry.agenciesQd20(4)).map((row) => row.code);
    const changes = await ministry.synchronizeUnits();

    expect(listed).to.include('000.00.02.H41');
    expect(after).to.include(PROVINCE.organId).and.not.include('000.00.02.H41');
    expect(changes.find((row) => row.code === '000.00.02.H41')).to.include({ deleted: true, isAgency: true });
    await failsWith('CONNECTOR_NOT_FOUND', ministry.deleteAgency(PROVINCE.organId));
  });

  it('reads a directory of the real one’s size', async () => {
    await axis.close();
    const recipients = Array.from({ length: 123_000 }, (_, at) => ({
      code: `H99.${at}`,
      name: `Đơn vị thử nghiệm số ${at}`,
    }));
    axis = await startNationalAxis({ systems: [{ systemId: 'bo', secret: 'b', agencies: [] }], recipients });

    const agencies = await client('bo', 'b').agencies();

    expect(agencies).to.have.length(123_000);
  });

  async function send(message: ReturnType<typeof sampleDocument>): Promise<{ docId: string }> {
    const built = await buildPackage(message);
    return ministry.sendEdoc({ ...built, from: message.from.organId, messageType: 'edoc' });
  }
});

function agency(organ: { organId: string; organName: string }) {
  return { code: organ.organId, name: organ.organName };
}
