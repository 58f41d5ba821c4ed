import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import {
  extendFile,
  inspectFile,
  type Signer,
  type SignFileOptions,
  SigningError,
  type SigningFormat,
  signFile,
  subjectIds,
  type TimestampAuthority,
} from '../../../src/signing/index.ts';
import { type LongTerm, longTerm } from '../local-authorities.ts';
import { makePdf } from '../pdf/make-pdf.ts';
import { errorCode, sharedPki, signerOf, TEST_NOW } from '../test-pki/shared.ts';
import { crl, crlEntry, serialOf } from '../x509/authority.ts';

const XML = { name: 'a.xml', bytes: Buffer.from('<vanBan>Về việc thử</vanBan>') };
const PDF = { name: 'a.pdf', bytes: makePdf() };
const down: TimestampAuthority = {
  timestamp: () => Promise.reject(new SigningError('TSA_UNAVAILABLE')),
};

describe('signFile', () => {
  let world: LongTerm;
  let signer: Signer;

  before(() => {
    world = longTerm();
    signer = world.signer('Người ký');
  });

  after(() => world.close());

  const options = (format: SigningFormat, more: Partial<SignFileOptions> = {}): SignFileOptions => ({
    format,
    level: 'LTA',
    signingTime: new Date(),
    evidence: { trust: [world.anchor.der], revocation: world.revocation },
    timestampAuthority: world.authority.client(),
    ...more,
  });

  for (const format of ['pades', 'xades', 'cades', 'asics', 'asice'] as const) {
    it(`makes ${format} at LTA in one go, verified before it is released`, async () => {
      const signed = await signFile([format === 'pades' ? PDF : XML], signer, options(format));

      expect(signed.level).to.equal('LTA');
      expect(signed.messages).to.deep.equal([]);
      expect(signed.verification.verdict).to.equal('TOTAL-PASSED');
      expect(signed.check).to.deep.include({ revocation: 'good' });
      expect(signed.check.evidence.ocsps.length + signed.check.evidence.crls.length).to.equal(2);
    });

    it(`goes on at B with ${format} when the time-stamping authority is down and that is allowed, and is completed later`, async () => {
      const file = format === 'pades' ? PDF : XML;
      const lowered = await signFile(
        [file],
        signer,
        options(format, { timestampAuthority: down, whenUnavailable: 'lower' }),
      );
      const completed = await extendFile(
        { bytes: lowered.bytes },
        {
          level: 'LTA',
          timestampAuthority: world.authority.client(),
          evidence: { trust: [world.anchor.der], revocation: world.revocation, now: new Date() },
        },
      );

      expect([lowered.level, lowered.wantedLevel, lowered.messages.map(({ code }) => code)]).to.deep.equal([
        'B',
        'LTA',
        ['LEVEL_NOT_REACHED'],
      ]);
      expect(completed.level).to.equal('LTA');
      expect(
        await errorCode(() => signFile([file], signer, options(format, { timestampAuthority: down }))),
      ).to.equal('TSA_UNAVAILABLE');
    });
  }

  it('asks for one private-key operation even when the time-stamping authority is down', async () => {
    let operations = 0;
    const counting: Signer = {
      ...signer,
      sign: (data, digest) => {
        operations += 1;
        return signer.sign(data, digest);
      },
    };

    await signFile([PDF], counting, options('pades', { timestampAuthority: down, whenUnavailable: 'lower' }));

    expect(operations).to.equal(1);
  });

  it('signs files by name, detached, as XAdES and as CAdES', async () => {
    const two = [XML, PDF] as const;
    const xades = await signFile(two, signer, options('xades', { placement: 'detached' }));
    const cades = await signFile([PDF], signer, options('cades', { detached: true }));

    expect([xades.level, cades.level]).to.deep.equal(['LTA', 'LTA']);
    expect(
      (await inspectFile({ bytes: xades.bytes, contents: two })).map((facts) => facts.coveredNames),
    ).to.deep.equal([['a.xml', 'a.pdf']]);
  });

  it('refuses a certificate that is revoked, of unknown state, of another person, or leads nowhere', async () => {
    const refusal = (more: Partial<SignFileOptions>) =>
      errorCode(() => signFile([XML], signer, options('xades', { level: 'B', ...more })));
    const now = Date.now();
    const revoked = crl(world.ca, {
      thisUpdate: new Date(now - 3_600_000),
      nextUpdate: new Date(now + 86_400_000),
      entries: [
        crlEntry(
          serialOf({ der: signer.certificate } as Parameters<typeof serialOf>[0]),
          new Date(now - 7_200_000),
        ),
      ],
    });
    const fresh = crl(world.anchor, {
      thisUpdate: new Date(now - 3_600_000),
      nextUpdate: new Date(now + 86_400_000),
    });
    const trust = [world.anchor.der];

    expect(await refusal({ evidence: { trust, crls: [revoked, fresh] } })).to.equal('SIGNER_REVOKED');
    expect(await refusal({ evidence: { trust } })).to.equal('SIGNER_STATE_UNKNOWN');
    expect(await refusal({ evidence: { trust: [world.tsa.der], revocation: world.revocation } })).to.equal(
      'SIGNER_CHAIN_INCOMPLETE',
    );
    expect(await refusal({ expectedUids: ['CCCD:001'] })).to.equal('SIGNER_NOT_THIS_PERSON');
    expect(await refusal({ signingTime: new Date(now + 20 * 365 * 86_400_000) })).to.equal('SIGNER_EXPIRED');
  });

  it('signs with the state unknown when asked to, and says so', async () => {
    const evidence = { trust: [world.anchor.der], allowUnknownRevocation: true };

    const signed = await signFile([PDF], signer, options('pades', { level: 'B', evidence }));

    expect([signed.check.revocation, signed.messages.map(({ code }) => code)]).to.deep.equal([
      'unknown',
      ['SIGNED_WITH_STATE_UNKNOWN'],
    ]);
  });

  it('takes the certificate whose UID is the account’s, whatever the spaces and letter case', async () => {
    const { trust, crls } = await evidenceOfPki();
    const leader = await signerOf('leader');
    const [uid = ''] = subjectIds(leader.certificate);
    const sign = (expectedUids: readonly string[]) =>
      signFile([PDF], leader, {
        format: 'pades',
        level: 'B',
        signingTime: TEST_NOW,
        evidence: { trust, crls },
        expectedUids,
      });

    expect((await sign([uid.toLowerCase().replace(':', ': ')])).verification.verdict).to.equal(
      'TOTAL-PASSED',
    );
    expect(await errorCode(() => sign(['MST:0000000000']))).to.equal('SIGNER_NOT_THIS_PERSON');
  });

  it('refuses weak keys wherever they live, and levels without an authority', async () => {
    const weak = world.signerOf('Yếu', generateKeyPairSync('rsa', { modulusLength: 1024 }));
    const { timestampAuthority: _none, ...without } = options('pades', { level: 'T' });

    expect(await errorCode(() => signFile([PDF], weak, options('pades')))).to.equal('KEY_TOO_WEAK');
    expect(await errorCode(() => signFile([PDF], signer, without))).to.equal('SIGNING_OPTION_INVALID');
    expect(await errorCode(() => signFile([XML], signer, options('xmldsig', { level: 'T' })))).to.equal(
      'SIGNING_OPTION_INVALID',
    );
  });

  it('never releases a signature that does not verify', async () => {
    const lying: Signer = {
      ...signer,
      sign: async (data, digest) =>
        (await signer.sign(data, digest)).map((octet, at, all) =>
          at === all.length - 1 ? octet ^ 1 : octet,
        ),
    };

    for (const format of ['pades', 'cades', 'xades', 'asice'] as const)
      expect(
        await errorCode(() =>
          signFile([format === 'pades' ? PDF : XML], lying, options(format, { level: 'B' })),
        ),
        format,
      ).to.equal('SIGNING_RESULT_UNSOUND');
  });

  it('keeps earlier signatures of the same file as good as they were', async () => {
    let pdf = PDF;
    for (const name of ['An', 'Bình', 'Chi']) {
      const signed = await signFile([pdf], world.signer(name), options('pades', { level: 'LT' }));
      pdf = { name: 'a.pdf', bytes: signed.bytes };

      expect(signed.verification.verdict).to.equal('TOTAL-PASSED');
    }
  });
});

async function evidenceOfPki(): Promise<{ trust: Uint8Array[]; crls: Uint8Array[] }> {
  const { authorities } = await sharedPki();
  const { issueCrl } = await import('../../../src/signing/test-pki/certificate.ts');
  const times = {
    thisUpdate: new Date(TEST_NOW.getTime() - 3_600_000),
    nextUpdate: new Date(TEST_NOW.getTime() + 86_400_000),
    number: 1,
  };
  return {
    trust: [authorities.root.certificate],
    crls: [await issueCrl(authorities.root, times), await issueCrl(authorities.sub, times)],
  };
}
