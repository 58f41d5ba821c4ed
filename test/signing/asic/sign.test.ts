import { writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { addAsicSignature, extendAsic, signAsic } from '../../../src/signing/asic/index.ts';
import { readZip } from '../../../src/signing/asic/zip.ts';
import { verifyFile } from '../../../src/signing/index.ts';
import type { ExtendOptions } from '../../../src/signing/levels.ts';
import { type LongTerm, longTerm, pem, rsaKeys } from '../local-authorities.ts';
import { attempt, errorCode, scratch, scratchPath } from '../test-pki/shared.ts';

const FILES = [
  { name: 'công văn.txt', bytes: Buffer.from('Kính gửi: Sở Tư pháp. '.repeat(20)), mimeType: 'text/plain' },
  { name: 'phụ lục/bảng 1.csv', bytes: Buffer.from('1;2;3') },
];

describe('signing ASiC containers', () => {
  let world: LongTerm;

  before(() => {
    world = longTerm();
  });

  after(() => world.close());

  const options = (level: ExtendOptions['level']): ExtendOptions => ({
    level,
    timestampAuthority: world.authority.client(),
    evidence: { trust: [world.anchor.der], revocation: world.revocation, now: new Date() },
  });
  const verify = async (bytes: Uint8Array) => {
    const report = await verifyFile(
      { name: 'a.asice', bytes },
      { trust: [world.anchor.der], now: new Date(), offline: true },
    );
    return [
      report.format,
      ...report.signatures.map((item) => `${item.format} ${item.indication} ${item.coverage}`),
    ];
  };
  /** A file of the container, taken out by unzip. */
  function unzipped(container: Uint8Array, name: string): string {
    const path = scratchPath(`out-${name.replace(/\W/g, '-')}`);
    writeFileSync(path, Buffer.from(readZip(container).find((entry) => entry.name === name)?.bytes ?? []));
    return path;
  }

  for (const kind of ['S', 'E'] as const) {
    for (const form of ['xades', 'cades'] as const) {
      it(`makes an ASiC-${kind} with ${form} and raises it to LTA`, async () => {
        const files = kind === 'S' ? FILES.slice(0, 1) : FILES;
        let container = await signAsic(files, world.signer('An', rsaKeys()), {
          kind,
          form,
          signingTime: new Date(),
        });

        const seen = [...(await extendedTo(['T', 'LT', 'LTA']))];
        async function extendedTo(levels: readonly ExtendOptions['level'][]): Promise<string[]> {
          const formats: string[] = [];
          for (const level of levels) {
            container = await extendAsic(container, options(level));
            formats.push(/-B-(\w+) /.exec((await verify(container))[1] ?? '')?.[1] ?? '');
          }
          return formats;
        }

        const name = form === 'xades' ? 'XAdES' : 'CAdES';
        expect(seen).to.deep.equal(['T', 'LT', 'LTA']);
        // A signature alone does not prove the states the verifier is not told of: LTA carries them.
        expect(await verify(container)).to.deep.equal([
          `ASIC-${kind}`,
          `${name}-B-LTA TOTAL-PASSED whole-document`,
        ]);
        expect(Buffer.from(container.subarray(30, 38)).toString()).to.equal('mimetype');
        expect(attempt('unzip', '-t', scratch('container.zip', container))).to.include({ status: 0 });
      });
    }
  }

  for (const form of ['xades', 'cades'] as const) {
    it(`signs a dossier of more files than one document has references, with ${form}`, async () => {
      const dossier = Array.from({ length: 60 }, (_, index) => ({
        name: `thành phần ${index + 1}.txt`,
        bytes: Buffer.from(`Giấy tờ số ${index + 1}`),
      }));
      const container = await signAsic(dossier, world.signer('An', rsaKeys()), {
        kind: 'E',
        form,
        signingTime: new Date(),
      });

      const name = form === 'xades' ? 'XAdES' : 'CAdES';
      const [, seen] = await verify(await extendAsic(container, options('LTA')));
      expect(seen).to.equal(`${name}-B-LTA TOTAL-PASSED whole-document`);
    });
  }

  it('makes CAdES in ASiC-E that openssl verifies over the manifest', async () => {
    const container = await signAsic(FILES, world.signer('An', rsaKeys()), {
      kind: 'E',
      form: 'cades',
      signingTime: new Date(),
    });
    const root = scratch('root.pem', pem('CERTIFICATE', world.anchor.der));
    const signature = unzipped(container, 'META-INF/signature001.p7s');
    const manifest = unzipped(container, 'META-INF/ASiCManifest001.xml');

    const said = attempt(
      'openssl',
      'cms',
      '-verify',
      '-binary',
      '-purpose',
      'any',
      '-inform',
      'DER',
      '-in',
      signature,
      '-content',
      manifest,
      '-CAfile',
      root,
      '-out',
      '/dev/null',
    );

    expect(said.output).to.contain('CMS Verification successful');
  });

  it('adds a second signature, in either form, and keeps the first', async () => {
    const first = await signAsic(FILES, world.signer('An'), {
      kind: 'E',
      form: 'xades',
      signingTime: new Date(),
    });
    const second = await addAsicSignature(first, world.signer('Bình'), {
      form: 'xades',
      signingTime: new Date(),
    });
    const third = await addAsicSignature(second, world.signer('Chi'), {
      form: 'cades',
      signingTime: new Date(),
    });

    const archived = await extendAsic(third, options('LTA'));

    expect(await verify(archived)).to.deep.equal([
      'ASIC-E',
      'XAdES-B-LTA TOTAL-PASSED whole-document',
      'XAdES-B-LTA TOTAL-PASSED whole-document',
      'CAdES-B-LTA TOTAL-PASSED whole-document',
    ]);
  });

  it('refuses names that belong to the container or lead out of it, and the wrong number of files', async () => {
    const sign = (names: readonly string[], kind: 'S' | 'E' = 'E') =>
      errorCode(() =>
        signAsic(
          names.map((name) => ({ name, bytes: Buffer.from('x') })),
          world.signer('An'),
          { kind, form: 'xades', signingTime: new Date() },
        ),
      );

    for (const name of ['mimetype', 'META-INF/a.xml', 'meta-inf/x', '../a', '/a', 'a//b', 'a\\b', ''])
      expect(await sign([name]), name).to.equal('SIGNING_OPTION_INVALID');
    expect(await sign([])).to.equal('SIGNING_OPTION_INVALID');
    expect(await sign(['a', 'a'])).to.equal('SIGNING_OPTION_INVALID');
    expect(await sign(['a', 'b'], 'S')).to.equal('SIGNING_OPTION_INVALID');
    expect(await errorCode(() => extendAsic(Buffer.from('PK'), options('T')))).to.equal('ASIC_INVALID');
  });
});
