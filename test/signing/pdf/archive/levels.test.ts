import { expect } from 'chai';
import { verifyFile } from '../../../../src/signing/index.ts';
import type { SignatureLevel } from '../../../../src/signing/levels.ts';
import { extendPdf, inspectPdf, signPdf } from '../../../../src/signing/pdf/index.ts';
import {
  catalogOf,
  getDict,
  getItems,
  openPdf,
  resolve,
} from '../../../../src/signing/pdf/syntax/document.ts';
import { decodeStream } from '../../../../src/signing/pdf/syntax/filters.ts';
import { isStream } from '../../../../src/signing/pdf/syntax/values.ts';
import { type LongTerm, longTerm } from '../../local-authorities.ts';
import { attempt, errorCode, scratch } from '../../test-pki/shared.ts';
import { crl } from '../../x509/authority.ts';
import { makePdf } from '../make-pdf.ts';

describe('extendPdf', () => {
  let world: LongTerm;

  before(() => {
    world = longTerm();
  });

  after(() => world.close());

  const extended = (pdf: Uint8Array, level: Exclude<SignatureLevel, 'B'>, more = {}) =>
    extendPdf(pdf, {
      level,
      timestampAuthority: world.authority.client(),
      evidence: { trust: [world.anchor.der], revocation: world.revocation, now: new Date() },
      ...more,
    });
  const offline = (pdf: Uint8Array, now = new Date()) =>
    verifyFile({ name: 'a.pdf', bytes: pdf }, { trust: [world.anchor.der], now, offline: true });

  for (const structure of ['table', 'stream'] as const) {
    it(`raises a signature in a file with a cross-reference ${structure} from B over T and LT to LTA`, async () => {
      const signed = await signPdf(makePdf({ structure }), world.signer('An'), { signingTime: new Date() });

      const formats: string[] = [];
      let pdf = signed;
      for (const level of ['T', 'LT', 'LTA'] as const) {
        pdf = await extended(pdf, level);
        formats.push((await inspectPdf(pdf)).map((facts) => facts.format).join());
        expect(Buffer.compare(pdf.subarray(0, signed.length), signed)).to.equal(0);
        expect(attempt('qpdf', '--check', scratch('level.pdf', pdf))).to.include({ status: 0 });
      }

      expect(formats).to.deep.equal(['PAdES-B-T', 'PAdES-B-LT', 'PAdES-B-LTA']);
      const report = await offline(pdf, new Date(Date.now() + 60_000));
      expect(
        report.signatures.map((item) => [item.indication, item.messages.map(({ code }) => code)]),
      ).to.deep.equal([['TOTAL-PASSED', ['EARLIER_REVISION']]]);
    });
  }

  it('keeps a VRI entry for every signature and time-stamp, and each octet string of the store once', async () => {
    const twice = await signPdf(
      await signPdf(makePdf(), world.signer('An'), { signingTime: new Date() }),
      world.signer('Bình'),
      { signingTime: new Date() },
    );

    const document = openPdf(await extended(twice, 'LTA'));

    const store = getDict(document, catalogOf(document), 'DSS');
    expect(getDict(document, store, 'VRI')?.entries.size).to.equal(3);
    const sizes = ['Certs', 'OCSPs', 'CRLs'].map((key) => {
      const streams = getItems(document, store, key).map((item) => resolve(document, item));
      const octets = streams.map((item) =>
        isStream(item) ? Buffer.from(decodeStream(item)).toString('hex') : '',
      );
      return [octets.length, new Set(octets).size];
    });
    expect(sizes).to.deep.equal([
      [6, 6],
      [2, 2],
      [1, 1],
    ]);
  });

  it('archives a signature put on a file that is archived already, with evidence of its own', async () => {
    let pdf: Uint8Array = makePdf();
    for (const name of ['An', 'Bình', 'Chi']) {
      pdf = await signPdf(pdf, world.signer(name), { signingTime: new Date() });
      pdf = await extended(pdf, 'LTA');
    }

    const report = await offline(pdf, new Date(Date.now() + 60_000));

    expect(report.signatures.map(({ format, indication }) => `${format} ${indication}`)).to.deep.equal([
      'PAdES-B-LTA TOTAL-PASSED',
      'PAdES-B-LTA TOTAL-PASSED',
      'PAdES-B-LTA TOTAL-PASSED',
    ]);
  });

  it('leaves an archived file alone, and renews it when asked', async () => {
    const signed = await signPdf(makePdf(), world.signer('An'), { signingTime: new Date() });
    const archived = await extended(signed, 'LTA');

    const again = await extended(archived, 'LTA');
    const renewed = await extended(archived, 'LTA', { renew: true });

    expect(again).to.equal(archived);
    const report = await offline(renewed);
    expect(report.signatures[0]?.timestamps.map(({ type, indication }) => [type, indication])).to.deep.equal([
      ['document', 'PASSED'],
      ['document', 'PASSED'],
      ['document', 'PASSED'],
    ]);
  });

  it('passes years later, when the signer is revoked and its evidence has run out', async () => {
    const signer = world.signer('An');
    const authority = { timestampAuthority: world.authority.client() };
    const signed = await signPdf(makePdf(), signer, { signingTime: new Date(), ...authority });
    const pdf = await extended(signed, 'LTA');
    const later = new Date(Date.now() + 3 * 365 * 86_400_000);
    const evidence = {
      thisUpdate: new Date(later.getTime() - 3_600_000),
      nextUpdate: new Date(later.getTime() + 86_400_000),
    };

    const report = await verifyFile(
      { name: 'a.pdf', bytes: pdf },
      { trust: [world.anchor.der], crls: [crl(world.anchor, evidence)], now: later, offline: true },
    );

    expect(report.verdict).to.equal('TOTAL-PASSED');
  });

  it('refuses without a signature, without an authority, and when a state cannot be had or is revoked', async () => {
    const signed = await signPdf(makePdf(), world.signer('An'), { signingTime: new Date() });
    const evidence = { trust: [world.anchor.der], now: new Date() };

    expect(await errorCode(() => extended(makePdf(), 'T'))).to.equal('SIGNING_NOTHING_TO_EXTEND');
    expect(await errorCode(() => extendPdf(signed, { level: 'T', evidence }))).to.equal(
      'SIGNING_OPTION_INVALID',
    );
    expect(await errorCode(() => extended(signed, 'LT', { evidence }))).to.equal('EVIDENCE_UNAVAILABLE');
  });

  it('keeps evidence under a certification that allows no change', async () => {
    const certified = await signPdf(makePdf(), world.signer('An'), { signingTime: new Date(), certify: 1 });

    const pdf = await extended(certified, 'LTA');

    const report = await offline(pdf);
    expect(report.signatures.map(({ format, indication }) => [format, indication])).to.deep.equal([
      ['PAdES-B-LTA', 'TOTAL-PASSED'],
    ]);
    expect(await errorCode(() => signPdf(pdf, world.signer('B'), { signingTime: new Date() }))).to.equal(
      'PDF_SIGNING_FORBIDDEN',
    );
  });
});
