import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { signPdf, verifyFile } from '../../../src/signing/index.ts';
import { openPkcs11, openPkcs12, parsePkcs11Uri } from '../../../src/signing/keys/index.ts';
import { hostOf } from '../../../src/signing/keys/pkcs11/host.ts';
import { isSignatureOf } from '../../../src/signing/keys/raw.ts';
import { makePdf } from '../pdf/make-pdf.ts';
import { attempt, errorCode, scratch, sharedPki, TEST_NOW } from '../test-pki/shared.ts';
import { keyOfFile, makeTokens, needSoftHsm, PIN, selfSigned, type Tokens } from './softhsm.ts';

const DATA = Buffer.from('Căn cứ Nghị định số 30/2020/NĐ-CP');

describe('PKCS#11 addresses (RFC 7512)', () => {
  it('reads token, object, id, module and PIN file, percent-encoded UTF-8 included', () => {
    const uri = parsePkcs11Uri(
      'pkcs11:token=S%E1%BB%9F%20N%E1%BB%99i%20v%E1%BB%A5;object=l%C3%A3nh%20%C4%91%E1%BA%A1o;id=%01%FF;type=private?module-path=/usr/lib/x.so&pin-source=file:/etc/pin',
    );

    expect(uri.token).to.equal('Sở Nội vụ');
    expect(uri.object).to.equal('lãnh đạo');
    expect(Buffer.from(uri.id ?? []).toString('hex')).to.equal('01ff');
    expect(uri.modulePath).to.equal('/usr/lib/x.so');
    expect(uri.pinFile).to.equal('/etc/pin');
  });

  for (const [what, uri, code] of [
    ['a PIN in the address', 'pkcs11:token=a?pin-value=1234', 'KEY_PIN_IN_URI'],
    ['a command as PIN source', 'pkcs11:token=a?pin-source=|cat%20/etc/pin', 'KEY_URI_INVALID'],
    ['an attribute given twice', 'pkcs11:token=a;token=b', 'KEY_URI_INVALID'],
    ['an attribute nobody knows', 'pkcs11:tokn=a', 'KEY_URI_INVALID'],
    ['broken percent-encoding', 'pkcs11:token=%zz', 'KEY_URI_INVALID'],
    ['an object that cannot sign', 'pkcs11:type=secret-key', 'KEY_URI_INVALID'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expect(await errorCode(() => parsePkcs11Uri(uri))).to.equal(code);
    });
  }
});

describe('keys on a token', () => {
  let module = '';
  let tokens: Tokens;
  let address: (attributes: string) => string;
  const pin = async (): Promise<string> => PIN;

  before(function () {
    module = needSoftHsm(this);
    tokens = makeTokens();
    const rsa = selfSigned(tokens.folder, 'rsa', 'Người ký RSA');
    const ec = selfSigned(tokens.folder, 'ec', 'Người ký EC');
    const weak = selfSigned(tokens.folder, 'weak', 'Người ký yếu');
    tokens.add('mot', [
      { label: 'rsa', id: '01', key: rsa.key, certificates: [rsa.certificate] },
      { label: 'ec', id: '02', key: ec.key, certificates: [ec.certificate] },
    ]);
    tokens.add('hai', [{ label: 'yeu', id: '03', key: weak.key, certificates: [weak.certificate] }]);
    tokens.add('ba', [{ label: 'tran', id: '04', key: rsa.key }]);
    writeFileSync(join(tokens.folder, 'rsa.der'), rsa.certificate);
    address = (attributes) => `pkcs11:${attributes}?module-path=${module}`;
  });
  after(() => tokens?.remove());

  for (const [name, pss, algorithm] of [
    ['rsa', false, 'rsa'],
    ['rsa', true, 'rsa-pss'],
    ['ec', false, 'ecdsa'],
  ] as const) {
    for (const digest of ['sha256', 'sha384', 'sha512'] as const) {
      it(`signs as ${algorithm} with ${digest}`, async () => {
        const signer = await openPkcs11(address(`token=mot;object=${name}`), { pin, pss });

        const signature = await signer.sign(DATA, digest);

        const key = new X509Certificate(signer.certificate).publicKey;
        expect(signer.algorithm).to.equal(algorithm);
        expect(isSignatureOf(key, algorithm, DATA, digest, signature)).to.equal(true);
        await signer.close();
      });
    }
  }

  it('signs many at the same time, in the sessions allowed and one line for the rest', async () => {
    const signer = await openPkcs11(address('token=mot;id=%02'), { pin, parallel: 3 });
    const inputs = Array.from({ length: 40 }, (_, index) => Buffer.from(`văn bản ${index}`));

    const pending = inputs.map((data) => signer.sign(data, 'sha256'));
    const waitingAtOnce = signer.waiting();
    const signatures = await Promise.all(pending);

    const key = createPublicKey(
      new X509Certificate(signer.certificate).publicKey.export({ format: 'pem', type: 'spki' }),
    );
    expect(waitingAtOnce).to.equal(40);
    expect(signer.waiting()).to.equal(0);
    expect(signer.parallel).to.equal(3);
    for (const [index, signature] of signatures.entries())
      expect(verify('sha256', inputs[index] ?? DATA, key, signature)).to.equal(true);
    await signer.close();
  });

  it('reads the PIN from the file the address names', async () => {
    const file = scratch('ma-pin', `${PIN}\n`);
    const signer = await openPkcs11(`${address('token=mot;object=ec')}&pin-source=file:${file}`);

    expect((await signer.sign(DATA, 'sha256')).length).to.be.greaterThan(60);
    await signer.close();
  });

  it('takes the certificate from outside where the token holds only the key', async () => {
    const uri = address('token=ba');

    expect(await errorCode(() => openPkcs11(uri, { pin }))).to.equal('KEY_NOT_FOUND');
    const certificate = readFileSync(join(tokens.folder, 'rsa.der'));
    const signer = await openPkcs11(uri, { pin, certificates: [certificate] });

    expect((await signer.sign(DATA, 'sha256')).length).to.equal(256);
    await signer.close();
  });

  it('finds out that a certificate is another key’s before a signature leaves', async () => {
    const other = selfSigned(tokens.folder, 'rsa', 'Người khác').certificate;
    const signer = await openPkcs11(address('token=ba'), { pin, certificates: [other] });

    expect(await errorCode(() => signer.sign(DATA, 'sha256'))).to.equal('KEY_SIGNATURE_WRONG');
    await signer.close();
  });

  for (const [what, attributes, code] of [
    ['no such token', 'token=khong-co', 'KEY_TOKEN_NOT_FOUND'],
    ['no such key', 'token=mot;object=khong-co', 'KEY_NOT_FOUND'],
    ['two keys that match', 'token=mot', 'KEY_AMBIGUOUS'],
    ['three tokens that match', 'object=rsa', 'KEY_AMBIGUOUS'],
    ['an RSA key of 1024 bits', 'token=hai', 'KEY_TOO_WEAK'],
  ] as const) {
    it(`says so when there is ${what}`, async () => {
      expect(await errorCode(() => openPkcs11(address(attributes), { pin }))).to.equal(code);
    });
  }

  it('says so when the module is not there, is no module, or not named', async () => {
    const broken = scratch('no-module.so', 'nothing to load');

    expect(await errorCode(() => openPkcs11('pkcs11:token=a?module-path=/none.so', { pin }))).to.equal(
      'KEY_MODULE_UNAVAILABLE',
    );
    expect(await errorCode(() => openPkcs11(`pkcs11:token=a?module-path=${broken}`, { pin }))).to.equal(
      'KEY_MODULE_UNAVAILABLE',
    );
    expect(await errorCode(() => openPkcs11('pkcs11:token=a', { pin }))).to.equal('KEY_URI_INVALID');
  });

  it('asks for a PIN where none is given', async () => {
    expect(await errorCode(() => openPkcs11(address('token=mot;object=ec')))).to.equal('KEY_PIN_MISSING');
  });

  it('goes on after its process was killed in the middle of work', async () => {
    const signer = await openPkcs11(address('token=mot;object=ec'), { pin });
    await signer.sign(DATA, 'sha256');
    process.kill(hostOf(module).pid ?? 0, 'SIGKILL');

    const signature = await signer.sign(DATA, 'sha256');

    expect(verify('sha256', DATA, new X509Certificate(signer.certificate).publicKey, signature)).to.equal(
      true,
    );
    await signer.close();
  });

  it('refuses to sign when it was closed', async () => {
    const signer = await openPkcs11(address('token=mot;object=ec'), { pin });
    await signer.close();

    expect(await errorCode(() => signer.sign(DATA, 'sha256'))).to.equal('KEY_CLOSED');
  });

  it('signs a PDF that OpenSSL and our verifier accept, with the chain of the token', async () => {
    const pki = await sharedPki();
    const identity = pki.identities['leader'];
    if (identity === undefined) throw new TypeError('no leader');
    const passphrase = readFileSync(identity.passphrasePath, 'utf8').trim();
    const { key, certificates } = keyOfFile(identity.pkcs12Path, identity.passphrasePath);
    tokens.add('lanh-dao', [{ label: 'ld', id: '0a', key, certificates }]);
    const signer = await openPkcs11(address('token=lanh-dao'), { pin });
    const reference = await openPkcs12(readFileSync(identity.pkcs12Path), passphrase);

    const signed = await signPdf(makePdf(), signer, { signingTime: TEST_NOW });

    expect(signer.chain).to.deep.equal(reference.chain);
    const report = await verifyFile(
      { name: 'a.pdf', bytes: signed },
      {
        trust: [pki.authorities.root.certificate],
        intermediates: [pki.authorities.sub.certificate],
        crls: ['root.crl', 'sub.crl'].map((name) => readFileSync(join(pki.crlDirectory, name))),
        now: TEST_NOW,
        offline: true,
      },
    );
    expect(report.verdict).to.equal('TOTAL-PASSED');
    expect(attempt('pdfsig', scratch('token.pdf', signed)).output).to.contain('Signature is Valid');
    await signer.close();
  });

  // Last: SoftHSM remembers a wrong PIN in the token's flags until a right one comes.
  it('sends a wrong PIN once and never again, and a server leaves that token alone', async () => {
    const uri = address('token=mot;object=ec');
    const wrong = async (): Promise<string> => '00000000';

    expect(await errorCode(() => openPkcs11(uri, { pin: wrong }))).to.equal('KEY_PIN_WRONG');
    expect(await errorCode(() => openPkcs11(uri, { pin: wrong }))).to.equal('KEY_PIN_WRONG');
    expect(await errorCode(() => openPkcs11(uri, { pin, unattended: true }))).to.equal('KEY_PIN_LAST_TRY');
    const signer = await openPkcs11(uri, { pin });
    await signer.close();
    const again = await openPkcs11(uri, { pin, unattended: true });
    await again.close();
  });
});
