import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { line, pageOf } from '../../ocr/support.ts';
import { keepScan, shown } from './kept-scan.ts';
import {
  AGENCIES,
  loadsAnew,
  openWindow,
  signInAs,
  startBrowser,
  startTestGateway,
  type TestGateway,
} from './support.ts';

const file = (name: string, bytes = 'x'.repeat(200)) => ({
  name,
  mimeType: 'image/jpeg',
  buffer: Buffer.from(bytes),
});

describe('a clerk with a dossier of scans, in a browser', () => {
  let gateway: TestGateway;
  let browser: Browser;
  let clerk: string;

  before(async function () {
    browser = await startBrowser(this);
    gateway = await startTestGateway();
    clerk = await gateway.token(AGENCIES.sender.code, 'clerk');
    const blank = { create: { width: 1100, height: 1556, channels: 3, background: '#fff' } } as const;
    const picture = await sharp(blank).jpeg().toBuffer();
    const readings = [1, 2, 3].map((n) => pageOf([line(`Trang ${n} của hồ sơ đầt đai`, 150, 700, 0.8)]));
    await keepScan(gateway, 'ocr-desk', { readings, picture, name: 'hồ sơ.tif', unread: [2] });
  });
  after(async () => {
    await browser?.close();
    await gateway?.close();
  });

  it('puts files into the order wanted, says which it leaves out and why, and sends them in that order', async () => {
    const { page, context, faults } = await openWindow(browser);
    await signInAs(page, gateway, clerk);
    await page.goto(`${gateway.url}/quet`);
    let sent = '';
    await page.route('**/api/v1/ocr-jobs', async (route) => {
      sent = route.request().postDataBuffer()?.toString('utf8') ?? '';
      await route.fulfill({ status: 202, json: { id: 'ocr-desk' } });
    });
    const names = (): Promise<string[]> => page.locator('[data-scan-list] li span').allTextContents();
    const said = page.locator('[data-scan-form] output');
    const send = page.getByRole('button', { name: 'Đọc bản quét' });

    await send.click();
    await said.getByText('Hãy chọn ít nhất một tệp quét').waitFor();
    await page.setInputFiles('#scan-file', [file('trang10.jpg'), file('trang2.jpg'), file('ảnh.heic')]);
    expect(await said.textContent()).to.include('“ảnh.heic” không phải PDF, TIFF, JPEG hay PNG');
    await page.setInputFiles('#scan-file', [file('bìa.png'), file('rỗng.pdf', '')]);
    expect(await said.textContent()).to.include('“rỗng.pdf” là tệp rỗng');
    expect(await names()).to.deep.equal(['trang2.jpg', 'trang10.jpg', 'bìa.png']);
    await page.getByRole('button', { name: 'Đưa “bìa.png” lên trước' }).click();
    await page.keyboard.press('Enter');
    expect(await names(), 'the focus goes with the file').to.deep.equal([
      'bìa.png',
      'trang2.jpg',
      'trang10.jpg',
    ]);
    await page.getByRole('button', { name: 'Bỏ “trang10.jpg”' }).click();
    await send.click();
    await shown(page, 1);

    expect([...sent.matchAll(/filename="([^"]+)"/g)].map(([, name]) => name)).to.deep.equal([
      'bìa.png',
      'trang2.jpg',
    ]);
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('keeps the files when the connection is lost while they are sent', async () => {
    const { page, context } = await openWindow(browser);
    await signInAs(page, gateway, clerk);
    await page.goto(`${gateway.url}/quet`);
    await page.route('**/api/v1/ocr-jobs', (route) => route.abort());
    await page.setInputFiles('#scan-file', [file('a.jpg')]);
    await page.getByRole('button', { name: 'Đọc bản quét' }).click();

    await page.getByText('Mất kết nối khi gửi').waitFor();
    expect(await page.locator('[data-scan-list] li').count()).to.equal(1);
    await context.close();
  });

  it('shows which pages could not be read, in the list and beside the others, and offers to read them again', async () => {
    const { page, context, faults } = await openWindow(browser);
    await signInAs(page, gateway, clerk);
    await page.goto(`${gateway.url}/quet`);
    await page.getByText('1 trang chưa đọc được').waitFor();
    await page.getByRole('link', { name: /hồ sơ\.tif/ }).click();
    await shown(page, 1);

    expect(await page.locator('[data-at]').textContent()).to.equal('Trang 1/3');
    expect(await page.locator('.scan-problems li').allTextContents()).to.deep.equal([
      'trang 2: Một trang xử lý quá thời gian cho phép.',
    ]);
    await page.keyboard.press('j');
    await shown(page, 2);
    expect(await page.locator('[data-told]').textContent()).to.equal('Trang 2: chưa đọc được');
    await page.keyboard.press('j');
    await shown(page, 3);
    expect(new URL(page.url()).hash, 'a link leads to the page').to.equal('#trang-3');
    let asked = '';
    await page.route('**/confirm', async (route) => {
      asked = new URL(route.request().url()).pathname;
      await route.fulfill({ status: 202, json: { id: 'ocr-desk' } });
    });
    await loadsAnew(page, () => page.getByRole('button', { name: 'Đọc lại phần chưa đọc được' }).click());
    await shown(page, 3);
    expect(asked).to.equal('/api/v1/ocr-jobs/ocr-desk/confirm');
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('enlarges the picture, goes from word to word, and takes a correction back', async () => {
    const { page, context, faults } = await openWindow(browser);
    await signInAs(page, gateway, clerk);
    await page.goto(`${gateway.url}/quet/ocr-desk`);
    await shown(page, 1);
    const width = async (): Promise<number> =>
      (await page.locator('[data-sheet] img').boundingBox())?.width ?? 0;
    const small = await width();

    for (const key of ['+', '+', 'ArrowRight', 'ArrowRight', 'ArrowLeft', 'ArrowRight'])
      await page.keyboard.press(key);
    const large = await width();
    const [view, mark] = await Promise.all(
      ['.scan-picture', '.scan-mark.selected'].map((place) => page.locator(place).boundingBox()),
    );
    expect(large).to.be.greaterThan(1.9 * small);
    expect(await page.locator('[data-told]').textContent()).to.match(/^“1”, chắc chắn 80 %$/);
    expect(mark?.x, 'in sight').to.be.within(view?.x ?? 0, (view?.x ?? 0) + (view?.width ?? 0));
    await page.keyboard.press('Enter');
    await page.locator('.scan-edit').fill('số 1');
    await page.keyboard.press('Enter');
    await page.getByText('Có chỗ sửa chưa đưa vào PDF').waitFor();
    await page.reload();
    await shown(page, 1);
    await page.getByText('Lịch sử sửa (1)').click();
    const entry = await page.locator('.scan-changes li').textContent();
    expect(entry).to.match(/20\/11\/2026 · Văn thư \(bạn\) · trang 1: “1” → “số 1”/);
    await loadsAnew(page, () => page.getByRole('button', { name: 'Trả lại như trước: “1”' }).click());
    await page.getByText('Lịch sử sửa (2)').waitFor();
    await shown(page, 1);
    expect(await page.locator('.scan-text').textContent()).to.include('Trang 1 của');
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('keeps a word that was typed when the clerk goes elsewhere, before all is made again, and tells no old news', async () => {
    const { page, context, faults } = await openWindow(browser);
    await signInAs(page, gateway, clerk);
    await page.goto(`${gateway.url}/quet/ocr-desk#trang-2`);
    await shown(page, 2);
    await page.keyboard.press('j');
    await shown(page, 3);
    expect(await page.locator('[data-told]').textContent(), 'page 2 is told of no more').to.equal('');
    const word = page.locator('.scan-text .scan-word');
    await word.nth(5).click();
    await word.nth(5).click();
    await page.keyboard.press('Escape');
    await word.nth(5).click();
    await page.locator('.scan-edit').fill('đất');
    await word.nth(0).click();

    await page.getByText('Đã sửa: 3').waitFor();
    expect(await page.locator('.scan-text .scan-edit').count()).to.equal(0);
    expect(await page.locator('.scan-text .selected').textContent()).to.equal('Trang');
    const asked: string[] = [];
    await page.route('**/api/v1/ocr-jobs/ocr-desk/*', async (route) => {
      asked.push(new URL(route.request().url()).pathname.split('/').at(-1) ?? '');
      await route.fulfill({ status: asked.at(-1) === 'confirm' ? 202 : 201, json: {} });
    });
    await page.locator('#field-subject').fill('Đất đai');
    await loadsAnew(page, () => page.getByRole('button', { name: 'Xong: làm lại PDF và dữ liệu' }).click());
    await shown(page, 3);
    expect(asked).to.deep.equal(['corrections', 'confirm']);
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('keeps the chosen word in sight when the picture is enlarged, and prints it with its marks', async () => {
    const { page, context } = await openWindow(browser);
    await signInAs(page, gateway, clerk);
    await page.goto(`${gateway.url}/quet/ocr-desk`);
    await shown(page, 1);
    await page.keyboard.press('ArrowRight');
    for (const key of ['+', '+', '+']) await page.keyboard.press(key);

    const [view, mark] = await Promise.all(
      ['.scan-picture', '.scan-mark.selected'].map((place) => page.locator(place).boundingBox()),
    );
    expect(mark?.x).to.be.within(view?.x ?? 0, (view?.x ?? 0) + (view?.width ?? 0));
    expect(mark?.y).to.be.within(view?.y ?? 0, (view?.y ?? 0) + (view?.height ?? 0));
    await page.emulateMedia({ media: 'print' });
    const [sheet, picture] = await Promise.all(
      ['[data-sheet]', '[data-sheet] img'].map((place) => page.locator(place).boundingBox()),
    );
    expect(await page.locator('.scan-bar').isVisible()).to.equal(false);
    const message = 'marks lie over the picture';
    expect(sheet?.width, message).to.be.closeTo(picture?.width ?? 0, 0.1);
    expect(sheet?.height, message).to.be.closeTo(picture?.height ?? 0, 0.1);
    await context.close();
  });

  it('lets those who only look see a reading, not change it', async () => {
    const auditor = await gateway.token(AGENCIES.ministry.code, 'auditor');
    const { page, context } = await openWindow(browser);
    await signInAs(page, gateway, auditor);
    await page.goto(`${gateway.url}/quet/ocr-desk`);
    await shown(page, 1);

    expect(await page.locator('.scan-problems').count()).to.equal(1);
    expect(await page.getByRole('button', { name: 'Đọc lại phần chưa đọc được' }).count()).to.equal(0);
    expect(await page.locator('[data-do=confirm]').count()).to.equal(0);
    expect(await page.locator('#field-subject').isEditable()).to.equal(false);
    await page.keyboard.press('n');
    await page.keyboard.press('Enter');
    expect(await page.locator('.scan-edit').count()).to.equal(0);
    await context.close();
  });
});
