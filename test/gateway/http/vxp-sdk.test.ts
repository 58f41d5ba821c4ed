/** The habits of the public Java SDK 2.0.1, byte by byte on a socket: each was seen on the wire or in its answers' reading. */
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { expect } from 'chai';
import { formatVxpTimestamp, sdkHex } from '../../../src/connectors/index.ts';
import { addVxpSystem } from '../../../src/gateway/access/index.ts';
import { fromDocId } from '../../../src/gateway/http/vxp/doc-ids.ts';
import { type Api, acceptedId } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY, letter, wire } from '../support/messages.ts';
import { signedVxpHeaders, signedVxpLines } from '../support/vxp-request.ts';

const SYSTEM = 'vxp.thu.99';
const SECRET = 'a2hvYS10aHUtbmdoaWVtLWNob25nPT0=';

interface SdkAnswer {
  readonly status: number;
  readonly raw: Buffer;
  readonly json: Record<string, unknown>;
}

describe('http: /XrdAdapter/adapter as the Java SDK uses it', () => {
  let bare: BareGateway;
  let district: Api;
  before(async () => {
    bare = await startBareGateway();
    district = await bare.as(AGENCY.district);
    const { x, sealer } = bare.gateway.deps;
    await addVxpSystem(
      x.store,
      sealer,
      { id: SYSTEM, secret: SECRET, agencies: [AGENCY.commune.code] },
      Date.now(),
    );
  });
  after(() => bare.close());

  /** One SDK service object: its headers stay from call to call, and its time is that of its making. */
  function sdk(zoneOffsetMinutes: number, madeAt = new Date()) {
    const headers = new Map<string, string>([
      ['systemid', SYSTEM],
      ['timestamp', formatVxpTimestamp(madeAt, zoneOffsetMinutes)],
    ]);
    return async (
      path: string,
      args: Record<string, string>,
      body: Buffer | '{}' | '' = '{}',
      more: { method?: string; contentType?: string; secret?: string; root?: boolean } = {},
    ): Promise<SdkAnswer> => {
      headers.set('Content-Type', more.contentType ?? 'application/json');
      for (const [name, value] of Object.entries(args)) headers.set(name, value);
      const bytes = Buffer.isBuffer(body) ? Buffer.concat([body, Buffer.from('\r\n')]) : Buffer.from(body);
      const head = [
        `${more.method ?? 'POST'} ${more.root === true ? path : `/XrdAdapter/adapter/${path}`} HTTP/1.1`,
        `Content-Type: ${headers.get('Content-Type')}`,
        ...signedVxpLines(Object.fromEntries(headers), more.secret ?? SECRET),
        'User-Agent: JAVASDKAgent/1.0.0 XRoad/VPCP',
        'XroadVnpt-version: 3.0.201608',
        `Content-Length: ${bytes.length}`,
        `Host: ${new URL(bare.gateway.url).host}`,
        'Connection: close',
        ...(body === '{}' ? ['Expect: 100-continue'] : []),
        'Accept-Encoding: gzip,deflate',
      ];
      return exchange(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'utf8'), bytes]));
    };
  }

  function exchange(request: Buffer): Promise<SdkAnswer> {
    const { hostname, port } = new URL(bare.gateway.url);
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect(Number(port), hostname, () => socket.write(request));
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', reject);
      socket.on('end', () => resolve(readAnswer(Buffer.concat(chunks))));
    });
  }

  function readAnswer(bytes: Buffer): SdkAnswer {
    const text = bytes.toString('latin1').replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
    const [head = '', ...rest] = text.split('\r\n\r\n');
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]);
    const body = /transfer-encoding: chunked/i.test(head)
      ? rest.join('\r\n\r\n').replace(/(?:^|\r\n)[0-9a-f]+\r\n/g, '')
      : rest.join('\r\n\r\n');
    const raw = Buffer.from(body, 'latin1');
    const json = /^\s*\{/.test(body) ? (JSON.parse(raw.toString('utf8')) as Record<string, unknown>) : {};
    return { status, raw, json };
  }

  const messages = { servicetype: 'eDoc', messagetype: 'edoc' };
  const from = { organId: AGENCY.commune.code, organName: AGENCY.commune.name };

  function sendArgs(bytes: Buffer): Record<string, string> {
    const digest = createHash('sha256').update(bytes).digest();
    return { ...messages, 'hash-file': sdkHex(digest), from: AGENCY.commune.code };
  }

  const octets = { contentType: 'application/octet-stream' };

  it('goes through a whole working day of one service object, whose stale headers come along', async () => {
    const id = acceptedId(await district.postXml(await wire(letter([AGENCY.commune.code]))));
    await eventually(
      () => district.package(id),
      (seen) => seen.deliveries[0]?.state === 'available',
    );
    const call = sdk(420);
    const listed = (await call('getReceivedEdocList', messages, '')).json['data'] as { docId: string }[];
    const docId = listed[0]?.docId ?? '';

    const fetched = await call('getEdoc', { docId, filePath: 'xml' });
    const acknowledged = await call('updateStatus', { docId, status: 'done' });
    const bytes = await wire(letter([AGENCY.district.code], { from, documentId: 'sdk-ngay' }));
    const sent = await call('sendEdoc', sendArgs(bytes), bytes, octets);
    // docId, status, filePath, hash-file and from are still in the headers.
    const sentList = await call('getSentEdocList', messages, '');
    const counted = await call('countReceiveEdoc', {});
    const countedStatuses = await call('countReceiveStatus', {});
    const agencies = await call('getAgenciesList', {}, '');
    const level1 = await call('getAgenciesListQD20', { level: '1' }, '');
    const units = await call('getSynchronizeUnit', {}, '');

    const original = Buffer.from(String(fetched.json['data']), 'base64').toString('utf8');
    expect(original).to.include('<edXML:edXMLEnvelope');
    expect(acknowledged.json).to.include({ status: 'OK', ErrorCode: '0' });
    expect(sent.json).to.include({ status: 'OK', ErrorCode: '0' });
    const lines = sentList.json['data'] as Record<string, string>[];
    expect(lines.map((line) => line['senderDocId'])).to.deep.equal([sent.json['DocId']]);
    expect(counted.json['count']).to.equal(0);
    expect(countedStatuses.json['count']).to.equal(0);
    const codes = (agencies.json['data'] as { code: string }[]).map((agency) => agency.code);
    expect(codes).to.include.members([AGENCY.district.code, AGENCY.commune.code]);
    expect((level1.json['data'] as { code: string }[]).map((agency) => agency.code)).to.deep.equal([
      AGENCY.ministry.code,
    ]);
    const unit = (units.json['data'] as Record<string, unknown>[])[0];
    expect(unit).to.include({ version: 1, deleted: false, isAgency: true });
  });

  it('takes the time of a machine that runs in UTC', async () => {
    expect((await sdk(0)('getReceivedEdocList', messages, '')).json).to.include({ status: 'OK' });
    expect((await sdk(540)('getReceivedEdocList', messages, '')).json).to.include({ ErrorCode: '15' });
  });

  it('refuses a time long past, unless the system is known to keep one', async () => {
    const { x, sealer } = bare.gateway.deps;
    const morning = new Date(Date.now() - 6 * 3_600_000);

    const refused = await sdk(420, morning)('getAgenciesList', {}, '');
    const patient = { id: SYSTEM, secret: SECRET, agencies: [AGENCY.commune.code], windowSeconds: 86_400 };
    await addVxpSystem(x.store, sealer, patient, Date.now());
    const taken = await sdk(420, morning)('getAgenciesList', {}, '');
    const { windowSeconds: _, ...usual } = patient;
    await addVxpSystem(x.store, sealer, usual, Date.now());

    expect(refused.json).to.include({ status: 'FAIL', ErrorCode: '15' });
    expect(taken.json).to.include({ status: 'OK' });
  });

  it('tells why it refuses: DocId is in every answer to sendEdoc, and the words survive US-ASCII', async () => {
    const bytes = await wire(letter(['000.00.77.H99'], { from, documentId: 'sdk-la' }));

    const unknown = await sdk(420)('sendEdoc', sendArgs(bytes), bytes, octets);
    const stranger = await sdk(420)('sendEdoc', sendArgs(bytes), bytes, { ...octets, secret: 'khoá sai' });

    for (const answer of [unknown, stranger]) {
      expect(answer.json).to.include({ status: 'FAIL', DocId: '' });
      expect([...answer.raw].every((byte) => byte < 0x80)).to.equal(true);
    }
    expect(unknown.json['ErrorCode']).to.equal('18');
    expect(unknown.json['ErrorDesc']).to.include('Không có cơ quan nhận 000.00.77.H99');
    expect(stranger.json['ErrorCode']).to.equal('15');
  });

  it('answers a download that can’t be with nothing at all: the SDK would save any words as the package', async () => {
    const missing = await sdk(420)('downloadEdoc', { docId: 'khong-co' }, '', { method: 'GET' });
    const unsigned = await exchange(
      Buffer.from(`GET /XrdAdapter/adapter/downloadEdoc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
    );

    expect([missing.status, missing.raw.length]).to.deep.equal([404, 0]);
    expect([unsigned.status, unsigned.raw.length]).to.deep.equal([401, 0]);
  });

  it('answers getEdoc with text in data even when it refuses: SDK 2.0.0 reads it before the code', async () => {
    const missing = await sdk(420)('getEdoc', { docId: 'khong-co', filePath: 'xml' });
    const stranger = await sdk(420)('getEdoc', { docId: 'x', filePath: 'xml' }, '{}', { secret: 'khoá sai' });

    expect(missing.json).to.include({ status: 'FAIL', ErrorCode: '11', data: '' });
    expect(stranger.json).to.include({ status: 'FAIL', ErrorCode: '15', data: '' });
  });

  it('finds the operation behind the bare host and behind a slash too many', async () => {
    for (const path of [
      '/getAgenciesList',
      '/XrdAdapter/adapter//getAgenciesList',
      '/xrdadapter/adapter/getAgenciesList/',
    ]) {
      const answer = await sdk(420)(path, {}, '', { root: true });

      expect(answer.json, path).to.include({ status: 'OK', ErrorCode: '0' });
    }
    const unsigned = await fetch(`${bare.gateway.url}/getAgenciesList`, { method: 'POST' });
    expect(unsigned.status).to.equal(404);
  });

  it('speaks the protocol outside its operations as well: a body that is no JSON, an operation it has not', async () => {
    const broken = await sdk(420)('registerAgency', {}, Buffer.from('{"code":'));
    const unknown = await sdk(420)('getEverything', {});

    expect([broken.status, broken.json['status'], broken.json['ErrorCode']]).to.deep.equal([
      400,
      'FAIL',
      '10',
    ]);
    expect([unknown.status, unknown.json['status'], unknown.json['ErrorCode']]).to.deep.equal([
      404,
      'FAIL',
      '11',
    ]);
    for (const { json } of [broken, unknown])
      expect(json).to.have.all.keys('status', 'ErrorCode', 'ErrorDesc', 'DocId', 'data');
  });

  it('takes numbers and nothing among the signed values', async () => {
    const timestamp = formatVxpTimestamp(new Date(), 420);
    const signed = { systemid: SYSTEM, timestamp, level: 0, fromDate: null };
    const answer = await fetch(`${bare.gateway.url}/XrdAdapter/adapter/getAgenciesListQD20`, {
      method: 'POST',
      headers: signedVxpHeaders(signed, SECRET),
    });

    expect(await answer.json()).to.include({ status: 'OK' });
  });

  it('takes the file out of a form', async () => {
    const bytes = await wire(letter([AGENCY.district.code], { from, documentId: 'sdk-form' }));
    const form = [
      '--ranh-gioi',
      'Content-Disposition: form-data; name="file_doc"; filename="a.edxml"',
      'Content-Type: application/octet-stream',
      '',
      '',
    ].join('\r\n');
    const body = Buffer.concat([Buffer.from(form), bytes, Buffer.from('\r\n--ranh-gioi--')]);

    const answer = await sdk(420)('sendEdoc', sendArgs(bytes), body, {
      contentType: 'multipart/form-data; boundary=ranh-gioi',
    });

    expect(answer.json).to.include({ status: 'OK', ErrorCode: '0' });
  });

  it('takes a list of a thousand recipients in the headers', async () => {
    const to = JSON.stringify(
      Array.from({ length: 1_000 }, (_, at) => `${String(at).padStart(3, '0')}.00.32.H99`),
    );

    expect((await sdk(420)('getReceivedEdocList', { ...messages, to }, '')).json).to.include({
      status: 'OK',
    });
  });

  it('does not take a business status for a transport acknowledgement', async () => {
    const answer = await sdk(420)('updateStatus', { docId: 'dlv_x', status: '03' });

    expect(answer.json).to.include({ status: 'FAIL', ErrorCode: '10' });
  });

  it('names what waits by UUIDs, as .NET systems need it, and knows them in any form', async () => {
    const id = acceptedId(await district.postXml(await wire(letter([AGENCY.commune.code]))));
    await eventually(
      () => district.package(id),
      (found) => found.deliveries[0]?.state === 'available',
    );
    const call = sdk(420);

    const listed = (await call('getReceivedEdocList', messages, '')).json['data'] as { docId: string }[];
    const docId = listed.at(-1)?.docId ?? '';
    const forms = [docId, docId.toUpperCase(), `{${docId}}`, fromDocId(docId)];
    const answers = [];
    for (const form of forms)
      answers.push((await sdk(420)('getEdoc', { docId: form, filePath: 'xml' })).json);

    expect(docId).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(fromDocId(docId)).to.match(/^dlv_[0-9a-z]{26}$/);
    expect(answers.map((answer) => answer['status'])).to.deep.equal(forms.map(() => 'OK'));
    expect(answers[0]?.['DocId']).to.equal(docId);
    await call('updateStatus', { docId: docId.toUpperCase(), status: 'done' });
    const left = (await call('getReceivedEdocList', messages, '')).json['data'] as { docId: string }[];
    expect(left.map((item) => item.docId)).to.not.include(docId);
  });

  it('serves a service object that was given docid, as in an example of the SDK, beside docId', async () => {
    const ids = [];
    for (let sent = 0; sent < 2; sent += 1)
      ids.push(acceptedId(await district.postXml(await wire(letter([AGENCY.commune.code])))));
    for (const id of ids)
      await eventually(
        () => district.package(id),
        (found) => found.deliveries[0]?.state === 'available',
      );
    const call = sdk(420);
    const listed = (await call('getReceivedEdocList', messages, '')).json['data'] as { docId: string }[];
    const [one = '', two = ''] = listed.map(({ docId }) => docId).slice(-2);

    for (const docId of [one, two]) {
      expect((await call('getEdoc', { docId, filePath: 'xml' })).json).to.include({
        status: 'OK',
        DocId: docId,
      });
      const done = (await call('updateStatus', { docid: docId, status: 'done' })).json;
      expect(done).to.include({ status: 'OK' });
    }
    const unclear = (await call('updateStatus', { docid: one, status: 'fail' })).json;

    expect(unclear).to.include({ status: 'FAIL', ErrorCode: '10' });
    expect(unclear['ErrorDesc']).to.include('docid');
  });

  it('pages the list, and puts what a system took without acknowledging it behind what it has not seen', async () => {
    for (const subject of ['một', 'hai', 'ba']) {
      const id = acceptedId(
        await district.postXml(await wire(letter([AGENCY.commune.code], { subject, documentId: subject }))),
      );
      await eventually(
        () => district.package(id),
        (found) => found.deliveries[0]?.state === 'available',
      );
    }
    const page = async (more: Record<string, string>): Promise<string[]> => {
      const { json } = await sdk(420)('getReceivedEdocList', { ...messages, ...more }, '');
      return (json['data'] as { docId: string }[]).map(({ docId }) => docId);
    };

    const all = await page({});
    await sdk(420)('updateStatus', { docId: all[0] ?? '', status: 'processing' });

    expect(await page({})).to.deep.equal([...all.slice(1), all[0]]);
    expect(await page({ pageSize: '2', pageIndex: '1' })).to.deep.equal(all.slice(1, 3));
    expect((await page({ pageSize: '2', pageIndex: '2' }))[0]).to.equal([...all.slice(1), all[0]][2]);
    for (const docId of all) await sdk(420)('updateStatus', { docId, status: 'done' });
  });

  it('lists whole days when asked, done or not', async () => {
    const id = acceptedId(await district.postXml(await wire(letter([AGENCY.commune.code]))));
    await eventually(
      () => district.package(id),
      (seen) => seen.deliveries[0]?.state === 'available',
    );
    const call = sdk(420);
    const open = (await call('getReceivedEdocList', messages, '')).json['data'] as { docId: string }[];
    for (const { docId } of open) await call('updateStatus', { docId, status: 'done' });
    const today = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '/');

    const left = await call('getReceivedEdocList', messages, '');
    const ofToday = await call('getReceivedEdocList', { ...messages, fromDate: today, toDate: today }, '');
    const spoken = today.split('/').reverse().join('/');
    const withTheDayFirst = await call(
      'getReceivedEdocList',
      { ...messages, fromDate: spoken, toDate: spoken },
      '',
    );
    const ofLongAgo = await call('getReceivedEdocList', { ...messages, toDate: '2020/01/01' }, '');

    expect(left.json['data']).to.deep.equal([]);
    expect(withTheDayFirst.json['data']).to.deep.equal(ofToday.json['data']);
    const states = (ofToday.json['data'] as { docId: string; status: string }[])
      .filter((item) => open.some(({ docId }) => docId === item.docId))
      .map((item) => item.status);
    expect(states).to.deep.equal(open.map(() => 'done'));
    expect(ofLongAgo.json['data']).to.deep.equal([]);
  });
});
