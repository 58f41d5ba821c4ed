import { generateKeyPairSync, verify, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { openPkcs12, signerFromKey } from '../../../src/signing/keys/index.ts';
import { writePkcs12 } from '../../../src/signing/test-pki/index.ts';
import { errorCode, run, scratchPath } from '../test-pki/shared.ts';

/** A self-signed key file made by OpenSSL. */
function opensslKeyFile(
  name: string,
  newKey: readonly string[],
  passphrase: string,
  ...options: readonly string[]
): Uint8Array {
  const [key, certificate, file] = [
    scratchPath(`${name}.key`),
    scratchPath(`${name}.crt`),
    scratchPath(`${name}.p12`),
  ];
  run(
    'openssl',
    'req',
    '-x509',
    '-nodes',
    ...newKey,
    '-keyout',
    key,
    '-out',
    certificate,
    '-subj',
    '/CN=Khoa thu',
    '-days',
    '30',
  );
  run(
    'openssl',
    'pkcs12',
    '-export',
    '-inkey',
    key,
    '-in',
    certificate,
    '-out',
    file,
    '-passout',
    `pass:${passphrase}`,
    ...options,
  );
  return readFileSync(file);
}

const RSA = ['-newkey', 'rsa:2048'] as const;

describe('openPkcs12', () => {
  let modern: Uint8Array;

  before(() => {
    modern = opensslKeyFile('modern', RSA, 'Mật khẩu 123');
  });

  it('opens a file with AES protection and a passphrase in Vietnamese', async () => {
    const signer = await openPkcs12(modern, 'Mật khẩu 123');

    expect(signer.algorithm).to.equal('rsa');
    expect(new X509Certificate(signer.certificate).subject).to.equal('CN=Khoa thu');
  });

  it('opens a file with the old 3DES and RC2-40 protection', async () => {
    const signer = await openPkcs12(opensslKeyFile('legacy', RSA, 'cu', '-legacy'), 'cu');

    expect(signer.algorithm).to.equal('rsa');
  });

  it('opens ECDSA and RSA-PSS keys for what they are', async () => {
    const ec = opensslKeyFile('ec', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], 'x');
    const pss = opensslKeyFile('pss', ['-newkey', 'rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'], 'x');

    expect((await openPkcs12(ec, 'x')).algorithm).to.equal('ecdsa');
    expect((await openPkcs12(pss, 'x')).algorithm).to.equal('rsa-pss');
  });

  it('signs so that the certificate verifies it', async () => {
    const signer = await openPkcs12(modern, 'Mật khẩu 123');
    const data = Buffer.from('nội dung');

    const signature = await signer.sign(data, 'sha384');

    expect(verify('sha384', data, new X509Certificate(signer.certificate).publicKey, signature)).to.equal(
      true,
    );
  });

  it('refuses a wrong passphrase with KEY_WRONG_PASSPHRASE', async () => {
    expect(await errorCode(() => openPkcs12(modern, 'mật khẩu 123'))).to.equal('KEY_WRONG_PASSPHRASE');
    expect(await errorCode(() => openPkcs12(modern, ''))).to.equal('KEY_WRONG_PASSPHRASE');
  });

  it('refuses an RSA key of 1024 bits and a curve of 224 with KEY_TOO_WEAK', async () => {
    const rsa = opensslKeyFile('weak', ['-newkey', 'rsa:1024'], 'x');
    const ec = opensslKeyFile('weak-ec', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp224r1'], 'x');

    expect(await errorCode(() => openPkcs12(rsa, 'x'))).to.equal('KEY_TOO_WEAK');
    expect(await errorCode(() => openPkcs12(ec, 'x'))).to.equal('KEY_TOO_WEAK');
  });

  it('refuses a file without a key, or with a key of another certificate, with KEY_NOT_FOUND', async () => {
    run(
      'openssl',
      'pkcs12',
      '-export',
      '-nokeys',
      '-in',
      scratchPath('modern.crt'),
      '-out',
      scratchPath('nokey.p12'),
      '-passout',
      'pass:x',
    );
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const stranger = await writePkcs12(
      other,
      [new X509Certificate(readFileSync(scratchPath('modern.crt'))).raw],
      'x',
    );

    expect(await errorCode(() => openPkcs12(readFileSync(scratchPath('nokey.p12')), 'x'))).to.equal(
      'KEY_NOT_FOUND',
    );
    expect(await errorCode(() => openPkcs12(stranger, 'x'))).to.equal('KEY_NOT_FOUND');
  });

  it('refuses a file that asks for more work than allowed', async () => {
    const file = opensslKeyFile('slow', RSA, 'x', '-iter', '5000', '-macalg', 'sha256');

    expect(await errorCode(() => openPkcs12(file, 'x', { maxIterations: 4_999 }))).to.equal(
      'KEY_FILE_TOO_LARGE',
    );
    expect(await errorCode(() => openPkcs12(file, 'x', { maxBytes: 100 }))).to.equal('KEY_FILE_TOO_LARGE');
  });

  it('refuses octets that are no key file, whatever was cut or changed', async () => {
    const codes = new Set<string>();
    for (let at = 0; at < 60; at += 1) {
      const changed = Uint8Array.from(modern);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      codes.add(await errorCode(() => openPkcs12(changed, 'Mật khẩu 123')));
      codes.add(await errorCode(() => openPkcs12(modern.slice(0, at * 40), 'Mật khẩu 123')));
    }

    expect(
      [...codes].every((code) => code.startsWith('KEY_')),
      [...codes].join(),
    ).to.equal(true);
  });

  it('signs nothing after close', async () => {
    const signer = await openPkcs12(modern, 'Mật khẩu 123');

    signer.close();

    expect(await errorCode(() => signer.sign(new Uint8Array(1), 'sha256'))).to.equal('KEY_CLOSED');
  });
});

describe('signerFromKey', () => {
  it('refuses keys of another kind', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');

    expect(await errorCode(() => signerFromKey(privateKey, new Uint8Array(), []))).to.equal(
      'KEY_UNSUPPORTED',
    );
  });

  it('keeps no certificate it was not given', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });

    const signer = signerFromKey(privateKey, Uint8Array.of(1), [Uint8Array.of(2)]);

    expect([signer.certificate, signer.chain]).to.deep.equal([Uint8Array.of(1), [Uint8Array.of(2)]]);
  });
});
