import { expect } from 'chai';
import {
  createNationalPortalClient,
  type NationalPortal,
  type NationalPortalClient,
  type NationalPortalClientOptions,
  type PortalDossier,
  type PortalProgress,
  startNationalPortal,
  toWireDossier,
} from '../../../src/connectors/index.ts';
import { withPreparedHttp } from '../../support/http.ts';
import { failsWith } from '../support/fails.ts';

const CODE = 'H99.14-261120-0001';

function dossier(more: Partial<PortalDossier> = {}): PortalDossier {
  return {
    code: CODE,
    procedureCode: '2.000488',
    procedureName: 'Cấp Phiếu lý lịch tư pháp',
    fieldCode: 'G15-LV07',
    fieldName: 'Lý lịch tư pháp',
    channel: 2,
    owner: { name: 'Nguyễn Văn Thử', kind: 1, identities: [{ kind: 1, number: '012345678901' }] },
    receivedAt: new Date('2026-11-20T01:30:00Z'),
    state: 2,
    deliveryForm: 0,
    processingUnit: 'Sở Thử nghiệm',
    fees: [{ name: 'Phí', code: '1', collectedAt: 1, amountVnd: 200_000, kind: 1 }],
    files: [{ name: 'ToKhai.pdf', url: 'https://tep.test/1', digitized: true }],
    ...more,
  };
}

function step(more: Partial<PortalProgress> = {}): PortalProgress {
  return {
    dossierCode: CODE,
    handler: 'Cán bộ Thử',
    handledAt: new Date('2026-11-20T02:00:00Z'),
    content: 'Chuyển xử lý',
    state: 4,
    ...more,
  };
}

describe('national portal client', () => {
  let portal: NationalPortal;
  let client: NationalPortalClient;
  let clock: Date;

  function connect(more: Partial<NationalPortalClientOptions> = {}): NationalPortalClient {
    return createNationalPortalClient({
      baseUrl: portal.url,
      username: 'lienthong',
      password: 'mat-khau',
      unitCode: '000.00.00.H99',
      dstCode: 'VN:GOV:dvcqg',
      now: () => clock,
      ...more,
    });
  }

  beforeEach(async () => {
    clock = new Date('2026-11-20T03:00:00Z');
    portal = await startNationalPortal({
      now: () => clock,
      accounts: [
        { username: 'lienthong', password: 'mat-khau', unitCode: '000.00.00.H99', dstCode: 'VN:GOV:dvcqg' },
      ],
      procedures: [
        {
          code: '2.000488',
          name: 'Cấp Phiếu lý lịch tư pháp',
          fieldCode: 'G15-LV07',
          fieldName: 'Lý lịch tư pháp',
        },
      ],
    });
    client = connect();
  });

  afterEach(() => portal.close());

  it('writes the wire object with the portal’s names, text values and local times', () => {
    const wire = toWireDossier(dossier({ dueAt: new Date('2026-12-31T20:00:00Z') }));

    expect(wire).to.include({
      MaHoSo: CODE,
      KenhThucHien: '2',
      NgayTiepNhan: '20261120083000',
      NgayHenTra: '20270101030000',
      NgayTra: '',
      TrangThaiHoSo: '2',
      SoGiayToChuHoSo: '012345678901',
    });
    expect(wire['DanhSachLePhi']).to.deep.equal([
      { TenPhiLePhi: 'Phí', MaPhiLePhi: '1', HinhThucThu: '1', Gia: '200000', LoaiPhiLePhi: '1' },
    ]);
  });

  it('creates a dossier, and updates it when the portal has it already', async () => {
    const first = await client.syncDossier(dossier());
    const second = await client.syncDossier(dossier({ state: 4 }));

    expect([first.updated, second.updated]).to.deep.equal([false, true]);
    expect(portal.ledger.entries().map((entry) => entry.kind)).to.deep.equal(['dossier', 'dossier-update']);
    expect(await client.lookup(CODE)).to.include({ code: CODE, state: 4, procedureCode: '2.000488' });
  });

  it('follows the work step by step', async () => {
    await client.syncDossier(dossier());

    await client.updateProgress([step(), step({ state: 9, content: 'Xong' })]);
    await client.syncStates([step({ state: 10, content: 'Trả kết quả' })]);

    expect(portal.holdings()[0]?.steps.map((row) => row.TrangThai)).to.deep.equal(['4', '9', '10']);
    expect(await client.lookup(CODE)).to.include({ state: 10 });
  });

  it('knows nothing of a dossier nobody pushed', async () => {
    expect(await client.lookup('H99.14-261120-9999')).to.equal(undefined);
    await failsWith('CONNECTOR_NOT_FOUND', client.updateProgress([step()]));
    await failsWith('CONNECTOR_NOT_FOUND', client.syncDossier(dossier(), { known: true }));
  });

  it('settles a dropped answer by looking the dossier up', async () => {
    await client.login();
    portal.behaviour.set({ mode: 'drop-answer', count: 1 });

    const error = await failsWith('CONNECTOR_UNREACHABLE', client.syncDossier(dossier()));

    expect(error.effect).to.equal('unknown');
    expect(await client.lookup(CODE)).to.include({ state: 2 });
    expect(portal.ledger.duplicates()).to.have.length(0);
  });

  it('logs in once for calls that come together', async () => {
    let logins = 0;
    const counting = connect({
      fetch: (url, init) => {
        if (String(url).endsWith('/auth')) logins += 1;
        return fetch(url, init);
      },
    });

    await Promise.all([counting.lookup(CODE), counting.lookup(CODE), counting.lookup(CODE)]);

    expect(logins).to.equal(1);
  });

  it('renews a lost session and asks once more', async () => {
    await client.syncDossier(dossier());
    portal.behaviour.set({ mode: 'wrong-session', count: 1 });

    await client.updateProgress([step()]);

    expect(portal.holdings()[0]?.steps).to.have.length(1);
  });

  it('renews a session before it grows old', async () => {
    await client.login();
    clock = new Date(clock.getTime() + 31 * 60_000);

    expect(await client.lookup(CODE)).to.equal(undefined);
  });

  it('gives up when a new session is refused as well', async () => {
    portal.behaviour.set({ mode: 'wrong-session', path: '/integration' });

    const error = await failsWith('CONNECTOR_AUTH_FAILED', client.lookup(CODE));

    expect(error).to.include({ retryable: true, effect: 'none' });
  });

  it('reports a wrong password, a wrong member code and a foreign unit', async () => {
    await failsWith('CONNECTOR_AUTH_FAILED', connect({ password: 'sai' }).login());
    await failsWith('CONNECTOR_AUTH_FAILED', connect({ dstCode: 'khac' }).login());
    await failsWith('CONNECTOR_REFUSED', connect({ unitCode: '000.00.00.H01' }).lookup(CODE));
  });

  it('outlives faults and silence', async () => {
    await client.login();
    portal.behaviour.set({ mode: 'error500', count: 1 });
    await failsWith('CONNECTOR_REMOTE_FAULT', client.lookup(CODE));
    portal.behaviour.set({ mode: 'silent', count: 1 });
    await failsWith('CONNECTOR_TIMEOUT', connect({ timeoutMs: 1_000 }).login());

    expect(await client.lookup(CODE)).to.equal(undefined);
  });

  it('names every fault of a dossier before sending it', async () => {
    const bad = dossier({
      procedureName: ' ',
      summary: 'x'.repeat(1001),
      owner: { name: 'A', kind: 1, identities: [{ kind: 1, number: '123' }] },
      fees: [{ name: 'Phí', code: '1', collectedAt: 1, amountVnd: 0.5, kind: 1 }],
    });

    const error = await failsWith('CONNECTOR_INVALID_DOCUMENT', client.syncDossier(bad));

    expect(error.details.fields).to.deep.equal(['TenTTHC', 'TrichYeuHoSo', 'SoDinhDanh', 'Gia']);
    expect(portal.ledger.entries()).to.have.length(0);
  });

  it('is held to the portal’s own rules by the portal', async () => {
    const login = await call('/auth', { username: 'lienthong', password: 'mat-khau' });
    const wire = { ...toWireDossier(dossier()), NgayTiepNhan: '20261320083000', TrangThaiHoSo: '11' };
    const push = {
      session: login['session'],
      madonvi: '000.00.00.H99',
      service: 'DongBoHoSoMC',
      isUpdating: 'False',
    };

    const refused = await call('/integration', { ...push, data: [wire] });
    const missing = await call('/integration', { ...push, data: [{ MaHoSo: 'x' }] });

    expect(refused['error_code']).to.equal(1);
    expect(refused['message']).to.contain('NgayTiepNhan').and.contain('TrangThaiHoSo');
    expect(missing['error_code']).to.equal(2);
    expect(missing['message']).to.contain('TenTTHC');
  });

  it('reads catalogues and procedures', async () => {
    expect(await client.catalogue('LayDanhSachTTHC')).to.have.length(1);
    expect(await client.procedure('2.000488')).to.include({ TENTTHC: 'Cấp Phiếu lý lịch tư pháp' });
    expect(await client.procedure('9.999999')).to.equal(undefined);
  });

  it('moves a dossier by itself only when a person tells the simulator', async () => {
    await client.syncDossier(dossier());

    const told = await call(`/tell/${CODE}`, { state: '7' });

    expect(told).to.have.property('row');
    expect(await client.lookup(CODE)).to.include({ state: 7 });
  });

  it('shows what it holds to a person, texts escaped', async () => {
    await client.syncDossier(dossier({ procedureName: '<script>alert(1)</script>' }));

    const page = await (await fetch(portal.url)).text();

    expect(page).to.contain(CODE).and.not.contain('<script>');
  });

  it('takes "exists" in the forms vendors met', () =>
    withPreparedHttp(
      [
        prepared('/auth', { session: 's', error_code: 0 }),
        prepared('/integration', { error_code: '-3', message: 'Mã hồ sơ đã tồn tại' }),
        prepared('/integration', { error_code: '00' }),
      ],
      async (seen) => {
        const done = await connect({ baseUrl: 'http://portal.test' }).syncDossier(dossier());

        expect(done).to.deep.equal({ updated: true });
        expect(seen.slice(1).map((request) => JSON.parse(request.body).isUpdating)).to.deep.equal([
          'False',
          'True',
        ]);
      },
    ));

  it('does not take an answer without error_code for a success', () =>
    withPreparedHttp(
      [prepared('/auth', { session: 's' }), prepared('/integration', '<html>bảo trì</html>')],
      () =>
        failsWith('CONNECTOR_BAD_ANSWER', connect({ baseUrl: 'http://portal.test' }).syncDossier(dossier())),
    ));

  async function call(path: string, body: unknown): Promise<Record<string, unknown>> {
    const headers = { 'content-type': 'application/json', dstcode: 'VN:GOV:dvcqg' };
    const answer = await fetch(portal.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await answer.json()) as Record<string, unknown>;
  }
});

function prepared(path: string, body: unknown) {
  return { origin: 'http://portal.test', path, body: typeof body === 'string' ? body : JSON.stringify(body) };
}
