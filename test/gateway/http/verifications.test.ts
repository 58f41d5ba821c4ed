import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { AGENCIES, plainPdf, signedPdf, startTestGateway, type TestGateway } from '../console/support.ts';
import { temporaryFolder } from '../support/folders.ts';

const HOSTILE = '<img src=x onerror=alert(1)>.pdf';

describe('POST /api/v1/verifications', function verifications() {
  let gateway: TestGateway;
  let signed: Uint8Array;
  before(async () => {
    gateway = await startTestGateway({}, { signing: true });
    signed = await signedPdf(gateway, 'leader');
  });
  after(() => gateway?.close());

  function form(files: readonly (readonly [field: string, name: string, bytes: Uint8Array])[], keep = false) {
    const body = new FormData();
    for (const [field, name, bytes] of files) body.append(field, new Blob([Buffer.from(bytes)]), name);
    if (keep) body.append('keep', '1');
    return body;
  }

  const ask = (body: BodyInit, headers: Record<string, string> = {}, query = '') =>
    fetch(`${gateway.url}/api/v1/verifications${query}`, { method: 'POST', body, headers });

  it('answers with the verdict, and says what it rests on', async () => {
    const answer = await ask(form([['file', 'cong-van.pdf', signed]]));
    const report = await answer.json();

    expect(answer.status).to.equal(200);
    expect(report).to.include({
      file: 'cong-van.pdf',
      format: 'PDF',
      verdict: 'TOTAL-PASSED',
      policy: 'default',
    });
    expect(report.certificates.map((one: { source: string }) => one.source)).to.include('trust-anchor');
    expect(report.certificates[0].evidenceSha256).to.match(/^[0-9a-f]{64}$/);
  });

  it('makes a PDF report that other tools read, in both languages', async () => {
    const answer = await ask(form([['file', HOSTILE, signed]]), { Accept: 'application/pdf' });
    const file = join(temporaryFolder(), 'r.pdf');
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
    const text = execFileSync('pdftotext', ['-layout', file, '-']).toString('utf8');

    expect(answer.headers.get('content-type')).to.equal('application/pdf');
    expect(text).to.include('BÁO CÁO KIỂM TRA CHỮ KÝ SỐ').and.include('DIGITAL SIGNATURE VALIDATION REPORT');
    expect(text)
      .to.include('Nguyễn Văn An')
      .and.include('TOTAL-PASSED')
      .and.include('ETSI EN 319 102-1 §5.2.7');
    expect(execFileSync('qpdf', ['--check', file]).toString()).to.include(
      'No syntax or stream encoding errors',
    );
  });

  it('answers a plain form with a page that runs nothing a file brings', async () => {
    const answer = await ask(form([['file', HOSTILE, signed]]), {
      Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    });
    const page = await answer.text();

    expect(page)
      .to.include('Hợp lệ')
      .and.include('&lt;img')
      .and.not.include('<img')
      .and.not.include('<script');
    expect(answer.headers.get('content-security-policy')).to.match(/^default-src 'none'; style-src 'sha256-/);
    expect(answer.headers.get('location')).to.equal(null);
  });

  it('keeps a report only when asked, never the file, and forgets it when its time is over', async () => {
    const answer = await ask(form([['file', 'a.pdf', signed]], true));
    const link = answer.headers.get('location') ?? '';
    const page = await fetch(`${gateway.url}${link}`);
    const pdf = await fetch(`${gateway.url}${link}`, { headers: { Accept: 'application/pdf' } });
    const other = await fetch(`${gateway.url}${link.slice(0, -2)}AA`);
    gateway.now += 8 * 86_400_000;
    const over = await fetch(`${gateway.url}${link}`);

    expect(link).to.match(/^\/kiem-tra\/bao-cao\/[\w-]{24}$/);
    expect([page.status, pdf.status, other.status, over.status]).to.deep.equal([200, 200, 404, 404]);
    expect(await page.text()).to.include('Nguyễn Văn An');
    expect(page.headers.get('x-robots-tag')).to.equal('noindex');
  });

  it('verifies an attachment of an archived package for those who may see it', async () => {
    const sent = await gateway.send({ subject: 'Lưu trữ' }, [{ name: 'cong-van.pdf', bytes: signed }]);
    const body = JSON.stringify({ packageId: sent.id });
    const json = { 'Content-Type': 'application/json' };
    const bearer = async (agency: string) => ({
      ...json,
      Authorization: `Bearer ${await gateway.token(agency, 'clerk')}`,
    });
    const own = await ask(body, await bearer(AGENCIES.sender.code));
    const nobody = await ask(body, json);
    const unknown = await ask(
      JSON.stringify({ packageId: 'pkg_khong_co' }),
      await bearer(AGENCIES.sender.code),
    );

    expect(own.status).to.equal(200);
    expect(await own.json()).to.include({ file: 'cong-van.pdf', verdict: 'TOTAL-PASSED' });
    expect([nobody.status, unknown.status]).to.deep.equal([401, 404]);
  });

  it('refuses what is no one file, and files over the limit', async () => {
    const two = await ask(
      form([
        ['file', 'a.pdf', signed],
        ['file', 'b.pdf', await plainPdf()],
      ]),
    );
    const none = await ask(form([['content', 'a.pdf', signed]]));
    const large = await ask(form([['file', 'a.pdf', new Uint8Array(21 * 1024 * 1024)]]));

    expect([two.status, none.status, large.status]).to.deep.equal([400, 400, 413]);
  });

  it('lets one address ask thirty times at once, then tells it to wait', async () => {
    const statuses: number[] = [];
    for (let index = 0; index < 40 && !statuses.includes(429); index += 1)
      statuses.push((await ask(new Uint8Array([1]), { 'Content-Type': 'application/octet-stream' })).status);
    const last = await ask(new Uint8Array([1]), { 'Content-Type': 'application/octet-stream' });

    expect(statuses.at(-1)).to.equal(429);
    expect(Number(last.headers.get('retry-after'))).to.be.greaterThan(0);
  });
});
