import { writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  type NationalPortal,
  type Simulator,
  startBusinessRegistry,
  startLandTax,
  startNationalPortal,
  startPayment,
  startPopulation,
  startTreasury,
  startVnpost,
} from '../../../src/connectors/index.ts';
import { type Api, acceptedId } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { submitDossier } from '../support/dossier.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folders.ts';
import { AGENCY } from '../support/messages.ts';

const SECRET = 'khoa-bi-mat-0123456789';

describe('dossiers: outside systems', () => {
  const simulators: Simulator[] = [];
  let portal: NationalPortal;
  let post: Simulator;
  let treasury: Simulator;
  let bare: BareGateway;
  let commune: Api;

  async function kept<T extends Simulator>(starting: Promise<T>): Promise<T> {
    const simulator = await starting;
    simulators.push(simulator);
    return simulator;
  }

  before(async function start() {
    const dataDir = temporaryFolder();
    writeFileSync(join(dataDir, 'khoa'), `${SECRET}\n`);
    await copyFile(
      new URL('../../../schemas/mappings/treasury.json', import.meta.url),
      join(dataDir, 'treasury.json'),
    );
    const procedures = [
      {
        code: '2.000488',
        name: 'Cấp Phiếu lý lịch tư pháp',
        fieldCode: 'L7',
        fieldName: 'Lý lịch tư pháp',
        levels: ['1', '2'],
      },
      { code: '1.000001', name: 'Đăng ký khai sinh', fieldCode: 'L1', fieldName: 'Hộ tịch' },
    ];
    const accounts = [{ username: 'u', password: SECRET, unitCode: 'H99' }];
    portal = await kept(startNationalPortal({ accounts, procedures }));
    post = await kept(startVnpost({ customerCode: 'H99', apiKey: SECRET }));
    treasury = await kept(startTreasury({ apiKey: SECRET }));
    const payment = await kept(startPayment({ partnerCode: 'H99', secret: SECRET }));
    const business = await kept(startBusinessRegistry({ token: SECRET }));
    const land = await kept(startLandTax({ username: 'u', password: SECRET }));
    const citizen = {
      personalNumber: '079190000001',
      fullName: 'Trần Thị Thử',
      born: '19900201',
      gender: 'Nữ',
      address: 'Mẫu',
    };
    const population = await kept(
      startPopulation({ clientId: 'c', apiKey: SECRET, username: 'u', secret: SECRET, citizens: [citizen] }),
    );
    const secret = { file: 'khoa' };
    const systems = [
      { system: 'vnpost', baseUrl: post.url, customerCode: 'H99', apiKey: secret },
      {
        system: 'payment',
        baseUrl: payment.url,
        partnerCode: 'H99',
        secret,
        beneficiary: { account: '1', bankCode: 'B', name: 'Sở' },
      },
      { system: 'business-registry', baseUrl: business.url, token: secret },
      { system: 'land-tax', baseUrl: land.url, username: 'u', password: secret, noticeKey: secret },
      {
        system: 'population-database',
        baseUrl: `${population.url}/`,
        clientId: 'c',
        username: 'u',
        apiKey: secret,
        secret,
        officerAccount: 'cb',
      },
      {
        system: 'mapped',
        baseUrl: treasury.url,
        mappingFile: 'treasury.json',
        secrets: { apiKey: secret },
        kinds: ['payment'],
      },
    ];
    writeFileSync(join(dataDir, 'systems.json'), JSON.stringify(systems));
    bare = await startBareGateway({
      dataDir,
      portalUrl: portal.url,
      portalUsername: 'u',
      portalPassword: SECRET,
      portalUnit: 'H99',
      catalogueHours: 0,
      pollSeconds: 0.05,
      retryRungsSeconds: '1',
      redriveSeconds: 2,
    });
    commune = await bare.as(AGENCY.commune);
  });
  after(async () => {
    await bare?.close();
    for (const simulator of simulators) await simulator.close();
  });

  const held = (code: string) => portal.holdings().find((holding) => holding.row.MaHoSo === code)?.row;

  it('gives the portal the whole dossier with every request, fee, payment and result', async () => {
    const { code } = await submitDossier(commune);
    const told = async (name: string, body: unknown) =>
      acceptedId(await commune.postJson(`/api/v1/dossiers/${code}/${name}`, body));
    const ask = { requestId: 'BS1', requestedBy: 'Cán bộ', content: 'Bổ sung ảnh' };
    await told('supplements', ask);
    await told('supplements', { ...ask, completed: true, papers: [{ name: 'Ảnh' }] });
    await told('fees', { fees: [{ code: 'P1', name: 'Phí', collectedAt: 1, amountVnd: 70_000 }] });
    await told('payments', {
      reference: 'GD-9',
      amountVnd: 70_000,
      paidAt: '2026-11-20T10:00:00+07:00',
      outcome: 1,
    });
    await told('results', { papers: [{ name: 'Giấy khai sinh' }] });

    const row = await eventually(
      () => held(code),
      (seen) => seen?.TrangThaiHoSo === '9',
    );

    expect(row?.['DanhSachHoSoBoSung']).to.have.length(1);
    expect(row?.DanhSachLePhi?.[0]?.Gia).to.equal('70000');
    expect(row?.['DuocThanhToanTrucTuyen']).to.equal('1');
    expect(row?.['DanhSachGiayToKetQua']).to.have.length(1);
    expect(row?.TaiLieuNop?.map((file) => file.TenTepDinhKem)).to.deep.equal(['Ảnh']);
  });

  it('catches up in order after the portal was away, the newest state last', async () => {
    portal.behaviour.set({ mode: 'error500' });
    const { code } = await submitDossier(commune);
    for (const state of [4, 5, 4, 9]) {
      const step = { state, handler: 'Cán bộ', content: `Bước ${state}` };
      acceptedId(await commune.postJson(`/api/v1/dossiers/${code}/progress`, step));
    }
    await eventually(
      async () => (await commune.get(`/api/v1/dossiers/${code}`)).json.packages as { packageId: string }[],
      (packages) => packages.length === 5,
    );
    portal.behaviour.set({ mode: 'ok' });

    await eventually(
      () => held(code)?.TrangThaiHoSo,
      (state) => state === '9',
    );

    const effects = portal.ledger.entries().filter((entry) => entry.id === code);
    expect(effects.map((entry) => entry.facts?.['state'])).to.deep.equal(['2', '4', '5', '4', '9']);
    expect(
      portal.ledger.duplicates().filter((entry) => entry.id === code && entry.kind === 'dossier'),
    ).to.deep.equal([]);
  });

  it('hands a postal order to the post once', async () => {
    const { code } = await submitDossier(commune);
    const end = { name: 'Sở', phone: '0', address: 'Mẫu', provinceCode: '72' };
    const order = { orderNumber: 'VD-1', direction: 2, sender: end, receiver: end };
    for (let time = 0; time < 2; time += 1)
      acceptedId(await commune.postJson(`/api/v1/dossiers/${code}/postal-orders`, order));

    await eventually(
      () => post.ledger.entries().length,
      (count) => count > 0,
    );

    expect(post.ledger.entries().map(({ id }) => id)).to.deep.equal(['VD-1']);
  });

  it('checks a citizen, reads an enterprise and starts a payment for a dossier, each written down', async () => {
    const { code, packageId } = await submitDossier(commune);
    const at = `/api/v1/dossiers/${code}`;
    const citizen = {
      personalNumber: '079190000001',
      fullName: 'Trần Thị Thử',
      born: '1990',
      officerId: '1',
    };

    const checked = await commune.postJson(`${at}/lookups/citizen`, citizen);
    const wrong = await commune.postJson(`${at}/lookups/citizen`, { ...citizen, born: '1991' });
    const enterprise = await commune.get(`${at}/lookups/enterprise?number=0100000001`);
    const link = await commune.postJson(`${at}/payment-links`, {
      reference: 'GD-77',
      description: 'Phí | hồ sơ',
      payer: { name: 'A', idNumber: '1', address: 'B' },
      items: [{ name: 'Phí', amountVnd: 1000 }],
    });
    const papers = await commune.postJson(`${at}/lookups/papers`, {
      ownerId: '079190000001',
      requester: { name: 'A', id: '079190000001' },
      wanted: [{ resultCode: 'KQ' }],
    });

    expect([checked.json.matches, wrong.json.matches]).to.deep.equal([true, false]);
    expect(enterprise.json.name).to.include('THỬ NGHIỆM MỘT');
    expect(link.json, link.text).to.include({ reference: 'GD-77', amountVnd: 1000 });
    expect(papers.json.code).to.equal('SYSTEM_UNKNOWN');
    const reads = (await commune.events(packageId)).filter((event) => event.type === 'personal-data-read');
    expect(reads.map((event) => event.data['system'])).to.deep.equal([
      'population-database',
      'population-database',
      'business-registry',
    ]);
  });

  it('turns a tax notice into a request for payment, once, and only with the right key', async () => {
    const { code } = await submitDossier(commune);
    const xml = `<DATA><BODY><ROW_LIST><MA_HSO>${code}</MA_HSO><LIST><MA_SO_THUE>8</MA_SO_THUE><SO_QUYET_DINH>TB1</SO_QUYET_DINH><NGAY_QUYET_DINH>20-11-2026</NGAY_QUYET_DINH><TEN_TIEUMUC>Lệ phí trước bạ</TEN_TIEUMUC><SO_TIEN>1250000</SO_TIEN></LIST></ROW_LIST></BODY></DATA>`;
    const envelope = {
      SecurityKey: SECRET,
      Service: 's',
      Ngay: 'n',
      Data: { FileThongBaoThue: Buffer.from(xml).toString('base64') },
    };
    const nobody = { ...commune, token: '' };

    const stolen = await nobody.postJson('/api/v1/land-tax-notices', { ...envelope, SecurityKey: 'x' });
    const first = await nobody.postJson('/api/v1/land-tax-notices', envelope);
    const again = await nobody.postJson('/api/v1/land-tax-notices', envelope);

    expect(stolen.status).to.equal(403);
    expect(first.json.notices).to.deep.equal([{ dossierCode: code, status: 'accepted', code: null }]);
    expect(again.json.notices[0].status).to.equal('repeated');
    const seen = (await commune.get(`/api/v1/dossiers/${code}`)).json;
    expect([seen.state, seen.fees.askedVnd]).to.deep.equal([6, 1_250_000]);
  });

  it('mirrors the catalogue, finds without diacritics, and tells what changed', async () => {
    const operator = await bare.as(AGENCY.district, 'operator');
    const sync = await operator.postJson('/api/v1/catalogue-syncs', { kinds: ['procedure'] });
    const again = await operator.postJson('/api/v1/catalogue-syncs', { kinds: ['procedure'] });

    const found = (await commune.get('/api/v1/procedures?q=ly%20lich%20tu%20phap')).json.items;
    const province = (await commune.get('/api/v1/procedures?q=ph%20ly&level=province')).json.items;
    const changes = (await commune.get('/api/v1/catalogue-changes')).json.items;

    expect(sync.json.reports[0], sync.text).to.include({ entries: 3, added: 3 });
    expect(again.json.reports[0]).to.include({ added: 0, changed: 0, removed: 0 });
    expect(found.map((row: { level: string }) => row.level)).to.deep.equal(['central', 'province']);
    expect(province).to.have.length(1);
    expect(changes).to.have.length(3);
    expect((await commune.postJson('/api/v1/catalogue-syncs', {})).status).to.equal(403);
  });
});
