import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { integer, sequence, tlv } from '../../../src/signing/cms/der-write.ts';
import {
  readCertificates,
  readCrls,
  SigningError,
  type ValidationInput,
  validateCertificate,
} from '../../../src/signing/index.ts';
import {
  crl,
  crlEntry,
  daysFromNow,
  type Entity,
  extension,
  issue,
  NOW,
  newKeys,
  ocsp,
  purposes,
  reasonCode,
  root,
  serialOf,
} from './authority.ts';

const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
const anchor = root();
const leaf = issue('Signer', anchor);

async function stateOf(more: Partial<ValidationInput>, target: Entity = leaf): Promise<string> {
  const result = await validateCertificate({ target: target.der, trust: [anchor.der], at: NOW, ...more });
  return result.reason ?? 'good';
}

/** IssuingDistributionPoint with the given fields. */
function issuingPoint(...fields: readonly Uint8Array[]): Uint8Array {
  return extension('2.5.29.28', sequence(...fields), true);
}

const flag = (number: number): Uint8Array => tlv(0x80 | number, Uint8Array.of(0xff));

describe('revocation by CRL', () => {
  it('is good by a fresh list that leaves the certificate out, and unknown without any list', async () => {
    expect(await stateOf({ crls: [crl(anchor)] })).to.equal('good');
    expect(await stateOf({})).to.equal('REVOCATION_UNKNOWN');
  });

  it('tells a listed certificate, from the day it was revoked', async () => {
    const list = crl(anchor, { entries: [crlEntry(serialOf(leaf), daysFromNow(-10), [reasonCode(1)])] });

    expect(await stateOf({ crls: [list] })).to.equal('REVOKED');
    expect(await stateOf({ crls: [list], at: daysFromNow(-11), knownAt: NOW })).to.equal('good');
  });

  it('agrees with openssl about a listed and an unlisted certificate', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'lt-crl-'));
    const pem = (label: string, der: Uint8Array) =>
      `-----BEGIN ${label}-----\n${Buffer.from(der)
        .toString('base64')
        .replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`;
    const check = (list: Uint8Array) => {
      writeFileSync(join(dir, 'ca.pem'), pem('CERTIFICATE', anchor.der) + pem('X509 CRL', list));
      writeFileSync(join(dir, 'leaf.pem'), pem('CERTIFICATE', leaf.der));
      const args = [
        'verify',
        '-crl_check',
        '-attime',
        String(NOW.getTime() / 1000),
        '-CAfile',
        join(dir, 'ca.pem'),
        join(dir, 'leaf.pem'),
      ];
      try {
        execFileSync('openssl', args, { stdio: 'pipe' });
        return 'good';
      } catch (error) {
        return String((error as { stderr: Buffer }).stderr).includes('revoked') ? 'REVOKED' : 'other';
      }
    };
    try {
      for (const list of [
        crl(anchor),
        crl(anchor, { entries: [crlEntry(serialOf(leaf), daysFromNow(-10))] }),
      ]) {
        expect(await stateOf({ crls: [list] })).to.equal(check(list));
      }
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  const unusable: readonly [string, () => Uint8Array][] = [
    ['ran out', () => crl(anchor, { thisUpdate: daysFromNow(-60), nextUpdate: daysFromNow(-30) })],
    ['comes from the future', () => crl(anchor, { thisUpdate: daysFromNow(1) })],
    ['is signed by another key', () => crl(anchor, { signedWith: newKeys() })],
    ['comes from another issuer', () => crl(root('Another'))],
    [
      'has an unknown critical extension',
      () => crl(anchor, { extensions: [extension('1.2.3.4', integer(1), true)] }),
    ],
    [
      'has an unknown critical entry extension',
      () =>
        crl(anchor, { entries: [crlEntry(Uint8Array.of(9), NOW, [extension('1.2.3.4', integer(1), true)])] }),
    ],
    ['is about CA certificates only', () => crl(anchor, { extensions: [issuingPoint(flag(2))] })],
    ['is about attribute certificates only', () => crl(anchor, { extensions: [issuingPoint(flag(5))] })],
    [
      'covers some reasons only',
      () => crl(anchor, { extensions: [issuingPoint(tlv(0x83, Uint8Array.of(6, 0x40)))] }),
    ],
    [
      'is a delta without its base',
      () => crl(anchor, { extensions: [extension('2.5.29.27', integer(1), true)] }),
    ],
    ['is cut short', () => crl(anchor).subarray(0, 60)],
  ];
  for (const [what, make] of unusable) {
    it(`makes nothing of a list that ${what}`, async () => {
      expect(await stateOf({ crls: [make()] })).to.equal('REVOCATION_UNKNOWN');
    });
  }

  it('lays a delta over its base, for revocation and for release from hold', async () => {
    const serial = serialOf(leaf);
    const delta = (entries: readonly Uint8Array[]) =>
      crl(anchor, { number: 3, entries, extensions: [extension('2.5.29.27', integer(1), true)] });
    const base = crl(anchor, { number: 2 });
    const holding = crl(anchor, {
      number: 2,
      entries: [crlEntry(serial, daysFromNow(-20), [reasonCode(6)])],
    });

    expect(await stateOf({ crls: [base, delta([crlEntry(serial, daysFromNow(-2))])] })).to.equal('REVOKED');
    expect(await stateOf({ crls: [holding] })).to.equal('REVOKED');
    expect(
      await stateOf({ crls: [holding, delta([crlEntry(serial, daysFromNow(-2), [reasonCode(8)])])] }),
    ).to.equal('good');
  });

  it('reads a list of 100,000 entries to the end and finds the last one', async () => {
    const filler = Array.from({ length: 100_000 }, (_, index) =>
      crlEntry(Uint8Array.of(1, index >> 16, (index >> 8) & 0xff, index & 0xff), NOW, [reasonCode(4)]),
    );
    const last = crlEntry(serialOf(leaf), daysFromNow(-3));

    expect(await stateOf({ crls: [crl(anchor, { entries: filler })] })).to.equal('good');
    expect(await stateOf({ crls: [crl(anchor, { entries: [...filler, last] })] })).to.equal('REVOKED');
  });

  it('tells a negative serial number from its positive twin', async () => {
    const negative = issue('Negative', anchor, { serial: 255 });
    const list = crl(anchor, { entries: [crlEntry(Uint8Array.of(0xff), daysFromNow(-3))] });

    expect(await stateOf({ crls: [list] }, negative)).to.equal('good');
  });

  it('asks the source for what is missing or older than the time in question, and believes it only when signed', async () => {
    const asked: string[] = [];
    const source = (list: Uint8Array) => ({
      crls: async () => {
        asked.push('crl');
        return [list];
      },
      ocsps: async () => [],
    });

    const newer = { at: daysFromNow(-2), knownAt: NOW, crls: [crl(anchor)] };
    expect(await stateOf({ ...newer, source: source(crl(anchor)) })).to.equal('good');
    expect(asked).to.deep.equal([]);
    // A list made before the time in question would not show a revocation since: the signer may have put it there.
    const since = crl(anchor, {
      thisUpdate: NOW,
      entries: [crlEntry(serialOf(leaf), daysFromNow(-0.5))],
    });
    expect(await stateOf({ crls: [crl(anchor)], source: source(since) })).to.equal('REVOKED');
    expect(asked.splice(0)).to.deep.equal(['crl']);
    expect(await stateOf({ source: source(crl(anchor)) })).to.equal('good');
    expect(await stateOf({ source: source(crl(anchor, { signedWith: newKeys() })) })).to.equal(
      'REVOCATION_UNKNOWN',
    );
    expect(asked).to.deep.equal(['crl', 'crl']);
  });
});

describe('revocation by OCSP', () => {
  it('believes the issuer itself', async () => {
    expect(await stateOf({ ocsps: [ocsp(leaf, anchor)] })).to.equal('good');
    expect(await stateOf({ ocsps: [ocsp(leaf, anchor, { status: 'revoked' })] })).to.equal('REVOKED');
  });

  it('lets a revocation on either channel win', async () => {
    const list = crl(anchor, { entries: [crlEntry(serialOf(leaf), daysFromNow(-1))] });

    expect(await stateOf({ ocsps: [ocsp(leaf, anchor)], crls: [list] })).to.equal('REVOKED');
    expect(
      await stateOf({ ocsps: [ocsp(leaf, anchor, { status: 'revoked' })], crls: [crl(anchor)] }),
    ).to.equal('REVOKED');
  });

  it('believes a responder the issuer appointed for it, and no other', async () => {
    const appointed = issue('Responder', anchor, { extensions: [purposes([OCSP_SIGNING])] });
    const plain = issue('Responder', anchor);
    const foreign = issue('Responder', root('Another'), { extensions: [purposes([OCSP_SIGNING])] });

    expect(await stateOf({ ocsps: [ocsp(leaf, anchor, { responder: appointed })] })).to.equal('good');
    for (const responder of [plain, foreign])
      expect(await stateOf({ ocsps: [ocsp(leaf, anchor, { responder })] })).to.equal('REVOCATION_UNKNOWN');
  });

  it('does not believe a responder known to be revoked', async () => {
    const responder = issue('Responder', anchor, { extensions: [purposes([OCSP_SIGNING])] });
    const scoped = crl(anchor, {
      entries: [crlEntry(serialOf(responder), daysFromNow(-5))],
      extensions: [issuingPoint(tlv(0x83, Uint8Array.of(0, 0x7f)))],
    });

    expect(await stateOf({ ocsps: [ocsp(leaf, anchor, { responder })], crls: [scoped] })).to.equal(
      'REVOCATION_UNKNOWN',
    );
  });

  const unusable: readonly [string, () => Uint8Array][] = [
    ['says unknown', () => ocsp(leaf, anchor, { status: 'unknown' })],
    ['ran out', () => ocsp(leaf, anchor, { thisUpdate: daysFromNow(-20), nextUpdate: daysFromNow(-10) })],
    ['comes from the future', () => ocsp(leaf, anchor, { thisUpdate: daysFromNow(1) })],
    ['is about another certificate', () => ocsp(issue('Other', anchor), anchor)],
    ['names another issuer’s key', () => ocsp(leaf, anchor, { idOf: root() })],
    ['has a wrong signature', () => ocsp(leaf, anchor, { tamper: true })],
    ['is an error', () => sequence(tlv(0x0a, Uint8Array.of(6)))],
    ['is not ASN.1', () => Buffer.from('<html>')],
  ];
  for (const [what, make] of unusable) {
    it(`makes nothing of an answer that ${what}`, async () => {
      expect(await stateOf({ ocsps: [make()] })).to.equal('REVOCATION_UNKNOWN');
    });
  }
});

describe('certificate and CRL files', () => {
  const pem = (label: string, der: Uint8Array) =>
    `-----BEGIN ${label}-----\r\n${Buffer.from(der)
      .toString('base64')
      .replace(/.{64}(?=.)/g, '$&\r\n')}\r\n-----END ${label}-----\r\n`;

  it('are read as DER, as PEM, and as bundles with remarks between', () => {
    const bundle = Buffer.from(
      `# root\n${pem('CERTIFICATE', anchor.der)}leaf:\n${pem('CERTIFICATE', leaf.der)}`,
    );

    expect(readCertificates(anchor.der)).to.deep.equal([anchor.der]);
    expect(readCertificates(bundle).map((der) => Buffer.from(der).toString('hex'))).to.deep.equal(
      [anchor, leaf].map((item) => Buffer.from(item.der).toString('hex')),
    );
    const list = crl(anchor);
    expect(
      readCrls(Buffer.from(pem('X509 CRL', list))).map((der) => Buffer.compare(der, list)),
    ).to.deep.equal([0]);
  });

  it('are refused with a code when they are something else', () => {
    for (const junk of ['', 'hello', '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----']) {
      expect(() => readCertificates(Buffer.from(junk)))
        .to.throw(SigningError)
        .with.property('code', 'CERTIFICATE_INVALID');
      expect(() => readCrls(Buffer.from(junk)))
        .to.throw(SigningError)
        .with.property('code', 'CRL_INVALID');
    }
  });
});
