import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  ConnectorError,
  createMappedClient,
  parseMapping,
  type Simulator,
  startCustoms,
  startSocialInsurance,
  startTreasury,
} from '../../../src/connectors/index.ts';

function example(name: string) {
  return parseMapping(
    JSON.parse(readFileSync(new URL(`../../../schemas/mappings/${name}.json`, import.meta.url), 'utf8')),
  );
}

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ConnectorError) return error.code;
    throw error;
  }
  return 'fine';
}

const INPUT = {
  dossierCode: 'H56.14-261120-0001',
  body: {
    procedureCode: '1.000001',
    applicant: { name: 'Trần Thị Thử', identities: [{ type: 1, number: '012345678901' }] },
    reference: 'CT-1',
    fees: [
      { name: 'Phí', amountVnd: 100 },
      { name: 'Lệ phí', amountVnd: 50 },
    ],
  },
  form: { goods: [{ name: 'Máy & "thiết bị" <x>', quantity: 2 }] },
};

/** A mapping of one operation. */
function tiny(operation: Record<string, unknown>, answer: unknown = {}, status = 200) {
  const mapping = parseMapping({
    system: 'thu',
    title: { vi: '', en: '' },
    operations: { submit: { path: '/x', ...operation } },
  });
  const calls: RequestInit[] = [];
  const client = createMappedClient({
    baseUrl: 'http://x',
    mapping,
    secrets: { apiKey: 'khoa' },
    fetch: (_url, init) => {
      calls.push(init ?? {});
      return Promise.resolve(
        new Response(typeof answer === 'string' ? answer : JSON.stringify(answer), { status }),
      );
    },
  });
  return { client, calls };
}

describe('connectors: systems described by a mapping', () => {
  const open: Simulator[] = [];
  after(async () => {
    for (const simulator of open) await simulator.close();
  });

  it('social insurance: REST, a repeat is known again, its state becomes ours', async () => {
    const simulator = await startSocialInsurance({ apiKey: 'k' });
    open.push(simulator);
    const make = (apiKey: string) =>
      createMappedClient({
        baseUrl: simulator.url,
        mapping: example('social-insurance'),
        secrets: { apiKey },
      });
    const client = make('k');

    expect((await client.run('submit', INPUT)).result).to.deep.equal({ reference: 'BHXH-1' });
    expect((await client.run('submit', INPUT)).result).to.deep.equal({ reference: 'BHXH-1' });
    expect((await client.run('state', INPUT)).result).to.deep.equal({ state: 9, reference: 'BHXH-1' });
    expect(await codeOf(() => client.run('state', { dossierCode: 'a/../b' }))).to.equal(
      'CONNECTOR_NOT_FOUND',
    );
    expect(await codeOf(() => client.run('submit', { ...INPUT, body: { applicant: {} } }))).to.equal(
      'CONNECTOR_REFUSED',
    );
    expect(await codeOf(() => make('x').run('state', INPUT))).to.not.equal('fine');
  });

  it('treasury: what went wrong stands in an answer of 200', async () => {
    const simulator = await startTreasury({ apiKey: 'k' });
    open.push(simulator);
    const mapping = example('treasury');
    const client = createMappedClient({ baseUrl: simulator.url, mapping, secrets: { apiKey: 'k' } });

    expect((await client.run('submit', INPUT)).result).to.deep.equal({ reference: 'KB-CT-1' });
    const stranger = createMappedClient({ baseUrl: simulator.url, mapping, secrets: { apiKey: 'x' } });
    expect(await codeOf(() => stranger.run('submit', INPUT))).to.equal('CONNECTOR_AUTH_FAILED');
  });

  it('customs: SOAP, text of the dossier stays text', async () => {
    const simulator = await startCustoms({ apiKey: 'k' });
    open.push(simulator);
    const mapping = example('customs');
    const client = createMappedClient({ baseUrl: simulator.url, mapping, secrets: { apiKey: 'k' } });

    expect((await client.run('submit', INPUT)).result).to.deep.equal({
      reference: 'HQ-1-H56.14-261120-0001',
    });
    expect(await codeOf(() => client.run('submit', { ...INPUT, form: {} }))).to.equal('CONNECTOR_REFUSED');
  });

  it('says what is wrong in a mapping before anything is sent', () => {
    const read = (operation: object) => () =>
      parseMapping({
        system: 'thu',
        title: { vi: '', en: '' },
        operations: { submit: { path: '/x', ...operation } },
      });

    expect(read({ request: '{ "a": ' })).to.throw(/expression/);
    expect(read({ path: 'x' })).to.throw();
    expect(read({ unknown: 1 })).to.throw(/unknown/i);
  });

  for (const [what, request] of [
    ['never ends', '($f := function($n) { $f($n + 1) }; $f(0))'],
    ['nests without end', '($f := function($n) { 1 + $f($n + 1) }; $f(0))'],
    ['backtracks without end', '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)'],
    ['would run data as code', '$eval(body.procedureCode)'],
    ['gives too much', '[1..9999999]'],
  ] as const) {
    it(`stops an expression that ${what}, in bounded time`, async () => {
      const { client, calls } = tiny({ request });

      const code = await codeOf(() => client.run('submit', INPUT));

      expect(code).to.equal('CONNECTOR_BAD_ANSWER');
      expect(calls).to.have.length(0);
    });
  }

  it('keeps secrets out of what expressions see, and puts them into headers alone', async () => {
    const { client, calls } = tiny({ request: '{ "all": $ }', headers: { 'X-Key': '$secret.apiKey' } });

    await client.run('submit', { a: 1 });

    expect(new Headers(calls[0]?.headers as Record<string, string>).get('x-key')).to.equal('khoa');
    expect(String(calls[0]?.body)).to.equal('{"all":{"a":1}}');
  });

  it('tells a fault that may pass from one that will not, and an answer that is no JSON', async () => {
    const rule = { ok: 'body.ma = 0', retry: 'body.ma = 98', errorCode: 'body.ma', errorMessage: 'body.loi' };

    expect(await codeOf(() => tiny(rule, { ma: 98, loi: 'bận' }).client.run('submit', {}))).to.equal(
      'CONNECTOR_REMOTE_FAULT',
    );
    expect(await codeOf(() => tiny(rule, { ma: 7, loi: 'sai' }).client.run('submit', {}))).to.equal(
      'CONNECTOR_REFUSED',
    );
    expect(await codeOf(() => tiny({}, 'xin chào').client.run('submit', {}))).to.equal(
      'CONNECTOR_BAD_ANSWER',
    );
    expect(await codeOf(() => tiny({}, '', 503).client.run('submit', {}))).to.equal('CONNECTOR_REMOTE_FAULT');
    expect(await codeOf(() => tiny({}).client.run('other', {}))).to.equal('CONNECTOR_REFUSED');
  });
});
