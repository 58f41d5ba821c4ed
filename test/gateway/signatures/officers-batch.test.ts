/** The officers' page with much to sign, left and taken up again, and a clerk who numbers and seals. */
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { createToken } from '../../../src/gateway/access/index.ts';
import { makePdf } from '../../signing/pdf/make-pdf.ts';
import { attempt, scratch } from '../../signing/test-pki/shared.ts';
import { loadsAnew, openWindow, startBrowser } from '../console/support.ts';
import { type Api, createApi } from '../support/api.ts';
import { AGENCY } from '../support/messages.ts';
import { letterPdf, SERVICE_PIN, type SigningScene, startSigningScene } from './scene.ts';

const SCREENSHOTS = process.env['LIENTHONG_SCREENSHOTS'];
/** More than one page of the list shows. */
const MANY = 104;

describe('the officers’ page with much to sign', () => {
  let scene: SigningScene;
  let browser: Browser;
  let officer: Api;
  let token = '';

  before(async function () {
    browser = await startBrowser(this);
    scene = await startSigningScene(this, { insecureCookies: true });
    const { store } = scene.bare.gateway.deps.x;
    const person = { name: 'Nguyễn Văn An', id: 'CCCD:001080000008' };
    ({ token } = await createToken(store, AGENCY.district.code, 'officer', Date.now(), person));
    officer = createApi(scene.bare.gateway.url, token);
  });
  after(async () => {
    await browser?.close();
    await scene?.close();
  });

  async function lay(title: string, profile: string, pdf: Uint8Array): Promise<string> {
    const metadata = { title, documentCode: '15/QĐ-UBND', profile };
    const answer = await officer.postForm('/api/v1/signing-requests', metadata, { 'van-ban.pdf': pdf });
    expect(answer.status, answer.text).to.equal(201);
    return answer.json.id as string;
  }
  async function signIn(width = 1280): Promise<{ page: Page; faults: string[]; close(): Promise<void> }> {
    const { page, context, faults } = await openWindow(browser, { width, height: 900 });
    await page.goto(`${scene.bare.gateway.url}/`);
    await page.getByLabel('Mã truy cập').fill(token);
    await loadsAnew(page, () => page.getByRole('button', { name: 'Đăng nhập' }).click());
    await page.getByRole('button', { name: 'Thoát' }).waitFor();
    return { page, faults, close: () => context.close() };
  }
  async function open(page: Page, path: string): Promise<void> {
    await page.goto(`${scene.bare.gateway.url}${path}`);
    await page.locator('html[data-signing=ready]').waitFor({ state: 'attached' });
  }
  async function shot(page: Page, name: string): Promise<void> {
    if (SCREENSHOTS !== undefined)
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
  }
  async function agree(page: Page): Promise<void> {
    await page.getByRole('heading', { name: 'Cho phép ký' }).waitFor();
    await page.getByLabel('Mã PIN').fill(SERVICE_PIN);
    await page.getByRole('button', { name: 'Gửi mã OTP' }).click();
    await page.getByText('Đã gửi mã OTP.').waitFor();
    await page.getByLabel('Mã OTP', { exact: true }).fill(scene.service.sentCodes.at(-1)?.code ?? '');
    await page.locator('dialog').getByRole('button', { name: 'Ký', exact: true }).click();
  }
  async function states(state: string): Promise<number> {
    const { json } = await officer.get(`/api/v1/signing-requests?state=${state}&limit=200`);
    return json.items.length;
  }

  it('chooses all that wait, over the pages of the list, and signs them with one agreement taken up later', async () => {
    for (let number = 1; number <= MANY; number += 1)
      await lay(`Văn bản số ${number}`, 'plain', letterPdf(number));
    const { page, faults, close } = await signIn();
    await open(page, '/ky-so');
    await page.getByRole('link', { name: 'Xem tiếp' }).click();
    await page.getByText('Văn bản số 4', { exact: true }).waitFor();
    await loadsAnew(page, () => page.getByRole('link', { name: 'Mới nhất' }).click());
    await page.locator('html[data-signing=ready]').waitFor({ state: 'attached' });
    await page.getByLabel(`Chọn cả ${MANY} văn bản đang chờ`).check();
    await page.getByLabel('Khoá ký').selectOption('tu-xa');
    await shot(page, 'ky-so-nhieu');
    const codes = scene.service.sentCodes.length;

    await page.getByRole('button', { name: 'Ký các văn bản đã chọn' }).click();
    await page.getByText(`một lần cho cả ${MANY} văn bản`).waitFor();
    // The page is left while it waits; the documents stay with the job, which anybody of the agency can see waiting.
    await open(page, '/ky-so?xem=signing');
    await shot(page, 'ky-so-dang-ky');
    expect(await states('waiting')).to.equal(0);
    await page.getByRole('button', { name: 'Tiếp tục ký' }).first().click();
    await agree(page);
    await page.getByText('Không có văn bản nào.').waitFor();

    expect(await states('signed')).to.equal(MANY);
    expect(scene.service.sentCodes.length).to.equal(codes + 1);
    expect(faults).to.deep.equal([]);
    await close();
  });

  it('numbers, dates and seals what a leader has signed, in one go', async () => {
    const draft = makePdf({
      lines: [
        { text: 'Số:       /QĐ-UBND', x: 160, y: 735 },
        { text: 'Mẫu, ngày      tháng      năm 2026', x: 410, y: 735 },
        { text: 'CHỦ TỊCH', x: 430, y: 384 },
        { text: 'Nguyễn Văn An', x: 430, y: 300, size: 14 },
      ],
    });
    const answer = await fetch(`${scene.bare.gateway.url}/api/v1/signatures`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: (() => {
        const form = new FormData();
        form.set('metadata', JSON.stringify({ sign: [{ key: 'tep', profile: 'leader' }] }));
        form.set('file', new Blob([Buffer.from(draft)]), 'qd.pdf');
        return form;
      })(),
    });
    expect(answer.status).to.equal(200);
    const id = await lay('Quyết định đã ký', 'agency', new Uint8Array(await answer.arrayBuffer()));
    const { page, faults, close } = await signIn(390);
    await open(page, `/ky-so/${id}`);
    await page.getByText('Trang 1/1').waitFor();
    await page.getByLabel('Khoá ký').selectOption('dau-tu-xa-1');
    await page.getByLabel('Số văn bản').fill('7');
    await page.getByRole('button', { name: 'Ký', exact: true }).click();
    await page.getByText('Hãy ghi cả số và ngày ban hành.').waitFor();
    await page.getByLabel('Ngày ban hành').fill('2026-02-03');
    await shot(page, 'ky-so-dong-dau');

    await page.getByRole('button', { name: 'Ký', exact: true }).click();
    await agree(page);
    await page.locator('[data-state=signed]').waitFor();

    await page.getByText('Trang 1/1').waitFor();
    await shot(page, 'ky-so-da-dong-dau');
    const file = await fetch(`${scene.bare.gateway.url}/api/v1/signing-requests/${id}/file`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const path = scratch('sealed.pdf', new Uint8Array(await file.arrayBuffer()));
    expect(attempt('pdfsig', '-nocert', path).output.match(/Signature is Valid/g)).to.have.length(3);
    expect(attempt('pdftotext', '-layout', path, '-').output.replace(/\s+/g, ' ')).to.match(
      /Số: ?07 ?\/QĐ-UBND Mẫu, ngày ?03/,
    );
    expect(faults).to.deep.equal([]);
    await close();
  });

  it('offers each key for what it may sign, and says which of the chosen ones it may not', async () => {
    await lay('Cần chữ ký thường', 'plain', letterPdf(501));
    await lay('Cần đóng dấu', 'agency', letterPdf(502));
    const { page, faults, close } = await signIn();
    await open(page, '/ky-so');
    await page.getByLabel('Chọn tất cả').check();
    await page.getByLabel('Khoá ký').selectOption('tu-dong');

    await page.getByRole('button', { name: 'Ký các văn bản đã chọn' }).click();
    await page.getByText('1 văn bản đã chọn cần kiểu ký mà khoá này không ký được').waitFor();
    await page.getByLabel('Chọn Cần đóng dấu').uncheck();
    await page.getByRole('button', { name: 'Ký các văn bản đã chọn' }).click();
    await page.getByText('Đã ký xong 1 văn bản').waitFor();

    expect(faults).to.deep.equal([]);
    await close();
  });

  it('does not give one number to several documents', async () => {
    const ids = [await lay('Một', 'agency', letterPdf(1)), await lay('Hai', 'agency', letterPdf(2))];
    const body = { ids, key: 'dau-tu-xa', issue: { number: '7', date: '2026-02-03' } };

    const answer = await officer.postJson('/api/v1/signing-requests/signatures', body);

    expect(answer.status).to.equal(400);
    expect(JSON.stringify(answer.json.errors)).to.contain('issue');
  });
});
