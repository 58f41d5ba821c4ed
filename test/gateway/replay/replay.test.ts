/** Replaying what was recorded: it leaves as it would leave today, goes to no real system, and changes nothing here. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type NationalAxis, startNationalAxis } from '../../../src/connectors/index.ts';
import {
  recordedPackages,
  replayPackages,
  type TestSystem,
  whyReal,
} from '../../../src/gateway/replay/index.ts';
import { type Api, acceptedId } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { type CliHost, startCliHost } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY, letter, wire } from '../support/messages.ts';

/** Nobody listens there: whatever goes to the configured axis fails. */
const DEAD = 'http://127.0.0.1:1/XrdAdapter/adapter';
const SECRET = 'bi-mat-cua-he-thong-thu';

describe('replay', () => {
  let bare: BareGateway;
  let district: Api;
  let id = '';
  let tmpDir = '';
  let axis: NationalAxis;
  let host: CliHost;
  before(async () => {
    host = startCliHost();
    bare = await startBareGateway({ vxpUrl: DEAD, vxpSystemId: '00.99.W00', vxpSecret: 'khong-ai-nghe' });
    district = await bare.as(AGENCY.district);
    tmpDir = join(bare.dataDir, 'thu-lai');
    await mkdir(tmpDir);
    const message = letter([AGENCY.ministry.code, AGENCY.commune.code]);
    const files = [{ name: 'a.bin', bytes: randomBytes(50_000) }];
    id = acceptedId(await district.postXml(await wire(message, files)));
    await eventually(
      () => district.package(id),
      (seen) => seen.deliveries.some(({ state }) => ['retrying', 'parked'].includes(state)),
    );
    const { code, name } = AGENCY.district;
    axis = await startNationalAxis({
      systems: [{ systemId: 'thu', secret: SECRET, agencies: [{ code, name }] }],
      recipients: [{ code: AGENCY.ministry.code, name: AGENCY.ministry.name, locked: true }],
    });
  });
  after(async () => {
    await host?.close();
    await axis?.close();
    await bare?.close();
  });

  const source = () => {
    const { store, blobs } = bare.gateway.deps.x;
    return { store, blobs, config: bare.config, tmpDir };
  };

  async function replay(testSystem?: TestSystem) {
    const { store } = bare.gateway.deps.x;
    const told: string[] = [];
    const packages = await recordedPackages(store, id);
    const result = await replayPackages(source(), packages, testSystem, (one) => told.push(one.packageId));
    return { result, told, outcomes: result.packages[0]?.deliveries ?? [] };
  }

  it('is taken by simulators although the configured axis is dead, and changes nothing', async () => {
    const { result, told, outcomes } = await replay();

    expect(told).to.deep.equal([id]);
    expect(outcomes.map(({ recipient, outcome }) => [recipient, outcome])).to.have.deep.members([
      [AGENCY.ministry.code, 'accepted'],
      [AGENCY.commune.code, 'kept'],
    ]);
    expect(result).to.include({ passed: true, against: 'simulators' });
    const after = (await district.package(id)).deliveries.find(
      ({ recipient }) => recipient === AGENCY.ministry.code,
    );
    expect(after?.state).to.be.oneOf(['retrying', 'parked', 'sending', 'queued']);
  });

  it('tells what a test system would refuse, by its own code, and reaches that one only', async () => {
    const testSystem = { system: 'vxp', url: axis.baseUrl, systemId: 'thu', secret: SECRET } as const;

    const refused = await replay(testSystem);
    const stranger = await replay({ ...testSystem, secret: 'sai-khoa' });

    const toMinistry = ({ outcomes }: Awaited<ReturnType<typeof replay>>) =>
      outcomes.find(({ recipient }) => recipient === AGENCY.ministry.code);
    expect(toMinistry(refused)).to.include({ outcome: 'refused', code: 'CONNECTOR_RECIPIENT_LOCKED' });
    expect(toMinistry(stranger)).to.include({ outcome: 'failed', code: 'CONNECTOR_AUTH_FAILED' });
    expect([refused.result.passed, refused.result.against]).to.deep.equal([false, axis.baseUrl]);
    expect(axis.ledger.entries()).to.deep.equal([]);
  });

  it('says when the content is gone', async () => {
    const { store } = bare.gateway.deps.x;
    const [recorded] = await recordedPackages(store, id);
    if (recorded === undefined) throw new Error('no package');
    const gone = { ...recorded, payload_sha256: 'f'.repeat(64) };

    const { packages } = await replayPackages(source(), [gone], undefined, () => undefined);

    const outcome = packages[0]?.deliveries.find(({ recipient }) => recipient === AGENCY.ministry.code);
    expect(outcome).to.include({ outcome: 'not-possible', code: 'CONTENT_EXPIRED' });
  });

  it('takes no configured counterparty and no host of the state for a test system', () => {
    expect(whyReal('http://127.0.0.1:1/khac', bare.config)?.en).to.include('counterparty of the settings');
    for (const url of ['https://apiltvb.langson.gov.vn/v1', 'http://vxpdungchung.vnpt.vn', 'https://gov.vn'])
      expect(whyReal(url, bare.config)?.en, url).to.include('real system');
    expect(whyReal('http://127.0.0.1:2/XrdAdapter/adapter', bare.config)).to.equal(undefined);
    expect(whyReal('https://thu-nghiem.example/axis', bare.config)).to.equal(undefined);
  });

  it('runs beside the gateway on the same data: one JSON object, 0 or 1; 64 and 65 for what it can’t do', async () => {
    const on = ['--data', bare.dataDir, '--json'];
    const secret = join(bare.dataDir, 'khoa-thu');
    await writeFile(secret, SECRET);
    const against = ['--against', axis.baseUrl, '--id', 'thu', '--secret-file', secret];

    const good = await host.run(['replay', id, ...on]);
    const locked = await host.run(['replay', id, ...on, ...against]);
    const nothing = await host.run(['replay', 'khong-co', ...on]);
    const real = await host.run([
      'replay',
      id,
      ...on,
      '--against',
      'https://truc.gov.vn',
      '--secret-file',
      secret,
    ]);
    const noSecret = await host.run(['replay', id, ...on, '--against', axis.baseUrl]);

    expect([good, locked, nothing, real, noSecret].map(({ code }) => code)).to.deep.equal([0, 1, 65, 64, 64]);
    expect(good.json()).to.include({ id, passed: true });
    expect(locked.json().packages[0].deliveries).to.have.length(2);
    expect(real.stderr).to.include('hệ thống thật');
  });
});
