import { expect } from 'chai';
import { BURST, createAttempts, REFILL_MS } from '../../../src/gateway/console/attempts.ts';
import { isSameOrigin } from '../../../src/gateway/console/origin.ts';
import { safeNext } from '../../../src/gateway/console/pages/sign-in.ts';
import { AGENCIES, startTestGateway, type TestGateway } from './support.ts';

const OWN = { 'Sec-Fetch-Site': 'same-origin' };

describe('console sign-in', () => {
  let gateway: TestGateway;

  beforeEach(async () => {
    gateway = await startTestGateway();
  });
  afterEach(() => gateway.close());

  function signIn(fields: Record<string, string>, headers: Record<string, string> = OWN): Promise<Response> {
    return fetch(`${gateway.url}/console/session`, {
      method: 'POST',
      redirect: 'manual',
      headers,
      body: new URLSearchParams(fields),
    });
  }

  function cookieOf(answer: Response): string {
    return answer.headers.getSetCookie().find((cookie) => cookie.startsWith('lienthong_session=')) ?? '';
  }

  it('gives a cookie that scripts and other sites cannot use, and leads to the page asked for', async () => {
    const token = await gateway.token(AGENCIES.sender.code, 'clerk');

    const answer = await signIn({ token, next: '/hop-den' });

    expect(answer.status).to.equal(303);
    expect(answer.headers.get('location')).to.equal('/hop-den');
    expect(cookieOf(answer)).to.match(
      /^lienthong_session=[0-9a-f]{64}; Max-Age=28800; Path=\/; Expires=.*; HttpOnly; SameSite=Strict$/,
    );
    const page = await fetch(`${gateway.url}/`, {
      headers: { Cookie: cookieOf(answer).split(';')[0] ?? '' },
    });
    expect(await page.text()).to.include(AGENCIES.sender.name);
  });

  it('takes an address of slashes alone for the first page, and leads to no other host afterwards', async () => {
    const slashes = await fetch(`${gateway.url}//`);
    const elsewhere = await fetch(`${gateway.url}//example.org/`);

    expect(slashes.status).to.equal(200);
    expect(await slashes.text()).to.include('name="next" value="/"');
    expect(await elsewhere.text()).to.not.include('example.org');
  });

  it('marks the cookie Secure unless the operator allowed plain http', async () => {
    const strict = await startTestGateway({ insecureCookies: false });
    try {
      const token = await strict.token(AGENCIES.sender.code, 'clerk');
      const answer = await fetch(`${strict.url}/console/session`, {
        method: 'POST',
        redirect: 'manual',
        headers: OWN,
        body: new URLSearchParams({ token }),
      });
      expect(cookieOf(answer)).to.include('; Secure');
    } finally {
      await strict.close();
    }
  });

  it('says plainly that a token is wrong, without repeating it', async () => {
    const wrong = `lt_tok_x_${'0'.repeat(64)}`;

    const answer = await signIn({ token: wrong });

    const page = await answer.text();
    expect(answer.status).to.equal(401);
    expect(page).to.include('Mã truy cập không đúng hoặc đã bị thu hồi.');
    expect(page).to.not.include(wrong);
    expect(cookieOf(answer)).to.equal('');
  });

  it('refuses a sign-in that another site started', async () => {
    const token = await gateway.token(AGENCIES.sender.code, 'clerk');

    for (const headers of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      {},
    ] as Record<string, string>[]) {
      const answer = await signIn({ token }, headers);
      expect(answer.status, JSON.stringify(headers)).to.equal(403);
      expect(cookieOf(answer)).to.equal('');
    }
  });

  it('makes an address wait after too many wrong tokens, and lets it go on when the time is over', async () => {
    const token = await gateway.token(AGENCIES.sender.code, 'clerk');
    for (let i = 0; i < BURST; i += 1) expect((await signIn({ token: 'lt_wrong' })).status).to.equal(401);

    const refused = await signIn({ token });
    gateway.now += REFILL_MS;
    const allowed = await signIn({ token });

    expect(refused.status).to.equal(429);
    expect(refused.headers.get('retry-after')).to.equal('6');
    expect(await refused.text()).to.include('sau 6 giây');
    expect(allowed.status).to.equal(303);
  });

  it('forgets the session on both sides when one leaves', async () => {
    const cookie =
      cookieOf(await signIn({ token: await gateway.token(AGENCIES.sender.code, 'clerk') })).split(';')[0] ??
      '';

    const left = await fetch(`${gateway.url}/console/session/end`, {
      method: 'POST',
      redirect: 'manual',
      headers: { ...OWN, Cookie: cookie },
    });

    expect(left.headers.getSetCookie().join()).to.match(/lienthong_session=;.*Expires=Thu, 01 Jan 1970/);
    expect((await fetch(`${gateway.url}/hop-den`, { headers: { Cookie: cookie } })).status).to.equal(401);
  });

  it('does not let another site end a session', async () => {
    const cookie =
      cookieOf(await signIn({ token: await gateway.token(AGENCIES.sender.code, 'clerk') })).split(';')[0] ??
      '';

    await fetch(`${gateway.url}/console/session/end`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'Sec-Fetch-Site': 'cross-site', Cookie: cookie },
    });

    expect((await fetch(`${gateway.url}/hop-den`, { headers: { Cookie: cookie } })).status).to.equal(200);
  });

  it('refuses a form that is far too large', async () => {
    expect((await signIn({ token: 'x'.repeat(10_000) })).status).to.equal(413);
  });
});

describe('console origin', () => {
  function ask(headers: Record<string, string>): boolean {
    return isSameOrigin({ get: ((name: string) => headers[name.toLowerCase()]) as never });
  }

  it('believes Sec-Fetch-Site before anything else', () => {
    expect(ask({ 'sec-fetch-site': 'same-origin', origin: 'https://evil.example', host: 'a' })).to.equal(
      true,
    );
    expect(ask({ 'sec-fetch-site': 'none', origin: 'http://a', host: 'a' })).to.equal(false);
  });

  it('compares Origin with Host where the browser sends nothing better', () => {
    expect(ask({ origin: 'http://gateway.local:8080', host: 'gateway.local:8080' })).to.equal(true);
    expect(ask({ origin: 'http://gateway.local', host: 'gateway.local:8080' })).to.equal(false);
    expect(ask({ host: 'gateway.local:8080' })).to.equal(false);
  });

  it('comes back only to paths of its own', () => {
    expect(safeNext('/goi-tin/pkg_1?day-du=1')).to.equal('/goi-tin/pkg_1?day-du=1');
    for (const path of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/a\r\nSet-Cookie: x',
      '',
      undefined,
      ['/a'],
    ]) {
      expect(safeNext(path), String(path)).to.equal('/');
    }
  });
});

describe('console sign-in attempts', () => {
  it('counts a whole IPv6 /64 as one address and others apart', () => {
    const attempts = createAttempts();
    for (let i = 0; i < BURST; i += 1) attempts.wrong(`2001:db8:1:2::${i + 1}`, 0);

    expect(attempts.waitSeconds('2001:db8:1:2:ffff::9', 0)).to.equal(6);
    expect(attempts.waitSeconds('2001:db8:1:3::1', 0)).to.equal(0);
    expect(attempts.waitSeconds('192.0.2.1', 0)).to.equal(0);
  });

  it('never asks for a longer wait than one try takes to come back', () => {
    const attempts = createAttempts();
    for (let i = 0; i < 1_000; i += 1) attempts.wrong('192.0.2.1', 0);

    expect(attempts.waitSeconds('192.0.2.1', 0)).to.equal(REFILL_MS / 1000);
    expect(attempts.waitSeconds('192.0.2.1', REFILL_MS)).to.equal(0);
  });
});
