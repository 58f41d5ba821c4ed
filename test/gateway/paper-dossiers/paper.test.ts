import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { findPaperDossier, movePaperDossier } from '../../../src/gateway/store/index.ts';
import { makeScannedApplication } from '../../../src/ocr/index.ts';
import { makePdf } from '../../signing/pdf/make-pdf.ts';
import type { Answer, Api } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folders.ts';
import { AGENCY } from '../support/messages.ts';
import { testPki } from '../support/world.ts';

const PROCEDURE = {
  procedureCode: '2.000488',
  procedureName: 'Cấp Phiếu lý lịch tư pháp cho công dân Việt Nam',
  fieldCode: 'G15-LV07',
  fieldName: 'Lý lịch tư pháp',
  key: 'mot-cua',
};
const TYPED = {
  applicant: { name: 'Trần Thị Thử', identities: [{ type: 1, number: '012345678901' }] },
  fields: ['applicantName', 'identityNumber'],
};
/** A paper with a text layer, quickly read, that names nobody. */
const blank = (number: number): Uint8Array =>
  makePdf({ lines: [{ text: `Giấy tờ kèm theo số ${number}, không ghi tên ai.`, x: 100, y: 700 }] });

describe('paper dossiers: one call from scans to a code', () => {
  let bare: BareGateway;
  let commune: Api;
  before(async () => {
    const pki = await testPki();
    const seal = pki.identities['agency-district'];
    const dataDir = temporaryFolder();
    mkdirSync(join(dataDir, 'keys'), { recursive: true });
    const key = {
      id: 'mot-cua',
      agency: AGENCY.commune.code,
      profiles: ['copy'],
      agencyName: AGENCY.commune.name,
    };
    const file = { p12: seal?.pkcs12Path, passFile: seal?.passphrasePath };
    writeFileSync(join(dataDir, 'keys', 'keys.json'), JSON.stringify([{ ...key, ...file }]));
    bare = await startBareGateway({ dataDir, trustDir: pki.directory, ocrJobs: 1 });
    commune = await bare.as(AGENCY.commune);
  });
  after(() => bare.close());

  const post = (metadata: object, scans: Record<string, Uint8Array>, headers = {}, api = commune) =>
    api.postForm('/api/v1/paper-dossiers', { ...PROCEDURE, ...metadata }, scans, headers);
  const at = (id: string) => commune.get(`/api/v1/paper-dossiers/${id}`).then((answer) => answer.json);
  /** Looks at the row, not at the page: each showing of the page is written down. */
  const until = async (id: string, ...states: string[]) => {
    await eventually(
      () => findPaperDossier(bare.gateway.deps.x.store.read, id),
      (row) => row !== undefined && states.includes(row.state),
      200_000,
    );
    return at(id);
  };
  const say = (id: string, values: Record<string, string>) =>
    commune.postJson(`/api/v1/paper-dossiers/${id}/fields`, { values });
  const idOf = (answer: Answer): string => {
    expect(answer.status, answer.text).to.equal(202);
    return answer.json.id as string;
  };

  it('reads a scanned form, shows every field to a person when asked to, signs the copy and takes the dossier in', async () => {
    const scan = await makeScannedApplication(11, { dossierCode: null });
    const id = idOf(await post({ review: 'always' }, { 'to-khai.pdf': scan }));

    const seen = await until(id, 'review', 'failed');
    const values = Object.fromEntries(
      seen.fields.map((field: { name: string; value: string }) => [field.name, field.value]),
    );
    const dossiersBefore = (await commune.get('/api/v1/dossiers')).json.items;
    await say(id, { ...values, phoneNumber: '0905316482', purpose: 'Xin việc làm' });
    const done = await until(id, 'done', 'refused', 'failed');

    expect(values).to.include({ applicantName: 'TRẦN THỊ HỒNG NHUNG', dateOfBirth: '1994-09-15' });
    expect(values['identityNumber']).to.equal('048194003271');
    expect(dossiersBefore).to.deep.equal([]);
    expect(done.state, JSON.stringify(done.reason)).to.equal('done');
    const dossier = (await commune.get(done.dossier.href)).json;
    const held = (await commune.get(`${done.dossier.href}/applicant`)).json;
    expect(held.applicant).to.deep.include({ name: 'TRẦN THỊ HỒNG NHUNG', phone: '0905316482' });
    expect(held.form).to.deep.equal({ birthDate: '1994-09-15', purpose: 'Xin việc làm' });
    const { x } = bare.gateway.deps;
    const path = join(temporaryFolder(), 'copy.pdf');
    writeFileSync(path, await x.blobs.read(done.papers[0].copySha256));
    expect(execFileSync('pdfsig', ['-nocert', path], { encoding: 'utf8' })).to.contain('Signature is Valid.');
    const text = execFileSync('pdftotext', [path, '-'], { encoding: 'utf8' });
    expect(text).to.contain('SAO Y').and.to.contain('HỒNG NHUNG');
    const events = await commune.events(dossier.packageId);
    const digitised = events.find((event) => event.type === 'ocr-done');
    expect(JSON.stringify(digitised?.data)).to.contain(done.papers[0].copySha256).and.not.to.contain('NHUNG');
    expect(events.filter((event) => event.type === 'personal-data-read').length).to.be.greaterThan(0);
  });

  it('holds back what could not be read until a person has given it, and refuses what is malformed', async () => {
    const id = idOf(
      await post({ fields: ['applicantName', 'identityNumber', 'phoneNumber'] }, { 'a.pdf': blank(250) }),
    );
    const flags = (seen: { fields: { flag: string | null }[] }) => seen.fields.map((field) => field.flag);

    const first = await until(id, 'review');
    await say(id, { applicantName: 'Trần Thị Thử', identityNumber: '12', phoneNumber: '' });
    const second = await eventually(
      () => at(id),
      (seen) => seen.state === 'review' && seen.fields[0].flag === null,
    );
    await say(id, { identityNumber: '012345678901' });
    const done = await until(id, 'done', 'refused', 'failed');

    expect(flags(first)).to.deep.equal(['missing', 'missing', 'missing']);
    expect(flags(second)).to.deep.equal([null, 'malformed', null]);
    expect(done.state, JSON.stringify(done.reason)).to.equal('done');
    expect(done.fields[1].seenBy).to.be.a('string');
  });

  it('goes through by itself when everything is typed in, each scan a signed paper of its own, once per key', async () => {
    const scans = { 'don.pdf': blank(240), 'anh.pdf': blank(230) };
    const components = [
      { name: 'Đơn', componentCode: 'TP1', file: 'don.pdf' },
      { name: 'Ảnh', file: 'anh.pdf' },
    ];
    const headers = { 'idempotency-key': 'giay-1' };

    const answers = await Promise.all([1, 2].map(() => post({ ...TYPED, components }, scans, headers)));
    const other = await post({ ...TYPED, components, note: 'khác' }, scans, headers);
    const ids = new Set(answers.map(idOf));
    const done = await until([...ids][0] as string, 'done', 'review', 'refused', 'failed');

    expect(ids.size).to.equal(1);
    expect(other.status).to.equal(409);
    expect(done.state, JSON.stringify(done.reason)).to.equal('done');
    expect(done.papers.map((paper: { name: string }) => paper.name)).to.deep.equal(['Đơn', 'Ảnh']);
    expect(new Set(done.papers.map((paper: { copySha256: string }) => paper.copySha256)).size).to.equal(2);
    const { packageId } = (await commune.get(done.dossier.href)).json;
    // The signed copies are verified like any file of a package.
    await eventually(
      () => commune.package(packageId),
      (pkg) => pkg.verifications.length === 2,
    );
  });

  it('hands in the same once when it was killed before it could note that it had', async () => {
    const id = idOf(await post(TYPED, { 'a.pdf': blank(200) }));
    const first = await until(id, 'done');
    const count = async () => (await commune.get('/api/v1/dossiers?limit=200')).json.items.length as number;
    const before = await count();

    await bare.gateway.deps.x.store.write((tx) =>
      movePaperDossier(tx, id, ['done'], { state: 'signing', code: null, next_at: 0 }),
    );
    const second = await until(id, 'done');

    expect(second.dossier).to.deep.equal(first.dossier);
    expect(await count()).to.equal(before);
  });

  it('tells at once what is wrong with the request', async () => {
    const scan = { 'a.pdf': blank(220) };
    const pathsOf = (answer: Answer) => answer.json.errors?.map((error: { path: string }) => error.path);

    const noKey = await post({ ...TYPED, key: 'khong-co' }, scan);
    const noScan = await post({ ...TYPED, components: [{ name: 'Đơn', file: 'khac.pdf' }] }, scan);
    const noPaper = await post(
      { ...TYPED, components: [{ name: 'Đơn', file: 'a.pdf' }] },
      { ...scan, 'b.pdf': scan['a.pdf'] },
    );
    const noName = await post({ fields: ['phoneNumber'] }, scan);
    const badCode = await post({ ...TYPED, procedureCode: 'khong phai ma' }, scan);
    const auditor = await post(TYPED, scan, {}, await bare.as(AGENCY.commune, 'auditor'));

    expect(noKey.json.code).to.equal('KEY_UNKNOWN');
    expect([noScan, noPaper, noName].map(pathsOf)).to.deep.equal([
      ['components'],
      ['components'],
      ['applicant.name'],
    ]);
    expect(badCode.status).to.equal(422);
    expect(auditor.status).to.equal(403);
  });

  it('says why a scan cannot be read, and may be cancelled', async () => {
    const id = idOf(await post(TYPED, { 'hong.pdf': Buffer.from('khong phai pdf') }));

    const failed = await until(id, 'failed');
    const cancelled = await commune.call('DELETE', `/api/v1/paper-dossiers/${id}`);

    expect(failed.reason.text).to.contain('hong.pdf');
    expect(cancelled.status).to.equal(202);
    expect((await commune.call('DELETE', `/api/v1/paper-dossiers/${id}`)).status).to.equal(400);
  });

  it('hides values from those who do not handle dossiers, and everything from other agencies', async () => {
    const id = idOf(await post({ fields: ['applicantName'] }, { 'a.pdf': blank(210) }));
    await until(id, 'review');
    await say(id, { applicantName: 'Trần Thị Thử' });
    await until(id, 'done');
    const path = `/api/v1/paper-dossiers/${id}`;

    const operator = (await (await bare.as(AGENCY.district, 'operator')).get(path)).json;
    const other = await (await bare.as(AGENCY.district)).get(path);
    const sealed = await bare.gateway.deps.x.store.read
      .selectFrom('paper_dossiers')
      .select('data_sealed')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();

    expect(operator.fields[0].value).to.equal('•••');
    expect(other.status).to.equal(404);
    expect(sealed.data_sealed).not.to.contain('Thử');
  });
});
