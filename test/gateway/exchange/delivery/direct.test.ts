/** The direct way: what goes on from memory is what the store holds, and the store says where it is. */
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { acceptEdxml, type Submitter } from '../../../../src/gateway/exchange/accept.ts';
import { sweepOnce } from '../../../../src/gateway/exchange/loops/sweep.ts';
import { findPackage } from '../../../../src/gateway/store/index.ts';
import { parseEdxml } from '../../../../src/packages/index.ts';
import { acceptedId } from '../../support/api.ts';
import { startBareGateway } from '../../support/bare.ts';
import { eventually } from '../../support/eventually.ts';
import { AGENCY, letter, statusOn, wire } from '../../support/messages.ts';

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

  it('lets a status take effect without the way over outbox and broker', async () => {
    const { x } = bare.gateway.deps;
    const district = await bare.as(AGENCY.district);
    const commune = await bare.as(AGENCY.commune);
    const document = letter([AGENCY.commune.code]);
    const id = acceptedId(await district.postXml(await wire(document)));
    const published: string[] = [];
    const publish = x.bus.publish.bind(x.bus);
    x.bus.publish = (message) => {
      published.push(message.routingKey);
      return publish(message);
    };

    const answer = await commune.postXml(await wire(statusOn(document, AGENCY.commune, '03')));
    const seen = await eventually(
      () => district.package(id),
      ({ deliveries }) => deliveries.every(({ status }) => status === '03'),
    );

    x.bus.publish = publish;
    expect(answer.status, answer.text).to.equal(202);
    expect(seen.deliveries).to.have.length(1);
    expect(published).to.deep.equal([]);
  });

  it('answers who handed it in before anything is sent on', async () => {
    const { x } = bare.gateway.deps;
    const document = letter([AGENCY.commune.code]);
    const district = await bare.as(AGENCY.district);
    acceptedId(await district.postXml(await wire(document)));
    const commune: Submitter = { origin: 'api', actor: AGENCY.commune.code, maySendFor: () => true };
    const status = await wire(statusOn(document, AGENCY.commune, '03'));
    const order: string[] = [];
    const { run } = x.lanes;
    const goneOn = new Promise<void>((resolve) => {
      x.lanes.run = (...work) => {
        order.push('sent on');
        resolve();
        return run(...work);
      };
    });

    await acceptEdxml(x, Readable.from([status]), commune).then(() => order.push('answered'));
    await goneOn;

    x.lanes.run = run;
    expect(order).to.deep.equal(['answered', 'sent on']);
  });

  it('announces at the next start what a process that died had taken on itself', async () => {
    const { x } = bare.gateway.deps;
    const district = await bare.as(AGENCY.district);
    const commune = await bare.as(AGENCY.commune);
    const document = letter([AGENCY.commune.code]);
    const id = acceptedId(await district.postXml(await wire(document)));
    // What kill -9 right after the commit leaves: kept, in no outbox, in nobody's memory.
    const { run } = x.lanes;
    x.lanes.run = () => new Promise(() => undefined);
    const status = acceptedId(await commune.postXml(await wire(statusOn(document, AGENCY.commune, '03'))));
    x.lanes.run = run;
    const left = await findPackage(x.store.read, status);

    const announced = await sweepOnce(x, 0);

    expect(left?.state).to.equal('accepted');
    expect(announced).to.equal(1);
    await eventually(
      () => district.package(id),
      ({ deliveries }) => deliveries.every((delivery) => delivery.status === '03'),
    );
  });
});
