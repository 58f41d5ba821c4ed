import { expect } from 'chai';
import { openSession } from '../../../src/gateway/access/index.ts';
import { loadAssets } from '../../../src/gateway/console/static.ts';
import { AGENCIES, plainPdf, startTestGateway, type TestGateway } from './support.ts';

describe('console pages', () => {
  let gateway: TestGateway;
  const cookies: Record<string, string> = {};

  before(async () => {
    gateway = await startTestGateway();
    for (const [name, agency, role] of [
      ['sender', AGENCIES.sender.code, 'clerk'],
      ['recipient', AGENCIES.recipient.code, 'clerk'],
      ['stranger', AGENCIES.stranger.code, 'clerk'],
      ['operator', AGENCIES.stranger.code, 'operator'],
      ['auditor', AGENCIES.sender.code, 'auditor'],
    ] as const) {
      const token = await gateway.token(agency, role);
      cookies[name] =
        `lienthong_session=${await openSession(gateway.store, { tokenId: /^lt_(tok_[0-9a-z]+)_/.exec(token)?.[1] ?? '', agency, role }, gateway.now)}`;
    }
  });
  after(() => gateway.close());

  async function get(
    path: string,
    who?: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; text: string; headers: Headers }> {
    const answer = await fetch(`${gateway.url}${path}`, {
      redirect: 'manual',
      headers: { ...(who === undefined ? {} : { Cookie: cookies[who] ?? '' }), ...headers },
    });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  }

  it('shows a visitor what this is, a place for a file and the sign-in field, and nothing of any package', async () => {
    const sent = await gateway.send({ subject: 'Việc chỉ cơ quan gửi và nhận biết' });

    const home = await get('/');
    const own = await get(`/goi-tin/${sent.id}`);

    expect(home.status).to.equal(200);
    expect(home.text).to.include('type="file"').and.include('name="token"').and.include('tối đa 20 MB');
    expect(own.status).to.equal(401);
    expect(own.text).to.not.include('Việc chỉ cơ quan');
    expect(own.text).to.include(`name="next" value="/goi-tin/${sent.id}"`);
  });

  it('gives a browser that went astray a page, and a program the answer of the API', async () => {
    const page = await get('/khong-co', 'sender', { Accept: 'text/html' });
    const programs = [await get('/khong-co'), await get('/api/v1/khong-co')];

    expect(page.status).to.equal(404);
    expect(page.headers.get('content-type')).to.match(/^text\/html/);
    for (const { status, headers } of programs) {
      expect(status).to.equal(404);
      expect(headers.get('content-type')).to.match(/^application\/problem\+json/);
    }
  });

  it('leaves the drop zone out when checking without a token is closed', async () => {
    const closed = await startTestGateway({ publicVerifyBytes: 0 });
    try {
      expect(await (await fetch(`${closed.url}/`)).text()).to.not.include('type="file"');
    } finally {
      await closed.close();
    }
  });

  it('finds a document by words of its subject without marks, and nothing of others', async () => {
    const sent = await gateway.send({ subject: 'Phê duyệt chỉ giới đường đỏ <Hồ Tây>' });
    const search = (who: string) => get(`/?tim=${encodeURIComponent('duong do ho tay')}`, who);

    const own = await search('sender');
    const arrived = await search('recipient');
    const stranger = await search('stranger');

    for (const page of [own, arrived]) {
      expect(page.text).to.include(`href="/goi-tin/${sent.id}"`);
      expect(page.text).to.include('value="duong do ho tay"');
    }
    expect(stranger.text).to.not.include(sent.id);
    expect(stranger.text).to.include('Không có gói tin nào khớp với bộ lọc');
  });

  it('lets the sender see all recipients, a recipient only itself, a stranger nothing, an operator everything', async () => {
    const { id } = await gateway.send({ to: [AGENCIES.recipient.code, AGENCIES.ministry.code] });

    const [sender, recipient, stranger, operator] = await Promise.all(
      ['sender', 'recipient', 'stranger', 'operator'].map((who) => get(`/goi-tin/${id}`, who)),
    );

    for (const page of [sender, operator])
      expect(page?.text).to.include(AGENCIES.recipient.name).and.include(AGENCIES.ministry.name);
    expect(recipient?.text).to.include(AGENCIES.recipient.name).and.not.include(AGENCIES.ministry.name);
    expect(recipient?.text).to.not.include('/evidence');
    expect(stranger?.status).to.equal(404);
    expect(stranger?.text).to.not.include(AGENCIES.sender.name);
  });

  it('does not count or name other recipients in the list of a recipient', async () => {
    await gateway.send({ to: [AGENCIES.recipient.code, AGENCIES.ministry.code], subject: 'Gửi hai nơi' });

    expect((await get('/', 'sender')).text).to.include('2 nơi nhận');
    expect((await get('/', 'recipient')).text)
      .to.include('Gửi hai nơi')
      .and.not.include('2 nơi nhận');
  });

  it('filters by direction, kind and state, and treats nonsense as no filter', async () => {
    const { deliveries } = await gateway.send({ subject: 'Đi tới bộ', to: [AGENCIES.ministry.code] });
    expect(deliveries[0]?.state).to.equal('queued');

    expect((await get('/?chieu=received', 'sender')).text).to.not.include('Đi tới bộ');
    expect((await get('/?chieu=sent&trang-thai=in-progress', 'sender')).text).to.include('Đi tới bộ');
    expect((await get('/?trang-thai=delivered', 'sender')).text).to.not.include('Đi tới bộ');
    expect((await get('/?loai=dossier', 'sender')).text).to.include('Không có gói tin nào khớp với bộ lọc.');
    expect(
      (await get(`/?chieu=x&trang-thai=%27%20OR%201&so=-5&truoc=%25&loai=${'a'.repeat(99)}`, 'sender')).text,
    ).to.include('Đi tới bộ');
  });

  it('shows more rows on asking and goes on to older ones at the limit', async () => {
    for (let i = 0; i < 4; i += 1) await gateway.send({ subject: `Loạt ${i}` });

    const first = await get('/?so=2', 'sender');
    const more = /href="(\/\?so=\d+)"/.exec(first.text)?.[1] ?? '';
    const older = await get(
      `/?so=2&truoc=${/data-key="(pkg_[0-9a-z]+)"[\s\S]*?data-key="(pkg_[0-9a-z]+)"/.exec(first.text)?.[2]}`,
      'sender',
    );

    expect(first.text.match(/data-key="pkg_/g)).to.have.length(2);
    expect(more).to.equal('/?so=52');
    expect(first.text).to.include('Loạt 3').and.include('Loạt 2').and.not.include('Loạt 1');
    expect(older.text).to.include('Loạt 1').and.include('Loạt 0').and.not.include('Loạt 2');
    expect(older.text).to.include('Về mới nhất');
  });

  it('offers "try again" for a stopped delivery to the sender and the operator, not to an auditor', async () => {
    const { id, deliveries } = await gateway.send({ to: [AGENCIES.ministry.code] });
    const [delivery] = deliveries;
    if (delivery === undefined) throw new Error('no delivery');
    await gateway.move(
      delivery,
      {
        state: 'parked',
        reason_code: 'VXP_REFUSED',
        reason: 'Trục quốc gia từ chối: sai mã đơn vị.',
        attempts: 12,
      },
      {
        type: 'parked',
        actor: 'gateway',
        data: {
          code: 'VXP_REFUSED',
          reason: 'Trục quốc gia từ chối: sai mã đơn vị.',
          recipient: delivery.recipient,
        },
      },
    );

    const pages = await Promise.all(
      ['sender', 'operator', 'auditor'].map((who) => get(`/goi-tin/${id}`, who)),
    );

    for (const page of pages)
      expect(page.text).to.include('Trục quốc gia từ chối: sai mã đơn vị.').and.include('đã thử 12 lần');
    expect(pages.map((page) => page.text.includes(`/api/v1/deliveries/${delivery.id}/retry`))).to.deep.equal([
      true,
      true,
      false,
    ]);
    expect((await get('/', 'sender')).text).to.match(/<b>1<\/b> lượt gửi dừng/);
    expect((await get('/', 'recipient')).text).to.not.include('lượt gửi dừng');
  });

  it('says when the stored events do not match their hashes', async () => {
    const { id } = await gateway.send({});
    expect((await get(`/goi-tin/${id}`, 'sender')).text).to.include('Chuỗi sự kiện nguyên vẹn');

    await gateway.store.write((tx) =>
      tx
        .updateTable('events')
        .set({ actor: 'someone else' })
        .where('package_id', '=', id)
        .where('seq', '=', 1)
        .execute(),
    );

    const page = (await get(`/goi-tin/${id}`, 'sender')).text;
    expect(page).to.include('CHUỖI SỰ KIỆN BỊ SỬA').and.not.include('Chuỗi sự kiện nguyên vẹn');
  });

  it('folds a long run of equal events and still tells how many there are', async () => {
    const { id, deliveries } = await gateway.send({ to: [AGENCIES.ministry.code] });
    const [delivery] = deliveries;
    if (delivery === undefined) throw new Error('no delivery');
    for (let i = 1; i <= 6; i += 1)
      await gateway.move(
        delivery,
        { state: 'retrying', attempts: i },
        {
          type: 'attempt-failed',
          actor: 'gateway',
          data: {
            recipient: delivery.recipient,
            code: 'VXP_UNAVAILABLE',
            reason: 'Trục không trả lời.',
            attempt: i,
            nextInSeconds: 60,
          },
        },
      );

    const page = (await get(`/goi-tin/${id}`, 'sender')).text;

    expect(page.match(/data-type="attempt-failed"/g)).to.have.length(1);
    expect(page).to.include('6 sự kiện cùng loại').and.include('(lần 6)');
  });

  it('writes hostile names and subjects as text everywhere', async () => {
    const hostile = `<img src=x onerror=alert(1)>"'><script>alert(2)</script>`;
    const { id } = await gateway.send(
      {
        subject: hostile,
        signer: { fullName: '<b>x</b>' },
        code: { codeNumber: '9', codeNotation: '"><i>' },
      },
      [{ name: `a"><svg onload=alert(3)>\u202efdp.pdf`, bytes: plainPdf() }],
    );

    for (const page of [
      await get('/', 'sender'),
      await get(`/goi-tin/${id}`, 'sender'),
      await get('/hop-den', 'recipient'),
      await get(`/goi-tin/${id}?lang=%3Cscript%3E`, 'sender'),
    ]) {
      expect(page.text).to.not.match(/<img src=x|<script>alert|<svg onload|<b>x<|"><i>|\u202e/);
    }
    expect((await get('/', 'sender')).text).to.include('&lt;img src=x onerror=alert(1)&gt;');
  });

  it('sends pages that run nothing inline, load nothing from elsewhere and are never stored', async () => {
    for (const [path, who] of [
      ['/', undefined],
      ['/', 'sender'],
      ['/hop-den', 'sender'],
      ['/ho-so', 'sender'],
      ['/kiem-tra', undefined],
      ['/khong-co', 'sender'],
    ] as const) {
      const page = await get(path, who);
      if (path === '/khong-co') continue;
      expect(page.headers.get('content-security-policy'), path)
        .to.include("default-src 'none'")
        .and.include("script-src 'self'")
        .and.not.include('unsafe');
      expect(page.headers.get('cache-control'), path).to.equal('no-store');
      expect(page.text, path).to.not.match(
        /<script(?![^>]* src="\/console\/assets\/)|<style|<[^>]*\s(style|on[a-z]+)=/,
      );
    }
  });

  it('answers 304 to a refresh that has the page already, and the page again after a change', async () => {
    const before = await get('/', 'sender');
    const etag = before.headers.get('etag') ?? '';

    const same = await get('/', 'sender', { 'If-None-Match': etag });
    await gateway.send({ subject: 'Mới' });
    const changed = await get('/', 'sender', { 'If-None-Match': etag });

    expect(same.status).to.equal(304);
    expect(changed.status).to.equal(200);
    expect(changed.text).to.include('Mới');
  });

  it('serves its files for good under an address that names their content', async () => {
    const page = (await get('/')).text;
    const css = /href="(\/console\/assets\/[0-9a-f]{16}\/console\.css)"/.exec(page)?.[1] ?? '';

    const named = await get(css);
    const old = await get(css.replace(/[0-9a-f]{16}/, '0000000000000000'));
    const none = await get(css.replace('console.css', '..%2f..%2findex.ts'));

    expect(named.headers.get('cache-control')).to.equal('public, max-age=31536000, immutable');
    expect(old.headers.get('cache-control')).to.equal('no-cache');
    expect(old.status).to.equal(200);
    expect(none.status).to.equal(404);
  });

  it('weighs less than 40 KB in all', () => {
    expect(loadAssets().sizeBytes).to.be.lessThan(40 * 1024);
    expect(loadAssets().asideBytes).to.be.lessThan(16 * 1024);
  });

  it('speaks Vietnamese first, English when asked, and remembers', async () => {
    const vi = await get('/', undefined, { 'Accept-Language': 'en' });
    const switched = await get('/kiem-tra?lang=en');
    const en = await get('/kiem-tra', undefined, { Cookie: 'lienthong_lang=en' });

    expect(vi.text).to.include('<html lang="vi">').and.include('Đăng nhập');
    expect(switched.status).to.equal(303);
    expect(switched.headers.get('location')).to.equal('/kiem-tra');
    expect(switched.headers.getSetCookie().join()).to.include('lienthong_lang=en');
    expect(en.text).to.include('<html lang="en">').and.include('Check digital signatures');
  });

  it('says as a page that the store is not available', async () => {
    const broken = await startTestGateway();
    try {
      const token = await broken.token(AGENCIES.sender.code, 'clerk');
      await broken.store.close();

      const answer = await fetch(`${broken.url}/console/session`, {
        method: 'POST',
        headers: { 'Sec-Fetch-Site': 'same-origin' },
        body: new URLSearchParams({ token }),
      });

      expect(answer.status).to.equal(503);
      expect(await answer.text())
        .to.include('Kho lưu trữ tạm thời không sẵn sàng')
        .and.not.include('node_modules');
    } finally {
      await broken.close();
    }
  });

  it('shows an operator the inbox of another agency, and a clerk always its own', async () => {
    await gateway.send({ subject: 'Cho sở' });

    expect((await get(`/hop-den?co-quan=${AGENCIES.recipient.code}`, 'operator')).text)
      .to.include('Cho sở')
      .and.not.include('data-action');
    expect((await get(`/hop-den?co-quan=${AGENCIES.recipient.code}`, 'stranger')).text).to.not.include(
      'Cho sở',
    );
  });

  it('shows a dossier’s state and steps to its agency, and never who applied', async () => {
    const metadata = {
      agency: AGENCIES.sender.code,
      procedureCode: '2.000488',
      procedureName: 'Cấp Phiếu lý lịch tư pháp',
      fieldCode: 'G15-LV07',
      fieldName: 'Lý lịch tư pháp',
      applicant: { name: 'TRẦN THỊ BÍ MẬT', identities: [{ type: 1, number: '048194003271' }] },
      components: [],
    };
    const form = new FormData();
    form.set('metadata', JSON.stringify(metadata));
    const token = await gateway.token(AGENCIES.sender.code, 'clerk');
    const answer = await fetch(`${gateway.url}/api/v1/dossiers`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body: form,
    });
    const body = (await answer.json()) as { code: string };
    expect(answer.status, JSON.stringify(body)).to.equal(202);

    const own = await get(`/ho-so/${body.code}`, 'sender');
    const list = await get('/ho-so', 'sender');
    const stranger = await get(`/ho-so/${body.code}`, 'stranger');

    expect(own.text).to.include('Được tiếp nhận').and.include('2.000488').and.include('data-type="accepted"');
    expect(list.text).to.include(`/ho-so/${body.code}`);
    for (const page of [own, list, await get('/', 'sender')])
      expect(page.text).to.not.match(/BÍ MẬT|048194003271/);
    const lookup = await get(
      `/tra-cuu?ma=${encodeURIComponent(` https://tra-cuu.example/tra-cuu?ma=${body.code.toLowerCase()} `)}`,
    );
    expect(lookup.status).to.equal(200);
    expect(lookup.text)
      .to.include('Được tiếp nhận')
      .and.include(AGENCIES.sender.name)
      .and.not.match(/BÍ MẬT|048194003271|2\.000488/);
    expect(stranger.status).to.equal(404);
    expect((await get('/ho-so', 'stranger')).text).to.include('Chưa có hồ sơ nào.');
  });

  it('makes an address that guesses dossier codes wait', async () => {
    const own = await startTestGateway();
    try {
      const guess = (n: number): Promise<Response> =>
        fetch(`${own.url}/tra-cuu?ma=000.00.32.H99-261120-${String(n).padStart(4, '0')}`);
      const statuses: number[] = [];
      for (let n = 0; n < 11; n += 1) statuses.push((await guess(n)).status);

      expect(statuses).to.deep.equal([...Array(10).fill(404), 429]);
      own.now += 60_000;
      expect((await guess(11)).status).to.equal(404);
    } finally {
      await own.close();
    }
  });
});
