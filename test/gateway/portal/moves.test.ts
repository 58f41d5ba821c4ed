import { expect } from 'chai';
import type { NationalPortal } from '../../../src/connectors/index.ts';
import { PORTAL_SYSTEM } from '../../../src/gateway/exchange/dossier/body.ts';
import { type Api, acceptedId } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { submitDossier } from '../support/dossier.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY } from '../support/messages.ts';
import { settingsFor, startPortal } from './support.ts';

describe('what is done to dossiers at the portal', () => {
  let portal: NationalPortal;
  let bare: BareGateway;
  let commune: Api;
  before(async () => {
    portal = await startPortal();
    bare = await startBareGateway({
      ...settingsFor(portal),
      portalLookSeconds: 0.05,
      pollSeconds: 0.05,
      retryRungsSeconds: '1',
      breakerSeconds: 1,
    });
    commune = await bare.as(AGENCY.commune);
  });
  after(async () => {
    await bare.close();
    await portal.close();
  });

  const at = (code: string) => commune.get(`/api/v1/dossiers/${code}`).then((answer) => answer.json);
  const until = (code: string, done: (seen: { state: number; portal: { state: string } }) => boolean) =>
    eventually(() => at(code), done);
  const say = async (path: string, body: unknown): Promise<void> => {
    const answer = await fetch(`${portal.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.ok, await answer.text()).to.equal(true);
  };
  const misbehave = (mode: string) => say('/__sim/behaviour', { mode, path: '/integration' });
  const held = (code: string) => portal.holdings().find((holding) => holding.row.MaHoSo === code);
  const post = async (code: string, name: string, body: unknown) =>
    acceptedId(await commune.postJson(`/api/v1/dossiers/${code}/${name}`, body));
  const portalEvents = async (code: string) =>
    (await commune.events((await at(code)).packageId)).filter((event) => event.type === 'portal-state');
  const newsOf = async (code: string) =>
    (await commune.get('/api/v1/dossier-news?limit=1000')).json.items.filter(
      (item: { dossierCode: string }) => item.dossierCode === code,
    );
  /** One that the portal has. */
  async function onPortal(more = {}): Promise<string> {
    const { code } = await submitDossier(commune, more);
    await until(code, (seen) => seen.portal.state === '2');
    return code;
  }
  /** Two more whole looks at everything, told by a dossier that is handed in afterwards and comes back moved. */
  async function afterAnotherLook(): Promise<void> {
    for (const _ of [1, 2]) {
      const code = await onPortal();
      await say(`/tell/${code}`, { state: '4' });
      await until(code, (seen) => seen.state === 4);
    }
  }

  it('brings a withdrawal into the timeline once, whatever is looked at afterwards', async () => {
    const code = await onPortal();

    await say(`/tell/${code}`, { state: '7', content: 'Tôi xin rút hồ sơ' });
    await until(code, (seen) => seen.state === 7);
    await afterAnotherLook();

    expect(await portalEvents(code)).to.have.length(1);
    const told = (await commune.get(`/api/v1/dossiers/${code}/progress`)).json.items;
    expect(told).to.have.length(1);
    expect(told[0].body.steps[0]).to.include({ handler: 'Công dân', content: 'Tôi xin rút hồ sơ', state: 7 });
    // What the portal said is not told back to it.
    expect(held(code)?.steps).to.have.length(1);
    expect((await newsOf(code)).map((item: { type: string }) => item.type)).to.deep.equal([
      'dossier.accepted',
      'dossier.progress',
    ]);
  });

  it('takes nothing for a move of the portal that it saw before our own step was told', async () => {
    const code = await onPortal();
    await post(code, 'progress', { state: 4, handler: 'Cán bộ', content: 'Đang xử lý' });
    await until(code, (seen) => seen.portal.state === '4');
    await post(code, 'fees', { fees: [{ code: 'LP', name: 'Lệ phí', collectedAt: 1, amountVnd: 9_000 }] });
    await until(code, (seen) => seen.portal.state === '6');
    const counterparty = bare.gateway.deps.x.counterparties.get(PORTAL_SYSTEM);
    const lookAt = counterparty?.lookAt?.bind(counterparty);
    if (counterparty === undefined || lookAt === undefined) throw new TypeError('no portal is looked at');
    let isLate = false;
    const slow: typeof lookAt = async (asked) => {
      const seen = await lookAt(asked);
      if (asked === code && !isLate) {
        isLate = true;
        const paid = { amountVnd: 9_000, paidAt: '2026-11-20T10:00:00+07:00', outcome: 1 };
        await post(code, 'payments', { reference: 'P-8', ...paid });
        await until(code, (now) => now.portal.state === '4');
      }
      return seen;
    };

    Object.assign(counterparty, { lookAt: slow });
    await eventually(
      () => Promise.resolve(isLate),
      (late) => late,
    );
    await afterAnotherLook();
    Object.assign(counterparty, { lookAt });

    expect((await at(code)).state).to.equal(4);
    expect(await portalEvents(code)).to.deep.equal([]);
  });

  it('takes a payment and papers handed in there, and tells the portal nothing twice', async () => {
    const code = await onPortal();
    await post(code, 'supplements', { requestId: 'BS-1', requestedBy: 'Cán bộ', content: 'Bổ sung ảnh' });
    await until(code, (seen) => seen.portal.state === '5');

    await say(`/tell/${code}`, { supplement: { id: '1', papers: ['Ảnh 4x6'] } });
    await until(code, (seen) => seen.state === 4);
    await until(code, (seen) => seen.portal.state === '4');
    await post(code, 'fees', { fees: [{ code: 'LP', name: 'Lệ phí', collectedAt: 1, amountVnd: 90_000 }] });
    await until(code, (seen) => seen.portal.state === '6');
    await say(`/tell/${code}`, { payment: { reference: 'TT-9', amountVnd: 90_000 } });
    await until(code, (seen) => seen.state === 4);
    await afterAnotherLook();

    const seen = await at(code);
    expect(seen.fees).to.deep.equal({ askedVnd: 90_000, paidVnd: 90_000 });
    const supplements = (await commune.get(`/api/v1/dossiers/${code}/supplements`)).json.items;
    expect(supplements.map((item: { body: { completed: boolean } }) => item.body.completed)).to.deep.equal([
      false,
      true,
    ]);
    expect((await commune.get(`/api/v1/dossiers/${code}/payments`)).json.items).to.have.length(1);
  });

  it('lets the table decide between two systems, and tells the portal why it lost', async () => {
    const code = await onPortal();
    await post(code, 'results', { papers: [{ name: 'Giấy chứng nhận' }] });
    await until(code, (seen) => seen.portal.state === '9');

    await say(`/tell/${code}`, { state: '5', by: 'Hệ thống khác', content: 'Cần bổ sung' });
    await eventually(
      () => held(code)?.steps.at(-1),
      (step) => step?.TrangThai === '9',
    );

    expect((await at(code)).state).to.equal(9);
    expect(held(code)?.steps.at(-1)?.NoiDungXuLy).to.contain('không được chuyển như vậy');
    const conflict = (await newsOf(code)).find((item: { type: string }) => item.type === 'dossier.conflict');
    expect(conflict.data.reason).to.contain('Đã xử lý xong');
    expect((await portalEvents(code))[0]?.data['refused']).to.be.a('string');
  });

  it('catches up after an outage in order, ours after theirs where ours is newer, the newest state last', async () => {
    const [first, second] = [await onPortal(), await onPortal()];
    await misbehave('error500');
    await post(first, 'progress', { state: 4, handler: 'Cán bộ', content: 'Đã chuyển phòng' });
    await post(first, 'progress', { state: 4, handler: 'Cán bộ', content: 'Đã thẩm định' });
    // A citizen's steps of that day, seen only when the portal is there again.
    for (const state of ['4', '7']) await say(`/tell/${second}`, { state, content: `bước ${state}` });
    const duringOutage = [(await at(first)).portal.state, (await at(second)).state];

    await misbehave('ok');
    await until(first, (seen) => seen.portal.state === '4');
    await until(second, (seen) => seen.state === 7);
    await eventually(
      () => held(first)?.steps.length,
      (count) => count === 2,
    );

    expect(duringOutage).to.deep.equal(['2', 2]);
    expect(held(first)?.steps.map((step) => step.NoiDungXuLy)).to.deep.equal([
      'Đã chuyển phòng',
      'Đã thẩm định',
    ]);
    const told = (await commune.get(`/api/v1/dossiers/${second}/progress`)).json.items;
    expect(
      told.map((item: { body: { steps: { content: string }[] } }) => item.body.steps[0]?.content),
    ).to.deep.equal(['bước 4', 'bước 7']);
  });

  it('puts questions about a dossier and their answers on it, each once', async () => {
    const code = await onPortal();
    await say('/ask', {
      id: 'CH-1',
      title: `Hồ sơ ${code}`,
      content: 'Bao giờ xong?',
      askedBy: 'Trần Thị Thử',
    });
    await say('/ask', { id: 'CH-2', title: 'Câu hỏi chung', content: 'Mấy giờ mở cửa?', askedBy: 'Ai đó' });

    const items = await eventually(
      async () => (await commune.get(`/api/v1/dossiers/${code}/questions`)).json.items,
      (list) => list.length > 0,
    );
    await afterAnotherLook();

    expect(items[0].body).to.include({ questionId: 'CH-1', content: '***' });
    expect((await commune.get(`/api/v1/dossiers/${code}/questions`)).json.items).to.have.length(1);
  });
});
