/** A ministry's system that reads its mail from the broker and hands in there, under an account of its own with the rights the guide names. */
import { randomBytes } from 'node:crypto';
import { type Channel, type ChannelModel, connect, type GetMessage, type Options } from 'amqplib';
import { expect } from 'chai';
import { saveAgencies } from '../../../../src/gateway/directory/index.ts';
import { rabbitmqctl, requireServices, testAmqpUrl } from '../../../support/services.ts';
import { type Api, acceptedId } from '../../support/api.ts';
import { type BareGateway, startBareGateway } from '../../support/bare.ts';
import { eventually } from '../../support/eventually.ts';
import { AGENCY, letter, sha256, statusOn, wire } from '../../support/messages.ts';

const EXCHANGE = 'lienthong.packages';
const ACCOUNT = 'bo-noi-vu';
const STRANGER = 'nguoi-la';
const MINISTRY = { code: '000.00.00.G14', name: 'Bộ Nội vụ' };
const TEXT = [{ name: 'cong-van.txt', bytes: Buffer.from('nội dung') }];

describe('exchange: a system at the broker', function suite() {
  let url = '';
  let bare: BareGateway;
  let district: Api;
  let model: ChannelModel;
  let ministry: Channel;
  let replies = '';

  async function addAccount(name: string): Promise<void> {
    const vhost = decodeURIComponent(new URL(url).pathname.slice(1)) || '/';
    await rabbitmqctl(['delete_user', name]).catch(() => undefined);
    await rabbitmqctl(['add_user', name, 'mat-khau']);
    // Its own answers; the exchange and its answers' queue; its queues and its answers.
    const own = '^amq\\.gen.*';
    const read = `^(to\\.${name}\\.(urgent|normal)|amq\\.gen.*)$`;
    await rabbitmqctl([
      'set_permissions',
      '-p',
      vhost,
      name,
      own,
      `^(lienthong\\.packages|amq\\.gen.*)$`,
      read,
    ]);
  }

  function addressOf(name: string): string {
    const address = new URL(url);
    address.username = name;
    address.password = 'mat-khau';
    return address.href;
  }

  before(async function start() {
    requireServices(this, 'AMQP_URL', 'LIENTHONG_TEST_CONTROL');
    url = await testAmqpUrl();
    bare = await startBareGateway({ amqpUrl: url, amqpSystems: `bo-noi-vu=${ACCOUNT}` });
    const row = { ...MINISTRY, system: 'bo-noi-vu' };
    await saveAgencies(bare.gateway.deps.x.store, [row], Date.now());
    district = await bare.as(AGENCY.district);
    await addAccount(ACCOUNT);
    await addAccount(STRANGER);
    model = await connect(addressOf(ACCOUNT));
    ministry = await model.createChannel();
    replies = (await ministry.assertQueue('', { exclusive: true })).queue;
  });

  after(async () => {
    await model?.close();
    await bare?.close();
    for (const name of [ACCOUNT, STRANGER]) await rabbitmqctl(['delete_user', name]).catch(() => undefined);
  });

  /** The next message of a queue. */
  function next(queue: string): Promise<GetMessage> {
    return eventually(
      () => ministry.get(queue, { noAck: true }),
      (message) => message !== false,
    ) as Promise<GetMessage>;
  }

  function handIn(body: Uint8Array, more: Options.Publish = {}): void {
    const headers = { 'package-id': 'so-cua-bo', kind: 'document' };
    const properties = {
      userId: ACCOUNT,
      contentType: 'application/xml',
      headers,
      persistent: true,
      ...more,
    };
    ministry.publish(EXCHANGE, 'gateway.normal.000_00_00_G14.document', Buffer.from(body), properties);
  }

  async function ask(body: Uint8Array, more: Options.Publish = {}): Promise<Record<string, unknown>> {
    handIn(body, { replyTo: replies, correlationId: 'hoi-1', ...more });
    const { content, properties } = await next(replies);
    expect(properties.correlationId).to.equal('hoi-1');
    return JSON.parse(content.toString()) as Record<string, unknown>;
  }

  it('gets what is addressed to its agencies, as the package for that recipient, once', async () => {
    const message = letter([MINISTRY.code, AGENCY.commune.code]);
    const id = acceptedId(await district.postXml(await wire(message, TEXT)));

    const { content, properties, fields } = await next('to.bo-noi-vu.normal');

    expect(fields.routingKey).to.equal('bo-noi-vu.normal.000_00_00_G14.document');
    expect(properties.contentType).to.equal('application/xml');
    expect(properties.headers).to.include({ 'package-id': id, to: MINISTRY.code, kind: 'document' });
    expect(properties.headers?.['sha256']).to.equal(sha256(content));
    expect(content.toString()).to.include(message.documentId).and.to.include(MINISTRY.code);
    expect(content.toString()).to.not.include(`<edXML:OrganId>${AGENCY.commune.code}<`);
    const pkg = await eventually(
      () => district.package(id),
      (seen) => seen.deliveries.every(({ state }) => ['sent', 'available'].includes(state)),
    );
    const delivery = pkg.deliveries.find(({ recipient }) => recipient === MINISTRY.code);
    expect(delivery).to.include({ state: 'sent', system: 'bo-noi-vu', remoteId: properties.messageId });
    expect(await ministry.get('to.bo-noi-vu.normal', { noAck: true })).to.equal(false);
  });

  it('answers with a status, which makes the delivery delivered', async () => {
    const message = letter([MINISTRY.code]);
    const id = acceptedId(await district.postXml(await wire(message, TEXT)));
    await next('to.bo-noi-vu.normal');

    const answer = await ask(await wire(statusOn(message, MINISTRY, '01')), { messageId: 'tt-1' });

    expect(answer).to.include({ repeated: false });
    const pkg = await eventually(
      () => district.package(id),
      (seen) => seen.deliveries[0]?.state === 'delivered',
    );
    expect(pkg.deliveries[0]?.status).to.equal('01');
  });

  it('gets a large package as a claim check that can be fetched', async () => {
    const large = [{ name: 'lon.txt', bytes: randomBytes(100_000) }];
    const xml = await wire(letter([MINISTRY.code]), large);
    acceptedId(await district.postXml(xml));

    const { content, properties } = await next('to.bo-noi-vu.normal');
    const claim = JSON.parse(content.toString()) as { url: string; sha256: string; size: number };
    const fetched = Buffer.from(await (await fetch(claim.url)).arrayBuffer());

    expect(properties.contentType).to.equal('application/vnd.lienthong.claim+json');
    expect(fetched.length).to.equal(claim.size);
    expect(sha256(fetched)).to.equal(claim.sha256).and.to.equal(properties.headers?.['sha256']);
  });

  it('hands in documents, each once however often its message comes', async () => {
    const from = { organId: MINISTRY.code, organName: MINISTRY.name };
    const xml = await wire(letter([AGENCY.district.code], { from }), TEXT);

    const first = await ask(xml, { messageId: 'vb-1' });
    const second = await ask(xml, { messageId: 'vb-1' });
    const other = await ask(xml, { messageId: 'vb-2' });

    expect(first).to.include({ repeated: false });
    expect(second).to.include({ repeated: true, packageId: first['packageId'] });
    expect(other).to.include({ repeated: true, packageId: first['packageId'] });
    const { items } = await eventually(
      () => district.inbox('?limit=500'),
      (seen) => seen.items.some((item) => item['packageId'] === first['packageId']),
    );
    expect(items.filter((item) => item['packageId'] === first['packageId'])).to.have.length(1);
  });

  it('may not speak for agencies behind other systems, nor hand in an address, nor more than fits into memory', async () => {
    const foreign = await wire(letter([AGENCY.district.code]), TEXT);

    const refused = await ask(foreign, { messageId: 'vb-3' });
    const claim = await ask(Buffer.from('{"url":"http://127.0.0.1:1/"}'), {
      contentType: 'application/vnd.lienthong.claim+json',
      messageId: 'vb-4',
    });
    const large = await ask(Buffer.alloc(16 * 1024 * 1024 + 1, ' '), { messageId: 'vb-5' });

    expect(large['code']).to.equal('PACKAGE_TOO_LARGE');
    expect(refused['code']).to.equal('SENDER_NOT_ALLOWED');
    expect(claim['code']).to.equal('PACKAGE_INVALID');
    expect(claim['detail']).to.match(/HTTP/);
  });

  it('finds with a person what was refused and nobody waits to hear of', async () => {
    handIn(Buffer.from('<edXML>hỏng'), { messageId: 'vb-hong' });

    const { x } = bare.gateway.deps;
    const row = await eventually(
      () =>
        x.store.read
          .selectFrom('packages')
          .selectAll()
          .where('kind', '=', 'unreadable')
          .where('document_id', '=', 'vb-hong')
          .executeTakeFirst(),
      (found) => found !== undefined,
    );

    expect(row).to.include({ origin: 'bo-noi-vu', state: 'attention' });
  });

  it('sets aside what comes from an account nobody knows, or from nobody', async () => {
    const other = await connect(addressOf(STRANGER));
    const stranger = await other.createChannel();
    const from = { organId: MINISTRY.code, organName: MINISTRY.name };
    const key = 'gateway.normal.000_00_00_G14.document';
    const forged = {
      'submitted-by': ACCOUNT,
      'submitted-reply-to': replies,
    };
    const parkedBefore = (await bare.gateway.deps.x.bus.depth('parked'))?.messages ?? 0;

    for (const [n, properties] of [{ userId: STRANGER }, { headers: forged }].entries()) {
      const xml = await wire(letter([AGENCY.district.code], { from }), TEXT);
      stranger.publish(EXCHANGE, key, xml, { messageId: `gia-${n}`, ...properties });
    }
    const depth = await eventually(
      () => bare.gateway.deps.x.bus.depth('parked'),
      (seen) => (seen?.messages ?? 0) === parkedBefore + 2,
    );

    expect(depth?.messages).to.equal(parkedBefore + 2);
    await other.close();
  });
});
