/** Habits of clients below the protocol: how they write requests onto a socket, and what they read back. */
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { expect } from 'chai';
import { formatVxpTimestamp, sdkHex } from '../../../src/connectors/index.ts';
import { addVxpSystem } from '../../../src/gateway/access/index.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY, letter, wire } from '../support/messages.ts';
import { signedVxpLines } from '../support/vxp-request.ts';

const SYSTEM = 'vxp.thu.98';
const SECRET = 'a2hvYS10aHUtbmdoaWVtLW8tY2FtPT0=';

describe('http: /XrdAdapter/adapter on bare sockets', () => {
  let bare: BareGateway;
  before(async () => {
    bare = await startBareGateway();
    const { x, sealer } = bare.gateway.deps;
    const system = { id: SYSTEM, secret: SECRET, agencies: [AGENCY.commune.code] };
    await addVxpSystem(x.store, sealer, system, Date.now());
  });
  after(() => bare.close());

  /** Line and signed headers of one call. */
  function head(
    target: string,
    args: Record<string, string>,
    more: { type?: string; lines?: readonly string[]; version?: string; secret?: string } = {},
  ): string {
    const type = more.type ?? 'application/json';
    const timestamp = formatVxpTimestamp(new Date());
    const signed = { systemid: SYSTEM, timestamp, 'Content-Type': type, ...args };
    const lines = [
      `POST ${target} HTTP/${more.version ?? '1.1'}`,
      `Host: ${new URL(bare.gateway.url).host}`,
      `Content-Type: ${type}`,
      ...signedVxpLines(signed, more.secret ?? SECRET),
      ...(more.lines ?? []),
    ];
    return `${lines.join('\r\n')}\r\n\r\n`;
  }

  /** Writes `parts`, and our side's end with `half`; gives all that comes until the other side ends. */
  function talk(parts: readonly (string | Buffer)[], half = false): Promise<string> {
    const { hostname, port } = new URL(bare.gateway.url);
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true }, () => {
        for (const part of parts) socket.write(part);
        if (half) socket.end();
      });
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', reject);
      socket.on('end', () => {
        socket.end();
        resolve(Buffer.concat(chunks).toString('latin1'));
      });
    });
  }

  interface Answered {
    readonly status: number;
    readonly code: string | undefined;
    readonly docId: string | undefined;
  }

  /** Every answer of one connection, told apart by their bodies, which are all of the protocol. */
  function answersOf(text: string): Answered[] {
    return text
      .split(/(?=HTTP\/1\.1 [2-5]\d\d )/)
      .filter((one) => /^HTTP\/1\.1 [2-5]/.test(one))
      .map((one) => ({
        status: Number(one.slice(9, 12)),
        code: /"ErrorCode":"(\d+)"/.exec(one)?.[1],
        docId: /"DocId":"([^"]+)"/.exec(one)?.[1],
      }));
  }

  const close = ['Connection: close'];
  const path = (operation: string): string => `/XrdAdapter/adapter/${operation}`;
  const mail = { servicetype: 'eDoc', messagetype: 'edoc' };

  async function file(): Promise<Buffer> {
    return wire(letter([AGENCY.district.code], { from: { organId: AGENCY.commune.code, organName: 'Xã' } }));
  }

  function sending(bytes: Buffer, names: Readonly<Record<string, string>> = {}): Record<string, string> {
    const hash = sdkHex(createHash('sha256').update(bytes).digest());
    return { ...mail, [names['hash-file'] ?? 'hash-file']: hash, from: AGENCY.commune.code };
  }

  function octets(bytes: Buffer, lines: readonly string[]): { type: string; lines: string[] } {
    return { type: 'application/octet-stream', lines: [`Content-Length: ${bytes.length}`, ...lines] };
  }

  it('answers a client that shuts its side down once it has sent everything, and keeps its document once', async () => {
    const bytes = await file();
    const request = [head(path('sendEdoc'), sending(bytes), octets(bytes, [])), bytes];

    const [half] = answersOf(await talk(request, true));
    const [whole] = answersOf(
      await talk([head(path('sendEdoc'), sending(bytes), octets(bytes, close)), bytes]),
    );
    const [cut] = answersOf(await talk([request[0] ?? '', bytes.subarray(0, 100)], true));

    expect(half).to.include({ status: 200, code: '0' });
    expect(whole).to.deep.equal(half);
    expect(cut?.status ?? 400).to.equal(400);
  });

  it('goes on with a connection after refusals, a body refused unread, and a CRLF nobody counted', async () => {
    const [one, two] = [await file(), await file()];
    const big = Buffer.alloc(1024 * 1024, 65);
    const list = (lines: string[], secret = SECRET): string =>
      `${head(path('getReceivedEdocList'), mail, { lines: ['Content-Length: 2', ...lines], secret })}{}`;

    const answers = answersOf(
      await talk([
        list([], 'sai'),
        head(path('sendEdoc'), sending(big), { ...octets(big, []), secret: 'sai' }),
        big,
        head(path('sendEdoc'), sending(one), octets(one, [])),
        one,
        '\r\n',
        head(path('sendEdoc'), sending(two), octets(two, [])),
        two,
        '\r\n',
        head(path('khongCo'), mail, { lines: ['Content-Length: 0'] }),
        list(close),
      ]),
    );

    expect(answers.map(({ status, code }) => [status, code])).to.deep.equal([
      [401, '15'],
      [401, '15'],
      [200, '0'],
      [200, '0'],
      [404, '11'],
      [200, '0'],
    ]);
  });

  it('names the header that can’t be one, as the SDK cuts accented letters to bytes', async () => {
    const cut = String.fromCharCode(...Array.from('đọc', (letter) => letter.charCodeAt(0) & 0xff));
    const request = head(path('updateStatus'), { docId: 'x', status: 'fail', description: 'MO TA' });

    const answer = await talk([Buffer.from(request.replaceAll('MO TA', cut), 'latin1')]);

    expect(answersOf(answer)).to.deep.equal([{ status: 400, code: '10', docId: undefined }]);
    const bodyOf = (text: string) => JSON.parse(text.split('\r\n\r\n')[1] ?? '') as Record<string, unknown>;
    expect(bodyOf(answer)['ErrorDesc']).to.include('XroadVnpt-description').and.to.include('không dấu');
    const got = request.replace('/updateStatus', '/getEdoc').replaceAll('MO TA', cut);
    expect(bodyOf(await talk([Buffer.from(got, 'latin1')]))['data']).to.equal('');
  });

  it('gives a document its own answer, whatever stands behind its request', async () => {
    const bytes = await file();

    const answers = answersOf(
      await talk([head(path('sendEdoc'), sending(bytes), octets(bytes, [])), bytes, '--bien--\r\n']),
    );

    expect(answers.map(({ status, code }) => [status, code])).to.deep.equal([[200, '0']]);
  });

  it('takes a file that calls itself a form and is none, with and without a boundary, in pieces', async () => {
    for (const type of ['multipart/form-data', 'multipart/form-data; boundary=xyz']) {
      const bytes = await file();
      const lines = [`Content-Length: ${bytes.length + 2}`, ...close];

      const text = await talk([
        head(path('sendEdoc'), sending(bytes), { type, lines }),
        bytes.subarray(0, 7),
        bytes.subarray(7),
        '\r\n',
      ]);

      expect(answersOf(text)[0], type).to.include({ status: 200, code: '0' });
    }
  });

  it('takes HTTP/1.0, chunks with extensions and trailers, and expectations it does not know', async () => {
    const [old, chunked, expecting] = [await file(), await file(), await file()];
    const pieces = [`${chunked.length.toString(16)};a=b\r\n`, chunked, '\r\n0\r\nX-Trailer: 1\r\n\r\n'];

    const texts = [
      await talk([head(path('sendEdoc'), sending(old), { ...octets(old, []), version: '1.0' }), old]),
      await talk([
        head(path('sendEdoc'), sending(chunked), {
          type: 'application/octet-stream',
          lines: ['Transfer-Encoding: chunked', ...close],
        }),
        ...pieces,
      ]),
      await talk([
        head(path('sendEdoc'), sending(expecting), octets(expecting, ['Expect: 200-ok', ...close])),
        expecting,
      ]),
    ];

    for (const text of texts) expect(answersOf(text)[0]).to.include({ status: 200, code: '0' });
  });

  it('finds an operation however its path is written, and answers in the form of the protocol where there is none', async () => {
    const { host } = new URL(bare.gateway.url);
    const list = '/XrdAdapter/adapter/getReceivedEdocList';
    const found = [
      '/XrdAdapter/adapter//getReceivedEdocList//',
      '/XrdAdapter/adapter/./getReceivedEdocList',
      '/XrdAdapter/adapter/getReceived%45docList%20',
      '/XrdAdapter/RestService/forward/getReceivedEdocList',
      `${list}?b=2&a=%201`,
      `http://${host}${list}`,
    ];
    const nowhere = ['/XrdAdapter/khong/co', '/XrdAdapter/adapter/%zz', '/XrdAdapter/'];
    const ask = async (target: string): Promise<Answered | undefined> =>
      answersOf(await talk([`${head(target, mail, { lines: ['Content-Length: 2', ...close] })}{}`]))[0];

    for (const target of found) expect(await ask(target), target).to.include({ status: 200, code: '0' });
    for (const target of nowhere) expect(await ask(target), target).to.include({ status: 404, code: '11' });
  });

  it('reads arguments whatever the case of their names, and the two words that stand for a kind', async () => {
    const bytes = await file();
    const district = await bare.as(AGENCY.district);
    const { packageId } = (await district.postXml(await wire(letter([AGENCY.commune.code])))).json;
    await eventually(
      () => district.package(packageId),
      (seen) => seen.deliveries[0]?.state === 'available',
    );
    const list = (messagetype: string): Promise<string> =>
      talk([
        `${head(path('getReceivedEdocList'), { MessageType: messagetype }, { lines: ['Content-Length: 2', ...close] })}{}`,
      ]);

    const [sent] = answersOf(
      await talk([
        head(path('sendEdoc'), sending(bytes, { 'hash-file': 'Hash-File' }), octets(bytes, close)),
        bytes,
      ]),
    );
    const [documents, statuses] = [await list('EDOC'), await list('Status')];
    const docId = /"docId":"([^"]+)"/.exec(documents)?.[1] ?? '';
    const acknowledge = `${head(path('updateStatus'), { docid: docId, Status: ' Done' }, { lines: ['Content-Length: 2', ...close] })}{}`;
    const [acknowledged] = answersOf(await talk([acknowledge]));

    expect(sent).to.include({ status: 200, code: '0' });
    expect(docId).to.match(/^[0-9a-f-]{36}$/);
    expect(statuses).to.include('"data":[]');
    expect(acknowledged).to.include({ status: 200, code: '0' });
    expect(await list('edoc')).to.include('"data":[]');
  });
});
