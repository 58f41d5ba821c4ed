import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openSession } from '../../../src/gateway/access/index.ts';
import { inspectFile, levelOf, type TestPki } from '../../../src/signing/index.ts';
import { makePdf } from '../../signing/pdf/make-pdf.ts';
import { attempt, scratch } from '../../signing/test-pki/shared.ts';
import type { Answer, Api } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folders.ts';
import { AGENCY } from '../support/messages.ts';
import { testPki } from '../support/world.ts';
import { letterPdf } from './scene.ts';
import { startTsaServer, type TsaServer } from './tsa-server.ts';

function formOf(metadata: object, name: string, bytes: Uint8Array): FormData {
  const form = new FormData();
  form.set('metadata', JSON.stringify(metadata));
  form.append('file', new Blob([Uint8Array.from(bytes)]), name);
  return form;
}

const KEY = { key: 'tep', profile: 'plain' };

describe('levels of signatures while the time-stamping authority is down', () => {
  // Threads of unbuilt sources take their time to start on a busy machine.
  let pki: TestPki;
  let tsa: TsaServer;
  let bare: BareGateway;
  let district: Api;
  let settings: Readonly<Record<string, unknown>>;

  async function start(more: object = {}): Promise<void> {
    bare = await startBareGateway({ ...settings, ...more });
    district = await bare.as(AGENCY.district, 'officer');
  }

  before(async () => {
    pki = await testPki();
    tsa = await startTsaServer(pki);
    const leader = pki.identities['leader-district'];
    if (leader === undefined) throw new TypeError('no leader');
    const folder = join(temporaryFolder(), 'keys');
    mkdirSync(folder, { recursive: true });
    const key = {
      id: 'tep',
      agency: AGENCY.district.code,
      profiles: ['plain', 'leader'],
      holder: 'Nguyễn Văn An',
      p12: leader.pkcs12Path,
      passFile: leader.passphrasePath,
    };
    writeFileSync(join(folder, 'keys.json'), JSON.stringify([key]));
    settings = {
      dataDir: temporaryFolder(),
      keysFile: join(folder, 'keys.json'),
      trustDir: pki.directory,
      pkiHosts: '',
      tsaUrls: tsa.url,
      tsaTries: 1,
      signLevel: 'LT',
      levelRetrySeconds: '1,1',
    };
    await start();
  });
  after(async () => {
    await bare?.close();
    await tsa?.close();
  });

  async function fileAt(address: string): Promise<Uint8Array> {
    const answer = await fetch(`${bare.gateway.url}${address}`, {
      headers: { authorization: `Bearer ${district.token}` },
    });
    expect(answer.status, address).to.equal(200);
    return new Uint8Array(await answer.arrayBuffer());
  }
  const levelsIn = async (pdf: Uint8Array): Promise<string[]> =>
    (await inspectFile({ bytes: pdf })).map(levelOf);
  const completions = async (query = ''): Promise<Answer['json']> =>
    (await district.get(`/api/v1/level-completions${query}`)).json.items;
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${bare.gateway.url}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(name));
    return Number(line?.split(' ').at(-1));
  };
  const done = (id: string): Promise<Answer> =>
    eventually(
      () => district.get(`/api/v1/level-completions/${id}`),
      ({ json }) => json.state === 'done',
      120_000,
    );

  it('signs at once at the level of the settings when the authority answers', async () => {
    const answer = await district.postForm('/api/v1/signatures', { sign: [KEY] }, { 'a.pdf': letterPdf() });

    expect(answer.status, answer.text).to.equal(200);
    expect(answer.headers.get('signature-level')).to.equal('LT');
    expect(answer.headers.get('signature-level-pending')).to.equal(null);
    expect(await completions()).to.deep.equal([]);
  });

  it('signs XML, and files of any kind, each in its format and at its level', async () => {
    const xml = Buffer.from('<hoSo xmlns="urn:thu"><ma>H99-1</ma></hoSo>');
    const edxml = Buffer.from(
      '<edXML:edXML xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXML:edXMLEnvelope><edXML:edXMLHeader><edXML:MessageHeader/></edXML:edXMLHeader><edXML:edXMLBody/></edXML:edXMLEnvelope></edXML:edXML>',
    );
    const cases = [
      [{ format: 'xades' }, 'a.xml', xml, 'application/xml', 'XAdES-B-LT'],
      [
        { format: 'xmldsig', level: 'B', placement: 'edxml-header' },
        'a.edxml',
        edxml,
        'application/xml',
        'XML-DSig',
      ],
      [{ format: 'cades', level: 'LTA' }, 'a.bin', xml, 'application/pkcs7-mime', 'CAdES-B-LTA'],
      [{ format: 'asice', level: 'T' }, 'a.xlsx', xml, 'application/vnd.etsi.asic-e+zip', 'XAdES-B-T'],
      [
        { format: 'asice', asicForm: 'cades', level: 'LTA' },
        'a.docx',
        xml,
        'application/vnd.etsi.asic-e+zip',
        'CAdES-B-LTA',
      ],
    ] as const;
    for (const [wishes, name, bytes, type, format] of cases) {
      const answer = await fetch(`${bare.gateway.url}/api/v1/signatures`, {
        method: 'POST',
        headers: { authorization: `Bearer ${district.token}` },
        body: formOf({ sign: [{ ...KEY, ...wishes }] }, name, bytes),
      });
      expect(answer.status, name).to.equal(200);
      expect(answer.headers.get('content-type'), name).to.contain(type);
      const facts = await inspectFile({ bytes: new Uint8Array(await answer.arrayBuffer()) });
      expect(facts.map((item) => item.format)).to.deep.equal([format]);
    }
    const wrong = await district.postForm(
      '/api/v1/signatures',
      { sign: [{ ...KEY, profile: 'leader', format: 'xades' }] },
      { 'a.xml': xml },
    );
    expect(wrong.json.code).to.equal('SIGNING_OPTION_INVALID');
  });

  it('signs lower, says so everywhere, survives a restart, and completes the level when the authority is back', async () => {
    await tsa.down();
    const answer = await district.postForm('/api/v1/signatures', { sign: [KEY] }, { 'b.pdf': letterPdf(2) });

    expect(answer.headers.get('signature-level')).to.equal('B');
    expect(answer.headers.get('signature-level-pending')).to.equal('LT');
    const id = answer.headers.get('signature-id');
    const [item] = (await district.get(`/api/v1/signatures/${id}/files`)).json.items;
    expect(item).to.include({ level: 'B', pendingLevel: 'LT' });
    const waiting = await eventually(
      () => completions(),
      ([first]) => first?.attempts >= 2,
      120_000,
    );
    expect(waiting).to.have.length(1);
    expect(waiting[0]).to.deep.include({ state: 'waiting', level: 'B', wantedLevel: 'LT', name: 'b.pdf' });
    expect(waiting[0].reason.code).to.equal('TSA_UNAVAILABLE');
    expect(await metric('lienthong_levels_incomplete{state="waiting"}')).to.equal(1);
    expect(await metric('lienthong_level_completions_total{outcome="later"}')).to.be.at.least(2);
    const stranger = await bare.as(AGENCY.commune);
    expect((await stranger.get(`/api/v1/level-completions/${waiting[0].id}`)).status).to.equal(404);

    await bare.close();
    await start();
    expect(await completions()).to.have.length(1);
    await tsa.up();

    const { json } = await done(waiting[0].id);
    expect(json).to.deep.include({ level: 'LT', wantedLevel: 'LT', reason: null, nextAt: null });
    const [after] = (await district.get(`/api/v1/signatures/${id}/files`)).json.items;
    expect(after).to.include({ level: 'LT', pendingLevel: null });
    const pdf = await fileAt(after.file);
    expect(await levelsIn(pdf)).to.deep.equal(['LT']);
    expect(attempt('pdfsig', scratch('lt.pdf', pdf)).output).to.contain('Signature is Valid');
    const { report } = (await district.get(after.evidence)).json;
    expect(report.verdict).to.equal('TOTAL-PASSED');
    expect(await metric('lienthong_levels_incomplete{state="waiting"}')).to.equal(0);
  });

  it('completes large files too, where they lie', async () => {
    await tsa.down();
    const large = makePdf({ paddingBytes: 9_000_000 });
    const answer = await fetch(`${bare.gateway.url}/api/v1/signatures`, {
      method: 'POST',
      headers: { authorization: `Bearer ${district.token}` },
      body: formOf({ sign: [KEY] }, 'lon.pdf', large),
    });
    expect(answer.headers.get('signature-level-pending')).to.equal('LT');
    const signed = new Uint8Array(await answer.arrayBuffer());
    const [waiting] = await completions('?state=waiting');
    await tsa.up();

    await done(waiting.id);

    const id = answer.headers.get('signature-id');
    const [item] = (await district.get(`/api/v1/signatures/${id}/files`)).json.items;
    const pdf = Buffer.from(await fileAt(item.file));
    expect(await levelsIn(pdf)).to.deep.equal(['LT']);
    expect(pdf.subarray(0, signed.length).equals(Buffer.from(signed))).to.equal(true);
    expect(attempt('pdfsig', scratch('lt.pdf', pdf)).output).to.contain('Signature is Valid');
    const left = readdirSync(join(bare.dataDir, 'tmp'), { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => /signed-/.test(name))).to.deep.equal([]);
  });

  it('tells it on the timeline of a package, whose own bytes stay', async () => {
    await tsa.down();
    const metadata = {
      from: AGENCY.district.code,
      to: [AGENCY.commune.code],
      code: { codeNumber: '77', codeNotation: 'UBND-VP' },
      place: 'Mẫu',
      promulgationDate: new Date().toISOString().slice(0, 10),
      typeName: 'Công văn',
      subject: 'Ký khi dịch vụ dấu thời gian ngừng',
      signer: { fullName: 'Nguyễn Văn An' },
      sign: [{ ...KEY, level: 'T' }],
    };
    const answer = await district.postForm('/api/v1/documents', metadata, { 'c.pdf': letterPdf(3) });
    expect(answer.status, answer.text).to.equal(202);
    const { packageId } = answer.json;
    const signed = (await district.events(packageId)).find(({ type }) => type === 'signed');
    expect(signed?.data).to.include({ level: 'B', wantedLevel: 'T', reason: 'TSA_UNAVAILABLE' });
    const [waiting] = await completions();
    await tsa.up();

    const { json } = await done(waiting.id);

    expect(json.source).to.deep.equal({ kind: 'package', id: packageId });
    const completed = (await district.events(packageId)).find(({ type }) => type === 'level-completed');
    expect(completed?.data).to.include({ level: 'T', wantedLevel: 'T', sha256: json.sha256 });
    expect(await levelsIn(await fileAt(json.file))).to.deep.equal(['T']);
    const session = { tokenId: /^lt_(tok_[0-9a-z]+)_/.exec(district.token)?.[1] ?? '' };
    const cookie = await openSession(
      bare.gateway.deps.x.store,
      { ...session, agency: AGENCY.district.code, role: 'officer' },
      Date.now(),
    );
    const page = await fetch(`${bare.gateway.url}/goi-tin/${packageId}`, {
      headers: { cookie: `lienthong_session=${cookie}` },
    });
    const text = await page.text();
    expect(text).to.contain('chưa đạt mức T').and.contain('được nâng lên mức T');
  });

  it('shows on the officers’ page what is below its level until it is not', async () => {
    await tsa.down();
    const laid = await district.postForm(
      '/api/v1/signing-requests',
      { title: 'Tờ trình thiếu dấu thời gian', profile: 'plain' },
      { 'd.pdf': letterPdf(4) },
    );
    await district.postJson('/api/v1/signing-requests/signatures', { ids: [laid.json.id], key: 'tep' });
    const stateOf = (): Promise<Answer> => district.get(`/api/v1/signing-requests/${laid.json.id}`);
    const signed = await eventually(stateOf, ({ json }) => json.state === 'signed', 120_000);
    expect(signed.json).to.include({ level: 'B', pendingLevel: 'LT' });
    const cookie = await openSession(
      bare.gateway.deps.x.store,
      {
        tokenId: /^lt_(tok_[0-9a-z]+)_/.exec(district.token)?.[1] ?? '',
        agency: AGENCY.district.code,
        role: 'officer',
      },
      Date.now(),
    );
    const page = async (path: string): Promise<string> =>
      (
        await fetch(`${bare.gateway.url}${path}`, { headers: { cookie: `lienthong_session=${cookie}` } })
      ).text();
    expect(await page('/ky-so?xem=signed')).to.contain('Mức B, chưa đạt mức LT');
    await tsa.up();

    await eventually(stateOf, ({ json }) => json.level === 'LT', 120_000);

    expect(await page(`/ky-so/${laid.json.id}`)).not.to.contain('data-level-pending');
  });

  it('does not sign at all where the policy is to refuse', async () => {
    await tsa.down();
    await bare.close();
    await start({ signWhenUnavailable: 'refuse' });

    const answer = await district.postForm('/api/v1/signatures', { sign: [KEY] }, { 'e.pdf': letterPdf(5) });

    expect(answer.status).to.equal(503);
    expect(answer.json.code).to.equal('TSA_UNAVAILABLE');
    expect(Number(answer.headers.get('retry-after'))).to.be.above(0);
    expect(await completions()).to.deep.equal([]);
    await tsa.up();
  });
});
