import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import {
  AGENCIES,
  firstOf,
  loadsAnew,
  openWindow,
  ready,
  signedPdf,
  signInAs,
  startBrowser,
  startTestGateway,
  type TestGateway,
} from './support.ts';

/** Wider than the window means that a reader has to push the page about. */
function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
}

/** WCAG 2.2 §1.4.3: texts whose colour is closer to their ground than 4.5 to 1. */
const WEAK_TEXTS = `(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const groundOf = (node) => { for (let at = node; at; at = at.parentElement) { const c = rgb(getComputedStyle(at).backgroundColor); if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (walker.currentNode.textContent.trim() === '' || node.getClientRects().length === 0 || /^(SCRIPT|NOSCRIPT|OPTION)$/.test(node.tagName)) continue;
    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(groundOf(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) weak.push(walker.currentNode.textContent.trim().slice(0, 40) + ' ' + ratio.toFixed(2));
  }
  return weak;
})()`;

/** Controls that a finger may miss: less than 44 pixels high (WCAG 2.2 §2.5.5). Boxes stand in labels or lists of their own height. */
const SMALL_CONTROLS = `[...document.querySelectorAll('a[href], button, summary, select, input:not([type=hidden], [type=checkbox], [type=file])')]
  .filter((node) => node.getClientRects().length > 0 && node.closest('.skip, .scroll') === null && node.getBoundingClientRect().height < 44)
  .map((node) => node.outerHTML.slice(0, 80) + ' ' + node.getBoundingClientRect().height)`;

describe('console for every reader', () => {
  let gateway: TestGateway;
  let browser: Browser;
  let clerk: string;

  before(async function () {
    browser = await startBrowser(this);
    gateway = await startTestGateway({}, { signing: true });
    clerk = await gateway.token(AGENCIES.sender.code, 'clerk');
  });
  after(async () => {
    await browser?.close();
    await gateway?.close();
  });

  it('never scrolls sideways on a phone 360 pixels wide', async () => {
    const long = 'Rất'.repeat(60);
    const { id } = await gateway.send(
      { subject: `${long}${long} dài`, to: [AGENCIES.recipient.code, AGENCIES.ministry.code] },
      [{ name: `${long}.pdf`, bytes: await signedPdf(gateway, 'leader') }],
    );
    const { page, context } = await openWindow(browser, { width: 360, height: 740 });
    await page.goto(`${gateway.url}/`);
    await ready(page);
    expect(await overflow(page), 'visitor').to.equal(0);
    await page.locator('#verify-file').setInputFiles({
      name: `${long}.pdf`,
      mimeType: 'application/pdf',
      buffer: Buffer.from(await signedPdf(gateway, 'agency')),
    });
    await page.locator('.report details').first().click();
    expect(await overflow(page), 'report').to.equal(0);
    await signInAs(page, gateway, clerk);

    for (const path of ['/', `/goi-tin/${id}`, '/hop-den?xem=tat-ca', '/ho-so', '/kiem-tra']) {
      await page.goto(`${gateway.url}${path}`);
      for (const details of await page.locator('details').all())
        await details.evaluate((node) => node.setAttribute('open', ''));
      expect(await overflow(page), path).to.equal(0);
    }
    await context.close();
  });

  it('has nothing too small for a finger', async () => {
    const { id } = await gateway.send({ to: [AGENCIES.recipient.code] }, [
      { name: 'a.pdf', bytes: await signedPdf(gateway, 'leader') },
    ]);
    const { page, context } = await openWindow(browser, { width: 390, height: 844, touch: true });
    await page.goto(`${gateway.url}/`);
    expect(await page.evaluate(SMALL_CONTROLS), 'visitor').to.deep.equal([]);
    await signInAs(page, gateway, clerk);

    for (const path of [
      '/',
      `/goi-tin/${id}`,
      '/hop-den?xem=tat-ca',
      '/ho-so',
      '/quet',
      '/ky-so',
      '/khong-co',
    ]) {
      await page.goto(`${gateway.url}${path}`);
      expect(await page.evaluate(SMALL_CONTROLS), path).to.deep.equal([]);
    }
    await context.close();
  });

  it('has a header of two rows on a phone, with the present place in sight', async () => {
    const { page, context } = await openWindow(browser, { width: 360, height: 740 });
    await signInAs(page, gateway, clerk);
    await page.goto(`${gateway.url}/kiem-tra`);
    await ready(page);

    const header = await page.locator('header.top').boundingBox();
    const current = await page.locator('.tabs [aria-current]').boundingBox();
    expect(header?.height).to.be.below(112);
    expect((current?.x ?? 0) + (current?.width ?? 999)).to.be.at.most(360);
    expect(await overflow(page)).to.equal(0);
    expect(await page.getByText(AGENCIES.sender.name).first().isVisible()).to.equal(true);
    await context.close();
  });

  it('is used from sign-in to a package’s timeline with the keyboard alone', async () => {
    const { id } = await gateway.send({ subject: 'Mở bằng bàn phím' });
    const { page, context } = await openWindow(browser);
    const focused = (): Promise<string> =>
      page.evaluate(
        '(document.activeElement.getAttribute("href") ?? document.activeElement.id) || document.activeElement.tagName',
      );
    async function tabTo(target: string): Promise<void> {
      for (let i = 0; i < 60; i += 1) {
        if ((await focused()) === target) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`Tab never came to ${target}`);
    }
    await page.goto(`${gateway.url}/`);
    await ready(page);

    await page.keyboard.press('Tab');
    expect(await focused()).to.equal('#main');
    await tabTo('verify-file');
    await tabTo('token');
    await page.keyboard.insertText(clerk);
    await loadsAnew(page, () => page.keyboard.press('Enter'));
    await page.getByRole('button', { name: 'Thoát' }).waitFor();
    await tabTo(`/goi-tin/${id}`);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Diễn biến' }).waitFor();

    expect(await page.locator('.lead').textContent()).to.equal('Mở bằng bàn phím');
    await context.close();
  });

  it('can be read, signed in to and filtered with scripts switched off', async () => {
    const { id } = await gateway.send({ subject: 'Đọc không cần script' });
    const { page, context } = await openWindow(browser, { javaScript: false });

    await signInAs(page, gateway, clerk);
    await page.getByLabel('Chiều').selectOption('sent');
    await loadsAnew(page, () => page.getByRole('button', { name: 'Lọc' }).click());
    const chosen = await page.getByLabel('Chiều').inputValue();
    await loadsAnew(page, () => page.getByRole('link', { name: 'Đọc không cần script' }).click());

    expect(chosen).to.equal('sent');
    expect(page.url()).to.equal(`${gateway.url}/goi-tin/${id}`);
    expect(await page.locator('[data-type=available]').textContent()).to.include(AGENCIES.recipient.name);
    await loadsAnew(page, () => page.getByRole('button', { name: 'Thoát' }).click());
    expect(await page.getByLabel('Mã truy cập').count()).to.equal(1);
    await context.close();
  });

  it('is the same in English, switched with one link and kept', async () => {
    const { page, context } = await openWindow(browser);
    await signInAs(page, gateway, clerk);

    await loadsAnew(page, () => page.getByRole('link', { name: 'English' }).click());
    await page.getByRole('heading', { name: 'Packages' }).waitFor();
    await page.goto(`${gateway.url}/hop-den`);

    expect(await page.locator('html').getAttribute('lang')).to.equal('en');
    expect(await page.getByRole('navigation').textContent()).to.equal(
      'PackagesInboxSigningDossiersScansCheck signatures',
    );
    await context.close();
  });

  it('returns to the sign-in page by itself when the session is over', async () => {
    const { page, context } = await openWindow(browser);
    await signInAs(page, gateway, clerk);
    await page.goto(`${gateway.url}/hop-den`);
    await ready(page);

    await gateway.store.write((tx) => tx.deleteFrom('sessions').execute());

    await page.getByText('Hãy đăng nhập để xem trang này.').waitFor();
    await context.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has a contrast of at least 4.5 to 1 for every text, in ${colorScheme} colours`, async () => {
      const { id, deliveries } = await gateway.send(
        { priority: 1, to: [AGENCIES.recipient.code, AGENCIES.ministry.code] },
        [{ name: 'a.pdf', bytes: await signedPdf(gateway, 'revoked') }],
      );
      await gateway.move(
        firstOf(deliveries.slice(1)),
        { state: 'parked', reason_code: 'X', reason: 'Dừng.' },
        { type: 'parked', actor: 'gateway', data: { reason: 'Dừng.' } },
      );
      const { page, context } = await openWindow(browser);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await signInAs(page, gateway, clerk);

      for (const path of ['/', `/goi-tin/${id}`, '/hop-den?xem=tat-ca', '/kiem-tra']) {
        await page.goto(`${gateway.url}${path}`);
        for (const details of await page.locator('details').all())
          await details.evaluate((node) => node.setAttribute('open', ''));
        expect(await page.evaluate(WEAK_TEXTS), path).to.deep.equal([]);
      }
      await context.close();
    });
  }
});
