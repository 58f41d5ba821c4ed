/** Every cause a document waits or stops for: it has words and an act in both languages, wherever people meet it. */
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { CONNECTOR_ERRORS } from '../../../src/connectors/index.ts';
import { createToken } from '../../../src/gateway/access/index.ts';
import type { Arrival, Counterparty } from '../../../src/gateway/exchange/index.ts';
import {
  ARRIVAL_REASONS,
  actionFor,
  DELIVERY_REASONS,
  REASON_CODES,
  reasonOf,
} from '../../../src/gateway/exchange/index.ts';
import { pollArrivals } from '../../../src/gateway/exchange/loops/poll.ts';
import { listDeliveries, updateDelivery } from '../../../src/gateway/store/index.ts';
import { type Api, acceptedId } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { type CliHost, startCliHost } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY, letter, wire } from '../support/messages.ts';

const VIETNAMESE = /[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]/i;
const DELIVERY_CODES = [...Object.keys(DELIVERY_REASONS), ...Object.keys(CONNECTOR_ERRORS)];

describe('exchange: causes in the words of a clerk', () => {
  let bare: BareGateway;
  let district: Api;
  let operator: Api;
  let cli: CliHost;
  before(async () => {
    bare = await startBareGateway({ centreCode: AGENCY.centre });
    district = await bare.as(AGENCY.district);
    operator = await bare.as(AGENCY.district, 'operator');
    cli = startCliHost();
  });
  after(async () => {
    await cli.close();
    await bare.close();
  });

  const page = async (api: Api, path: string, lang: 'vi' | 'en'): Promise<string> => {
    const { status, text } = await api.call('GET', path, { headers: { cookie: `lienthong_lang=${lang}` } });
    expect(status, text.slice(0, 300)).to.equal(200);
    return text;
  };
  const escaped = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');

  it('has a sentence and an act for each, Vietnamese and English, none of them the answer to an unknown one', () => {
    const general = reasonOf('WHAT_NOBODY_KNOWS');
    for (const code of REASON_CODES) {
      const { vi, en, act } = reasonOf(code);
      for (const text of [vi, act.vi]) expect(text, code).to.match(VIETNAMESE).and.match(/\.$/);
      for (const text of [en, act.en])
        expect(text, code)
          .to.match(/^[A-Z].*[a-z].*\.$/)
          .and.not.match(VIETNAMESE);
      if (code !== 'GATEWAY_FAULT') expect(vi, code).not.to.equal(general.vi);
    }
    expect(new Set(REASON_CODES).size).to.equal(REASON_CODES.length);
    expect(REASON_CODES).to.have.length.greaterThan(25);
  });

  it('tells each cause of a stopped delivery on its page, by the API and by the operator’s pages', async () => {
    const { store } = bare.gateway.deps.x;
    const id = acceptedId(await district.postXml(await wire(letter([AGENCY.commune.code]))));
    await eventually(
      () => district.package(id),
      ({ deliveries }) => deliveries[0]?.state === 'available',
    );
    const [delivery] = await listDeliveries(store.read, id);
    if (delivery === undefined) expect.fail('no delivery');

    for (const code of DELIVERY_CODES) {
      const reason = { state: 'parked', reason_code: code, reason: `Lời riêng của ${code}` } as const;
      await store.write((tx) => updateDelivery(tx, delivery.id, { ...reason, updated_at: Date.now() }));
      const { vi, en, act } = reasonOf(code);

      const vietnamese = await page(district, `/goi-tin/${id}`, 'vi');
      const english = await page(district, `/goi-tin/${id}`, 'en');
      const operations = await page(operator, '/van-hanh', 'vi');
      const { json } = await district.get(`/api/v1/packages/${id}`);

      expect(vietnamese, code).to.contain(escaped(act.vi)).and.contain(`Lời riêng của ${code}`);
      expect(english, code).to.contain(escaped(en)).and.contain(escaped(act.en));
      expect(operations, code).to.contain(escaped(vi)).and.contain(escaped(act.vi));
      expect(json.deliveries[0].reason).to.deep.equal({ code, text: reason.reason, action: actionFor(code) });
    }
  });

  async function arrive(remoteId: string, content: Buffer): Promise<void> {
    let isOpen = true;
    const axis: Counterparty = {
      system: 'vxp',
      deliver: () => Promise.reject(new Error('not asked for')),
      async *arrivals(): AsyncGenerator<Arrival> {
        if (isOpen) yield { remoteId, messageType: 'edoc', open: async () => Readable.from([content]) };
      },
      async acknowledge(_arrival, outcome) {
        expect(outcome).to.equal('fail');
        isOpen = false;
      },
    };
    const { x } = bare.gateway.deps;
    // As a gateway that has this axis takes what it brings.
    await pollArrivals(
      { ...x, counterparties: new Map([['vxp', axis]]) },
      axis,
      new AbortController().signal,
    );
  }

  const outside = { from: { organId: AGENCY.ministry.code, organName: AGENCY.ministry.name } };
  const hops = (...codes: string[]) =>
    codes.map((organId) => ({ organId, timestamp: '2026-11-20T08:00:00+07:00' }));
  const CASES: readonly [code: keyof typeof ARRIVAL_REASONS, content: () => Promise<Buffer>][] = [
    ['PACKAGE_INVALID', async () => Buffer.from('<edXML><hỏng')],
    [
      'RECIPIENT_UNKNOWN',
      () => wire(letter(['000.00.77.H99'], { ...outside, traceHeaders: hops(AGENCY.ministry.code) })),
    ],
    [
      'HUB_LOOP',
      () =>
        wire(
          letter([AGENCY.commune.code], {
            ...outside,
            traceHeaders: hops(AGENCY.ministry.code, AGENCY.centre),
          }),
        ),
    ],
  ];

  for (const [code, content] of CASES) {
    it(`tells an operator why an arrival goes to nobody, and what to do: ${code}`, async () => {
      const { store } = bare.gateway.deps.x;
      await arrive(`den-${code}`, await content());
      const kept = await store.read
        .selectFrom('packages')
        .select('id')
        .where('document_id', '=', `den-${code}`)
        .executeTakeFirstOrThrow();
      const { vi, en, act } = ARRIVAL_REASONS[code];

      const vietnamese = await page(operator, `/goi-tin/${kept.id}`, 'vi');
      const english = await page(operator, `/goi-tin/${kept.id}`, 'en');
      const list = await page(operator, '/', 'vi');
      const listed = await page(operator, '/?trang-thai=attention&loai=unreadable', 'vi');
      const { stdout } = await cli.run(['why', kept.id, '--data', bare.dataDir]);

      expect(vietnamese).to.contain(escaped(vi)).and.contain(escaped(act.vi)).and.contain(code);
      expect(english).to.contain(escaped(en)).and.contain(escaped(act.en));
      expect(list).to.contain('gói tin đến không chuyển được');
      expect(listed).to.contain(kept.id);
      expect(stdout).to.contain(vi).and.contain(act.vi).and.contain(act.en);
    });
  }

  it('hides arrivals that go to nobody from those who run nothing', async () => {
    const { token } = await createToken(bare.gateway.deps.x.store, AGENCY.commune.code, 'clerk', Date.now());
    const answer = await fetch(`${bare.gateway.url}/`, { headers: { authorization: `Bearer ${token}` } });

    expect(await answer.text()).not.to.contain('gói tin đến không chuyển được');
  });
});
