/** Bodies and headers as document systems of the field send them. */
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { formatVxpTimestamp } from '../../../src/connectors/index.ts';
import { addVxpSystem } from '../../../src/gateway/access/index.ts';
import { type Answer, type Api, acceptedId } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { AGENCY, letter, sha256, wire } from '../support/messages.ts';
import { signedVxpLines } from '../support/vxp-request.ts';

const SYSTEM = 'vxp.than.99';
const SECRET = 'dGh1LW5naGllbS10aGFuLXlldS1jYXU=';
const PDF = Buffer.from('%PDF-1.7 thử');

describe('http: bodies as the field sends them', () => {
  let bare: BareGateway;
  let district: Api;
  before(async () => {
    bare = await startBareGateway();
    district = await bare.as(AGENCY.district);
    const { x, sealer } = bare.gateway.deps;
    const system = { id: SYSTEM, secret: SECRET, agencies: [AGENCY.district.code] };
    await addVxpSystem(x.store, sealer, system, Date.now());
  });
  after(() => bare.close());

  const fresh = () => wire(letter([AGENCY.commune.code]), [{ name: 'a.pdf', bytes: PDF }]);

  function post(
    bytes: Uint8Array,
    headers: Record<string, string>,
    path = '/api/v1/packages',
  ): Promise<Answer> {
    return district.call('POST', path, { body: new Blob([Uint8Array.from(bytes)]), headers });
  }

  async function contentOf(answer: Answer): Promise<string> {
    return (await district.get(`/api/v1/packages/${acceptedId(answer)}/content`)).text;
  }

  /** One call on a socket of its own, its bytes as they are; resolves to the whole answer. */
  function raw(head: readonly string[], body: Uint8Array): Promise<string> {
    const { hostname, port } = new URL(bare.gateway.url);
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect(Number(port), hostname, () => {
        socket.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'utf8'), body]));
      });
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', reject);
      socket.on('end', () => {
        socket.end();
        resolve(Buffer.concat(chunks).toString('utf8'));
      });
    });
  }

  interface VxpOptions {
    readonly skewMs?: number;
    readonly headers?: readonly string[];
    readonly method?: string;
    readonly prefix?: string;
  }

  async function vxp(path: string, args: Record<string, string>, body: Uint8Array, more: VxpOptions = {}) {
    const at = new Date(Date.now() + (more.skewMs ?? 0));
    const named = { systemid: SYSTEM, timestamp: formatVxpTimestamp(at), ...args };
    const prefix = more.prefix ?? 'XroadVnpt-';
    const answer = await raw(
      [
        `${more.method ?? 'POST'} /XrdAdapter/adapter/${path} HTTP/1.1`,
        `HOST: ${new URL(bare.gateway.url).host}`,
        ...signedVxpLines(named, SECRET).map((line) => line.replace('XroadVnpt-', prefix)),
        'Connection: close',
        ...(more.headers ?? [`Content-Length: ${body.length}`]),
      ],
      body,
    );
    const [head = '', text = ''] = answer.split('\r\n\r\n');
    const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, string>) : {};
    return { head, json, status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]) };
  }

  for (const [coding, compress] of [
    ['gzip', gzipSync],
    ['X-GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const) {
    it(`may be compressed with ${coding}: the package is what was compressed`, async () => {
      const bytes = await fresh();

      const answer = await post(compress(bytes), {
        'content-type': 'application/xml',
        'content-encoding': coding,
      });

      expect(sha256(Buffer.from(await contentOf(answer)))).to.equal(sha256(bytes));
    });
  }

  it('may be compressed as a form too, and by a system that speaks VXP', async () => {
    const bytes = await fresh();
    const form = Buffer.concat([
      Buffer.from('--bien\r\nContent-Disposition: form-data; name="package"; filename="a.edxml"\r\n\r\n'),
      bytes,
      Buffer.from('\r\n--bien--\r\n'),
    ]);
    const other = await fresh();
    const zipped = gzipSync(other);
    const length = `Content-Length: ${zipped.length}`;

    const answer = await post(gzipSync(form), {
      'content-type': 'multipart/form-data; boundary=bien',
      'content-encoding': 'gzip',
    });
    const sent = await vxp('sendEdoc', { messagetype: 'edoc', 'hash-file': sha256(other) }, zipped, {
      headers: [length, 'Content-Encoding: gzip'],
    });

    expect(await contentOf(answer)).to.equal(bytes.toString('utf8'));
    expect(sent.json).to.include({ status: 'OK', ErrorCode: '0' });
  });

  it('that are not compressed as they say, cut short or in another way, are refused with the header named', async () => {
    const bytes = gzipSync(await fresh());
    const type = { 'content-type': 'application/xml' };

    for (const [body, coding] of [
      [await fresh(), 'gzip'],
      [bytes.subarray(0, bytes.length - 20), 'gzip'],
      [bytes, 'br'],
    ] as const) {
      const answer = await post(body, { ...type, 'content-encoding': coding });
      expect(answer.status, coding).to.equal(400);
      expect(answer.json.errors[0].code).to.equal('BAD_HEADER.Content-Encoding');
    }
    const unknown = await post(bytes, { ...type, 'content-encoding': 'compress' });
    expect(unknown.status).to.equal(415);
    expect(unknown.headers.get('accept-encoding')).to.equal('gzip, deflate, br');
    expect(unknown.json.errors[0].message).to.contain('"compress"');
  });

  it('that blow up out of all proportion are refused before they are read whole', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20));

    for (const type of ['application/xml', 'multipart/form-data; boundary=bien']) {
      const answer = await post(bomb, { 'content-type': type, 'content-encoding': 'gzip' });
      expect([400, 413, 422], answer.text).to.include(answer.status);
      expect(answer.json.code).to.be.oneOf(['BODY_TOO_LARGE', 'PACKAGE_INVALID', 'BAD_REQUEST']);
    }
    const padded = Buffer.concat([await fresh(), Buffer.alloc(64 * 1024 * 1024, 0x20)]);
    const form = Buffer.concat([
      Buffer.from('--bien\r\nContent-Disposition: form-data; name="package"; filename="a.edxml"\r\n\r\n'),
      padded,
      Buffer.from('\r\n--bien--\r\n'),
    ]);
    const answer = await post(gzipSync(form), {
      'content-type': 'multipart/form-data; boundary=bien',
      'content-encoding': 'gzip',
    });
    expect(answer.status, answer.text).to.equal(413);
  });

  it('without a media type are octets; of another type are told which are taken', async () => {
    const plain = await post(await fresh(), { 'content-type': '' });
    const wrong = await post(await fresh(), { 'content-type': 'application/x-www-form-urlencoded' });
    const related = await post(await fresh(), { 'content-type': 'multipart/related; boundary=b' });

    acceptedId(plain);
    for (const answer of [wrong, related]) {
      expect(answer.status).to.equal(415);
      expect(answer.json.errors[0].message).to.contain('application/xml, application/octet-stream');
    }
  });

  async function withFile(part: Uint8Array | string): Promise<Answer> {
    const { code } = letter([]);
    const metadata = {
      from: AGENCY.district.code,
      to: [AGENCY.commune.code],
      code,
      place: 'Mẫu',
      promulgationDate: '2026-11-20',
      typeName: 'Công văn',
      subject: 'V/v tên tệp',
    };
    const form = [
      `--bien\r\nContent-Disposition: form-data; name="metadata"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n${JSON.stringify(metadata)}`,
      '\r\n--bien\r\nContent-Disposition: form-data; name="file"; ',
      part,
      '\r\n\r\n',
      PDF,
      '\r\n--bien--\r\n',
    ];
    const body = Buffer.concat(form.map((piece) => Buffer.from(piece as string)));
    return post(body, { 'content-type': 'multipart/form-data; boundary=bien' }, '/api/v1/documents');
  }

  const nameIn = async (answer: Answer) => /<AttachmentName>([^<]*)</.exec(await contentOf(answer))?.[1];

  for (const [how, part] of [
    ['in UTF-8', 'filename="Quyết định.pdf"'],
    ['decomposed', `filename="${'Quyết định.pdf'.normalize('NFD')}"`],
    [
      'in words of mail, as .NET writes them',
      'filename="=?utf-8?B?UXV54bq/dCDEkeG7i25oLnBkZg==?="; filename*=utf-8\'\'Quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh.pdf',
    ],
    ['in quoted-printable words', 'filename="=?utf-8?Q?Quy=E1=BA=BFt_=C4=91=E1=BB=8Bnh.pdf?="'],
    ['percent-coded', 'filename="Quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh.pdf"'],
    ['by RFC 5987 alone', "filename*=UTF-8''Quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh.pdf"],
    ['with the path it had', 'filename="D:\\QLVB\\tmp\\Quyết định.pdf"'],
  ] as const) {
    it(`name their files ${how}`, async () => {
      expect(await nameIn(await withFile(part))).to.equal('Quyết định.pdf');
    });
  }

  it('keep the extension of a name that is too long', async () => {
    const name = await nameIn(await withFile(`filename="${'ế'.repeat(240)}.pdf"`));

    expect([...(name ?? '')]).to.have.length(200);
    expect(name).to.match(/ế\.pdf$/);
  });

  it('are refused when the letters of a name are lost, or a file comes coded', async () => {
    const codePage = await withFile(
      Buffer.concat([Buffer.from('filename="Quy'), Buffer.from([0xea, 0xec]), Buffer.from('t.pdf"')]),
    );
    const coded = await withFile('filename="a.pdf"\r\nContent-Transfer-Encoding: base64');

    expect(codePage.status).to.equal(400);
    expect(codePage.json.errors[0]).to.include({ code: 'BAD_FIELD.file' });
    expect(codePage.json.errors[0].message).to.contain('UTF-8');
    expect(coded.status).to.equal(400);
    expect(coded.json.errors[0].code).to.equal('BAD_HEADER.Content-Transfer-Encoding');
  });

  it('come from clients of HTTP/1.0 and in pieces, under header names in any case', async () => {
    const bytes = await fresh();
    const old = await raw(
      [
        'POST /api/v1/packages HTTP/1.0',
        `AUTHORIZATION: bearer ${district.token}`,
        'content-TYPE: Text/XML; Charset=UTF-8',
        `CONTENT-LENGTH: ${bytes.length}`,
      ],
      bytes,
    );
    const next = await fresh();
    const pieces = Buffer.concat([
      Buffer.from(`${next.length.toString(16)}\r\n`),
      next,
      Buffer.from('\r\n0\r\n\r\n'),
    ]);

    const chunked = await vxp('sendEdoc', { messagetype: 'edoc', 'hash-file': sha256(next) }, pieces, {
      headers: ['Transfer-Encoding: chunked'],
      prefix: 'XROADVNPT-',
    });

    expect(old).to.match(/^HTTP\/1\.1 202 /);
    expect(chunked.json).to.include({ status: 'OK' });
  });

  it('sent in the wrong way to an operation of VXP are told the right one', async () => {
    for (const [method, path, allow] of [
      ['GET', 'sendEdoc', 'POST'],
      ['OPTIONS', 'getReceivedEdocList', 'POST'],
      ['POST', 'downloadEdoc', 'GET, HEAD'],
    ] as const) {
      const { status, head } = await vxp(path, {}, Buffer.alloc(0), { method });
      expect(status, path).to.equal(405);
      expect(head).to.contain(`Allow: ${allow}\r\n`);
    }
  });

  it('tell a system whose clock is off what the time is, in both directions, and nobody without its key', async () => {
    for (const [skewMs, word] of [
      [90 * 60_000, 'nhanh 90 phút'],
      [-90 * 60_000, 'chậm 90 phút (SDK giữ giờ lúc tạo'],
    ] as const) {
      const { status, json } = await vxp('getReceivedEdocList', {}, Buffer.alloc(0), { skewMs });
      expect(status).to.equal(401);
      expect(json).to.include({ status: 'FAIL', ErrorCode: '15' });
      expect(json['ErrorDesc']).to.match(/giờ máy chủ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00/);
      expect(json['ErrorDesc']).to.contain(word);
    }
    const stranger = await vxp('getReceivedEdocList', { systemid: 'vxp.khac.01' }, Buffer.alloc(0), {
      skewMs: 90 * 60_000,
    });
    expect(stranger.status).to.equal(401);
    expect(stranger.json['ErrorDesc']).not.to.contain('giờ máy chủ');
  });

  it('tell a system what was received when hash-file is another, or missing', async () => {
    const bytes = Buffer.from((await fresh()).toString('utf8').trimEnd(), 'utf8');
    const digest = createHash('sha256').update(bytes).digest('hex');

    const wrong = await vxp(
      'sendEdoc',
      { messagetype: 'edoc', 'hash-file': digest.replace(/^./, 'g') },
      bytes,
    );
    const missing = await vxp('sendEdoc', { messagetype: 'edoc' }, bytes);

    for (const { json } of [wrong, missing]) {
      expect(json).to.include({ status: 'FAIL', ErrorCode: '22' });
      expect(json['ErrorDesc']).to.contain(`${bytes.length} byte (không kể CRLF ở cuối), SHA-256 ${digest}`);
    }
    expect(missing.json['ErrorDesc']).to.contain('Thiếu hash-file');
  });
});
