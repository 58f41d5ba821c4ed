import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { saveAgencies } from '../../../src/gateway/directory/index.ts';
import {
  insertDeliveries,
  insertPackage,
  listDeliveries,
  openStore,
  type Store,
} from '../../../src/gateway/store/index.ts';
import { type CliHost, startCliHost } from '../support/cli.ts';
import { temporaryFolder } from '../support/folders.ts';
import { letter } from '../support/messages.ts';
import { deliveryRow, packageRow } from '../support/rows.ts';
import { testPki } from '../support/world.ts';

describe('command line: operations', () => {
  let host: CliHost;
  let store: Store;
  let data = '';
  const env = {
    LIENTHONG_VXP_URL: 'http://127.0.0.1:9/XrdAdapter/adapter',
    LIENTHONG_VXP_SYSTEM_ID: '00.99.W00',
    LIENTHONG_VXP_SECRET: 'khoa-thu-0123456789',
  };
  before(async () => {
    host = startCliHost();
    data = temporaryFolder();
    store = await openStore({ dataDir: data, databaseUrl: '', poolSize: 1 });
  });
  after(async () => {
    await store.close();
    await host.close();
  });
  const run = (args: string[]) => host.run([...args, '--data', data, '--json'], env);

  it('pauses a counterparty beside a running server and resumes it', async () => {
    const paused = await run(['counterparties', 'pause', 'vxp', '--reason', 'Nâng cấp trục']);
    const resumed = await run(['counterparties', 'resume', 'vxp']);
    const unknown = await run(['counterparties', 'pause', 'nowhere', '--reason', 'x']);
    const past = await run(['counterparties', 'pause', 'vxp', '--reason', 'x', '--until', '2020-01-01']);

    expect(paused.json()).to.have.length(1);
    expect(paused.json()[0]).to.include({ system: 'vxp', state: 'maintenance', reason: 'Nâng cấp trục' });
    expect(resumed.json()[0]).to.include({ state: 'open', waiting: 0 });
    expect([paused.code, resumed.code, unknown.code, past.code]).to.deep.equal([0, 0, 64, 64]);
    expect(unknown.stderr).to.include('vxp');
  });

  it('explains what would happen to a document: way, rule, lane, limits, pause, and what is wrong with it', async () => {
    const agency = (code: string, name: string, system: 'inbox' | 'vxp') => ({ code, name, system });
    await saveAgencies(
      store,
      [agency('000.00.32.H99', 'Huyện Mẫu', 'inbox'), agency('000.00.00.G98', 'Bộ Thử Nghiệm', 'vxp')],
      Date.now(),
    );
    await run(['counterparties', 'pause', 'vxp', '--reason', 'Nâng cấp trục']);
    const metadata = {
      from: '000.00.32.H99',
      to: ['000.00.00.G98', '000.00.32.H99', '00.99.W00', 'KHONG.CO'],
      code: { codeNumber: '1', codeNotation: 'UBND-VP' },
      place: 'Mẫu',
      promulgationDate: '2026-11-20',
      typeName: 'Công văn',
      subject: 'V/v thử',
      priority: 3,
    };
    const [whole, faulty] = [join(data, 'whole.json'), join(data, 'faulty.json')];
    await writeFile(whole, JSON.stringify(metadata));
    await writeFile(faulty, JSON.stringify({ ...metadata, to: ['000.00.00.G98'], subject: '', priority: 9 }));

    const good = await run(['route', 'explain', '--document', whole]);
    const bad = await run(['route', 'explain', '--document', faulty, '--to', '000.00.00.G98']);
    const nothing = await run(['route', 'explain']);
    // The same question about a message as `edxml parse` prints it, whole or begun.
    const [parsed, begun] = [join(data, 'parsed.json'), join(data, 'begun.json')];
    const message = letter(['000.00.00.G98'], { otherInfo: { priority: 1 } });
    await writeFile(parsed, JSON.stringify(message));
    await writeFile(begun, JSON.stringify({ kind: 'document', from: message.from, to: message.to }));
    const ready = await run(['route', 'explain', '--document', parsed]);
    const early = await run(['route', 'explain', '--document', begun]);
    await run(['counterparties', 'resume', 'vxp']);

    const [ministry, district, centre, nowhere] = good.json().routes;
    expect(ministry).to.include({ ok: true, system: 'vxp', routingKey: 'vxp.urgent.000_00_00_G98.document' });
    expect(ministry.rule).to.include('000.00.00.G98 → vxp');
    expect(ministry.counterparty).to.include({ state: 'maintenance', reason: 'Nâng cấp trục' });
    expect(district).to.include({ ok: true, system: 'inbox', routingKey: null });
    expect([centre.ok, nowhere.ok, good.code]).to.deep.equal([false, false, 1]);
    expect(good.json()).to.include({ urgency: 'urgent', sentBefore: null });
    expect(good.json().limits.packageBytes).to.be.greaterThan(0);
    expect(bad.json().faults.map((fault: { path: string }) => fault.path)).to.include.members([
      'subject',
      'priority',
    ]);
    const inVietnamese = bad.json().faults.map((fault: { vi: string }) => fault.vi);
    expect(inVietnamese).to.include.members([
      'Trường subject: không được để trống',
      'Trường priority: tối đa 4',
    ]);
    expect([bad.code, nothing.code]).to.deep.equal([1, 64]);
    expect(ready.json()).to.include({ urgency: 'urgent' });
    expect(ready.json().routes[0]).to.include({ ok: true, system: 'vxp' });
    expect([ready.json().faults, ready.code]).to.deep.equal([[], 0]);
    expect(early.json().faults.map((fault: { code: string }) => fault.code)).to.include(
      'N.MessageHeader.Subject',
    );
    expect(early.code).to.equal(1);
  });

  it('names the certificate that would sign, or says why none would', async () => {
    const pki = await testPki();
    const { pkcs12Path, passphrasePath } = pki.identities['agency'] ?? {};
    await mkdir(join(data, 'keys'), { recursive: true });
    const entry = { agency: '000.00.32.H99', profiles: ['plain', 'agency'], passFile: passphrasePath };
    const keys = [
      { ...entry, id: 'con-dau', p12: pkcs12Path },
      { ...entry, id: 'khoa-hong', p12: join(data, 'khong-co.p12') },
    ];
    await writeFile(join(data, 'keys', 'keys.json'), JSON.stringify(keys));
    const asked = join(data, 'ky.json');
    const sign = [
      { key: 'con-dau', profile: 'agency' },
      { key: 'con-dau', profile: 'leader' },
      { key: 'khoa-hong', profile: 'plain' },
      { key: 'la', profile: 'plain' },
    ];
    const metadata = {
      from: '000.00.32.H99',
      to: ['000.00.32.H99'],
      code: { codeNumber: '2', codeNotation: 'UBND-VP' },
      place: 'Mẫu',
      promulgationDate: '2026-11-20',
      typeName: 'Công văn',
      subject: 'V/v ký',
      sign,
    };
    await writeFile(asked, JSON.stringify(metadata));

    const told = await run(['route', 'explain', '--document', asked]);

    const [seal, profile, broken, unknown] = told.json().signing;
    expect(seal).to.include({ ok: true, kind: 'pkcs12' });
    expect(seal.certificate.subject).to.be.a('string').and.include('CN=');
    expect(Date.parse(seal.certificate.notAfter)).to.be.greaterThan(Date.now());
    expect(profile).to.include({ ok: false, kind: 'pkcs12' });
    expect(broken.because).to.include('KEY_FILE_INVALID');
    expect(unknown).to.include({ ok: false, kind: null });
    expect(told.code).to.equal(1);
  });

  it('knows systems of systems.json as well as those of the settings', async () => {
    const systems = [
      { system: 'vnpost', baseUrl: 'http://127.0.0.1:9', customerCode: 'KH1', apiKey: { file: 'khoa.txt' } },
    ];
    await writeFile(join(data, 'khoa.txt'), 'khoa-thu-nghiem');
    await writeFile(join(data, 'systems.json'), JSON.stringify(systems));
    try {
      const listed = await run(['counterparties']);

      expect(listed.json().map(({ system }: { system: string }) => system)).to.include.members([
        'vxp',
        'vnpost',
      ]);
    } finally {
      await rm(join(data, 'systems.json'));
    }
  });

  it('shows what is parked by reason with what to do, and lets only what was meant go on', async () => {
    const pkg = packageRow();
    await store.write(async (tx) => {
      await insertPackage(tx, pkg);
      const parked = { state: 'parked', attempts: 4, reason: 'x' };
      await insertDeliveries(tx, [
        ...[1, 2, 3].map(() => deliveryRow(pkg, { ...parked, reason_code: 'CONNECTOR_TIMEOUT' })),
        deliveryRow(pkg, { ...parked, reason_code: 'CONNECTOR_RECIPIENT_LOCKED' }),
      ]);
    });

    const preview = await run(['parked']);
    const untouched = await listDeliveries(store.read, pkg.id);
    const released = await run(['parked', '--reason', 'CONNECTOR_TIMEOUT', '--retry']);
    const after = await listDeliveries(store.read, pkg.id);

    expect(preview.json().count).to.equal(4);
    expect(preview.json().released).to.equal(null);
    expect(preview.json().groups[0]).to.deep.include({
      system: 'vxp',
      reasonCode: 'CONNECTOR_TIMEOUT',
      count: 3,
    });
    expect(preview.json().groups[1].action.vi).to.match(/danh mục/);
    expect(untouched.every((delivery) => delivery.state === 'parked')).to.equal(true);
    expect(released.json().released).to.equal(3);
    expect(after.map((delivery) => delivery.state).sort()).to.deep.equal([
      'parked',
      'queued',
      'queued',
      'queued',
    ]);
    const wakeUps = await store.read.selectFrom('outbox').select('delivery_id').execute();
    expect(wakeUps).to.have.length(3);
  });
});
