import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { PROBLEMS } from '../../../src/gateway/http/problem.ts';
import { type Answer, type Api, acceptedId, createApi } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { AGENCY, letter, wire } from '../support/messages.ts';

describe('http: refusals', () => {
  let bare: BareGateway;
  let district: Api;
  let nobody: Api;
  before(async () => {
    bare = await startBareGateway({ maxPackageBytes: 200_000, maxFileBytes: 100_000 });
    district = await bare.as(AGENCY.district);
    nobody = createApi(bare.gateway.url, '');
  });
  after(() => bare.close());

  function expectProblem(answer: Answer, status: number, code: string): void {
    expect(answer.status, answer.text).to.equal(status);
    expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/);
    expect(answer.json).to.include({ status, code });
    expect(answer.json.type).to.include(code);
    expect(answer.json.title).to.be.a('string').and.not.equal('');
    expect(answer.json.errors).to.be.an('array');
  }

  it('speak Vietnamese by default and English when asked', async () => {
    const path = '/api/v1/packages/pkg_khong-co';

    const vi = await district.get(path);
    const en = await district.call('GET', path, { headers: { 'accept-language': 'en-GB, vi;q=0.3' } });
    const other = await district.call('GET', path, { headers: { 'accept-language': 'fr' } });

    expectProblem(vi, 404, 'NOT_FOUND');
    expect(vi.json.detail).to.equal(PROBLEMS.NOT_FOUND.vi);
    expect(en.json.detail).to.equal(PROBLEMS.NOT_FOUND.en);
    expect(other.json.detail).to.equal(PROBLEMS.NOT_FOUND.vi);
  });

  it('ask for a token with 401 and the scheme', async () => {
    const answer = await nobody.get('/api/v1/packages');

    expectProblem(answer, 401, 'UNAUTHENTICATED');
    expect(answer.headers.get('www-authenticate')).to.equal('Bearer');
  });

  for (const token of ['lt_x', 'lt_tok_00_zz', `lt_tok_000000000000_${'0'.repeat(64)}`, 'a b c']) {
    it(`refuse the token "${token.slice(0, 20)}"`, async () => {
      expectProblem(await createApi(bare.gateway.url, token).get('/api/v1/packages'), 401, 'UNAUTHENTICATED');
    });
  }

  it('say 404 to an address that is not there and 405 to a method it does not take', async () => {
    expectProblem(await district.get('/api/v1/khong-co'), 404, 'NOT_FOUND');

    const put = await district.call('PUT', '/api/v1/packages', { body: 'x' });

    expectProblem(put, 405, 'METHOD_NOT_ALLOWED');
    expect(put.headers.get('allow')).to.equal('POST, GET, HEAD');
  });

  it('say 415 to content they do not take, on every kind of route', async () => {
    const text = { body: 'x', headers: { 'content-type': 'text/plain' } };

    for (const path of [
      '/api/v1/packages',
      '/api/v1/documents',
      '/api/v1/dossiers',
      '/api/v1/ocr-jobs',
      '/api/v1/signatures',
      '/api/v1/inbox/dlv_0/statuses',
    ]) {
      expectProblem(await district.call('POST', path, text), 415, 'UNSUPPORTED_MEDIA_TYPE');
    }
  });

  it('say 413 to a package over the limit, in one piece and in pieces', async () => {
    const noise = randomBytes(300_000);
    const big = await wire(letter([AGENCY.commune.code]), [{ name: 'to.bin', bytes: noise }]);
    const form = new FormData();
    form.set('metadata', '{}');
    form.set('file', new Blob([noise]), 'to.pdf');

    expectProblem(await district.postXml(big), 413, 'PACKAGE_TOO_LARGE');
    expectProblem(await district.call('POST', '/api/v1/signatures', { body: form }), 413, 'BODY_TOO_LARGE');
    const json = await district.postJson('/api/v1/inbox/dlv_0/statuses', {
      description: 'x'.repeat(1_200_000),
    });
    expectProblem(json, 413, 'BODY_TOO_LARGE');
  });

  it('say 400 to malformed JSON, malformed multipart and a missing field, and name the field', async () => {
    const json = { 'content-type': 'application/json' };
    const broken = await district.call('POST', '/api/v1/inbox/dlv_0/statuses', {
      body: '{"statusCode":',
      headers: json,
    });
    const multipart = await district.call('POST', '/api/v1/documents', {
      body: '--x\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{}',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    });
    const noBoundary = await district.call('POST', '/api/v1/documents', {
      body: 'x',
      headers: { 'content-type': 'multipart/form-data;' },
    });
    const missing = await district.postForm('/api/v1/documents', undefined, { 'a.pdf': Buffer.from('x') });
    const notJson = new FormData();
    notJson.set('metadata', 'không phải JSON');
    const unreadable = await district.call('POST', '/api/v1/documents', { body: notJson });

    for (const answer of [broken, multipart, noBoundary, missing, unreadable])
      expectProblem(answer, 400, 'BAD_REQUEST');
    expect(missing.json.errors).to.have.length(1);
    expect(missing.json.errors[0].path).to.equal('metadata');
  });

  it('name every wrong field of a form at once', async () => {
    const metadata = { from: 7, to: [], code: { codeNumber: '' }, promulgationDate: '31/12/2026' };

    const answer = await district.postForm('/api/v1/documents', metadata);

    expectProblem(answer, 400, 'BAD_REQUEST');
    const paths = answer.json.errors.map((fault: { path: string }) => fault.path);
    expect(paths).to.include.members(['from', 'to', 'code.codeNumber', 'promulgationDate', 'subject']);
  });

  it('refuse wrong queries and a malformed Idempotency-Key', async () => {
    expectProblem(await district.get('/api/v1/packages?limit=0'), 400, 'BAD_REQUEST');
    expectProblem(await district.get('/api/v1/inbox?cursor=x'), 400, 'BAD_REQUEST');
    const bytes = await wire(letter([AGENCY.commune.code]));

    const answer = await district.postXml(bytes, {
      'idempotency-key': 'có dấu cách'.normalize('NFD').replace(/[^ -~]/g, ''),
    });

    expectProblem(answer, 400, 'BAD_REQUEST');
    expect(answer.json.errors[0].path).to.equal('Idempotency-Key');
  });

  it('give line and column of a package that is not well formed', async () => {
    const answer = await district.postXml(Buffer.from('<edXML>\n  <x></y>\n</edXML>'));

    expectProblem(answer, 422, 'PACKAGE_INVALID');
    expect(answer.json.errors[0]).to.include({ code: 'EDXML_NOT_WELL_FORMED', line: 2 });
  });

  it('refuse a package with a DOCTYPE, and resolve no entity', async () => {
    const bytes = Buffer.from('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><edXML>&e;</edXML>');

    const answer = await district.postXml(bytes);

    expectProblem(answer, 422, 'PACKAGE_INVALID');
    expect(answer.text).to.not.include('root:');
  });

  it('name the system that is not configured before anything is sent', async () => {
    const answer = await district.postXml(await wire(letter([AGENCY.commune.code, AGENCY.ministry.code])));

    expectProblem(answer, 422, 'SYSTEM_UNKNOWN');
    expect(answer.json.errors.map((fault: { path: string }) => fault.path)).to.deep.equal(['to[1].organId']);
  });

  it('refuse a key the agency does not have', async () => {
    const sign = [{ key: 'khoa-cua-nguoi-khac', profile: 'plain' }];

    const answer = await district.postForm(
      '/api/v1/signatures',
      { sign },
      { 'a.pdf': Buffer.from('%PDF-1.4') },
    );

    expectProblem(answer, 422, 'KEY_UNKNOWN');
  });

  it('take no path apart from a percent sign to harm', async () => {
    expectProblem(await district.get('/api/v1/packages/%E0%A4%A'), 400, 'BAD_REQUEST');
    expectProblem(await district.get('/api/v1/packages/..%2f..%2fetc%2fpasswd'), 404, 'NOT_FOUND');
  });

  it('never answer an error of ours with its words', async () => {
    const { x } = bare.gateway.deps;
    const { bus } = x;
    const stillThere = bus.state();
    expect(stillThere.connected).to.equal(true);
    const bytes = await wire(letter([AGENCY.commune.code]));
    const id = acceptedId(await district.postXml(bytes));
    await x.store.write((tx) =>
      tx.updateTable('packages').set({ metadata: '{secret' }).where('id', '=', id).execute(),
    );

    const answer = await district.get(`/api/v1/packages/${id}/attachments/${'0'.repeat(64)}`);

    expectProblem(answer, 500, 'INTERNAL');
    expect(answer.text).to.not.include('secret').and.not.include('JSON');
  });

  it('are not cached, carry no version of ours, and forbid framing', async () => {
    const answer = await nobody.get('/api/v1/packages');

    expect(answer.headers.get('x-powered-by')).to.equal(null);
    expect(answer.headers.get('content-security-policy')).to.include("frame-ancestors 'none'");
    expect(answer.headers.get('x-content-type-options')).to.equal('nosniff');
  });
});
