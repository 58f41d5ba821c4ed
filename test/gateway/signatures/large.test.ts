import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { makePdf } from '../../signing/pdf/make-pdf.ts';
import { attempt, scratch } from '../../signing/test-pki/shared.ts';
import type { Api } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY } from '../support/messages.ts';
import { SERVICE_PIN, type SigningScene, startSigningScene } from './scene.ts';

/** Over the size from which files are signed where they lie on disk. */
const LARGE = makePdf({ paddingBytes: 9_000_000, lines: [{ text: 'Bản đồ quy hoạch', x: 200, y: 700 }] });

describe('signing large files on the server', () => {
  let scene: SigningScene;
  let district: Api;

  before(async function () {
    scene = await startSigningScene(this);
    district = await scene.bare.as(AGENCY.district, 'officer');
  });
  after(() => scene?.close());

  const wishes = { sign: ['tep', 'con-dau'].map((key) => ({ key, profile: 'plain' })) };

  async function fetched(address: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${district.token}` };
    return fetch(`${scene.bare.gateway.url}${address}`, { ...init, headers });
  }
  function form(): FormData {
    const data = new FormData();
    data.set('metadata', JSON.stringify(wishes));
    data.set('file', new Blob([Buffer.from(LARGE)]), 'ban-do.pdf');
    return data;
  }
  function expectSignedTwice(signed: Buffer): void {
    expect(signed.subarray(0, LARGE.length).equals(Buffer.from(LARGE))).to.equal(true);
    const { output } = attempt('pdfsig', scratch('large.pdf', signed));
    expect(output.match(/Signature is Valid/g)).to.have.length(2);
    expect(output).to.contain('Nguyễn Văn An');
  }
  /** Files left behind where results of large files are written. */
  function leftOver(): string[] {
    const tmp = join(scene.bare.dataDir, 'tmp');
    return readdirSync(tmp, { recursive: true, encoding: 'utf8' }).filter((name) => /signed-/.test(name));
  }

  it('gives one back at once with all its signatures, and leaves nothing behind', async () => {
    const answer = await fetched('/api/v1/signatures', { method: 'POST', body: form() });
    const signed = Buffer.from(await answer.arrayBuffer());

    expect(answer.status).to.equal(200);
    expect(Number(answer.headers.get('content-length'))).to.equal(signed.length);
    expectSignedTwice(signed);
    // It goes when the last octet has been sent, which the one who has it may know first.
    await eventually(
      async () => leftOver(),
      (names) => names.length === 0,
    );
  });

  it('signs them as a job', async () => {
    const data = { 'ban-do.pdf': LARGE };
    const { json } = await district.postForm('/api/v1/signatures', wishes, data, { prefer: 'respond-async' });
    const done = await eventually(
      () => district.get(`/api/v1/signatures/${json.id}`),
      (answer) => !['waiting', 'running'].includes(answer.json.state),
    );

    expect(done.json).to.include({ state: 'done', signed: 1 });
    const file = await fetched(`/api/v1/signatures/${json.id}/files/1`);
    expectSignedTwice(Buffer.from(await file.arrayBuffer()));
    expect(leftOver()).to.deep.equal([]);
  });

  it('signs them with a key whose holder agrees first', async () => {
    const sign = [{ key: 'tu-xa', profile: 'plain' }];
    const taken = await district.postForm('/api/v1/signatures', { sign }, { 'ban-do.pdf': LARGE });
    const settled = () =>
      eventually(
        () => district.get(`/api/v1/signatures/${taken.json.id}`),
        (answer) => !['waiting', 'running'].includes(answer.json.state),
      );
    expect((await settled()).json.state).to.equal('consent');
    await district.postJson(`/api/v1/signatures/${taken.json.id}/otp`, {});
    const consent = { pin: SERVICE_PIN, otp: scene.service.sentCodes.at(-1)?.code };
    await district.postJson(`/api/v1/signatures/${taken.json.id}/authorisation`, consent);

    expect((await settled()).json).to.include({ state: 'done', signed: 1 });
    const file = await fetched(`/api/v1/signatures/${taken.json.id}/files/1`);
    const { output } = attempt('pdfsig', scratch('large.pdf', Buffer.from(await file.arrayBuffer())));
    expect(output.match(/Signature is Valid/g)).to.have.length(1);
    expect(leftOver()).to.deep.equal([]);
  });

  it('signs them on their way into a document', async () => {
    const metadata = {
      from: AGENCY.district.code,
      to: [AGENCY.commune.code],
      code: { codeNumber: '78', codeNotation: 'UBND-VP' },
      place: 'Mẫu',
      promulgationDate: new Date().toISOString().slice(0, 10),
      typeName: 'Công văn',
      subject: 'Bản đồ quy hoạch',
      signer: { fullName: 'Nguyễn Văn An' },
      sign: wishes.sign,
    };
    const taken = await district.postForm('/api/v1/documents', metadata, { 'ban-do.pdf': LARGE });
    expect(taken.status, taken.text).to.equal(202);

    const signed = (await district.events(taken.json.packageId)).filter(({ type }) => type === 'signed');
    expect(signed).to.have.length(2);
    expect(new Set(signed.map(({ data }) => data['sha256'])).size).to.equal(2);
    expect(leftOver()).to.deep.equal([]);
  });

  it('says what is wrong with one, and leaves nothing behind', async () => {
    const data = { 'hong.pdf': Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(9_000_000, 32)]) };
    const refused = await district.postForm('/api/v1/signatures', wishes, data);

    expect(refused.json.code).to.equal('PDF_INVALID');
    expect(leftOver()).to.deep.equal([]);
  });
});
