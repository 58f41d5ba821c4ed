/** Keys whose holder agrees beforehand: several signatures on a file, several kinds of files, each signed unchanged after it was agreed to. */
import { expect } from 'chai';
import { readZip } from '../../../src/signing/asic/zip.ts';
import { attempt, scratch } from '../../signing/test-pki/shared.ts';
import type { Answer, Api } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY } from '../support/messages.ts';
import { draft, SERVICE_PIN, type SigningScene, startSigningScene } from './scene.ts';

const ISSUE = { number: '7', date: '2026-02-03' };

describe('keys whose holder agrees beforehand', () => {
  let scene: SigningScene;
  let district: Api;

  before(async function () {
    scene = await startSigningScene(this);
    district = await scene.bare.as(AGENCY.district, 'officer');
  });
  after(() => scene?.close());

  function settled(id: string): Promise<Answer> {
    return eventually(
      () => district.get(`/api/v1/signatures/${id}`),
      (answer) => !['waiting', 'running'].includes(answer.json.state),
    );
  }
  async function agree(id: string): Promise<void> {
    await district.postJson(`/api/v1/signatures/${id}/otp`, {});
    const consent = { pin: SERVICE_PIN, otp: scene.service.sentCodes.at(-1)?.code };
    const answer = await district.postJson(`/api/v1/signatures/${id}/authorisation`, consent);
    expect(answer.status, answer.text).to.equal(202);
  }
  async function bytesOf(id: string, seq = 1): Promise<Buffer> {
    const answer = await fetch(`${scene.bare.gateway.url}/api/v1/signatures/${id}/files/${seq}`, {
      headers: { authorization: `Bearer ${district.token}` },
    });
    expect(answer.status).to.equal(200);
    return Buffer.from(await answer.arrayBuffer());
  }
  /** A job for one order; however it was sent, its sender does not wait for people. */
  async function ordered(sign: object[], files: Record<string, Uint8Array>): Promise<string> {
    const metadata = { sign, documentCode: '07/QĐ-UBND', signerName: 'Nguyễn Văn An' };
    const answer = await district.postForm('/api/v1/signatures', metadata, files);
    expect(answer.status, answer.text).to.equal(202);
    return answer.json.id as string;
  }
  const leader = { key: 'tep', profile: 'leader' };
  const seal = (key: string) => ({ key, profile: 'agency', issue: ISSUE });
  function expectIssued(pdf: Buffer, signatures: number): void {
    const path = scratch('issued.pdf', pdf);
    const { output } = attempt('pdfsig', '-nocert', path);
    expect(output.match(/Signature is Valid/g), output).to.have.length(signatures);
    const text = attempt('pdftotext', '-layout', path, '-').output.replace(/\s+/g, ' ');
    expect(text).to.match(/Số: ?07 ?\/QĐ-UBND Mẫu, ngày ?03 ?tháng ?02 ?năm 2026/);
  }

  it('sign number and seal of one order, agreed to one after the other where consent is bound to what is signed', async () => {
    const codes = scene.service.sentCodes.length;
    const id = await ordered([leader, seal('dau-tu-xa')], { 'qd.pdf': draft() });

    const first = await settled(id);
    const meanwhile = await district.get(`/api/v1/signatures/${id}/files`);
    await agree(id);
    const second = await settled(id);
    await agree(id);
    const done = await settled(id);

    expect([first.json.state, second.json.state, done.json.state]).to.deep.equal([
      'consent',
      'consent',
      'done',
    ]);
    expect(first.json.needs).to.include({ pin: true, otp: true });
    // A file on which signatures are still to come is nobody's result.
    expect(meanwhile.json.items[0]).to.include({ state: 'waiting', file: null, signedSha256: null });
    expect(scene.service.sentCodes.length).to.equal(codes + 2);
    expectIssued(await bytesOf(id), 3);
    const kept = await district.get(`/api/v1/signatures/${id}/files/1/evidence`);
    expect(kept.json.report.signatures).to.have.length(3);
    // Evidence of the leader's certificate and of the seal's, each with the chain above.
    expect(kept.json.evidence.certificates.length).to.be.at.least(4);
  });

  it('sign number and seal under one agreement where it is not bound', async () => {
    const codes = scene.service.sentCodes.length;
    const id = await ordered([leader, seal('dau-tu-xa-1')], { '1.pdf': draft(), '2.pdf': draft() });

    await settled(id);
    await agree(id);
    const done = await settled(id);

    expect(done.json).to.include({ state: 'done', signed: 2, failed: 0 });
    expect(scene.service.sentCodes.length).to.equal(codes + 1);
    expectIssued(await bytesOf(id, 1), 3);
    expectIssued(await bytesOf(id, 2), 3);
  });

  it('pass over a number that is printed already, and name a file that cannot be signed', async () => {
    const printed = draft('Số: 07/QĐ-UBND', 'Mẫu, ngày 03 tháng 02 năm 2026');
    const files = { 'co-so.pdf': printed, 'chua-so.pdf': draft() };
    const id = await ordered([leader, seal('dau-tu-xa')], files);

    for (let round = 0; round < 2; round += 1) {
      await settled(id);
      await agree(id);
    }
    const done = await settled(id);

    expect(done.json).to.include({ state: 'done', signed: 2, failed: 0 });
    expectIssued(await bytesOf(id, 1), 2);
    expectIssued(await bytesOf(id, 2), 3);
  });

  it('go on with what is left when it was cancelled in between: what is signed stays', async () => {
    const id = await ordered([leader, seal('dau-tu-xa')], { 'qd.pdf': draft() });
    await settled(id);

    expect((await district.call('DELETE', `/api/v1/signatures/${id}`)).status).to.equal(202);

    const { json } = await district.get(`/api/v1/signatures/${id}/files`);
    expect(json.items[0].state).to.equal('cancelled');
    const { output } = attempt('pdfsig', '-nocert', scratch('part.pdf', await bytesOf(id)));
    expect(output.match(/Signature is Valid/g)).to.have.length(1);
  });

  for (const [format, more, check] of [
    ['cades', {}, expectCms],
    ['xades', {}, expectXml],
    ['xmldsig', { placement: 'enveloping' }, expectXml],
    ['asice', {}, expectContainer],
    ['asics', {}, expectContainer],
  ] as const) {
    it(`sign several ${format} files under one agreement`, async () => {
      const codes = scene.service.sentCodes.length;
      const file = (number: number) => Buffer.from(`<hoSo so="${number}"><ten>Nguyễn Văn An</ten></hoSo>`);
      const id = await ordered([{ key: 'tu-xa', profile: 'plain', format, ...more }], {
        '1.xml': file(1),
        '2.xml': file(2),
      });

      await settled(id);
      await agree(id);
      const done = await settled(id);

      expect(done.json, done.text).to.include({ state: 'done', signed: 2 });
      expect(scene.service.sentCodes.length).to.equal(codes + 1);
      for (const seq of [1, 2]) check(await bytesOf(id, seq));
    });
  }

  function expectCms(file: Buffer): void {
    const said = attempt(
      'openssl',
      ...['cms', '-verify', '-binary', '-inform', 'DER', '-noverify', '-in', scratch('agreed.p7m', file)],
    );
    expect(said.output).to.contain('CMS Verification successful').and.contain('Nguyễn Văn An');
  }
  function expectXml(file: Buffer): void {
    const said = attempt(
      'xmlsec1',
      ...['--verify', '--insecure', '--id-attr:Id', 'SignedProperties', '--id-attr:Id', 'Object'],
      scratch('agreed.xml', file),
    );
    expect(said.output, said.output).to.contain('OK');
  }
  function expectContainer(file: Buffer): void {
    const names = readZip(file).map(({ name }) => name);
    expect(names[0]).to.equal('mimetype');
    expect(names.some((name) => /^META-INF\/signatures.*\.xml$/.test(name))).to.equal(true);
    expect(attempt('unzip', '-t', scratch('agreed.asice', file)).status).to.equal(0);
  }
});
