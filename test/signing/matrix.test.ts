/** Every kind of key in every format, at the lowest and the highest level, each held to software that is not ours. */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { readZip } from '../../src/signing/asic/zip.ts';
import { type Signer, type SigningDigest, type SigningFormat, signFile } from '../../src/signing/index.ts';
import { signerFromKey } from '../../src/signing/keys/signer.ts';
import { type LongTerm, longTerm, pem, rsaKeys } from './local-authorities.ts';
import { makePdf } from './pdf/make-pdf.ts';
import { attempt, scratch, scratchPath } from './test-pki/shared.ts';
import type { Keys } from './x509/authority.ts';

const XML = Buffer.from('<hoSo xmlns="urn:thu"><ten>Nguyễn Văn An</ten></hoSo>');
const ec = (namedCurve: string): Keys => generateKeyPairSync('ec', { namedCurve });

interface Kind {
  readonly name: string;
  readonly digest: SigningDigest;
  readonly keys: () => Keys;
  readonly pss?: true;
}

const KINDS: readonly Kind[] = [
  { name: 'RSA-3072', digest: 'sha256', keys: () => rsaKeys(3072) },
  { name: 'RSA-PSS', digest: 'sha384', keys: () => rsaKeys(2048), pss: true },
  { name: 'ECDSA P-256', digest: 'sha256', keys: () => ec('P-256') },
  { name: 'ECDSA P-384', digest: 'sha384', keys: () => ec('P-384') },
  { name: 'ECDSA P-521', digest: 'sha512', keys: () => ec('P-521') },
];

describe('every key in every format', () => {
  let world: LongTerm;

  before(() => {
    world = longTerm();
    writeFileSync(scratchPath('root.pem'), pem('CERTIFICATE', world.anchor.der));
  });
  after(() => world.close());

  function signerOf({ keys, pss }: Kind): { signer: Signer; publicKey: KeyObject } {
    const pair = keys();
    const { certificate, chain } = world.signer('Nguyễn Văn An', pair);
    const signer = signerFromKey(pair.privateKey, certificate, chain, pss === undefined ? {} : { pss });
    return { signer, publicKey: pair.publicKey };
  }
  async function made(
    signer: Signer,
    digest: SigningDigest,
    level: 'B' | 'LTA',
    format: SigningFormat,
    bytes: Uint8Array,
    more: object = {},
  ): Promise<Buffer> {
    const signed = await signFile([{ name: 'ho-so.xml', bytes }], signer, {
      format,
      level,
      digest,
      signingTime: new Date(),
      evidence: { trust: [world.anchor.der], revocation: world.revocation },
      timestampAuthority: world.authority.client(),
      ...more,
    });
    return Buffer.from(signed.bytes);
  }
  function expectCms(cms: Uint8Array, content?: Uint8Array): void {
    const files = [
      ...['-in', scratch('m.der', cms), '-CAfile', scratchPath('root.pem'), '-out', '/dev/null'],
      ...(content === undefined ? [] : ['-content', scratch('m.bin', content)]),
    ];
    const said = attempt(
      'openssl',
      ...['cms', '-verify', '-binary', '-purpose', 'any', '-inform', 'DER', ...files],
    );
    expect(said.output).to.contain('CMS Verification successful');
  }
  function expectPdf(pdf: Buffer): void {
    const path = scratch('m.pdf', pdf);
    expect(attempt('qpdf', '--check', path)).to.include({ status: 0 });
    const [, start = 0, end = 0, rest = 0] = (
      /\/ByteRange \[0 (\d+) (\d+) (\d+)\s*\]/.exec(pdf.toString('latin1')) ?? []
    ).map(Number);
    const cms = Buffer.from(pdf.toString('latin1', start + 1, end - 1), 'hex');
    expectCms(
      cms.subarray(0, cms.readUInt16BE(2) + 4),
      Buffer.concat([pdf.subarray(0, start), pdf.subarray(end, end + rest)]),
    );
  }
  /** xmlsec1 with our root alone as anchor; detached files lie in `folder`. It knows no PSS in XML (1.2): then the key is left to the other test. */
  function expectXml(xml: Uint8Array, folder: string): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'signed.xml'), xml);
    const chain = ['--untrusted-der', scratch('ca.der', world.ca.der)];
    const ids = ['--id-attr:Id', 'http://uri.etsi.org/01903/v1.3.2#:SignedProperties'];
    const args = [
      '--verify',
      '--trusted-pem',
      scratchPath('root.pem'),
      ...chain,
      '--enabled-reference-uris',
      'empty,same-doc,local,remote',
      ...ids,
    ];
    const said = spawnSync('xmlsec1', [...args, 'signed.xml'], { cwd: folder, encoding: 'utf8' });
    expect(`${said.stdout}${said.stderr}`, `${said.stdout}${said.stderr}`).to.contain('OK');
  }
  function unpacked(container: Uint8Array): { folder: string; read(name: string): Buffer } {
    const folder = scratchPath(`asic-${Math.random().toString(36).slice(2)}`);
    const entries = readZip(container);
    for (const { name, bytes } of entries) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
    const read = (name: string) => Buffer.from(entries.find((item) => item.name === name)?.bytes ?? []);
    return { folder, read };
  }

  for (const kind of KINDS)
    for (const level of ['B', 'LTA'] as const)
      it(`${kind.name} with ${kind.digest} at ${level}`, async () => {
        const { signer } = signerOf(kind);
        const make = (format: SigningFormat, bytes: Uint8Array = XML, more = {}) =>
          made(signer, kind.digest, level, format, bytes, more);

        expectPdf(await make('pades', makePdf({ structure: 'stream' })));
        expectCms(await make('cades'));
        expectCms(await make('cades', XML, { detached: true }), XML);
        const container = unpacked(await make('asice', XML, { asicForm: 'cades' }));
        expectCms(
          container.read('META-INF/signature001.p7s'),
          container.read('META-INF/ASiCManifest001.xml'),
        );
        const simple = unpacked(await make('asics', XML, { asicForm: 'cades' }));
        expectCms(simple.read('META-INF/signature.p7s'), XML);
        if (kind.pss === true) return;
        const folder = scratchPath('xml');
        expectXml(await make('xades'), folder);
        expectXml(await make('xades', XML, { placement: 'enveloping' }), folder);
        if (level === 'B') expectXml(await make('xmldsig'), folder);
        // References of a container are relative to its root.
        const signed = unpacked(await make('asice'));
        expectXml(signed.read('META-INF/signatures001.xml'), signed.folder);
      });
});
