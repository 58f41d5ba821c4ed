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
import { createTestPki, type TestPki } from '../../../src/signing/index.ts';

const run = promisify(execFile);
const CLI = new URL('../../../src/cli.ts', import.meta.url).pathname;

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

interface Report {
  verdict: string;
  signatures: { format: string; timestamps: { type: string; indication: string }[] }[];
}

describe('sign on the command line, beyond PAdES-B', function () {
  this.timeout(120_000);
  let folder = '';
  let pki: TestPki;
  let authority: Server;
  let tsaUrl = '';

  before(async () => {
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
    await new Promise((resolve) => authority.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  async function sign(file: string, out: string, ...more: string[]): Promise<void> {
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
    await run(process.execPath, ['--import', 'tsx', CLI, 'sign', join(folder, file), ...args, ...more]);
  }

  async function verify(file: string, ...more: string[]): Promise<Report> {
    const args = [
      '--trust',
      pki.trustDirectory,
      '--intermediates',
      pki.intermediatesDirectory,
      '--crl',
      pki.crlDirectory,
      '--json',
    ];
    const { stdout } = await run(process.execPath, [
      '--import',
      'tsx',
      CLI,
      'verify',
      join(folder, file),
      ...args,
      ...more,
    ]);
    return JSON.parse(stdout) as Report;
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

      const report = await verify(
        'data.p7m',
        ...(withContent ? ['--content', join(folder, 'data.txt')] : []),
      );

      expect(opened.toString('utf8')).to.equal('nội dung để ký\n');
      expect(report.verdict).to.equal('TOTAL-PASSED');
      expect(report.signatures[0]?.format).to.equal('CAdES-B-T');
    });
  }

  it('says with exit 64 that level T needs an authority, and with 69 what is not there yet', async () => {
    const codeOf = (work: Promise<void>): Promise<number> =>
      work.then(
        () => 0,
        (error: { code: number }) => error.code,
      );

    expect(await codeOf(sign('letter.pdf', 'x.pdf', '--level', 'T'))).to.equal(64);
    expect(await codeOf(sign('letter.pdf', 'x.pdf', '--level', 'LTA', '--tsa', tsaUrl))).to.equal(69);
    expect(await codeOf(sign('letter.pdf', 'x.pdf', '--format', 'asice'))).to.equal(69);
  });
});
