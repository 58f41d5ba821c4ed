import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { findDelivery } from '../../../src/gateway/store/index.ts';
import {
  AGENCIES,
  firstOf,
  loadsAnew,
  openWindow,
  plainPdf,
  ready,
  signedPdf,
  signInAs,
  startBrowser,
  startTestGateway,
  type TestGateway,
} from './support.ts';

const HOSTILE = `<img src=x onerror=alert(1)><script>alert(2)</script>`;

describe('console in a browser', () => {
  let gateway: TestGateway;
  let browser: Browser;
  let clerk: string;
  let recipient: string;

  before(async function () {
    browser = await startBrowser(this);
    gateway = await startTestGateway({}, { signing: true });
    clerk = await gateway.token(AGENCIES.sender.code, 'clerk');
    recipient = await gateway.token(AGENCIES.recipient.code, 'clerk');
  });
  after(async () => {
    await browser?.close();
    await gateway?.close();
  });

  it('signs in, lists packages newest first, opens one and tells its story in order', async () => {
    const signed = await signedPdf(gateway, 'leader');
    const sent = await gateway.send({ subject: 'Câu chuyện của một công văn', priority: 3 }, [
      { name: 'cong-van.pdf', bytes: signed },
    ]);
    await gateway.send({ subject: 'Công văn sau' });
    const { page, context, faults } = await openWindow(browser);

    await signInAs(page, gateway, clerk);
    const rows = await page.locator('.rows .subject').allTextContents();
    await loadsAnew(page, () => page.getByRole('link', { name: 'Câu chuyện của một công văn' }).click());
    await page.getByRole('heading', { name: 'Diễn biến' }).waitFor();

    expect(rows.indexOf('Công văn sau')).to.be.lessThan(rows.indexOf('Câu chuyện của một công văn'));
    expect(page.url()).to.equal(`${gateway.url}/goi-tin/${sent.id}`);
    expect(await page.locator('h1 .urgent').textContent()).to.equal('Hỏa tốc');
    expect(
      await page.locator('.step').evaluateAll((steps) => steps.map((step) => step.getAttribute('data-type'))),
    ).to.deep.equal(['accepted', 'verified', 'available']);
    expect(await page.locator('[data-type=verified]').textContent())
      .to.include('Chữ ký hợp lệ')
      .and.include('Nguyễn Văn An');
    expect(await page.locator('[data-type=accepted]').textContent()).to.match(
      /09:30:\d\d 20\/11\/2026\s+Ủy ban nhân dân huyện Mẫu/,
    );
    expect(await page.getByText('Chuỗi sự kiện nguyên vẹn (3 sự kiện)').count()).to.equal(1);
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('hands out an attachment byte for byte, as a download', async () => {
    const bytes = plainPdf();
    const { id } = await gateway.send({}, [{ name: 'tờ trình.pdf', bytes }]);
    const { page, context } = await openWindow(browser);
    await signInAs(page, gateway, clerk);
    await page.goto(`${gateway.url}/goi-tin/${id}`);

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Tải về tờ trình.pdf' }).click(),
    ]);

    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(bytes)).to.equal(true);
    expect(download.suggestedFilename()).to.equal('tờ trình.pdf');
    await context.close();
  });

  it('says that a wrong token is wrong and leaves the reader at the field', async () => {
    const { page, context } = await openWindow(browser);
    await page.goto(`${gateway.url}/`);

    await page.getByLabel('Mã truy cập').fill('lt_sai');
    await page.keyboard.press('Enter');

    expect(await page.getByRole('alert').textContent()).to.match(
      /^Mã truy cập không đúng hoặc đã bị thu hồi\. Hãy /,
    );
    // A field takes the focus it is given only when the page is drawn.
    await page.locator('#token:focus').waitFor();
    await context.close();
  });

  it('verifies a chosen file without a login: who signed, when, and that nothing was changed', async () => {
    const { page, context, faults } = await openWindow(browser);
    await page.goto(`${gateway.url}/`);
    await ready(page);

    await page.locator('#verify-file').setInputFiles({
      name: 'quyết định.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.from(await signedPdf(gateway, 'leader')),
    });
    const report = page.locator('.report');
    await report.waitFor();

    expect(await report.locator('.report-sentence').textContent()).to.match(/^Hợp lệ: /);
    expect(await report.textContent())
      .to.include('quyết định.pdf')
      .and.include('Nguyễn Văn An')
      .and.include('Ủy ban nhân dân tỉnh Thử Nghiệm')
      .and.include('CCCD:001080000001')
      .and.include('người ký tự khai')
      .and.include('toàn bộ tệp');
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('gives the report as a PDF, and a link under which the report is kept', async () => {
    const { page, context, faults } = await openWindow(browser);
    await page.goto(`${gateway.url}/kiem-tra`);
    await ready(page);
    const buffer = Buffer.from(await signedPdf(gateway, 'leader'));
    await page.locator('#verify-file').setInputFiles({ name: 'a.pdf', mimeType: 'application/pdf', buffer });
    const [pdf, share] = ['Tải báo cáo PDF', 'Giữ báo cáo, lấy liên kết'].map((name) =>
      page.locator('.report-actions').getByRole('button', { name }),
    );

    const downloading = page.waitForEvent('download');
    await pdf?.click();
    const download = await downloading;
    const octets = await readFile(await download.path());
    await share?.click();
    const link = page.locator('.report-actions [role=status] a[href^="/"]');
    await link.waitFor();
    await page.goto(new URL((await link.getAttribute('href')) ?? '', gateway.url).href);

    expect(download.suggestedFilename()).to.equal('a.pdf.bao-cao.pdf');
    expect(octets.subarray(0, 5).toString('latin1')).to.equal('%PDF-');
    expect(await page.locator('main').textContent()).to.include('Nguyễn Văn An');
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('verifies dropped files one after the other: changed, revoked, unsigned, unreadable', async () => {
    const signed = Buffer.from(await signedPdf(gateway, 'leader'));
    const changed = Buffer.from(signed);
    const at = changed.indexOf('595 842');
    changed.write('594 842', at, 'latin1');
    const files = [
      ['sửa.pdf', changed],
      ['thu hồi.pdf', Buffer.from(await signedPdf(gateway, 'revoked'))],
      ['trống.pdf', Buffer.from(plainPdf())],
      ['hỏng.pdf', Buffer.from('%PDF-1.7\nkhông phải PDF')],
    ] as const;
    const { page, context } = await openWindow(browser);
    await page.goto(`${gateway.url}/`);
    await ready(page);

    const transfer = await page.evaluateHandle(
      (items) => {
        const { DataTransfer, File, atob } = globalThis as unknown as {
          DataTransfer: new () => { items: { add(file: unknown): void } };
          File: new (parts: unknown[], name: string) => unknown;
          atob(text: string): string;
        };
        const data = new DataTransfer();
        for (const [name, content] of items)
          data.items.add(new File([Uint8Array.from(atob(content), (char) => char.charCodeAt(0))], name));
        return data;
      },
      files.map(([name, bytes]) => [name, bytes.toString('base64')] as const),
    );
    await page.dispatchEvent('.drop', 'drop', { dataTransfer: transfer });
    await page.locator('.report').nth(3).waitFor();

    const said = await page.locator('.report').allTextContents();
    expect(said[0]).to.include('sửa.pdf').and.include('Không hợp lệ: Nội dung đã bị thay đổi sau khi ký.');
    expect(said[1]).to.include('thu hồi.pdf').and.include('Chứng thư số đã bị thu hồi.');
    expect(said[2]).to.include('trống.pdf').and.include('Tệp này không có chữ ký số nào.');
    expect(said[3]).to.include('Không kiểm tra được hỏng.pdf');
    await context.close();
  });

  it('shows a hostile file name in the report as text', async () => {
    const { page, context, faults } = await openWindow(browser);
    await page.goto(`${gateway.url}/`);
    await ready(page);

    await page.locator('#verify-file').setInputFiles({
      name: '<img src=x onerror=alert(1)>.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.from(plainPdf()),
    });
    await page.locator('.report').waitFor();

    expect(await page.locator('.report-file').textContent()).to.include('<img src=x onerror=alert(1)>.pdf');
    expect(await page.locator('.report img').count()).to.equal(0);
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('runs nothing that a subject, a name or a reason brings', async () => {
    const { id, deliveries } = await gateway.send({ subject: HOSTILE, to: [AGENCIES.ministry.code] }, [
      { name: `${HOSTILE}.pdf`.replaceAll('/', ''), bytes: plainPdf() },
    ]);
    await gateway.move(
      firstOf(deliveries),
      { state: 'parked', reason_code: 'X', reason: HOSTILE },
      { type: 'parked', actor: HOSTILE, data: { reason: HOSTILE, code: HOSTILE } },
    );
    const { page, context, faults } = await openWindow(browser);
    await signInAs(page, gateway, clerk);

    await page.goto(`${gateway.url}/goi-tin/${id}`);
    await ready(page);

    expect(await page.locator('.lead').textContent()).to.equal(HOSTILE);
    expect(await page.locator('main script, main img').count()).to.equal(0);
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('lets the sender try a stopped delivery again and shows the new state without a reload', async () => {
    const { id, deliveries } = await gateway.send({ to: [AGENCIES.ministry.code] });
    const delivery = firstOf(deliveries);
    await gateway.move(
      delivery,
      { state: 'parked', reason_code: 'VXP_REFUSED', reason: 'Sai mã đơn vị.', attempts: 12 },
      { type: 'parked', actor: 'gateway', data: { code: 'VXP_REFUSED', reason: 'Sai mã đơn vị.' } },
    );
    const { page, context, faults } = await openWindow(browser);
    await signInAs(page, gateway, clerk);
    await page.goto(`${gateway.url}/goi-tin/${id}`);
    await ready(page);
    await page.evaluate('window.sameDocument = true');

    await page.getByRole('button', { name: 'Thử gửi lại tới Văn phòng Bộ Thử Nghiệm' }).click();
    await page.locator('[data-said]', { hasText: /^Đã gửi yêu cầu\.$/ }).waitFor();
    await page.locator('[data-type=retried-by-operator]').waitFor();

    // A look of the page by itself may have come first, and leaves alone what is being asked for.
    await page.locator('.recipients tbody tr:first-child .badge', { hasText: /^Chờ gửi$/ }).waitFor();
    expect((await findDelivery(gateway.store.read, delivery.id))?.state).to.equal('queued');
    expect(await page.evaluate('window.sameDocument')).to.equal(true);
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('says why when trying again is refused', async () => {
    const { id, deliveries } = await gateway.send({ to: [AGENCIES.ministry.code] });
    const delivery = firstOf(deliveries);
    await gateway.move(
      delivery,
      { state: 'parked', reason_code: 'X', reason: 'Dừng.' },
      { type: 'parked', actor: 'gateway' },
    );
    const { page, context } = await openWindow(browser);
    await signInAs(page, gateway, clerk);
    await page.goto(`${gateway.url}/goi-tin/${id}`);
    await ready(page);
    // The page that looks by itself meanwhile would take the button away.
    await page.route(page.url(), (route) => route.abort());
    await gateway.move(
      delivery,
      { state: 'sent' },
      { type: 'sent', actor: 'system:vxp', data: { remoteId: '1' } },
    );

    await page.getByRole('button', { name: 'Thử gửi lại' }).click();

    await page.getByText('Lượt gửi này không ở trạng thái chờ xử lý.').waitFor();
    await context.close();
  });

  it('answers a document with a QĐ 28 status that reaches the sender’s timeline', async () => {
    const { id } = await gateway.send({ subject: 'Cần trả lời' });
    const { page, context, faults } = await openWindow(browser);
    await signInAs(page, gateway, recipient);
    await page.goto(`${gateway.url}/hop-den`);
    await ready(page);
    const item = page.locator('.inbox-item', { hasText: 'Cần trả lời' });

    await item.locator('summary').click();
    await item.getByRole('button', { name: /^03/ }).click();
    await page.getByText('Đã gửi yêu cầu.').waitFor();

    const answers = await gateway.store.read
      .selectFrom('packages')
      .selectAll()
      .where('kind', '=', 'status')
      .where('correlates', '=', id)
      .execute();
    expect(answers.map((answer) => [answer.sender, answer.code])).to.deep.equal([
      [AGENCIES.recipient.code, '03'],
    ]);
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('wants a reason before a document is refused', async () => {
    const { id } = await gateway.send({ subject: 'Gửi nhầm' });
    const { page, context } = await openWindow(browser);
    await signInAs(page, gateway, recipient);
    await page.goto(`${gateway.url}/hop-den`);
    await ready(page);
    const item = page.locator('.inbox-item', { hasText: 'Gửi nhầm' });
    await item.locator('summary').click();

    await item.getByRole('button', { name: /^02/ }).click();
    await item.getByText('Hãy ghi lý do từ chối.').waitFor();
    await item.getByLabel(/^Ghi chú/).fill('Không thuộc thẩm quyền');
    await item.getByRole('button', { name: /^02/ }).click();
    await page.getByText('Đã gửi yêu cầu.').waitFor();

    const answers = await gateway.store.read
      .selectFrom('packages')
      .selectAll()
      .where('kind', '=', 'status')
      .where('correlates', '=', id)
      .execute();
    expect(answers.map((answer) => [answer.code, answer.subject])).to.deep.equal([
      ['02', 'Không thuộc thẩm quyền'],
    ]);
    await context.close();
  });

  it('keeps the list fresh by itself, leaves unchanged rows alone and keeps the focus', async () => {
    const old = await gateway.send({ subject: 'Hàng cũ' });
    const { page, context, faults } = await openWindow(browser);
    await signInAs(page, gateway, clerk);
    await ready(page);
    await page.evaluate(`document.querySelector('[data-key="${old.id}"]').marked = true`);
    await page.locator(`[data-key="${old.id}"] a`).focus();

    await gateway.send({ subject: 'Hàng mới đến trong lúc xem' });
    await page.getByText('Hàng mới đến trong lúc xem').waitFor();

    expect(await page.locator('.rows .subject').first().textContent()).to.equal('Hàng mới đến trong lúc xem');
    expect(await page.evaluate(`document.querySelector('[data-key="${old.id}"]').marked`)).to.equal(true);
    expect(await page.evaluate('document.activeElement.getAttribute("href")')).to.equal(`/goi-tin/${old.id}`);
    expect(faults).to.deep.equal([]);
    await context.close();
  });

  it('shows more rows in place', async () => {
    const { page, context } = await openWindow(browser);
    await signInAs(page, gateway, clerk);
    await page.goto(`${gateway.url}/?so=2`);
    await ready(page);
    expect(await page.locator('.rows > li').count()).to.equal(2);

    await page.getByRole('link', { name: 'Xem thêm' }).click();
    await page.locator('.rows > li').nth(2).waitFor();

    expect(new URL(page.url()).searchParams.get('so')).to.equal('52');
    await context.close();
  });
});
