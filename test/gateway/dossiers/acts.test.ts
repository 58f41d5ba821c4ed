import { expect } from 'chai';
import { type Api, acceptedId } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { dossierRequest, submitDossier } from '../support/dossier.ts';
import { AGENCY } from '../support/messages.ts';

const FEE = { code: 'LP1', name: 'Lệ phí', collectedAt: 1, amountVnd: 200_000 };

describe('dossiers: what is told about them', () => {
  let bare: BareGateway;
  let commune: Api;
  before(async function start() {
    bare = await startBareGateway();
    commune = await bare.as(AGENCY.commune);
  });
  after(() => bare.close());

  const at = (code: string) => commune.get(`/api/v1/dossiers/${code}`).then((answer) => answer.json);
  const told = (code: string, name: string) =>
    commune
      .get(`/api/v1/dossiers/${code}/${name}`)
      .then((answer) => answer.json.items as { body: Record<string, unknown> }[]);

  it('goes from a request for papers over a fee and its payment to a result and a rating', async () => {
    const { code } = await submitDossier(commune, { dueAt: '2030-01-10T17:00:00+07:00' });
    const post = async (name: string, body: unknown) =>
      acceptedId(await commune.postJson(`/api/v1/dossiers/${code}/${name}`, body));
    const ask = { requestId: 'BS1', requestedBy: 'Cán bộ', content: 'Bổ sung ảnh' };
    const paid = { reference: 'GD1', amountVnd: 200_000, paidAt: '2026-11-20T10:00:00+07:00', outcome: 1 };
    const states: number[] = [];

    await post('supplements', { ...ask, newDueAt: '2030-01-20T17:00:00+07:00' });
    states.push((await at(code)).state);
    await post('supplements', { ...ask, completed: true, papers: [{ name: 'Ảnh' }] });
    states.push((await at(code)).state);
    await post('fees', { fees: [FEE] });
    states.push((await at(code)).state);
    await post('payments', paid);
    states.push((await at(code)).state);
    await post('results', { papers: [{ name: 'Giấy chứng nhận', paperNumber: '1/GCN' }] });
    await post('ratings', { score: 5 });

    const done = await at(code);
    expect(states).to.deep.equal([5, 4, 6, 4]);
    expect(done).to.include({ state: 9, rating: 5, dueAt: '2030-01-20T10:00:00.000Z' });
    expect(done.finishedAt).to.be.a('string');
    expect(done.fees).to.deep.equal({ askedVnd: 200_000, paidVnd: 200_000 });
    expect((await told(code, 'supplements')).map(({ body }) => body['completed'])).to.deep.equal([
      false,
      true,
    ]);
    expect((await told(code, 'supplements'))[0]?.body['previousDueAt']).to.equal('2030-01-10T17:00:00+07:00');
  });

  it('takes a payment once however often its callback comes, and refuses it with another amount', async () => {
    const { code } = await submitDossier(commune);
    const payment = {
      reference: 'GD-2',
      amountVnd: 50_000,
      paidAt: '2026-11-20T10:00:00+07:00',
      outcome: 1,
    };
    const post = (body: unknown) => commune.postJson(`/api/v1/dossiers/${code}/payments`, body);

    const answers = await Promise.all([1, 2, 3].map(() => post(payment)));
    const other = await post({ ...payment, amountVnd: 1 });

    expect(new Set(answers.map((answer) => acceptedId(answer))).size).to.equal(1);
    expect(other.status).to.equal(409);
    expect((await at(code)).fees.paidVnd).to.equal(50_000);
    expect(await told(code, 'payments')).to.have.length(1);
  });

  it('refuses a rating before the end and a second one after it, each with its reason', async () => {
    const { code } = await submitDossier(commune);
    const rate = (score: number) => commune.postJson(`/api/v1/dossiers/${code}/ratings`, { score });

    const early = await rate(5);
    await commune.postJson(`/api/v1/dossiers/${code}/results`, { state: 8, papers: [] });
    const first = await rate(4);
    const second = await rate(1);

    expect([early.status, first.status, second.status]).to.deep.equal([409, 202, 409]);
    expect(early.json.code).to.equal('DOSSIER_ACT_NOT_ALLOWED');
    expect(second.json.code).to.equal('DOCUMENT_CONFLICT');
    expect((await at(code)).rating).to.equal(4);
  });

  it('keeps postal orders and questions, and shows nothing of a person in what it reads back', async () => {
    const { code } = await submitDossier(commune);
    const person = { name: 'Trần Thị Thử', phone: '0912345678', address: '1 Lê Lợi', provinceCode: '72' };
    const order = {
      orderNumber: 'VD1',
      direction: 2,
      sender: { ...person, name: 'Một cửa' },
      receiver: person,
    };
    const question = { questionId: 'CH1', content: 'Bao giờ xong?', askedBy: 'Trần Thị Thử' };
    acceptedId(await commune.postJson(`/api/v1/dossiers/${code}/postal-orders`, order));
    acceptedId(await commune.postJson(`/api/v1/dossiers/${code}/questions`, question));

    const [seenOrder] = await told(code, 'postal-orders');
    const [seenQuestion] = await told(code, 'questions');

    const masked = { name: 'T*** T*** Thử', phone: '*******678', address: '***' };
    expect(seenOrder?.body['receiver']).to.deep.include(masked);
    expect(seenQuestion?.body['askedBy']).to.equal('T*** T*** Thử');
    expect(JSON.stringify([seenOrder, seenQuestion])).to.not.match(/Trần|Lê Lợi/);
  });

  it('opens the applicant to the agency, masked to an auditor, to nobody else, and writes every reading down', async () => {
    const { code, packageId } = await submitDossier(commune, { form: { purpose: 'Xin việc' } });
    const auditor = await bare.as(AGENCY.district, 'auditor');
    const district = await bare.as(AGENCY.district);

    const own = await commune.get(`/api/v1/dossiers/${code}/applicant?purpose=doi-chieu`);
    const masked = await auditor.get(`/api/v1/dossiers/${code}/applicant`);
    const foreign = await district.get(`/api/v1/dossiers/${code}/applicant`);

    expect(own.json).to.deep.include({ masked: false, form: { purpose: 'Xin việc' } });
    expect(own.json.applicant).to.deep.include({ name: 'Trần Thị Thử' });
    expect(masked.json).to.deep.include({ masked: true, form: '***' });
    expect(masked.text).to.not.match(/Trần|012345678901/);
    expect(foreign.status).to.equal(404);
    const reads = (await commune.events(packageId)).filter((event) => event.type === 'personal-data-read');
    expect(reads.map((event) => [event.actor, event.data['masked'], event.data['purpose']])).to.deep.equal([
      [AGENCY.commune.code, false, 'doi-chieu'],
      [AGENCY.district.code, true, null],
    ]);
  });

  it('takes components by digest, from the agency that uploaded them alone', async () => {
    const form = new FormData();
    const scan = Buffer.from('%PDF-1.4 bản quét');
    form.append('file', new Blob([scan], { type: 'application/pdf' }), 'to-khai.pdf');
    const upload = await commune.call('POST', '/api/v1/files', { body: form });
    expect(upload.status, upload.text).to.equal(201);
    const [file] = upload.json.files as { sha256: string }[];
    const ref = { sha256: file?.sha256, name: 'to-khai.pdf' };
    const components = [{ name: 'Tờ khai', ref, digitised: true }];

    const { packageId } = await submitDossier(commune, { components });
    const district = await bare.as(AGENCY.district);
    const body = { ...dossierRequest({ components }), agency: AGENCY.district.code };
    const stolen = await district.postJson('/api/v1/dossiers', body);

    const xml = (await commune.get(`/api/v1/packages/${packageId}/content`)).text;
    expect(xml)
      .to.include(`<Sha256>${file?.sha256}</Sha256>`)
      .and.to.include(`<SizeBytes>${scan.length}</SizeBytes>`);
    expect(stolen.status).to.equal(422);
    expect(stolen.json.errors[0].code).to.equal('N.components.file');
  });
});
