import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { ExchangeError } from '../../../src/gateway/exchange/index.ts';
import { keepUnreadable } from '../../../src/gateway/exchange/loops/unreadable.ts';
import { listCounterparties } from '../../../src/gateway/store/index.ts';
import {
  AGENCIES,
  firstOf,
  loadsAnew,
  openWindow,
  ready,
  signInAs,
  startBrowser,
  startTestGateway,
  type TestGateway,
} from './support.ts';

/** Where a look at the pages is kept, when somebody wants one. */
const PICTURES = process.env['LIENTHONG_TEST_PICTURES'] ?? '';

describe('console: operations and time limits', () => {
  let gateway: TestGateway;
  let browser: Browser;
  let operator: string;
  let clerk: string;

  before(async function () {
    browser = await startBrowser(this);
    gateway = await startTestGateway();
    operator = await gateway.token(AGENCIES.stranger.code, 'operator');
    clerk = await gateway.token(AGENCIES.sender.code, 'clerk');
  });
  after(async () => {
    await browser?.close();
    await gateway?.close();
  });

  async function park(subject: string, reasonCode: string, reason: string): Promise<string> {
    const { id, deliveries } = await gateway.send({ to: [AGENCIES.ministry.code], subject });
    await gateway.move(
      firstOf(deliveries),
      { state: 'parked', attempts: 4, reason_code: reasonCode, reason },
      { type: 'parked', actor: 'gateway', data: { code: reasonCode, reason } },
    );
    return id;
  }

  async function look(page: Page, name: string): Promise<void> {
    if (PICTURES === '') return;
    await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.screenshot({ path: `${PICTURES}/${name}-phone.png`, fullPage: true });
  }

  it('shows what stopped by reason with what to do, and lets one group go on', async () => {
    await park('Gửi bộ lần một', 'CONNECTOR_TIMEOUT', 'Hệ thống bên ngoài không trả lời kịp thời hạn');
    await park('Gửi bộ lần hai', 'CONNECTOR_TIMEOUT', 'Hệ thống bên ngoài không trả lời kịp thời hạn');
    const locked = await park(
      'Gửi cơ quan bị khoá',
      'CONNECTOR_RECIPIENT_LOCKED',
      'Đơn vị nhận đang bị khoá',
    );
    const { page, context, faults } = await openWindow(browser);
    await signInAs(page, gateway, operator);
    await loadsAnew(page, () => page.getByRole('link', { name: 'Vận hành' }).click());
    await ready(page);
    const groups = await page.locator('[data-live=parked] h3').allTextContents();
    const text = await page.locator('[data-live=parked]').innerText();
    await look(page, 'van-hanh');

    await page.getByRole('button', { name: 'Gửi lại cả 2 lượt' }).click();
    await page.locator('[data-live=parked] > li').nth(1).waitFor({ state: 'detached' });

    expect(groups[0]).to.include('2 lượt gửi').and.include('CONNECTOR_TIMEOUT');
    expect(text).to.include('kiểm tra mã cơ quan trong danh mục');
    const left = await page.locator('[data-live=parked]').innerText();
    expect(left).to.include('CONNECTOR_RECIPIENT_LOCKED').and.not.include('CONNECTOR_TIMEOUT');
    expect(await page.locator(`[data-live=parked] a[href="/goi-tin/${locked}"]`).count()).to.equal(1);
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('pauses a counterparty with a reason, and opens it again', async () => {
    const { page, context, faults } = await openWindow(browser);
    await signInAs(page, gateway, operator);
    await page.goto(`${gateway.url}/van-hanh`);
    await ready(page);

    await page.getByText('Tạm dừng', { exact: true }).click();
    await page.getByLabel('Lý do (mọi người đều thấy)').fill('Nâng cấp trục');
    await page.getByRole('button', { name: 'Tạm dừng gửi' }).click();
    await page.getByRole('button', { name: 'Mở lại' }).waitFor();
    const shown = await page.locator('[data-live=counterparties]').innerText();
    const [paused] = await listCounterparties(gateway.store.read);
    await page.getByRole('button', { name: 'Mở lại' }).click();
    await page.getByText('Đang gửi', { exact: true }).waitFor();

    expect(shown).to.include('Nâng cấp trục');
    expect(paused).to.include({ system: 'vxp', mode: 'maintenance', mode_actor: AGENCIES.stranger.code });
    expect((await listCounterparties(gateway.store.read))[0]).to.include({ mode: 'open' });
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('ticks off arrivals that go to nobody, one and many, with a word of what was done, and takes one up again', async () => {
    const fault = { code: 'N.MessageHeader.To', vi: 'Thiếu bên nhận', en: 'No recipient' };
    for (const remoteId of ['a-1', 'a-2', 'a-3']) {
      const cause = new ExchangeError(
        'PACKAGE_INVALID',
        { vi: 'Thiếu bên nhận', en: 'No recipient' },
        { faults: [fault] },
      );
      await keepUnreadable(
        gateway.x,
        { system: 'vxp', remoteId, inboxKey: remoteId },
        Buffer.from(remoteId),
        cause,
      );
    }
    const { page, context, faults } = await openWindow(browser);
    await signInAs(page, gateway, operator);
    await page.goto(`${gateway.url}/van-hanh`);
    await ready(page);
    const group = page.locator('[data-live=arrivals] > li');
    const shown = await group.innerText();
    await look(page, 'goi-tin-den');

    await loadsAnew(page, () => group.getByRole('link', { name: 'a-1' }).click());
    await ready(page);
    await page.getByText('Đánh dấu đã xử lý', { exact: true }).first().click();
    await page.getByLabel('Đã làm gì').fill('Đã đề nghị gửi lại');
    const from = await page.locator('.fact', { hasText: 'Cơ quan gửi' }).innerText();
    await look(page, 'goi-tin-den-mot');
    await page.getByRole('button', { name: 'Đánh dấu đã xử lý' }).click();
    await page.getByText('Đã đánh dấu xử lý xong').waitFor();
    const told = await page.locator('[data-type=arrival-settled]').innerText();
    await page.goto(`${gateway.url}/van-hanh`);
    await ready(page);
    const left = await group.innerText();
    await group.getByText('Đánh dấu đã xử lý', { exact: true }).click();
    await group.getByLabel('Đã làm gì').fill('Trục gửi lại cả hai');
    await group.getByRole('button', { name: 'Đánh dấu đã xử lý cả 2 gói' }).click();
    await page.locator('[data-live=arrivals-count]').getByText('0', { exact: true }).waitFor();

    expect(shown).to.include('3 gói tin').and.include('PACKAGE_INVALID').and.include('đề nghị gửi lại');
    expect(from).to.include('Trục liên thông văn bản quốc gia');
    expect(told).to.include('Đã đề nghị gửi lại');
    expect(left).to.include('2 gói tin').and.not.include('a-1');
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('is not there for clerks', async () => {
    const { page, context } = await openWindow(browser);
    await signInAs(page, gateway, clerk);

    const answer = await page.goto(`${gateway.url}/van-hanh`);

    expect(answer?.status()).to.equal(404);
    expect(await page.getByRole('link', { name: 'Vận hành' }).count()).to.equal(0);
    await context.close();
  });

  it('tells a clerk what is about to be late, and why it is still here', async () => {
    const before = gateway.now;
    await gateway.send({ to: [AGENCIES.ministry.code], subject: 'Công điện hoả tốc còn ở đây', priority: 3 });
    await gateway.send({ to: [AGENCIES.ministry.code], subject: 'Công văn thường còn thời gian' });
    gateway.now += 31 * 60_000;
    const { page, context, faults } = await openWindow(browser);

    await signInAs(page, gateway, clerk);
    await loadsAnew(page, () => page.locator('a.count[href="/han-gui"]').click());
    await page.getByRole('heading', { name: 'Hạn gửi văn bản' }).waitFor();
    const shown = await page.locator('.rows').innerText();
    await look(page, 'han-gui');
    gateway.now = before;

    expect(shown).to.include('Công điện hoả tốc còn ở đây').and.include('Đã trễ hạn gửi');
    expect(shown).to.not.include('Công văn thường còn thời gian');
    expect(faults).to.deep.equal([]);
    await context.close();
  });
});
