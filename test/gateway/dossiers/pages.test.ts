import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { loadsAnew, openWindow, startBrowser } from '../console/support.ts';
import { type Api, acceptedId } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { submitDossier } from '../support/dossier.ts';
import { AGENCY } from '../support/messages.ts';

const MONTH = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 7);

/** The pages of a PDF as one PNG, 150 dpi. */
function rasterize(pdf: Uint8Array): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'bien-nhan-'));
  writeFileSync(join(folder, 'a.pdf'), pdf);
  execFileSync('pdftoppm', ['-r', '150', '-png', '-singlefile', join(folder, 'a.pdf'), join(folder, 'a')], {
    stdio: 'pipe',
  });
  return readFileSync(join(folder, 'a.png'));
}

/** Pictures to look at: wide and as a phone sees them. */
async function shoot(page: Page, folder: string): Promise<void> {
  const origin = new URL(page.url()).origin;
  const { items } = (await page.evaluate(() =>
    fetch('/api/v1/dossiers').then((answer) => answer.json()),
  )) as {
    items: { code: string }[];
  };
  for (const [name, path] of Object.entries({
    wall: '/man-hinh',
    figures: '/chi-so',
    lookup: `/tra-cuu?ma=${items[0]?.code}`,
  }))
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(`${origin}${path}`);
      await page.screenshot({ path: join(folder, `${name}-${width}.png`) });
    }
}

describe('dossiers: pages, receipt, indicators', () => {
  let bare: BareGateway;
  let commune: Api;
  before(async function start() {
    bare = await startBareGateway({ insecureCookies: true, publicUrl: 'https://mot-cua.example.vn' });
    commune = await bare.as(AGENCY.commune);
  });
  after(() => bare.close());

  async function receiptOf(code: string): Promise<Buffer> {
    const { url } = bare.gateway;
    const answer = await fetch(`${url}/api/v1/dossiers/${code}/receipt`, {
      headers: { authorization: `Bearer ${commune.token}` },
    });
    expect(answer.status).to.equal(200);
    return Buffer.from(await answer.arrayBuffer());
  }

  it('prints a receipt whose bars and QR read back, with the applicant named and the reading recorded', async () => {
    const { code, packageId } = await submitDossier(commune, {
      dueAt: '2030-01-10T17:00:00+07:00',
      components: [{ name: 'Tờ khai yêu cầu' }],
    });
    const pdf = await receiptOf(code);
    const png = rasterize(pdf);
    const folder = process.env['SCREENSHOTS'];
    if (folder !== undefined) writeFileSync(join(folder, 'receipt.png'), png);

    const wasm = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
    await prepareZXingModule({
      overrides: { wasmBinary: Uint8Array.from(wasm).buffer },
      fireImmediately: true,
    });
    const found = await readBarcodes(new Blob([Uint8Array.from(png)]), { formats: ['QRCode', 'Code128'] });
    const fonts = spawnSync('pdffonts', ['-'], { input: pdf, encoding: 'utf8' });
    const text = execFileSync('pdftotext', ['-q', '-', '-'], { input: pdf, encoding: 'utf8' }).normalize(
      'NFC',
    );

    expect(found.map((symbol) => symbol.text).sort()).to.deep.equal([
      code,
      `https://mot-cua.example.vn/tra-cuu?ma=${code}`,
    ]);
    // Readers complain of a font whose kind and file do not fit.
    expect([fonts.status, fonts.stderr]).to.deep.equal([0, '']);
    expect(text)
      .to.include('Trần Thị Thử')
      .and.to.include('GIẤY TIẾP NHẬN HỒ SƠ')
      .and.to.include('10/01/2030');
    const reads = (await commune.events(packageId)).filter((event) => event.type === 'personal-data-read');
    expect(reads.map((event) => event.data['purpose'])).to.deep.equal(['receipt']);
  });

  it('shows a citizen state, steps and due date, nothing of a person, without a script', async () => {
    const { code } = await submitDossier(commune, { dueAt: '2030-01-10T17:00:00+07:00' });
    acceptedId(
      await commune.postJson(`/api/v1/dossiers/${code}/progress`, {
        state: 4,
        handler: 'Lê Văn Giấu',
        content: 'x',
      }),
    );

    const page = await (await fetch(`${bare.gateway.url}/tra-cuu?ma=${code}`)).text();

    expect(page).to.include('10/01/2030').and.to.include('Đang xử lý').and.to.include('Được tiếp nhận');
    expect(page).to.not.match(/Trần Thị|012345678901|0912345678|Lê Văn/);
  });

  it('says what to do about a code that is not there, and keeps it to be mended', async () => {
    const answer = await fetch(`${bare.gateway.url}/tra-cuu?ma=000.00.32.h99-261120-9999`);
    const text = await answer.text();

    expect(answer.status).to.equal(404);
    expect(text).to.include('value="000.00.32.H99-261120-9999"').and.include('so lại mã với giấy tiếp nhận');
  });

  it('counts indicators by agency and month, explains each by its dossiers, and gives them as CSV', async () => {
    const late = { receivedAt: `${MONTH}-01T00:00:00+07:00`, dueAt: `${MONTH}-01T00:00:01+07:00` };
    const inTime = {
      dueAt: '2030-01-10T17:00:00+07:00',
      channel: 2,
      fees: [{ code: 'P', name: 'Phí', collectedAt: 1, amountVnd: 10 }],
    };
    const codes = [(await submitDossier(commune, late)).code, (await submitDossier(commune, inTime)).code];
    for (const code of codes)
      await commune.postJson(`/api/v1/dossiers/${code}/results`, { papers: [{ name: 'KQ' }] });
    await commune.postJson(`/api/v1/dossiers/${codes[1]}/payments`, {
      reference: 'g',
      amountVnd: 10,
      paidAt: `${MONTH}-01T00:00:00+07:00`,
      outcome: 1,
    });
    await commune.postJson(`/api/v1/dossiers/${codes[1]}/ratings`, { score: 5 });

    const { items } = (await commune.get(`/api/v1/indicators?month=${MONTH}`)).json;
    const behind = async (measure: string, part: string) =>
      (
        (await commune.get(`/api/v1/indicators/${measure}/dossiers?month=${MONTH}&part=${part}`)).json
          .items as { code: string }[]
      ).map((row) => row.code);
    const csv = (await commune.get(`/api/v1/indicators?month=${MONTH}&format=csv`)).text;
    const district = await bare.as(AGENCY.district);

    expect(items).to.have.length(1);
    expect(items[0].measures.onTime).to.include({ of: 1, among: 2, percent: 50 });
    expect(items[0].measures.satisfaction).to.include({ of: 1, among: 1 });
    expect(items[0].measures.onlinePayment).to.include({ of: 1, among: 1 });
    expect(items[0].measures.digitisedResults).to.include({ of: 0, among: 2 });
    expect(await behind('onTime', 'of')).to.deep.equal([codes[1]]);
    expect(await behind('onTime', 'others')).to.deep.equal([codes[0]]);
    expect(await behind('onlineSubmission', 'of')).to.deep.equal([codes[1]]);
    expect(csv).to.include(`${AGENCY.commune.code},${MONTH},${items[0].received},1,2,50`);
    expect((await district.get(`/api/v1/indicators?month=${MONTH}`)).json.items).to.deep.equal([]);
    expect(
      (await district.get(`/api/v1/indicators?month=${MONTH}&agency=${AGENCY.commune.code}`)).status,
    ).to.equal(404);
  });

  describe('in a browser', () => {
    let browser: Browser;
    let page: Page;
    before(async function launch() {
      const { code } = await submitDossier(commune);
      // What the camera sees: the receipt, held up.
      const seen = await sharp(rasterize(await receiptOf(code)))
        .extract({ left: 100, top: 60, width: 1080, height: 600 })
        .resize(1280, 720, { fit: 'contain', background: 'white' })
        .jpeg({ quality: 95 })
        .toBuffer();
      const video = join(mkdtempSync(join(tmpdir(), 'camera-')), 'giay-hen.mjpeg');
      writeFileSync(video, Buffer.concat(Array(5).fill(seen)));
      browser = await startBrowser(this, [
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-video-capture=${video}`,
      ]);
      const opened = await openWindow(browser);
      await opened.context.grantPermissions(['camera']);
      ({ page } = opened);
    });
    after(async () => {
      const folder = process.env['SCREENSHOTS'];
      if (folder !== undefined) await shoot(page, folder);
      await browser?.close();
    });

    it('reads the receipt with the camera and shows the dossier', async () => {
      const problems: string[] = [];
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
      await page.goto(`${bare.gateway.url}/tra-cuu`);
      await page.click('[data-scan]');

      await page.waitForURL(/ma=/);

      expect(await page.textContent('main')).to.include('Được tiếp nhận');
      expect(problems).to.deep.equal([]);
    });

    it('keeps the wall screen up with what happens', async () => {
      await page.goto(`${bare.gateway.url}/`);
      await page.getByLabel('Mã truy cập').fill(commune.token);
      await page.getByRole('button', { name: 'Đăng nhập' }).click();
      await page.getByRole('button', { name: 'Thoát' }).waitFor();
      await page.goto(`${bare.gateway.url}/man-hinh`);
      const open = () => page.textContent('.bigs .big b').then(Number);
      const before = await open();

      await submitDossier(commune, { dueAt: new Date(Date.now() + 3_600_000).toISOString() });

      await page.waitForFunction(
        (count) => Number(document.querySelector('.bigs .big b')?.textContent) === count + 1,
        before,
      );
      expect(Number(await page.textContent('.big.soon b'))).to.be.greaterThan(0);
      expect(await page.textContent('main')).to.include(AGENCY.commune.name);
    });

    it('heads its columns with whole words, on a phone too', async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.goto(`${bare.gateway.url}/chi-so`);

      const [lines, words] = await page.evaluate<[number[], number[]]>(`(() => {
        const heads = [...document.querySelectorAll('table.figures thead th')];
        const linesOf = (head) => { const range = document.createRange(); range.selectNodeContents(head); return new Set([...range.getClientRects()].map(({ top }) => top)).size; };
        return [heads.map(linesOf), heads.map((head) => head.textContent.trim().split(/\\s+/).length)];
      })()`);
      for (const [index, count] of lines.entries()) expect(count).to.be.at.most(words[index] ?? 0);
    });

    it('leads from a number to its dossiers', async () => {
      await page.goto(`${bare.gateway.url}/chi-so`);
      await loadsAnew(page, () => page.click('table.figures td a'));

      expect(await page.textContent('main')).to.match(/-\d{6}-\d{4}/);
    });
  });
});
