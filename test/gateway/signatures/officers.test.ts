import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { createToken } from '../../../src/gateway/access/index.ts';
import { findSigningRequest } from '../../../src/gateway/store/index.ts';
import { openTestKey } from '../../../src/signing/index.ts';
import { LETTER, makePdf } from '../../signing/pdf/make-pdf.ts';
import { attempt, scratch } from '../../signing/test-pki/shared.ts';
import { loadsAnew, openWindow, startBrowser } from '../console/support.ts';
import { type Answer, type Api, createApi } from '../support/api.ts';
import { temporaryFolder } from '../support/folders.ts';
import { AGENCY } from '../support/messages.ts';
import { type FakePlugin, runPlugin, startPlugin } from './plugin.ts';
import { CODINGS, scanPdf } from './scan-pdf.ts';
import { SERVICE_PIN, type SigningScene, startSigningScene } from './scene.ts';

const SCREENSHOTS = process.env['LIENTHONG_SCREENSHOTS'];

describe('the officers’ page', () => {
  let scene: SigningScene;
  let plugin: FakePlugin;
  let browser: Browser;
  let clerk: Api;
  let officer: Api;
  let token = '';

  before(async function () {
    browser = await startBrowser(this);
    const folder = temporaryFolder();
    const script = join(folder, 'vgcaplugin.js');
    writeFileSync(script, '');
    // Its address is in the script and in the page's policy, so the plugin has to be there first.
    const { testPki } = await import('../support/world.ts');
    const identity = (await testPki()).identities['leader-district'];
    if (identity === undefined) throw new TypeError('no leader');
    plugin = await startPlugin(await openTestKey(identity));
    writeFileSync(script, plugin.script);
    scene = await startSigningScene(this, {
      insecureCookies: true,
      signingPlugin: script,
      signingPluginAddresses: plugin.url,
    });
    const person = { name: 'Nguyễn Văn An', id: identity.subject.uid ?? null };
    const { store } = scene.bare.gateway.deps.x;
    ({ token } = await createToken(store, AGENCY.district.code, 'officer', Date.now(), person));
    officer = createApi(scene.bare.gateway.url, token);
    clerk = await scene.bare.as(AGENCY.district);
  });
  after(async () => {
    await browser?.close();
    await plugin?.close();
    await scene?.close();
  });

  async function lay(title: string, more: object = {}): Promise<string> {
    const metadata = {
      title,
      documentCode: '15/QĐ-UBND',
      profile: 'leader',
      signer: { name: 'Nguyễn Văn An', id: 'CCCD:001080000008' },
      ...more,
    };
    const answer = await clerk.postForm('/api/v1/signing-requests', metadata, {
      'quyet-dinh.pdf': makePdf({ lines: [...LETTER, { text: title, x: 298, y: 560 }] }),
    });
    expect(answer.status, answer.text).to.equal(201);
    return answer.json.id as string;
  }
  const stateOf = async (id: string): Promise<Answer['json']> =>
    (await officer.get(`/api/v1/signing-requests/${id}`)).json;
  async function signIn(width = 1280): Promise<{ page: Page; faults: string[]; close(): Promise<void> }> {
    const { page, context, faults } = await openWindow(browser, { width, height: 900 });
    await page.goto(`${scene.bare.gateway.url}/`);
    await page.getByLabel('Mã truy cập').fill(token);
    await loadsAnew(page, () => page.getByRole('button', { name: 'Đăng nhập' }).click());
    await page.getByRole('button', { name: 'Thoát' }).waitFor();
    return { page, faults, close: () => context.close() };
  }
  async function open(page: Page, id: string): Promise<void> {
    await page.goto(`${scene.bare.gateway.url}/ky-so/${id}`);
    await page.locator('html[data-signing=ready]').waitFor({ state: 'attached' });
  }
  async function shot(page: Page, name: string): Promise<void> {
    if (SCREENSHOTS !== undefined)
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
  }
  async function isSignedBy(id: string, name: string): Promise<void> {
    const answer = await fetch(`${scene.bare.gateway.url}/api/v1/signing-requests/${id}/file`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { output } = attempt('pdfsig', scratch(`${id}.pdf`, new Uint8Array(await answer.arrayBuffer())));
    expect(output).to.contain('Signature is Valid').and.contain(name);
  }

  it('shows the document, takes a dragged place, and signs with a key of the server', async () => {
    const id = await lay('Quyết định phê duyệt kế hoạch');
    const { page, faults, close } = await signIn();
    await page.getByRole('link', { name: 'Ký số' }).click();
    await page.getByText('Quyết định phê duyệt kế hoạch').waitFor();
    await shot(page, 'ky-so-danh-sach');
    await open(page, id);
    await page.getByText('Trang 1/1').waitFor();
    await page.getByRole('button', { name: 'Chọn vị trí chữ ký' }).click();
    const frame = page.locator('[data-frame]');
    const before = await frame.boundingBox();
    if (before === null) throw new TypeError('no frame');
    await page.mouse.move(before.x + 20, before.y + 20);
    await page.mouse.down();
    await page.mouse.move(before.x - 80, before.y + 120, { steps: 4 });
    await page.mouse.up();
    await page.keyboard.press('ArrowLeft');
    const after = await frame.boundingBox();
    expect(after?.x).to.be.lessThan(before.x - 90);
    expect(after?.y).to.be.greaterThan(before.y + 90);
    await shot(page, 'ky-so-van-ban');

    await page.getByLabel('Khoá ký').selectOption('the');
    const named = await page.evaluate(`(() => {
      const list = document.getElementById('key');
      list.style.width = '6rem';
      list.dispatchEvent(new Event('change'));
      const whole = document.querySelector('[data-key-name]');
      return [whole.getClientRects().length > 0, whole.textContent === list.selectedOptions[0].textContent];
    })()`);
    expect(named, 'a name cut in the list stands below it').to.deep.equal([true, true]);
    await page.getByRole('button', { name: 'Ký', exact: true }).click();
    await page.locator('[data-state=signed]').waitFor();

    expect((await stateOf(id)).state).to.equal('signed');
    await isSignedBy(id, 'Nguyễn Văn An');
    await page.getByText('Trang 1/1').waitFor();
    await shot(page, 'ky-so-da-ky');
    expect(faults).to.deep.equal([]);
    await close();
  });

  it('shows scans of every coding', async () => {
    const metadata = { title: 'Bản quét', documentCode: '16/QĐ-UBND', profile: 'leader' };
    const laid = await clerk.postForm('/api/v1/signing-requests', metadata, { 'quet.pdf': await scanPdf() });
    const { page, faults, close } = await signIn();
    await open(page, laid.json.id as string);
    await page.locator('[data-viewer][data-shown="1"]').waitFor();

    const middles = await page.evaluate(`(() => {
      const canvas = document.querySelector('[data-viewer] canvas');
      const at = (x) => canvas.getContext('2d').getImageData(canvas.width * x, canvas.height / 2, 1, 1).data[0];
      return [1 / 6, 3 / 6, 5 / 6].map(at);
    })()`);

    expect(Object.fromEntries(CODINGS.map((coding, i) => [coding, (middles as number[])[i]]))).to.deep.equal({
      CCITTFaxDecode: 0,
      JBIG2Decode: 0,
      JPXDecode: 0,
    });
    expect(faults).to.deep.equal([]);
    await close();
  });

  it('signs several at once with a signing service and one code, on a phone', async () => {
    const ids = [await lay('Tờ trình một'), await lay('Tờ trình hai')];
    const { page, faults, close } = await signIn(390);
    await open(page, ids[0] ?? '');
    await page.getByText('Trang 1/1').waitFor();
    await shot(page, 'ky-so-van-ban-dien-thoai');
    await page.goto(`${scene.bare.gateway.url}/ky-so`);
    await page.locator('html[data-signing=ready]').waitFor({ state: 'attached' });
    for (const title of ['Tờ trình một', 'Tờ trình hai']) await page.getByLabel(`Chọn ${title}`).check();
    await page.getByLabel('Khoá ký').selectOption('tu-xa');
    await page.getByRole('button', { name: 'Ký các văn bản đã chọn' }).click();
    await page.getByRole('heading', { name: 'Cho phép ký' }).waitFor();
    await page.getByLabel('Mã PIN').fill(SERVICE_PIN);
    await page.getByRole('button', { name: 'Gửi mã OTP' }).click();
    await page.getByText('Đã gửi mã OTP.').waitFor();
    await shot(page, 'ky-so-cho-phep');
    await page.getByLabel('Mã OTP', { exact: true }).fill(scene.service.sentCodes.at(-1)?.code ?? '');
    await page.locator('dialog').getByRole('button', { name: 'Ký', exact: true }).click();

    await page.getByText('Đã ký xong 2 văn bản.').waitFor();

    for (const id of ids) expect((await stateOf(id)).state).to.equal('signed');
    expect(faults).to.deep.equal([]);
    await close();
  });

  it('signs with the plugin on the officer’s machine', async () => {
    const id = await lay('Công văn ký bằng phần mềm');
    const { page, faults, close } = await signIn();
    await open(page, id);

    await page.getByRole('button', { name: 'Ký bằng phần mềm trên máy' }).click();
    await page.locator('[data-state=signed]').waitFor();

    await isSignedBy(id, 'Nguyễn Văn An');
    expect(faults).to.deep.equal([]);
    await close();
  });

  it('signs several with the plugin in one list', async () => {
    const ids = [await lay('Danh sách một'), await lay('Danh sách hai'), await lay('Danh sách ba')];
    const { page, faults, close } = await signIn();
    await page.goto(`${scene.bare.gateway.url}/ky-so`);
    await page.locator('html[data-signing=ready]').waitFor({ state: 'attached' });
    for (const title of ['Danh sách một', 'Danh sách hai', 'Danh sách ba'])
      await page.getByLabel(`Chọn ${title}`).check();

    await page.getByRole('button', { name: 'Ký bằng phần mềm trên máy' }).click();
    await page.getByText('Đã ký 3/3 bằng phần mềm trên máy.').waitFor();
    await shot(page, 'ky-so-phan-mem');

    for (const id of ids) await isSignedBy(id, 'Nguyễn Văn An');
    expect(faults).to.deep.equal([]);
    await close();
  });

  it('takes of a list only files that are on it, each once, as they wait', async () => {
    const [one, two, other] = [await lay('Một'), await lay('Hai', {}), await lay('Khác')];
    const order = await officer.postJson('/api/v1/signing-requests/bridge', { ids: [one, two] });
    const alone = await officer.postJson(`/api/v1/signing-requests/${other}/bridge`, {});
    const { Files, ...handler } = order.json.argument;
    const back = (from: string) =>
      runPlugin({ signer: plugin.signer, fault: null }, { ...handler, FileName: from });

    expect(order.json.function).to.equal('vgca_sign_files');
    expect(Files.map((file: { FileID: string }) => file.FileID)).to.deep.equal([one, two]);
    expect(await back(alone.json.argument.FileName)).to.include({ Status: false, Code: 'BRIDGE_FILE' });
    expect(await back(Files[1].URL)).to.include({ Status: true });
    expect((await stateOf(two)).state).to.equal('signed');
    expect((await stateOf(one)).state).to.equal('waiting');
    expect(await back(Files[1].URL)).to.include({ Status: false });
    expect(await back(Files[0].URL)).to.include({ Status: true });
    const tooMany = await officer.postJson('/api/v1/signing-requests/bridge', {
      ids: Array.from({ length: 31 }, () => other),
    });
    expect(tooMany.status).to.equal(400);
  });

  it('refuses with a reason, and tells the clerk', async () => {
    const id = await lay('Dự thảo còn sai');
    const { page, close } = await signIn();
    await open(page, id);
    await page.getByRole('button', { name: 'Từ chối ký' }).click();
    await page.getByText('Hãy ghi lý do từ chối.').waitFor();
    await page.getByLabel('Lý do từ chối').fill('Sai số tiền ở Điều 2');

    await page.getByRole('button', { name: 'Từ chối ký' }).click();
    await page.locator('[data-state=refused]').waitFor();

    expect((await clerk.get(`/api/v1/signing-requests/${id}`)).json.reason.text).to.equal(
      'Sai số tiền ở Điều 2',
    );
    await close();
  });

  it('takes from the plugin only the same document with the right person’s signature, once', async () => {
    const id = await lay('Văn bản bị thay');
    const order = (await officer.postJson(`/api/v1/signing-requests/${id}/bridge`, {})).json;
    expect(order.function).to.equal('vgca_sign_approved');
    const other = scene.pki.identities['agency-district'];
    if (other === undefined) throw new TypeError('no agency');
    const stranger = await openTestKey(other);
    const { signer } = plugin;
    const tries: [string, Pick<FakePlugin, 'signer' | 'fault'>][] = [
      ['BRIDGE_FILE', { signer, fault: 'other-document' }],
      ['BRIDGE_FILE', { signer, fault: 'not-signed' }],
      ['SIGNER_MISMATCH', { signer: stranger, fault: null }],
    ];
    for (const [code, faulty] of tries)
      expect(await runPlugin(faulty, order.argument), code).to.include({ Status: false, Code: code });
    expect((await stateOf(id)).state).to.equal('waiting');

    expect(order.argument.MetaData).to.deep.include({ Key: 'DocumentCode', Value: '15/QĐ-UBND' });
    expect(await runPlugin({ signer, fault: null }, order.argument)).to.include({ Status: true });
    // What the check of the plugin's signature stood on is kept as for our own.
    const row = await findSigningRequest(scene.bare.gateway.deps.x.store.read, id);
    const evidence = JSON.parse(row?.evidence ?? '{}');
    expect(evidence.certificates).to.have.length(3);
    expect(evidence.crls).to.have.length(2);
    expect(await runPlugin({ signer, fault: null }, order.argument)).to.include({ Status: false });
    expect((await fetch(order.argument.FileName)).status).to.equal(403);
    expect((await fetch(`${order.argument.FileName.replace(/\/tep\/./, '/tep/x')}`)).status).to.equal(403);
  });

  it('keeps others’ documents from an officer, and refuses to sign twice', async () => {
    const id = await lay('Trình người khác', { signer: { name: 'Trần Thị Bình', id: 'CCCD:001185000002' } });

    const answer = await officer.postJson('/api/v1/signing-requests/signatures', { ids: [id], key: 'tep' });
    const list = (await officer.get('/api/v1/signing-requests')).json.items;

    expect(answer.json.code).to.equal('SIGNER_MISMATCH');
    expect(list.map((item: { id: string }) => item.id)).not.to.include(id);
    const done = await officer.postJson('/api/v1/signing-requests/signatures', {
      ids: [await lay('Hai lần'), id].slice(0, 1),
      key: 'tep',
    });
    expect(done.status).to.equal(202);
  });
});
