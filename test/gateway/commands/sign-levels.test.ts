/** `sign --level T` and `--format cades` on the command line, time-stamped by `openssl ts`, checked by openssl and by us. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { drawLetter } from '../../../src/gateway/demo/letter.ts';
import {
  createTestPki,
  type TestPki,
  type VerificationReport,
  verifyFile,
} from '../../../src/signing/index.ts';

import { type CliHost, startCliHost } from '../support/cli.ts';

const run = promisify(execFile);

/** An authority made of `openssl ts` with the test PKI's TSA key. */
function startAuthority(pki: TestPki, folder: string): Promise<Server> {
  const tsa = pki.identities['tsa'];
  if (tsa === undefined) throw new TypeError('no TSA in the test PKI');
  const at = (name: string): string => join(folder, name);
  const pass = `file:${tsa.passphrasePath}`;
  execFileSync('openssl', [
    'pkcs12',
    '-in',
    tsa.pkcs12Path,
    '-passin',
    pass,
    '-nodes',
    '-nocerts',
    '-out',
    at('tsa.key'),
  ]);
  execFileSync('openssl', [
    'pkcs12',
    '-in',
    tsa.pkcs12Path,
    '-passin',
    pass,
    '-clcerts',
    '-nokeys',
    '-out',
    at('tsa.pem'),
  ]);
  execFileSync('openssl', [
    'x509',
    '-inform',
    'DER',
    '-in',
    join(pki.intermediatesDirectory, 'sub.crt'),
    '-out',
    at('sub.pem'),
  ]);
  writeFileSync(at('serial'), '01\n');
  writeFileSync(
    at('ts.cnf'),
    `[tsa]\ndefault_tsa = t\n[t]\nserial = ${at('serial')}\ncrypto_device = builtin\nsigner_cert = ${at('tsa.pem')}\ncerts = ${at('sub.pem')}\n` +
      `signer_key = ${at('tsa.key')}\nsigner_digest = sha256\ndefault_policy = 1.2.704.5\ndigests = sha256\ness_cert_id_alg = sha256\n`,
  );
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    writeFileSync(at('q.tsq'), Buffer.concat(parts));
    await run('openssl', [
      'ts',
      '-reply',
      '-config',
      at('ts.cnf'),
      '-queryfile',
      at('q.tsq'),
      '-out',
      at('r.tsr'),
    ]);
    response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(readFileSync(at('r.tsr')));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

type Report = VerificationReport;

describe('sign on the command line, beyond PAdES-B', () => {
  let folder = '';
  let host: CliHost;
  let pki: TestPki;
  let authority: Server;
  let tsaUrl = '';

  before(async () => {
    host = startCliHost();
    folder = mkdtempSync(join(tmpdir(), 'lienthong-sign-'));
    pki = await createTestPki(join(folder, 'pki'));
    authority = await startAuthority(pki, folder);
    tsaUrl = `http://127.0.0.1:${(authority.address() as AddressInfo).port}/`;
    const text = {
      superior: 'A',
      agency: 'B',
      code: '1/X',
      placeAndDate: 'C',
      subject: 'D',
      addressee: 'E',
      body: ['F'],
      authority: 'G',
      position: 'H',
      signer: 'I',
      recipients: [],
    };
    writeFileSync(join(folder, 'letter.pdf'), await drawLetter(text));
    writeFileSync(join(folder, 'data.txt'), 'nội dung để ký\n');
  });

  after(async () => {
    host.close();
    await new Promise((resolve) => authority.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  async function sign(file: string, out: string, ...more: string[]): Promise<number> {
    const key = pki.identities['system'];
    const args = [
      '--key',
      key?.pkcs12Path ?? '',
      '--pass-file',
      key?.passphrasePath ?? '',
      '--crl',
      pki.crlDirectory,
      '--out',
      join(folder, out),
    ];
    return (await host.run(['sign', join(folder, file), ...args, ...more])).code;
  }

  async function extend(file: string, out: string, ...more: string[]): Promise<number> {
    const trust = ['--trust', pki.trustDirectory, '--crl', pki.crlDirectory, '--tsa', tsaUrl];
    const args = [join(folder, file), '--out', join(folder, out), ...trust, ...more];
    return (await host.run(['extend', ...args])).code;
  }

  function verify(file: string, more: Partial<Parameters<typeof verifyFile>[1]> = {}): Promise<Report> {
    const content = { name: 'data.txt', bytes: readFileSync(join(folder, 'data.txt')) };
    return verifyFile(
      { name: file, bytes: readFileSync(join(folder, file)), contents: [content] },
      {
        trust: [readFileSync(join(pki.trustDirectory, 'root.crt'))],
        crls: ['root.crl', 'sub.crl'].map((name) => readFileSync(join(pki.crlDirectory, name))),
        now: new Date(),
        ...more,
      },
    );
  }

  it('adds a signature time-stamp to a PDF', async () => {
    await sign('letter.pdf', 'letter-t.pdf', '--level', 'T', '--tsa', tsaUrl);

    const report = await verify('letter-t.pdf');

    expect(report.verdict).to.equal('TOTAL-PASSED');
    expect(report.signatures.map(({ format }) => format)).to.deep.equal(['PAdES-B-T']);
    expect(report.signatures[0]?.timestamps.map(({ type, indication }) => [type, indication])).to.deep.equal([
      ['signature', 'PASSED'],
    ]);
  });

  for (const [title, flags, withContent] of [
    ['with its content', [], false],
    ['without its content', ['--detached'], true],
  ] as const) {
    it(`makes CAdES ${title} that openssl and we accept`, async () => {
      await sign('data.txt', 'data.p7m', '--format', 'cades', '--level', 'T', '--tsa', tsaUrl, ...flags);
      execFileSync('openssl', [
        'x509',
        '-inform',
        'DER',
        '-in',
        join(pki.trustDirectory, 'root.crt'),
        '-out',
        join(folder, 'root.pem'),
      ]);
      const content = withContent ? ['-content', join(folder, 'data.txt')] : [];
      const opened = execFileSync(
        'openssl',
        [
          'cms',
          '-verify',
          '-binary',
          '-inform',
          'DER',
          '-in',
          join(folder, 'data.p7m'),
          '-CAfile',
          join(folder, 'root.pem'),
          '-purpose',
          'any',
          ...content,
        ],
        { stdio: ['ignore', 'pipe', 'ignore'] },
      );

      const report = await verify('data.p7m');

      expect(opened.toString('utf8')).to.equal('nội dung để ký\n');
      expect(report.verdict).to.equal('TOTAL-PASSED');
      expect(report.signatures[0]?.format).to.equal('CAdES-B-T');
    });
  }

  it('makes LTA in one go, raises what stayed at B, and renews', async () => {
    await sign('letter.pdf', 'lta.pdf', '--level', 'LTA', '--tsa', tsaUrl);
    await sign('letter.pdf', 'b.pdf');
    await extend('b.pdf', 'b-lta.pdf');
    await extend('b-lta.pdf', 'renewed.pdf', '--renew');
    const alone = await verify('lta.pdf', { crls: [] });

    const reports = await Promise.all(['b-lta.pdf', 'renewed.pdf'].map((name) => verify(name)));

    // All evidence is inside: the anchor is all the verifier needs.
    expect(alone.verdict).to.equal('TOTAL-PASSED');
    expect(reports.map(({ verdict, signatures }) => [verdict, signatures[0]?.format])).to.deep.equal([
      ['TOTAL-PASSED', 'PAdES-B-LTA'],
      ['TOTAL-PASSED', 'PAdES-B-LTA'],
    ]);
    expect(reports.map(({ signatures }) => signatures[0]?.timestamps.length)).to.deep.equal([2, 3]);
  });

  it('makes ASiC-E over several files, at LT', async () => {
    const also = ['--also', join(folder, 'data.txt')];
    await sign('letter.pdf', 'goi.asice', '--format', 'asice', ...also, '--level', 'LT', '--tsa', tsaUrl);

    const report = await verify('goi.asice');

    expect([report.verdict, report.signatures[0]?.format]).to.deep.equal(['TOTAL-PASSED', 'XAdES-B-LT']);
  });

  it('says with exit 64 what does not go together, and goes on at a lower level only when told to', async () => {
    const nobody = ['--level', 'T', '--tsa', 'http://127.0.0.1:9/'];

    expect(await sign('letter.pdf', 'x.pdf', '--level', 'T')).to.equal(64);
    expect(await sign('data.txt', 'x.xml', '--format', 'xmldsig', '--level', 'T', '--tsa', tsaUrl)).to.equal(
      64,
    );
    expect(await sign('letter.pdf', 'x.pdf', '--also', join(folder, 'data.txt'))).to.equal(64);
    expect(await sign('letter.pdf', 'x.pdf', ...nobody)).to.equal(75);
    expect(await sign('letter.pdf', 'lower.pdf', ...nobody, '--when-unavailable', 'lower')).to.equal(0);
    expect((await verify('lower.pdf')).signatures[0]?.format).to.equal('PAdES-B-B');
  });
});
