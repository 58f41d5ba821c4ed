import { expect } from 'chai';
import {
  createEdocAxisClient,
  type EdocAxis,
  type EdocAxisClient,
  startEdocAxis,
} from '../../../src/connectors/index.ts';
import { withPreparedHttp } from '../../support/http.ts';
import { failsWith } from '../support/fails.ts';
import {
  buildPackage,
  collect,
  MINISTRY,
  PROVINCE,
  sampleDocument,
  sampleStatus,
} from '../support/messages.ts';

describe('eDoc axis client', () => {
  let axis: EdocAxis;

  function client(organId: string, token = `khoa-${organId}`): EdocAxisClient {
    return createEdocAxisClient({ baseUrl: axis.baseUrl, organId, token, timeoutMs: 20_000 });
  }

  beforeEach(async () => {
    const system = (systemId: string, organ: { organId: string; organName: string }) => ({
      systemId,
      secret: `khoa-${systemId}`,
      agencies: [{ code: organ.organId, name: organ.organName }],
    });
    axis = await startEdocAxis({ systems: [system('bo', MINISTRY), system('tinh', PROVINCE)] });
  });

  afterEach(() => axis.close());

  it('carries a document byte for byte and a status back, each confirmed for its agency', async () => {
    const document = await buildPackage(sampleDocument(), { 'tep.pdf': Buffer.from('%PDF nội dung') });
    const status = await buildPackage(sampleStatus('03'));

    const { docId } = await client('bo').sendDocument({ ...document, messageType: 'EDOC' });
    const [pending] = await client('tinh').pendingDocIds('EDOC');
    const received = await collect(await client('tinh').getDocument(pending?.docId ?? '', 'EDOC'));
    await client('tinh').confirmReceived(pending ?? { docId: '', organId: '' }, 'EDOC');
    await client('tinh').sendDocument({ ...status, messageType: 'STATUS' });

    expect(docId).to.match(/^\d+$/);
    expect(pending?.organId).to.equal(PROVINCE.organId);
    expect(received.equals(document.bytes)).to.equal(true);
    expect(await client('tinh').pendingDocIds('EDOC')).to.deep.equal([]);
    expect(await client('bo').pendingDocIds('STATUS')).to.have.length(1);
    expect((await client('bo').organizations()).map(({ code }) => code)).to.have.members([
      MINISTRY.organId,
      PROVINCE.organId,
    ]);
  });

  it('tells refusals apart by the axis’ words', async () => {
    const document = await buildPackage(sampleDocument());
    const unknown = await buildPackage({
      ...sampleDocument(),
      to: [{ organId: '000.00.77.H99', organName: 'Không có' }],
    });

    await failsWith(
      'CONNECTOR_AUTH_FAILED',
      client('bo', 'sai').sendDocument({ ...document, messageType: 'EDOC' }),
    );
    await failsWith(
      'CONNECTOR_INVALID_DOCUMENT',
      client('bo').sendDocument({ ...unknown, messageType: 'EDOC' }),
    );
    const wrongHash = { ...document, sha256: '0'.repeat(64), messageType: 'EDOC' as const };
    await failsWith('CONNECTOR_INVALID_DOCUMENT', client('bo').sendDocument(wrongHash));
    await failsWith('CONNECTOR_NOT_FOUND', client('tinh').getDocument('999', 'EDOC'));
  });

  for (const [body, code, retryable] of [
    [{ status: 'Error', code: '0', errors: [], docId: 0 }, 'CONNECTOR_REMOTE_FAULT', true],
    [{ status: 'Error', code: '9999', errors: [{ code: 'InternalServer' }] }, 'CONNECTOR_REMOTE_FAULT', true],
    [{ status: 'Fail', code: '9999', errors: [{ code: 'ExistDoc' }] }, 'CONNECTOR_ALREADY_EXISTS', false],
    [
      { status: 'Fail', code: '9999', errors: [{ code: 'N.MessageHeader.To' }] },
      'CONNECTOR_INVALID_DOCUMENT',
      false,
    ],
    [{ status: 'Fail', code: '9999', errors: [{ code: 'BadRequest' }] }, 'CONNECTOR_REFUSED', false],
    [{ status: 'Success', code: '0', docId: 0 }, 'CONNECTOR_BAD_ANSWER', true],
  ] as const) {
    it(`takes ${JSON.stringify(body)} for ${code}`, async () => {
      const document = await buildPackage(sampleDocument());
      const origin = 'http://edoc.test';
      const edoc = createEdocAxisClient({ baseUrl: `${origin}/EdocService`, organId: 'bo', token: 'k' });
      const answer = { origin, path: '/EdocService/sendDocument', body: JSON.stringify(body) };

      await withPreparedHttp([answer], async () => {
        const error = await failsWith(code, edoc.sendDocument({ ...document, messageType: 'EDOC' }));

        expect(error.retryable).to.equal(retryable);
      });
    });
  }
});
