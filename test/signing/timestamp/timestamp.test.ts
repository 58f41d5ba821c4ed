import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { buildCms } from '../../../src/signing/cms/index.ts';
import {
  checkTimestamp,
  createTsaClient,
  parseTimestampToken,
  SigningError,
  type TsaClientOptions,
  verifyFile,
} from '../../../src/signing/index.ts';
import { OpensslAuthority } from '../local-authorities.ts';
import { makeSigning } from '../signers.ts';
import { crl, crlEntry, issue, purposes, root, serialOf } from '../x509/authority.ts';

const run = promisify(execFile);
const STAMPING = '1.3.6.1.5.5.7.3.8';
const DATA = Buffer.from('dữ liệu cần dấu thời gian');
/** openssl stamps with the clock of the machine: certificates are valid around it, and judged then. */
const today = new Date();
const dates = {
  notBefore: new Date(today.getTime() - 30 * 86_400_000),
  notAfter: new Date(today.getTime() + 3650 * 86_400_000),
};
const evidence = { thisUpdate: new Date(today.getTime() - 3_600_000), nextUpdate: dates.notAfter };

/** TimeStampResp with status rejection (2) and failure badAlg (bit 0). */
const REFUSAL = '300930070201020302' + '0780';

const DIGEST = createHash('sha256').update(DATA).digest();

/** The query with one octet changed. */
function changed(query: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(query);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error instanceof SigningError ? error.code : String(error)),
  );
}

describe('time-stamps', () => {
  const anchor = issue('Root', null, { ca: true, ...dates });
  const tsa = issue('TSA', anchor, { extensions: [purposes([STAMPING], true)], ...dates });
  const authority = new OpensslAuthority('good', tsa, anchor);
  const requests: string[] = [];
  let server: Server;
  let base: string;

  before(async () => {
    server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      requests.push(`${request.method} ${request.url} ${request.headers['content-type']}`);
      if (request.url === '/down') return response.writeHead(503).end();
      if (request.url === '/junk') return response.end('<html>');
      if (request.url === '/huge') return response.end(Buffer.alloc(300_000));
      if (request.url === '/hang') return undefined;
      if (request.url === '/refuse') return response.end(Buffer.from(REFUSAL, 'hex'));
      const answer = await authority.answer(Buffer.concat(parts));
      return response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    authority.close();
  });

  const waits: number[] = [];
  const client = (paths: readonly string[], more: Partial<TsaClientOptions> = {}) =>
    createTsaClient({
      urls: paths.map((path) => base + path),
      fetch: (url, init) => fetch(url, { ...init, body: Buffer.from(init.body) }),
      timeoutMs: 10_000,
      wait: async (ms) => {
        waits.push(ms);
      },
      ...more,
    });
  // Judged at the moment of the test, which may come long after this file was loaded: the authority stamps by the clock.
  const trust = {
    trust: [anchor.der],
    crls: [crl(anchor, evidence)],
    get at() {
      return new Date();
    },
    get knownAt() {
      return new Date(Date.now() + 60_000);
    },
  };

  it('are had from a real authority and pass its checks and ours', async () => {
    const token = await client(['/ok']).timestamp(DATA, 'sha256');
    const verdict = await checkTimestamp(token, DATA, trust);

    expect(verdict).to.deep.include({ indication: 'PASSED', reason: '' });
    expect(parseTimestampToken(token)).to.deep.include({ policy: '1.2.704.5', digest: 'sha256' });
    expect(requests.at(-1)).to.equal('POST /ok application/timestamp-query');
  });

  it('are accepted by openssl ts -verify as we accept them', async () => {
    const token = await client(['/ok']).timestamp(DATA, 'sha512');
    writeFileSync(join(authority.dir, 'token.der'), token);
    writeFileSync(join(authority.dir, 'data'), DATA);
    const args = ['ts', '-verify', '-token_in', '-in', 'token.der', '-data', 'data', '-CAfile', 'ca.pem'];
    const { stdout } = await run('openssl', args, { cwd: authority.dir });

    expect(stdout).to.contain('Verification: OK');
  });

  it('are asked of the next authority when one is down, after its tries', async () => {
    waits.length = 0;
    const before = requests.length;
    const token = await client(['/down', '/ok']).timestamp(DATA, 'sha256');

    expect(parseTimestampToken(token).imprint).to.deep.equal(createHash('sha256').update(DATA).digest());
    expect(requests.slice(before).map((line) => line.split(' ')[1])).to.deep.equal([
      '/down',
      '/down',
      '/down',
      '/ok',
    ]);
    expect(waits).to.deep.equal([1000, 2000]);
  });

  it('end in a code when none can be had', async () => {
    expect(await codeOf(client(['/down']).timestamp(DATA, 'sha256'))).to.equal('TSA_UNAVAILABLE');
    expect(await codeOf(client(['/junk']).timestamp(DATA, 'sha256'))).to.equal('TIMESTAMP_INVALID');
    expect(await codeOf(client(['/huge']).timestamp(DATA, 'sha256'))).to.equal('TIMESTAMP_INVALID');
    expect(await codeOf(client(['/hang'], { timeoutMs: 50, tries: 1 }).timestamp(DATA, 'sha256'))).to.equal(
      'TSA_UNAVAILABLE',
    );
  });

  it('are not asked for again where they were refused', async () => {
    const before = requests.length;

    expect(await codeOf(client(['/refuse']).timestamp(DATA, 'sha256'))).to.equal('TSA_REFUSED');
    expect(requests.length - before).to.equal(1);
  });

  it('are asked of the next authority when one lies: about data, request, certificate, policy, clock or chain', async () => {
    const past = { notBefore: dates.notBefore, notAfter: new Date(today.getTime() - 86_400_000) };
    const expired = issue('TSA', anchor, { extensions: [purposes([STAMPING], true)], ...past });
    const liars: Record<string, (query: Uint8Array) => Promise<Uint8Array>> = {
      'expired certificate': async (query) => {
        const liar = new OpensslAuthority('expired', expired, anchor);
        return liar.answer(query).finally(() => liar.close());
      },
      'other data': (query) => authority.answer(changed(query, Buffer.from(query).indexOf(DIGEST))),
      'other nonce': (query) => authority.answer(changed(query, query.length - 6)),
    };
    for (const [name, answer] of Object.entries(liars)) {
      const asked: string[] = [];
      const fetchFrom: TsaClientOptions['fetch'] = async (url, init) => {
        asked.push(url.slice(base.length));
        return url.endsWith('/liar')
          ? new Response(Buffer.from(await answer(init.body)))
          : fetch(url, { ...init, body: Buffer.from(init.body) });
      };

      const token = await client(['/liar', '/ok'], { fetch: fetchFrom }).timestamp(DATA, 'sha256');

      expect(parseTimestampToken(token).policy, name).to.equal('1.2.704.5');
      expect(asked, name).to.deep.equal(['/liar', '/ok']);
    }
    const code = (more: Partial<TsaClientOptions>) => codeOf(client(['/ok'], more).timestamp(DATA, 'sha256'));
    expect(await code({ policy: '1.2.3.4' })).to.equal('TSA_REFUSED');
    expect(await code({ now: () => Date.now() - 3_600_000 })).to.equal('TIMESTAMP_INVALID');
    expect(await code({ trust: { trust: [root('Other').der] } })).to.equal('TIMESTAMP_INVALID');
    expect(await code({ trust: { trust: [anchor.der] } })).to.equal('none');
    expect(await code({ trust: { trust: [anchor.der], crls: trust.crls } })).to.equal('none');
  });

  it('are asked for at most four at a time', async () => {
    let running = 0;
    let most = 0;
    const slow: TsaClientOptions['fetch'] = async (_url, init) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      const { signal: _signal, ...rest } = init;
      return fetch(`${base}/refuse`, { ...rest, body: Buffer.from(rest.body) });
    };
    const one = client(['/x'], { fetch: slow });

    await Promise.allSettled(Array.from({ length: 12 }, () => one.timestamp(DATA, 'sha256')));

    expect(most).to.equal(4);
  });

  it('of another request or over other data are not taken', async () => {
    const old = await authorityAnswer(client(['/ok']));
    const replay = { fetch: async () => new Response(Buffer.from(old)), tries: 1 };

    expect(await codeOf(client(['/x'], replay).timestamp(DATA, 'sha256'))).to.equal('TIMESTAMP_INVALID');
    const token = await client(['/ok']).timestamp(DATA, 'sha256');
    expect((await checkTimestamp(token, Buffer.from('khác'), trust)).indication).to.equal('FAILED');
  });

  /** The raw response to an earlier request, as a replaying attacker has it. */
  async function authorityAnswer(asked: ReturnType<typeof client>): Promise<Uint8Array> {
    await asked.timestamp(DATA, 'sha256');
    return readFile(join(authority.dir, 'r.tsr'));
  }

  it('never pass once an octet of the token has changed', async () => {
    const token = await client(['/ok']).timestamp(DATA, 'sha256');
    for (let at = 0; at < token.length; at += 7) {
      const altered = Uint8Array.from(token);
      altered[at] = (altered[at] ?? 0) ^ 0x01;
      const verdict = await checkTimestamp(altered, DATA, trust);
      const sameSignedParts =
        verdict.indication !== 'PASSED' || verdict.token?.genTime === parseTimestampToken(token).genTime;
      expect(sameSignedParts, `octet ${at}`).to.equal(true);
    }
  });

  it('need a known state and an anchor for the authority', async () => {
    const token = await client(['/ok']).timestamp(DATA, 'sha256');
    const revoked = crl(anchor, {
      ...evidence,
      entries: [crlEntry(serialOf(tsa), new Date(today.getTime() - 86_400_000))],
    });

    expect((await checkTimestamp(token, DATA, { ...trust, crls: [] })).indication).to.equal('INDETERMINATE');
    expect((await checkTimestamp(token, DATA, { ...trust, crls: [revoked] })).indication).to.equal(
      'INDETERMINATE',
    );
    expect((await checkTimestamp(token, DATA, { ...trust, trust: [root('Other').der] })).indication).to.equal(
      'INDETERMINATE',
    );
    expect((await checkTimestamp(Buffer.from('junk'), DATA, trust)).indication).to.equal('FAILED');
  });

  it('prove that a signature was there before its certificate was revoked', async () => {
    const signing = makeSigning();
    const ca = issue('CA', anchor, { ca: true, ...dates });
    const signer = issue('Signer', ca, dates);
    const stamped = await buildCms(
      {
        ...signing.signer,
        certificate: signer.der,
        chain: [ca.der],
        sign: async (data, digest) => (await import('node:crypto')).sign(digest, data, signer.privateKey),
      },
      { content: [DATA], attached: true, timestampAuthority: client(['/ok']) },
    );
    const later = new Date(today.getTime() + 10 * 86_400_000);
    const revokedLater = crl(ca, {
      thisUpdate: later,
      nextUpdate: dates.notAfter,
      entries: [crlEntry(serialOf(signer), new Date(today.getTime() + 5 * 86_400_000))],
    });
    const verify = (crls: readonly Uint8Array[]) =>
      verifyFile(
        { name: 'a.p7m', bytes: stamped },
        {
          trust: [anchor.der],
          crls: [crl(anchor, evidence), ...crls],
          now: new Date(later.getTime() + 1000),
          offline: true,
        },
      );

    const report = await verify([revokedLater]);

    expect(report.verdict).to.equal('TOTAL-PASSED');
    expect(report.signatures[0]?.timestamps.map((stamp) => stamp.indication)).to.deep.equal(['PASSED']);
    expect(report.signatures[0]?.bestSignatureTime).to.equal(report.signatures[0]?.timestamps[0]?.time);
    const early = crl(ca, {
      thisUpdate: later,
      nextUpdate: dates.notAfter,
      entries: [crlEntry(serialOf(signer), new Date(today.getTime() - 86_400_000))],
    });
    expect((await verify([early])).signatures[0]?.subIndication).to.equal('REVOKED_NO_POE');
  });
});
