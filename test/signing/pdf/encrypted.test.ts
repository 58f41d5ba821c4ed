import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { verifyFile } from '../../../src/signing/index.ts';
import { rc4 } from '../../../src/signing/pdf/encryption/rc4.ts';
import { extendPdf, inspectPdf, signPdf } from '../../../src/signing/pdf/index.ts';
import { type LongTerm, longTerm } from '../local-authorities.ts';
import { attempt, errorCode, run, scratch, scratchPath } from '../test-pki/shared.ts';
import { makePdf } from './make-pdf.ts';

/** Ways to encrypt that qpdf knows: RC4 and AES, revisions 2, 3, 4, 5 and 6. */
const WAYS: readonly (readonly [name: string, bits: string, flags: readonly string[]])[] = [
  ['RC4 40 bits (R2)', '40', []],
  ['RC4 128 bits (R3)', '128', ['--use-aes=n']],
  ['AES-128 (R4)', '128', ['--use-aes=y']],
  ['AES-128, metadata in the clear', '128', ['--use-aes=y', '--cleartext-metadata']],
  ['AES-256 (R5)', '256', ['--force-R5']],
  ['AES-256 (R6)', '256', []],
];

describe('encrypted PDF files', () => {
  let world: LongTerm;

  before(() => {
    world = longTerm();
  });

  after(() => world.close());

  function encrypted(
    bits: string,
    flags: readonly string[],
    pdf = makePdf({ structure: 'stream' }),
  ): Uint8Array {
    const out = scratchPath('encrypted.pdf');
    const weak = bits === '256' ? [] : ['--allow-weak-crypto'];
    run('qpdf', ...weak, '--encrypt', 'doc', 'chu', bits, ...flags, '--', scratch('clear.pdf', pdf), out);
    return readFileSync(out);
  }

  for (const [name, bits, flags] of WAYS) {
    it(`are signed and raised with the owner's password: ${name}`, async () => {
      const pdf = encrypted(bits, flags);
      const options = { signingTime: new Date(), password: 'chu', reason: 'Phê duyệt' };

      const signed = await signPdf(pdf, world.signer('An'), options);
      const raised = await extendPdf(signed, {
        level: 'LTA',
        password: 'chu',
        timestampAuthority: world.authority.client(),
        evidence: { trust: [world.anchor.der], revocation: world.revocation, now: new Date() },
      });

      expect(Buffer.compare(raised.subarray(0, pdf.length), pdf)).to.equal(0);
      expect(Buffer.from(raised).includes('Ph\u00ea')).to.equal(false);
      const checked = attempt('qpdf', '--check', '--password=chu', scratch('signed.pdf', raised));
      expect(checked, checked.output).to.include({ status: 0 });
      expect(attempt('pdfsig', '-nocert', '-opw', 'chu', scratch('signed.pdf', raised)).output).to.contain(
        'Signature is Valid.',
      );
      const report = await verifyFile(
        { name: 'a.pdf', bytes: raised, password: 'chu' },
        { trust: [world.anchor.der], now: new Date(), offline: true },
      );
      expect(report.signatures.map(({ format, indication }) => [format, indication])).to.deep.equal([
        ['PAdES-B-LTA', 'TOTAL-PASSED'],
      ]);
      run(
        'qpdf',
        '--password=chu',
        '--decrypt',
        '--qdf',
        scratchPath('signed.pdf'),
        scratchPath('decrypted.pdf'),
      );
      const reason = Buffer.from('Phê duyệt', 'utf16le').swap16();
      expect(
        readFileSync(scratchPath('decrypted.pdf')).includes(
          Buffer.concat([Buffer.from([0xfe, 0xff]), reason]).toString('hex'),
        ),
      ).to.equal(true);
    });
  }

  it("are not signed without a password, with a wrong one, or with a user's whom the owner does not let", async () => {
    const sign = (pdf: Uint8Array, password?: string) =>
      errorCode(() =>
        signPdf(pdf, world.signer('An'), {
          signingTime: new Date(),
          ...(password === undefined ? {} : { password }),
        }),
      );
    const open = encrypted('256', []);
    const closed = encrypted('256', ['--modify=none']);
    const old = encrypted('128', ['--use-aes=n', '--modify=annotate']);

    expect(await sign(open)).to.equal('PDF_ENCRYPTED');
    expect(await sign(open, 'sai')).to.equal('PDF_PASSWORD_WRONG');
    expect(await sign(open, 'doc')).to.equal('no error');
    expect(await sign(closed, 'doc')).to.equal('PDF_OWNER_FORBIDS');
    expect(await sign(closed, 'chu')).to.equal('no error');
    expect(await sign(old, 'doc')).to.equal('PDF_OWNER_FORBIDS');
  });

  it('show their signatures to readers without a password too', async () => {
    const signed = await signPdf(encrypted('256', []), world.signer('An'), {
      signingTime: new Date(),
      password: 'chu',
    });

    const found = await inspectPdf(signed, {}, 'doc');

    expect(found.map((facts) => [facts.id, facts.digestsMatch, facts.signatureValid])).to.deep.equal([
      ['ChuKy1', true, true],
    ]);
  });

  it('use RC4 as published', () => {
    // RFC 6229 §2, key 0102030405, first 16 octets of the stream.
    const stream = rc4(Uint8Array.of(1, 2, 3, 4, 5), new Uint8Array(16));

    expect(Buffer.from(stream).toString('hex')).to.equal('b2396305f03dc027ccc3524a0a1118a8');
  });
});
