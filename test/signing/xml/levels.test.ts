import { expect } from 'chai';
import { signXml, verifyFile } from '../../../src/signing/index.ts';
import type { ExtendOptions } from '../../../src/signing/levels.ts';
import { extendXml } from '../../../src/signing/xml/augment/extend.ts';
import { inspectXml, signFilesAsXml } from '../../../src/signing/xml/index.ts';
import { type LongTerm, longTerm, pem, rsaKeys } from '../local-authorities.ts';
import { attempt, errorCode, scratch } from '../test-pki/shared.ts';
import { crl } from '../x509/authority.ts';

const DOCUMENT = Buffer.from(
  '<?xml version="1.0"?>\n<!-- a --><vanBan xmlns="urn:thu"><trichYeu>Về việc thử nghiệm &amp; kiểm tra</trichYeu></vanBan>\n',
);

describe('extendXml', () => {
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
  const verify = (xml: Uint8Array, now = new Date(), crls: readonly Uint8Array[] = []) =>
    verifyFile({ name: 'a.xml', bytes: xml }, { trust: [world.anchor.der], crls, now, offline: true });
  const formats = async (xml: Uint8Array) => (await inspectXml(xml)).map((facts) => facts.format);

  /** xmlsec1 with the root as the only anchor. */
  function xmlsec(xml: Uint8Array): string {
    const root = ['--trusted-pem', scratch('root.pem', pem('CERTIFICATE', world.anchor.der))];
    const ids = ['--id-attr:Id', 'http://uri.etsi.org/01903/v1.3.2#:SignedProperties'];
    const ids2 = ['--id-attr:Id', 'http://www.w3.org/2000/09/xmldsig#:Object'];
    return attempt('xmlsec1', '--verify', ...root, ...ids, ...ids2, scratch('signed.xml', xml)).output;
  }

  it('lets an archive time-stamp prove nothing about one that stands behind it', async () => {
    const signed = await signXml(DOCUMENT, world.signer('An', rsaKeys()), {
      signingTime: new Date(),
      xades: true,
    });
    const xml = Buffer.from(await extendXml(signed, options('LTA'))).toString();
    const stamp = /<(\w+):SignatureTimeStamp\b.*?<\/\1:SignatureTimeStamp>/s.exec(xml)?.[0] ?? '';
    // The same property a second time, with a token of its own, where the archive time-stamp cannot have seen it.
    const other = /<(\w+):SignatureTimeStamp\b.*?<\/\1:SignatureTimeStamp>/s.exec(
      Buffer.from(await extendXml(signed, options('T'))).toString(),
    )?.[0];
    const behind = xml.replace(/(<\/\w+:ArchiveTimeStamp>)/, `$1${other}`);
    const covered = async (file: string) =>
      (await inspectXml(Buffer.from(file)))[0]?.timestamps.map(
        (facts, _, all) => `${facts.type} ${facts.covers?.map((item) => all.indexOf(item)).join() ?? ''}`,
      );

    expect(stamp).to.not.equal('');
    expect(await covered(xml)).to.deep.equal(['signature ', 'archive 0']);
    expect(await covered(behind)).to.deep.equal(['signature ', 'signature ', 'archive 0']);
  });

  for (const placement of ['enveloped', 'enveloping'] as const) {
    it(`raises an ${placement} signature over T and LT to LTA, each good for xmlsec1 and for us`, async () => {
      const signer = world.signer('An', rsaKeys());
      let xml = await signXml(DOCUMENT, signer, { signingTime: new Date(), xades: true, placement });

      const seen: string[] = [];
      for (const level of ['T', 'LT', 'LTA'] as const) {
        xml = await extendXml(xml, options(level));
        seen.push(...(await formats(xml)));
        expect(xmlsec(xml)).to.match(/^OK$/m);
      }

      expect(seen).to.deep.equal(['XAdES-B-T', 'XAdES-B-LT', 'XAdES-B-LTA']);
      const report = await verify(xml);
      expect(report.signatures[0]?.messages).to.deep.equal([]);
      expect(
        report.signatures.map(({ indication, coverage, timestamps }) => [
          indication,
          coverage,
          timestamps.map((item) => `${item.type} ${item.indication}`),
        ]),
      ).to.deep.equal([['TOTAL-PASSED', 'whole-document', ['signature PASSED', 'archive PASSED']]]);
    });
  }

  it('renews archive time-stamps, and passes years later with a list for the last authority alone', async () => {
    const signed = await signXml(DOCUMENT, world.signer('An'), { signingTime: new Date(), xades: true });
    const archived = await extendXml(signed, options('LTA'));
    const renewed = await extendXml(archived, options('LTA', { renew: true, digest: 'sha512' }));
    const later = new Date(Date.now() + 3 * 365 * 86_400_000);
    const fresh = {
      thisUpdate: new Date(later.getTime() - 3_600_000),
      nextUpdate: new Date(later.getTime() + 86_400_000),
    };

    const report = await verify(renewed, later, [crl(world.anchor, fresh)]);

    expect(await extendXml(archived, options('LTA'))).to.equal(archived);
    expect(report.verdict).to.equal('TOTAL-PASSED');
    expect(report.signatures[0]?.timestamps.map((item) => item.type)).to.deep.equal([
      'signature',
      'archive',
      'archive',
    ]);
  });

  it('leaves alone the signature that a later one covers', async () => {
    const first = await signXml(DOCUMENT, world.signer('An'), { signingTime: new Date(), xades: true });
    const twice = await signXml(first, world.signer('Bình'), { signingTime: new Date(), xades: true });

    const raised = await extendXml(twice, options('T'));

    expect(await formats(raised)).to.deep.equal(['XAdES-B-B', 'XAdES-B-T']);
    expect((await inspectXml(raised)).at(1)?.digestsMatch).to.equal(true);
  });

  it('raises a detached signature over files', async () => {
    const files = [
      { name: 'công văn.pdf', bytes: Buffer.from('%PDF-1.7 …'), mimeType: 'application/pdf' },
      { name: 'phụ lục/1.txt', bytes: Buffer.from('phụ lục') },
    ];
    const signed = await signFilesAsXml(files, world.signer('An'), { signingTime: new Date(), xades: true });

    const raised = await extendXml(signed, { ...options('LTA'), supplies: { contents: files } });

    const report = await verifyFile(
      { name: 'a.xml', bytes: raised, contents: files },
      { trust: [world.anchor.der], now: new Date(), offline: true },
    );
    expect(
      report.signatures.map(({ format, indication, coverage }) => [format, indication, coverage]),
    ).to.deep.equal([['XAdES-B-LTA', 'TOTAL-PASSED', 'external']]);
  });

  it('refuses plain XML-DSig, an unsigned document, and evidence that cannot be had', async () => {
    const plain = await signXml(DOCUMENT, world.signer('An'), { signingTime: new Date() });
    const signed = await signXml(DOCUMENT, world.signer('An'), { signingTime: new Date(), xades: true });
    const evidence = { trust: [world.anchor.der], now: new Date() };

    expect(await errorCode(() => extendXml(plain, options('T')))).to.equal('SIGNING_NOTHING_TO_EXTEND');
    expect(await errorCode(() => extendXml(DOCUMENT, options('T')))).to.equal('SIGNING_NOTHING_TO_EXTEND');
    expect(await errorCode(() => extendXml(signed, options('LT', { evidence })))).to.equal(
      'EVIDENCE_UNAVAILABLE',
    );
  });
});
