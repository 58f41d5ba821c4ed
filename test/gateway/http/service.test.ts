import { expect } from 'chai';
import { openSession } from '../../../src/gateway/access/index.ts';
import { SESSION_COOKIE } from '../../../src/gateway/console/index.ts';
import { apiRoutes } from '../../../src/gateway/http/app.ts';
import { CLAIM_MS, claimText } from '../../../src/gateway/http/health.ts';
import { PROBLEMS } from '../../../src/gateway/http/problem.ts';
import { type Api, acceptedId, createApi } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { AGENCY, letter, sha256, wire } from '../support/messages.ts';

type Json = Record<string, unknown>;

describe('http: the service itself', () => {
  let bare: BareGateway;
  let district: Api;
  let nobody: Api;
  before(async () => {
    bare = await startBareGateway();
    district = await bare.as(AGENCY.district);
    nobody = createApi(bare.gateway.url, '');
  });
  after(() => bare.close());

  describe('/openapi.json', () => {
    let page: {
      openapi: string;
      paths: Record<string, Record<string, Json>>;
      components: Record<string, Json>;
    };
    before(async () => {
      page = (await nobody.get('/openapi.json')).json;
    });

    it('lists every route that is served, and no other', () => {
      const served = apiRoutes(bare.gateway.deps).map(
        (route) => `${route.method} ${route.path.replace(/:(\w+)/g, '{$1}')}`,
      );
      const listed = Object.entries(page.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method} ${path}`),
      );

      expect(listed.sort()).to.deep.equal(served.sort());
    });

    it('is OpenAPI 3.1: every operation has answers, every path parameter is declared, every reference leads somewhere', () => {
      expect(page.openapi).to.equal('3.1.0');
      for (const [path, methods] of Object.entries(page.paths)) {
        for (const [method, operation] of Object.entries(methods)) {
          const where = `${method} ${path}`;
          const parameters = operation['parameters'] as {
            name: string;
            in: string;
            required: boolean;
            schema: Json;
          }[];
          const inPath = parameters.filter((parameter) => parameter.in === 'path');
          const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
          expect(inPath.map((parameter) => parameter.name).sort(), where).to.deep.equal(names.sort());
          for (const parameter of inPath) expect(parameter.required, where).to.equal(true);
          const responses = operation['responses'] as Record<string, { description: string }>;
          expect(Object.keys(responses), where).to.include('default');
          for (const [status, response] of Object.entries(responses)) {
            expect(status, where).to.match(/^(\d{3}|default)$/);
            expect(response.description, where).to.be.a('string');
          }
        }
      }
      for (const [, name] of JSON.stringify(page).matchAll(/"\$ref":"([^"]+)"/g)) {
        const found = (name ?? '')
          .split('/')
          .slice(1)
          .reduce<unknown>((node, key) => (node as Json | undefined)?.[key], page);
        expect(found, name).to.be.an('object');
      }
    });

    it('names every problem code and the Idempotency-Key of every route that creates', () => {
      expect((page.components['schemas'] as Record<string, Json>)['Problem']?.['x-codes']).to.deep.equal(
        Object.keys(PROBLEMS),
      );
      for (const route of apiRoutes(bare.gateway.deps).filter((one) => one.creates === true)) {
        const operation = page.paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method];
        const parameters = (operation?.['parameters'] ?? []) as { name: string }[];
        const names = parameters.map((parameter) => parameter.name);
        expect(names, route.path).to.include('Idempotency-Key');
      }
    });

    it('asks for a token everywhere but where anyone may call', () => {
      for (const route of apiRoutes(bare.gateway.deps)) {
        const operation = page.paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method];
        expect(operation?.['security'], route.path).to.deep.equal(
          route.access === 'public' ? [] : [{ token: [] }],
        );
      }
    });
  });

  it('refuses every route that wants a token without one', async () => {
    for (const route of apiRoutes(bare.gateway.deps).filter((one) => one.access === 'token')) {
      const path = route.path.replace(/:(\w+)/g, 'x');

      const answer = await nobody.call(route.method.toUpperCase(), path);

      expect(answer.status, `${route.method} ${route.path}`).to.equal(401);
    }
  });

  it('is ready while store and bus are, and not any more when the bus is gone', async () => {
    const own = await startBareGateway();
    try {
      const api = createApi(own.gateway.url, '');
      const ready = await api.get('/readyz');
      await own.gateway.deps.x.bus.close({ timeoutMs: 100 });

      const gone = await api.get('/readyz');

      expect(ready.status).to.equal(200);
      expect(ready.json).to.deep.include({ status: 'ready', shuttingDown: false });
      expect(gone.status).to.equal(503);
      expect(gone.json).to.include({ status: 'not-ready' });
      expect(gone.json.bus.connected).to.equal(false);
      expect((await api.get('/healthz')).status).to.equal(200);
    } finally {
      await own.close();
    }
  });

  it('goes on accepting while the bus is gone: what is durable is answered', async () => {
    const own = await startBareGateway({ direct: false });
    try {
      const api = await own.as(AGENCY.district);
      await own.gateway.deps.x.bus.close({ timeoutMs: 100 });

      const answer = await api.postXml(await wire(letter([AGENCY.commune.code])));

      expect((await api.package(acceptedId(answer))).state).to.equal('accepted');
    } finally {
      await own.close();
    }
  });

  it('brings small mail to its inbox even while the bus is gone', async () => {
    const own = await startBareGateway();
    try {
      const api = await own.as(AGENCY.district);
      await own.gateway.deps.x.bus.close({ timeoutMs: 100 });

      const answer = await api.postXml(await wire(letter([AGENCY.commune.code])));

      expect((await api.package(acceptedId(answer))).state).to.equal('delivered');
    } finally {
      await own.close();
    }
  });

  it('shows event loop delay, bus, outbox and acceptances to Prometheus, with bounded labels', async () => {
    acceptedId(await district.postXml(await wire(letter([AGENCY.commune.code]))));

    const { text, headers } = await nobody.get('/metrics');

    expect(headers.get('content-type')).to.match(/^text\/plain/);
    expect(text).to.match(/^lienthong_event_loop_delay_seconds\{quantile="0.99"\} \d/m);
    expect(text).to.match(/^lienthong_bus_connected 1$/m);
    expect(text).to.match(/^lienthong_outbox_oldest_seconds \d/m);
    expect(text).to.match(/^lienthong_packages_accepted_total\{kind="document",origin="api"\} [1-9]/m);
    expect(text).to.not.include(AGENCY.district.code);
  });

  describe('claim checks', () => {
    let digest = '';
    before(async () => {
      const bytes = await wire(letter([AGENCY.commune.code]), [
        { name: 'a.txt', bytes: Buffer.from('claim') },
      ]);
      acceptedId(await district.postXml(bytes));
      digest = sha256(bytes);
    });

    function address(expires: number, signed = digest): string {
      const signature = bare.gateway.deps.sealer.sign(claimText(signed, String(expires)));
      return `/claims/${digest}?expires=${expires}&signature=${signature}`;
    }

    it('give the bytes without a token until they expire', async () => {
      const answer = await nobody.get(address(Date.now() + 60_000));

      expect(answer.status).to.equal(200);
      expect(sha256(Buffer.from(answer.text))).to.equal(digest);
      expect(CLAIM_MS).to.be.at.most(24 * 3_600_000);
    });

    it('expire, and can be neither prolonged nor pointed at another file', async () => {
      const expired = address(Date.now() - 1);
      const prolonged = expired.replace(/expires=\d+/, `expires=${Date.now() + 60_000}`);
      const another = address(Date.now() + 60_000, '0'.repeat(64));
      const bare_ = `/claims/${digest}`;

      for (const path of [
        expired,
        prolonged,
        another,
        bare_,
        '/claims/..%2f..%2fx',
        `${bare_}?expires=1e99&signature=`,
      ]) {
        expect((await nobody.get(path)).status, path).to.equal(403);
      }
    });
  });

  describe('console sessions', () => {
    async function cookie(): Promise<string> {
      const { store } = bare.gateway.deps.x;
      const id = /^lt_(.+)_[0-9a-f]{64}$/.exec(district.token)?.[1] ?? '';
      const value = await openSession(
        store,
        { tokenId: id, agency: AGENCY.district.code, role: 'clerk' },
        Date.now(),
      );
      return `${SESSION_COOKIE}=${value}`;
    }

    it('may read with the cookie alone', async () => {
      const answer = await nobody.call('GET', '/api/v1/packages', { headers: { cookie: await cookie() } });

      expect(answer.status).to.equal(200);
    });

    it('may act only from our own pages: another site, or no word about the site, is refused', async () => {
      const bytes = await wire(letter([AGENCY.commune.code]));
      const post = async (headers: Record<string, string>): Promise<number> => {
        const all = { 'content-type': 'application/xml', cookie: await cookie(), ...headers };
        return (await nobody.call('POST', '/api/v1/packages', { body: bytes.toString(), headers: all }))
          .status;
      };

      expect(await post({ 'sec-fetch-site': 'cross-site' })).to.equal(403);
      expect(await post({ 'sec-fetch-site': 'same-site' })).to.equal(403);
      expect(await post({ origin: 'https://ke-xau.example' })).to.equal(403);
      expect(await post({ origin: 'null' })).to.equal(403);
      expect(await post({})).to.equal(403);
      expect(await post({ 'sec-fetch-site': 'same-origin' })).to.equal(202);
    });

    it('end with the token they were opened with', async () => {
      const { store } = bare.gateway.deps.x;
      const other = await bare.as(AGENCY.commune);
      const id = /^lt_(.+)_[0-9a-f]{64}$/.exec(other.token)?.[1] ?? '';
      const value = await openSession(
        store,
        { tokenId: id, agency: AGENCY.commune.code, role: 'clerk' },
        Date.now(),
      );
      const headers = { cookie: `${SESSION_COOKIE}=${value}` };
      expect((await nobody.call('GET', '/api/v1/packages', { headers })).status).to.equal(200);

      await store.write((tx) =>
        tx.updateTable('api_tokens').set({ revoked_at: 1 }).where('id', '=', id).execute(),
      );

      expect((await nobody.call('GET', '/api/v1/packages', { headers })).status).to.equal(401);
      expect((await other.get('/api/v1/packages')).status).to.equal(401);
    });
  });
});
