import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import {
  type CscCredential,
  type SigningService,
  startSigningService,
} from '../../../src/connectors/index.ts';
import { type CscOptions, type CscSigner, openCsc, parseCscUri } from '../../../src/signing/keys/index.ts';
import { hashOf, isSignatureOf } from '../../../src/signing/keys/raw.ts';
import { errorCode } from '../test-pki/shared.ts';
import { issue, type Keys, root } from '../x509/authority.ts';

const DATA = Buffer.from('Thông tư 15/2025/TT-BKHCN điều 5');
const ACCOUNT = { username: 'lienthong', password: 'mat-khau-dich-vu' };

describe('addresses of signing services', () => {
  it('reads base, credential and files', () => {
    expect(
      parseCscUri(
        'csc+https://ky.vn/csc/v2/?credential=LD%201&account=file:/etc/csc.json&pin-source=/etc/pin',
      ),
    ).to.deep.equal({
      baseUrl: 'https://ky.vn/csc/v2',
      credentialId: 'LD 1',
      accountFile: '/etc/csc.json',
      pinFile: '/etc/pin',
    });
  });

  for (const [what, uri, code] of [
    ['a PIN', 'csc+https://ky.vn/csc/v2?pin=1234', 'KEY_PIN_IN_URI'],
    ['a one-time code', 'csc+https://ky.vn/csc/v2?otp=123456', 'KEY_PIN_IN_URI'],
    ['a password', 'csc+https://a:b@ky.vn/csc/v2', 'KEY_PIN_IN_URI'],
    ['plain http to another machine', 'csc+http://ky.vn/csc/v2', 'KEY_URI_INVALID'],
    ['another scheme', 'csc+file:///etc/passwd', 'KEY_URI_INVALID'],
    ['a parameter nobody knows', 'csc+https://ky.vn/csc/v2?credentials=a', 'KEY_URI_INVALID'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expect(await errorCode(() => parseCscUri(uri))).to.equal(code);
    });
  }
});

describe('keys in a signing service (CSC v2)', () => {
  const anchor = root();
  const ca = issue('CA dịch vụ', anchor, { ca: true });
  const rsaKeys = asKeys(generateKeyPairSync('rsa', { modulusLength: 2048 }));
  const rsa = issue('Người ký từ xa', ca, { keys: rsaKeys });
  const ec = issue('Người ký từ xa EC', ca);
  let clock = Date.parse('2026-11-21T03:00:00Z');
  let service: SigningService;

  function credential(id: string, more: Partial<CscCredential> = {}): CscCredential {
    const entity = id.startsWith('ec') ? ec : rsa;
    return { id, key: entity.privateKey, certificates: [entity.der, ca.der], ...more };
  }

  before(async () => {
    service = await startSigningService({
      ...ACCOUNT,
      now: () => new Date(clock),
      credentials: [
        credential('mo'),
        credential('pin', { pin: '135790' }),
        credential('otp', { pin: '135790', otp: true, sadSeconds: 60 }),
        credential('gan', { pin: '135790', scal: 2, multisign: 5 }),
        credential('nhieu', { pin: '135790', otp: true, scal: 2 }),
        credential('ec', {}),
        credential('sai', { certificates: [ec.der, ca.der] }),
      ],
    });
  });
  after(() => service.close());
  beforeEach(() => service.behaviour.set({ mode: 'ok' }));

  function open(id: string | null, more: Partial<CscOptions> = {}): Promise<CscSigner> {
    return openCsc({
      baseUrl: service.baseUrl,
      account: { type: 'basic', ...ACCOUNT },
      credentialId: id,
      fetch: (url, init) => fetch(url, init),
      now: () => clock,
      timeoutMs: 20_000,
      ...more,
    });
  }
  const pin = async (): Promise<string> => '135790';
  const otp = async (): Promise<string> => service.sentCodes.at(-1)?.code ?? '';
  const hashes = (count: number): Uint8Array[] =>
    Array.from({ length: count }, (_, index) => hashOf(Buffer.from(`văn bản ${index}`), 'sha256'));

  for (const [id, pss, algorithm] of [
    ['mo', false, 'rsa'],
    ['mo', true, 'rsa-pss'],
    ['ec', false, 'ecdsa'],
  ] as const) {
    it(`signs as ${algorithm}, chain included`, async () => {
      const signer = await open(id, { pss });

      const signature = await signer.sign(DATA, 'sha256');

      expect(signer.algorithm).to.equal(algorithm);
      expect(signer.chain).to.deep.equal([ca.der]);
      expect(isSignatureOf(signer.credential.publicKey, algorithm, DATA, 'sha256', signature)).to.equal(true);
    });
  }

  it('signs in as an OAuth client as well, and again when the service forgot the token', async () => {
    const account = { type: 'client' as const, clientId: ACCOUNT.username, clientSecret: ACCOUNT.password };
    const signer = await open('mo', { account });
    service.forgetTokens();

    expect((await signer.sign(DATA, 'sha384')).length).to.equal(256);
  });

  it('sends what is asked for in one moment under one authorisation', async () => {
    const signer = await open('otp', { pin, otp });
    const before = service.sentCodes.length;

    await Promise.all(hashes(120).map((hash) => signer.sign(hash, 'sha256')));

    // 120 in calls of 50: each takes an authorisation of its own when nobody announced them.
    expect(service.sentCodes.length - before).to.equal(3);
  });

  it('signs a thousand digests with one code when they are announced', async () => {
    const signer = await open('nhieu');
    const all = Array.from({ length: 1000 }, (_, index) => Buffer.from(`văn bản ${index}`));
    await signer.sendOtp();
    await signer.authorise({
      pin: '135790',
      otp: await otp(),
      hashes: all.map((data) => hashOf(data, 'sha256')),
      digest: 'sha256',
    });

    const signatures = await Promise.all(all.map((data) => signer.sign(data, 'sha256')));

    const signed = service.ledger.entries().filter(({ from }) => from === 'nhieu');
    expect(signed.map(({ facts }) => facts?.['count'])).to.deep.equal(Array.from({ length: 20 }, () => 50));
    expect(new Set(signatures.map((one) => Buffer.from(one).toString('hex'))).size).to.equal(1000);
    expect(await errorCode(() => signer.sign(DATA, 'sha256'))).to.equal('REMOTE_AUTHORISATION_NEEDED');
  });

  it('keeps to the digests an authorisation was given for', async () => {
    const signer = await open('nhieu');
    await signer.sendOtp();
    await signer.authorise({ pin: '135790', otp: await otp(), hashes: hashes(1), digest: 'sha256' });

    expect(await errorCode(() => signer.sign(DATA, 'sha256'))).to.equal('REMOTE_AUTHORISATION_NEEDED');
  });

  it('asks again when the authorisation ran out', async () => {
    const signer = await open('otp', { pin, otp });
    await signer.sign(DATA, 'sha256');
    await signer.sendOtp();
    await signer.authorise({ pin: '135790', otp: await otp(), hashes: hashes(2), digest: 'sha256' });
    const before = service.sentCodes.length;

    await signer.sign(DATA, 'sha256');
    expect(service.sentCodes.length).to.equal(before);
    clock += 61_000;
    await signer.sign(DATA, 'sha256');

    expect(service.sentCodes.length).to.equal(before + 1);
  });

  it('refuses more than one authorisation covers, before the holder is asked', async () => {
    const signer = await open('gan');

    expect(
      await errorCode(() => signer.authorise({ pin: '135790', hashes: hashes(6), digest: 'sha256' })),
    ).to.equal('REMOTE_TOO_MANY');
  });

  it('tells a wrong code and a wrong PIN', async () => {
    const signer = await open('otp', { pin, otp: async () => 'khong-phai' });
    expect(await errorCode(() => signer.sign(DATA, 'sha256'))).to.equal('REMOTE_OTP_WRONG');
    const other = await open('gan', { pin: async () => '000000' });

    expect(await errorCode(() => other.sign(DATA, 'sha256'))).to.equal('KEY_PIN_WRONG');
  });

  it('tries a wrong PIN once each time, and tells when it is locked', async () => {
    const signer = await open('pin', { pin: async () => '000000' });
    for (let attempt = 0; attempt < 5; attempt += 1)
      expect(await errorCode(() => signer.sign(DATA, 'sha256'))).to.equal('KEY_PIN_WRONG');

    expect(await errorCode(() => signer.sign(DATA, 'sha256'))).to.equal('KEY_PIN_LOCKED');
  });

  it('finds out that the service signs with another key', async () => {
    expect(await errorCode(async () => (await open('sai')).sign(DATA, 'sha256'))).to.equal(
      'REMOTE_SIGNING_REFUSED',
    );
  });

  for (const [what, more, code] of [
    [
      'a wrong password',
      { account: { type: 'basic', username: 'lienthong', password: 'x' } },
      'REMOTE_LOGIN_REFUSED',
    ],
    [
      'a wrong client secret',
      { account: { type: 'client', clientId: 'lienthong', clientSecret: 'x' } },
      'REMOTE_LOGIN_REFUSED',
    ],
    ['an unknown credential', { credentialId: 'khong-co' }, 'REMOTE_SIGNING_REFUSED'],
    ['several credentials and none named', { credentialId: null }, 'KEY_AMBIGUOUS'],
  ] as const) {
    it(`says so when there is ${what}`, async () => {
      expect(await errorCode(() => open('mo', more as Partial<CscOptions>))).to.equal(code);
    });
  }

  for (const mode of ['error500', 'silent', 'drop-answer'] as const) {
    it(`is unavailable, not refused, when the service is ${mode}`, async () => {
      const signer = await open('mo', { timeoutMs: mode === 'silent' ? 2_000 : 20_000 });
      service.behaviour.set({ mode });

      expect(await errorCode(() => signer.sign(DATA, 'sha256'))).to.equal('REMOTE_SIGNING_UNAVAILABLE');
    });
  }
});

function asKeys(pair: { privateKey: Keys['privateKey']; publicKey: Keys['publicKey'] }): Keys {
  return {
    privateKey: createPrivateKey(pair.privateKey.export({ format: 'pem', type: 'pkcs8' })),
    publicKey: pair.publicKey,
  };
}
