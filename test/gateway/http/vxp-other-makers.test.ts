/** Document systems that speak VXP with neither the Java SDK nor a port of it: .NET, PHP and what people write by hand. */
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { expect } from 'chai';
import { formatVxpTimestamp } from '../../../src/connectors/index.ts';
import { addVxpSystem } from '../../../src/gateway/access/index.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { AGENCY, letter, wire } from '../support/messages.ts';
import { signedVxpHeaders } from '../support/vxp-request.ts';

const SYSTEM = 'vxp.thu.97';
const SECRET = 'a2hvYS10aHUtbmdoaWVtLWtoYWMtbmhhPT0=';

interface Answered {
  readonly http: number;
  readonly status: string;
  readonly ErrorCode: string;
  readonly ErrorDesc: string;
  // biome-ignore lint/suspicious/noExplicitAny: rows of every shape
  readonly data: any;
}

describe('http: /XrdAdapter/adapter as systems of other makers use it', () => {
  let bare: BareGateway;
  before(async () => {
    bare = await startBareGateway();
    const { x, sealer } = bare.gateway.deps;
    const system = { id: SYSTEM, secret: SECRET, agencies: [AGENCY.commune.code] };
    await addVxpSystem(x.store, sealer, system, Date.now());
  });
  after(() => bare.close());

  async function call(
    operation: string,
    args: Readonly<Record<string, string>>,
    more: { body?: string | Buffer; type?: string; timestamp?: string } = {},
  ): Promise<Answered> {
    const type = more.type ?? 'application/json';
    const named = {
      systemid: SYSTEM,
      timestamp: more.timestamp ?? formatVxpTimestamp(new Date()),
      'Content-Type': type,
      ...args,
    };
    const response = await fetch(`${bare.gateway.url}/XrdAdapter/adapter/${operation}`, {
      method: 'POST',
      headers: { ...signedVxpHeaders(named, SECRET), 'Content-Type': type },
      body: Buffer.from(more.body ?? '{}') as unknown as BodyInit,
    });
    return { http: response.status, ...((await response.json()) as Omit<Answered, 'http'>) };
  }

  const from = { organId: AGENCY.commune.code, organName: AGENCY.commune.name };
  const file = (): Promise<Buffer> => wire(letter([AGENCY.district.code], { from }));
  const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
  const sending = (hash: string) => ({
    servicetype: 'eDoc',
    messagetype: 'edoc',
    from: AGENCY.commune.code,
    'hash-file': hash,
  });

  const hashes: Readonly<Record<string, (hash: Buffer) => string>> = {
    capitals: (hash) => hash.toString('hex').toUpperCase(),
    'the dashes of .NET': (hash) => (hash.toString('hex').toUpperCase().match(/../g) ?? []).join('-'),
    base64: (hash) => hash.toString('base64'),
  };
  for (const [how, write] of Object.entries(hashes))
    it(`takes hash-file in ${how}, of that file only`, async () => {
      const [bytes, other] = [await file(), await file()];
      const octets = { type: 'application/octet-stream' };

      const taken = await call('sendEdoc', sending(write(digest(bytes))), { ...octets, body: bytes });
      const refused = await call('sendEdoc', sending(write(digest(bytes))), { ...octets, body: other });

      expect(taken).to.include({ status: 'OK', ErrorCode: '0' });
      expect(refused).to.include({ status: 'FAIL', ErrorCode: '22' });
    });

  it('keeps a file that ends with a line of its own as it was hashed, sent bare or in a form', async () => {
    for (const wrap of [
      (bytes: Buffer) => ({ type: 'application/octet-stream', body: bytes }),
      (bytes: Buffer) => form([named(''), bytes]),
    ]) {
      const bytes = Buffer.concat([await file(), Buffer.from('\r\n')]);

      const answer = await call('sendEdoc', sending(digest(bytes).toString('hex')), wrap(bytes));

      expect(answer).to.include({ status: 'OK' });
      const { data } = await call('getSentEdocList', { servicetype: 'eDoc', messagetype: 'edoc' });
      expect((data as { sha256: string }[]).map(({ sha256 }) => sha256)).to.include(
        digest(bytes).toString('hex'),
      );
    }
  });

  it('reads a time whose end is no milliseconds, and tells what it can’t read', async () => {
    const now = new Date();
    const seconds = formatVxpTimestamp(now).replace(/\+.*/, '');
    const late = formatVxpTimestamp(new Date(now.getTime() - 3_600_000)).replace(/\+.*/, '');
    const ask = (timestamp: string) => call('getReceivedEdocList', { messagetype: 'edoc' }, { timestamp });

    for (const end of ['', '+5678', '.123', '+07:00'])
      expect(await ask(seconds + end), end).to.include({ http: 200, ErrorCode: '0' });
    for (const end of ['', '+5678', '+07:00'])
      expect(await ask(late + end), end).to.include({ http: 401, ErrorCode: '15' });
    for (const other of [now.toISOString(), String(now.getTime())])
      expect((await ask(other)).ErrorDesc).to.include('không đúng dạng');
  });

  function form(...parts: readonly (readonly [head: string, content: string | Uint8Array])[]) {
    const pieces = parts.flatMap(([head, content]) => [
      Buffer.from(`--ranh\r\n${head}\r\n\r\n`, 'latin1'),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ]);
    const type = 'multipart/form-data; boundary=ranh';
    return { type, body: Buffer.concat([...pieces, Buffer.from('--ranh--\r\n')]) };
  }

  const named = (rest: string): string => `Content-Disposition: form-data; name="file_doc"${rest}`;
  const parts: Readonly<Record<string, string>> = {
    'no file name and no type': named(''),
    'no file name, as plain text': named('\r\nContent-Type: text/plain; charset=UTF-8'),
    'a file name in a code page of Windows': named('; filename="C\xf4ng v\xe3n s\xf4\xec 1.edxml"'),
  };
  for (const [how, head] of Object.entries(parts))
    it(`takes the file of a form with ${how}`, async () => {
      const bytes = await file();

      const answer = await call('sendEdoc', sending(digest(bytes).toString('hex')), form([head, bytes]));

      expect(answer).to.include({ status: 'OK', ErrorCode: '0' });
    });

  it('takes the part of a form that was signed for, whatever stands before and behind it', async () => {
    const bytes = await file();
    const note =
      'Content-Disposition: form-data; name="meta"; filename="blob"\r\nContent-Type: application/json';

    const body = form(
      [note, '{}'],
      [named('; filename="a.edxml"'), bytes],
      ['Content-Disposition: form-data; name="ghichu"', 'x'.repeat(bytes.length + 1)],
    );

    expect(await call('sendEdoc', sending(digest(bytes).toString('hex')), body)).to.include({ status: 'OK' });
  });

  it('says what is wrong with a form or a body, not only that something is', async () => {
    const bytes = await file();
    const hash = sending(digest(bytes).toString('hex'));
    const coded = form([named('\r\nContent-Transfer-Encoding: base64'), bytes.toString('base64')]);

    expect((await call('sendEdoc', hash, coded)).ErrorDesc).to.include('Content-Transfer-Encoding');
    expect((await call('sendEdoc', hash, form())).ErrorDesc).to.include('không có phần nào');
    const whole = form([named(''), bytes]);
    const cut = { ...whole, body: whole.body.subarray(0, -12) };
    expect((await call('sendEdoc', hash, cut)).ErrorDesc).to.include('--boundary--');
    expect((await call('getEdocs', {})).ErrorDesc).to.include('getReceivedEdocList');
    expect((await call('registerAgency', {}, { body: 'code=1&name=2' })).ErrorDesc).to.include('JSON');
    const latin = Buffer.from('{"code":"H99.1","name":"Ph\xf2ng"}', 'latin1');
    expect((await call('registerAgency', {}, { body: latin })).ErrorDesc).to.include('UTF-8');
    for (const operation of ['getEdoc', 'updateStatus'])
      expect((await call(operation, { status: 'done' }, { body: '{"docId":"x"}' })).ErrorDesc).to.include(
        'Thiếu docId',
      );
    expect((await call('deleteAgency', {})).ErrorDesc).to.include('Thiếu AgencyCode');
  });

  it('names ten of many faults and how many more there are', async () => {
    const unknown = Array.from({ length: 13 }, (_, at) => `999.99.${at + 10}.H99`);
    const bytes = await wire(letter([AGENCY.district.code, ...unknown], { from }));

    const octets = { type: 'application/octet-stream', body: bytes };
    const { ErrorDesc } = await call('sendEdoc', sending(digest(bytes).toString('hex')), octets);

    expect(ErrorDesc).to.include('999.99.19.H99').and.not.include('999.99.20.H99');
    expect(ErrorDesc).to.match(/ \| … và 3 lỗi khác$/);
  });

  it('registers one agency under one code, however its JSON and the code are written', async () => {
    const code = '007.21.32.H99';
    const ways: readonly [string, string][] = [
      [JSON.stringify({ code, name: 'Phòng Một' }), 'application/json; charset=ISO-8859-1'],
      [`\ufeff${JSON.stringify({ code: code.toLowerCase(), name: 'Phòng Hai' })}`, 'application/json'],
      [JSON.stringify({ Code: code, Name: 'Phòng Ba', PCode: '' }), 'text/plain'],
    ];
    for (const [body, type] of ways)
      expect(await call('registerAgency', {}, { body, type })).to.include({ status: 'OK' });

    const { data } = await call('getAgenciesList', {});
    const found = (data as { code: string; name: string }[]).filter((row) => /^007/.test(row.code));

    expect(found.map((row) => [row.code, row.name])).to.deep.equal([[code, 'Phòng Ba']]);
    expect(await call('deleteAgency', { AgencyCode: code.toLowerCase() })).to.include({ status: 'OK' });
  });

  it('pages the directory and what was sent, each row once, to an end', async () => {
    for (let sent = 0; sent < 3; sent += 1) {
      const bytes = await file();
      const args = sending(digest(bytes).toString('hex'));
      await call('sendEdoc', args, { body: bytes, type: 'application/octet-stream' });
    }
    for (const [operation, key] of [
      ['getAgenciesList', 'code'],
      ['getSentEdocList', 'receiverDocId'],
    ] as const) {
      const keysOf = async (args: Record<string, string>): Promise<string[]> =>
        ((await call(operation, args)).data as Record<string, string>[]).map((row) => row[key] ?? '');
      const all = await keysOf({});
      const pages: string[][] = [];
      do pages.push(await keysOf({ pageSize: '2', pageIndex: String(pages.length + 1) }));
      while (pages.at(-1)?.length !== 0 && pages.length <= all.length);

      expect(all.length, operation).to.be.greaterThan(2);
      expect(pages.flat(), operation).to.deep.equal(all);
      expect(pages.at(-1), operation).to.deep.equal([]);
    }
  });

  it('answers what is no request, or too much of one, in words a client can read', async () => {
    const { hostname, port } = new URL(bare.gateway.url);
    const talk = (request: string): Promise<string> =>
      new Promise((resolve, reject) => {
        let text = '';
        const socket = connect(Number(port), hostname, () => socket.write(request));
        socket.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        socket.on('error', reject).on('close', () => resolve(text));
      });
    const start = 'POST /XrdAdapter/adapter/sendEdoc HTTP/1.1\r\nHost: x\r\n';

    const broad = await talk(`${start}XroadVnpt-to: ${'a'.repeat(140_000)}\r\n\r\n`);
    const broken = await talk(`${start}XroadVnpt-to: a\u0001b\r\n\r\n`);
    const other = await talk('POST /api/v1/packages HTTP/1.1\r\nHost: x\r\nA: a\u0001b\r\n\r\n');

    expect(broad).to.match(/^HTTP\/1\.1 431 .*"status":"FAIL","ErrorCode":"10","ErrorDesc":"[^"]*128 KiB/s);
    expect(broken).to.match(/^HTTP\/1\.1 400 .*"status":"FAIL","ErrorCode":"10"/s);
    expect(other).to.match(/^HTTP\/1\.1 400 .*application\/problem\+json.*"code":"BAD_REQUEST"/s);
    for (const text of [broad, broken, other])
      expect(Number(/Content-Length: (\d+)/.exec(text)?.[1])).to.equal(
        Buffer.byteLength(text.split('\r\n\r\n')[1] ?? ''),
      );
  });
});
