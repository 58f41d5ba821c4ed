/** The edges of one HTTP exchange: codings, connections, and answers that come before the request has left. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { createHttp, type Http } from '../../src/connectors/http.ts';
import { failsWith } from './support/fails.ts';

describe('the connectors’ HTTP exchange', () => {
  let server: Server;
  let url: string;
  let connections: Socket[];

  async function start(listener: RequestListener): Promise<Http> {
    connections = [];
    server = createServer(listener);
    server.on('connection', (socket) => connections.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return createHttp('thử');
  }

  const get = () => ({ operation: 'xem', method: 'GET' as const, url });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  for (const [coding, encode] of [
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['deflate, gzip', (text: string) => gzipSync(deflateSync(text))],
    ['identity', (text: string) => Buffer.from(text)],
  ] as const)
    it(`reads an answer in ${coding}`, async () => {
      const http = await start((_req, res) => {
        res.setHeader('Content-Encoding', coding);
        res.end(encode('trả lời'));
      });
      expect((await http.text(get())).text).to.equal('trả lời');
    });

  it('tells an answer whose coding is broken, or cut off, from a good one', async () => {
    const whole = gzipSync('trả lời'.repeat(1000));
    const answers = [Buffer.from('không phải gzip'), whole.subarray(0, whole.length - 9)];
    const http = await start((_req, res) => {
      res.setHeader('Content-Encoding', 'gzip');
      res.end(answers.shift());
    });
    await failsWith('CONNECTOR_UNREACHABLE', http.text(get()));
    await failsWith('CONNECTOR_UNREACHABLE', http.text(get()));
  });

  it('reads an answer without a body', async () => {
    const http = await start((_req, res) => res.writeHead(204).end());
    expect(await http.text(get())).to.include({ status: 204, text: '' });
  });

  it('uses one connection for what comes one after the other', async () => {
    const http = await start((_req, res) => res.end('tốt'));
    for (let n = 0; n < 5; n += 1) await http.text(get());
    expect(connections).to.have.length(1);
  });

  it('reads a refusal that comes while the body is still on its way, and lets go of the body', async () => {
    const http = await start((_req, res) => res.writeHead(413, { Connection: 'close' }).end('lớn quá'));
    let isReleased = false;
    async function* open(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.alloc(65_536);
      } finally {
        isReleased = true;
      }
    }
    const call = { operation: 'gửi', method: 'POST' as const, url, body: { open, sizeBytes: 2 ** 40 } };
    const answer = await http.text(call);
    expect(answer).to.include({ status: 413, text: 'lớn quá' });
    await new Promise<void>((resolve) => {
      if (connections[0]?.destroyed !== false) resolve();
      else connections[0].once('close', () => resolve());
    });
    while (!isReleased) await new Promise((resolve) => setImmediate(resolve));
  });

  it('does not wait for an answer after another protocol was offered in its place', async () => {
    const http = await start(() => undefined);
    server.removeAllListeners('request');
    server.on('request', (_req, res) => {
      res.socket?.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    });
    await failsWith('CONNECTOR_UNREACHABLE', http.text(get()));
  });

  it('knows that nothing was sent when the other side takes the connection and says nothing of TLS', async () => {
    await start(() => undefined);
    const held: Socket[] = [];
    const silent = createTcpServer((socket) => held.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const http = createHttp('thử', { connectTimeoutMs: 30 });
    const call = { ...get(), url: `https://127.0.0.1:${(silent.address() as AddressInfo).port}/` };
    const error = await failsWith('CONNECTOR_UNREACHABLE', http.text(call));
    for (const socket of held) socket.destroy();
    silent.close();
    expect(error).to.include({ effect: 'none', retryable: true });
    expect(error.details.network).to.equal('CONNECT_TIMEOUT');
  });

  it('refuses an address that is none before anything leaves', async () => {
    const http = await start((_req, res) => res.end());
    const error = await failsWith('CONNECTOR_UNREACHABLE', http.text({ ...get(), url: 'khong://' }));
    expect(error.effect).to.equal('none');
  });

  it('keeps the case of header names, and asks for nothing but what the call says and HTTP needs', async () => {
    let names: string[] = [];
    const http = await start((req, res) => {
      names = req.rawHeaders.filter((_, at) => at % 2 === 0);
      res.end();
    });
    await http.text({ ...get(), method: 'POST', headers: { 'X-Ma-CoQuan': '1' }, body: 'abc' });
    expect(names).to.have.members([
      'Accept',
      'Accept-Encoding',
      'User-Agent',
      'X-Ma-CoQuan',
      'Content-Length',
      'Host',
      'Connection',
    ]);
  });
});
