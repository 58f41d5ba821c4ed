import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { makePdf } from '../../signing/pdf/make-pdf.ts';
import type { BareGateway } from '../support/bare.ts';
import { signIn, startCopyGateway } from '../support/clerk.ts';
import { AGENCY } from '../support/messages.ts';
import { startBrowser } from './support.ts';

/** A decision as its program printed it: its text is taken as it is, so that nothing has to be recognised. */
const LETTER = [
  { text: 'ỦY BAN NHÂN DÂN XÃ MẪU', x: 60, y: 780 },
  { text: 'Số: 17/QĐ-UBND', x: 90, y: 750 },
  { text: 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', x: 330, y: 780 },
  { text: 'Mẫu, ngày 05 tháng 11 năm 2026', x: 350, y: 735 },
  { text: 'QUYẾT ĐỊNH', x: 265, y: 690 },
  { text: 'Căn cứ Luật Lưu trữ ngày 21 tháng 6 năm 2024;', x: 85, y: 630 },
];

describe('from scans to a signed digitised copy, in a browser', () => {
  let browser: Browser;
  let bare: BareGateway;
  before(async function start() {
    browser = await startBrowser(this);
    bare = await startCopyGateway('so-hoa');
  });
  after(async () => {
    await browser?.close();
    await bare?.close();
  });

  it('is done by a clerk with nothing but the pages', async () => {
    const { url } = bare.gateway;
    const { token } = await bare.as(AGENCY.commune);
    const { page, context, faults } = await signIn(browser, `${url}/quet`, token);

    await page.waitForSelector('[data-scan-form]');
    await page.setInputFiles('#scan-file', {
      name: 'quyet-dinh.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.from(makePdf({ lines: LETTER })),
    });
    await page.click('[data-scan-form] button.primary');
    await page.waitForSelector('[data-copy-form]');
    await page.waitForLoadState();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    const read = await page.inputValue('#copy-IssuedDate');
    await page.fill('#copy-TypeName', 'Giấy chứng nhận quyền sử dụng đất, quyền sở hữu nhà ở và tài sản');
    const cut = await page.evaluate(
      `[...document.querySelectorAll('[data-copy-form] textarea')].filter((box) => box.scrollHeight - box.clientHeight > 4 || box.scrollWidth > box.clientWidth).map((box) => box.name)`,
    );
    await page.fill('#copy-TypeName', 'Quyết định');
    await page.fill('#copy-Subject', 'Ban hành quy chế\nlưu trữ');
    await page.fill('#copy-code', 'không phải mã');
    await page.click('[data-copy-form] button.primary');
    await page.getByText('Mã tài liệu có dạng').waitFor();
    await page.fill('#copy-code', 'H99.01_QD_000017_V1');
    await page.click('[data-copy-form] button.primary');
    const link = page.locator('#ban-so-hoa a[download]');
    await link.waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    const signed = await download.path();

    expect(width).to.be.at.most(390);
    expect(read).to.equal('2026-11-05');
    expect(cut, 'values cut by their box').to.deep.equal([]);
    expect(download.suggestedFilename()).to.equal(
      'H99.01_QD_000017_V1_20261105_Quyet-dinh-Ban-hanh-quy-che-luu-tru.pdf',
    );
    const report = execFileSync('pdfsig', ['-nocert', signed], { encoding: 'utf8' });
    expect(report).to.include('Signature is Valid.');
    expect(readFileSync(signed).subarray(0, 5).toString('latin1')).to.equal('%PDF-');
    expect(faults.filter((fault) => !/400/.test(fault))).to.deep.equal([]);
    await context.close();
  });
});
