import { expect } from 'chai';
import { ExchangeError } from '../../../src/gateway/exchange/index.ts';
import { keepUnreadable } from '../../../src/gateway/exchange/loops/unreadable.ts';
import { until } from '../../support/until.ts';
import type { Api } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { type CliHost, startCliHost } from '../support/cli.ts';
import { AGENCY, letter, wire } from '../support/messages.ts';

describe('exchange: ticking off arrivals that go to nobody', () => {
  let bare: BareGateway;
  let host: CliHost;
  let operator: Api;
  let clerk: Api;
  let running = 0;

  before(async () => {
    host = startCliHost();
    bare = await startBareGateway();
    operator = await bare.as(AGENCY.district, 'operator');
    clerk = await bare.as(AGENCY.district);
  });
  after(async () => {
    await host.close();
    await bare.close();
  });

  /** @returns its package. */
  async function arrive(system: string, code: 'PACKAGE_INVALID' | 'RECIPIENT_UNKNOWN'): Promise<string> {
    running += 1;
    const remoteId = `den-${running}`;
    const fault = { code: 'N.MessageHeader.To', vi: 'Thiếu bên nhận', en: 'No recipient' };
    const cause = new ExchangeError(code, { vi: 'Thiếu bên nhận', en: 'No recipient' }, { faults: [fault] });
    await keepUnreadable(
      bare.gateway.deps.x,
      { system, remoteId, inboxKey: remoteId },
      Buffer.from(remoteId),
      cause,
    );
    const { sample } = (await operator.get(`/api/v1/arrivals?system=${system}&reasonCode=${code}`)).json;
    return sample.find((one: { remoteId: string }) => one.remoteId === remoteId).packageId;
  }

  it('shows them by system and reason with what to do, to operators and auditors only', async () => {
    await arrive('truc-a', 'PACKAGE_INVALID');
    await arrive('truc-a', 'RECIPIENT_UNKNOWN');
    await arrive('truc-a', 'RECIPIENT_UNKNOWN');
    const auditor = await bare.as(AGENCY.district, 'auditor');

    const shown = await auditor.get('/api/v1/arrivals?system=truc-a');
    const toClerk = await clerk.get('/api/v1/arrivals');
    const byAuditor = await auditor.postJson('/api/v1/arrivals/settle', { asOf: shown.json.asOf, note: 'x' });

    expect(shown.json).to.include({ count: 3, isCapped: false });
    const [most] = shown.json.groups;
    expect(most).to.include({ system: 'truc-a', reasonCode: 'RECIPIENT_UNKNOWN', count: 2 });
    expect(most.action.vi).to.include('danh mục');
    expect([toClerk.status, byAuditor.status]).to.deep.equal([403, 403]);
  });

  it('ticks one off with who and why, once; keeps its bytes; and takes it up again', async () => {
    const id = await arrive('truc-b', 'PACKAGE_INVALID');
    const settle = (note: string) => operator.postJson(`/api/v1/arrivals/${id}/settle`, { note });

    const [empty, first, again] = [
      await settle('  '),
      await settle('Đã đề nghị gửi lại'),
      await settle('khác'),
    ];
    const seen = await operator.package(id);
    const open = await operator.get('/api/v1/arrivals?system=truc-b');
    const content = await operator.get(`/api/v1/packages/${id}/content`);
    const reopened = await operator.postJson(`/api/v1/arrivals/${id}/reopen`, { note: 'Chưa gửi lại' });
    const events = (await operator.events(id)).filter(({ type }) => type.startsWith('arrival-'));
    const { chainIntact } = (await operator.get(`/api/v1/packages/${id}/timeline`)).json;

    expect([empty.status, first.status, again.status]).to.deep.equal([400, 200, 200]);
    expect(first.json).to.deep.equal({ packageId: id, state: 'done' });
    expect([seen.state, open.json.count, content.text]).to.deep.equal(['done', 0, `den-${running}`]);
    expect(reopened.json.state).to.equal('attention');
    expect(events.map(({ type, actor, data }) => [type, actor, data['reason']])).to.deep.equal([
      ['arrival-settled', AGENCY.district.code, 'Đã đề nghị gửi lại'],
      ['arrival-reopened', AGENCY.district.code, 'Chưa gửi lại'],
    ]);
    expect(events[0]?.data['token']).to.match(/^tok_/);
    expect(chainIntact).to.equal(true);
  });

  it('ticks many off, and nothing that came after the preview, nor another reason, nor a document', async () => {
    const { packageId } = (await clerk.postXml(await wire(letter([AGENCY.commune.code])))).json;
    await arrive('truc-c', 'PACKAGE_INVALID');
    await arrive('truc-c', 'PACKAGE_INVALID');
    const other = await arrive('truc-c', 'RECIPIENT_UNKNOWN');
    const { asOf } = (await operator.get('/api/v1/arrivals?system=truc-c&reasonCode=PACKAGE_INVALID')).json;
    await until(() => Date.now() > Date.parse(asOf));
    const late = await arrive('truc-c', 'PACKAGE_INVALID');

    const chosen = { system: 'truc-c', reasonCode: 'PACKAGE_INVALID' };
    const done = await operator.postJson('/api/v1/arrivals/settle', { ...chosen, asOf, note: 'Đã gửi lại' });
    const left = (await operator.get('/api/v1/arrivals?system=truc-c')).json;
    const document = await operator.postJson(`/api/v1/arrivals/${packageId}/settle`, { note: 'x' });
    const nothing = await operator.postJson('/api/v1/arrivals/pkg_khong_co/settle', { note: 'x' });

    expect(done.json).to.deep.equal({ settled: 2 });
    expect(left.sample.map((one: { packageId: string }) => one.packageId)).to.have.members([other, late]);
    expect([document.status, nothing.status]).to.deep.equal([404, 404]);
  });

  it('does the same at the command line, beside the running server', async () => {
    const [one, two] = [await arrive('truc-d', 'PACKAGE_INVALID'), await arrive('truc-d', 'PACKAGE_INVALID')];
    const run = (...args: string[]) => host.run(['arrivals', ...args, '--data', bare.dataDir, '--json']);

    const shown = await run('--system', 'truc-d');
    const silent = await run(one, '--settle');
    const settled = await run(one, '--settle', '--note', 'Đã xử lý');
    const twice = await run(one, '--settle', '--note', 'Đã xử lý');
    const all = await run('--system', 'truc-d', '--settle', '--note', 'Đã xử lý nốt');
    const why = await host.run(['why', two, '--data', bare.dataDir, '--json']);

    expect(shown.json()).to.include({ count: 2, settled: null });
    expect([silent.code, settled.code, twice.code, all.code]).to.deep.equal([64, 0, 1, 0]);
    expect(all.json().settled).to.equal(1);
    expect(why.json()).to.include({ state: 'done' });
    expect(why.json().lastEvent.type).to.equal('arrival-settled');
  });
});
