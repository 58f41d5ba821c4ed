import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { addAsicSignature, extendAsic, signAsic } from '../../../src/signing/asic/index.ts';
import { writeZip } from '../../../src/signing/asic/write/zip.ts';
import { readZip, type ZipEntry } from '../../../src/signing/asic/zip.ts';
import { verifyFile } from '../../../src/signing/index.ts';
import type { ExtendOptions } from '../../../src/signing/levels.ts';
import { type LongTerm, longTerm, OpensslAuthority, pem } from '../local-authorities.ts';
import { attempt, errorCode, scratch } from '../test-pki/shared.ts';
import { crl, crlEntry, issue, purposes, serialOf } from '../x509/authority.ts';

const FILES = [
  { name: 'công văn.txt', bytes: Buffer.from('Kính gửi: Sở Tư pháp. '.repeat(20)) },
  { name: 'phụ lục/bảng 1.csv', bytes: Buffer.from('1;2;3') },
];
const LATEST = 'META-INF/ASiCArchiveManifest.xml';
const STAMPING = '1.3.6.1.5.5.7.3.8';
const YEARS = 3 * 365 * 86_400_000;

describe('archive manifests of ASiC-E with CAdES', () => {
  let world: LongTerm;
  let archived: Uint8Array;

  before(async () => {
    world = longTerm();
    const container = await signAsic(FILES, world.signer('An'), {
      kind: 'E',
      form: 'cades',
      signingTime: new Date(),
    });
    archived = await extendAsic(container, options('LTA'));
  });

  after(() => world.close());

  const options = (level: ExtendOptions['level'], more: Partial<ExtendOptions> = {}): ExtendOptions => ({
    level,
    timestampAuthority: world.authority.client(),
    evidence: { trust: [world.anchor.der], revocation: world.revocation, now: new Date() },
    ...more,
  });
  const names = (container: Uint8Array) => readZip(container).map((entry) => entry.name);
  const entry = (container: Uint8Array, name: string): Buffer =>
    Buffer.from(readZip(container).find((item) => item.name === name)?.bytes ?? []);
  const verify = async (bytes: Uint8Array, now = new Date(), crls: readonly Uint8Array[] = []) => {
    const { signatures } = await verifyFile(
      { name: 'a.asice', bytes },
      { trust: [world.anchor.der], crls, now, offline: true },
    );
    return signatures.map((item) => ({
      verdict: `${item.format} ${item.indication}`,
      stamps: item.timestamps.map((stamp) => `${stamp.type} ${stamp.indication}`),
      codes: item.messages.filter(({ level }) => level !== 'info').map(({ code }) => code),
    }));
  };
  const listOfLastAuthority = (now: Date) =>
    crl(world.anchor, {
      thisUpdate: new Date(now.getTime() - 3_600_000),
      nextUpdate: new Date(now.getTime() + 86_400_000),
    });
  /** The container with entries changed, left out or put in. */
  function altered(change: (item: ZipEntry) => ZipEntry | null, more: readonly ZipEntry[] = []): Uint8Array {
    const kept = readZip(archived).flatMap((item) => change(item) ?? []);
    return writeZip([...kept, ...more]);
  }
  /** Lines of a manifest: name, and digest in base64. */
  function lines(manifest: Buffer): [string, string][] {
    const found = manifest
      .toString('utf8')
      .matchAll(/<asic:DataObjectReference URI="([^"]+)".*?<ds:DigestValue>([^<]+)</gs);
    return [...found].map((match) => [decodeURIComponent(match[1] ?? ''), match[2] ?? '']);
  }

  it('list every file, signature and manifest as it is, under a time-stamp that openssl verifies', () => {
    const manifest = entry(archived, LATEST);
    const listed = lines(manifest);

    expect(listed.map(([name]) => name)).to.have.members(
      names(archived).filter((name) => !['mimetype', LATEST, 'META-INF/timestamp001.tst'].includes(name)),
    );
    for (const [name, digest] of listed)
      expect(createHash('sha256').update(entry(archived, name)).digest('base64'), name).to.equal(digest);
    const said = attempt(
      'openssl',
      'ts',
      '-verify',
      '-data',
      scratch('archive.xml', manifest),
      '-token_in',
      '-in',
      scratch('archive.tst', entry(archived, 'META-INF/timestamp001.tst')),
      '-CAfile',
      scratch('root.pem', pem('CERTIFICATE', world.anchor.der)),
    );
    expect(said.output).to.contain('Verification: OK');
  });

  it('prove the existence of the signature, with all it takes inside the container', async () => {
    expect(await verify(archived)).to.deep.equal([
      {
        verdict: 'CAdES-B-LTA TOTAL-PASSED',
        stamps: ['signature PASSED', 'archive PASSED'],
        codes: [],
      },
    ]);
    // The time-stamp in the signature file is no archive time-stamp: only the manifest makes it one.
    const without = altered((item) => (/Archive|timestamp/.test(item.name) ? null : item));
    expect((await verify(without))[0]?.verdict).to.match(/^CAdES-B-LT /);
  });

  it('are renewed by another one over the last, which passes years later with a list for the last authority alone', async () => {
    const later = new Date(Date.now() + YEARS);

    const renewed = await extendAsic(archived, options('LTA', { renew: true, digest: 'sha512' }));

    expect(await extendAsic(archived, options('LTA'))).to.equal(archived);
    expect(await extendAsic(archived, options('LT'))).to.equal(archived);
    expect(names(renewed)).to.include.members([
      'META-INF/ASiCArchiveManifest001.xml',
      LATEST,
      'META-INF/timestamp001.tst',
      'META-INF/timestamp002.tst',
    ]);
    expect(entry(renewed, 'META-INF/ASiCArchiveManifest001.xml').equals(entry(archived, LATEST))).to.equal(
      true,
    );
    expect(entry(renewed, LATEST).toString()).to.match(
      /URI="META-INF\/ASiCArchiveManifest001.xml" MimeType="text\/xml" Rootfile="true"/,
    );
    expect(lines(entry(renewed, LATEST)).map(([name]) => name)).to.include('META-INF/timestamp001.tst');
    const [report] = await verify(renewed, later, [listOfLastAuthority(later)]);
    expect(report?.verdict).to.equal('CAdES-B-LTA TOTAL-PASSED');
    expect(report?.stamps).to.deep.equal(['signature PASSED', 'archive PASSED', 'archive PASSED']);
  });

  it('stay good when a later signature is put in, and reach it once it is raised', async () => {
    const second = await addAsicSignature(archived, world.signer('Bình'), {
      form: 'cades',
      signingTime: new Date(),
    });

    const both = await extendAsic(second, options('LTA'));

    expect((await verify(second)).map(({ verdict }) => verdict.split(' ')[0])).to.deep.equal([
      'CAdES-B-LTA',
      'CAdES-B-B',
    ]);
    const kept = 'META-INF/signature001.p7s';
    expect(entry(both, kept).equals(entry(archived, kept))).to.equal(true);
    expect(await verify(both)).to.deep.equal([
      {
        verdict: 'CAdES-B-LTA TOTAL-PASSED',
        stamps: ['signature PASSED', 'archive PASSED', 'archive PASSED'],
        codes: [],
      },
      { verdict: 'CAdES-B-LTA TOTAL-PASSED', stamps: ['signature PASSED', 'archive PASSED'], codes: [] },
    ]);
  });

  it('are carried by a later one only where that lists them', async () => {
    const later = new Date(Date.now() + YEARS);
    const renewed = await extendAsic(archived, options('LTA', { renew: true }));
    const first = 'META-INF/ASiCArchiveManifest001.xml';
    const line =
      /<asic:DataObjectReference URI="META-INF\/ASiCArchiveManifest001.xml".*?<\/asic:DataObjectReference>/s;
    const dates = {
      notBefore: new Date(Date.now() - 86_400_000),
      notAfter: new Date(Date.now() + 2 * YEARS),
    };
    const tsa = issue('TSA 2', world.anchor, { extensions: [purposes([STAMPING], true)], ...dates });
    const second = new OpensslAuthority('second', tsa, world.anchor);
    // The first authority is revoked a day after its stamp, and long after the second stamp.
    const list = crl(world.anchor, {
      thisUpdate: new Date(later.getTime() - 3_600_000),
      nextUpdate: new Date(later.getTime() + 86_400_000),
      entries: [crlEntry(serialOf(world.tsa), new Date(Date.now() + 86_400_000))],
    });
    const stamps = async (manifest: Buffer): Promise<readonly string[] | undefined> => {
      const token = await second.client().timestamp(manifest, 'sha256');
      const bytes = new Map([
        [LATEST, manifest],
        ['META-INF/timestamp002.tst', token],
      ]);
      const container = writeZip(
        readZip(renewed).map((item) => ({ ...item, bytes: bytes.get(item.name) ?? item.bytes })),
      );
      return (await verify(container, later, [list]))[0]?.stamps;
    };
    const whole = entry(renewed, LATEST);
    const cut = Buffer.from(whole.toString().replace(line, ''));

    try {
      expect(lines(whole).map(([name]) => name)).to.include(first);
      expect(lines(cut).map(([name]) => name)).to.not.include(first);
      expect(await stamps(whole)).to.deep.equal(['signature PASSED', 'archive PASSED', 'archive PASSED']);
      expect(await stamps(cut)).to.deep.equal([
        'signature PASSED',
        'archive INDETERMINATE',
        'archive PASSED',
      ]);
    } finally {
      second.close();
    }
  });

  it('prove nothing when a file, the manifest or the token is another one', async () => {
    const changed = (name: string, bytes: (old: Uint8Array) => Uint8Array) =>
      altered((item) => (item.name === name ? { ...item, bytes: bytes(item.bytes) } : item));
    const append = (old: Uint8Array) => Buffer.concat([old, Buffer.from('\n')]);
    const signature = await signAsic(FILES, world.signer('Chi'), {
      kind: 'E',
      form: 'cades',
      signingTime: new Date(),
    });
    const token = entry(await extendAsic(signature, options('LTA')), 'META-INF/timestamp001.tst');
    const other = await extendAsic(signature, options('T'));
    const otherFile = entry(other, 'META-INF/signature001.p7s');

    const manifest = await verify(changed(LATEST, append));
    const foreign = await verify(changed('META-INF/timestamp001.tst', () => token));
    const swapped = await verify(changed('META-INF/signature001.p7s', () => otherFile));
    const file = await verify(changed('phụ lục/bảng 1.csv', append));

    expect(manifest[0]?.stamps).to.deep.equal(['signature PASSED', 'archive FAILED']);
    expect(manifest[0]?.codes).to.include('TIMESTAMP_BAD');
    expect(foreign[0]?.stamps).to.deep.equal(['signature PASSED', 'archive FAILED']);
    expect(swapped[0]?.stamps.filter((stamp) => stamp.startsWith('archive'))).to.deep.equal([]);
    expect(swapped[0]?.codes).to.include('ASIC_ARCHIVE_CONTRADICTED');
    expect(file[0]?.verdict).to.match(/TOTAL-FAILED$/);
  });

  it('are not made without an authority, nor without what proves its state', async () => {
    const evidence = { trust: [world.anchor.der], now: new Date() };
    const { timestampAuthority: _none, ...bare } = options('LTA', { renew: true });

    expect(await errorCode(() => extendAsic(archived, bare))).to.equal('SIGNING_OPTION_INVALID');
    const renewed = options('LTA', { renew: true, evidence: { ...evidence, crls: [] } });
    // What the container holds already answers for the authorities it names.
    expect((await verify(await extendAsic(archived, renewed)))[0]?.verdict).to.match(/TOTAL-PASSED$/);
    const plain = await signAsic(FILES, world.signer('An'), {
      kind: 'E',
      form: 'cades',
      signingTime: new Date(),
    });
    expect(await errorCode(() => extendAsic(plain, options('LTA', { evidence })))).to.equal(
      'EVIDENCE_UNAVAILABLE',
    );
  });
});
