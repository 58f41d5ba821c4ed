import { expect } from 'chai';
import {
  createProvincialAxisClient,
  type ProvincialAxis,
  type ProvincialAxisClient,
  type ProvincialAxisClientOptions,
  startProvincialAxis,
} from '../../../src/connectors/index.ts';
import { withPreparedHttp } from '../../support/http.ts';
import { failsWith } from '../support/fails.ts';
import {
  buildPackage,
  collect,
  MINISTRY,
  PROVINCE,
  packageOf,
  sampleDocument,
  sampleStatus,
} from '../support/messages.ts';

const DAY = 86_400_000;

describe('provincial axis client', () => {
  let axis: ProvincialAxis;

  function client(systemId: string, more: Partial<ProvincialAxisClientOptions> = {}): ProvincialAxisClient {
    return createProvincialAxisClient({ baseUrl: axis.url, systemId, secret: `khoa-${systemId}`, ...more });
  }

  const recent = () => ({ fromDate: new Date(Date.now() - DAY), toDate: new Date() });

  beforeEach(async () => {
    axis = await startProvincialAxis({
      systems: [
        {
          systemId: 'so',
          secret: 'khoa-so',
          agencies: [{ code: MINISTRY.organId, name: MINISTRY.organName }],
        },
        {
          systemId: 'tinh',
          secret: 'khoa-tinh',
          agencies: [{ code: PROVINCE.organId, name: PROVINCE.organName }],
        },
      ],
      agencies: [{ code: '000.00.00.H99', name: 'Bị khoá', locked: true }],
    });
  });

  afterEach(() => axis.close());

  it('carries a document byte for byte and a status back', async () => {
    const document = await buildPackage(sampleDocument(), { 'tep.pdf': Buffer.from('%PDF nội dung') });
    const status = await buildPackage(sampleStatus('03'));

    await client('so').sendEdoc({ ...document, messageType: 'edoc' });
    const [item] = await client('tinh').listReceived({ messageType: 'edoc', ...recent() });
    const received = await collect(await client('tinh').getEdoc(item?.docId ?? ''));
    await client('tinh').updateStatus(item?.docId ?? '', 'done');
    await client('tinh').sendEdoc({ ...status, messageType: 'status' });

    expect(received.equals(document.bytes)).to.equal(true);
    expect(await client('so').listReceived({ messageType: 'status', ...recent() })).to.have.length(1);
    expect(axis.ledger.entries().map((entry) => [entry.kind, entry.sha256])).to.deep.equal([
      ['edoc', document.sha256],
      ['status', status.sha256],
    ]);
  });

  it('finds a document it sent by DocumentId', async () => {
    const sent = await buildPackage(sampleDocument());
    axis.behaviour.set({ mode: 'drop-answer', count: 1 });

    const error = await failsWith(
      'CONNECTOR_UNREACHABLE',
      client('so').sendEdoc({ ...sent, messageType: 'edoc' }),
    );
    const [row] = await client('so').listSent({
      documentId: sampleDocument().documentId,
      messageType: 'edoc',
    });

    expect(error.effect).to.equal('unknown');
    expect(row).to.include({ to: PROVINCE.organId, sha256: sent.sha256 });
    expect(await client('so').listSent({ documentId: 'khac', messageType: 'edoc' })).to.deep.equal([]);
  });

  it('says so when the axis offers no list of sent documents', async () => {
    const bare = await startProvincialAxis({
      systems: [{ systemId: 'so', secret: 'khoa-so', agencies: [] }],
      sentList: false,
    });
    try {
      const without = createProvincialAxisClient({ baseUrl: bare.url, systemId: 'so', secret: 'khoa-so' });

      await failsWith('CONNECTOR_NOT_FOUND', without.listSent({ messageType: 'edoc' }));
    } finally {
      await bare.close();
    }
  });

  it('tells refusals apart by the axis’ codes', async () => {
    const organ = (organId: string) => sampleDocument({ to: [{ organId, organName: 'X' }] });
    const send = async (message: ReturnType<typeof sampleDocument>) =>
      client('so').sendEdoc({ ...(await buildPackage(message)), messageType: 'edoc' });

    await failsWith('CONNECTOR_RECIPIENT_UNKNOWN', send(organ('000.00.00.X01')));
    await failsWith('CONNECTOR_RECIPIENT_LOCKED', send(organ('000.00.00.H99')));
    await failsWith('CONNECTOR_SENDER_UNKNOWN', send(sampleDocument({ from: PROVINCE })));
    await failsWith(
      'CONNECTOR_INVALID_DOCUMENT',
      client('so').sendEdoc({ ...packageOf(Buffer.from('x')), messageType: 'edoc' }),
    );
    await failsWith('CONNECTOR_AUTH_FAILED', client('so', { secret: 'sai' }).getEdoc('1'));
    await failsWith('CONNECTOR_NOT_FOUND', client('so').getEdoc('1'));
    await failsWith('CONNECTOR_NOT_FOUND', client('so').updateStatus('1', '03'));
    expect(axis.ledger.entries()).to.have.length(0);
  });

  it('outlives faults and silence', async () => {
    axis.behaviour.set({ mode: 'error500', count: 1 });
    await failsWith(
      'CONNECTOR_REMOTE_FAULT',
      client('tinh').listReceived({ messageType: 'edoc', ...recent() }),
    );
    axis.behaviour.set({ mode: 'silent', count: 1 });
    await failsWith(
      'CONNECTOR_TIMEOUT',
      client('tinh', { timeoutMs: 1_000 }).listReceived({ messageType: 'edoc', ...recent() }),
    );

    expect(await client('tinh').listReceived({ messageType: 'edoc', ...recent() })).to.deep.equal([]);
  });

  it('takes a package that comes as text as well', () =>
    withPreparedHttp(
      [
        {
          origin: 'http://lgsp.test',
          method: 'GET',
          path: '/v1/getEdoc?docId=1',
          body: '{"success":true,"message":"","data":{"docId":"1","edxml":"\\u003cedXML\\u003eđ\\u003c/edXML\\u003e"}}',
        },
      ],
      async () => {
        const remote = createProvincialAxisClient({
          baseUrl: 'http://lgsp.test',
          systemId: 'a',
          secret: 'b',
        });

        expect((await collect(await remote.getEdoc('1'))).toString()).to.equal('<edXML>đ</edXML>');
      },
    ));

  it('reads flags and lists as other makers write them', () =>
    withPreparedHttp(
      [
        '{"success":"True","data":""}',
        '\ufeff{"success":1,"data":[{"docId":7,"messageType":"eDoc"},{}]}',
      ].map((body) => ({
        origin: 'http://lgsp.test',
        method: 'GET',
        path: '/v1/syncReceivedEdocList?messageType=edoc&fromDate=2026%2F11%2F01&toDate=2026%2F11%2F02',
        body,
      })),
      async () => {
        const remote = createProvincialAxisClient({
          baseUrl: 'http://lgsp.test',
          systemId: 'a',
          secret: 'b',
        });
        const days = { fromDate: new Date('2026-11-01T03:00:00Z'), toDate: new Date('2026-11-02T03:00:00Z') };

        expect(await remote.listReceived({ messageType: 'edoc', ...days })).to.deep.equal([]);
        const [item] = await remote.listReceived({ messageType: 'edoc', ...days });
        expect(item).to.include({ docId: '7', messageType: 'edoc' });
      },
    ));

  it('calls a file name that could break the form the caller’s mistake', async () => {
    const sent = await buildPackage(sampleDocument());

    const thrown = await client('so')
      .sendEdoc({ ...sent, messageType: 'edoc', fileName: 'a"\r\nX: y.edxml' })
      .catch((error: unknown) => error);

    expect(thrown).to.be.instanceOf(TypeError);
  });
});
