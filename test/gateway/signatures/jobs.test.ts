import { X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { attempt, scratch } from '../../signing/test-pki/shared.ts';
import type { Answer, Api } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY } from '../support/messages.ts';
import { letterPdf, SERVICE_PIN, type SigningScene, startSigningScene } from './scene.ts';

const ASYNC = { prefer: 'respond-async' };

describe('POST /api/v1/signatures', () => {
  let scene: SigningScene;
  let district: Api;

  before(async function () {
    scene = await startSigningScene(this);
    district = await scene.bare.as(AGENCY.district, 'officer');
  });
  after(() => scene?.close());

  const files = (count: number): Record<string, Uint8Array> =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`vb-${index + 1}.pdf`, letterPdf(index + 1)]),
    );
  const with_ = (key: string, more: object = {}): object => ({ sign: [{ key, profile: 'plain', ...more }] });

  async function bytesOf(address: string): Promise<Uint8Array> {
    const answer = await fetch(`${scene.bare.gateway.url}${address}`, {
      headers: { authorization: `Bearer ${district.token}` },
    });
    expect(answer.status).to.equal(200);
    return new Uint8Array(await answer.arrayBuffer());
  }
  function settled(id: string): Promise<Answer> {
    return eventually(
      () => district.get(`/api/v1/signatures/${id}`),
      (answer) => !['waiting', 'running'].includes(answer.json.state),
    );
  }
  async function newJob(key: string, count: number, headers = {}): Promise<string> {
    const answer = await district.postForm('/api/v1/signatures', with_(key), files(count), {
      ...ASYNC,
      ...headers,
    });
    expect(answer.status, answer.text).to.equal(202);
    expect(answer.headers.get('location')).to.equal(`/api/v1/signatures/${answer.json.id}`);
    return answer.json.id as string;
  }
  async function signedFiles(id: string): Promise<string[]> {
    const { json } = await district.get(`/api/v1/signatures/${id}/files`);
    return json.items
      .filter((item: { state: string }) => item.state === 'signed')
      .map((item: { file: string }) => item.file);
  }

  for (const key of ['tep', 'the', 'tu-dong']) {
    it(`gives one file signed with the key "${key}" back at once, and keeps check and evidence`, async () => {
      const answer = await district.postForm('/api/v1/signatures', with_(key), files(1));

      expect(answer.status, answer.text).to.equal(200);
      const id = answer.headers.get('signature-id');
      const kept = await district.get(`/api/v1/signatures/${id}/files/1/evidence`);
      expect(kept.json.report.verdict).to.equal('TOTAL-PASSED');
      expect(kept.json.evidence.crls).to.have.length(2);
      const [leaf] = kept.json.evidence.certificates.map(
        (text: string) => new X509Certificate(Buffer.from(text, 'base64')),
      );
      expect(leaf.subject).to.contain('Nguyễn Văn An');
    });
  }

  it('signs many with a token as one job, each file with a result', async () => {
    const id = await newJob('the', 12);

    const done = await settled(id);

    expect(done.json).to.include({ state: 'done', total: 12, signed: 12, failed: 0 });
    const [first = ''] = await signedFiles(id);
    const output = attempt('pdfsig', scratch('job.pdf', await bytesOf(first))).output;
    expect(output).to.contain('Signature is Valid').and.contain('Nguyễn Văn An');
  });

  it('takes a job once under an Idempotency-Key, and refuses the key for other files', async () => {
    const headers = { 'idempotency-key': 'ky-lo-1' };
    const id = await newJob('tep', 2, headers);

    expect(await newJob('tep', 2, headers)).to.equal(id);
    const other = await district.postForm('/api/v1/signatures', with_('tep'), files(3), {
      ...ASYNC,
      ...headers,
    });
    expect(other.json.code).to.equal('IDEMPOTENCY_CONFLICT');
  });

  it('names the file that cannot be signed, and signs the others', async () => {
    const some = { ...files(2), 'hong.pdf': Buffer.from('%PDF-1.7 nothing') };
    const answer = await district.postForm('/api/v1/signatures', with_('tep'), some, ASYNC);

    const done = await settled(answer.json.id);

    expect(done.json).to.include({ state: 'done', signed: 2, failed: 1 });
    const { json } = await district.get(`/api/v1/signatures/${answer.json.id}/files`);
    expect(json.items[2]).to.deep.include({ name: 'hong.pdf', state: 'failed', file: null });
    expect(json.items[2].reason.code).to.equal('PDF_INVALID');
  });

  it('signs thirty files with one authorisation of the key’s holder', async () => {
    const id = await newJob('tu-xa', 30);
    const asked = await settled(id);
    expect(asked.json).to.deep.include({ state: 'consent', needs: { pin: true, otp: true, most: 1000 } });
    const before = scene.service.sentCodes.length;
    await district.postJson(`/api/v1/signatures/${id}/otp`, {});
    expect(scene.service.sentCodes.length).to.equal(before + 1);
    const consent = { pin: SERVICE_PIN, otp: scene.service.sentCodes.at(-1)?.code };

    const answer = await district.postJson(`/api/v1/signatures/${id}/authorisation`, consent);

    expect(answer.status, answer.text).to.equal(202);
    expect((await settled(id)).json).to.include({ state: 'done', signed: 30 });
    expect(scene.service.sentCodes.length).to.equal(before + 1);
    const [first = ''] = await signedFiles(id);
    expect(attempt('pdfsig', scratch('tu-xa.pdf', await bytesOf(first))).output).to.contain(
      'Signature is Valid',
    );
  });

  it('asks again where one authorisation does not cover all', async () => {
    const id = await newJob('tu-xa-5', 7);
    for (const signed of [5, 7]) {
      await settled(id);
      await district.postJson(`/api/v1/signatures/${id}/otp`, {});
      const consent = { pin: SERVICE_PIN, otp: scene.service.sentCodes.at(-1)?.code };
      await district.postJson(`/api/v1/signatures/${id}/authorisation`, consent);
      expect((await settled(id)).json).to.include({ signed, state: signed === 7 ? 'done' : 'consent' });
    }
  });

  it('tells a wrong code, and still waits for the right one', async () => {
    const id = await newJob('tu-xa', 2);
    await settled(id);
    await district.postJson(`/api/v1/signatures/${id}/otp`, {});

    const answer = await district.postJson(`/api/v1/signatures/${id}/authorisation`, {
      pin: SERVICE_PIN,
      otp: 'x',
    });

    expect(answer.status).to.equal(422);
    expect(answer.json.code).to.equal('REMOTE_OTP_WRONG');
    expect((await district.get(`/api/v1/signatures/${id}`)).json.state).to.equal('consent');
    expect((await district.call('DELETE', `/api/v1/signatures/${id}`)).status).to.equal(202);
  });

  it('refuses a certificate that is not that of the person', async () => {
    const answer = await district.postForm('/api/v1/signatures', with_('sai-nguoi'), files(1));

    expect(answer.status).to.equal(422);
    expect(answer.json.code).to.equal('SIGNER_NOT_THIS_PERSON');
  });

  it('refuses a key the agency has not, before anything is kept', async () => {
    const answer = await district.postForm('/api/v1/signatures', with_('khong-co'), files(2), ASYNC);

    expect(answer.json.code).to.equal('KEY_UNKNOWN');
  });

  it('shows a job to its own agency alone', async () => {
    const id = await newJob('tep', 1);
    const commune = await scene.bare.as(AGENCY.commune);

    for (const path of ['', '/files', '/files/1', '/files/1/evidence', '/events'])
      expect((await commune.get(`/api/v1/signatures/${id}${path}`)).status).to.equal(404);
    expect((await commune.call('DELETE', `/api/v1/signatures/${id}`)).status).to.equal(404);
  });

  it('tells progress as it goes, to the end', async () => {
    const id = await newJob('the', 6);

    const { text } = await district.get(`/api/v1/signatures/${id}/events`);

    const last = JSON.parse(text.trim().split('data: ').at(-1) ?? '{}');
    expect(last).to.include({ state: 'done', signed: 6 });
  });
});
