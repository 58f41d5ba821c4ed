import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import {
  type Authorization,
  createJudicialRecordsClient,
  createLgspToken,
} from '../../src/connectors/index.ts';
import { failsWith } from './support/fails.ts';
import { collect } from './support/messages.ts';

/** A gateway that knows one client, gives numbered tokens, and lets through the tokens it has not revoked. */
function startGateway() {
  const state = { issued: 0, valid: new Set<string>(), forms: [] as string[], behind: 0 };
  const server = createServer(async (req, res) => {
    const body = (await collect(req)).toString();
    const json = (status: number, value: unknown) => {
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (req.url === '/token') {
      state.forms.push(body);
      const known = req.headers.authorization === `Basic ${Buffer.from('khoa:bi-mat').toString('base64')}`;
      if (!known) return json(400, { error: 'invalid_client' });
      state.issued += 1;
      state.valid.add(`Bearer t${state.issued}`);
      return json(200, { access_token: `t${state.issued}`, token_type: 'Bearer', expires_in: 3600 });
    }
    if (!state.valid.has(req.headers.authorization ?? '')) return json(401, {});
    state.behind += 1;
    return json(200, { status: 1, value: [] });
  });
  return { server, state };
}

describe('tokens of an LGSP gateway', () => {
  let server: Server;
  let state: ReturnType<typeof startGateway>['state'];
  let url: string;
  let clock: Date;
  let token: Authorization;

  function connect(authorization = token) {
    return createJudicialRecordsClient({
      baseUrl: url,
      authKey: 'a',
      provinceCode: '99',
      provinceName: 'T',
      authorization,
    });
  }

  beforeEach(async () => {
    ({ server, state } = startGateway());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    clock = new Date('2026-11-20T03:00:00Z');
    token = createLgspToken({
      tokenUrl: `${url}/token`,
      consumerKey: 'khoa',
      consumerSecret: 'bi-mat',
      now: () => clock,
    });
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('are asked for once and used for every call', async () => {
    await Promise.all([connect().pullStatus('1'), connect().pullStatus('2')]);
    await connect().pullStatus('3');

    expect(state).to.include({ issued: 1, behind: 3 });
    expect(state.forms).to.deep.equal(['grant_type=client_credentials']);
  });

  it('are renewed a minute before they end', async () => {
    await connect().pullStatus('1');
    clock = new Date(clock.getTime() + 3_541_000);

    await connect().pullStatus('2');

    expect(state.issued).to.equal(2);
  });

  it('are replaced when the gateway refuses them, and the call is made once more', async () => {
    await connect().pullStatus('1');
    state.valid.clear();

    await connect().pullStatus('2');

    expect(state).to.include({ issued: 2, behind: 2 });
  });

  it('do not loop when every token is refused', async () => {
    const refused: Authorization = { header: async () => 'Bearer la', drop: () => {} };

    await failsWith('CONNECTOR_AUTH_FAILED', connect(refused).pullStatus('1'));

    expect(state.behind).to.equal(0);
  });

  it('report a refused client', async () => {
    const wrong = createLgspToken({ tokenUrl: `${url}/token`, consumerKey: 'khoa', consumerSecret: 'sai' });

    await failsWith('CONNECTOR_AUTH_FAILED', connect(wrong).pullStatus('1'));
  });
});
