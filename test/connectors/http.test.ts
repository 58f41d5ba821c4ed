import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createHttp, type Http, type HttpOptions } from '../../src/connectors/http.ts';
import { failsWith } from './support/fails.ts';
import { collect } from './support/messages.ts';

describe('the connectors’ HTTP', () => {
  let server: Server;
  let url: string;

  async function start(listener: RequestListener, options: HttpOptions = {}): Promise<Http> {
    server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return createHttp('thử', options);
  }

  function get(operation = 'xem') {
    return { operation, method: 'GET' as const, url };
  }

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('knows that nothing was done when no connection stood', async () => {
    const http = await start(() => {});
    await new Promise((resolve) => server.close(resolve));

    const error = await failsWith('CONNECTOR_UNREACHABLE', http.text(get()));

    expect(error).to.include({ effect: 'none', retryable: true });
    expect(error.details.network).to.equal('ECONNREFUSED');
  });

  it('does not know what was done when the connection broke off', async () => {
    const http = await start((_req, res) => res.socket?.destroy());

    const error = await failsWith('CONNECTOR_UNREACHABLE', http.text(get()));

    expect(error).to.include({ effect: 'unknown', retryable: true });
  });

  it('gives up on a server that never answers', async () => {
    const http = await start(() => {}, { timeoutMs: 30 });

    const error = await failsWith('CONNECTOR_TIMEOUT', http.text(get()));

    expect(error).to.include({ effect: 'unknown', retryable: true });
  });

  it('gives up on a server that stops half-way', async () => {
    const http = await start((_req, res) => res.write('nửa '), { timeoutMs: 30 });

    await failsWith('CONNECTOR_TIMEOUT', http.text(get()));
  });

  it('gives up on a server that drips for ever', async () => {
    const http = await start(
      (_req, res) => {
        const drip = setInterval(() => res.write('.'), 5);
        res.on('close', () => clearInterval(drip));
      },
      { timeoutMs: 5_000, totalTimeoutMs: 50 },
    );

    await failsWith('CONNECTOR_TIMEOUT', http.text(get()));
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const http = await start(() => stop.abort(), { signal: stop.signal });

    await failsWith('CONNECTOR_CANCELLED', http.text(get()));
  });

  it('refuses an answer over its limit, counted after decompression', async () => {
    const { gzipSync } = await import('node:zlib');
    const http = await start(
      (_req, res) => {
        res.setHeader('content-encoding', 'gzip');
        res.end(gzipSync(Buffer.alloc(5_000_000)));
      },
      { maxAnswerBytes: 100_000 },
    );

    await failsWith('CONNECTOR_BAD_ANSWER', http.text(get()));
  });

  it('follows no redirect, not even to the same host', async () => {
    let calls = 0;
    const http = await start((_req, res) => {
      calls += 1;
      res.writeHead(302, { location: '/khac' }).end();
    });

    await failsWith('CONNECTOR_REDIRECTED', http.text(get()));

    expect(calls).to.equal(1);
  });

  it('sends a stream with its length, not in chunked coding', async () => {
    const seen: Record<string, unknown> = {};
    const http = await start(async (req, res) => {
      Object.assign(seen, {
        length: req.headers['content-length'],
        coding: req.headers['transfer-encoding'],
      });
      res.end(await collect(req));
    });
    async function* open() {
      yield Buffer.from('xin ');
      yield Buffer.from('chào');
    }

    const answer = await http.text({ operation: 'gửi', method: 'POST', url, body: { open, sizeBytes: 9 } });

    expect(answer.text).to.equal('xin chào');
    expect(seen).to.deep.equal({ length: '9', coding: undefined });
  });

  it('passes an error of the body’s own source on as it is', async () => {
    const http = await start((req, res) => req.on('end', () => res.end()));
    const broken = new Error('đĩa hỏng');
    // biome-ignore lint/correctness/useYield: a source that fails before its first byte
    async function* open(): AsyncGenerator<Uint8Array> {
      throw broken;
    }

    const thrown = await http
      .text({ operation: 'gửi', method: 'POST', url, body: { open, sizeBytes: 9 } })
      .catch((error) => error);

    expect(thrown).to.equal(broken);
  });

  it('works again after a failure', async () => {
    let calls = 0;
    const http = await start((_req, res) => {
      calls += 1;
      if (calls === 1) res.socket?.destroy();
      else res.end('tốt');
    });

    await failsWith('CONNECTOR_UNREACHABLE', http.text(get()));

    expect((await http.text(get())).text).to.equal('tốt');
  });
});
