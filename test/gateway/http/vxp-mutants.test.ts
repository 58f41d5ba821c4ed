/**
 * Requests of the VXP protocol changed in their head, their signed JSON, their framing and their body, mostly signed anew so that they
 * come past the door: each is answered in the protocol's own words, none is a fault of ours, none hangs. `LIENTHONG_FUZZ_RUNS` and
 * `LIENTHONG_FUZZ_SEED` as for packages; a failure names its seed.
 */
import { createHash, createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { formatVxpTimestamp } from '../../../src/connectors/index.ts';
import { addVxpSystem } from '../../../src/gateway/access/index.ts';
import { Random } from '../../packages/support/mutate/random.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { AGENCY, letter, statusOn, wire } from '../support/messages.ts';

const RUNS = Math.ceil(Number(process.env['LIENTHONG_FUZZ_RUNS'] ?? 5_000) / 25);
const START = Number(process.env['LIENTHONG_FUZZ_SEED'] ?? 0);
const SYSTEM = 'vxp.bien.99';
const SECRET = 'Yml9biBkb2kgdGhlbyBuaGlldSBjYWNo';
/** A request takes milliseconds; one that takes this long hangs. */
const HANG_MS = 60_000;

interface Wire {
  method: string;
  path: string;
  args: Record<string, unknown>;
  /** Written into the head as they are. */
  lines: string[];
  body: Buffer;
  /** Its length is not that of its body: no answer is an answer, too. */
  isMisframed: boolean;
  isSigned: boolean;
  signed?: string;
  /** Writes the lines of the head in another maker's manner. */
  spell?: (line: string) => string;
  isChunked?: boolean;
}

const ODD = [
  '',
  ' ',
  '0',
  '-1',
  '1e999',
  'null',
  'true',
  '\u00ff\u00fe',
  '../../etc/passwd',
  '%00',
  '#{x}',
  "' OR 1=1 --",
  '💣',
  '\u0000',
  'a'.repeat(9_000),
  '__proto__',
  'pkg_01m8heh4dv013aey3e8c6bymta',
  'dlv_x',
  '5bebcfeff858e3e0cc154762',
  '00000000-0000-0000-0000-000000000000',
  '31/02/2026',
  '2026/13/45',
  '9'.repeat(40),
  '{"organId":["000.21.32.H99"]}',
  '\tx\t',
  'Ủy ban',
  'NaN',
  '[]',
];
const NAMES = [
  'servicetype',
  'messagetype',
  'from',
  'to',
  'docId',
  'status',
  'filePath',
  'hash-file',
  'fromDate',
  'toDate',
  'pageSize',
  'pageIndex',
  'level',
  'AgencyCode',
  'Content-Type',
  'timestamp',
  'systemid',
  '__proto__',
  'constructor',
  'sign-header',
  '',
];

type Change = (request: Wire, random: Random) => void;

const CHANGES: readonly Change[] = [
  (request, random) => {
    request.args[random.one(NAMES)] = random.one(ODD);
  },
  (request, random) => {
    request.args[random.one(NAMES)] = random.one([null, 5, -0.5, true, [], {}, [['x']], { a: { b: 1 } }]);
  },
  (request, random) => void delete request.args[random.one(Object.keys(request.args))],
  (request, random) => {
    request.signed = random.one([
      '',
      '{',
      '[]',
      'null',
      '"x"',
      '{"a":1}',
      '['.repeat(5_000),
      `{"XroadVnpt-systemid":"${SYSTEM}"}`,
      '{"__proto__":{"x":1}}',
    ]);
  },
  (request, random) => void request.lines.push(`XroadVnpt-${random.one(NAMES)}: ${onWire(random.one(ODD))}`),
  (request, random) =>
    void request.lines.push(
      `${random.one(['Content-Encoding: gzip', 'Content-Encoding: br', 'Content-Encoding: x', 'Expect: 100-continue', 'Expect: x', 'Content-Type: multipart/form-data', 'Content-Type: multipart/form-data; boundary=b', 'Content-Type: application/json', 'Range: bytes=5-2', 'Accept-Language: en', 'If-None-Match: *', 'Cookie: lienthong_session=x', 'Authorization: Bearer x', 'Upgrade: h2c', 'X-Forwarded-For: 1.2.3.4'])}`,
    ),
  (request, random) => {
    request.method = random.one(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'POST']);
  },
  (request, random) => {
    request.path = random.one([
      '',
      'SENDEDOC',
      'sendEdoc/',
      'sendEdoc/x',
      'sendEdoc?docId=x',
      '%2e%2e/healthz',
      'getEdoc%00',
      'khôngcó',
      'registerAgency',
      'deleteAgency',
      'getSynchronizeUnit',
    ]);
  },
  (request, random) => {
    const at = random.below(request.body.length);
    request.body = Buffer.concat([
      request.body.subarray(0, at),
      Buffer.from(random.one(ODD)),
      request.body.subarray(at + random.below(40)),
    ]);
  },
  (request, random) => {
    request.body = request.body.subarray(0, random.below(request.body.length));
  },
  (request) => {
    request.body = gzipSync(request.body);
  },
  (request, random) => {
    request.body = Buffer.from(
      random.one([
        '{}',
        '[]',
        '{"code":{"x":1}}',
        '{"code":"x","name":null}',
        '--b\r\n\r\n--b--',
        '--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nx\r\n--b--\r\n',
        `{"id":1${',"x":1'.repeat(9_000)}}`,
      ]),
    );
  },
  (request, random) => {
    request.isMisframed = true;
    request.lines.push(
      random.one([
        'Content-Length: 5',
        'Content-Length: 99999',
        'Content-Length: -1',
        'Content-Length: x',
        'Transfer-Encoding: chunked',
        'Transfer-Encoding: x',
      ]),
    );
  },
  (request) => {
    request.isSigned = false;
  },
  (request, random) => {
    request.spell = random.one<(line: string) => string>([
      (line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()),
      (line) => line.replace(/^[^:]+/, (name) => name.toUpperCase()),
      (line) => line.replace(/^(XroadVnpt-hash-header: )(.*)/, (_, name, code) => name + code.toUpperCase()),
      (line) => line.replace(/^(XroadVnpt-hash-header): (.*)/, '$1:\t $2 \t'),
      (line) =>
        line.replace(
          /^(XroadVnpt-hash-header: )(.*)/,
          (_, name, code) => name + Buffer.from(code, 'hex').toString('base64'),
        ),
      (line) => (/^XroadVnpt-sign-header-key/.test(line) ? `${line.replaceAll(';', '; ')};` : line),
      (line) => (/^XroadVnpt-sign-header-key/.test(line) ? line.toLowerCase().replaceAll(';', ',') : line),
      (line) => (/^XroadVnpt-sign-header-key/.test(line) ? 'X: y' : line),
      (line) => line.replace(/^(XroadVnpt-[^:]+): /, '$1:   '),
    ]);
  },
  (request) => {
    request.isChunked = true;
  },
  (request) => {
    request.body = Buffer.concat([request.body, Buffer.from('\r\n')]);
  },
  (request, random) => {
    request.lines.push(`Content-Encoding: ${random.one(['gzip', 'GZIP', 'x-gzip'])}`);
    request.body = gzipSync(request.body);
  },
];

function chunked(body: Buffer): Buffer {
  const size = Buffer.from(`${body.length.toString(16)}\r\n`);
  const end = Buffer.from('0\r\n\r\n');
  return body.length === 0 ? end : Buffer.concat([size, body, Buffer.from('\r\n'), end]);
}

function onWire(text: string): string {
  return Buffer.from(text, 'utf8')
    .toString('latin1')
    .replace(/[\r\n\0]/g, '');
}

describe('http: VXP requests changed in every way', function () {
  this.timeout(Math.max(300_000, RUNS * 400));
  let bare: BareGateway;
  let samples: (() => Wire)[] = [];
  before(async () => {
    bare = await startBareGateway({ requestTimeoutSeconds: 20 });
    const { x, sealer } = bare.gateway.deps;
    await addVxpSystem(
      x.store,
      sealer,
      { id: SYSTEM, secret: SECRET, agencies: [AGENCY.commune.code] },
      Date.now(),
    );
    const from = { organId: AGENCY.commune.code, organName: AGENCY.commune.name };
    const message = letter([AGENCY.district.code], { from });
    const document = await wire(message, [{ name: 'a.pdf', bytes: Buffer.from('%PDF-1.7') }]);
    const status = await wire(statusOn(message, AGENCY.commune, '03'));
    const send = (body: Buffer, messagetype: string) => ({
      servicetype: 'eDoc',
      messagetype,
      'hash-file': createHash('sha256').update(body).digest('hex'),
      from: AGENCY.commune.code,
    });
    const list = { servicetype: 'eDoc', messagetype: 'edoc', fromDate: '2026/11/01', toDate: '2026/11/30' };
    const none = Buffer.from('{}');
    const shapes: [string, string, Record<string, unknown>, Buffer][] = [
      ['POST', 'sendEdoc', send(document, 'edoc'), document],
      ['POST', 'sendEdoc', send(status, 'status'), status],
      ['POST', 'getReceivedEdocList', list, none],
      ['POST', 'getSentEdocList', { ...list, docId: 'pkg_x' }, none],
      ['POST', 'getEdoc', { docId: '5bebcfeff858e3e0cc154762', filePath: 'x' }, none],
      ['GET', 'downloadEdoc', { docId: '5bebcfeff858e3e0cc154762' }, Buffer.alloc(0)],
      ['POST', 'updateStatus', { docId: '5bebcfeff858e3e0cc154762', status: 'done' }, none],
      ['GET', 'countReceiveEdoc', {}, Buffer.alloc(0)],
      ['POST', 'getAgenciesListQD20', { level: '1' }, none],
      [
        'POST',
        'registerAgency',
        {},
        Buffer.from(
          '{"id":"1","pcode":"000.00.32.H99","code":"000.99.32.H99","name":"x","mail":"","mobile":"","fax":""}',
        ),
      ],
      ['POST', 'deleteAgency', { AgencyCode: '000.99.32.H99' }, none],
    ];
    samples = shapes.map(([method, path, args, body]) => () => ({
      method,
      path,
      args: { systemid: SYSTEM, timestamp: formatVxpTimestamp(new Date(), 420), ...args },
      lines: [],
      body,
      isMisframed: false,
      isSigned: true,
    }));
  });
  after(() => bare.close());

  function bytesOf(request: Wire): Buffer {
    const { method, path, args, lines, body, isMisframed, isSigned, signed } = request;
    const { spell = (line: string) => line, isChunked = false } = request;
    const named = Object.fromEntries(
      Object.entries(args).map(([name, value]) => [`XroadVnpt-${name}`, value]),
    );
    const json = signed ?? JSON.stringify(named);
    const code = createHmac('sha256', isSigned ? SECRET : 'khác')
      .update(json)
      .digest('hex');
    const sent = Object.entries(args).filter(([name, value]) => name !== '' && typeof value === 'string');
    const head = [
      `${method} ${onWire(encodeURI(`/XrdAdapter/adapter/${path}`))} HTTP/1.1`,
      'Host: 127.0.0.1',
      'Connection: close',
      ...sent.map(([name, value]) => `XroadVnpt-${name}: ${onWire(String(value))}`),
      `XroadVnpt-sign-header-key: ${sent.map(([name]) => onWire(name)).join(';')}`,
      `XroadVnpt-sign-header: ${onWire(json)}`,
      `XroadVnpt-hash-header: ${code}`,
      ...(isMisframed ? [] : [isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`]),
      ...lines,
    ];
    const [first = '', ...others] = head;
    const text = [first, ...others.map(spell)].join('\r\n');
    return Buffer.concat([
      Buffer.from(`${text}\r\n\r\n`, 'latin1'),
      isChunked && !isMisframed ? chunked(body) : body,
    ]);
  }

  function ask(bytes: Buffer, leaves: boolean): Promise<string> {
    const { hostname, port } = new URL(bare.gateway.url);
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect(Number(port), hostname, () => {
        // Who waits for more than was said has to be left.
        if (leaves) socket.end(bytes);
        else socket.write(bytes);
      });
      const timer = setTimeout(() => {
        socket.destroy();
        reject(new Error('no answer: it hangs'));
      }, HANG_MS);
      socket.on('data', (chunk) => chunks.push(chunk));
      // A server that has answered may close before all was written.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearTimeout(timer);
        resolve(Buffer.concat(chunks).toString('utf8'));
      });
    });
  }

  /** Says what is wrong with an answer; null: nothing. */
  function faultOf(request: Wire, answer: string): string | null {
    const text = answer.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
    if (text === '') return request.isMisframed ? null : 'no answer';
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
    if (Number.isNaN(status) || status === 500 || status === 502) return `answer ${text.slice(0, 200)}`;
    const [head = '', ...rest] = text.split('\r\n\r\n');
    const body = rest.join('\r\n\r\n');
    const isOurs = /^content-security-policy:/im.test(head);
    if (!isOurs || request.method === 'HEAD' || body === '' || /^transfer-encoding/im.test(head)) return null;
    if (!/^content-type: application\/json/im.test(head)) return null;
    try {
      const json = JSON.parse(body) as { status?: string; ErrorCode?: string };
      return typeof json.status === 'string' && typeof json.ErrorCode === 'string'
        ? null
        : `not its words: ${body.slice(0, 200)}`;
    } catch {
      return `not JSON: ${body.slice(0, 200)}`;
    }
  }

  it(`are answered, ${RUNS} of them from seed ${START}`, async () => {
    const broken: string[] = [];
    const outcomes = new Map<string, number>();
    for (let seed = START; seed < START + RUNS && broken.length < 10; seed += 1) {
      const random = new Random(seed);
      const request = random.one(samples)();
      for (let left = random.below(3); left >= 0; left -= 1) random.one(CHANGES)(request, random);
      const answer = await ask(bytesOf(request), request.isMisframed).catch(
        (cause: Error) => `hang: ${cause.message}`,
      );
      const fault = answer.startsWith('hang') ? answer : faultOf(request, answer);
      if (fault !== null) broken.push(`seed ${seed} ${request.method} ${request.path}: ${fault}`);
      const name = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'none';
      outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
    }

    expect(broken).to.deep.equal([]);
    // Requests that are all turned away at the door would show nothing.
    for (const name of ['200', '401']) expect(outcomes.get(name) ?? 0, name).to.be.greaterThan(RUNS / 20);
    expect((await fetch(`${bare.gateway.url}/healthz`)).status).to.equal(200);
  });
});
