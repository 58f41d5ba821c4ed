import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { isWebhookSignature } from '../../../src/connectors/index.ts';
import { type Api, acceptedId } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { submitDossier } from '../support/dossier.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY } from '../support/messages.ts';

interface Call {
  headers: IncomingHttpHeaders;
  body: string;
  news: { seq: number; type: string; dossierCode: string };
}

/** A one-stop system's receiver: keeps what it gets and answers as it is told. */
async function startReceiver() {
  const calls: Call[] = [];
  const answers: number[] = [];
  const server: Server = createServer(async (req, res) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of req) chunks.push(chunk as Uint8Array);
    const body = Buffer.concat(chunks).toString('utf8');
    calls.push({ headers: req.headers, body, news: JSON.parse(body) });
    res.writeHead(answers.shift() ?? 204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { calls, answers, host, url: `${host}/tin`, close: () => server.close() };
}

describe('dossiers: feed and webhooks', () => {
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let bare: BareGateway;
  let commune: Api;
  before(async function start() {
    receiver = await startReceiver();
    bare = await startBareGateway({
      webhookHosts: receiver.host,
      pollSeconds: 0.03,
      retryRungsSeconds: '1',
    });
    commune = await bare.as(AGENCY.commune);
  });
  after(async () => {
    await bare.close();
    receiver.close();
  });

  const step = { state: 4, handler: 'A', content: 'B' };

  it('reads the news of one agency by cursor, numbered without a gap, and none of another', async () => {
    const { code } = await submitDossier(commune);
    acceptedId(await commune.postJson(`/api/v1/dossiers/${code}/progress`, step));

    const first = (await commune.get('/api/v1/dossier-news?limit=1')).json;
    const rest = (await commune.get(`/api/v1/dossier-news?cursor=${first.cursor}`)).json;

    const news = [...first.items, ...rest.items] as Call['news'][];
    expect(news.map(({ seq }) => seq)).to.deep.equal([1, 2]);
    expect(news.map(({ type }) => type)).to.deep.equal(['dossier.accepted', 'dossier.progress']);
    expect((await (await bare.as(AGENCY.district)).get('/api/v1/dossier-news')).json.items).to.deep.equal([]);
  });

  it('tells each piece of news in order, signed, again after a failure, and all anew on a replay', async () => {
    const hook = await commune.postJson('/api/v1/webhooks', { url: receiver.url });
    expect(hook.status, hook.text).to.equal(201);
    receiver.answers.push(500);

    const { code } = await submitDossier(commune);
    await commune.postJson(`/api/v1/dossiers/${code}/progress`, step);
    await eventually(
      () => receiver.calls.length,
      (count) => count >= 3,
    );

    expect(receiver.calls.map((call) => call.news.seq)).to.deep.equal([3, 3, 4]);
    const { secret } = hook.json as { secret: string };
    for (const { headers, body } of receiver.calls) {
      const signature = String(headers['lienthong-signature']);
      expect(isWebhookSignature(secret, body, signature, new Date())).to.equal(true);
      expect(isWebhookSignature(secret, `${body} `, signature, new Date())).to.equal(false);
      expect(isWebhookSignature(secret, body, signature, new Date(Date.now() + 302_000))).to.equal(false);
    }
    const ids = receiver.calls.map((call) => call.headers['lienthong-delivery']);
    expect(ids[0]).to.equal(ids[1]).and.to.not.equal(ids[2]);
    await eventually(
      async () => (await commune.get('/api/v1/webhooks')).json.items[0].cursor,
      (cursor) => cursor === 4,
    );

    receiver.calls.length = 0;
    await commune.postJson(`/api/v1/webhooks/${hook.json.id}/replay`, { from: 1 });
    await eventually(
      () => receiver.calls.length,
      (count) => count >= 4,
    );
    expect(receiver.calls.map((call) => call.news.seq)).to.deep.equal([1, 2, 3, 4]);
  });

  it('keeps no secret in the open and names no host the operator did not allow', async () => {
    const refused = await commune.postJson('/api/v1/webhooks', { url: 'https://example.org/tin' });
    const nowhere = await commune.postJson('/api/v1/webhooks', { url: 'tin-ho-so' });
    const { x, sealer } = bare.gateway.deps;
    const [row] = await x.store.read.selectFrom('webhooks').selectAll().execute();
    const list = await commune.get('/api/v1/webhooks');

    expect(refused.status).to.equal(400);
    expect(refused.json.errors[0].message).to.include('example.org');
    expect(nowhere.status).to.equal(400);
    expect(nowhere.json.errors[0].path).to.equal('url');
    expect(list.text).to.not.include('secret');
    expect(sealer.open(row?.secret_sealed ?? '', `webhook:${row?.id}`)).to.have.length(43);
  });

  it('belongs to one agency: another can neither replay nor delete it', async () => {
    const district = await bare.as(AGENCY.district);
    const id = (await commune.get('/api/v1/webhooks')).json.items[0].id as string;

    const answers = [
      await district.postJson(`/api/v1/webhooks/${id}/replay`, { from: 1 }),
      await district.call('DELETE', `/api/v1/webhooks/${id}`),
      await commune.call('DELETE', `/api/v1/webhooks/${id}`),
    ];

    expect(answers.map((answer) => answer.status)).to.deep.equal([404, 404, 204]);
    expect((await commune.get('/api/v1/webhooks')).json.items).to.deep.equal([]);
  });
});
