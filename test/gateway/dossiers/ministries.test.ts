import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  type Simulator,
  startCivilStatus,
  startLandTax,
  startLinkedService,
} from '../../../src/connectors/index.ts';
import { openTestKey, signPdf } from '../../../src/signing/index.ts';
import { makePdf } from '../../signing/pdf/make-pdf.ts';
import { type Api, acceptedId } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { dossierRequest } from '../support/dossier.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folders.ts';
import { AGENCY } from '../support/messages.ts';
import { testPki } from '../support/world.ts';

const SECRET = 'khoa-bi-mat-0123456789';
const BIRTH =
  '<hoSo><hoTich><nksHoTen>Trần Văn Mới</nksHoTen><nksNgaySinh>20261101</nksNgaySinh><meHoTen>Trần Thị Thử</meHoTen><nycHoTen>Trần Thị Thử</nycHoTen><nycSoGiayToTuyThan>012345678901</nycSoGiayToTuyThan></hoTich></hoSo>';

describe('ministries that decide on dossiers, through the gateway', () => {
  let civil: Simulator;
  let linked: Simulator;
  let land: Simulator;
  let bare: BareGateway;
  let commune: Api;
  before(async () => {
    const pki = await testPki();
    const identity = pki.identities['ministry'];
    if (identity === undefined) throw new TypeError('no ministry');
    const key = await openTestKey(identity);
    civil = await startCivilStatus({
      token: SECRET,
      signResult: (pdf) => signPdf(pdf, key, { signingTime: new Date() }),
    });
    linked = await startLinkedService({
      username: 'u',
      password: SECRET,
      dossiers: [
        { linkedCode: 'LT-HONG', module: 'KS', payload: '<hoSo><khac/></hoSo>' },
        { linkedCode: 'LT-1', module: 'KS', payload: BIRTH },
      ],
    });
    land = await startLandTax({ username: 'u', password: SECRET });
    const dataDir = temporaryFolder();
    writeFileSync(join(dataDir, 'khoa'), `${SECRET}\n`);
    const secret = { file: 'khoa' };
    const systems = [
      {
        system: 'civil-status',
        baseUrl: civil.url,
        provinceCode: '58',
        token: secret,
        modules: { '1.001193': 'LTKS' },
      },
      {
        system: 'linked-service',
        baseUrl: linked.url,
        username: 'u',
        password: secret,
        agency: AGENCY.commune.code,
      },
      {
        system: 'land-tax',
        baseUrl: land.url,
        username: 'u',
        password: secret,
        noticeKey: secret,
        provinceId: '58',
        procedures: ['1.012781'],
      },
    ];
    writeFileSync(join(dataDir, 'systems.json'), JSON.stringify(systems));
    bare = await startBareGateway({
      dataDir,
      trustDir: pki.directory,
      pollSeconds: 0.1,
      retryRungsSeconds: '1',
    });
    commune = await bare.as(AGENCY.commune);
  });
  after(async () => {
    await bare?.close();
    for (const simulator of [civil, linked, land]) await simulator?.close();
  });

  const at = (code: string) => commune.get(`/api/v1/dossiers/${code}`).then((answer) => answer.json);
  const kinds = (simulator: Simulator, kind: string) =>
    simulator.ledger.entries().filter((entry) => entry.kind === kind);

  it('registers a birth: what is missing is asked for, the rest comes back as a verified certificate', async () => {
    const submit = async (form: object): Promise<string> => {
      const request = dossierRequest({
        procedureCode: '1.001193',
        form,
        components: [{ name: 'Giấy chứng sinh', file: 'gcs.pdf' }],
      });
      const answer = await commune.postForm('/api/v1/dossiers', request, { 'gcs.pdf': makePdf() });
      acceptedId(answer);
      return answer.json.code;
    };

    const child = { nksHoTen: 'Trần Văn Mới', nksNgaySinh: '2026-11-01' };

    const [whole, partly] = [await submit({ ...child, meHoTen: 'Trần Thị Thử' }), await submit(child)];
    const done = await eventually(
      () => at(whole),
      (seen) => seen.result !== null,
    );
    const asked = await eventually(
      () => at(partly),
      (seen) => seen.state === 5,
    );

    expect(done).to.include({ state: 9 });
    expect(done.result.verdict).to.equal('TOTAL-PASSED');
    expect(asked.ministry).to.deep.equal({ system: 'civil-status', state: '5' });
  });

  it('takes in what waits at the linked services once, and tells them every state', async () => {
    const dossiers = await eventually(
      async () =>
        (await commune.get('/api/v1/dossiers')).json.items as { code: string; procedureCode: string }[],
      (items) => items.some((item) => item.procedureCode === '2.002621'),
    );
    const [{ code = '' } = {}] = dossiers.filter((item) => item.procedureCode === '2.002621');
    await eventually(
      () => kinds(linked, 'received'),
      (entries) => entries.length > 0,
    );
    const step = { state: 4, handler: 'Cán bộ hộ tịch', content: 'Đang xác minh' };
    acceptedId(await commune.postJson(`/api/v1/dossiers/${code}/progress`, step));
    const result = { state: 9, papers: [{ name: 'Giấy khai sinh', paperNumber: '1/KS' }] };
    acceptedId(await commune.postJson(`/api/v1/dossiers/${code}/results`, result));
    const told = await eventually(
      () => kinds(linked, 'status'),
      (entries) => entries.length === 2,
    );

    expect(told.map((entry) => entry.id)).to.deep.equal(['LT-1|3', 'LT-1|4']);
    expect(kinds(linked, 'received')).to.have.length(1);
    const applicant = (await commune.get(`/api/v1/dossiers/${code}/applicant`)).json;
    expect(applicant.applicant.name).to.equal('Trần Thị Thử');
    expect(applicant.form).to.include({ soHoSoLT: 'LT-1', nksHoTen: 'Trần Văn Mới' });
    const all = (await commune.get('/api/v1/dossiers')).json.items as { procedureCode: string }[];
    expect(all.filter((item) => item.procedureCode === '2.002621')).to.have.length(1);
  });

  it('hands a land dossier with its parcel to the register, and proof of each paid notice', async () => {
    const form = { wardId: '24000', parcel: { number: '12', mapSheet: '5', areaSquareMetres: 120.5 } };
    const request = dossierRequest({
      procedureCode: '1.012781',
      form,
      components: [{ name: 'Đơn đăng ký', file: 'don.pdf' }],
    });
    const answer = await commune.postForm('/api/v1/dossiers', request, { 'don.pdf': makePdf() });
    acceptedId(answer);
    const { code } = answer.json;
    await eventually(
      () => kinds(land, 'intake'),
      (entries) => entries.some((entry) => entry.id === code),
    );
    const line = (number: string, vnd: number) =>
      `<LIST><MA_SO_THUE>8000000001</MA_SO_THUE><SO_QUYET_DINH>${number}</SO_QUYET_DINH><NGAY_QUYET_DINH>20-11-2026</NGAY_QUYET_DINH><TEN_TIEUMUC>Lệ phí trước bạ</TEN_TIEUMUC><SO_TIEN>${vnd}</SO_TIEN></LIST>`;
    const xml = `<DATA><BODY><ROW_LIST><MA_HSO>${code}</MA_HSO>${line('TB-1', 1000)}${line('TB-2', 2000)}</ROW_LIST></BODY></DATA>`;
    const notice = {
      SecurityKey: SECRET,
      Service: 'ThongBaoThue',
      Ngay: '20261120',
      Data: { FileThongBaoThue: Buffer.from(xml).toString('base64') },
    };

    const handed = await commune.postJson('/api/v1/land-tax-notices', notice);
    const asked = await at(code);
    const payment = { reference: 'NT-1', amountVnd: 3000, paidAt: '2026-11-21T09:00:00+07:00', outcome: 1 };
    acceptedId(await commune.postJson(`/api/v1/dossiers/${code}/payments`, payment));
    const vouchers = await eventually(
      () => kinds(land, 'voucher'),
      (entries) => entries.length === 2,
    );

    expect(handed.json.notices[0]).to.include({ dossierCode: code, status: 'accepted' });
    expect(asked).to.include({ state: 6 });
    expect(vouchers.map((entry) => entry.id)).to.deep.equal(['TB-1', 'TB-2']);
    expect((await at(code)).state).to.equal(4);
  });

  it('says which field of a form is missing before the register is asked', async () => {
    const answer = await commune.postJson(
      '/api/v1/dossiers',
      dossierRequest({ procedureCode: '1.012781', form: { wardId: '1' } }),
    );
    const id = acceptedId(answer);

    const pkg = await eventually(
      () => commune.package(id),
      (seen) => seen.deliveries.every((delivery) => delivery.reason !== null),
    );

    expect(pkg.deliveries[0]?.reason?.text).to.contain('form.parcel');
  });
});
