import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { signXml } from '../../../src/signing/index.ts';
import { signerOf } from '../../signing/signers.ts';
import { issue } from '../../signing/x509/authority.ts';
import { certificatePem } from '../pki/authority-server.ts';
import { type CliHost, type Run, startCliHost } from '../support/cli.ts';
import { temporaryFolder } from '../support/folders.ts';

const HOUR = 3_600_000;

describe('options of verify', function options() {
  let host: CliHost;
  const run: Run = (args, env) => host.run(args, env);
  before(() => {
    host = startCliHost();
  });
  after(() => host.close());

  const now = Date.now();
  const span = { notBefore: new Date(now - HOUR), notAfter: new Date(now + 24 * HOUR) };
  const anchor = issue('Gốc của bộ riêng', null, { ca: true, ...span });
  const signer = signerOf(issue('Người ký', anchor, span), []);
  const none = { revocation: 'none' };

  async function signedFile(data: string): Promise<string> {
    const file = join(data, 'a.xml');
    await writeFile(file, await signXml(Buffer.from('<a>1</a>'), signer, { signingTime: new Date() }));
    return file;
  }

  it('a policy names the trust sets whose anchors count', async () => {
    const data = temporaryFolder();
    const file = await signedFile(data);
    await writeFile(join(data, 'goc.pem'), certificatePem(anchor.der));
    const sha256 = createHash('sha256').update(anchor.der).digest('hex');
    const typed = ['--fingerprint', sha256, '--set', 'rieng', '--by', 'An'];
    await run(['trust', 'import', join(data, 'goc.pem'), ...typed, '--data', data]);
    const policy = async (name: string, value: object): Promise<string[]> => {
      await writeFile(join(data, name), JSON.stringify(value));
      return ['--policy', join(data, name), '--data', data, '--offline', '--json'];
    };

    const named = await run(['verify', file, ...(await policy('a.json', { ...none, trustSets: ['rieng'] }))]);
    const others = await run(['verify', file, ...(await policy('b.json', none))]);
    const empty = await run(['verify', file, ...(await policy('c.json', { ...none, trustSets: ['khong'] }))]);
    const wrong = await run(['verify', file, ...(await policy('d.json', { trustSets: '../x' }))]);

    expect(named.json().verdict).to.equal('TOTAL-PASSED');
    expect(others.json().signatures[0].subIndication).to.equal('NO_CERTIFICATE_CHAIN_FOUND');
    expect([empty.code, wrong.code]).to.deep.equal([64, 65]);
    expect(wrong.stderr).to.include('POLICY_INVALID');
  });

  it('the facts are written before any judgement, and name what is signed by its digest', async () => {
    const data = temporaryFolder();
    const file = await signedFile(data);
    const facts = join(data, 'facts.json');

    const result = await run(['verify', file, '--offline', '--diagnostic', facts, '--data', data, '--json']);

    expect(result.json().verdict).to.equal('INDETERMINATE');
    const { format, signatures } = JSON.parse(await readFile(facts, 'utf8'));
    expect(format).to.equal('XML');
    expect(signatures[0]).to.include({ format: 'XML-DSig', digestsMatch: true, signatureValid: true });
    expect(signatures[0].signedContent).to.deep.equal({
      sha256: createHash('sha256').update('<a>1</a>').digest('hex'),
      length: 8,
    });
    expect(signatures[0].signerCertificate.subject).to.include('Người ký');
  });

  it('large detached content is run through in pieces, to its last octet', async () => {
    const data = temporaryFolder();
    const at = (name: string): string => join(data, name);
    const content = at('lon.bin');
    const size = 52 * 1024 * 1024 + 17;
    // Sparse: takes no room on the disk, and is hashed as zeros.
    const handle = await open(content, 'w');
    await handle.write('x', size - 1);
    await handle.close();
    const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { stdio: 'pipe' });
    const subject = ['-subj', '/CN=x', '-days', '30', '-addext', 'keyUsage=digitalSignature'];
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', at('k'), '-out', at('c'), ...subject);
    const signed = ['-signer', at('c'), '-inkey', at('k'), '-outform', 'der', '-out', at('s.p7s')];
    openssl('cms', '-sign', '-binary', '-in', content, ...signed);
    await writeFile(at('p.json'), JSON.stringify(none));
    const verify = (): ReturnType<Run> =>
      run([
        'verify',
        at('s.p7s'),
        '--content',
        content,
        '--trust',
        at('c'),
        '--policy',
        at('p.json'),
        '--offline',
        '--json',
      ]);

    const whole = await verify();
    const changed = await open(content, 'r+');
    await changed.write('y', size - 1);
    await changed.close();
    const forged = await verify();

    expect(whole.json().verdict).to.equal('TOTAL-PASSED');
    expect(forged.json().signatures[0].subIndication).to.equal('HASH_FAILURE');
  });
});
