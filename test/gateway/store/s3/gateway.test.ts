import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createToken } from '../../../../src/gateway/access/index.ts';
import { ConfigError } from '../../../../src/gateway/config.ts';
import { pauseCounterparty, resumeCounterparty } from '../../../../src/gateway/exchange/gates/maintenance.ts';
import { type Gateway, startGateway } from '../../../../src/gateway/index.ts';
import { type S3Server, startS3Server } from '../../../support/s3-server.ts';
import { type Api, createApi, type PackageSeen } from '../../support/api.ts';
import { startBareGateway } from '../../support/bare.ts';
import { eventually } from '../../support/eventually.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { AGENCY, letter, sha256, wire } from '../../support/messages.ts';
import { startWorld, type World } from '../../support/world.ts';

describe('a gateway with its blobs in a bucket', () => {
  let server: S3Server;
  let world: World;
  let again: Gateway | null = null;
  before(async () => {
    server = await startS3Server();
    world = await startWorld({ recipientsAnswer: false, settings: { s3Url: server.url } });
  });
  afterEach(async () => {
    server.intercept = null;
  });
  after(async () => {
    await again?.stop();
    await world.close();
    await server.stop();
  });

  const bytes = (size: number) => [{ name: 'a.bin', bytes: randomBytes(size) }];

  /** The gateway that runs now, and a call to it as the district. */
  const running = (): Gateway => again ?? world.gateway;
  async function api(): Promise<Api> {
    const { store } = running().deps.x;
    const { token } = await createToken(store, AGENCY.district.code, 'clerk', Date.now());
    return createApi(running().url, token);
  }

  async function pause(isPaused: boolean): Promise<void> {
    const { store, gates } = running().deps.x;
    const why = { reason: 'thử', actor: 'thử', until: null };
    if (isPaused) await pauseCounterparty(store, 'vxp', why, Date.now());
    else await resumeCounterparty(store, 'vxp', Date.now());
    await gates.refresh(Date.now());
  }

  /** Hands in a document for the ministry while sending there is paused. */
  async function handIn(size: number): Promise<string> {
    const district = await api();
    const answer = await district.postXml(await wire(letter([AGENCY.ministry.code]), bytes(size)));
    expect(answer.status, answer.text).to.equal(202);
    return answer.json.packageId as string;
  }

  const stateOf = (pkg: PackageSeen): string => pkg.deliveries[0]?.state ?? '';
  const reasonOf = (pkg: PackageSeen): string => pkg.deliveries[0]?.reason?.code ?? '';

  it('keeps nothing on the disk, and sends what the bucket has', async () => {
    const packageId = await handIn(400_000);
    const district = await api();

    const sent = await eventually(
      () => district.package(packageId),
      (pkg) => stateOf(pkg) === 'sent',
    );
    const content = await district.call('GET', `/api/v1/packages/${packageId}/content`);
    const ready = await district.get('/readyz');
    const metrics = await district.get('/metrics');

    expect(await server.digests()).to.include(sent.sha256);
    expect(content.status).to.equal(200);
    expect(existsSync(join(world.dataDir, 'blobs'))).to.equal(false);
    expect(ready.json.blobs).to.deep.equal({ kind: 's3', reachable: true });
    expect(metrics.text).to.contain('lienthong_blobs_reachable 1');
    expect(metrics.text).to.match(/lienthong_blob_requests_total\{outcome="sent"\} [1-9]/);
  });

  it('answers 503 in both languages while the bucket is away, accepts nothing, and takes it when it is back', async () => {
    const district = await api();
    const body = await wire(letter([AGENCY.ministry.code]), bytes(1_000));
    await server.stop();

    const vi = await district.postXml(body, { 'idempotency-key': 'mot-lan' });
    const en = await district.postXml(body, { 'idempotency-key': 'mot-lan', 'accept-language': 'en' });
    const ready = await district.get('/readyz');
    await server.start();
    await eventually(
      () => district.get('/readyz'),
      ({ status }) => status === 200,
    );
    const after = await district.postXml(body, { 'idempotency-key': 'mot-lan' });

    expect([vi.status, vi.json.code]).to.deep.equal([503, 'BLOBS_UNAVAILABLE']);
    expect(vi.json.detail).to.contain('Kho đối tượng');
    expect(en.json.detail).to.contain('object store');
    expect(vi.headers.get('retry-after')).to.equal('5');
    expect([ready.status, ready.json.blobs.reachable]).to.deep.equal([503, false]);
    expect(after.status).to.equal(202);
  });

  it('started while the bucket is away waits with what it has to send, costs no attempt, and goes on by itself', async () => {
    const { packageId } = await waiting();
    await server.stop();
    await restart();

    const held = await eventually(
      async () => (await api()).package(packageId),
      (pkg) => reasonOf(pkg) === 'STORE_AWAY',
    );
    await server.start();
    const sent = await eventually(
      async () => (await api()).package(packageId),
      (pkg) => stateOf(pkg) === 'sent',
    );

    expect(held.deliveries[0]?.reason?.text).to.contain('Kho đối tượng');
    expect(sent.deliveries[0]?.attempts).to.be.at.most(2);
    const events = await (await api()).events(packageId);
    expect(events.filter(({ type }) => type === 'attempt-failed')).to.deep.equal([]);
    const { sent: atAxis } = await ministryHas(packageId);
    expect(atAxis).to.equal(1);
  });

  it('parks what was changed in the bucket, with the reason, and sends nothing of it', async () => {
    const { packageId, sha256: digest } = await waiting();
    const bad = randomBytes(400_000);
    await server.bucket.put(`blobs/${digest.slice(0, 2)}/${digest}`, bad, sha256(bad));
    await restart();

    const parked = await eventually(
      async () => (await api()).package(packageId),
      (pkg) => stateOf(pkg) === 'parked',
    );

    expect(parked.deliveries[0]?.reason?.code).to.equal('CONTENT_CHANGED');
    expect(parked.deliveries[0]?.attempts).to.equal(1);
    expect((await ministryHas(packageId)).sent).to.equal(0);
  });

  it('of its own folder does not start beside the others before it has their sealing key', async () => {
    const dataDir = temporaryFolder();
    const settings = { dataDir, s3Url: server.url };
    const fault = await startBareGateway(settings).then(
      (one) => one.close(),
      (cause: unknown) => cause,
    );
    const key = join('keys', 'sealing.key');
    copyFileSync(join(world.dataDir, key), join(dataDir, key));

    const beside = await startBareGateway(settings);
    await beside.close();

    expect(fault).to.be.instanceOf(ConfigError);
    expect((fault as Error).message).to.contain('keys/sealing.key');
    const kept: string[] = [];
    for await (const one of server.bucket.list('gateway/')) kept.push(one.key);
    expect(kept).to.deep.equal(['gateway/sealing-key']);
  });

  /** A package that was accepted and not sent yet, the gateway being stopped. */
  async function waiting(): Promise<{ packageId: string; sha256: string }> {
    await pause(true);
    const packageId = await handIn(400_000);
    const pkg = await eventually(
      async () => (await api()).package(packageId),
      (seen) => reasonOf(seen) === 'COUNTERPARTY_MAINTENANCE',
    );
    await running().stop();
    return { packageId, sha256: pkg.sha256 };
  }

  /** Starts it again, with no local copy of anything, and lets it send. */
  async function restart(): Promise<void> {
    again = await startGateway(world.config);
    await pause(false);
  }

  /** How often the ministry's axis has the document of a package. */
  async function ministryHas(packageId: string): Promise<{ sent: number }> {
    const { documentId } = await (await api()).package(packageId);
    const entries = world.nationalAxis.ledger.entries();
    return {
      sent: entries.filter((entry) => entry.kind === 'edoc' && JSON.stringify(entry).includes(documentId))
        .length,
    };
  }
});
