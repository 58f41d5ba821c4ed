/** `sign --key` with keys that are not in a file: a token, a signing service. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type SigningService, startSigningService } from '../../../src/connectors/index.ts';
import { keyOfFile, makeTokens, needSoftHsm, PIN, type Tokens } from '../../signing/keys/softhsm.ts';
import { makePdf } from '../../signing/pdf/make-pdf.ts';
import { attempt } from '../../signing/test-pki/shared.ts';
import { type CliHost, cliCommand, runAlone, startCliHost } from '../support/cli.ts';
import { testPki } from '../support/world.ts';

describe('sign --key', () => {
  let cli: CliHost;
  let tokens: Tokens;
  let service: SigningService;
  let module = '';
  let crls = '';
  let keyFile = '';
  let passphrase = '';
  let at: (name: string) => string;

  before(async function () {
    module = needSoftHsm(this);
    tokens = makeTokens();
    at = (name) => join(tokens.folder, name);
    const pki = await testPki();
    const identity = pki.identities['leader'];
    if (identity === undefined) throw new TypeError('no leader in the test PKI');
    crls = pki.crlDirectory;
    keyFile = identity.pkcs12Path;
    passphrase = readFileSync(identity.passphrasePath, 'utf8').trim();
    const { key, certificates } = keyOfFile(identity.pkcs12Path, identity.passphrasePath);
    tokens.add('lãnh đạo', [{ label: 'ky', id: '01', key, certificates }]);
    service = await startSigningService({
      username: 'lienthong',
      password: 'mat-khau',
      credentials: [{ id: 'ld', key, certificates, pin: '97531' }],
    });
    writeFileSync(at('van-ban.pdf'), makePdf());
    writeFileSync(at('pin'), `${PIN}\n`);
    writeFileSync(at('pin-dich-vu'), '97531\n');
    writeFileSync(
      at('account.json'),
      JSON.stringify({ type: 'client', clientId: 'lienthong', clientSecret: 'mat-khau' }),
    );
    cli = startCliHost();
  });
  after(async () => {
    await cli?.close();
    await service?.close();
    tokens?.remove();
  });

  const token = (): string => `pkcs11:token=l%C3%A3nh%20%C4%91%E1%BA%A1o?module-path=${module}`;
  const args = (key: string, out: string, ...more: string[]): string[] => [
    'sign',
    at('van-ban.pdf'),
    '--key',
    key,
    '--out',
    at(out),
    '--crl',
    crls,
    '--json',
    ...more,
  ];

  it('signs with a token, the PIN from a file', async () => {
    const result = await cli.run(args(token(), 'the.pdf', '--pass-file', at('pin')));

    expect(result.stderr).to.equal('');
    expect(result.code).to.equal(0);
    expect(attempt('pdfsig', at('the.pdf')).output).to.contain('Signature is Valid');
  });

  it('signs with a token, the PIN from the environment, and ends', async () => {
    const environment = { LIENTHONG_KEY_PIN: PIN, SOFTHSM2_CONF: at('softhsm2.conf') };
    const result = await runAlone(args(token(), 'moi-truong.pdf'), environment);

    expect(result.code, result.stderr).to.equal(0);
    expect(readFileSync(at('moi-truong.pdf')).length).to.be.greaterThan(
      readFileSync(at('van-ban.pdf')).length,
    );
  });

  it('signs with a signing service', async () => {
    const key = `csc+${service.baseUrl}?credential=ld&account=${at('account.json')}&pin-source=${at('pin-dich-vu')}`;

    const result = await cli.run(args(key, 'tu-xa.pdf'));

    expect(result.code, result.stderr).to.equal(0);
    expect(attempt('pdfsig', at('tu-xa.pdf')).output).to.contain('Signature is Valid');
  });

  /** The command at a terminal (a pseudo-terminal of script(1)); `secret` is typed when it asks. */
  async function atTerminal(secret: string): Promise<{ code: number; shown: string }> {
    const command = cliCommand(args(keyFile, 'go-tay.pdf'));
    const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let shown = '';
    let typed = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (typed || !shown.includes('passphrase or PIN:')) return;
      typed = true;
      child.stdin.write(`${secret}\r`);
    });
    const [code] = (await once(child, 'close')) as [number];
    return { code, shown };
  }

  it('asks for the passphrase at a terminal, and shows nothing of what is typed', async () => {
    const right = await atTerminal(passphrase);
    const wrong = await atTerminal('sai-mat-khau');

    expect(right.code, right.shown).to.equal(0);
    expect(attempt('pdfsig', at('go-tay.pdf')).output).to.contain('Signature is Valid');
    expect(right.shown).to.not.contain(passphrase);
    expect(wrong.code, wrong.shown).to.equal(65);
    expect(wrong.shown)
      .to.match(/\[KEY_[A-Z_]+\]/)
      .and.not.contain('sai-mat-khau');
  });

  for (const [what, key, code, words] of [
    ['a PIN on the command line', 'pkcs11:token=a?pin-value=1234', 64, 'KEY_PIN_IN_URI'],
    ['a token without a PIN, nobody to ask', 'TOKEN', 65, 'KEY_PIN_MISSING'],
    ['a key file without a passphrase, nobody to ask', 'FILE', 65, 'KEY_PIN_MISSING'],
    ['a module that is not there', 'pkcs11:token=a?module-path=/none.so', 69, 'KEY_MODULE_UNAVAILABLE'],
    [
      'a service that does not answer',
      'csc+http://127.0.0.1:9/csc/v2?account=ACCOUNT',
      75,
      'REMOTE_SIGNING_UNAVAILABLE',
    ],
  ] as const) {
    it(`refuses ${what}, and says why in both languages`, async () => {
      const address = key
        .replace('TOKEN', token())
        .replace('FILE', keyFile)
        .replace('ACCOUNT', at('account.json'));

      const result = await cli.run(
        args(address, 'khong-co.pdf', ...(['TOKEN', 'FILE'].includes(key) ? [] : ['--pass-file', at('pin')])),
      );

      expect(result.code, result.stderr).to.equal(code);
      expect(result.stderr)
        .to.contain(`[${words}]`)
        .and.match(/^lienthong: \p{L}/u);
      expect(result.stderr).not.to.contain('1234');
    });
  }
});
