/** The direct way: what goes on from memory is what the store holds, and the store says where it is. */
import { expect } from 'chai';
import { findPackage } from '../../../../src/gateway/store/index.ts';
import { parseEdxml } from '../../../../src/packages/index.ts';
import { startBareGateway } from '../../support/bare.ts';
import { AGENCY, letter, wire } from '../../support/messages.ts';

describe('exchange: the direct way', () => {
  let bare: Awaited<ReturnType<typeof startBareGateway>>;

  before(async () => {
    bare = await startBareGateway();
  });

  after(() => bare.close());

  it('stores of a document it built what reading the package gives', async () => {
    const api = await bare.as(AGENCY.district);
    const form = new FormData();
    const metadata = {
      from: AGENCY.district.code,
      to: [AGENCY.commune.code],
      code: { codeNumber: '77', codeNotation: 'UBND-VP' },
      place: 'Mẫu',
      promulgationDate: '2026-11-20',
      typeName: 'Công văn',
      subject: ' V/v  <thử> & "nghiệm" ',
      signer: { fullName: 'Nguyễn Văn An', position: 'Chủ tịch' },
      priority: 2,
    };
    form.set('metadata', JSON.stringify(metadata));
    form.set('file', new Blob(['nội dung'], { type: 'text/plain' }), 'tệp.txt');

    const answer = await api.call('POST', '/api/v1/documents', { body: form });

    const { store, blobs } = bare.gateway.deps.x;
    const row = await findPackage(store.read, String(answer.json.packageId));
    const { message } = await parseEdxml(await blobs.open(row?.payload_sha256 ?? ''));
    expect(JSON.parse(row?.metadata ?? '')).to.deep.equal(JSON.parse(JSON.stringify(message)));
    expect(row?.state).to.equal('delivered');
  });

  it('writes nothing to the outbox for mail that is in its inbox already', async () => {
    const api = await bare.as(AGENCY.district);

    const answer = await api.postXml(await wire(letter([AGENCY.commune.code])));

    const { store } = bare.gateway.deps.x;
    const outbox = await store.read
      .selectFrom('outbox')
      .select('id')
      .where('package_id', '=', String(answer.json.packageId))
      .execute();
    expect(answer.status).to.equal(202);
    expect(outbox).to.deep.equal([]);
  });
});
