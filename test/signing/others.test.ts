/** Every level of every format, held to software that is not ours; and the pages a reader sees, before and after. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { readCms } from '../../src/signing/cms/index.ts';
import {
  inspectFile,
  parseTimestampToken,
  type SignatureLevel,
  type SigningFormat,
  signFile,
} from '../../src/signing/index.ts';
import { type LongTerm, longTerm, pem, rsaKeys } from './local-authorities.ts';
import { type MakePdfOptions, makePdf } from './pdf/make-pdf.ts';
import { attempt, run, scratch, scratchPath } from './test-pki/shared.ts';

const LEVELS: readonly SignatureLevel[] = ['B', 'T', 'LT', 'LTA'];

describe('software not ours', () => {
  let world: LongTerm;

  before(() => {
    world = longTerm();
  });

  after(() => world.close());

  async function made(
    bytes: Uint8Array,
    format: SigningFormat,
    level: SignatureLevel,
    more = {},
  ): Promise<Uint8Array> {
    const signed = await signFile([{ name: 'a.bin', bytes }], world.signer('An', rsaKeys()), {
      format,
      level,
      signingTime: new Date(),
      evidence: { trust: [world.anchor.der], revocation: world.revocation },
      timestampAuthority: world.authority.client(),
      ...more,
    });
    return signed.bytes;
  }
  const root = () => scratch('root.pem', pem('CERTIFICATE', world.anchor.der));

  /** What `openssl ts -verify` says of every token of a file. */
  async function stamps(
    bytes: Uint8Array,
    contents: readonly { name: string; bytes: Uint8Array }[] = [],
  ): Promise<string[]> {
    const [facts] = await inspectFile({ bytes, contents });
    return (facts?.timestamps ?? []).map(({ token, over }) => {
      const files = [
        '-in',
        scratch('token.der', token),
        '-token_in',
        '-data',
        scratch('over', Buffer.concat(over.pieces)),
        '-CAfile',
        root(),
      ];
      const digest = parseTimestampToken(token).digest ?? '';
      return `${digest} ${/Verification: (\w+)/.exec(attempt('openssl', 'ts', '-verify', ...files).output)?.[1]}`;
    });
  }

  for (const level of LEVELS) {
    const count = { B: 0, T: 1, LT: 1, LTA: 2 }[level];

    it(`accepts PAdES-B-${level}: pdfsig, qpdf, openssl cms and openssl ts`, async () => {
      const signed = await made(makePdf({ structure: 'stream' }), 'pades', level);

      const path = scratch('signed.pdf', signed);
      expect(attempt('pdfsig', '-nocert', path).output).to.contain('Signature is Valid.');
      expect(attempt('qpdf', '--check', path)).to.include({ status: 0 });
      expect(await stamps(signed)).to.deep.equal(Array(count).fill('sha256 OK'));
      const text = Buffer.from(signed).toString('latin1');
      const [, start = 0, end = 0] = (/\/ByteRange \[0 (\d+) (\d+) (\d+)\s*\]/.exec(text) ?? []).map(Number);
      const rest = Number(/\/ByteRange \[0 \d+ \d+ (\d+)/.exec(text)?.[1]);
      const content = Buffer.concat([signed.subarray(0, start), signed.subarray(end, end + rest)]);
      const hex = text.slice(start + 1, end - 1);
      const cms = Buffer.from(hex, 'hex');
      const length = cms.readUInt16BE(2) + 4;
      const files = [
        '-in',
        scratch('cms.der', cms.subarray(0, length)),
        '-content',
        scratch('content', content),
        '-CAfile',
        root(),
      ];
      const said = attempt(
        'openssl',
        'cms',
        '-verify',
        '-binary',
        '-purpose',
        'any',
        '-inform',
        'DER',
        ...files,
        '-out',
        '/dev/null',
      );
      expect(said.output).to.contain('CMS Verification successful');
    });

    it(`accepts the time-stamps of XAdES-B-${level} and CAdES-B-${level}`, async () => {
      const xml = await made(Buffer.from('<a>Quyết định</a>'), 'xades', level, { digest: 'sha512' });
      const cms = await made(Buffer.from('Quyết định'), 'cades', level, { digest: 'sha384' });

      expect(await stamps(xml)).to.deep.equal(Array(count).fill('sha512 OK'));
      expect(await stamps(cms)).to.deep.equal(Array(count).fill('sha384 OK'));
      expect(readCms(cms)[0]?.format).to.equal(`CAdES-B-${level}`);
    });
  }

  it('sees the same pages and the same text after signing as before', async () => {
    const kinds: readonly MakePdfOptions[] = [
      { pages: 3 },
      { rotate: 90 },
      { rotate: 270, cropBox: [50, 50, 400, 500] },
      { structure: 'stream', pages: 2 },
    ];
    const text = (path: string): string => run('pdftotext', '-layout', path, '-');
    const pages = (path: string): string => /Pages:\s+(\d+)/.exec(run('pdfinfo', path))?.[1] ?? '';
    for (const kind of kinds) {
      const pdf = makePdf(kind);
      const before = scratch('before.pdf', pdf);
      const after = scratch('after.pdf', await made(pdf, 'pades', 'LTA'));

      expect([text(after), pages(after)], JSON.stringify(kind)).to.deep.equal([text(before), pages(before)]);
      for (const path of [before, after])
        run('pdftoppm', '-r', '40', '-gray', path, path.replace('.pdf', ''));
      const compared = run(
        'sh',
        '-c',
        `cd ${JSON.stringify(scratchPath('.'))} && for f in before*.pgm; do cmp "$f" "after\${f#before}" || exit 1; done && rm -f before*.pgm after*.pgm && echo same`,
      );
      expect(compared.trim(), JSON.stringify(kind)).to.equal('same');
    }
  });

  it('accepts a linearized file signed at LTA', async () => {
    const plain = scratchPath('plain.pdf');
    writeFileSync(plain, makePdf({ pages: 2 }));
    run('qpdf', '--linearize', plain, scratchPath('linear.pdf'));

    const signed = await made(readFileSync(scratchPath('linear.pdf')), 'pades', 'LTA');

    expect(attempt('pdfsig', '-nocert', scratch('linear-signed.pdf', signed)).output).to.contain(
      'Signature is Valid.',
    );
  });
});
