import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { commonName } from '../../../src/signing/cms/index.ts';
import {
  createTestPki,
  issueCrl,
  openTestKey,
  TEST_MARK,
  TEST_SUBJECTS,
} from '../../../src/signing/test-pki/index.ts';
import { attempt, authorityFile, pem, run, scratch, sharedPki, signerOf, TEST_NOW } from './shared.ts';

async function crlFile(): Promise<string> {
  const { crlDirectory } = await sharedPki();
  const both = ['root', 'sub'].map((name) =>
    pem(readFileSync(join(crlDirectory, `${name}.crl`)), 'X509 CRL'),
  );
  return scratch('both.crl.pem', both.join(''));
}

async function opensslVerify(id: string): Promise<{ status: number | null; output: string }> {
  const { identities } = await sharedPki();
  const certificate = scratch(`${id}.pem`, pem(readFileSync(identities[id]?.certificatePath ?? '')));
  const at = String(TEST_NOW.getTime() / 1000);
  const options = [
    '-x509_strict',
    '-crl_check_all',
    '-attime',
    at,
    '-CAfile',
    await authorityFile(),
    '-CRLfile',
    await crlFile(),
  ];
  return attempt('openssl', 'verify', ...options, certificate);
}

describe('createTestPki', () => {
  for (const { id, state } of TEST_SUBJECTS) {
    it(`issues ${id} so that OpenSSL, strict and with CRLs, finds it ${state ?? 'valid'}`, async () => {
      const { status, output } = await opensslVerify(id);

      if (state === undefined) expect(status, output).to.equal(0);
      else expect(output).to.match(state === 'revoked' ? /certificate revoked/ : /certificate has expired/);
    });
  }

  it('says loudly in every subject that it is for trials only', async () => {
    const { identities, authorities } = await sharedPki();
    const names = Object.values(identities).map((identity) =>
      commonName(readFileSync(identity.certificatePath)),
    );

    for (const name of [
      ...names,
      commonName(authorities.root.certificate),
      commonName(authorities.sub.certificate),
    ]) {
      expect(name).to.contain(TEST_MARK);
    }
  });

  it('keeps keys and passphrases readable by their owner alone', async () => {
    const { identities } = await sharedPki();

    for (const identity of Object.values(identities)) {
      expect(statSync(identity.pkcs12Path).mode & 0o777).to.equal(0o600);
      expect(statSync(identity.passphrasePath).mode & 0o777).to.equal(0o600);
    }
  });

  it('writes PKCS#12 files that OpenSSL opens', async () => {
    const { identities } = await sharedPki();
    const identity = identities['agency-ec'];

    const output = run(
      'openssl',
      'pkcs12',
      '-in',
      identity?.pkcs12Path ?? '',
      '-passin',
      `file:${identity?.passphrasePath}`,
      '-nodes',
    );

    expect(output).to.contain('BEGIN PRIVATE KEY');
    expect(output.match(/BEGIN CERTIFICATE/g)).to.have.length(3);
  });

  it('keeps the keys of a finished folder and renews its CRLs', async () => {
    const first = await sharedPki();
    const before = (await signerOf('leader')).certificate;
    const later = new Date(TEST_NOW.getTime() + 100 * 86_400_000);

    const second = await createTestPki(first.directory, { now: later });

    const identity = second.identities['leader'];
    if (identity === undefined) throw new TypeError('leader is missing');
    expect((await openTestKey(identity)).certificate).to.deep.equal(before);
    const text = run(
      'openssl',
      'crl',
      '-inform',
      'DER',
      '-in',
      join(second.crlDirectory, 'sub.crl'),
      '-noout',
      '-lastupdate',
    );
    expect(text).to.contain('Feb 28 03:04:05 2027');
    await createTestPki(first.directory, { now: TEST_NOW });
  });

  it('issues CRLs that revoke what is asked, with its reason', async () => {
    const { authorities } = await sharedPki();
    const { certificate } = await signerOf('leader');
    const times = { thisUpdate: TEST_NOW, nextUpdate: new Date(TEST_NOW.getTime() + 86_400_000), number: 7 };

    const crl = await issueCrl(authorities.sub, {
      ...times,
      revoked: [{ certificate, revokedAt: TEST_NOW, reason: 4 }],
    });

    const text = run(
      'openssl',
      'crl',
      '-inform',
      'DER',
      '-in',
      scratch('one.crl', crl),
      '-noout',
      '-text',
      '-CAfile',
      await authorityFile(),
    );
    expect(text)
      .to.contain('Superseded')
      .and.to.match(/X509v3 CRL Number:\s+7/);
  });
});
