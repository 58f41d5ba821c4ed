import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { makePdf } from '../../signing/pdf/make-pdf.ts';
import type { BareGateway } from '../support/bare.ts';
import { signIn, startCopyGateway } from '../support/clerk.ts';
import { AGENCY } from '../support/messages.ts';
import { loadsAnew, startBrowser } from './support.ts';

describe('the pages of paper dossiers, in a browser', () => {
  let browser: Browser;
  let bare: BareGateway;
  before(async function start() {
    browser = await startBrowser(this);
    bare = await startCopyGateway('mot-cua');
  });
  after(async () => {
    await browser?.close();
    await bare?.close();
  });

  it('takes scans, asks for what could not be read, and leads to the dossier', async () => {
    const { url } = bare.gateway;
    const { token } = await bare.as(AGENCY.commune);
    const { page, context, faults } = await signIn(browser, `${url}/ho-so-giay`, token);

    await page.waitForSelector('[data-paper-form]');
    const scan = makePdf({ lines: [{ text: 'Giấy tờ không ghi tên ai', x: 100, y: 700 }] });
    const formWidth = await page.evaluate(() => document.documentElement.scrollWidth);
    const isChooserShown = await page.locator('#paper-file').isVisible();
    await page.setInputFiles('#paper-file', {
      name: 'don.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.from(scan),
    });
    await page.fill('#paper-procedureCode', '1.000001');
    await page.fill('#paper-procedureName', 'Đăng ký thử nghiệm');
    await page.fill('#paper-fieldCode', 'G99-LV01');
    await page.fill('#paper-fieldName', 'Thử nghiệm');
    await page.click('[data-paper-form] button.primary');
    await page.waitForSelector('[data-paper-fields]');
    await page.waitForLoadState();
    const flagged = await page.locator('.paper-field.doubtful').count();
    await page.fill('#paper-applicantName', 'Trần Thị Thử');
    await page.fill('#paper-identityNumber', '012345678901');
    await loadsAnew(page, () => page.click('[data-paper-fields] button.primary'));
    await page.waitForSelector('[data-live=state] a[href^="/ho-so/"]');
    const code = await page.textContent('[data-live=state] a[href^="/ho-so/"]');
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    await loadsAnew(page, () => page.click('[data-live=state] a[href^="/ho-so/"]'));

    expect(flagged).to.equal(6);
    expect(code).to.match(/-\d{6}-0001$/);
    expect(isChooserShown).to.equal(true);
    expect(formWidth).to.be.at.most(390);
    expect(width).to.be.at.most(390);
    expect(await page.textContent('h1')).to.contain(code);
    expect(faults).to.deep.equal([]);
    await context.close();
  });
});
