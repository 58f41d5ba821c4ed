import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { listOcrCorrections } from '../../../src/gateway/store/index.ts';
import { line, pageOf } from '../../ocr/support.ts';
import { keepScan, shown } from './kept-scan.ts';
import {
  AGENCIES,
  openWindow,
  signInAs,
  startBrowser,
  startTestGateway,
  type TestGateway,
} from './support.ts';

const PAGES = 300;

/** Page `n`: a number line, text, and one doubtful word on every tenth page. */
function readingOf(n: number) {
  const sure = line(`Trang ${n} của hồ sơ lưu trữ về đất đai, lập năm 1998 tại xã Mẫu`, 150, 700, 0.99);
  const doubtful = line(n % 10 === 1 ? 'Thửa đầt' : 'Thửa đất', 150, 760, n % 10 === 1 ? 0.6 : 0.99);
  const head = [
    line('SỞ NỘI VỤ', 200, 200, 0.99),
    line('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 850, 200, 0.99),
    line('Số: 1274/QĐ-SNV', 200, 300, 0.85),
  ];
  return pageOf(n === 1 ? [...head, sure, doubtful] : [sure, doubtful]);
}

/** A scan of 300 pages that was read, as the jobs leave it. */
async function keepScanOf(gateway: TestGateway, id: string): Promise<void> {
  const picture = await sharp(new Uint8Array(550 * 778 * 3).fill(245), {
    raw: { width: 550, height: 778, channels: 3 },
  })
    .composite([
      {
        input: Buffer.from(
          '<svg width="550" height="778"><text x="60" y="240" font-size="20">trang</text></svg>',
        ),
      },
    ])
    .jpeg()
    .toBuffer();
  const readings = Array.from({ length: PAGES }, (_, i) => readingOf(i + 1));
  await keepScan(gateway, id, { readings, picture, name: 'hộp 12 <b>.tif' });
}

describe('looking a scan over in a browser', () => {
  let gateway: TestGateway;
  let browser: Browser;
  let clerk: string;

  before(async function () {
    browser = await startBrowser(this);
    gateway = await startTestGateway();
    clerk = await gateway.token(AGENCIES.sender.code, 'clerk');
    await keepScanOf(gateway, 'ocr-1');
  });
  after(async () => {
    await browser?.close();
    await gateway?.close();
  });

  it('shows scan beside text, walks through doubtful words by keyboard, and keeps corrections', async () => {
    const { page, context, faults } = await openWindow(browser);
    await signInAs(page, gateway, clerk);
    await page.goto(`${gateway.url}/quet`);
    await page.getByRole('link', { name: /hộp 12 <b>\.tif/ }).click();
    await shown(page, 1);

    await page.locator('.scan-picture').click({ position: { x: 5, y: 5 } });
    const doubts = await page.locator('.scan-text .scan-word.doubtful').allTextContents();
    await page.locator('.scan-picture').focus();
    await page.keyboard.press('Tab');
    const next = await page.evaluate('document.activeElement.className');
    await page.keyboard.press('n');
    const first = await page.locator('.scan-text .selected').textContent();
    for (let i = 1; i < doubts.length; i += 1) await page.keyboard.press('n');
    await page.keyboard.press('Enter');
    await page.locator('.scan-edit').fill('đất');
    await page.keyboard.press('Enter');
    await shown(page, 11);

    const corrections = await listOcrCorrections(gateway.store.read, 'ocr-1');
    expect(doubts).to.deep.equal(['Số:', '1274/QĐ-SNV', 'Thửa', 'đầt']);
    expect(next, 'scrolled by keys').to.equal('scan-text');
    expect(first).to.equal('Số:');
    expect(corrections.map(({ page: n, was, value }) => [n, was, value])).to.deep.equal([[1, 'đầt', 'đất']]);
    expect(corrections[0]?.actor).to.match(/^[0-9a-z_]+$/);
    expect(await page.locator('.scan-text .selected').textContent()).to.equal('Thửa');
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('shows where on the paper a field stands, and keeps what a person writes into it', async () => {
    const { page, context } = await openWindow(browser);
    await signInAs(page, gateway, clerk);
    await page.goto(`${gateway.url}/quet/ocr-1`);
    await shown(page, 1);

    await page
      .getByLabel(/^Số(\s|$)/)
      .first()
      .focus();
    await page.locator('.scan-pointer:not([hidden])').waitFor();
    const pointer = await page.locator('.scan-pointer').boundingBox();
    const sheet = await page.locator('[data-sheet] img').boundingBox();
    await page.getByLabel(/^Trích yếu/).fill('Hồ sơ đất đai xã Mẫu');
    await page.getByLabel(/^Trích yếu/).blur();
    await page.getByText('Đã lưu: “Hồ sơ đất đai xã Mẫu”').waitFor();
    if (process.env['LIENTHONG_SCREENSHOTS'])
      await page.screenshot({ path: `${process.env['LIENTHONG_SCREENSHOTS']}/scan.png` });

    const share = ((pointer?.y ?? 0) - (sheet?.y ?? 0)) / (sheet?.height ?? 1);
    expect(share).to.be.closeTo(300 / 2339, 0.02);
    await page.reload();
    expect(await page.getByLabel(/^Trích yếu/).inputValue()).to.equal('Hồ sơ đất đai xã Mẫu');
    const long = 'Hồ sơ đất đai xã Mẫu lập năm 1998, thửa 12 tờ bản đồ 7';
    await page.getByLabel(/^Trích yếu/).fill(long);
    await page.getByLabel(/^Trích yếu/).blur();
    await page.getByText(`Đã lưu: “${long}”`).waitFor();
    await page.reload();
    await shown(page, 1);
    const box = page.getByLabel(/^Trích yếu/);
    const hidden = `(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)(document.getElementById('field-subject'))`;
    expect(await page.evaluate(hidden)).to.be.below(4);
    await box.fill(`${long}\n(tiếp)`);
    await box.blur();
    await page.getByText(`Đã lưu: “${long} (tiếp)”`).waitFor();
    await context.close();
  });

  it('draws one page of the three hundred, and fetches pages only as they are turned to', async () => {
    const { page, context } = await openWindow(browser);
    await signInAs(page, gateway, clerk);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${gateway.url}/quet/ocr-1`);
    await shown(page, 1);
    const picture = page.waitForResponse(/\/pages\/300\/image$/);
    await page.locator('.scan-pages button[data-page="300"]').click();
    await shown(page, 300);
    await picture;

    const pages = [...new Set(asked.flatMap((path) => /\/pages\/(\d+)$/.exec(path)?.[1] ?? []))];
    expect(pages).to.deep.equal(['1', '2', '300']);
    expect(asked.filter((path) => path.endsWith('/image'))).to.have.length(2);
    expect(await page.locator('[data-sheet] img').count()).to.equal(1);
    expect(await page.locator('.scan-text').textContent()).to.include('Trang 300');
    await context.close();
  });

  it('fits a phone, in English too', async () => {
    const { page, context } = await openWindow(browser, { width: 390, height: 844 });
    await signInAs(page, gateway, clerk);
    await page.goto(`${gateway.url}/quet/ocr-1?lang=en`);
    await shown(page, 1);

    if (process.env['LIENTHONG_SCREENSHOTS'])
      await page.screenshot({
        path: `${process.env['LIENTHONG_SCREENSHOTS']}/scan-phone.png`,
        fullPage: true,
      });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    expect(wide).to.equal(false);
    expect(await page.getByRole('heading', { name: 'What was read' }).count()).to.equal(1);
    await context.close();
  });

  it('is not there for another agency', async () => {
    const stranger = await gateway.token(AGENCIES.stranger.code, 'clerk');
    const get = (path: string) =>
      fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${stranger}` } }).then(
        (r) => r.status,
      );

    expect(await get('/quet/ocr-1')).to.equal(404);
    expect(await get('/api/v1/ocr-jobs/ocr-1/pages/1')).to.equal(404);
    expect(await get('/api/v1/ocr-jobs/ocr-1/pages/1/image')).to.equal(404);
    expect(await get('/api/v1/ocr-jobs/ocr-1/lineage')).to.equal(404);
  });
});
