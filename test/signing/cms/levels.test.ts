import { expect } from 'chai';
import { extendCms } from '../../../src/signing/cms/augment/extend.ts';
import { buildCms, readCms } from '../../../src/signing/cms/index.ts';
import { verifyFile } from '../../../src/signing/index.ts';
import type { ExtendOptions } from '../../../src/signing/levels.ts';
import { type LongTerm, longTerm, OpensslAuthority, pem, rsaKeys } from '../local-authorities.ts';
import { attempt, errorCode, scratch } from '../test-pki/shared.ts';
import { crl, crlEntry, issue, purposes, serialOf } from '../x509/authority.ts';

const CONTENT = Buffer.from('Nội dung công văn số 12/UBND-VP');

describe('extendCms', () => {
  let world: LongTerm;

  before(() => {
    world = longTerm();
  });

  after(() => world.close());

  const options = (level: ExtendOptions['level'], more: Partial<ExtendOptions> = {}): ExtendOptions => ({
    level,
    timestampAuthority: world.authority.client(),
    evidence: { trust: [world.anchor.der], revocation: world.revocation, now: new Date() },
    ...more,
  });
  const verify = (der: Uint8Array, now = new Date(), crls: readonly Uint8Array[] = []) =>
    verifyFile(
      { name: 'a.p7s', bytes: der, contents: [{ name: 'a.txt', bytes: CONTENT }] },
      { trust: [world.anchor.der], crls, now, offline: true },
    );
  function openssl(der: Uint8Array, attached: boolean): string {
    const content = attached ? [] : ['-content', scratch('content', CONTENT)];
    const files = [
      '-in',
      scratch('cms.der', der),
      '-CAfile',
      scratch('root.pem', pem('CERTIFICATE', world.anchor.der)),
    ];
    return attempt(
      'openssl',
      'cms',
      '-verify',
      '-binary',
      '-purpose',
      'any',
      '-inform',
      'DER',
      ...files,
      ...content,
      '-out',
      '/dev/null',
    ).output;
  }

  for (const attached of [true, false]) {
    it(`raises an ${attached ? 'attached' : 'external'} signature over T and LT to LTA, each good for openssl and for us`, async () => {
      let der = await buildCms(world.signer('An', rsaKeys()), {
        content: [CONTENT],
        attached,
        signingTime: new Date(),
      });

      const formats: string[] = [];
      for (const level of ['T', 'LT', 'LTA'] as const) {
        der = await extendCms(der, { ...options(level), content: CONTENT });
        formats.push(readCms(der, { content: CONTENT })[0]?.format ?? '');
        expect(openssl(der, attached)).to.contain('CMS Verification successful');
      }

      expect(formats).to.deep.equal(['CAdES-B-T', 'CAdES-B-LT', 'CAdES-B-LTA']);
      const report = await verify(der);
      expect(
        report.signatures.map(({ indication, timestamps }) => [
          indication,
          timestamps.map((item) => `${item.type} ${item.indication}`),
        ]),
      ).to.deep.equal([['TOTAL-PASSED', ['signature PASSED', 'archive PASSED']]]);
    });
  }

  it('renews an archive time-stamp, and passes years later offline with a list for the last authority alone', async () => {
    const der = await buildCms(world.signer('An'), { content: [CONTENT], attached: true });
    const archived = await extendCms(der, options('LTA'));
    const renewed = await extendCms(archived, options('LTA', { renew: true, digest: 'sha512' }));
    const later = new Date(Date.now() + 3 * 365 * 86_400_000);
    const fresh = {
      thisUpdate: new Date(later.getTime() - 3_600_000),
      nextUpdate: new Date(later.getTime() + 86_400_000),
    };

    const report = await verify(renewed, later, [crl(world.anchor, fresh)]);

    expect(await extendCms(archived, options('LTA'))).to.equal(archived);
    expect(report.verdict).to.equal('TOTAL-PASSED');
    expect(report.signatures[0]?.timestamps.map((item) => item.type)).to.deep.equal([
      'signature',
      'archive',
      'archive',
    ]);
  });

  it('lets an archive time-stamp carry only those its index lists, in whatever order they stand', async () => {
    const later = new Date(Date.now() + 3 * 365 * 86_400_000);
    const dates = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 2e11) };
    const stamping = { extensions: [purposes(['1.3.6.1.5.5.7.3.8'], true)], ...dates };
    const second = new OpensslAuthority('second', issue('TSA 2', world.anchor, stamping), world.anchor);
    // The first authority is revoked a day after its stamp.
    const list = crl(world.anchor, {
      thisUpdate: new Date(later.getTime() - 3_600_000),
      nextUpdate: new Date(later.getTime() + 86_400_000),
      entries: [crlEntry(serialOf(world.tsa), new Date(Date.now() + 86_400_000))],
    });
    const der = await buildCms(world.signer('An'), { content: [CONTENT], attached: true });
    const byFirst = options('LTA', { renew: true });
    const bySecond = { ...byFirst, timestampAuthority: second.client() };
    const stampsOf = async (...steps: readonly (typeof byFirst)[]) => {
      let message = await extendCms(der, options('LT'));
      for (const step of steps) message = await extendCms(message, step);
      const { signatures } = await verify(message, later, [list]);
      return signatures[0]?.timestamps
        .flatMap(({ type, indication }) => (type === 'archive' ? [indication] : []))
        .sort();
    };

    try {
      for (let turn = 0; turn < 4; turn += 1) {
        expect(await stampsOf(byFirst, bySecond)).to.deep.equal(['PASSED', 'PASSED']);
        expect(await stampsOf(bySecond, byFirst)).to.deep.equal(['INDETERMINATE', 'PASSED']);
      }
    } finally {
      second.close();
    }
  });

  it('refuses junk, a detached signature without its content, and evidence that cannot be had', async () => {
    const der = await buildCms(world.signer('An'), { content: [CONTENT] });
    const evidence = { trust: [world.anchor.der], now: new Date() };

    expect(await errorCode(() => extendCms(Buffer.from('30020500', 'hex'), options('T')))).to.equal(
      'CMS_INVALID',
    );
    expect(await errorCode(() => extendCms(der, options('T')))).to.equal('SIGNING_OPTION_INVALID');
    expect(
      await errorCode(() => extendCms(der, { ...options('LT', { evidence }), content: CONTENT })),
    ).to.equal('EVIDENCE_UNAVAILABLE');
  });
});
