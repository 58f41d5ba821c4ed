/** From paper to a signed copy, as a clerk's system does it over HTTP: scan in, corrected, confirmed, signed, checked by others. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type ApiClient, ApiError, createApiClient, until } from '../../src/gateway/demo/client.ts';
import { drawLetter } from '../../src/gateway/demo/letter.ts';
import { loadsAnew, openWindow, signInAs, startBrowser } from '../gateway/console/support.ts';
import { LETTER } from '../support/letter.ts';
import { type GatewayProcess, startGatewayProcess } from './support/gateway-process.ts';
import { type Scene, setScene } from './support/scenario.ts';

interface Job {
  readonly id: string;
  readonly state: string;
  readonly reason: unknown;
  readonly result: { readonly fields: Record<string, { readonly value: string } | null> } | null;
}

interface Copy {
  readonly fileName: string;
  readonly metadata: Record<string, unknown>;
  readonly sha256: string;
  readonly pdf: string;
  readonly lineage: {
    readonly derivedFrom: unknown;
    readonly engine: string;
    readonly corrections: {
      readonly field: string | null;
      readonly was: string | null;
      readonly value: string;
    }[];
  };
}

/** A letter printed and scanned: one grey picture. */
async function scanLetter(folder: string): Promise<Uint8Array> {
  const path = join(folder, 'letter.pdf');
  writeFileSync(path, await drawLetter(LETTER));
  execFileSync('pdftoppm', ['-r', '200', '-gray', '-png', '-singlefile', path, join(folder, 'scan')]);
  return new Uint8Array(readFileSync(join(folder, 'scan.png')));
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ApiError) return `${error.status} ${error.message}`;
    throw error;
  }
  return 'not refused';
}

describe('e2e: from a scan to a signed digitised copy', function copies() {
  // A scan is read twice in a test, each time as long as a busy machine takes.
  this.timeout(600_000);
  let scene: Scene;
  let gateway: GatewayProcess;
  let api: ApiClient;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'digitised-'));
    scene = await setScene();
    gateway = await startGatewayProcess({ ...scene.settings, insecureCookies: true });
    api = createApiClient(gateway.url, scene.tokens.district);
  });
  after(async () => {
    gateway?.kill('SIGKILL');
    await gateway?.ended;
    await scene?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const over = (id: string): Promise<Job> =>
    until(
      () => api.get<Job>(`/api/v1/ocr-jobs/${id}`),
      ({ state }) => ['done', 'failed', 'cancelled'].includes(state),
      240_000,
    );

  const scanned = async (): Promise<{ id: string; scan: Uint8Array }> => {
    const scan = await scanLetter(folder);
    const form = new FormData();
    form.set('file', new Blob([Buffer.from(scan)], { type: 'image/png' }), 'cong-van-417.png');
    const { id } = await api.send<Job>('/api/v1/ocr-jobs', form);
    return { id, scan };
  };

  it('is looked over in a browser: a field and a word put right, and the reading confirmed by its button', async function () {
    const browser = await startBrowser(this);
    try {
      const { id } = await scanned();
      await over(id);
      const { page, faults } = await openWindow(browser);
      await signInAs(page, gateway, scene.tokens.district);
      await page.goto(`${gateway.url}/quet/${id}`);
      await page.locator('[data-shown="1"]').waitFor();
      const word = page.locator('.scan-text .scan-word', { hasText: /^thuộc$/ });
      await word.click();
      await word.click();
      await page.locator('.scan-edit').fill('huyện');
      await page.locator('.scan-edit').press('Enter');
      await page.getByText('Đã lưu: “huyện”').waitFor();
      // The form of the copy has one, too.
      const subject = page.locator('[data-fields]').getByLabel(/^Trích yếu/);
      await subject.fill('Số hóa hồ sơ');
      await subject.blur();
      await page.getByText('Đã lưu: “Số hóa hồ sơ”').waitFor();
      // It is told just before the page is loaded anew: what is told last is kept across.
      await page.evaluate(`(() => {
        const told = document.querySelector('[data-told]');
        new MutationObserver(() => sessionStorage.setItem('told', told.textContent)).observe(told, { childList: true });
      })()`);
      const confirm = page.getByRole('button', { name: 'Xong: làm lại PDF và dữ liệu' });
      await loadsAnew(page, () => confirm.click());
      const told = await page.evaluate(`sessionStorage.getItem('told')`);

      const made = await until(
        () => over(id),
        (job) => job.result?.fields['subject']?.value === 'Số hóa hồ sơ',
        240_000,
      );
      const path = join(folder, 'corrected.pdf');
      writeFileSync(path, await api.bytes(`/api/v1/ocr-jobs/${id}/pdf`));
      expect(told).to.equal('Đang làm lại PDF và dữ liệu theo bản đã sửa.');
      expect(made.state).to.equal('done');
      expect(execFileSync('pdftotext', [path, '-'], { encoding: 'utf8' }).normalize('NFC')).to.include(
        'Các đơn vị trực huyện',
      );
      expect(faults).to.deep.equal([]);
    } finally {
      await browser.close();
    }
  });

  it('is put right, confirmed, and signed with the copy profile; its lineage says all of it', async () => {
    const { id, scan } = await scanned();
    const read = await over(id);
    expect(read.reason).to.equal(null);
    expect(read.result?.fields['codeNumber']?.value).to.equal('417');
    expect(read.result?.fields['promulgationDate']?.value).to.equal('2026-11-05');

    const subject = 'Số hóa hồ sơ lưu trữ năm 2026';
    const wishes = {
      docCode: 'H99.32_CV_000417_V1',
      key: 'con-dau',
      metadata: { OrganName: 'Ủy ban nhân dân huyện Mẫu', CodeNotation: 'UBND-VP', TypeName: 'Công văn' },
    };
    await api.send(`/api/v1/ocr-jobs/${id}/corrections`, { field: 'subject', value: subject });
    const early = await refusal(api.send(`/api/v1/ocr-jobs/${id}/digitised-copy`, wishes));
    expect(early)
      .to.match(/^400 /)
      .and.to.match(/xác nhận|not confirmed/);
    await api.send(`/api/v1/ocr-jobs/${id}/confirm`, {});
    await over(id);

    const copy = await api.send<Copy>(`/api/v1/ocr-jobs/${id}/digitised-copy`, wishes);

    expect(copy.fileName).to.equal('H99.32_CV_000417_V1_20261105_Cong-van-So-hoa-ho-so-luu-tru-nam-2026.pdf');
    expect(copy.metadata).to.include({
      DocCode: 'H99.32_CV_000417_V1',
      CodeNumber: '417',
      CodeNotation: 'UBND-VP',
      IssuedDate: '2026-11-05',
      OrganName: 'Ủy ban nhân dân huyện Mẫu',
      Subject: subject,
      Language: 'Tiếng Việt',
      PageAmount: 1,
    });
    expect(copy.lineage.derivedFrom).to.deep.equal([
      { name: 'cong-van-417.png', sha256: createHash('sha256').update(scan).digest('hex') },
    ]);
    expect(copy.lineage.engine).to.match(/^tesseract\.js \d/);
    expect(copy.lineage.corrections.map(({ field, value }) => [field, value])).to.deep.equal([
      ['subject', subject],
    ]);

    const pdf = await api.bytes(`/api/v1/ocr-jobs/${id}/digitised-copy`);
    const path = join(folder, copy.fileName);
    writeFileSync(path, pdf);
    expect(createHash('sha256').update(pdf).digest('hex')).to.equal(copy.sha256);
    const signatures = execFileSync('pdfsig', ['-nocert', path], { encoding: 'utf8' });
    expect(signatures).to.match(/Signature is Valid/);
    expect(signatures.match(/^Signature #/gm)).to.have.length(1);
    const text = execFileSync('pdftotext', [path, '-'], { encoding: 'utf8' });
    expect(text.normalize('NFC')).to.include('417/UBND-VP').and.to.include('NHÂN DÂN HUYỆN MẪU');
    if (process.env['LIENTHONG_SCREENSHOTS'])
      execFileSync('pdftoppm', [
        '-r',
        '70',
        '-png',
        path,
        join(process.env['LIENTHONG_SCREENSHOTS'], 'copy'),
      ]);
  });
});
